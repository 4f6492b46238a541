/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every state, every combination of the six flags, with and without text, at seven places around
 * the window's edges and with six ACKs around what is in flight: the machine does what librule.c
 * says that the RFCs want. A failure names the cell.
 */
#include "libtcp.h"

#include "librule.h"

static const int64_t text_lens[] = {0, 10};

enum {
    LENS = 2,
    SEQS = 7,
    ACKS = 6,
    FLAGS = 64, /* FIN SYN RST PSH ACK URG */
    CELLS = FLAGS * LENS * SEQS * ACKS,
};

struct cell {
    uint16_t flags;
    struct rule_seg s;
};

/* The n-th segment for a connection with these numbers. */
static struct cell cell_of(const struct rule_conn *c, int n)
{
    int64_t seqs[SEQS] = {c->rcv - 1,  c->rcv,  c->rcv + 1, c->rcv + (c->edge - c->rcv) / 2,
                          c->edge - 1, c->edge, c->edge + 1};
    int64_t acks[ACKS] = {
        c->una - c->max_wnd - 1, c->una - c->max_wnd, c->una - 1, c->una, c->nxt, c->nxt + 1};
    uint16_t flags = (uint16_t)(n % FLAGS);
    struct rule_seg s = {.syn = flags & SYN, .ack = flags & ACK, .fin = flags & FIN};
    s.rst = flags & RST;
    s.len = text_lens[n / FLAGS % LENS];
    s.seq = seqs[n / FLAGS / LENS % SEQS];
    s.ackno = acks[n / FLAGS / LENS / SEQS];
    return (struct cell){flags, s};
}

static void fail_cell(const struct rule_conn *c, const struct cell *x, const char *what,
                      int64_t got, int64_t want)
{
    if (got == want) return;
    fail_msg("%s%s: flags %02x seq %lld ack %lld len %lld: %s %lld, the rule says %lld",
             bonnet_state_name(c->state), c->passive ? " (passive)" : "", x->flags,
             (long long)x->s.seq, (long long)x->s.ackno, (long long)x->s.len, what, (long long)got,
             (long long)want);
}

static int64_t relative(tcp_seq a, uint32_t from)
{
    return (int32_t)(a.v - from);
}

/* ---- states that a connection has ---- */

struct start {
    void (*begin)(struct t *t);
    int64_t una, nxt, rcv;
};

static void established_in_flight(struct t *t)
{
    established(t);
    user_send(t, 100);
    tx(t, ACK, .seq = 1, .ack = 1, .len = 100);
}

static void established_full(struct t *t)
{
    established_with(t, (struct opts){.rcvbuf = 2000});
    rx(t, ACK, .seq = 1, .ack = 1, .len = 2000);
    tx(t, ACK, .seq = 1, .ack = 2001, .wnd = WND_ZERO);
}

static void close_wait_in_flight(struct t *t)
{
    close_wait(t);
    user_send(t, 100);
    tx(t, ACK, .seq = 1, .ack = 2, .len = 100);
}

static struct rule_conn numbers_of(const struct t *t, const struct start *b)
{
    struct rule_conn c = {.state = (enum bonnet_tcp_state)t->c.state};
    c.una = b->una;
    c.nxt = b->nxt;
    c.rcv = b->rcv;
    c.max_wnd = 65535;
    c.edge = c.state == BONNET_SYN_SENT ? 65535 : relative(t->c.rcv.edge, t->irs);
    return c;
}

/* The connection is over, and a TIME-WAIT takes on what it owes. */
static enum rule_reply last_reply_of(const struct t *t, struct tcp_seg *s)
{
    const struct tcp_tuple tuple = {bonnet_ip4(10, 0, 0, 1), bonnet_ip4(10, 0, 0, 2), 80, 40000};
    struct tcp_timewait w;
    tcp_timewait_from(&w, &t->c);
    tcp_timewait_answer(&w, &t->e, &tuple, s);
    return t->c.owe ? RULE_ACK : RULE_NOTHING;
}

