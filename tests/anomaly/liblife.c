/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of liblife.h. The wire takes no time and loses two frames in each direction while text
 * is under way, so that what follows comes out of order.
 */
#include "liblife.h"

#include <bonnet/netif.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PORT       80
#define MTU        1500
#define LOSS_FROM  40 /* of the frames that a stack sends */
#define LOSS_TO    42
#define PATIENCE   (1500 * BONNET_S) /* more than all retransmissions of one segment */
#define TIME_WAIT  (61 * BONNET_S)
#define FRAME_MAX  2048
#define ROUNDS_MAX 100000

static const size_t datagram_sizes[LIFE_DATAGRAMS] = {100, 4000, 20000};

static void complain(struct life *l, const char *what)
{
    if (!l->wrong[0]) snprintf(l->wrong, sizeof l->wrong, "%s", what);
}

static void check_call(struct life *l, enum talk_call call, int64_t r)
{
    if (talk_is_documented(call, r) || l->wrong[0]) return;
    snprintf(l->wrong, sizeof l->wrong, "%s answers %lld", talk_call_name(call), (long long)r);
}

static struct bonnet_endpoint endpoint(int end)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, (uint8_t)(end + 1)), .port = PORT};
}

/* ---- the beginning: one call after another ---- */

static int make(struct life *l, int end)
{
    struct bonnet_config config = heap_config(&l->heap[end], (uint8_t)(end + 1));
    return bonnet_new(&config, &l->bn[end]);
}

static int add_interface(struct life *l, int end)
{
    struct bonnet_if_config config = {.size = sizeof config,
                                      .kind = BONNET_IF_ETHERNET,
                                      .mac = {2, 0, 0, 0, 0, (uint8_t)end},
                                      .mtu = MTU};
    return l->ifx[end] = bonnet_if_add(l->bn[end], &config);
}

static int add_address(struct life *l, int end)
{
    return bonnet_if_addr_add(l->bn[end], l->ifx[end], endpoint(end).addr, 24);
}

