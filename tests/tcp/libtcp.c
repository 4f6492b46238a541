/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine alone, with a peer made of rows. After each step its invariants are checked. */
#include "libtcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1u << 20)

uint8_t pattern(uint32_t seq)
{
    return (uint8_t)(seq * 31 + (seq >> 8) * 7 + (seq >> 16));
}

static void *take(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void *refuse(void *ctx, size_t size)
{
    (void)ctx;
    (void)size;
    return NULL;
}

static void give(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    free(p);
}

static void check(const struct t *t)
{
    assert_true(tcp_conn_check(&t->c));
}

void closed(struct t *t, struct opts o)
{
    struct bonnet_config config;
    memset(t, 0, sizeof(*t));
    bonnet_config_init(&config);
    config.seed[0] = 7;
    if (o.ecn) config.tcp_ecn = BONNET_ECN_ASK;
    config.alloc = (struct bonnet_alloc){take, give, NULL};
    env_init(&t->e, &config);
    t->e.now = 1000 * BONNET_S;
    t->e.wheel.now = t->e.now;
    struct tcp_settings set = {
        .rcvbuf = o.rcvbuf ? o.rcvbuf : 65535,
        .sndbuf = 1u << 20,
        .notsent_lowat = UINT32_MAX,
        .keep_idle_s = 7200,
        .keep_interval_s = 75,
        .linger2_s = 60,
        .keep_count = 9,
        .syn_retries = 6,
        .cc = (uint8_t)cc_find("reno", 4), /* its numbers are small and round */
        .keepalive = o.keepalive,
        .user_timeout_ms = o.user_timeout_ms,
        .rcvbuf_locked = true,
    };
    tcp_init(&t->c, &set);
    t->irs = o.irs ? o.irs : 0x10000000;
    t->peer_ts = 500;
}

static struct tcp_world world(void)
{
    return (struct tcp_world){
        .tuple = {bonnet_ip4(10, 0, 0, 1), bonnet_ip4(10, 0, 0, 2), 80, 40000},
        .mtu = 1500,
    };
}

static void open_active(struct t *t, struct opts o)
{
    closed(t, o);
    const struct tcp_settings set = t->c.set;
    const struct tcp_world w = world();
    tcp_open_active(&t->c, &t->e, &set, &w);
    if (o.iss) t->c.snd.iss = t->c.snd.una = t->c.snd.nxt = seq(o.iss);
    t->iss = t->c.snd.iss.v;
    tx(t, o.ecn ? SYN | SETUP : SYN, .seq = 0, .reason = BONNET_R_SEND_SYN);
    state_is(t, BONNET_SYN_SENT);
}

void syn_sent_with(struct t *t, struct opts o)
{
    open_active(t, o);
}

void syn_sent(struct t *t)
{
    open_active(t, (struct opts){0});
}

void syn_received(struct t *t)
{
    syn_sent(t);
    rx(t, SYN, .seq = 0);
    tx(t, SYN | ACK, .seq = 0, .ack = 1, .reason = BONNET_R_SEND_SYN_ACK);
    state_is(t, BONNET_SYN_RECEIVED);
}

/* A SYN-ACK with the options wanted. */
static void rx_syn_ack(struct t *t, struct opts o)
{
    uint8_t agreed = o.agreed ? o.agreed : TCP_AGREED_TIMESTAMPS | TCP_AGREED_SACK;
    if (o.plain) agreed = 0;
    struct tcp_seg s = {.seq = seq(t->irs), .ack = seq(t->iss + 1), .flags = SYN | ACK};
    if (o.ecn) s.flags |= ECE;
    s.wnd = 65535;
    s.has = TCP_OPT_MSS;
    s.mss = o.peer_mss ? o.peer_mss : 1460;
    if (agreed & TCP_AGREED_TIMESTAMPS) s.has |= TCP_OPT_TIMESTAMPS;
    if (agreed & TCP_AGREED_SACK) s.has |= TCP_OPT_SACK_PERMITTED;
    if (agreed & TCP_AGREED_WSCALE) s.has |= TCP_OPT_WSCALE;
    s.wscale = o.peer_wscale;
    s.ts_val = t->peer_ts++;
    s.ts_ecr = t->last.ts_val;
    tcp_input(&t->c, &t->e, &s, &t->o);
    check(t);
}

void established_with(struct t *t, struct opts o)
{
    open_active(t, o);
    t->e.now += BONNET_MS;
    rx_syn_ack(t, o);
    tx(t, ACK, .seq = 1, .ack = 1);
    state_is(t, BONNET_ESTABLISHED);
    quiet(t);
}

void established(struct t *t)
{
    established_with(t, (struct opts){0});
}

void fin_wait_1(struct t *t)
{
    established(t);
    user_shutdown(t);
    tx(t, FIN | ACK, .seq = 1, .ack = 1, .reason = BONNET_R_SEND_FIN);
    state_is(t, BONNET_FIN_WAIT_1);
}

void fin_wait_2(struct t *t)
{
    fin_wait_1(t);
    rx(t, ACK, .seq = 1, .ack = 2);
    state_is(t, BONNET_FIN_WAIT_2);
    quiet(t);
}

void close_wait(struct t *t)
{
    established(t);
    rx(t, FIN | ACK, .seq = 1, .ack = 1);
    tx(t, ACK, .seq = 1, .ack = 2);
    state_is(t, BONNET_CLOSE_WAIT);
    quiet(t);
}

void closing(struct t *t)
{
    fin_wait_1(t);
    rx(t, FIN | ACK, .seq = 1, .ack = 1);
    tx(t, ACK, .seq = 2, .ack = 2);
    state_is(t, BONNET_CLOSING);
}

void last_ack(struct t *t)
{
    close_wait(t);
    user_shutdown(t);
    tx(t, FIN | ACK, .seq = 1, .ack = 2);
    state_is(t, BONNET_LAST_ACK);
}

void t_end(struct t *t)
{
    tcp_fini(&t->c, &t->e);
    pool_trim(&t->e.pages, &t->e);
    pool_trim(&t->e.records, &t->e);
    assert_int_equal(t->e.memory_bytes, 0);
    assert_int_equal(t->e.memory_blocks, 0);
}

void rx_row(struct t *t, uint16_t flags, struct row r)
{
    static uint8_t text[TEXT_MAX];
    struct tcp_seg s = {.flags = flags, .len = r.len, .urg = r.urg, .ecn = r.ecn};
    s.seq = seq(t->irs + r.seq);
    s.ack = flags & ACK ? seq(t->iss + r.ack) : seq(0);
    s.wnd = r.wnd == WND_ZERO ? 0 : (uint16_t)(r.wnd ? r.wnd : 65535);
    if (t->c.agreed & TCP_AGREED_TIMESTAMPS && !r.no_ts) {
        s.has |= TCP_OPT_TIMESTAMPS;
        s.ts_val = r.ts_val ? r.ts_val : t->peer_ts++;
        s.ts_ecr = r.ts_ecr ? r.ts_ecr : conn_ts_now(&t->c, &t->e);
    }
    s.has |= r.has;
    s.mss = r.mss;
    s.wscale = r.wscale;
    for (uint32_t i = 0; i < r.sack_n; i++)
        s.sack[i] =
            (struct tcp_sack_block){seq(t->iss + r.sack[2 * i]), seq(t->iss + r.sack[2 * i + 1])};
    s.sack_n = (uint8_t)r.sack_n;
    if (r.sack_n) s.has |= TCP_OPT_SACK;
    for (uint32_t i = 0; i < r.len; i++)
        text[i] = r.text ? r.text[i] : pattern(r.seq + i);
    s.text = text;
    tcp_input(&t->c, &t->e, &s, &t->o);
    check(t);
}

static void check_text(const struct t *t, const struct tcp_seg *s)
{
    uint8_t b;
    for (uint32_t i = 0; i < s->len; i++) {
        ring_copy(&t->c.out, s->text_at + i, &b, 1);
        assert_int_equal(b, pattern(s->seq.v - t->iss + i));
    }
}

static void fail_with(const char *file, int line, const char *what, uint64_t got, uint64_t want)
{
    if (got == want) return;
    print_error("%s: got %llu, expected %llu\n", what, (unsigned long long)got,
                (unsigned long long)want);
    _fail(file, line);
}

void tx_row(struct t *t, uint16_t flags, struct row r, const char *file, int line)
{
    struct tcp_plan p = tcp_plan(&t->c, &t->e, t->burst);
    fail_with(file, line, "sends", p.what != TCP_SEND_NOTHING, true);
    fail_with(file, line, "tcp_output", (uint64_t)tcp_output(&t->c, &t->e, &p, &t->last), 0);
    const struct tcp_seg *s = &t->last;
    fail_with(file, line, "flags", s->flags & ~(unsigned)PSH, flags & ~(unsigned)PSH);
    fail_with(file, line, "seq", s->seq.v - t->iss, r.seq);
    if (flags & ACK) fail_with(file, line, "ack", s->ack.v - t->irs, r.ack);
    fail_with(file, line, "len", s->len, r.len);
    fail_with(file, line, "ecn", s->ecn, r.ecn);
    if (r.wnd) fail_with(file, line, "wnd", s->wnd, r.wnd == WND_ZERO ? 0 : r.wnd);
    if (r.reason) fail_with(file, line, "reason", p.reason, (uint64_t)r.reason);
    if (r.sack_n) fail_with(file, line, "sack_n", s->sack_n, r.sack_n);
    for (uint32_t i = 0; i < r.sack_n; i++) {
        fail_with(file, line, "sack from", s->sack[i].from.v - t->irs, r.sack[2 * i]);
        fail_with(file, line, "sack to", s->sack[i].to.v - t->irs, r.sack[2 * i + 1]);
    }
    check_text(t, s);
    if (tcp_is_silent(&t->c)) quiet_at(t, file, line);
    check(t);
}

void quiet_at(struct t *t, const char *file, int line)
{
    const struct tcp_plan p = tcp_plan(&t->c, &t->e, t->burst);
    if (p.what != TCP_SEND_NOTHING) {
        print_error("not quiet: would send %s, seq %u len %u\n", bonnet_reason_name((int)p.reason),
                    p.seq.v - t->iss, p.len);
        _fail(file, line);
    }
    tcp_rest(&t->c, &t->e, &p);
    check(t);
}

void state_at(struct t *t, enum bonnet_tcp_state s, const char *file, int line)
{
    if (t->c.state == s) return;
    print_error("state %s, expected %s\n", bonnet_state_name((enum bonnet_tcp_state)t->c.state),
                bonnet_state_name(s));
    _fail(file, line);
}

void reason_at(struct t *t, enum bonnet_reason r, const char *file, int line)
{
    if (t->o.reason == r) return;
    print_error("reason %s, expected %s\n", bonnet_reason_name((int)t->o.reason),
                bonnet_reason_name((int)r));
    _fail(file, line);
}

void reply_row(struct t *t, uint16_t flags, struct row r, const char *file, int line)
{
    const struct tcp_seg *s = &t->o.reply;
    fail_with(file, line, "answer", t->o.answer, true);
    fail_with(file, line, "flags", s->flags, flags);
    fail_with(file, line, "seq", s->seq.v - t->iss, r.seq);
    if (flags & ACK) fail_with(file, line, "ack", s->ack.v - t->irs, r.ack);
}

void no_reply(struct t *t)
{
    assert_false(t->o.answer);
}

void wait_ns(struct t *t, bonnet_time ns)
{
    bonnet_time until = t->e.now + ns;
    for (bonnet_time at; (at = tcp_deadline(&t->c)) <= until;) {
        if (at > t->e.now) t->e.now = at;
        tcp_tick(&t->c, &t->e, &t->o);
        check(t);
        if (t->o.events & TCP_EV_ENDED) return;
        const struct tcp_plan p = tcp_plan(&t->c, &t->e, t->burst);
        if (p.what != TCP_SEND_NOTHING) return; /* the test says what comes of it */
    }
    if (t->e.now < until) t->e.now = until;
}

void memory_is(struct t *t, bool there)
{
    pool_trim(&t->e.pages, &t->e);
    pool_trim(&t->e.records, &t->e);
    t->e.alloc.alloc = there ? take : refuse;
}

void user_send(struct t *t, uint32_t len)
{
    static uint8_t text[TEXT_MAX];
    uint32_t from = conn_text_end(&t->c).v - t->iss;
    for (uint32_t i = 0; i < len; i++)
        text[i] = pattern(from + i);
    assert_int_equal(tcp_send(&t->c, &t->e, text, len, false), len);
}

void user_read(struct t *t, uint32_t len)
{
    static uint8_t text[TEXT_MAX];
    uint32_t from = t->c.rcv.nxt.v - t->irs - t->c.in.len - (uint32_t)t->c.fin_received;
    assert_int_equal(tcp_recv(&t->c, &t->e, text, len, false), len);
    for (uint32_t i = 0; i < len; i++)
        assert_int_equal(text[i], pattern(from + i));
}

void user_reads_eof(struct t *t)
{
    uint8_t b;
    assert_int_equal(tcp_recv(&t->c, &t->e, &b, 1, false), 0);
}

void user_close(struct t *t)
{
    tcp_close(&t->c, &t->e, false, &t->o);
}

void user_shutdown(struct t *t)
{
    tcp_shutdown_write(&t->c, &t->e);
}
