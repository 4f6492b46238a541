/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drives the five verbs for one stack; see libstage.h.
 */
#include "libstage.h"

#include <errno.h>
#include <string.h>

#define IDLE_STEPS_MAX 1000

static struct bonnet_addr address(uint32_t host_order)
{
    return bonnet_ip4((uint8_t)(host_order >> 24), (uint8_t)(host_order >> 16),
                      (uint8_t)(host_order >> 8), (uint8_t)host_order);
}

static int add_interface(struct stage *s)
{
    struct bonnet_if_config config = {.size = sizeof config, .kind = BONNET_IF_IP, .mtu = 1500};
    s->ifx = bonnet_if_add(s->bn, &config);
    if (s->ifx < 0) return s->ifx;
    int r = bonnet_if_addr_add(s->bn, s->ifx, address(PACKET_LOCAL_ADDR), 16);
    if (r < 0) return r;
    return bonnet_route_add(s->bn, address(0), 0, address(0), s->ifx);
}

int stage_new(struct stage *s, struct bonnet_config *config)
{
    memset(config->seed, 0x5e, sizeof config->seed);
    config->alloc = bonnet_host_alloc();
    *s = (struct stage){.now = STAGE_BEGIN};
    int r = bonnet_new(config, &s->bn);
    if (r < 0) return r;
    bonnet_tick(s->bn, s->now);
    return add_interface(s);
}

void stage_free(struct stage *s)
{
    bonnet_free(s->bn);
}

static void keep(struct stage *s, const struct bonnet_tx *tx)
{
    if (s->frames_n == STAGE_FRAMES_MAX) {
        s->broken = "more frames than a script can want";
        return;
    }
    struct frame *f = &s->frames[(s->first + s->frames_n++) % STAGE_FRAMES_MAX];
    int n = bonnet_tx_copy(tx, f->bytes, sizeof f->bytes);
    if (n < 0) s->broken = "a frame larger than the MTU";
    f->len = n < 0 ? 0 : (uint32_t)n;
    f->at = s->now;
}

void stage_pump(struct stage *s)
{
    struct bonnet_tx tx;
    while (!s->broken && bonnet_output(s->bn, s->ifx, &tx) == 1)
        keep(s, &tx);
}

void stage_input(struct stage *s, const uint8_t *frame, uint32_t len)
{
    struct bonnet_rx rx = {.data = frame, .len = len};
    bonnet_input(s->bn, s->ifx, &rx);
    stage_pump(s);
}

bool stage_step(struct stage *s, bonnet_time until)
{
    bonnet_time at = bonnet_deadline(s->bn);
    bool fires = at <= until;
    s->idle_steps = at > s->now ? 0 : s->idle_steps + 1;
    if (s->idle_steps > IDLE_STEPS_MAX) s->broken = "a deadline that has passed and stays";
    if (!fires) at = until;
    if (at > s->now) s->now = at;
    bonnet_tick(s->bn, s->now);
    stage_pump(s);
    return fires && !s->broken;
}

const struct frame *stage_frame(const struct stage *s)
{
    return s->frames_n > 0 ? &s->frames[s->first] : NULL;
}

void stage_drop(struct stage *s)
{
    s->first = (s->first + 1) % STAGE_FRAMES_MAX;
    s->frames_n--;
}
