/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of the door's JSON back into a struct bonnet_row.
 *
 * Fields are found by name: an older or newer bonnet behind the door may tell fewer or more. What
 * is not told is 0.
 */
#include "ss.h"

#include <bonnet/netif.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

struct field {
    const char *name;
    size_t at;
    size_t size;
};

#define ROW(name)                                                                        \
    {                                                                                    \
#name, offsetof(struct bonnet_row, name), sizeof(((struct bonnet_row *)0)->name) \
    }
#define INFO(name)                                                                                 \
    {                                                                                              \
#name, offsetof(struct bonnet_tcp_info, name), sizeof(((struct bonnet_tcp_info *)0)->name) \
    }

static const struct field row_fields[] = {
    ROW(socket),       ROW(recv_q),     ROW(send_q),    ROW(in_flight),  ROW(unsent),
    ROW(out_of_order), ROW(syn_q),      ROW(syn_q_max), ROW(timer_left), ROW(retransmits),
    ROW(recv_q_max),   ROW(send_q_max), ROW(memory),    ROW(drops),      ROW(orphan),
};

static const struct field info_fields[] = {
    INFO(tcpi_backoff),
    INFO(tcpi_options),
    INFO(tcpi_wscale),
    INFO(tcpi_delivery_rate_app_limited),
    INFO(tcpi_rto),
    INFO(tcpi_ato),
    INFO(tcpi_snd_mss),
    INFO(tcpi_rcv_mss),
    INFO(tcpi_unacked),
    INFO(tcpi_sacked),
    INFO(tcpi_lost),
    INFO(tcpi_retrans),
    INFO(tcpi_fackets),
    INFO(tcpi_last_data_sent),
    INFO(tcpi_last_data_recv),
    INFO(tcpi_last_ack_recv),
    INFO(tcpi_pmtu),
    INFO(tcpi_rcv_ssthresh),
    INFO(tcpi_rtt),
    INFO(tcpi_rttvar),
    INFO(tcpi_snd_ssthresh),
    INFO(tcpi_snd_cwnd),
    INFO(tcpi_advmss),
    INFO(tcpi_reordering),
    INFO(tcpi_rcv_rtt),
    INFO(tcpi_rcv_space),
    INFO(tcpi_total_retrans),
    INFO(tcpi_pacing_rate),
    INFO(tcpi_max_pacing_rate),
    INFO(tcpi_bytes_acked),
    INFO(tcpi_bytes_received),
    INFO(tcpi_segs_out),
    INFO(tcpi_segs_in),
    INFO(tcpi_notsent_bytes),
    INFO(tcpi_min_rtt),
    INFO(tcpi_data_segs_in),
    INFO(tcpi_data_segs_out),
    INFO(tcpi_delivery_rate),
    INFO(tcpi_busy_time),
    INFO(tcpi_rwnd_limited),
    INFO(tcpi_sndbuf_limited),
    INFO(tcpi_delivered),
    INFO(tcpi_delivered_ce),
    INFO(tcpi_bytes_sent),
    INFO(tcpi_bytes_retrans),
    INFO(tcpi_dsack_dups),
    INFO(tcpi_reord_seen),
    INFO(tcpi_rcv_ooopack),
    INFO(tcpi_snd_wnd),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const kinds[] = {
    [BONNET_ROW_LISTENER] = "listener",     [BONNET_ROW_HALF_OPEN] = "half_open",
    [BONNET_ROW_CONNECTION] = "connection", [BONNET_ROW_TIME_WAIT] = "time_wait",
    [BONNET_ROW_DATAGRAM] = "datagram",     [BONNET_ROW_UNBOUND] = "unbound",
};

static const char *text_of(json_object *object, const char *key)
{
    json_object *value;
    const char *s = NULL;
    if (json_object_object_get_ex(object, key, &value)) s = json_object_get_string(value);
    return s ? s : "";
}

/* Stores n into a field of size bytes. Numbers and booleans of C share their bytes with these. */
static void store(void *field, size_t size, uint64_t n)
{
    uint8_t u8 = (uint8_t)n;
    uint32_t u32 = (uint32_t)n;
    if (size == sizeof(u8))
        memcpy(field, &u8, size);
    else if (size == sizeof(u32))
        memcpy(field, &u32, size);
    else
        memcpy(field, &n, sizeof(n));
}

static void read_fields(json_object *object, const struct field *fields, size_t n, void *out)
{
    for (size_t i = 0; i < n; i++) {
        json_object *value;
        if (!json_object_object_get_ex(object, fields[i].name, &value)) continue;
        uint64_t number = (uint64_t)json_object_get_int64(value);
        if (json_object_is_type(value, json_type_int)) {
            int64_t is_signed = json_object_get_int64(value);
            number = is_signed < 0 ? (uint64_t)is_signed : json_object_get_uint64(value);
        }
        store((char *)out + fields[i].at, fields[i].size, number);
    }
}

static bool read_endpoint(json_object *row, const char *key, struct bonnet_endpoint *out)
{
    json_object *object;
    json_object *value;
    if (!json_object_object_get_ex(row, key, &object)) return false;
    if (bonnet_addr_parse(text_of(object, "addr"), &out->addr)) out->addr = bonnet_ip4(0, 0, 0, 0);
    if (json_object_object_get_ex(object, "port", &value))
        out->port = (uint16_t)json_object_get_int(value);
    if (json_object_object_get_ex(object, "scope", &value))
        out->scope = (uint16_t)json_object_get_int(value);
    return true;
}

/* The names are the library's own, so that its enums can be found again. */
static void read_names(json_object *object, struct bonnet_row *row)
{
    const char *state = text_of(object, "state");
    const char *timer = text_of(object, "timer");
    for (int i = BONNET_ESTABLISHED; i < BONNET_STATES_END; i++)
        if (strcmp(state, bonnet_state_name((enum bonnet_tcp_state)i)) == 0)
            row->state = (enum bonnet_tcp_state)i;
    for (int i = BONNET_TIMER_NONE; i < BONNET_TIMERS_END; i++)
        if (strcmp(timer, bonnet_timer_name((enum bonnet_timer)i)) == 0)
            row->timer = (enum bonnet_timer)i;
}

static bool read_kind(json_object *object, struct bonnet_row *row)
{
    const char *kind = text_of(object, "kind");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (strcmp(kind, kinds[i]) != 0) continue;
        row->kind = (enum bonnet_row_kind)i;
        return true;
    }
    return false;
}

