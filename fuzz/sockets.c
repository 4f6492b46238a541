/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket calls in any order with any arguments, on two stacks that can talk to each other: a call
 * says what its comment in socket.h says it may say, and nothing else; and when all sockets are
 * closed and time has passed, nothing is left.
 *
 * The input is a program: a call a byte, its arguments behind it, zeros when they run out. Handles
 * come from a table that keeps closed ones, so that stale ones are used too. One operation makes an
 * allocation fail. Buffers end where the call is told they end.
 */
#include "libworld.h"

#include <errno.h>

#define HANDLES_N  16
#define BUFFER_MAX 20000u
#define MEMORY_MAX (4u << 20)
#define PORTS_N    4
#define SPENT_MAX  (600 * BONNET_S)
#define FAREWELL                                                                    \
    (36000 * BONNET_S) /* keepalive settings of a program are gone with its sockets \
                        */

struct session {
    struct world w;
    const uint8_t *program;
    size_t left;
    bonnet_time spent;
    int handle[2][HANDLES_N];
    uint32_t handles_n[2];
    /* The call at hand. */
    int h; /* host */
    struct bonnet *bn;
    int s; /* socket */
};

/* ---- Arguments ---- */

static uint8_t u8(struct session *t)
{
    if (t->left == 0) return 0;
    t->left--;
    return *t->program++;
}

/* A number of an interesting size. */
static uint32_t number(struct session *t)
{
    static const uint32_t some[] = {0,     1,        2,        3,         88,         536,
                                    1460,  4096,     32767,    32768,     65535,      65536,
                                    70000, 1u << 20, 1u << 30, INT32_MAX, 0x80000000, UINT32_MAX};
    uint8_t how = u8(t);
    if (how < 64) return some[how % (sizeof(some) / sizeof(some[0]))];
    uint32_t v = how - 64u;
    return how < 128 ? v : v << 8 | u8(t);
}

static struct bonnet_endpoint endpoint(struct session *t)
{
    static const uint8_t last[] = {1, 2, 9, 255};
    uint8_t how = u8(t);
    struct bonnet_endpoint e = {.addr = bonnet_ip4(10, 0, 0, last[how & 3])};
    if ((how & 0x1c) == 0x1c) e.addr = bonnet_ip4(0, 0, 0, 0);
    if ((how & 0x3c) == 0x18) e.addr = bonnet_ip4(224, 0, 0, 1);
    if ((how & 0x3c) == 0x38) e.addr = (struct bonnet_addr){{0x20, 1, [15] = 1}};
    if ((how & 0x3c) == 0x14) e.addr = bonnet_ip4(127, 0, 0, 1);
    if (how < 250) e.port = (uint16_t)(1000 + (how >> 6) % PORTS_N);
    return e;
}

static uint8_t *buffer(uint32_t len)
{
    uint8_t *p = malloc(len ? len : 1);
    check(p != NULL);
    memset(p, 0xb5, len);
    return p;
}

static uint32_t length(struct session *t)
{
    return number(t) % (BUFFER_MAX + 1);
}

static void keep(struct session *t, int s)
{
    check(s >= 0);
    t->handle[t->h][t->handles_n[t->h]++ % HANDLES_N] = s;
}

/* ---- What calls may say: sets of errors ---- */

/* What ends a connection and is then told once. */
#define ENDED                                                                                   \
    ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EPIPE, EPROTO, ENOPROTOOPT, \
        EMSGSIZE, ENOMEM
#define AMONG(result, ...) among((result), (const int[]){__VA_ARGS__, 0})

static void among(int64_t result, const int *errors)
{
    if (result >= 0) return;
    while (*errors && *errors != -result)
        errors++;
    if (*errors == 0) fprintf(stderr, "errno %lld is not documented\n", (long long)-result);
    check(*errors != 0);
}

/* ---- Calls ---- */

static void call_socket(struct session *t)
{
    static const int domain[] = {BONNET_AF_INET, BONNET_AF_INET6, 0, -1};
    uint8_t how = u8(t);
    int r = bonnet_socket(t->bn, domain[how < 240 ? 0 : how & 3],
                          how & 4   ? BONNET_SOCK_STREAM
                          : how & 8 ? 7
                                    : BONNET_SOCK_DGRAM,
                          how & 16   ? 6
                          : how & 32 ? 17
                                     : 0);
    AMONG(r, EAFNOSUPPORT, EPROTONOSUPPORT, ENFILE, ENOMEM);
    if (r >= 0) keep(t, r);
}

