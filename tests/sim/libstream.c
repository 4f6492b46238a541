/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs over TCP: they connect, accept, write, read, shut down, close and abort, each by a
 * script that chance has written, and check what they are given.
 *
 * I1 what is read is the peer's stream at its place, and no more than the peer wrote; I16 a program
 * that waits is woken; I18 an error is told once; I19 the end of a stream comes after all of it,
 * stays, and is no reset; a reset has a cause.
 *
 * A program acts when it was woken by bonnet_ready() or when its pause is over, never otherwise: a
 * lost wake-up shows as a program that waits for what is there.
 */
#include "libstream.h"
#include "libpattern.h"

#include <errno.h>
#include <string.h>

bool stream_is_poverty(const struct world *w, int r)
{
    bool is_poor = w->is_tight || w->hosts[0].heap.refuses > 0;
    return is_poor && (r == -ENOMEM || r == -ENOBUFS || r == -ENFILE);
}

struct bonnet *stream_stack(struct world *w, const struct side *s)
{
    return w->hosts[s->host].bn;
}

static bool are_ends(const struct side *s, const struct side *o)
{
    if (s->role == o->role || (s->role == SIDE_CLIENT) != (o > s)) return false; /* accepts later */
    return o->is_used && o->local.port == s->remote.port && o->remote.port == s->local.port &&
           bonnet_addr_equal(o->local.addr, s->remote.addr) &&
           bonnet_addr_equal(o->remote.addr, s->local.addr);
}

/* The program at the other end, once both ends know their names. The last one: a SYN cookie whose
 * connection was reset may be used again, by a segment that was sent before the reset. */
static struct side *other_side(struct world *w, const struct side *s)
{
    for (unsigned i = w->sides_n; i-- > 0;)
        if (are_ends(s, &w->sides[i])) return &w->sides[i];
    return NULL;
}

/* One that was at the other end. */
static bool is_reset_by_any(const struct world *w, const struct side *s)
{
    for (unsigned i = 0; i < w->sides_n; i++)
        if (are_ends(s, &w->sides[i]) && (w->sides[i].may_reset || w->sides[i].error)) return true;
    return false;
}

void stream_close(struct world *w, struct side *s)
{
    if (!s->has_eof) s->may_reset = true;
    int r = bonnet_close(stream_stack(w, s), s->socket);
    world_say(w, "side %td closes: sent %llu, received %llu, eof %d", s - w->sides,
              (unsigned long long)s->sent, (unsigned long long)s->received, s->has_eof);
    if (r < 0) world_fail(w, "call", "close: %d", r);
    s->is_open = false;
    if (bonnet_poll(stream_stack(w, s), s->socket) != -EBADF)
        world_fail(w, "I17", "a closed handle is still known");
}

/* A SYN cookie forgets: when a later segment overtakes the one that would prove it, the connection
 * is reset, as on Linux; so is one that its listener had reset, and a later segment opened again.
 */
static bool has_lost_cookies(const struct world *w)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < w->hosts_n; i++)
        n += bonnet_reason_count(w->hosts[i].bn, BONNET_R_COOKIE_BAD) +
             bonnet_reason_count(w->hosts[i].bn, BONNET_R_COOKIE_GOOD) *
                 bonnet_reason_count(w->hosts[i].bn, BONNET_R_LISTENER_CLOSED);
    return n > 0;
}

/* A connection may give up, and reset, while its program sleeps, or after that has closed it. */
static bool has_given_up(struct world *w, const struct side *o)
{
    struct bonnet *bn = stream_stack(w, o);
    if (o->is_open) return (bonnet_poll(bn, o->socket) & BONNET_POLLERR) != 0;
    return bonnet_mib_count(bn, BONNET_MIB_TcpExtTCPAbortOnTimeout) > 0;
}

/* Is there a cause for this error? Loss alone never resets; timeouts need an outage or heavy loss.
 */
static void check_cause(struct world *w, const struct side *s)
{
    const struct side *o = other_side(w, s);
    if (s->error == -ECONNRESET && s->has_eof && !s->sent)
        world_fail(w, "I19", "reset after the end of the stream");
    if (s->error != -ECONNRESET && s->error != -EPIPE) return;
    bool has_cause = !o || is_reset_by_any(w, s) || s->may_reset || has_given_up(w, o) ||
                     w->is_tight || has_lost_cookies(w);
    if (!has_cause)
        world_fail(w, "I19", "side %td: error %d without a cause", s - w->sides, s->error);
}

static void end_with_error(struct world *w, struct side *s, int error)
{
    int again = 0;
    size_t len = sizeof again;
    s->error = error;
    world_say(w, "side %td: error %d", s - w->sides, error);
    bonnet_getsockopt(stream_stack(w, s), s->socket, BONNET_SO_ERROR, &again, &len);
    if (w->sabotage == SABOTAGE_ERROR) again = -error;
    if (again != 0)
        world_fail(w, "I18", "error %d was told, and %d is still pending", error, again);
    check_cause(w, s);
    stream_close(w, s);
}

