/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run for programs: one JSON object per event and line, nothing left out, times in nanoseconds.
 *
 * Fields that an event has not are not there. Names are those of the library (reasons, states) and
 * of the scenario (hosts, programs, sockets), sequence numbers are relative, as in the timeline.
 */
#include "lab.h"

#include <bonnet/netif.h>
#include <json-c/json.h>
#include <string.h>

static void add_text(json_object *o, const char *key, const char *text)
{
    if (text) json_object_object_add(o, key, json_object_new_string(text));
}

static void add_number(json_object *o, const char *key, uint64_t n)
{
    json_object_object_add(o, key, json_object_new_uint64(n));
}

static void add_bool(json_object *o, const char *key, bool b)
{
    json_object_object_add(o, key, json_object_new_boolean(b));
}

static void add_host(json_object *o, const char *key, const struct lab_event *e, unsigned host)
{
    if (host < e->scenario->hosts_n) add_text(o, key, e->scenario->hosts[host].name);
}

static void add_reason(json_object *o, int reason)
{
    if (!reason) return;
    add_text(o, "reason", bonnet_reason_name(reason));
    add_text(o, "why", bonnet_reason_text(reason));
}

static void add_endpoint(json_object *o, const char *key, const struct bonnet_endpoint *e)
{
    char addr[BONNET_ADDR_TEXT], text[BONNET_ADDR_TEXT + 8];
    snprintf(text, sizeof(text), "%s:%u", bonnet_addr_print(e->addr, addr), (unsigned)e->port);
    add_text(o, key, text);
}

static void add_subject(json_object *o, const struct lab_event *e)
{
    add_text(o, "program", e->subject.program);
    add_text(o, "socket", e->subject.socket);
    add_endpoint(o, "local", &e->subject.local);
    add_endpoint(o, "remote", &e->subject.remote);
}

static void add_begin(json_object *o, const struct lab_event *e)
{
    const struct scenario *s = e->scenario;
    json_object *hosts = json_object_new_array();
    add_text(o, "scenario", s->name);
    add_text(o, "stack", e->begin.stack);
    add_number(o, "seed", e->begin.seed);
    add_text(o, "text", e->text);
    add_text(o, "question", s->question);
    for (unsigned i = 0; i < s->hosts_n; i++) {
        json_object *host = json_object_new_object();
        json_object *addrs = json_object_new_array();
        char addr[BONNET_ADDR_TEXT];
        for (unsigned k = 0; k < s->hosts[i].addrs_n; k++)
            json_object_array_add(
                addrs, json_object_new_string(bonnet_addr_print(s->hosts[i].addrs[k], addr)));
        add_text(host, "name", s->hosts[i].name);
        json_object_object_add(host, "addresses", addrs);
        json_object_array_add(hosts, host);
    }
    json_object_object_add(o, "hosts", hosts);
}

static void add_segment(json_object *o, const struct lab_event *e)
{
    const struct bonnet_packet *packet = e->wire.packet;
    char flags[10];
    add_text(o, "flags", bonnet_packet_flags(packet->flags, flags));
    add_number(o, "seq", packet->seq - e->wire.seq_base);
    if (packet->flags & BONNET_ACK) add_number(o, "ack", packet->ack - e->wire.ack_base);
    add_number(o, "window", packet->window);
}

static void add_packet(json_object *o, const struct lab_event *e)
{
    const struct bonnet_packet *packet = e->wire.packet;
    struct text t;
    if (packet) {
        text_init(&t, SHOW_TEXT_MAX);
        show_add_packet(&t, e, true, true);
        add_text(o, "packet", t.p);
        text_fini(&t);
        add_endpoint(o, "from", &packet->from);
        add_endpoint(o, "to", &packet->to);
        if (packet->kind == BONNET_PACKET_TCP) add_segment(o, e);
        add_number(o, "length", packet->text_len);
    }
    if (e->kind == LAB_EVENT_PACKET) {
        add_host(o, "receiver", e, e->wire.to);
        add_text(o, "fate", show_fate_name(e->wire.fate));
    }
    add_reason(o, e->reason);
}

static void add_state(json_object *o, const struct lab_event *e)
{
    static const char *const triggers[] = {
        [LAB_BY_CALL] = "call",
        [LAB_BY_PACKET] = "packet",
        [LAB_BY_TIMER] = "timer",
        [LAB_BY_UNKNOWN] = "unknown",
    };
    add_subject(o, e);
    add_text(o, "from", bonnet_state_name(e->state.from));
    add_text(o, "to", bonnet_state_name(e->state.to));
    add_text(o, "trigger", triggers[e->state.trigger]);
    add_text(o, "by", e->state.by);
    add_reason(o, e->reason);
}

/* Bytes that may be no UTF-8 have no place in JSON: then as hexadecimal digits. */
static void add_data(json_object *o, const char *data, size_t len)
{
    bool ascii = true;
    struct text hex;
    text_init(&hex, SHOW_TEXT_MAX);
    for (size_t i = 0; i < len; i++) {
        ascii = ascii && (unsigned char)data[i] < 0x80;
        text_addf(&hex, "%02x", (unsigned)(unsigned char)data[i]);
    }
    if (ascii)
        json_object_object_add(o, "data", json_object_new_string_len(data, (int)len));
    else
        add_text(o, "data_hex", hex.p);
    text_fini(&hex);
}