static bool read_row(json_object *object, struct ss_row *out)
{
    json_object *info;
    if (!json_object_is_type(object, json_type_object) || !read_kind(object, &out->row) ||
        !read_endpoint(object, "local", &out->row.local) ||
        !read_endpoint(object, "remote", &out->row.remote))
        return false;
    read_names(object, &out->row);
    read_fields(object, row_fields, COUNT(row_fields), &out->row);
    if (json_object_object_get_ex(object, "info", &info))
        read_fields(info, info_fields, COUNT(info_fields), &out->row.info);
    snprintf(out->congestion, sizeof(out->congestion), "%s", text_of(object, "congestion"));
    snprintf(out->why, sizeof(out->why), "%s", text_of(object, "why"));
    return true;
}

bool ss_row_parse(const char *json, size_t len, struct ss_row *out)
{
    *out = (struct ss_row){.row = {.size = sizeof(out->row), .socket = -1}};
    json_tokener *tokener = json_tokener_new();
    if (!tokener) return false;
    json_object *object = json_tokener_parse_ex(tokener, json, (int)len);
    bool good = object && read_row(object, out);
    json_object_put(object);
    json_tokener_free(tokener);
    return good;
}

void ss_row_of(const struct bonnet_row *row, struct ss_row *out)
{
    *out = (struct ss_row){.row = *row};
    if (row->congestion) snprintf(out->congestion, sizeof(out->congestion), "%s", row->congestion);
    if (row->kind == BONNET_ROW_CONNECTION || row->kind == BONNET_ROW_HALF_OPEN)
        snprintf(out->why, sizeof(out->why), "%s", bonnet_why_text(row->why));
    out->row.congestion = NULL;
}