/* One that was at the other end wrote what was read, and no more. */
static bool is_whole(const struct world *w, const struct side *s)
{
    for (unsigned i = 0; i < w->sides_n; i++) {
        const struct side *o = &w->sides[i];
        if (are_ends(s, o) && o->sent == s->received && (!o->is_open || o->has_shut)) return true;
    }
    return false;
}

static void check_end(struct world *w, struct side *s)
{
    const struct side *o = other_side(w, s);
    char byte;
    if (!is_whole(w, s) || w->sabotage == SABOTAGE_END)
        world_fail(w, "I19", "side %td: end of stream after %llu of %llu bytes", s - w->sides,
                   (unsigned long long)s->received, (unsigned long long)(o ? o->sent : 0));
    int64_t r = bonnet_recv(stream_stack(w, s), s->socket, &byte, 1, 0);
    if (r != 0) world_fail(w, "I19", "the end of the stream did not stay: %d", (int)r);
}

/* One that was at the other end wrote so much. */
static bool has_written(const struct world *w, const struct side *s, uint64_t bytes)
{
    for (unsigned i = 0; i < w->sides_n; i++)
        if (are_ends(s, &w->sides[i]) && w->sides[i].sent >= bytes) return true;
    return false;
}

static void check_bytes(struct world *w, struct side *s, const void *p, size_t len)
{
    size_t right = pattern_matches(s->key_in, s->received, p, len);
    const struct side *o = other_side(w, s);
    if (right < len)
        world_fail(w, "I1", "side %td: octet %llu is another one", s - w->sides,
                   (unsigned long long)(s->received + right));
    s->received += len;
    if (o && !has_written(w, s, s->received))
        world_fail(w, "I1", "side %td: received %llu of %llu", s - w->sides,
                   (unsigned long long)s->received, (unsigned long long)o->sent);
}

static int64_t receive_in_place(struct world *w, struct side *s)
{
    struct bonnet_iov iov[4];
    int64_t n = bonnet_recv_peek(stream_stack(w, s), s->socket, iov, 4);
    if (n <= 0) return n;
    int64_t left = n;
    for (int i = 0; i < 4 && left > 0; left -= (int64_t)iov[i++].len)
        check_bytes(w, s, iov[i].base, iov[i].len);
    int r = bonnet_recv_consume(stream_stack(w, s), s->socket, (size_t)n);
    return r < 0 ? r : n;
}

static int64_t receive_copy(struct world *w, struct side *s)
{
    uint8_t buf[BUFFER_MAX], seen[BUFFER_MAX];
    size_t max = (size_t)random_between(&w->random, 1, s->recv_max);
    int64_t peeked = -EAGAIN;
    if (w->sabotage == SABOTAGE_NONE && random_chance(&w->random, 10))
        peeked = bonnet_recv(stream_stack(w, s), s->socket, seen, max, BONNET_MSG_PEEK);
    if (peeked < 0 && peeked != -EAGAIN) return peeked;
    int64_t n = bonnet_recv(stream_stack(w, s), s->socket, buf, max, 0);
    if (peeked > 0 && (n != peeked || memcmp(buf, seen, (size_t)n) != 0))
        world_fail(w, "I1", "what was peeked at is not what was read");
    if (n > 0 && w->sabotage == SABOTAGE_READ) buf[n - 1] ^= 1;
    if (n > 0) check_bytes(w, s, buf, (size_t)n);
    return n;
}

/* True: something was read, or the end was. */
static bool act_receive(struct world *w, struct side *s)
{
    if (s->has_eof || s->error) return false;
    int64_t n = random_chance(&w->random, 20) ? receive_in_place(w, s) : receive_copy(w, s);
    if (n == -EAGAIN) {
        s->waits_for |= BONNET_POLLIN;
        return false;
    }
    if (n < 0) {
        end_with_error(w, s, (int)n);
        return false;
    }
    if (n == 0) {
        check_end(w, s);
        s->has_eof = true;
    }
    return true;
}

static int64_t send_in_place(struct world *w, struct side *s, size_t len)
{
    struct bonnet_iov iov[4];
    int64_t n = bonnet_send_reserve(stream_stack(w, s), s->socket, iov, 4, len);
    if (n <= 0) return n;
    uint64_t at = s->sent;
    int64_t left = n;
    for (int i = 0; i < 4 && left > 0; left -= (int64_t)iov[i++].len) {
        pattern_fill(s->key_out, at, iov[i].base, iov[i].len);
        at += iov[i].len;
    }
    size_t commit = (size_t)random_between(&w->random, 1, (uint64_t)n);
    int r = bonnet_send_commit(stream_stack(w, s), s->socket, commit);
    return r < 0 ? r : (int64_t)commit;
}

static int64_t send_copy(struct world *w, struct side *s, size_t len)
{
    uint8_t buf[BUFFER_MAX];
    int flags = random_chance(&w->random, 5) ? BONNET_MSG_MORE : 0;
    pattern_fill(s->key_out, s->sent, buf, len);
    return bonnet_send(stream_stack(w, s), s->socket, buf, len, flags);
}