static void add_call(json_object *o, const struct lab_event *e)
{
    struct text error;
    add_text(o, "program", e->call.program);
    add_text(o, "call", e->call.step->source);
    if (e->kind == LAB_EVENT_BLOCKED) return;
    json_object_object_add(o, "result",
                           json_object_new_int64(e->call.result < 0 ? -1 : e->call.result));
    if (e->call.result < 0) {
        text_init(&error, SHOW_TEXT_MAX);
        show_add_error(&error, (int)-e->call.result);
        add_text(o, "error", error.p);
        text_fini(&error);
    }
    add_number(o, "blocked_ns", e->call.blocked_ns);
    if (e->call.data) add_data(o, e->call.data, e->call.data_len);
    if (e->call.unread) add_number(o, "unread", e->call.unread);
    if (e->call.lost) add_number(o, "lost", e->call.lost);
    if (e->call.unsent) add_number(o, "unsent", e->call.unsent);
}

static void add_row(json_object *o, const struct bonnet_row *row)
{
    static const char *const row_kinds[] = {
        [BONNET_ROW_LISTENER] = "listener",     [BONNET_ROW_HALF_OPEN] = "half_open",
        [BONNET_ROW_CONNECTION] = "connection", [BONNET_ROW_TIME_WAIT] = "time_wait",
        [BONNET_ROW_DATAGRAM] = "datagram",     [BONNET_ROW_UNBOUND] = "unbound",
    };
    add_text(o, "kind", row_kinds[row->kind]);
    if (row->state) add_text(o, "state", bonnet_state_name(row->state));
    add_endpoint(o, "local", &row->local);
    add_endpoint(o, "remote", &row->remote);
    add_number(o, "recv_q", row->recv_q);
    add_number(o, "send_q", row->send_q);
    add_number(o, "in_flight", row->in_flight);
    add_number(o, "unsent", row->unsent);
    add_number(o, "out_of_order", row->out_of_order);
    add_number(o, "delivered", row->delivered);
    add_number(o, "written", row->written);
    add_number(o, "cwnd", row->cwnd);
    if (row->kind == BONNET_ROW_LISTENER) add_number(o, "syn_q", row->syn_q);
    if (row->kind == BONNET_ROW_DATAGRAM) add_number(o, "drops", row->drops);
}

static void add_snapshot(json_object *o, const struct lab_event *e)
{
    json_object *rows = json_object_new_array();
    add_text(o, "form", e->snapshot.netstat ? "netstat" : "ss");
    for (size_t i = 0; i < e->snapshot.rows_n; i++) {
        json_object *row = json_object_new_object();
        add_row(row, &e->snapshot.rows[i]);
        json_object_array_add(rows, row);
    }
    json_object_object_add(o, "rows", rows);
}

static json_object *run_of(const struct lab_table *table, unsigned point)
{
    const struct scenario *s = table->scenario;
    json_object *run = json_object_new_object();
    for (unsigned i = 0; i < s->sweeps_n; i++)
        json_object_object_add(run, s->sweeps[i].name,
                               json_object_new_int64(show_table_point(s, point, i)));
    for (unsigned i = 0; i < table->measures_n; i++)
        json_object_object_add(run, table->names[i],
                               json_object_new_double(table->values[i][point]));
    return run;
}

static void add_table(json_object *o, const struct lab_table *table)
{
    json_object *runs = json_object_new_array();
    json_object *units = json_object_new_object();
    for (unsigned i = 0; i < table->measures_n; i++)
        add_text(units, table->names[i], table->units[i]);
    json_object_object_add(o, "units", units);
    for (unsigned i = 0; i < show_table_points(table->scenario); i++)
        json_object_array_add(runs, run_of(table, i));
    json_object_object_add(o, "runs", runs);
}

static void add_expect(json_object *o, const struct lab_event *e)
{
    add_bool(o, "held", e->expect.held);
    add_text(o, "expected", e->expect.expected);
    add_text(o, "got", e->expect.got);
    add_text(o, "found", e->text);
}

static void add_fields(json_object *o, const struct lab_event *e)
{
    switch (e->kind) {
    case LAB_EVENT_BEGIN: add_begin(o, e); break;
    case LAB_EVENT_PACKET:
    case LAB_EVENT_ARRIVAL:
    case LAB_EVENT_DROP: add_packet(o, e); break;
    case LAB_EVENT_REASON:
        add_subject(o, e);
        add_reason(o, e->reason);
        break;
    case LAB_EVENT_STATE: add_state(o, e); break;
    case LAB_EVENT_CALL:
    case LAB_EVENT_BLOCKED: add_call(o, e); break;
    case LAB_EVENT_GAUGES:
        add_text(o, "program", e->subject.program);
        add_text(o, "socket", e->subject.socket);
        add_row(o, e->gauges.row);
        break;
    case LAB_EVENT_SNAPSHOT: add_snapshot(o, e); break;
    case LAB_EVENT_MEASURE:
        add_text(o, "name", e->text);
        json_object_object_add(o, "value", json_object_new_double(e->value));
        break;
    case LAB_EVENT_TABLE: add_table(o, e->table); break;
    case LAB_EVENT_END:
        add_bool(o, "held", e->expect.held);
        add_text(o, "text", e->text);
        add_text(o, "answer", e->scenario->answer);
        break;
    case LAB_EVENT_EXPECT: add_expect(o, e); break;
    case LAB_EVENT_SAY:
    case LAB_EVENT_ACT:
    case LAB_EVENT_WAIT:
    case LAB_EVENT_SKIP: add_text(o, "text", e->text); break;
    }
}

void show_json_line(FILE *out, json_object *o)
{
    const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
    fputs(json_object_to_json_string_ext(o, flags), out);
    fputc('\n', out);
    json_object_put(o);
}

void show_json_sink(void *ctx, const struct lab_event *e)
{
    json_object *o = json_object_new_object();
    add_text(o, "event", lab_event_name(e->kind));
    add_number(o, "time_ns", e->at);
    add_host(o, "host", e, e->host);
    if (e->line) add_number(o, "line", e->line);
    add_fields(o, e);
    show_json_line(ctx, o);
}
