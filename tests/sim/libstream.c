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
#include "libpattern.h"
#include "libworld.h"

#include <errno.h>
#include <string.h>

#define BUFFER_MAX 16384

static struct bonnet *stack_of(struct world *w, const struct side *s)
{
    return w->hosts[s->host].bn;
}

/* The program at the other end, once both ends know their names. */
static struct side *other_side(struct world *w, const struct side *s)
{
    for (unsigned i = 0; i < w->sides_n; i++) {
        struct side *o = &w->sides[i];
        if (o == s || !o->is_used || o->local.port != s->remote.port) continue;
        if (o->remote.port == s->local.port && o->role != s->role &&
            bonnet_addr_equal(o->local.addr, s->remote.addr) &&
            bonnet_addr_equal(o->remote.addr, s->local.addr))
            return o;
    }
    return NULL;
}

static void write_script(struct world *w, struct side *s)
{
    struct random *r = &w->random;
    const unsigned endings = s->role == SIDE_SERVER ? ENDINGS : END_WAITING;
    s->to_send = random_size(r, 150000);
    s->send_max = (uint32_t)random_between(r, 1, random_chance(r, 20) ? 100 : BUFFER_MAX);
    s->recv_max = (uint32_t)random_between(r, 1, random_chance(r, 20) ? 100 : BUFFER_MAX);
    if (s->send_max < 100 && s->to_send > 3000) s->to_send = 3000;
    s->pace = random_chance(r, 50) ? 0 : random_size(r, 200 * BONNET_MS);
    s->ending = (enum side_ending)random_below(r, endings);
    if (random_chance(r, 50)) s->ending = END_POLITE;
    s->stop_after = random_size(r, 50000);
}

static void set_option(struct world *w, const struct side *s, int option, int value)
{
    int r = bonnet_setsockopt(stack_of(w, s), s->socket, option, &value, sizeof value);
    if (r < 0) world_fail(w, "call", "option %d: %d", option, r);
}

static void set_options(struct world *w, const struct side *s)
{
    struct random *r = &w->random;
    if (random_chance(r, 20)) set_option(w, s, BONNET_TCP_NODELAY, 1);
    if (random_chance(r, 20))
        set_option(w, s, BONNET_SO_SNDBUF, (int)random_between(r, 5000, 99999));
    if (random_chance(r, 20))
        set_option(w, s, BONNET_SO_RCVBUF, (int)random_between(r, 3000, 99999));
    if (random_chance(r, 10)) set_option(w, s, BONNET_TCP_MAXSEG, (int)random_between(r, 88, 1400));
    if (!random_chance(r, 30)) return;
    set_option(w, s, BONNET_SO_KEEPALIVE, 1);
    set_option(w, s, BONNET_TCP_KEEPIDLE, (int)random_between(r, 1, 30));
    set_option(w, s, BONNET_TCP_KEEPINTVL, (int)random_between(r, 1, 5));
}