static void call_bind(struct session *t)
{
    struct bonnet_endpoint at = endpoint(t);
    AMONG(bonnet_bind(t->bn, t->s, &at), EBADF, EINVAL, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT,
          ENOMEM);
}

static void call_listen(struct session *t)
{
    int r = bonnet_listen(t->bn, t->s, (int)number(t));
    AMONG(r, EBADF, EOPNOTSUPP, EINVAL, EADDRINUSE, ENOMEM);
}

static void call_accept(struct session *t)
{
    struct bonnet_endpoint peer;
    int r = bonnet_accept(t->bn, t->s, u8(t) & 1 ? &peer : NULL);
    AMONG(r, EAGAIN, EBADF, EINVAL, EOPNOTSUPP, ENFILE, ENOMEM);
    if (r >= 0) keep(t, r);
}

static void call_connect(struct session *t)
{
    struct bonnet_endpoint to = endpoint(t);
    AMONG(bonnet_connect(t->bn, t->s, &to), EINPROGRESS, EALREADY, EISCONN, EADDRNOTAVAIL, EINVAL,
          EACCES, EBADF, EAFNOSUPPORT, ECONNABORTED, ENDED);
}

static void sent(int64_t r, uint32_t len)
{
    AMONG(r, EAGAIN, ENOTCONN, EDESTADDRREQ, EBADF, EOPNOTSUPP, ENOBUFS, EINVAL, EACCES,
          EADDRNOTAVAIL, EAFNOSUPPORT, ENDED);
    check(r <= (int64_t)len);
}

static void received(int64_t r, uint32_t len, int flags)
{
    AMONG(r, EAGAIN, ENOTCONN, EBADF, EOPNOTSUPP, EINVAL, ENDED);
    check(r <= (int64_t)len || (flags & BONNET_MSG_TRUNC));
}

static int message_flags(struct session *t)
{
    static const int flag[] = {BONNET_MSG_OOB,
                               BONNET_MSG_PEEK,
                               BONNET_MSG_TRUNC,
                               BONNET_MSG_DONTWAIT,
                               BONNET_MSG_MORE,
                               BONNET_MSG_NOSIGNAL,
                               0x100,
                               0};
    uint8_t how = u8(t);
    return how < 128 ? 0 : flag[how & 7] | flag[how >> 3 & 7];
}

static void call_send(struct session *t)
{
    uint32_t len = length(t);
    uint8_t *p = buffer(len);
    int flags = message_flags(t);
    struct bonnet_endpoint to = endpoint(t);
    if (flags & 0x40)
        sent(bonnet_sendto(t->bn, t->s, p, len, flags, &to), len);
    else
        sent(bonnet_send(t->bn, t->s, p, len, flags), len);
    free(p);
}

static void call_sendto(struct session *t)
{
    struct bonnet_endpoint to = endpoint(t);
    uint32_t len = length(t);
    uint8_t *p = buffer(len);
    sent(bonnet_sendto(t->bn, t->s, p, len, message_flags(t), &to), len);
    free(p);
}

static void call_recv(struct session *t)
{
    struct bonnet_endpoint from;
    uint32_t len = length(t);
    uint8_t *p = buffer(len);
    int flags = message_flags(t);
    if (u8(t) & 1)
        received(bonnet_recvfrom(t->bn, t->s, p, len, flags, &from), len, flags);
    else
        received(bonnet_recv(t->bn, t->s, p, len, flags), len, flags);
    free(p);
}

static void call_msg(struct session *t)
{
    uint32_t len = length(t) / 4;
    uint8_t *p = buffer(len);
    struct bonnet_iov iov[3] = {{p, len / 3}, {p + len / 3, len - len / 3}, {NULL, 0}};
    struct bonnet_endpoint name = endpoint(t);
    struct bonnet_addr local = endpoint(t).addr;
    uint8_t how = u8(t);
    struct bonnet_msghdr m = {
        .name = how & 1 ? &name : NULL,
        .local = how & 2 ? &local : NULL,
        .iov = iov,
        .iov_n = how & 4   ? 3
                 : how & 8 ? 0
                           : 2,
    };
    if (how > 250) m.iov_n = (size_t)1 << (how & 63);
    int flags = message_flags(t);
    if (how & 16)
        sent(bonnet_sendmsg(t->bn, t->s, &m, flags), len);
    else
        received(bonnet_recvmsg(t->bn, t->s, &m, flags), len, flags);
    free(p);
}