static bool may_send(const struct side *s)
{
    return s->sent < s->to_send && !s->has_shut && (s->ending != END_WAITING || s->has_eof);
}

/* True: something was written. */
static bool act_send(struct world *w, struct side *s)
{
    if (!s->is_open || !may_send(s)) return false;
    uint64_t left = s->to_send - s->sent;
    size_t len = (size_t)random_between(&w->random, 1, s->send_max);
    if (len > left) len = (size_t)left;
    int64_t n = random_chance(&w->random, 20) ? send_in_place(w, s, len) : send_copy(w, s, len);
    if (n == -EAGAIN) {
        s->waits_for |= BONNET_POLLOUT;
        return false;
    }
    if (stream_is_poverty(w, (int)n)) {
        s->pause = PAUSE;
        return false;
    }
    if (n < 0) {
        end_with_error(w, s, (int)n);
        return false;
    }
    s->sent += (uint64_t)n;
    return true;
}

static void abort_side(struct world *w, struct side *s)
{
    const struct bonnet_linger linger = {.onoff = 1, .linger = 0};
    int r =
        bonnet_setsockopt(stream_stack(w, s), s->socket, BONNET_SO_LINGER, &linger, sizeof linger);
    if (r < 0) world_fail(w, "call", "SO_LINGER: %d", r);
    s->may_reset = true;
    stream_close(w, s);
}

/* What comes after the bytes. True: something was done. */
static bool act_end(struct world *w, struct side *s)
{
    if (!s->is_open) return false;
    bool all_sent = s->sent == s->to_send;
    if (s->ending == END_EARLY && s->received >= s->stop_after) {
        stream_close(w, s);
    } else if (all_sent && s->ending == END_ABORT) {
        abort_side(w, s);
    } else if (all_sent && (s->ending == END_HASTY || s->has_eof)) {
        stream_close(w, s);
    } else if (all_sent && !s->has_shut && s->ending != END_WAITING) {
        int r = bonnet_shutdown(stream_stack(w, s), s->socket, BONNET_SHUT_WR);
        bool is_gone = (bonnet_poll(stream_stack(w, s), s->socket) & BONNET_POLLHUP) != 0;
        if (r < 0 && !(r == -ENOTCONN && is_gone)) world_fail(w, "call", "shutdown: %d", r);
        s->has_shut = true;
    } else {
        return false;
    }
    return true;
}

/* True: the connection stands now. */
static bool act_connect(struct world *w, struct side *s)
{
    int error = 0;
    size_t len = sizeof error;
    int r = bonnet_getsockopt(stream_stack(w, s), s->socket, BONNET_SO_ERROR, &error, &len);
    if (r < 0) world_fail(w, "call", "SO_ERROR: %d", r);
    if (error) {
        end_with_error(w, s, -error);
        return false;
    }
    if (!(bonnet_poll(stream_stack(w, s), s->socket) & BONNET_POLLOUT)) {
        s->waits_for = BONNET_POLLOUT;
        return false;
    }
    s->is_connected = true;
    stream_learn_names(w, s);
    return true;
}

void stream_act(struct world *w, struct side *s)
{
    s->woken = false;
    s->waits_for = 0;
    if (!s->is_connected && !act_connect(w, s)) return;
    if (s->sleeps_until > w->now) {
        s->at = s->sleeps_until;
        return;
    }
    bool moved = false;
    for (int i = 0; i < 4 && s->is_open && !w->is_failed; i++) {
        bool now = act_receive(w, s);
        now |= act_send(w, s);
        now |= act_end(w, s);
        moved |= now;
        if (!now) break;
    }
    if (!s->is_open) return;
    if (moved || s->waits_for == 0 || s->pause) {
        s->waits_for = 0;
        s->at = w->now + s->pause + (s->pace ? random_below(&w->random, s->pace) : 0);
        s->pause = 0;
    }
}

void stream_check_waits(struct world *w)
{
    for (unsigned i = 0; i < w->sides_n; i++) {
        struct side *s = &w->sides[i];
        if (!s->is_open || s->woken || s->waits_for == 0) continue;
        int bits = bonnet_poll(stream_stack(w, s), s->socket);
        if (bits & s->waits_for)
            world_fail(w, "I16", "side %u waits for %#x, which is there (%#x), and was not woken",
                       i, s->waits_for, bits);
    }
}

void stream_give_up(struct world *w)
{
    for (unsigned i = 0; i < w->sides_n; i++) {
        struct side *s = &w->sides[i];
        const struct side *o = other_side(w, s);
        if (!s->is_open || (o && o->is_open)) continue;
        world_say(w, "side %u gives up", i);
        s->may_reset = true;
        stream_close(w, s);
    }
}

bool stream_all_done(const struct world *w)
{
    for (unsigned i = 0; i < w->sides_n; i++)
        if (w->sides[i].is_open) return false;
    return w->clients_to_come == 0;
}