static bool is_same(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

/* A peer that has reset the connection meanwhile has no name any more, as on Linux. */
static void learn_names(struct world *w, struct side *s)
{
    struct bonnet *bn = stack_of(w, s);
    struct bonnet_endpoint peer;
    if (bonnet_getsockname(bn, s->socket, &s->local) < 0) world_fail(w, "call", "getsockname");
    int r = bonnet_getpeername(bn, s->socket, &peer);
    if (r == 0 ? !is_same(&peer, &s->remote) : r != -ENOTCONN)
        world_fail(w, "call", "getpeername: %d", r);
    s->key_out = pattern_key(&s->local, &s->remote);
    s->key_in = pattern_key(&s->remote, &s->local);
    bonnet_set_user(bn, s->socket, (uint64_t)(s - w->sides));
}

static struct side *new_side(struct world *w, unsigned host, enum side_role role)
{
    if (w->sides_n == SIDES_MAX) return NULL;
    struct side *s = &w->sides[w->sides_n++];
    *s = (struct side){.is_used = true, .is_open = true, .host = host, .role = role, .woken = true};
    write_script(w, s);
    return s;
}

static void close_side(struct world *w, struct side *s)
{
    if (!s->has_eof) s->may_reset = true;
    int r = bonnet_close(stack_of(w, s), s->socket);
    world_say(w, "side %td closes: sent %llu, received %llu, eof %d", s - w->sides,
              (unsigned long long)s->sent, (unsigned long long)s->received, s->has_eof);
    if (r < 0) world_fail(w, "call", "close: %d", r);
    s->is_open = false;
    if (bonnet_poll(stack_of(w, s), s->socket) != -EBADF)
        world_fail(w, "I17", "a closed handle is still known");
}

void stream_client_new(struct world *w)
{
    const unsigned cable = (unsigned)random_below(&w->random, w->cables_n);
    const struct cable *c = &w->cables[cable];
    const unsigned far = (unsigned)random_below(&w->random, 2);
    const struct bonnet_endpoint to = {
        .addr = bonnet_ip4(10, 0, (uint8_t)cable, (uint8_t)(far + 1)),
        .port = random_chance(&w->random, 3) ? PORT_OF_NOBODY : PORT_OF_SERVERS};
    struct side *s = new_side(w, c->host[!far], SIDE_CLIENT);
    if (!s) return;
    s->socket = bonnet_socket(stack_of(w, s), BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    if (s->socket < 0) {
        world_fail(w, "call", "socket: %d", s->socket);
        return;
    }
    s->remote = to;
    set_options(w, s);
    int r = bonnet_connect(stack_of(w, s), s->socket, &to);
    if (r != -EINPROGRESS) world_fail(w, "call", "connect: %d", r);
    bonnet_set_user(stack_of(w, s), s->socket, (uint64_t)(s - w->sides));
    s->woken = false;
    s->waits_for = BONNET_POLLOUT;
    world_say(w, "side %td connects from host %u to port %u, ending %d, sends %llu", s - w->sides,
              s->host, to.port, s->ending, (unsigned long long)s->to_send);
}

void stream_accept(struct world *w, struct listener *l)
{
    struct bonnet_endpoint peer;
    for (;;) {
        int r = bonnet_accept(w->hosts[l->host].bn, l->socket, &peer);
        if (r == -EAGAIN) return;
        if (r < 0) {
            world_fail(w, "call", "accept: %d", r);
            return;
        }
        struct side *s = new_side(w, l->host, SIDE_SERVER);
        if (!s) {
            bonnet_close(w->hosts[l->host].bn, r);
            return;
        }
        s->socket = r;
        s->is_connected = true;
        s->remote = peer;
        learn_names(w, s);
        set_options(w, s);
        world_say(w, "side %td is accepted at host %u, ending %d, sends %llu", s - w->sides,
                  s->host, s->ending, (unsigned long long)s->to_send);
    }
}

/* A SYN cookie forgets: when a later segment overtakes the one that would prove it, the connection
 * is reset, as on Linux. */
static bool has_lost_cookies(const struct world *w)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < w->hosts_n; i++)
        n += bonnet_reason_count(w->hosts[i].bn, BONNET_R_COOKIE_BAD);
    return n > 0;
}

/* A connection that its program has closed gives up in the end, and resets. */
static bool has_given_up(const struct world *w, const struct side *o)
{
    return !o->is_open &&
           bonnet_mib_count(w->hosts[o->host].bn, BONNET_MIB_TcpExtTCPAbortOnTimeout) > 0;
}

/* Is there a cause for this error? Loss alone never resets; timeouts need an outage or heavy loss.
 */
static void check_cause(struct world *w, const struct side *s)
{
    const struct side *o = other_side(w, s);
    if (s->error == -ECONNRESET && s->has_eof && !s->sent)
        world_fail(w, "I19", "reset after the end of the stream");
    if (s->error != -ECONNRESET && s->error != -EPIPE) return;
    bool has_cause =
        !o || o->may_reset || o->error || s->may_reset || has_given_up(w, o) || has_lost_cookies(w);
    if (!has_cause)
        world_fail(w, "I19", "side %td: error %d without a cause", s - w->sides, s->error);
}

static void end_with_error(struct world *w, struct side *s, int error)
{
    int again = 0;
    size_t len = sizeof again;
    s->error = error;
    world_say(w, "side %td: error %d", s - w->sides, error);
    bonnet_getsockopt(stack_of(w, s), s->socket, BONNET_SO_ERROR, &again, &len);
    if (again != 0)
        world_fail(w, "I18", "error %d was told, and %d is still pending", error, again);
    check_cause(w, s);
    close_side(w, s);
}

static void check_end(struct world *w, struct side *s)
{
    const struct side *o = other_side(w, s);
    uint64_t all = o ? o->sent : 0;
    char byte;
    if (s->received != all || (o && o->is_open && !o->has_shut))
        world_fail(w, "I19", "side %td: end of stream after %llu of %llu bytes", s - w->sides,
                   (unsigned long long)s->received, (unsigned long long)all);
    int64_t r = bonnet_recv(stack_of(w, s), s->socket, &byte, 1, 0);
    if (r != 0) world_fail(w, "I19", "the end of the stream did not stay: %d", (int)r);
}

static void check_bytes(struct world *w, struct side *s, const void *p, size_t len)
{
    size_t right = pattern_matches(s->key_in, s->received, p, len);
    const struct side *o = other_side(w, s);
    if (right < len)
        world_fail(w, "I1", "side %td: octet %llu is another one", s - w->sides,
                   (unsigned long long)(s->received + right));
    s->received += len;
    if (o && s->received > o->sent)
        world_fail(w, "I1", "side %td: received %llu of %llu", s - w->sides,
                   (unsigned long long)s->received, (unsigned long long)o->sent);
}