static int open_datagrams(struct life *l, int end)
{
    return l->datagrams[end] = bonnet_socket(l->bn[end], BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
}

static int bind_datagrams(struct life *l, int end)
{
    const struct bonnet_endpoint at = endpoint(end);
    return bonnet_bind(l->bn[end], l->datagrams[end], &at);
}

static int open_listener(struct life *l, int end)
{
    return l->listener = bonnet_socket(l->bn[end], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
}

static int bind_listener(struct life *l, int end)
{
    const struct bonnet_endpoint at = endpoint(end);
    return bonnet_bind(l->bn[end], l->listener, &at);
}

static int listen_there(struct life *l, int end)
{
    return bonnet_listen(l->bn[end], l->listener, 4);
}

static int open_client(struct life *l, int end)
{
    return l->talk[end].socket = bonnet_socket(l->bn[end], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
}

static int connect_client(struct life *l, int end)
{
    const struct bonnet_endpoint to = endpoint(LIFE_SERVER);
    int r = bonnet_connect(l->bn[end], l->talk[end].socket, &to);
    return r == -EINPROGRESS ? 0 : r;
}

static const struct {
    enum talk_call call;
    int (*make)(struct life *l, int end);
    int end;
} beginning[] = {
    {CALL_NEW, make, LIFE_CLIENT},
    {CALL_NEW, make, LIFE_SERVER},
    {CALL_IF_ADD, add_interface, LIFE_CLIENT},
    {CALL_IF_ADD, add_interface, LIFE_SERVER},
    {CALL_IF_ADDR_ADD, add_address, LIFE_CLIENT},
    {CALL_IF_ADDR_ADD, add_address, LIFE_SERVER},
    {CALL_SOCKET, open_datagrams, LIFE_CLIENT},
    {CALL_SOCKET, open_datagrams, LIFE_SERVER},
    {CALL_BIND, bind_datagrams, LIFE_CLIENT},
    {CALL_BIND, bind_datagrams, LIFE_SERVER},
    {CALL_SOCKET, open_listener, LIFE_SERVER},
    {CALL_BIND, bind_listener, LIFE_SERVER},
    {CALL_LISTEN, listen_there, LIFE_SERVER},
    {CALL_SOCKET, open_client, LIFE_CLIENT},
    {CALL_CONNECT, connect_client, LIFE_CLIENT},
};

static bool begin(struct life *l)
{
    for (size_t i = 0; i < sizeof beginning / sizeof beginning[0]; i++) {
        int r = beginning[i].make(l, beginning[i].end);
        check_call(l, beginning[i].call, r);
        if (r < 0 && l->tries_again) r = beginning[i].make(l, beginning[i].end);
        if (r < 0) return false;
    }
    return true;
}

/* ---- frames ---- */

/* Moves what one stack wants to send now. */
static bool move_from(struct life *l, int end)
{
    uint8_t frame[FRAME_MAX];
    struct bonnet_tx tx;
    int other = 1 - end;
    bool any = false;
    while (bonnet_output(l->bn[end], l->ifx[end], &tx) == 1) {
        int len = bonnet_tx_copy(&tx, frame, sizeof frame);
        struct bonnet_rx rx = {.data = frame, .len = (uint32_t)len};
        bool is_lost = l->frames[end] >= LOSS_FROM && l->frames[end] < LOSS_TO;
        if (len < 0) complain(l, "a frame larger than the MTU");
        l->frames[end]++;
        any = true;
        if (len >= 0 && !is_lost) bonnet_input(l->bn[other], l->ifx[other], &rx);
    }
    return any;
}

/* ---- programs ---- */

static void accept_one(struct life *l)
{
    struct talk *t = &l->talk[LIFE_SERVER];
    if (t->socket != TALK_NO_SOCKET || t->is_closed) return;
    int r = bonnet_accept(l->bn[LIFE_SERVER], l->listener, NULL);
    check_call(l, CALL_ACCEPT, r);
    if (r >= 0) t->socket = r;
}

static void fill(uint8_t *buf, size_t n, int end)
{
    for (size_t i = 0; i < n; i++)
        buf[i] = (uint8_t)(i * 11 + n + (size_t)end);
}

static void send_datagrams(struct life *l, int end)
{
    uint8_t buf[20000];
    const struct bonnet_endpoint to = endpoint(1 - end);
    while (l->datagrams_sent[end] < LIFE_DATAGRAMS) {
        size_t n = datagram_sizes[l->datagrams_sent[end]];
        fill(buf, n, end);
        int64_t r = bonnet_sendto(l->bn[end], l->datagrams[end], buf, n, 0, &to);
        check_call(l, CALL_SENDTO, r);
        if (r < 0) return;
        l->datagrams_sent[end]++;
    }
}

static void receive_datagrams(struct life *l, int end)
{
    uint8_t buf[20000], want[20000];
    int64_t r;
    while ((r = bonnet_recvfrom(l->bn[end], l->datagrams[end], buf, sizeof buf, 0, NULL)) >= 0) {
        fill(want, (size_t)r, 1 - end);
        if (memcmp(buf, want, (size_t)r) != 0) complain(l, "another datagram than was sent");
        l->datagrams_received[end]++;
    }
    check_call(l, CALL_RECVFROM, r);
}

static bool act(struct life *l)
{
    bool any = false;
    if (l->is_closed) return false;
    accept_one(l);
    for (int end = 0; end < LIFE_ENDS; end++) {
        any |= !l->talk[end].is_closed && talk_go(&l->talk[end]);
        send_datagrams(l, end);
        receive_datagrams(l, end);
    }
    return any;
}

/* ---- time ---- */

static void settle(struct life *l)
{
    bool any = true;
    for (unsigned i = 0; any && i < ROUNDS_MAX; i++) {
        any = move_from(l, LIFE_CLIENT);
        any |= move_from(l, LIFE_SERVER);
        any |= act(l);
    }
    if (any) complain(l, "it is never quiet");
}

static void tick(struct life *l, bonnet_time at)
{
    if (at > l->now) l->now = at;
    for (int end = 0; end < LIFE_ENDS; end++)
        bonnet_tick(l->bn[end], l->now);
}

static bool is_over(const struct life *l)
{
    const struct talk *client = &l->talk[LIFE_CLIENT], *server = &l->talk[LIFE_SERVER];
    return client->is_closed && (server->is_closed || server->socket == TALK_NO_SOCKET);
}

/* Until both programs have done what they wanted, or for as long as patience lasts. */
static void live(struct life *l)
{
    settle(l);
    while (!is_over(l) && l->now < PATIENCE && !l->wrong[0]) {
        bonnet_time a = bonnet_deadline(l->bn[LIFE_CLIENT]);
        bonnet_time b = bonnet_deadline(l->bn[LIFE_SERVER]);
        bonnet_time next = a < b ? a : b;
        bonnet_time soon = l->now + BONNET_S; /* programs that had no memory try again */
        tick(l, next < soon && next > l->now ? next : soon);
        settle(l);
    }
}

/* ---- the end ---- */

static void close_all(struct life *l)
{
    const struct talk *client = &l->talk[LIFE_CLIENT], *server = &l->talk[LIFE_SERVER];
    l->error = client->error ? client->error : server->error;
    l->is_complete = talk_is_complete(client, LIFE_BYTES) && talk_is_complete(server, LIFE_BYTES);
    talk_give_up(&l->talk[LIFE_CLIENT]);
    talk_give_up(&l->talk[LIFE_SERVER]);
    check_call(l, CALL_CLOSE, bonnet_close(l->bn[LIFE_SERVER], l->listener));
    for (int end = 0; end < LIFE_ENDS; end++)
        check_call(l, CALL_CLOSE, bonnet_close(l->bn[end], l->datagrams[end]));
    l->is_closed = true;
}

/* Nothing may be left when all was closed and TIME-WAIT has had its time. */
static void check_empty(struct life *l, int end)
{
    struct bonnet_totals t = {.size = sizeof t};
    bonnet_totals(l->bn[end], &t);
    if (t.sockets + t.listeners + t.half_open + t.connections + t.orphans + t.time_wait)
        complain(l, "something is left when all is over");
    if (t.timers) complain(l, "a timer is left when all is over");
}

static void finish(struct life *l)
{
    close_all(l);
    settle(l);
    for (bonnet_time until = l->now + TIME_WAIT; l->is_complete && l->now < until;) {
        tick(l, l->now + 10 * BONNET_S);
        settle(l);
    }
    for (int end = 0; l->is_complete && end < LIFE_ENDS; end++)
        check_empty(l, end);
}

void life_run(struct life *l)
{
    l->listener = TALK_NO_SOCKET;
    for (int end = 0; end < LIFE_ENDS; end++)
        l->talk[end] = (struct talk){.socket = TALK_NO_SOCKET,
                                     .key_out = (uint8_t)end,
                                     .key_in = (uint8_t)(1 - end),
                                     .to_send = LIFE_BYTES};
    l->was_made = begin(l);
    for (int end = 0; end < LIFE_ENDS; end++)
        l->talk[end].bn = l->bn[end];
    if (l->was_made) {
        live(l);
        finish(l);
    }
    for (int end = 0; end < LIFE_ENDS; end++) {
        if (l->talk[end].wrong) complain(l, l->talk[end].wrong);
        if (l->was_made)
            l->out_of_order[end] = bonnet_mib_count(l->bn[end], BONNET_MIB_TcpExtTCPOFOQueue);
        bonnet_free(l->bn[end]);
        if (!heap_is_clean(&l->heap[end])) complain(l, "memory that was not given back");
    }
}
