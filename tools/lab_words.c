/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls, states, queues and reasons in words: each a line, without time and colour.
 *
 * Calls read as strace shows them, but that a socket has the name the scenario gave it, and not a
 * number. Where a scenario runs one program on a host, the host's column says whose socket it is,
 * and the words do not repeat it.
 */
#include "lab.h"

#include <bonnet/netif.h>
#include <string.h>

enum { QUOTED_MAX = 32 };

static bool owns(const struct lab_line *line, const struct lab_step *step)
{
    for (unsigned i = 0; i < line->steps_n; i++)
        if (&line->steps[i] == step) return true;
    return false;
}

static const struct lab_line *find_step(const struct lab_line *lines, unsigned n,
                                        const struct lab_step *step)
{
    for (unsigned i = 0; i < n; i++) {
        if (owns(&lines[i], step)) return &lines[i];
        const struct lab_line *found = find_step(lines[i].inner, lines[i].inner_n, step);
        if (found) return found;
    }
    return NULL;
}

const struct lab_line *show_line_of_step(const struct scenario *s, const struct lab_step *step)
{
    return find_step(s->lines, s->lines_n, step);
}

static const struct lab_line *find_line(const struct lab_line *lines, unsigned n, unsigned number)
{
    for (unsigned i = 0; i < n; i++) {
        if (lines[i].line == number) return &lines[i];
        const struct lab_line *found = find_line(lines[i].inner, lines[i].inner_n, number);
        if (found) return found;
    }
    return NULL;
}

const struct lab_line *show_line_at(const struct scenario *s, unsigned line)
{
    return find_line(s->lines, s->lines_n, line);
}

void show_add_duration(struct text *t, bonnet_time ns)
{
    if (ns < BONNET_US)
        text_addf(t, "%llu ns", (unsigned long long)ns);
    else if (ns < BONNET_MS)
        text_addf(t, "%.4g us", (double)ns / (double)BONNET_US);
    else if (ns < BONNET_S)
        text_addf(t, "%.4g ms", (double)ns / (double)BONNET_MS);
    else if (ns < 7200 * BONNET_S)
        text_addf(t, "%.6g s", (double)ns / (double)BONNET_S);
    else
        text_addf(t, "%.4g h", (double)ns / (double)(3600 * BONNET_S));
}

void show_add_bytes(struct text *t, uint64_t bytes)
{
    if (bytes == 1)
        text_add(t, "1 byte");
    else if (bytes < 10000)
        text_addf(t, "%llu bytes", (unsigned long long)bytes);
    else if (bytes < 1000000)
        text_addf(t, "%.3g kB", (double)bytes / 1e3);
    else if (bytes < 1000000000)
        text_addf(t, "%.3g MB", (double)bytes / 1e6);
    else
        text_addf(t, "%.3g GB", (double)bytes / 1e9);
}

const char *show_value(double value, char buf[SHOW_VALUE_MAX])
{
    snprintf(buf, SHOW_VALUE_MAX, value >= 1000 ? "%.0f" : "%.4g", value);
    return buf;
}

void show_add_error(struct text *t, int error)
{
    const char *name = lab_error_name(error);
    if (name)
        text_add(t, name);
    else
        text_addf(t, "error %d", error);
}

void show_add_quoted(struct text *t, const char *s, size_t len)
{
    text_add(t, "\"");
    for (size_t i = 0; i < len && i < QUOTED_MAX; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\n')
            text_add(t, "\\n");
        else if (c == '"' || c == '\\')
            text_addf(t, "\\%c", c);
        else if (c < ' ' || c > '~')
            text_addf(t, "\\x%02x", c);
        else
            text_add_bytes(t, s + i, 1);
    }
    text_add(t, len > QUOTED_MAX ? "\"..." : "\"");
}

/* Does the host run more programs than the one of its name? */
static bool is_shared(const struct scenario *s, unsigned host)
{
    unsigned programs = 0;
    for (unsigned i = 0; i < s->programs_n; i++)
        programs += s->programs[i].host == host;
    return programs > 1;
}

