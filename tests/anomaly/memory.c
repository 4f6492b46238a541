/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stack reaches the cap of its memory. New work is refused, with a name; connections that were
 * there go on, and each octet of them arrives.
 */
#include "libheap.h"
#include "libtalk.h"

#include <bonnet/netif.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CAP        (512u << 10)
#define OLD_N      8
#define NEW_MAX    5000
#define BYTES      100000u
#define PORT       80
#define PATIENCE   (300 * BONNET_S)
#define FRAME_MAX  2048
#define ROUNDS_MAX 100000

enum { CLIENT, SERVER, ENDS };

static struct world {
    struct heap heap[ENDS];
    struct bonnet *bn[ENDS];
    int ifx[ENDS];
    bonnet_time now;
    int listener;
    struct talk old[OLD_N][ENDS];
    int new[NEW_MAX][ENDS]; /* sockets */
    unsigned new_n;
} world;

static struct bonnet_endpoint endpoint(int end)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, (uint8_t)(end + 1)), .port = PORT};
}

/* ---- the world ---- */

static void make_stack(struct world *w, int end)
{
    struct bonnet_config config = heap_config(&w->heap[end], (uint8_t)(end + 1));
    if (end == SERVER) config.limits.memory_bytes = CAP;
    assert_int_equal(bonnet_new(&config, &w->bn[end]), 0);
    struct bonnet_if_config interface = {
        .size = sizeof interface, .kind = BONNET_IF_IP, .mtu = 1500};
    w->ifx[end] = bonnet_if_add(w->bn[end], &interface);
    assert_int_equal(bonnet_if_addr_add(w->bn[end], w->ifx[end], endpoint(end).addr, 24), 0);
}

static bool move_from(struct world *w, int end)
{
    uint8_t frame[FRAME_MAX];
    struct bonnet_tx tx;
    bool any = false;
    while (bonnet_output(w->bn[end], w->ifx[end], &tx) == 1) {
        int len = bonnet_tx_copy(&tx, frame, sizeof frame);
        struct bonnet_rx rx = {.data = frame, .len = (uint32_t)len};
        assert_true(len > 0);
        bonnet_input(w->bn[1 - end], w->ifx[1 - end], &rx);
        assert_true(bonnet_memory_bytes(w->bn[SERVER]) <= CAP);
        any = true;
    }
    return any;
}

static void settle(struct world *w)
{
    bool any = true;
    for (unsigned i = 0; any && i < ROUNDS_MAX; i++) {
        any = move_from(w, CLIENT);
        any |= move_from(w, SERVER);
    }
    assert_false(any);
}

static void pass(struct world *w, bonnet_time ns)
{
    w->now += ns;
    for (int end = 0; end < ENDS; end++)
        bonnet_tick(w->bn[end], w->now);
    settle(w);
}

