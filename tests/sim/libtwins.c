/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I22: two worlds that differ only in what is between the victim and its client look the same to a
 * stranger, frame by frame and instant by instant, whatever he asks: no counter, limit, number or
 * delay tells him of others' connections.
 *
 * He has a host of his own, with a connection to the victim, and sends the same in both worlds:
 * SYNs, strays, echo requests, datagrams, challenges on his own connection, and segments in the
 * client's name, some of them aimed at its connection as well as one can guess. He sees what is
 * addressed to him. In one world the client is silent; in the other it connects, sends, receives,
 * and closes or does not. Each has a listener of its own: a queue that both stand in would tell.
 * The ceilings that all share are not reached: what keeps those from telling is that they are
 * random (RFC 5961 7), which is not a matter of equality.
 */
#include "libforge.h"
#include "libworld.h"

#include <string.h>

#define ROUNDS        40
#define ROUND         (50 * BONNET_MS)
#define FRAMES_MAX    2000 /* at one instant: more is an endless talk */
#define PORT_CLIENT   443
#define PORT_STRANGER 80

enum { LINK_CLIENT = 1, LINK_STRANGER };

struct twin {
    struct world *w;
    struct host victim, client;
    struct bonnet_addr victim_there, stranger, client_addr;
    int listener, stranger_listener, caller, served; /* sockets; -1: none */
    bool is_busy;                                    /* the client talks */
    bool is_known;                                   /* the stranger has a connection; his next: */
    uint32_t seq, ack;
    uint64_t view; /* a hash of all that the stranger has seen */
    uint64_t seen; /* frames */
};

static struct bonnet *make_stack(struct twin *t, struct host *h, uint8_t number)
{
    struct bonnet_config config;
    bonnet_config_init(&config);
    memset(config.seed, number, sizeof config.seed);
    memcpy(config.seed, &t->w->seed, sizeof t->w->seed);
    config.alloc = heap_alloc(&h->heap);
    if (bonnet_new(&config, &h->bn) < 0) world_fail(t->w, "call", "bonnet_new");
    bonnet_tick(h->bn, 0);
    return h->bn;
}

static void add_link(struct twin *t, struct bonnet *bn, struct bonnet_addr addr)
{
    const struct bonnet_if_config config = {.size = sizeof config, .kind = BONNET_IF_IP};
    int ifx = bonnet_if_add(bn, &config);
    if (ifx < 1 || bonnet_if_addr_add(bn, ifx, addr, 24) < 0)
        world_fail(t->w, "call", "interface of a twin");
}

static int make_twin_listener(struct twin *t, uint16_t port)
{
    const struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = port};
    int s = bonnet_socket(t->victim.bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    if (bonnet_bind(t->victim.bn, s, &at) < 0 || bonnet_listen(t->victim.bn, s, 10) < 0)
        world_fail(t->w, "call", "listener of a twin");
    return s;
}

static void make_twin(struct twin *t)
{
    t->victim_there = bonnet_ip4(10, 0, 2, 1);
    t->stranger = bonnet_ip4(10, 0, 2, 2);
    t->client_addr = bonnet_ip4(10, 0, 1, 2);
    t->caller = t->served = -1;
    add_link(t, make_stack(t, &t->victim, 1), bonnet_ip4(10, 0, 1, 1));
    add_link(t, t->victim.bn, t->victim_there);
    add_link(t, make_stack(t, &t->client, 2), t->client_addr);
    t->listener = make_twin_listener(t, PORT_CLIENT);
    t->stranger_listener = make_twin_listener(t, PORT_STRANGER);
}

/* ---- what the stranger sees and says ---- */

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void say(struct twin *t, struct forged *f, struct bonnet_addr from)
{
    uint8_t packet[FORGED_MAX];
    f->from = from;
    f->to = t->victim_there;
    const struct bonnet_rx rx = {.data = packet, .len = forge_packet(f, packet)};
    bonnet_input(t->victim.bn, LINK_STRANGER, &rx);
}

static void say_segment(struct twin *t, uint8_t flags, uint32_t seq, uint32_t ack)
{
    struct forged f = {0};
    forge_tcp(&f, 5000, PORT_STRANGER, flags);
    forge_put32(f.body + 4, seq);
    forge_put32(f.body + 8, ack);
    forge_put16(f.body + 14, 60000);
    say(t, &f, t->stranger);
}

static void see(struct twin *t, const uint8_t *frame, uint32_t len)
{
    t->view ^= t->w->now;
    t->seen++;
    for (uint32_t i = 0; i < len; i++)
        t->view = (t->view ^ frame[i]) * 0x100000001b3u;
    bool is_syn_ack = len >= 40 && frame[9] == 6 && frame[33] == 18;
    if (!is_syn_ack || t->is_known || frame[22] != 5000 >> 8 || frame[23] != (5000 & 255)) return;
    t->is_known = true;
    t->ack = get32(frame + 24) + 1;
    t->seq = get32(frame + 28);
    say_segment(t, 16, t->seq, t->ack);
}

