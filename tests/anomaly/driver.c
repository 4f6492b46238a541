/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The k-th call of a driver fails, says "not now", or loses its frame, for every k of a transfer
 * between two stacks in one loop: alone, with the fifteen that follow, and with all that follow.
 *
 * The loop tells of a device that failed and of nothing else; the streams are exact once the device
 * works again.
 */
#include "libfaulty.h"
#include "libheap.h"
#include "libtalk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BYTES     30000u
#define PORT      80
#define PATIENCE  (120 * BONNET_S)
#define DEAD      (3 * BONNET_S) /* what one does not wait for a dead device */
#define ERROR_MAX 200            /* told in a row, and the device is given up */

enum { CLIENT, SERVER, ENDS };

static struct world {
    struct heap heap[ENDS];
    struct bonnet *bn[ENDS];
    struct bonnet_loop *loop;
    struct talk talk[ENDS];
    int listener;
    struct faulty_plan plan;
    unsigned errors; /* that the loop told of */
} world;

static struct bonnet_endpoint endpoint(int end)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, (uint8_t)(end + 1)), .port = PORT};
}

/* ---- the world ---- */

static void make_wire(struct bonnet_driver *end[ENDS])
{
    struct bonnet_wire_config config = {
        .size = sizeof config, .kind = BONNET_IF_ETHERNET, .mtu = 1500};
    bonnet_link_config_init(&config.link);
    config.link.delay = BONNET_MS;
    assert_int_equal(bonnet_wire_pair(&config, end), 0);
}

static void make_world(struct world *w, const struct faulty_plan *plan)
{
    struct bonnet_driver *end[ENDS];
    *w = (struct world){.plan = *plan};
    assert_int_equal(bonnet_loop_new(BONNET_CLOCK_VIRTUAL, &w->loop), 0);
    make_wire(end);
    end[CLIENT] = faulty_wrap(&w->plan, end[CLIENT]);
    for (int i = 0; i < ENDS; i++) {
        struct bonnet_config config = heap_config(&w->heap[i], (uint8_t)(i + 1));
        assert_int_equal(bonnet_new(&config, &w->bn[i]), 0);
        assert_true(bonnet_loop_attach(w->loop, w->bn[i], end[i], endpoint(i).addr, 24) > 0);
    }
}

static void open_connection(struct world *w)
{
    const struct bonnet_endpoint at = endpoint(SERVER);
    for (int i = 0; i < ENDS; i++)
        w->talk[i] = (struct talk){.bn = w->bn[i],
                                   .socket = TALK_NO_SOCKET,
                                   .key_out = (uint8_t)i,
                                   .key_in = (uint8_t)(1 - i),
                                   .to_send = BYTES};
    w->listener = bonnet_socket(w->bn[SERVER], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(w->bn[SERVER], w->listener, &at), 0);
    assert_int_equal(bonnet_listen(w->bn[SERVER], w->listener, 4), 0);
    int s = bonnet_socket(w->bn[CLIENT], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_connect(w->bn[CLIENT], s, &at), -EINPROGRESS);
    w->talk[CLIENT].socket = s;
}

static void end_world(struct world *w)
{
    bonnet_loop_free(w->loop);
    for (int i = 0; i < ENDS; i++) {
        bonnet_free(w->bn[i]);
        assert_true(heap_is_clean(&w->heap[i]));
    }
}

/* ---- life ---- */

static void act(struct world *w)
{
    struct talk *server = &w->talk[SERVER];
    if (server->socket == TALK_NO_SOCKET && !server->is_closed) {
        int s = bonnet_accept(w->bn[SERVER], w->listener, NULL);
        if (s >= 0) server->socket = s;
    }
    for (int i = 0; i < ENDS; i++)
        while (!w->talk[i].is_closed && talk_go(&w->talk[i]))
            continue;
}

static bool is_over(const struct world *w)
{
    return w->talk[CLIENT].is_closed && w->talk[SERVER].is_closed;
}

