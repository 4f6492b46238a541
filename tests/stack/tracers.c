/* SPDX-License-Identifier: BSD-2-Clause */
/* Who hears the trace: as many as want to, each as long as it wants to, and nobody is disturbed. */
#include "libpair.h"

static struct pair p;

struct ear {
    struct bonnet_tracer tracer;
    unsigned heard_n;
    struct bonnet_trace last;
};

static void hear(void *ctx, const struct bonnet_trace *event)
{
    struct ear *e = ctx;
    e->heard_n++;
    e->last = *event;
}

static void ear_add(struct ear *e)
{
    *e = (struct ear){.tracer = {.trace = hear, .ctx = e}};
    bonnet_tracer_add(p.b, &e->tracer);
}

static void each_hears_while_it_is_there(void **state)
{
    struct ear early, late, never = {.heard_n = 0};
    int c, s;
    (void)state;
    pair_begin(&p, NULL);
    ear_add(&early);
    pair_connect(&p, 80, &c, &s);
    unsigned at_connect = early.heard_n;
    assert_in_range(at_connect, 2, 20);
    ear_add(&late);
    bonnet_close(p.a, c);
    pair_run(&p);
    assert_int_equal(late.heard_n, early.heard_n - at_connect);
    assert_memory_equal(&late.last, &early.last, sizeof(late.last));
    bonnet_tracer_remove(p.b, &never.tracer);
    bonnet_tracer_remove(p.b, &early.tracer);
    unsigned before = early.heard_n;
    bonnet_close(p.b, s);
    pair_run(&p);
    assert_int_equal(early.heard_n, before);
    assert_true(late.heard_n > before - at_connect);
    assert_int_equal(late.last.to, BONNET_CLOSED);
    bonnet_tracer_remove(p.b, &late.tracer);
    pair_end(&p);
}

/* Added in the middle of a connection's life, it knows whom things are about. */
static void the_subject_is_known_at_once(void **state)
{
    struct ear e;
    int c, s;
    (void)state;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    ear_add(&e);
    bonnet_close(p.b, s);
    assert_int_equal(e.last.kind, BONNET_TRACE_STATE);
    assert_int_equal(e.last.from, BONNET_ESTABLISHED);
    assert_int_equal(e.last.local.port, 80);
    assert_true(bonnet_addr_equal(e.last.remote.addr, pair_addr(PAIR_A)));
    bonnet_tracer_remove(p.b, &e.tracer);
    bonnet_close(p.a, c);
    pair_run(&p);
    pair_advance(&p, 120 * BONNET_S);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hears_while_it_is_there),
        cmocka_unit_test(the_subject_is_known_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