/* Something in his own name, or in the client's. */
static void ask(struct twin *t, struct random *r)
{
    const uint8_t flags[] = {2, 16, 4, 1, 24, 18};
    struct forged f = {0};
    bool is_spoofed = random_chance(r, 50);
    unsigned kind = (unsigned)random_below(r, 6);
    uint16_t sport = is_spoofed ? (uint16_t)random_between(r, 32768, 60999) : 6000;
    if (kind == 0) {
        f.protocol = 1;
        f.body[0] = 8;
        f.len = (uint32_t)random_between(r, 8, 300);
    } else if (kind == 1) {
        f.protocol = 17;
        f.len = 30;
        forge_put16(f.body + 2, PORT_OF_NOBODY);
        forge_put16(f.body + 4, f.len);
    } else {
        const uint16_t listening = is_spoofed ? PORT_CLIENT : PORT_STRANGER;
        forge_tcp(&f, sport, random_chance(r, 50) ? listening : PORT_OF_NOBODY,
                  flags[random_below(r, sizeof flags)]);
        forge_put32(f.body + 4, (uint32_t)random_next(r));
        forge_put32(f.body + 8, (uint32_t)random_next(r));
    }
    /* With the client's own port, if there is a connection: the best that can be guessed. */
    struct bonnet_endpoint me;
    bool aims = is_spoofed && kind > 3 && t->caller >= 0;
    if (aims && bonnet_getsockname(t->client.bn, t->caller, &me) == 0) forge_put16(f.body, me.port);
    say(t, &f, is_spoofed ? t->client_addr : t->stranger);
    if (t->is_known && kind == 5) say_segment(t, 2, t->seq + 5, 0);
}

/* ---- the world of both ---- */

static bool pass_frame(struct twin *t, struct host *from, int ifx)
{
    uint8_t frame[2000];
    struct bonnet_tx tx;
    if (bonnet_output(from->bn, ifx, &tx) != 1) return false;
    int len = bonnet_tx_copy(&tx, frame, sizeof frame);
    if (len < 0) world_fail(t->w, "call", "frame of a twin");
    const struct bonnet_rx rx = {.data = frame, .len = (uint32_t)(len > 0 ? len : 0)};
    bool is_overheard = t->w->sabotage == SABOTAGE_TWIN && from == &t->victim;
    if (len >= 20 && (is_overheard || memcmp(frame + 16, t->stranger.b + 12, 4) == 0))
        see(t, frame, rx.len);
    if (from == &t->client) bonnet_input(t->victim.bn, LINK_CLIENT, &rx);
    if (from == &t->victim && ifx == LINK_CLIENT) bonnet_input(t->client.bn, 1, &rx);
    return true;
}

/* The stranger's link goes first: the order of identifications that two links take is no secret. */
static void settle(struct twin *t)
{
    bonnet_tick(t->victim.bn, t->w->now);
    bonnet_tick(t->client.bn, t->w->now);
    for (unsigned n = 0; n < FRAMES_MAX; n++) {
        if (pass_frame(t, &t->victim, LINK_STRANGER)) continue;
        if (pass_frame(t, &t->victim, LINK_CLIENT)) continue;
        if (!pass_frame(t, &t->client, 1)) return;
    }
    world_fail(t->w, "I22", "twins that never rest");
}

static void act_client(struct twin *t, struct random *r)
{
    static const uint8_t text[3000];
    const struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 1, 1), .port = PORT_CLIENT};
    if (t->served < 0) t->served = bonnet_accept(t->victim.bn, t->listener, NULL);
    if (t->caller < 0 && random_chance(r, 50)) {
        t->caller = bonnet_socket(t->client.bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
        bonnet_connect(t->client.bn, t->caller, &to);
    } else if (t->caller >= 0 && random_chance(r, 5)) {
        bonnet_close(t->client.bn, t->caller);
        if (t->served >= 0) bonnet_close(t->victim.bn, t->served);
        t->caller = t->served = -1;
    } else if (t->caller >= 0) {
        bonnet_send(t->client.bn, t->caller, text, (size_t)random_between(r, 1, 3000), 0);
        if (t->served >= 0) bonnet_send(t->victim.bn, t->served, text, 1000, 0);
    }
}

static void live_twin(struct twin *t)
{
    struct random stranger = {.state = random_mix(t->w->seed + 1)};
    struct random client = {.state = random_mix(t->w->seed + 2)};
    make_twin(t);
    t->w->now = 0;
    say_segment(t, 2, 1000, 0);
    for (unsigned i = 0; i < ROUNDS && !t->w->is_failed; i++) {
        if (t->is_busy) act_client(t, &client);
        settle(t);
        for (uint64_t n = random_below(&stranger, 8); n > 0; n--)
            ask(t, &stranger);
        settle(t);
        t->w->now += ROUND;
    }
    bonnet_free(t->victim.bn);
    bonnet_free(t->client.bn);
}

void twins_run(struct world *w)
{
    struct twin silent = {.w = w}, busy = {.w = w, .is_busy = true};
    live_twin(&silent);
    live_twin(&busy);
    if (silent.seen == 0) world_fail(w, "I22", "the stranger saw nothing at all");
    if (silent.view != busy.view || silent.seen != busy.seen)
        world_fail(w, "I22", "a stranger can tell: %llu frames, or %llu",
                   (unsigned long long)silent.seen, (unsigned long long)busy.seen);
}