/* A connection on both sides. False: the server does not take it. */
static bool connect_both(struct world *w, int socket[ENDS])
{
    const struct bonnet_endpoint to = endpoint(SERVER);
    socket[SERVER] = -1;
    socket[CLIENT] = bonnet_socket(w->bn[CLIENT], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(socket[CLIENT] >= 0);
    assert_int_equal(bonnet_connect(w->bn[CLIENT], socket[CLIENT], &to), -EINPROGRESS);
    settle(w);
    socket[SERVER] = bonnet_accept(w->bn[SERVER], w->listener, NULL);
    assert_true(talk_is_documented(CALL_ACCEPT, socket[SERVER]));
    return socket[SERVER] >= 0;
}

static void open_old(struct world *w, unsigned i)
{
    int socket[ENDS];
    assert_true(connect_both(w, socket));
    for (int end = 0; end < ENDS; end++)
        w->old[i][end] = (struct talk){.bn = w->bn[end],
                                       .socket = socket[end],
                                       .key_out = (uint8_t)(i * 2 + (unsigned)end),
                                       .key_in = (uint8_t)(i * 2 + 1 - (unsigned)end),
                                       .to_send = BYTES};
}

static void make_world(struct world *w)
{
    const struct bonnet_endpoint at = endpoint(SERVER);
    memset(w, 0, sizeof *w);
    make_stack(w, CLIENT);
    make_stack(w, SERVER);
    w->listener = bonnet_socket(w->bn[SERVER], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(w->bn[SERVER], w->listener, &at), 0);
    assert_int_equal(bonnet_listen(w->bn[SERVER], w->listener, 4096), 0);
    for (unsigned i = 0; i < OLD_N; i++)
        open_old(w, i);
}

static void end_world(struct world *w)
{
    for (int end = 0; end < ENDS; end++) {
        bonnet_free(w->bn[end]);
        assert_true(heap_is_clean(&w->heap[end]));
    }
}

/* ---- old connections ---- */

static bool go_on(struct world *w)
{
    bool any = false;
    for (unsigned i = 0; i < OLD_N; i++)
        for (int end = 0; end < ENDS; end++)
            any |= !w->old[i][end].is_closed && talk_go(&w->old[i][end]);
    return any;
}

static bool old_are_over(const struct world *w)
{
    for (unsigned i = 0; i < OLD_N; i++)
        for (int end = 0; end < ENDS; end++)
            if (!w->old[i][end].is_closed) return false;
    return true;
}

static void finish_old(struct world *w)
{
    bonnet_time until = w->now + PATIENCE;
    while (!old_are_over(w) && w->now < until) {
        while (go_on(w))
            settle(w);
        pass(w, 10 * BONNET_MS);
    }
    for (unsigned i = 0; i < OLD_N; i++)
        for (int end = 0; end < ENDS; end++)
            if (!talk_is_complete(&w->old[i][end], BYTES))
                fail_msg("connection %u, end %d: sent %lu, received %lu, error %d %s", i, end,
                         (unsigned long)w->old[i][end].sent, (unsigned long)w->old[i][end].received,
                         w->old[i][end].error, w->old[i][end].wrong ? w->old[i][end].wrong : "");
}

/* ---- new work ---- */

/* Connections until the server takes no more. */
static void fill_with_connections(struct world *w)
{
    while (w->new_n < NEW_MAX && connect_both(w, w->new[w->new_n]))
        w->new_n++;
    assert_true(w->new_n < NEW_MAX);
    assert_true(w->new_n > 50);
}

/* And what little is left goes into sockets. */
static void fill_with_sockets(struct world *w)
{
    int r = 0;
    for (unsigned i = 0; r >= 0 && i < NEW_MAX; i++)
        r = bonnet_socket(w->bn[SERVER], BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    assert_int_equal(r, -ENOMEM);
}

/* The newcomers leave, and there is room again. */
static void make_room(struct world *w)
{
    int socket[ENDS];
    for (int end = 0; end < ENDS; end++) {
        for (unsigned i = 0; i < w->new_n; i++)
            assert_int_equal(bonnet_close(w->bn[end], w->new[i][end]), 0);
        settle(w);
    }
    assert_true(connect_both(w, socket));
}

static uint64_t refusals(const struct world *w)
{
    return bonnet_reason_count(w->bn[SERVER], BONNET_R_MEMORY);
}

static void connections_up_to_the_cap(void **state)
{
    (void)state;
    struct world *w = &world;
    make_world(w);
    fill_with_connections(w);
    assert_true(refusals(w) > 0);
    fill_with_sockets(w);
    finish_old(w);
    make_room(w);
    end_world(w);
}

/* The server's programs do not read: what comes fills the memory, and the rest is refused until
 * they do. */
static void text_up_to_the_cap(void **state)
{
    (void)state;
    struct world *w = &world;
    make_world(w);
    for (unsigned i = 0; i < OLD_N; i++)
        w->old[i][SERVER].is_silent = true;
    for (int i = 0; i < 500; i++) {
        while (go_on(w))
            settle(w);
        pass(w, 10 * BONNET_MS);
    }
    assert_true(refusals(w) > 0);
    for (unsigned i = 0; i < OLD_N; i++)
        w->old[i][SERVER].is_silent = false;
    finish_old(w);
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_up_to_the_cap),
        cmocka_unit_test(text_up_to_the_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
