/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames between a stack and its cables, one at a time, each seen by the tap and counted from
 * outside.
 */
#include "libworld.h"

static bool is_down(const struct world *w, const struct cable *c)
{
    return w->has_faults && w->now >= c->down_from && w->now < c->down_until;
}

void wire_give(struct world *w, const struct cable *c, unsigned end, const struct bonnet_rx *rx)
{
    struct host *h = &w->hosts[c->host[end]];
    struct work work = {.bytes = rx->len};
    tap_received(w, h, c, rx, &work);
    steps_begin();
    int r = bonnet_input(h->bn, c->ifx[end], rx);
    steps_end(w, "input", &work);
    h->frames_in += w->sabotage != SABOTAGE_COUNT;
    h->frames_dropped += r > 0 && bonnet_reason_kind(r) == BONNET_KIND_DROP;
    if (r > 0) world_say(w, "host %u drops: %s", c->host[end], bonnet_reason_name(r));
    if (r < 0 || r >= BONNET_REASONS_END) world_fail(w, "I11", "bonnet_input: %d", r);
    world_stepped(w, h);
}

bool wire_in(struct world *w, struct cable *c, unsigned end)
{
    struct bonnet_rx rx;
    if (c->end[end]->ops->output(c->end[end], &rx) != 1) return false;
    wire_give(w, c, end, &rx);
    return true;
}

/* The frame lies still until it is on the cable: the tap reads the copy. */
bool wire_out(struct world *w, struct cable *c, unsigned end)
{
    static uint8_t copy[70000];
    struct host *h = &w->hosts[c->host[end]];
    struct bonnet_tx tx;
    steps_begin();
    int r = bonnet_output(h->bn, c->ifx[end], &tx);
    const struct work work = {.bytes = r == 1 ? tx.len : 0, .objects = h->objects};
    steps_end(w, "output", &work);
    if (r != 1) return false;
    h->frames_out++;
    int len = bonnet_tx_copy(&tx, copy, sizeof copy);
    if (len < 0 || (uint32_t)len != tx.len) world_fail(w, "call", "bonnet_tx_copy: %d", len);
    if (w->sabotage == SABOTAGE_SENT && tx.len > 200) copy[tx.len - 1] ^= 1;
    tap_sent(w, h, c, &tx, copy);
    tx.slices_n = 1;
    tx.slices[0] = (struct bonnet_slice){.data = copy, .len = tx.len};
    if (!is_down(w, c)) c->end[end]->ops->input(c->end[end], &tx);
    world_stepped(w, h);
    return true;
}

void wire_unplug(struct cable *c)
{
    cover_cable(c);
    bonnet_driver_free(c->end[0]);
    bonnet_driver_free(c->end[1]);
}