/* What the machine says next; an acknowledgment may wait a little. */
static enum rule_reply reply_of(struct t *t, struct tcp_seg *s)
{
    if (t->c.ack_at != BONNET_NEVER && !t->c.owe) wait_ms(t, 40);
    struct tcp_plan p = tcp_plan(&t->c, &t->e, 0);
    *s = t->o.reply;
    if (t->c.state == BONNET_TIME_WAIT) return last_reply_of(t, s);
    if (t->o.answer) {
        assert_int_equal(p.what, TCP_SEND_NOTHING);
        assert_true(s->flags & RST);
        return s->flags & ACK ? RULE_RST_ACK : RULE_RST;
    }
    if (p.what == TCP_SEND_NOTHING) return RULE_NOTHING;
    assert_int_equal(tcp_output(&t->c, &t->e, &p, s), 0);
    assert_int_equal(s->len, 0);
    quiet(t); /* one answer, never two */
    return s->flags & SYN ? RULE_SYN_ACK : RULE_ACK;
}

static void check_cell(const struct start *b, int n)
{
    struct t t;
    struct tcp_seg s;
    b->begin(&t);
    const struct rule_conn c = numbers_of(&t, b);
    const struct cell x = cell_of(&c, n);
    const struct rule_outcome want = rule_segment_arrives(&c, &x.s);
    rx(&t, x.flags, .seq = (uint32_t)x.s.seq, .ack = (uint32_t)x.s.ackno, .len = (uint32_t)x.s.len);
    enum rule_reply got = reply_of(&t, &s);
    fail_cell(&c, &x, "state", t.c.state, want.state);
    fail_cell(&c, &x, "reply", got, want.reply);
    if (got == RULE_RST || got == RULE_RST_ACK) {
        fail_cell(&c, &x, "SEQ of the reset", relative(s.seq, got == RULE_RST ? t.iss : 0),
                  want.reply_seq);
        if (got == RULE_RST_ACK)
            fail_cell(&c, &x, "ACK of the reset", relative(s.ack, t.irs), want.reply_ack);
    }
    fail_cell(&c, &x, "SND.UNA", relative(t.c.snd.una, t.iss), want.una);
    bool has_rcv = t.c.state != BONNET_SYN_SENT && c.state != BONNET_SYN_SENT;
    if (has_rcv || want.state == BONNET_ESTABLISHED)
        fail_cell(&c, &x, "RCV.NXT", relative(t.c.rcv.nxt, t.irs), want.rcv);
    if (got == RULE_ACK) {
        fail_cell(&c, &x, "SEQ of the ACK", relative(s.seq, t.iss), c.nxt);
        fail_cell(&c, &x, "ACK", relative(s.ack, t.irs), want.rcv);
    }
    t_end(&t);
}

/* @req 9293-U3 9293-U4 9293-U5 9293-U6 9293-U7 9293-U8 9293-U9 9293-U10 9293-U11 9293-U12 5961-1
 * 5961-2 5961-3 5961-5 TH-FLAGS */
