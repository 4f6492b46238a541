/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What 100,000 idle connections, half-open ones and TIME-WAITs cost, all in: objects, handles,
 * tables and counters, in bytes held from the allocator.
 */
#include <errno.h>
#include <string.h>

#include "libpair.h"

#define MANY  100000
#define PORTS 4 /* of the server: a client has 64512 */

static struct pair p;

static int listeners[PORTS];

static void begin(void)
{
    pair_begin(&p, NULL);
    for (uint16_t i = 0; i < PORTS; i++)
        listeners[i] = pair_listen(&p, (uint16_t)(80 + i));
}

static int dial(unsigned i)
{
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, (uint16_t)(80 + i % PORTS));
    int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(s >= 0);
    assert_int_equal(bonnet_connect(p.a, s, &to), -EINPROGRESS);
    pair_run(&p);
    return s;
}

static int answer(unsigned i)
{
    int s = bonnet_accept(p.b, listeners[i % PORTS], NULL);
    assert_true(s >= 0);
    return s;
}

static void check_each(const char *what, const struct pair_heap *h, uint64_t before, double most)
{
    double each = (double)(h->bytes - before) / MANY;
    print_message("%s: %.1f bytes, of %.0f\n", what, each, most);
    if (each > most) fail_msg("%s costs %.1f bytes", what, each);
}

static void an_idle_connection_costs_512_bytes(void **state)
{
    (void)state;
    char c;
    begin();
    uint64_t client = p.heap[0].bytes, server = p.heap[1].bytes;
    for (unsigned i = 0; i < MANY; i++) {
        int a = dial(i), b = answer(i);
        assert_int_equal(bonnet_send(p.a, a, "x", 1, 0), 1);
        pair_run(&p);
        assert_int_equal(bonnet_recv(p.b, b, &c, 1, 0), 1);
    }
    pair_advance(&p, BONNET_S);
    bonnet_memory_trim(p.a);
    bonnet_memory_trim(p.b);
    check_each("an idle connection of a server", &p.heap[1], server, 512);
    check_each("an idle connection of a client", &p.heap[0], client, 512);
    pair_end(&p);
}

static bool lose_answers(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    return f->from == PAIR_A;
}

static void a_half_open_connection_costs_128_bytes(void **state)
{
    (void)state;
    pair_begin(&p,
               &(struct pair_options){
                   .limits = {.half_open_max = MANY, .syn_backlog_max = MANY, .somaxconn = MANY}});
    for (uint16_t i = 0; i < PORTS; i++) {
        listeners[i] = pair_listen(&p, (uint16_t)(80 + i));
        assert_int_equal(bonnet_listen(p.b, listeners[i], MANY), 0);
    }
    uint64_t before = p.heap[1].bytes;
    p.hook = lose_answers;
    for (unsigned i = 0; i < MANY; i++)
        dial(i);
    struct bonnet_totals totals = {.size = sizeof(totals)};
    bonnet_totals(p.b, &totals);
    assert_int_equal(totals.half_open, MANY);
    bonnet_memory_trim(p.b);
    check_each("a half-open connection", &p.heap[1], before, 128);
    pair_end(&p);
}

static void a_time_wait_costs_96_bytes(void **state)
{
    (void)state;
    begin();
    uint64_t before = p.heap[0].bytes;
    for (unsigned i = 0; i < MANY; i++) {
        int a = dial(i), b = answer(i);
        bonnet_close(p.a, a);
        pair_run(&p);
        bonnet_close(p.b, b);
        pair_run(&p);
    }
    struct bonnet_totals totals = {.size = sizeof(totals)};
    bonnet_totals(p.a, &totals);
    assert_int_equal(totals.time_wait, MANY);
    bonnet_memory_trim(p.a);
    check_each("a TIME-WAIT", &p.heap[0], before, 96);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_connection_costs_512_bytes),
        cmocka_unit_test(a_half_open_connection_costs_128_bytes),
        cmocka_unit_test(a_time_wait_costs_96_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