static int64_t receive_in_place(struct world *w, struct side *s)
{
    struct bonnet_iov iov[4];
    int64_t n = bonnet_recv_peek(stack_of(w, s), s->socket, iov, 4);
    if (n <= 0) return n;
    int64_t left = n;
    for (int i = 0; i < 4 && left > 0; left -= (int64_t)iov[i++].len)
        check_bytes(w, s, iov[i].base, iov[i].len);
    int r = bonnet_recv_consume(stack_of(w, s), s->socket, (size_t)n);
    return r < 0 ? r : n;
}

static int64_t receive_copy(struct world *w, struct side *s)
{
    uint8_t buf[BUFFER_MAX], seen[BUFFER_MAX];
    size_t max = (size_t)random_between(&w->random, 1, s->recv_max);
    int64_t peeked = -EAGAIN;
    if (w->sabotage == SABOTAGE_NONE && random_chance(&w->random, 10))
        peeked = bonnet_recv(stack_of(w, s), s->socket, seen, max, BONNET_MSG_PEEK);
    if (peeked < 0 && peeked != -EAGAIN) return peeked;
    int64_t n = bonnet_recv(stack_of(w, s), s->socket, buf, max, 0);
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
    int64_t n = bonnet_send_reserve(stack_of(w, s), s->socket, iov, 4, len);
    if (n <= 0) return n;
    uint64_t at = s->sent;
    int64_t left = n;
    for (int i = 0; i < 4 && left > 0; left -= (int64_t)iov[i++].len) {
        pattern_fill(s->key_out, at, iov[i].base, iov[i].len);
        at += iov[i].len;
    }
    size_t commit = (size_t)random_between(&w->random, 1, (uint64_t)n);
    int r = bonnet_send_commit(stack_of(w, s), s->socket, commit);
    return r < 0 ? r : (int64_t)commit;
}

static int64_t send_copy(struct world *w, struct side *s, size_t len)
{
    uint8_t buf[BUFFER_MAX];
    int flags = random_chance(&w->random, 5) ? BONNET_MSG_MORE : 0;
    pattern_fill(s->key_out, s->sent, buf, len);
    return bonnet_send(stack_of(w, s), s->socket, buf, len, flags);
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
    int r = bonnet_setsockopt(stack_of(w, s), s->socket, BONNET_SO_LINGER, &linger, sizeof linger);
    if (r < 0) world_fail(w, "call", "SO_LINGER: %d", r);
    s->may_reset = true;
    close_side(w, s);
}

/* What comes after the bytes. True: something was done. */
static bool act_end(struct world *w, struct side *s)
{
    if (!s->is_open) return false;
    bool all_sent = s->sent == s->to_send;
    if (s->ending == END_EARLY && s->received >= s->stop_after) {
        close_side(w, s);
    } else if (all_sent && s->ending == END_ABORT) {
        abort_side(w, s);
    } else if (all_sent && (s->ending == END_HASTY || s->has_eof)) {
        close_side(w, s);
    } else if (all_sent && !s->has_shut && s->ending != END_WAITING) {
        int r = bonnet_shutdown(stack_of(w, s), s->socket, BONNET_SHUT_WR);
        bool is_gone = (bonnet_poll(stack_of(w, s), s->socket) & BONNET_POLLHUP) != 0;
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
    int r = bonnet_getsockopt(stack_of(w, s), s->socket, BONNET_SO_ERROR, &error, &len);
    if (r < 0) world_fail(w, "call", "SO_ERROR: %d", r);
    if (error) {
        end_with_error(w, s, -error);
        return false;
    }
    if (!(bonnet_poll(stack_of(w, s), s->socket) & BONNET_POLLOUT)) {
        s->waits_for = BONNET_POLLOUT;
        return false;
    }
    s->is_connected = true;
    learn_names(w, s);
    return true;
}

void stream_act(struct world *w, struct side *s)
{
    s->woken = false;
    s->waits_for = 0;
    if (!s->is_connected && !act_connect(w, s)) return;
    bool moved = false;
    for (int i = 0; i < 4 && s->is_open && !w->is_failed; i++) {
        bool now = act_receive(w, s);
        now |= act_send(w, s);
        now |= act_end(w, s);
        moved |= now;
        if (!now) break;
    }
    if (!s->is_open) return;
    if (moved || s->waits_for == 0) {
        s->waits_for = 0;
        s->at = w->now + (s->pace ? random_below(&w->random, s->pace) : 0);
    }
}

void stream_check_waits(struct world *w)
{
    for (unsigned i = 0; i < w->sides_n; i++) {
        struct side *s = &w->sides[i];
        if (!s->is_open || s->woken || s->waits_for == 0) continue;
        int bits = bonnet_poll(stack_of(w, s), s->socket);
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
        close_side(w, s);
    }
}

bool stream_all_done(const struct world *w)
{
    for (unsigned i = 0; i < w->sides_n; i++)
        if (w->sides[i].is_open) return false;
    return w->clients_to_come == 0;
}
