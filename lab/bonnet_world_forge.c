/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments that no stack sent, put on the wire to their receiver.
 *
 * What they look like, forge.c decides. Of a socket the next numbers are those of its row.
 *
 * A forgery takes the wire of the host whose address it carries, or else the receiver's first one,
 * from the other end, below the port there: faults and captures of that host do not see it. The
 * link's chance meets it, and a cut link swallows it.
 *
 * A flood is paced, so that a link's queue has room for its answers, and one follows the other; its
 * segments are built one by one in the same place, and nothing is kept of them.
 */
#include "bonnet_world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 50,000 segments a second: of their answers, 500 are on a link with a delay of 10 ms. */
#define FLOOD_BURST 50u
#define FLOOD_PAUSE BONNET_MS

static void put_on_wire(struct bw_world *w, const struct bw_flood *via, const struct forgery *f)
{
    uint8_t frame[FORGE_FRAME_MAX];
    struct bonnet_packet packet;
    const struct bw_sighting s = {.host = via->host,
                                  .to = w->links[via->link].host[!via->side],
                                  .fate = LAB_FATE_FORGED,
                                  .frame = {frame, forge_build(f, frame)}};
    bonnet_packet_parse(BONNET_IF_IP, frame, s.frame.len, &packet);
    bw_wire_send(w, via->link, via->side, &s.frame);
    bw_tell_sent(w, &packet, &s);
}

/* ---- the way ---- */

/* The link between two hosts, or else the first one of the receiver. */
static int choose_way(const struct bw_world *w, unsigned from, unsigned to, struct bw_flood *via)
{
    bool found = false;
    for (unsigned i = 0; i < 2 * w->links_n; i++) {
        const unsigned *host = w->links[i / 2].host;
        bool is_better = !found || host[i % 2] == from;
        if (host[!(i % 2)] != to || !is_better) continue;
        via->link = i / 2;
        via->side = i % 2;
        found = true;
        if (host[i % 2] == from) break;
    }
    via->host = from;
    return found ? 0 : -ENETUNREACH;
}

/* ---- in a flow ---- */

/* As its owner would send it next. */
static struct forgery in_flow(const struct bw_world *w, const struct lab_forgery *what,
                              const struct bonnet_row *row)
{
    const struct forgery base = {
        .from = row->local, .to = row->remote, .seq = row->snd_nxt, .ack = row->rcv_nxt};
    return forge_in_flow(what, &base, flows_find(&w->flows, &row->local, &row->remote));
}

static int forge_of_socket(struct bw_world *w, const struct lab_forgery *what, int s)
{
    const struct bw_host *h = &w->hosts[w->scenario->programs[what->program].host];
    struct bw_flood via;
    struct bonnet_row row;
    int r = bw_row_anyway(h, s, &row);
    if (r < 0) return r;
    if (row.remote.port == 0) return -ENOTCONN;
    r = choose_way(w, h->index, bw_host_of(w, &row.remote.addr), &via);
    if (r < 0) return r;
    const struct forgery f = in_flow(w, what, &row);
    for (unsigned i = 0; i < what->count || i == 0; i++)
        put_on_wire(w, &via, &f);
    return 0;
}

/* ---- of strangers ---- */

/* False when all have been sent: the next flood waits for its turn. */
static bool pour(struct bw_world *w, struct bw_flood *f)
{
    unsigned end = f->sent + FLOOD_BURST;
    if (end > f->what.count) end = f->what.count;
    for (; f->sent < end; f->sent++) {
        const struct forgery one = forge_of_stranger(&f->what, f->sent, &w->random);
        put_on_wire(w, f, &one);
    }
    f->at = w->now + FLOOD_PAUSE;
    return f->sent < f->what.count;
}

void bw_floods_release(struct bw_world *w)
{
    while (w->floods && w->floods->at <= w->now) {
        struct bw_flood *f = w->floods;
        if (pour(w, f)) return;
        w->floods = f->next;
        if (w->floods) w->floods->at = f->at;
        free(f);
    }
}

bonnet_time bw_floods_deadline(const struct bw_world *w)
{
    return w->floods ? w->floods->at : BONNET_NEVER;
}

void bw_floods_free(struct bw_world *w)
{
    while (w->floods) {
        struct bw_flood *f = w->floods;
        w->floods = f->next;
        free(f);
    }
}

static int forge_strangers(struct bw_world *w, const struct lab_forgery *what)
{
    struct bw_flood *f = calloc(1, sizeof *f), **last = &w->floods;
    if (!f) return -ENOMEM;
    unsigned to = bw_host_of(w, &what->to.addr), from = bw_host_of(w, &what->from);
    int r = choose_way(w, from, to, f);
    if (r < 0) {
        free(f);
        return r;
    }
    f->what = *what;
    f->at = w->now;
    while (*last)
        last = &(*last)->next;
    *last = f;
    bw_floods_release(w);
    return 0;
}

int bw_forge(struct world *world, const struct lab_forgery *f, int s)
{
    struct bw_world *w = bw_of(world);
    if (f->text_len > FORGE_TEXT_MAX) return -EMSGSIZE;
    return f->in_flow ? forge_of_socket(w, f, s) : forge_strangers(w, f);
}
