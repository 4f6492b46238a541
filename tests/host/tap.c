/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tap sees every frame once at each interface, with the verdict of the stack and after its trace;
 * it comes and goes while the loop runs.
 */
#include <bonnet/host.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct bonnet_loop *loop;
    struct bonnet *bn[2];
};

/* What a tap has seen. */
struct eye {
    struct bonnet_tap tap;
    unsigned in, out, begun;
    bool is_open; /* between begin and see */
    int last_verdict, last_reason;
    uint32_t last_len;
    struct bonnet *last_bn;
};

static void begin(void *ctx)
{
    struct eye *e = ctx;
    assert_false(e->is_open);
    e->is_open = true;
    e->begun++;
}

static void see(void *ctx, const struct bonnet_passing *p)
{
    struct eye *e = ctx;
    assert_true((p->in != NULL) != (p->out != NULL));
    assert_true(e->is_open == (p->in != NULL) || !e->tap.begin);
    assert_int_equal(p->ifx, 1);
    assert_int_equal(p->driver->kind, BONNET_IF_IP);
    e->is_open = false;
    e->in += p->in != NULL;
    e->out += p->out != NULL;
    e->last_verdict = p->verdict;
    e->last_reason = p->out ? p->out->reason : 0;
    e->last_len = p->out ? p->out->len : p->in->len;
    e->last_bn = p->bn;
}

static struct eye eye_of(struct eye *e)
{
    return (struct eye){.tap = {.see = see, .begin = begin, .ctx = e}};
}

static struct world world_new(void)
{
    struct world w;
    struct bonnet_driver *ends[2];
    struct bonnet_wire_config wire = {.size = sizeof wire, .kind = BONNET_IF_IP, .mtu = 1500};
    struct bonnet_config config;
    bonnet_link_config_init(&wire.link);
    assert_int_equal(bonnet_wire_pair(&wire, ends), 0);
    assert_int_equal(bonnet_loop_new(BONNET_CLOCK_VIRTUAL, &w.loop), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(bonnet_host_config(&config), 0);
        assert_int_equal(bonnet_new(&config, &w.bn[i]), 0);
        struct bonnet_addr addr = bonnet_ip4(10, 0, 0, (uint8_t)(1 + i));
        assert_int_equal(bonnet_loop_attach(w.loop, w.bn[i], ends[i], addr, 24), 1);
    }
    return w;
}

static void world_free(struct world *w)
{
    bonnet_loop_free(w->loop);
    bonnet_free(w->bn[0]);
    bonnet_free(w->bn[1]);
}

/* One datagram to a port that nobody has, and the ICMP error that answers it. */
static void knocks(struct world *w)
{
    struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, 2), .port = 9};
    int u = bonnet_socket(w->bn[0], BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    assert_int_equal(bonnet_sendto(w->bn[0], u, "who?", 4, 0, &to), 4);
    assert_true(bonnet_loop_flush(w->loop) >= 0);
    bonnet_close(w->bn[0], u);
}

static void frames_are_seen_at_both_ends(void **state)
{
    (void)state;
    struct world w = world_new();
    struct eye e = eye_of(&e);
    bonnet_loop_tap_add(w.loop, &e.tap);
    knocks(&w);
    assert_int_equal(e.out, 2);
    assert_int_equal(e.in, 2);
    assert_int_equal(e.begun, 2);
    assert_ptr_equal(e.last_bn, w.bn[0]);
    assert_int_equal(e.last_verdict, 0);
    assert_int_equal(e.last_len, 20 + 8 + 20 + 8 + 4);
    bonnet_loop_tap_remove(w.loop, &e.tap);
    world_free(&w);
}

/* Only what the second stack is given, with what it says to it. */
static void see_refused(void *ctx, const struct bonnet_passing *p)
{
    struct eye *e = ctx;
    if (!p->in || p->verdict == 0) return;
    e->in++;
    e->last_verdict = p->verdict;
    e->last_bn = p->bn;
}

static void verdicts_are_told(void **state)
{
    (void)state;
    struct world w = world_new();
    struct eye e = {.tap = {.see = see_refused, .ctx = &e}};
    bonnet_loop_tap_add(w.loop, &e.tap);
    knocks(&w);
    assert_int_equal(e.in, 1);
    assert_int_equal(e.last_verdict, BONNET_R_UDP_NO_SOCKET);
    assert_ptr_equal(e.last_bn, w.bn[1]);
    bonnet_loop_tap_remove(w.loop, &e.tap);
    world_free(&w);
}

static void taps_come_and_go(void **state)
{
    (void)state;
    struct world w = world_new();
    struct eye e[3] = {eye_of(&e[0]), eye_of(&e[1]), eye_of(&e[2])};
    const unsigned expect[3] = {4, 8, 4};
    bonnet_loop_tap_remove(w.loop, &e[0].tap);
    for (int i = 0; i < 2; i++)
        bonnet_loop_tap_add(w.loop, &e[i].tap);
    knocks(&w);
    bonnet_loop_tap_remove(w.loop, &e[0].tap);
    bonnet_loop_tap_remove(w.loop, &e[0].tap);
    bonnet_loop_tap_add(w.loop, &e[2].tap);
    knocks(&w);
    bonnet_loop_tap_remove(w.loop, &e[1].tap);
    bonnet_loop_tap_remove(w.loop, &e[2].tap);
    knocks(&w);
    for (int i = 0; i < 3; i++)
        assert_int_equal(e[i].in + e[i].out, expect[i]);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_seen_at_both_ends),
        cmocka_unit_test(verdicts_are_told),
        cmocka_unit_test(taps_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
