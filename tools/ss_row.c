/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of the door's JSON back into a struct bonnet_row.
 *
 * Fields are found by name: an older or newer bonnet behind the door may tell fewer or more. What
 * is not told is 0.
 */
#include "ss.h"

#include "glass.h"

#include <arpa/inet.h>
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
    ROW(socket),       ROW(recv_q),       ROW(send_q),    ROW(in_flight),  ROW(unsent),
    ROW(out_of_order), ROW(syn_q),        ROW(syn_q_max), ROW(timer_left), ROW(retransmits),
    ROW(recv_q_max),   ROW(send_q_max),   ROW(memory),    ROW(drops),      ROW(orphan),
    ROW(delivered),    ROW(written),      ROW(keepalive), ROW(snd_wnd),    ROW(rcv_wnd),
    ROW(cwnd),         ROW(timers_armed), ROW(stalled),
};

static const struct field info_fields[] = {
    INFO(tcpi_retransmits),   INFO(tcpi_probes),
    INFO(tcpi_backoff),       INFO(tcpi_options),
    INFO(tcpi_wscale),        INFO(tcpi_delivery_rate_app_limited),
    INFO(tcpi_rto),           INFO(tcpi_ato),
    INFO(tcpi_snd_mss),       INFO(tcpi_rcv_mss),
    INFO(tcpi_unacked),       INFO(tcpi_sacked),
    INFO(tcpi_lost),          INFO(tcpi_retrans),
    INFO(tcpi_fackets),       INFO(tcpi_last_data_sent),
    INFO(tcpi_last_ack_sent), INFO(tcpi_last_data_recv),
    INFO(tcpi_last_ack_recv), INFO(tcpi_pmtu),
    INFO(tcpi_rcv_ssthresh),  INFO(tcpi_rtt),
    INFO(tcpi_rttvar),        INFO(tcpi_snd_ssthresh),
    INFO(tcpi_snd_cwnd),      INFO(tcpi_advmss),
    INFO(tcpi_reordering),    INFO(tcpi_rcv_rtt),
    INFO(tcpi_rcv_space),     INFO(tcpi_total_retrans),
    INFO(tcpi_pacing_rate),   INFO(tcpi_max_pacing_rate),
    INFO(tcpi_bytes_acked),   INFO(tcpi_bytes_received),
    INFO(tcpi_segs_out),      INFO(tcpi_segs_in),
    INFO(tcpi_notsent_bytes), INFO(tcpi_min_rtt),
    INFO(tcpi_data_segs_in),  INFO(tcpi_data_segs_out),
    INFO(tcpi_delivery_rate), INFO(tcpi_busy_time),
    INFO(tcpi_rwnd_limited),  INFO(tcpi_sndbuf_limited),
    INFO(tcpi_delivered),     INFO(tcpi_delivered_ce),
    INFO(tcpi_bytes_sent),    INFO(tcpi_bytes_retrans),
    INFO(tcpi_dsack_dups),    INFO(tcpi_reord_seen),
    INFO(tcpi_rcv_ooopack),   INFO(tcpi_snd_wnd),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const kinds[] = {
    [BONNET_ROW_LISTENER] = "listener",     [BONNET_ROW_HALF_OPEN] = "half_open",
    [BONNET_ROW_CONNECTION] = "connection", [BONNET_ROW_TIME_WAIT] = "time_wait",
    [BONNET_ROW_DATAGRAM] = "datagram",     [BONNET_ROW_UNBOUND] = "unbound",
};

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
        store((char *)out + fields[i].at, fields[i].size, glass_number(object, fields[i].name));
    }
}

bool ss_row_read_endpoint(struct json_object *object, const char *key, struct bonnet_endpoint *out)
{
    json_object *at;
    if (!json_object_object_get_ex(object, key, &at)) return false;
    const char *addr = glass_text(at, "addr");
    if (bonnet_addr_parse(addr, &out->addr) && inet_pton(AF_INET6, addr, out->addr.b) != 1)
        out->addr = bonnet_ip4(0, 0, 0, 0);
    out->port = (uint16_t)glass_number(at, "port");
    out->scope = (uint16_t)glass_number(at, "scope");
    return true;
}

/* The names are the library's own, so that its enums can be found again. */
static void read_names(json_object *object, struct bonnet_row *row)
{
    const char *state = glass_text(object, "state");
    const char *timer = glass_text(object, "timer");
    const char *why = glass_text(object, "why");
    for (int i = BONNET_ESTABLISHED; i < BONNET_STATES_END; i++)
        if (strcmp(state, bonnet_state_name((enum bonnet_tcp_state)i)) == 0)
            row->state = (enum bonnet_tcp_state)i;
    for (int i = BONNET_TIMER_NONE; i < BONNET_TIMERS_END; i++)
        if (strcmp(timer, bonnet_timer_name((enum bonnet_timer)i)) == 0)
            row->timer = (enum bonnet_timer)i;
    for (int i = BONNET_WHY_APP; i < BONNET_WHYS_END; i++)
        if (strcmp(why, bonnet_why_text((enum bonnet_why)i)) == 0) row->why = (enum bonnet_why)i;
}

static bool read_kind(json_object *object, struct bonnet_row *row)
{
    const char *kind = glass_text(object, "kind");
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
    if (!read_kind(object, &out->row) || !ss_row_read_endpoint(object, "local", &out->row.local) ||
        !ss_row_read_endpoint(object, "remote", &out->row.remote))
        return false;
    read_names(object, &out->row);
    read_fields(object, row_fields, COUNT(row_fields), &out->row);
    if (json_object_object_get_ex(object, "info", &info))
        read_fields(info, info_fields, COUNT(info_fields), &out->row.info);
    snprintf(out->congestion, sizeof(out->congestion), "%s", glass_text(object, "congestion"));
    snprintf(out->why, sizeof(out->why), "%s", glass_text(object, "why"));
    return true;
}

bool ss_row_parse(const char *line, size_t len, struct ss_row *out)
{
    *out = (struct ss_row){.row = {.size = sizeof(out->row), .socket = -1}};
    json_object *object = glass_parse(line, len);
    bool good = object && read_row(object, out);
    json_object_put(object);
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
