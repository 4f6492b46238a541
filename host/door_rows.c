/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Snapshots as lines of JSON: the answers that the door can give.
 *
 * Decides: the shape of each line. Members are named as the fields of the structures in inspect.h
 * and socket.h; numbers stay numbers, enumerations become their names, instants and durations are
 * nanoseconds. The fields are listed in tables, so that a new one is one line here. Leaves to
 * door.c who asks and how the text reaches him.
 *
 * An answer is written line by line and remembers where it is in one number, so that a million
 * sockets need no more memory than one.
 */
#include "door_rows.h"
#include <string.h>

enum type { U8, U32, U64, I32, BOOL };

struct field {
    const char *name;
    size_t at; /* in its structure */
    enum type type;
};

static void put_field(struct json *j, const struct field *f, const void *structure)
{
    const uint8_t *p = (const uint8_t *)structure + f->at;
    uint64_t u64;
    uint32_t u32;
    int32_t i32;
    switch (f->type) {
    case U8: json_unsigned(j, f->name, *p); break;
    case U32:
        memcpy(&u32, p, sizeof u32);
        json_unsigned(j, f->name, u32);
        break;
    case U64:
        memcpy(&u64, p, sizeof u64);
        json_unsigned(j, f->name, u64);
        break;
    case I32:
        memcpy(&i32, p, sizeof i32);
        json_signed(j, f->name, i32);
        break;
    case BOOL: json_bool(j, f->name, *p != 0); break;
    }
}

