/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of sockets: close(2) with SO_LINGER, and the end of all of them.
 *
 * As on Linux, close() after SO_LINGER {1, n} blocks for up to n seconds until the peer has
 * acknowledged everything, on a non-blocking socket too, and returns 0 however that ended: what it
 * could not wait for goes on as an orphan.
 */
#include "bsd.h"

#include <errno.h>

/* Has the peer acknowledged the FIN, or is there no connection any more? */
static bool has_ended(struct bonnet *bn, int s)
{
    struct bonnet_row row = {.size = sizeof row};
    if (bonnet_inspect_socket(bn, s, &row) < 0) return true;
    switch (row.state) {
    case BONNET_SYN_SENT:
    case BONNET_SYN_RECEIVED:
    case BONNET_ESTABLISHED:
    case BONNET_CLOSE_WAIT:
    case BONNET_FIN_WAIT_1:
    case BONNET_CLOSING:
    case BONNET_LAST_ACK: return false;
    case BONNET_FIN_WAIT_2:
    case BONNET_TIME_WAIT:
    case BONNET_LISTEN:
    case BONNET_CLOSED:
    case BONNET_STATES_END: return true;
    }
    return true;
}

/* A signal ends the waiting, not the closing. */
static void linger(struct bonnet_bsd *b, int s, int32_t seconds)
{
    bonnet_time now = bonnet_loop_now(b->loop);
    bsd_wait(b, s, has_ended, now + (bonnet_time)seconds * BONNET_S);
    bonnet_linger_end(b->bn, s);
}

int bonnet_bsd_close(struct bonnet_bsd *b, int s)
{
    struct bonnet_linger option = {0};
    size_t len = sizeof option;
    bonnet_getsockopt(b->bn, s, BONNET_SO_LINGER, &option, &len);
    int err = bonnet_close(b->bn, s);
    if (err == -EINPROGRESS) {
        linger(b, s, option.linger);
        err = 0;
    }
    bsd_push(b);
    return (int)bsd_result(err);
}

/* The next socket that a program still holds, or -1. */
static int next_open(const struct bonnet *bn, uint64_t *cursor)
{
    struct bonnet_row row = {.size = sizeof row};
    while (bonnet_inspect(bn, cursor, &row) == 1)
        if (row.socket >= 0) return row.socket;
    return -1;
}

/* A table that changes may hide a row from the walk: the walk is made until it finds none. */
static void close_sockets(struct bonnet *bn)
{
    uint64_t cursor = 0;
    bool found = false;
    for (;;) {
        int s = next_open(bn, &cursor);
        if (s < 0 && !found) return;
        found = s >= 0;
        if (!found)
            cursor = 0;
        else if (bonnet_close(bn, s) == -EINPROGRESS)
            bonnet_linger_end(bn, s);
    }
}

static bool is_quiet(const struct bonnet *bn)
{
    struct bonnet_totals t = {.size = sizeof t};
    return bonnet_totals(bn, &t) < 0 || t.connections + t.half_open + t.orphans == 0;
}

void bsd_close_all(struct bonnet_bsd *b, bonnet_time until)
{
    close_sockets(b->bn);
    int err = bonnet_loop_flush(b->loop);
    while ((err >= 0 || err == -EINTR) && !is_quiet(b->bn)) {
        bonnet_time now = bonnet_loop_now(b->loop);
        if (now >= until) return;
        err = bonnet_loop_step(b->loop, until - now);
    }
}