static void call_in_place_send(struct session *t)
{
    struct bonnet_iov iov[4];
    uint32_t len = number(t);
    int64_t room = bonnet_send_reserve(t->bn, t->s, iov, u8(t) % 5, len);
    sent(room, len);
    for (int64_t at = 0, i = 0; at < room; at += (int64_t)iov[i++].len)
        memset(iov[i].base, 0xc7, iov[i].len);
    if (u8(t) & 1) return;
    int r = bonnet_send_commit(t->bn, t->s, room > 0 ? (size_t)room : 0);
    sent(r, 0);
}

/* Of whatever was reserved last, if it is still there. */
static void call_commit(struct session *t)
{
    sent(bonnet_send_commit(t->bn, t->s, number(t)), 0);
}

static void call_in_place_recv(struct session *t)
{
    struct bonnet_iov iov[4];
    int64_t there = bonnet_recv_peek(t->bn, t->s, iov, u8(t) % 5);
    received(there, UINT32_MAX, 0);
    unsigned sum = 0;
    for (int64_t at = 0, i = 0; at < there; at += (int64_t)iov[i++].len)
        for (size_t k = 0; k < iov[i].len; k++)
            sum += ((const uint8_t *)iov[i].base)[k];
    volatile unsigned looked_at = sum;
    (void)looked_at;
    received(bonnet_recv_consume(t->bn, t->s, number(t)), 0, 0);
}

static void call_shutdown(struct session *t)
{
    AMONG(bonnet_shutdown(t->bn, t->s, (int)(u8(t) % 5) - 1), EBADF, EINVAL, ENOTCONN, ENOMEM);
}

static void call_close(struct session *t)
{
    int r = bonnet_close(t->bn, t->s);
    AMONG(r, EBADF, EINPROGRESS);
    if (r == -EINPROGRESS) AMONG(bonnet_linger_end(t->bn, t->s), EWOULDBLOCK, ENDED);
    check(r == -EBADF || bonnet_poll(t->bn, t->s) == -EBADF);
}

static int option(struct session *t)
{
    uint8_t how = u8(t) % 64;
    if (how < 20) return how;
    if (how < 44) return BONNET_TCP_NODELAY + how - 20;
    return BONNET_IP_TTL + how - 44;
}

static void call_setsockopt(struct session *t)
{
    int name = option(t);
    uint8_t how = u8(t);
    uint32_t len = how < 160 ? 4 : how < 224 ? 8 : how % 32;
    uint8_t *p = buffer(len);
    for (uint32_t at = 0; at + 4 <= len; at += 4) {
        uint32_t v = number(t);
        memcpy(p + at, &v, 4);
    }
    if (name == BONNET_TCP_CONGESTION && len >= 4) memcpy(p, "reno", 4);
    AMONG(bonnet_setsockopt(t->bn, t->s, name, p, len), EBADF, ENOPROTOOPT, EINVAL, EISCONN,
          ENOTCONN, ENODEV, ENOENT, ENOMEM);
    free(p);
}

static void call_getsockopt(struct session *t)
{
    int name = option(t);
    size_t room = number(t) % 300, len = room;
    uint8_t *p = buffer((uint32_t)room);
    int r = bonnet_getsockopt(t->bn, t->s, name, p, &len);
    AMONG(r, EBADF, ENOPROTOOPT, EINVAL, EISCONN, ENOTCONN, ENODEV);
    check(r < 0 || len <= room);
    free(p);
}

static void call_names(struct session *t)
{
    struct bonnet_endpoint e;
    AMONG(bonnet_getsockname(t->bn, t->s, &e), EBADF);
    AMONG(bonnet_getpeername(t->bn, t->s, &e), EBADF, ENOTCONN);
}

static void call_queues(struct session *t)
{
    int64_t out = bonnet_outq(t->bn, t->s), unsent = bonnet_outq_unsent(t->bn, t->s);
    AMONG(bonnet_inq(t->bn, t->s), EBADF, EINVAL);
    AMONG(out, EBADF, EINVAL);
    AMONG(unsent, EBADF, EINVAL);
    check(unsent <= out);
    int mark = bonnet_at_mark(t->bn, t->s);
    AMONG(mark, EBADF, EINVAL);
    check(mark <= 1);
}

