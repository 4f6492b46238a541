/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two machines and a wire between them: whole lives over both seams of the circle, with loss; and
 * two that misunderstand each other fall silent.
 */
#include "libtcp.h"

#define SEGMENTS_MAX 40000u

struct wire {
    struct t a, b;
    uint32_t carried; /* segments, lost ones too */
    uint32_t lose;    /* one of so many; 0: none */
};

static void deliver(struct t *from, struct t *to, struct wire *w, bool refused)
{
    static uint8_t text[65536];
    struct tcp_seg s = refused ? from->o.reply : from->last;
    if (s.len) ring_copy(&from->c.out, s.text_at, text, s.len);
    s.text = text;
    w->carried++;
    assert_in_range(w->carried, 1, SEGMENTS_MAX);
    if (w->lose && w->carried % w->lose == 0) return;
    bool over = to->c.state == BONNET_CLOSED || to->c.state == BONNET_TIME_WAIT;
    if (!over) tcp_input(&to->c, &to->e, &s, &to->o);
    assert_true(tcp_conn_check(&to->c));
}

/* Everything that from has to say now. */
static bool speak(struct t *from, struct t *to, struct wire *w)
{
    struct tcp_plan p = tcp_plan(&from->c, &from->e, from->burst);
    if (p.what == TCP_SEND_NOTHING) {
        tcp_rest(&from->c, &from->e, &p);
        return false;
    }
    assert_int_equal(tcp_output(&from->c, &from->e, &p, &from->last), 0);
    deliver(from, to, w, false);
    return true;
}

static void settle(struct wire *w)
{
    for (bool spoke = true; spoke;) {
        spoke = speak(&w->a, &w->b, w);
        spoke |= speak(&w->b, &w->a, w);
    }
}

static void next_timer(struct wire *w)
{
    bonnet_time a = tcp_deadline(&w->a.c), b = tcp_deadline(&w->b.c);
    bonnet_time at = a < b ? a : b;
    if (at == BONNET_NEVER) return;
    if (at < w->a.e.now) at = w->a.e.now;
    w->a.e.now = w->b.e.now = at;
    tcp_tick(&w->a.c, &w->a.e, &w->a.o);
    tcp_tick(&w->b.c, &w->b.e, &w->b.o);
}

static void begin_at(struct t *t, uint32_t iss)
{
    const struct tcp_world world = {
        .tuple = {bonnet_ip4(10, 0, 0, 1), bonnet_ip4(10, 0, 0, 2), 80, 40000}, .mtu = 1500};
    closed(t, (struct opts){.rcvbuf = 1u << 18});
    const struct tcp_settings set = t->c.set;
    tcp_open_active(&t->c, &t->e, &set, &world);
    t->iss = iss;
    t->c.snd.iss = t->c.snd.una = t->c.snd.nxt = seq(iss);
}

/* Both open at once: their SYNs cross. */
static void meet(struct wire *w, uint32_t iss_a, uint32_t iss_b)
{
    begin_at(&w->a, iss_a);
    begin_at(&w->b, iss_b);
    for (int i = 0; i < 50; i++) {
        settle(w);
        if (w->a.c.state == BONNET_ESTABLISHED && w->b.c.state == BONNET_ESTABLISHED) break;
        next_timer(w);
    }
    w->a.irs = w->b.iss;
    w->b.irs = w->a.iss;
    state_is(&w->a, BONNET_ESTABLISHED);
    state_is(&w->b, BONNET_ESTABLISHED);
}

static void read_all(struct t *t)
{
    if (t->c.in.len) user_read(t, t->c.in.len);
}

/* Both write so much, read it all, and close. */
static void live(struct wire *w, uint32_t bytes)
{
    user_send(&w->a, bytes);
    user_send(&w->b, bytes);
    user_shutdown(&w->a);
    for (int i = 0; i < 4000 && !(w->a.c.fin_received && w->b.c.fin_received); i++) {
        settle(w);
        read_all(&w->a);
        read_all(&w->b);
        settle(w);
        if (w->b.c.fin_received) user_shutdown(&w->b);
        next_timer(w);
    }
    settle(w);
    user_reads_eof(&w->a);
    user_reads_eof(&w->b);
    assert_int_equal(w->a.c.bytes_received, bytes);
    assert_int_equal(w->b.c.bytes_received, bytes);
}