static void put_fields(struct json *j, const struct field *f, size_t n, const void *structure)
{
    for (size_t i = 0; i < n; i++)
        put_field(j, &f[i], structure);
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define ROW(name) #name, offsetof(struct bonnet_row, name)

static const struct field row_fields[] = {
    {ROW(socket), I32},      {ROW(recv_q), U32},       {ROW(send_q), U32},
    {ROW(in_flight), U32},   {ROW(unsent), U32},       {ROW(out_of_order), U32},
    {ROW(syn_q), U32},       {ROW(syn_q_max), U32},    {ROW(delivered), U64},
    {ROW(written), U64},     {ROW(timer_left), U64},   {ROW(stalled), U64},
    {ROW(retransmits), U32}, {ROW(recv_q_max), U32},   {ROW(send_q_max), U32},
    {ROW(memory), U32},      {ROW(drops), U32},        {ROW(user), U64},
    {ROW(orphan), BOOL},     {ROW(keepalive), BOOL},   {ROW(iss), U32},
    {ROW(snd_una), U32},     {ROW(snd_nxt), U32},      {ROW(snd_max), U32},
    {ROW(snd_wnd), U32},     {ROW(max_snd_wnd), U32},  {ROW(irs), U32},
    {ROW(rcv_nxt), U32},     {ROW(rcv_wnd), U32},      {ROW(cwnd), U32},
    {ROW(ssthresh), U32},    {ROW(timers_armed), U32},
};

#define INFO(name) #name, offsetof(struct bonnet_tcp_info, name)

static const struct field info_fields[] = {
    {INFO(tcpi_state), U8},          {INFO(tcpi_ca_state), U8},
    {INFO(tcpi_retransmits), U8},    {INFO(tcpi_probes), U8},
    {INFO(tcpi_backoff), U8},        {INFO(tcpi_options), U8},
    {INFO(tcpi_wscale), U8},         {INFO(tcpi_delivery_rate_app_limited), U8},
    {INFO(tcpi_rto), U32},           {INFO(tcpi_ato), U32},
    {INFO(tcpi_snd_mss), U32},       {INFO(tcpi_rcv_mss), U32},
    {INFO(tcpi_unacked), U32},       {INFO(tcpi_sacked), U32},
    {INFO(tcpi_lost), U32},          {INFO(tcpi_retrans), U32},
    {INFO(tcpi_fackets), U32},       {INFO(tcpi_last_data_sent), U32},
    {INFO(tcpi_last_ack_sent), U32}, {INFO(tcpi_last_data_recv), U32},
    {INFO(tcpi_last_ack_recv), U32}, {INFO(tcpi_pmtu), U32},
    {INFO(tcpi_rcv_ssthresh), U32},  {INFO(tcpi_rtt), U32},
    {INFO(tcpi_rttvar), U32},        {INFO(tcpi_snd_ssthresh), U32},
    {INFO(tcpi_snd_cwnd), U32},      {INFO(tcpi_advmss), U32},
    {INFO(tcpi_reordering), U32},    {INFO(tcpi_rcv_rtt), U32},
    {INFO(tcpi_rcv_space), U32},     {INFO(tcpi_total_retrans), U32},
    {INFO(tcpi_pacing_rate), U64},   {INFO(tcpi_max_pacing_rate), U64},
    {INFO(tcpi_bytes_acked), U64},   {INFO(tcpi_bytes_received), U64},
    {INFO(tcpi_segs_out), U32},      {INFO(tcpi_segs_in), U32},
    {INFO(tcpi_notsent_bytes), U32}, {INFO(tcpi_min_rtt), U32},
    {INFO(tcpi_data_segs_in), U32},  {INFO(tcpi_data_segs_out), U32},
    {INFO(tcpi_delivery_rate), U64}, {INFO(tcpi_busy_time), U64},
    {INFO(tcpi_rwnd_limited), U64},  {INFO(tcpi_sndbuf_limited), U64},
    {INFO(tcpi_delivered), U32},     {INFO(tcpi_delivered_ce), U32},
    {INFO(tcpi_bytes_sent), U64},    {INFO(tcpi_bytes_retrans), U64},
    {INFO(tcpi_dsack_dups), U32},    {INFO(tcpi_reord_seen), U32},
    {INFO(tcpi_rcv_ooopack), U32},   {INFO(tcpi_snd_wnd), U32},
    {INFO(tcpi_rcv_wnd), U32},
};

#define TOTAL(name) #name, offsetof(struct bonnet_totals, name)

static const struct field totals_fields[] = {
    {TOTAL(sockets), U32},          {TOTAL(listeners), U32},        {TOTAL(half_open), U32},
    {TOTAL(connections), U32},      {TOTAL(orphans), U32},          {TOTAL(time_wait), U32},
    {TOTAL(datagram_sockets), U32}, {TOTAL(timers), U32},           {TOTAL(reassemblies), U32},
    {TOTAL(neighbours), U32},       {TOTAL(replies), U32},          {TOTAL(timers_fired), U64},
    {TOTAL(timers_armed), U64},     {TOTAL(timers_cancelled), U64}, {TOTAL(frames_in), U64},
    {TOTAL(frames_dropped), U64},   {TOTAL(frames_out), U64},       {TOTAL(memory_bytes), U64},
    {TOTAL(memory_blocks), U64},    {TOTAL(memory_peak), U64},
};

static const char *const kind_names[] = {
    [BONNET_ROW_LISTENER] = "listener",     [BONNET_ROW_HALF_OPEN] = "half_open",
    [BONNET_ROW_CONNECTION] = "connection", [BONNET_ROW_TIME_WAIT] = "time_wait",
    [BONNET_ROW_DATAGRAM] = "datagram",     [BONNET_ROW_UNBOUND] = "unbound",
};
_Static_assert(COUNT(kind_names) == BONNET_ROW_UNBOUND + 1, "a name for each kind of row");

static const char *const reason_kind_names[] = {
    [BONNET_KIND_SEND] = "send",
    [BONNET_KIND_NOTE] = "note",
    [BONNET_KIND_DROP] = "drop",
    [BONNET_KIND_RESET] = "reset",
};
_Static_assert(COUNT(reason_kind_names) == BONNET_KIND_RESET + 1, "a name for each kind of reason");

const char *door_reason_kind_name(int reason)
{
    return reason_kind_names[bonnet_reason_kind(reason)];
}

void door_put_endpoint(struct json *j, const char *key, const struct bonnet_endpoint *e)
{
    char text[BONNET_ADDR_TEXT];
    json_object_begin(j, key);
    json_text(j, "addr", bonnet_addr_print(e->addr, text));
    json_unsigned(j, "port", e->port);
    json_unsigned(j, "scope", e->scope);
    json_object_end(j);
}

static int answer_sockets(const struct door_view *view, uint64_t *cursor, struct json *j)
{
    struct bonnet_row row = {.size = sizeof row};
    if (bonnet_inspect(view->bn, cursor, &row) != 1) return 0;
    json_object_begin(j, NULL);
    json_text(j, "kind", kind_names[row.kind]);
    json_text(j, "state", bonnet_state_name(row.state));
    door_put_endpoint(j, "local", &row.local);
    door_put_endpoint(j, "remote", &row.remote);
    put_fields(j, row_fields, COUNT(row_fields), &row);
    json_text(j, "timer", bonnet_timer_name(row.timer));
    json_text(j, "why", bonnet_why_text(row.why));
    json_text(j, "congestion", row.congestion);
    if (row.kind == BONNET_ROW_CONNECTION) {
        json_object_begin(j, "info");
        put_fields(j, info_fields, COUNT(info_fields), &row.info);
        json_object_end(j);
    }
    json_object_end(j);
    return 1;
}

static int answer_counters(const struct door_view *view, uint64_t *cursor, struct json *j)
{
    int mib = (int)*cursor;
    if (mib >= BONNET_MIBS_END) return 0;
    json_object_begin(j, NULL);
    json_text(j, "name", bonnet_mib_name(mib));
    json_unsigned(j, "count", bonnet_mib_count(view->bn, mib));
    json_object_end(j);
    ++*cursor;
    return 1;
}

/* Number 0 is no reason. */
static int answer_reasons(const struct door_view *view, uint64_t *cursor, struct json *j)
{
    int reason = (int)++*cursor;
    if (reason >= BONNET_REASONS_END) return 0;
    json_object_begin(j, NULL);
    json_text(j, "name", bonnet_reason_name(reason));
    json_text(j, "kind", door_reason_kind_name(reason));
    json_unsigned(j, "count", bonnet_reason_count(view->bn, reason));
    json_text(j, "text", bonnet_reason_text(reason));
    json_object_end(j);
    return 1;
}

static int answer_totals(const struct door_view *view, uint64_t *cursor, struct json *j)
{
    struct bonnet_totals totals = {.size = sizeof totals};
    if ((*cursor)++ > 0 || bonnet_totals(view->bn, &totals) < 0) return 0;
    json_object_begin(j, NULL);
    json_unsigned(j, "now", view->now);
    put_fields(j, totals_fields, COUNT(totals_fields), &totals);
    json_object_end(j);
    return 1;
}

static int answer_version(const struct door_view *view, uint64_t *cursor, struct json *j)
{
    if ((*cursor)++ > 0) return 0;
    json_object_begin(j, NULL);
    json_text(j, "version", bonnet_version());
    json_unsigned(j, "now", view->now);
    json_object_end(j);
    return 1;
}

static int answer_unknown(const struct door_view *view, uint64_t *cursor, struct json *j)
{
    (void)view;
    if ((*cursor)++ > 0) return 0;
    json_object_begin(j, NULL);
    json_text(j, "error", "unknown request: sockets, counters, reasons, totals, version, events");
    json_object_end(j);
    return 1;
}

static const struct {
    const char *request;
    door_answer_fn answer;
} answers[] = {
    {"sockets", answer_sockets}, {"counters", answer_counters}, {"reasons", answer_reasons},
    {"totals", answer_totals},   {"version", answer_version},
};

door_answer_fn door_answer_find(const char *request, size_t n)
{
    for (size_t i = 0; i < COUNT(answers); i++)
        if (strlen(answers[i].request) == n && memcmp(answers[i].request, request, n) == 0)
            return answers[i].answer;
    return answer_unknown;
}
