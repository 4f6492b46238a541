/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `ss -E`: what happens in running stacks, a line each, as it happens.
 *
 * A line has the time of day, what it is (state, drop, reset, note), both ends, and then the change
 * of state or the reason with its sentence. A filter and -t, -u, -4, -6 choose by the ends; `state
 * X` by the state that was reached, which what is no change of state has not. Packets that belong
 * to no protocol are shown with TCP and UDP together only.
 */
#define _GNU_SOURCE
#include "ss.h"

#include "cmd.h"
#include "glass.h"
#include "ss_filter.h"

#include <bonnet/netif.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_TEXT_MAX 65536
#define DAY_S         86400

struct listener {
    const struct ss_options *o;
    const struct glass_instance *stacks;
    size_t stacks_n;
    int64_t offset_ns[GLASS_INSTANCES_MAX]; /* from a stack's clock to the time of day */
    struct text out;
    bool broken; /* nobody reads what is written */
};

static int64_t time_of_day(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void add_time(struct text *t, int64_t ns)
{
    time_t s = (time_t)(ns / 1000000000);
    struct tm tm;
    localtime_r(&s, &tm);
    text_addf(t, "%02d:%02d:%02d.%06d", tm.tm_hour, tm.tm_min, tm.tm_sec,
              (int)(ns % 1000000000 / 1000));
}

/* What the event is about, as far as a filter can tell. */
static void read_subject(struct json_object *event, struct bonnet_row *row)
{
    const char *reason = glass_text(event, "reason");
    bool is_udp = strncmp(reason, "udp_", 4) == 0;
    *row = (struct bonnet_row){.size = sizeof(*row), .socket = -1};
    row->kind = is_udp ? BONNET_ROW_DATAGRAM : BONNET_ROW_CONNECTION;
    ss_row_read_endpoint(event, "local", &row->local);
    ss_row_read_endpoint(event, "remote", &row->remote);
    for (int i = BONNET_ESTABLISHED; i < BONNET_STATES_END; i++)
        if (strcmp(glass_text(event, "to"), bonnet_state_name((enum bonnet_tcp_state)i)) == 0)
            row->state = (enum bonnet_tcp_state)i;
}

static bool is_wanted(const struct ss_options *o, struct json_object *event,
                      const struct bonnet_row *row)
{
    bool is_state = strcmp(glass_text(event, "event"), "state") == 0;
    bool is_udp = row->kind == BONNET_ROW_DATAGRAM;
    bool is_tcp = is_state || (!is_udp && row->remote.port);
    if (o->states && !(is_state && (o->states & 1u << row->state))) return false;
    if (is_udp ? !o->udp : is_tcp && !o->tcp) return false;
    if (!is_udp && !is_tcp && !(o->udp && o->tcp)) return false;
    return ss_wants_ends(o, row);
}

static void add_what(struct text *t, struct json_object *event)
{
    if (strcmp(glass_text(event, "event"), "state") != 0) {
        text_addf(t, " %s: %s", glass_text(event, "reason"), glass_text(event, "text"));
        return;
    }
    text_addf(t, " %s -> %s", glass_text(event, "from"), glass_text(event, "to"));
}

static void add_event(struct listener *l, size_t which, struct json_object *event,
                      const struct bonnet_row *row)
{
    struct text *t = &l->out;
    bool is_udp = row->kind == BONNET_ROW_DATAGRAM;
    add_time(t, (int64_t)glass_number(event, "at") + l->offset_ns[which]);
    if (l->stacks_n > 1) text_addf(t, " %s", l->stacks[which].name);
    text_addf(t, " %-5s ", glass_text(event, "event"));
    ss_add_endpoint(t, l->o, &row->local, is_udp);
    text_add(t, " ");
    ss_add_endpoint(t, l->o, &row->remote, is_udp);
    add_what(t, event);
    text_add(t, "\n");
}

/* The stream begins, or tells of something, or of how much it could not tell. */
static void take_event(struct listener *l, size_t which, struct json_object *event)
{
    struct bonnet_row row;
    if (glass_text(event, "stream")[0]) {
        l->offset_ns[which] = time_of_day() - (int64_t)glass_number(event, "now");
    } else if (glass_number(event, "lost")) {
        add_time(&l->out, time_of_day());
        if (l->stacks_n > 1) text_addf(&l->out, " %s", l->stacks[which].name);
        text_addf(&l->out, " lost  %llu events: they came faster than they were read\n",
                  (unsigned long long)glass_number(event, "lost"));
    } else if (glass_text(event, "event")[0]) {
        read_subject(event, &row);
        if (is_wanted(l->o, event, &row)) add_event(l, which, event, &row);
    }
}

static bool take_line(void *ctx, size_t which, const char *line, size_t len)
{
    struct listener *l = ctx;
    struct json_object *event = glass_parse(line, len);
    if (!event) return true;
    text_clear(&l->out);
    take_event(l, which, event);
    if (l->o->json && l->out.len > 0) {
        text_clear(&l->out);
        ss_add_json(&l->out, l->stacks[which].name, line, len);
        text_add(&l->out, "\n");
    }
    json_object_put(event);
    if (l->out.len > 0) l->broken = fputs(l->out.p, stdout) < 0 || fflush(stdout) != 0;
    return !l->broken;
}

int ss_events(const struct ss_options *o, struct glass_instance *stacks, size_t n, const char *who)
{
    static struct listener l;
    l = (struct listener){.o = o, .stacks = stacks, .stacks_n = n};
    text_init(&l.out, LINE_TEXT_MAX);
    if (!o->no_header && !o->json && n > 0) {
        printf("%-15s%s Event Local Address:Port Peer Address:Port What\n", "Time",
               n > 1 ? " Stack" : "");
        fflush(stdout);
    }
    size_t heard = glass_listen(stacks, n, "events", take_line, &l);
    text_fini(&l.out);
    if (heard == 0) {
        glass_complain_of_none(o->name, who);
        return CMD_FAILED;
    }
    return l.broken ? CMD_FAILED : CMD_OK;
}