/* TA-WRAP TA-ISSMAX I1 I3 I4 @req 9293-MUST-10: exact streams, whatever number they begin with. */
static void streams_are_exact_over_the_seams(void **state)
{
    static const uint32_t firsts[] = {
        UINT32_MAX, UINT32_MAX - 1,     1u << 31,          (1u << 31) - 1, 0,
        1,          UINT32_MAX - 50000, (1u << 31) - 50000};
    static const uint32_t losses[] = {0, 2000, 23, 7};
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 4; k++) {
            struct wire w = {.lose = losses[k]};
            meet(&w, firsts[i], firsts[(i + k) % 8]);
            live(&w, 100000);
            tcp_fini(&w.a.c, &w.a.e);
            tcp_fini(&w.b.c, &w.b.e);
            t_end(&w.a);
            t_end(&w.b);
        }
    }
}

/* Super-segments, the same. */
static void streams_are_exact_in_bursts(void **state)
{
    (void)state;
    for (uint32_t lose = 0; lose < 30; lose += 6) {
        struct wire w = {.lose = lose};
        meet(&w, UINT32_MAX - 30000, (1u << 31) - 30000);
        w.a.burst = 60000;
        w.b.burst = 20000;
        live(&w, 200000);
        tcp_fini(&w.a.c, &w.a.e);
        tcp_fini(&w.b.c, &w.b.e);
        t_end(&w.a);
        t_end(&w.b);
    }
}

/* TK-CHALLOOP @req 5961-8: two that do not agree on any number. One word from either, and the wire
 * is silent again after a few. */
static void misunderstanding_ends_in_silence(void **state)
{
    static const int32_t shifts[][2] = {{1000000, 0},  {-1000000, 0},   {0, 1000000}, {0, -1000000},
                                        {7000, -7000}, {-70000, 70000}, {1, 0},       {0, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
        for (int text = 0; text < 2; text++) {
            struct wire w = {0};
            meet(&w, 1000, 2000);
            uint32_t far = (uint32_t)shifts[i][0], near = (uint32_t)shifts[i][1];
            w.b.c.rcv.nxt = w.b.c.rcv.acked = seq_add(w.b.c.rcv.nxt, far);
            w.b.c.rcv.edge = seq_add(w.b.c.rcv.edge, far);
            w.b.c.snd.una = w.b.c.snd.nxt = seq_add(w.b.c.snd.nxt, near);
            w.carried = 0;
            if (text) user_send(&w.a, 100);
            if (!text) recv_owe_ack(&w.a.c, BONNET_R_SEND_ACK_NOW);
            settle(&w);
            assert_in_range(w.carried, 1, 6);
            tcp_fini(&w.a.c, &w.a.e);
            tcp_fini(&w.b.c, &w.b.e);
            t_end(&w.a);
            t_end(&w.b);
        }
    }
}

/* TA-WRAP: the largest window there is, over the seam. */
static void widest_window_compares_right(void **state)
{
    (void)state;
    struct t t;
    const uint32_t giant = 65535u << 14;
    established_with(&t, (struct opts){.agreed = 7,
                                       .peer_wscale = 14,
                                       .rcvbuf = 1u << 30,
                                       .iss = UINT32_MAX - 1000,
                                       .irs = UINT32_MAX - (1u << 20)});
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 65535);
    assert_int_equal(t.c.snd.wnd, giant);
    assert_int_equal(tcp_receive_window(&t.c), giant);
    user_send(&t, 14480);
    for (uint32_t i = 0; i < 10; i++)
        tx(&t, ACK, .seq = 1 + i * 1448, .ack = 1, .len = 1448);
    rx(&t, ACK, .seq = 1, .ack = 14482);
    reason_is(&t, BONNET_R_ACK_FUTURE);
    rx(&t, ACK, .seq = 1, .ack = 1 - giant - 1);
    reason_is(&t, BONNET_R_ACK_ANCIENT);
    rx(&t, ACK, .seq = 1, .ack = 1 - giant);
    reason_is(&t, BONNET_R_NONE);
    rx(&t, ACK, .seq = 1, .ack = 14481);
    assert_int_equal(t.c.out.len, 0);
    rx(&t, ACK, .seq = giant, .ack = 14481); /* the last octet of the window */
    reason_is(&t, BONNET_R_NONE);
    rx(&t, ACK, .seq = giant + 1, .ack = 14481);
    reason_is(&t, BONNET_R_SEQ_WINDOW);
    rx(&t, ACK, .seq = 2u << 20, .ack = 14481, .len = 10); /* beyond the seam */
    tx(&t, ACK, .seq = 14481, .ack = 1, .sack = {2u << 20, (2u << 20) + 10}, .sack_n = 1);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_exact_over_the_seams),
        cmocka_unit_test(streams_are_exact_in_bursts),
        cmocka_unit_test(misunderstanding_ends_in_silence),
        cmocka_unit_test(widest_window_compares_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