/* "client:40000", or with the address if the host has more than one. */
static void add_endpoint(struct text *t, const struct scenario *s, const struct bonnet_endpoint *e)
{
    char addr[BONNET_ADDR_TEXT];
    for (unsigned i = 0; i < s->hosts_n; i++) {
        const struct lab_host *host = &s->hosts[i];
        if (host->addrs_n != 1 || !bonnet_addr_equal(host->addrs[0], e->addr)) continue;
        text_addf(t, "%s:%u", host->name, (unsigned)e->port);
        return;
    }
    text_addf(t, "%s:%u", bonnet_addr_print(e->addr, addr), (unsigned)e->port);
}

void show_add_subject(struct text *t, const struct lab_event *e)
{
    const struct lab_subject *who = &e->subject;
    if (who->socket && who->program && is_shared(e->scenario, e->host))
        text_addf(t, "%s %s", who->program, who->socket);
    else if (who->socket)
        text_add(t, who->socket);
    else if (who->remote.port) {
        text_add(t, "from ");
        add_endpoint(t, e->scenario, &who->remote);
    } else
        text_addf(t, "port %u", (unsigned)who->local.port);
}

static void add_bits(struct text *t, int64_t bits)
{
    static const struct {
        int bit;
        const char *name;
    } names[] = {
        {BONNET_POLLIN, "POLLIN"},   {BONNET_POLLPRI, "POLLPRI"}, {BONNET_POLLOUT, "POLLOUT"},
        {BONNET_POLLERR, "POLLERR"}, {BONNET_POLLHUP, "POLLHUP"}, {BONNET_POLLRDHUP, "POLLRDHUP"},
    };
    const char *between = "";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!(bits & names[i].bit)) continue;
        text_addf(t, "%s%s", between, names[i].name);
        between = "|";
    }
    if (!bits) text_add(t, "0");
}

/* The endpoint that a call has found out; NULL: it is not about one, or the result is of another.
 */
static const struct bonnet_endpoint *endpoint_of(const struct lab_event *e)
{
    enum lab_call what = e->call.step->call;
    const struct bonnet_endpoint *found = NULL;
    if (what == LAB_GETSOCKNAME) found = &e->subject.local;
    if (what == LAB_GETPEERNAME) found = &e->subject.remote;
    return found && found->port == e->call.result ? found : NULL;
}

static void add_value(struct text *t, const struct lab_event *e)
{
    const struct lab_step *step = e->call.step;
    const struct bonnet_endpoint *endpoint = endpoint_of(e);
    int64_t result = e->call.result;
    text_add(t, " = ");
    if (endpoint)
        add_endpoint(t, e->scenario, endpoint);
    else if (step->call == LAB_POLL)
        add_bits(t, result);
    else if (step->call == LAB_GETSOCKOPT && step->option == BONNET_SO_ERROR && result)
        show_add_error(t, (int)result);
    else
        text_addf(t, "%lld", (long long)result);
    if (!e->call.data) return;
    text_add(t, "  ");
    show_add_quoted(t, e->call.data, e->call.data_len);
}

/* What a call gave, as far as the variable in front of it does not say so. */
static void add_result(struct text *t, const struct lab_event *e)
{
    const struct lab_step *step = e->call.step;
    bool gives_socket = step->call == LAB_SOCKET || step->call == LAB_ACCEPT;
    if (e->call.result < 0) {
        text_add(t, " = -1 ");
        show_add_error(t, (int)-e->call.result);
        return;
    }
    if (step->call == LAB_EXIT) return;
    if (!gives_socket || !step->variable[0]) add_value(t, e);
    if (step->call != LAB_ACCEPT || !e->subject.remote.port) return;
    text_add(t, " from ");
    add_endpoint(t, e->scenario, &e->subject.remote);
}

static void add_bytes(struct text *t, const char *before, uint32_t bytes, const char *behind)
{
    if (!bytes) return;
    text_add(t, before);
    show_add_bytes(t, bytes);
    text_add(t, behind);
}

