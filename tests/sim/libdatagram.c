/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs over UDP: numbered datagrams of any size, and an account of what came in and what was
 * given to the program.
 *
 * I20 a datagram is delivered at most as often as it entered the host, unchanged, and alone.
 *
 * A datagram begins with its number and its length; the rest is the pattern of its two ends,
 * beginning at a place that the number chooses.
 */
#include "libpattern.h"
#include "libworld.h"

#include <errno.h>
#include <string.h>

#define HEAD 8

static uint64_t place_of(uint32_t number)
{
    return (uint64_t)number << 20;
}

static void send_one(struct world *w, struct talker *t)
{
    static uint8_t buf[65536];
    uint32_t head[2] = {t->sent, HEAD + (uint32_t)random_size(&w->random, t->size_max - HEAD)};
    memcpy(buf, head, HEAD);
    pattern_fill(t->key_out, place_of(t->sent), buf + HEAD, head[1] - HEAD);
    int64_t r = bonnet_sendto(w->hosts[t->host].bn, t->socket, buf, head[1], 0, &t->remote);
    t->sent++;
    if (r >= 0 ? r != head[1]
               : r != -EAGAIN && r != -ENOBUFS && r != -ECONNREFUSED && r != -EHOSTUNREACH)
        world_fail(w, "call", "sendto of %u bytes: %d", head[1], (int)r);
}

static void take_one(struct world *w, struct talker *t, const uint8_t *buf, int64_t n)
{
    uint32_t head[2];
    if (n < HEAD) {
        world_fail(w, "I20", "datagram of %d bytes, which nobody sent", (int)n);
        return;
    }
    memcpy(head, buf, HEAD);
    uint32_t len = (uint32_t)n - HEAD;
    if (head[0] >= DATAGRAMS_MAX || head[1] != n ||
        pattern_matches(t->key_in, place_of(head[0]), buf + HEAD, len) < len) {
        world_fail(w, "I20", "datagram %u was changed", head[0]);
        return;
    }
    t->delivered[head[0]]++;
    if (t->delivered[head[0]] > t->seen_in[head[0]])
        world_fail(w, "I20", "datagram %u delivered %u times, came in %u times", head[0],
                   t->delivered[head[0]], t->seen_in[head[0]]);
}

static void receive_all(struct world *w, struct talker *t)
{
    static uint8_t buf[65536];
    struct bonnet_endpoint from;
    for (;;) {
        int64_t n = bonnet_recvfrom(w->hosts[t->host].bn, t->socket, buf, sizeof buf, 0, &from);
        if (n == -EAGAIN) return;
        if (n == -ECONNREFUSED || n == -EHOSTUNREACH) continue;
        if (n < 0) {
            world_fail(w, "call", "recvfrom: %d", (int)n);
            return;
        }
        if (from.port != t->remote.port || !bonnet_addr_equal(from.addr, t->remote.addr))
            world_fail(w, "I20", "datagram from somebody else");
        if (w->sabotage == SABOTAGE_DATAGRAM) buf[n - 1] ^= 1;
        take_one(w, t, buf, n);
    }
}

void datagram_act(struct world *w, struct talker *t)
{
    receive_all(w, t);
    if (t->sent < t->to_send && w->now >= t->at) {
        send_one(w, t);
        t->at = w->now + random_below(&w->random, t->pace);
    }
}

void datagram_seen(struct world *w, struct host *h, const struct datagram *d)
{
    uint32_t number;
    if (d->len < HEAD) return;
    memcpy(&number, d->text, sizeof number);
    for (unsigned i = 0; i < w->talkers_n; i++) {
        struct talker *t = &w->talkers[i];
        bool mine = &w->hosts[t->host] == h && t->local.port == d->to.port &&
                    t->remote.port == d->from.port;
        if (mine && number < DATAGRAMS_MAX) t->seen_in[number]++;
    }
}
