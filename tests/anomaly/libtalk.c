/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program of libtalk.h, and what calls may answer.
 */
#include "libtalk.h"

#include <errno.h>

#define PIECE 16384

/* The errors that a lack of memory, or the end of a connection, may bring. */
static const struct {
    const char *name;
    int errors[8];
} documented[CALLS] = {
    [CALL_NEW] = {"bonnet_new", {ENOMEM}},
    [CALL_IF_ADD] = {"bonnet_if_add", {ENOMEM}},
    [CALL_IF_ADDR_ADD] = {"bonnet_if_addr_add", {ENOMEM}},
    [CALL_SOCKET] = {"bonnet_socket", {ENOMEM}},
    [CALL_BIND] = {"bonnet_bind", {ENOMEM}},
    [CALL_LISTEN] = {"bonnet_listen", {ENOMEM}},
    [CALL_ACCEPT] = {"bonnet_accept", {EAGAIN, ENOMEM}},
    [CALL_CONNECT] = {"bonnet_connect", {EINPROGRESS, ENOMEM}},
    [CALL_SEND] = {"bonnet_send",
                   {EAGAIN, ENOBUFS, EPIPE, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH}},
    [CALL_RECV] = {"bonnet_recv", {EAGAIN, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH}},
    [CALL_SHUTDOWN] = {"bonnet_shutdown", {ENOTCONN}},
    [CALL_CLOSE] = {"bonnet_close", {0}},
    [CALL_SENDTO] = {"bonnet_sendto", {EAGAIN, ENOBUFS, ECONNREFUSED, EHOSTUNREACH}},
    [CALL_RECVFROM] = {"bonnet_recvfrom", {EAGAIN, ECONNREFUSED, EHOSTUNREACH}},
};

bool talk_is_documented(enum talk_call call, int64_t r)
{
    if (r >= 0) return true;
    for (int i = 0; i < 8; i++)
        if (documented[call].errors[i] == -r) return true;
    return false;
}

const char *talk_call_name(enum talk_call call)
{
    return documented[call].name;
}

static uint8_t octet_at(uint8_t key, uint64_t place)
{
    return (uint8_t)(key + place * 37 + (place >> 9));
}

static bool ends(struct talk *t, enum talk_call call, int64_t r)
{
    if (!talk_is_documented(call, r)) t->wrong = "an error that is not documented";
    if (r >= 0 || r == -EAGAIN || r == -ENOBUFS) return false;
    if (!t->error) t->error = (int)r;
    return true;
}

static bool write_some(struct talk *t)
{
    static uint8_t buf[PIECE];
    uint64_t left = t->to_send - t->sent;
    size_t n = left < PIECE ? (size_t)left : PIECE;
    if (n == 0) return false;
    for (size_t i = 0; i < n; i++)
        buf[i] = octet_at(t->key_out, t->sent + i);
    int64_t r = bonnet_send(t->bn, t->socket, buf, n, 0);
    if (ends(t, CALL_SEND, r) || r <= 0) return false;
    t->sent += (uint64_t)r;
    return true;
}

static bool say_end(struct talk *t)
{
    if (t->has_shut || t->sent < t->to_send) return false;
    int r = bonnet_shutdown(t->bn, t->socket, BONNET_SHUT_WR);
    if (!ends(t, CALL_SHUTDOWN, r)) t->has_shut = true;
    return true;
}

static bool read_some(struct talk *t)
{
    static uint8_t buf[PIECE];
    if (t->has_end || t->is_silent) return false;
    int64_t r = bonnet_recv(t->bn, t->socket, buf, sizeof buf, 0);
    if (ends(t, CALL_RECV, r) || r < 0) return false;
    for (int64_t i = 0; i < r; i++)
        if (buf[i] != octet_at(t->key_in, t->received + (uint64_t)i)) t->wrong = "a wrong byte";
    t->received += (uint64_t)r;
    t->has_end = r == 0;
    return true;
}

void talk_give_up(struct talk *t)
{
    if (t->socket != TALK_NO_SOCKET && bonnet_close(t->bn, t->socket) < 0)
        t->wrong = "a close that fails";
    t->socket = TALK_NO_SOCKET;
    t->is_closed = true;
}

bool talk_go(struct talk *t)
{
    bool any = false;
    if (t->socket == TALK_NO_SOCKET) return false;
    int bits = bonnet_poll(t->bn, t->socket);
    bool may_write = bits & (BONNET_POLLOUT | BONNET_POLLERR);
    bool may_read = bits & (BONNET_POLLIN | BONNET_POLLERR | BONNET_POLLHUP);
    while (may_write && !t->error && write_some(t))
        any = true;
    if (may_write && !t->error) any |= say_end(t);
    while (may_read && !t->error && read_some(t))
        any = true;
    if (t->error || (t->has_end && t->has_shut)) talk_give_up(t);
    return any || t->is_closed;
}

bool talk_is_complete(const struct talk *t, uint64_t to_receive)
{
    return t->is_closed && !t->error && !t->wrong && t->sent == t->to_send &&
           t->received == to_receive;
}