static void call_readiness(struct session *t)
{
    struct bonnet_event events[4];
    const int known = BONNET_POLLIN | BONNET_POLLPRI | BONNET_POLLOUT | BONNET_POLLERR |
                      BONNET_POLLHUP | BONNET_POLLRDHUP;
    AMONG(bonnet_set_user(t->bn, t->s, u8(t)), EBADF);
    int max = u8(t) % 5, n = bonnet_ready(t->bn, events, max);
    check(n >= 0 && n <= max);
    for (int i = 0; i < n; i++)
        check(bonnet_poll(t->bn, events[i].socket) == events[i].bits && !(events[i].bits & ~known));
}

static void call_inspect(struct session *t)
{
    struct bonnet_row row = {.size = sizeof(row)};
    uint64_t cursor = 0;
    for (unsigned n = 0; bonnet_inspect(t->bn, &cursor, &row) == 1; n++) {
        check(n < 10000);
        check(row.in_flight + row.unsent <= row.send_q || row.kind == BONNET_ROW_LISTENER);
        check((int32_t)(row.snd_nxt - row.snd_una) >= 0 &&
              (int32_t)(row.snd_max - row.snd_nxt) >= 0);
    }
    AMONG(bonnet_inspect_socket(t->bn, t->s, &row), EBADF);
}

static void pass_time(struct session *t)
{
    bonnet_time ns = BONNET_MS << u8(t) % 18;
    if (t->spent + ns > SPENT_MAX) ns = BONNET_MS;
    t->spent += ns;
    world_run(&t->w, t->w.now + ns);
}

static void refuse_memory(struct session *t)
{
    t->w.host[t->h].memory.refuse_in = u8(t);
}

static void trim_memory(struct session *t)
{
    bonnet_memory_trim(t->bn);
    check(bonnet_memory_bytes(t->bn) == t->w.host[t->h].memory.bytes);
    check(bonnet_memory_blocks(t->bn) == t->w.host[t->h].memory.blocks);
}

/* ---- The program ---- */

static void run(struct session *t)
{
    static void (*const call[])(struct session *) = {
        call_socket,        call_bind,     call_listen,    call_accept,     call_connect,
        call_send,          call_sendto,   call_recv,      call_msg,        call_in_place_send,
        call_in_place_recv, call_shutdown, call_close,     call_setsockopt, call_getsockopt,
        call_names,         call_queues,   call_readiness, call_inspect,    pass_time,
        refuse_memory,      call_commit,   trim_memory,
    };
    while (t->left > 0) {
        uint8_t op = u8(t), who = u8(t);
        t->h = who & 1;
        t->bn = t->w.host[t->h].bn;
        t->s = t->handle[t->h][who >> 1 & (HANDLES_N - 1)];
        if (who >= 250) t->s = (int)number(t);
        call[op % (sizeof(call) / sizeof(call[0]))](t);
        world_round(&t->w);
    }
}

/* Handles that the table has forgotten are still in the rows. */
static void close_all(struct session *t, int h)
{
    struct bonnet *bn = t->w.host[h].bn;
    struct bonnet_row row = {.size = sizeof(row)};
    const struct bonnet_linger none = {0, 0};
    uint64_t cursor = 0;
    t->w.host[h].memory.refuse_in = 0;
    while (bonnet_inspect(bn, &cursor, &row) == 1) {
        if (row.socket < 0) continue;
        bonnet_setsockopt(bn, row.socket, BONNET_SO_LINGER, &none, sizeof(none));
        check(bonnet_close(bn, row.socket) == 0);
        cursor = 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session *t = calloc(1, sizeof(*t));
    check(t != NULL);
    world_init(&t->w, size > 0 && data[0] & 1 ? BONNET_IF_ETHERNET : BONNET_IF_IP, MEMORY_MAX);
    memset(t->handle, 0xff, sizeof(t->handle));
    t->program = data + (size > 0);
    t->left = size - (size > 0);
    run(t);
    close_all(t, 0);
    close_all(t, 1);
    world_run(&t->w, t->w.now + FAREWELL);
    world_is_clean(&t->w, 0);
    world_is_clean(&t->w, 1);
    world_fini(&t->w);
    free(t);
    return 0;
}