/* What is worth to be known besides the result. */
static void add_remarks(struct text *t, const struct lab_event *e)
{
    if (e->call.blocked_ns && e->call.step->call != LAB_SLEEP) {
        text_add(t, "  (blocked ");
        show_add_duration(t, e->call.blocked_ns);
        text_add(t, ")");
    }
    bool both = e->call.unread && e->call.lost;
    add_bytes(t, "  (thrown away: ", e->call.unread, both ? " unread" : " unread)");
    add_bytes(t, both ? ", " : "  (thrown away: ", e->call.lost, " in SendQ)");
    add_bytes(t, "  (", e->call.unsent, " still in SendQ)");
}

void show_add_call(struct text *t, const struct lab_event *e)
{
    const struct lab_step *step = e->call.step;
    size_t len = strlen(step->variable);
    bool written = len > 0 && strncmp(step->source, step->variable, len) == 0 &&
                   strchr(" =", step->source[len]) && step->source[len];
    if (e->call.program && is_shared(e->scenario, e->host)) text_addf(t, "%s: ", e->call.program);
    if (len > 0 && !written) text_addf(t, "%s = ", step->variable);
    text_add(t, step->source);
    if (e->kind == LAB_EVENT_BLOCKED) {
        text_add(t, " ...");
        return;
    }
    add_result(t, e);
    add_remarks(t, e);
}

void show_add_state(struct text *t, const struct lab_event *e)
{
    static const char *const prepositions[] = {
        [LAB_BY_CALL] = " by ",
        [LAB_BY_PACKET] = " on ",
        [LAB_BY_TIMER] = " by ",
        [LAB_BY_UNKNOWN] = "",
    };
    show_add_subject(t, e);
    text_addf(t, ": %s -> %s", bonnet_state_name(e->state.from), bonnet_state_name(e->state.to));
    if (e->state.trigger == LAB_BY_UNKNOWN || !e->state.by[0]) return;
    text_addf(t, "%s%s", prepositions[e->state.trigger], e->state.by);
}

void show_add_gauges(struct text *t, const struct lab_event *e)
{
    const struct bonnet_row *row = e->gauges.row;
    show_add_subject(t, e);
    if (row->kind == BONNET_ROW_LISTENER) {
        text_addf(t, ": accept queue %u (backlog %u)", (unsigned)row->recv_q,
                  (unsigned)row->send_q);
        if (row->syn_q) text_addf(t, "  SYN queue %u", (unsigned)row->syn_q);
        return;
    }
    if (row->kind == BONNET_ROW_DATAGRAM) {
        text_addf(t, ": RecvQ %u", (unsigned)row->recv_q);
        if (row->drops) text_addf(t, "  dropped %u", (unsigned)row->drops);
        return;
    }
    text_addf(t, ": SendQ %u", (unsigned)row->send_q);
    if (row->in_flight) text_addf(t, " (%u in flight)", (unsigned)row->in_flight);
    text_addf(t, "  RecvQ %u", (unsigned)row->recv_q);
    if (row->out_of_order) text_addf(t, " (+%u beyond a gap)", (unsigned)row->out_of_order);
    text_addf(t, "  Delivered %llu", (unsigned long long)row->delivered);
}

/* Refused, or lost on its way because the cable was cut or the power failed meanwhile. */
static void add_drop(struct text *t, const struct lab_event *e)
{
    const struct bonnet_packet *packet = e->wire.packet;
    char flags[10];
    text_add(t, e->wire.fate == LAB_FATE_CUT ? "never sees " : "drops ");
    if (packet && packet->kind == BONNET_PACKET_TCP)
        text_addf(t, "[%s]: ", bonnet_packet_flags(packet->flags, flags));
    else
        text_add(t, "a packet: ");
}

void show_add_reason(struct text *t, const struct lab_event *e)
{
    bool cut = e->kind == LAB_EVENT_DROP && e->wire.fate == LAB_FATE_CUT;
    if (e->kind == LAB_EVENT_DROP)
        add_drop(t, e);
    else if (e->subject.socket || e->subject.remote.port || e->subject.local.port) {
        show_add_subject(t, e);
        text_add(t, ": ");
    }
    if (cut)
        text_add(t, "lost on its way");
    else
        text_addf(t, "%s (%s)", bonnet_reason_text(e->reason), bonnet_reason_name(e->reason));
}