static void live(struct world *w)
{
    unsigned errors_in_a_row = 0;
    bonnet_time until = w->plan.n == UINT64_MAX ? DEAD : PATIENCE;
    open_connection(w);
    while (!is_over(w) && bonnet_loop_now(w->loop) < until && errors_in_a_row < ERROR_MAX) {
        int r = bonnet_loop_step(w->loop, BONNET_S);
        errors_in_a_row = r < 0 ? errors_in_a_row + 1 : 0;
        w->errors += r < 0;
        if (r < 0 && (r != -EIO || w->plan.fault != FAULT_ERROR)) fail_msg("the loop says %d", r);
        act(w);
    }
}

/* Is every octet where it belongs? Without failure, or with an error that a program was told. */
static bool is_exact(const struct world *w)
{
    return talk_is_complete(&w->talk[CLIENT], BYTES) && talk_is_complete(&w->talk[SERVER], BYTES);
}

static bool is_told(const struct world *w)
{
    return w->talk[CLIENT].error || w->talk[SERVER].error;
}

static void live_with(enum fault fault, uint64_t from, uint64_t n)
{
    struct world *w = &world;
    make_world(w, &(struct faulty_plan){.fault = fault, .from = from, .n = n});
    live(w);
    bool good = n == 1 ? is_exact(w) : n == UINT64_MAX || is_exact(w) || is_told(w);
    for (int i = 0; i < ENDS; i++)
        if (w->talk[i].wrong) fail_msg("fault %d, call %d: %s", fault, (int)from, w->talk[i].wrong);
    if (!good) fail_msg("fault %d, call %d: the streams are not complete", fault, (int)from);
    if (fault == FAULT_ERROR && w->plan.done) assert_true(w->errors > 0);
    for (int i = 0; i < ENDS; i++)
        if (!w->talk[i].is_closed) talk_give_up(&w->talk[i]);
    end_world(w);
}

/* The calls of a driver that always works. */
static uint64_t count(void)
{
    live_with(FAULT_DROP, 0, 0);
    assert_true(is_exact(&world));
    return world.plan.calls;
}

static void one_fault_is_overcome(void **state)
{
    (void)state;
    uint64_t n = count();
    for (enum fault f = 0; f < FAULTS; f++)
        for (uint64_t k = 1; k <= n; k++) {
            live_with(f, k, 1);
            assert_int_equal(world.plan.done, 1);
        }
}

static void some_faults_are_overcome(void **state)
{
    (void)state;
    uint64_t n = count();
    for (enum fault f = 0; f < FAULTS; f++)
        for (uint64_t k = 1; k <= n; k++)
            live_with(f, k, 16);
}

/* Every seventh is enough: what comes after it goes wrong as well. */
static void a_dead_device_is_survived(void **state)
{
    (void)state;
    uint64_t n = count();
    for (enum fault f = 0; f < FAULTS; f++)
        for (uint64_t k = 1; k <= n; k += 7)
            live_with(f, k, UINT64_MAX);
}

/* An interface that a stack has no memory for: the driver is freed with the attempt, and the next
 * attempt works. */
static void attaching_without_memory_fails_whole(void **state)
{
    (void)state;
    bool refused = true;
    for (uint64_t k = 1; refused; k++) {
        struct heap heap = {0};
        struct bonnet *bn;
        struct bonnet_loop *loop;
        struct bonnet_driver *end[ENDS];
        struct bonnet_config config = heap_config(&heap, 1);
        assert_int_equal(bonnet_new(&config, &bn), 0);
        assert_int_equal(bonnet_loop_new(BONNET_CLOCK_VIRTUAL, &loop), 0);
        heap.fail_from = heap.asked + k;
        heap.fail_n = 1;
        make_wire(end);
        int r = bonnet_loop_attach(loop, bn, end[0], endpoint(0).addr, 24);
        refused = heap.refused > 0;
        heap.fail_from = 0;
        assert_true(r == -ENOMEM || (r > 0 && !refused));
        r = bonnet_loop_attach(loop, bn, end[1], bonnet_ip4(10, 0, 1, 1), 24);
        if (r <= 0) fail_msg("allocation %d: the next attempt says %d", (int)k, r);
        bonnet_loop_free(loop);
        bonnet_free(bn);
        assert_true(heap_is_clean(&heap));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_fault_is_overcome),
        cmocka_unit_test(some_faults_are_overcome),
        cmocka_unit_test(a_dead_device_is_survived),
        cmocka_unit_test(attaching_without_memory_fails_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