static void connections_follow_the_rule(void **state)
{
    static const struct start starts[] = {
        {syn_sent, 0, 1, 0},
        {syn_received, 0, 1, 1},
        {established_in_flight, 1, 101, 1},
        {established_full, 1, 1, 2001},
        {fin_wait_1, 1, 2, 1},
        {fin_wait_2, 2, 2, 1},
        {close_wait_in_flight, 1, 101, 2},
        {closing, 1, 2, 2},
        {last_ack, 1, 2, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        for (int n = 0; n < CELLS; n++)
            check_cell(&starts[i], n);
}

/* ---- CLOSED, LISTEN, and what is kept in fewer bytes: pure functions ---- */

#define BASE 0x10000000u /* numbers begin here, ours and the peer's */

static struct tcp_seg seg_of(const struct cell *x)
{
    return (struct tcp_seg){
        .seq = seq(BASE + (uint32_t)x->s.seq),
        .ack = x->s.ack ? seq(BASE + (uint32_t)x->s.ackno) : seq(0),
        .flags = x->flags,
        .len = (uint32_t)x->s.len,
    };
}

/* @req 9293-U1 TR-SEQ0 */
static void closed_follows_the_rule(void **state)
{
    (void)state;
    const struct rule_conn c = {.state = BONNET_CLOSED, .max_wnd = 65535, .edge = 65535};
    for (int n = 0; n < CELLS; n++) {
        const struct cell x = cell_of(&c, n);
        const struct rule_outcome want = rule_segment_arrives(&c, &x.s);
        const struct tcp_seg s = seg_of(&x);
        struct tcp_seg reply;
        bool got = tcp_refuse(&s, &reply);
        fail_cell(&c, &x, "reply", got, want.reply != RULE_NOTHING);
        if (!got) continue;
        bool with_ack = want.reply == RULE_RST_ACK;
        fail_cell(&c, &x, "flags", reply.flags, with_ack ? RST | ACK : RST);
        fail_cell(&c, &x, "SEQ", relative(reply.seq, with_ack ? 0 : BASE), want.reply_seq);
        if (with_ack) fail_cell(&c, &x, "ACK", relative(reply.ack, BASE), want.reply_ack);
    }
}

/* @req 9293-U2: no cookies are out. */
static void listen_follows_the_rule(void **state)
{
    (void)state;
    const struct rule_conn c = {.state = BONNET_LISTEN, .max_wnd = 65535, .edge = 65535};
    static const enum rule_reply replies[] = {
        [TCP_LISTEN_DROP] = RULE_NOTHING,
        [TCP_LISTEN_RESET] = RULE_RST,
        [TCP_LISTEN_ACK] = RULE_RST,
        [TCP_LISTEN_SYN] = RULE_SYN_ACK,
    };
    for (int n = 0; n < CELLS; n++) {
        const struct cell x = cell_of(&c, n);
        const struct tcp_seg s = seg_of(&x);
        enum bonnet_reason why;
        fail_cell(&c, &x, "reply", replies[tcp_listen_input(&s, &why)],
                  rule_segment_arrives(&c, &x.s).reply);
    }
}

/* The verdict that says the same as the rule's outcome. */
static enum tcp_half_verdict half_open_verdict(const struct rule_outcome *r)
{
    if (r->state == BONNET_LISTEN) return TCP_HALF_RESET_IT;
    if (r->state != BONNET_SYN_RECEIVED) return TCP_HALF_COMPLETE;
    if (r->reply == RULE_SYN_ACK) return TCP_HALF_SYN_ACK;
    if (r->reply == RULE_RST) return TCP_HALF_REFUSE;
    return r->reply == RULE_ACK ? TCP_HALF_ACK : TCP_HALF_DROP;
}

/* @req 9293-U5 9293-U6 9293-U10 5961-1 5961-3: SYN-RECEIVED, from LISTEN. */
static void half_open_follows_the_rule(void **state)
{
    (void)state;
    const struct rule_conn c = {
        .state = BONNET_SYN_RECEIVED,
        .passive = true,
        .nxt = 1,
        .rcv = 1,
        .edge = 10001,
        .max_wnd = 65535,
    };
    const struct tcp_offer offer = {.window = 10000, .mss = 1460};
    const struct tcp_half_open h = {.iss = seq(BASE), .irs = seq(BASE)};
    for (int n = 0; n < CELLS; n++) {
        const struct cell x = cell_of(&c, n);
        const struct rule_outcome want = rule_segment_arrives(&c, &x.s);
        const struct tcp_seg s = seg_of(&x);
        enum bonnet_reason why;
        fail_cell(&c, &x, "verdict", tcp_half_open_input(&h, &offer, &s, &why),
                  half_open_verdict(&want));
    }
}

/* @req 9293-U6 9293-U7 9293-U12 TW-4 TW-5 TW-6: the peer's FIN stood at 1; only that begins 2 MSL
 * anew. */
static void time_wait_follows_the_rule(void **state)
{
    (void)state;
    const struct rule_conn c = {
        .state = BONNET_TIME_WAIT,
        .una = 2,
        .nxt = 2,
        .rcv = 2,
        .edge = 65537,
        .max_wnd = 65535,
    };
    const struct tcp_timewait w = {.snd_nxt = seq(BASE + 2), .rcv_nxt = seq(BASE + 2)};
    for (int n = 0; n < CELLS; n++) {
        const struct cell x = cell_of(&c, n);
        const struct rule_outcome want = rule_segment_arrives(&c, &x.s);
        const struct tcp_seg s = seg_of(&x);
        enum bonnet_reason why;
        enum tcp_timewait_verdict got = tcp_timewait_input(&w, &s, &why);
        fail_cell(&c, &x, "reopens", got == TCP_TW_REOPEN, want.state == BONNET_LISTEN);
        fail_cell(&c, &x, "answers", got == TCP_TW_ACK || got == TCP_TW_RESTART,
                  want.reply == RULE_ACK);
        bool again = x.s.fin && x.s.ack && x.s.seq + x.s.len == 1 && !x.s.syn && !x.s.rst;
        fail_cell(&c, &x, "begins anew", got == TCP_TW_RESTART, again && x.s.ackno <= c.nxt);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_follow_the_rule), cmocka_unit_test(closed_follows_the_rule),
        cmocka_unit_test(listen_follows_the_rule),     cmocka_unit_test(half_open_follows_the_rule),
        cmocka_unit_test(time_wait_follows_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
