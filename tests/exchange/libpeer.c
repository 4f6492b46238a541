/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peer's side of a connection.
 *
 * A script says which sequence numbers and timestamps the stack sends; the real ones are random.
 * They are matched when the stack's SYN is seen, and with each timestamp. An answer to a SYN with
 * another number than the last begins a new connection on the same ports, for which the stack
 * chooses anew; otherwise its SYN must not change when it is repeated.
 *
 * Text has its place written in it, so that an octet that is lost, doubled or moved is seen.
 */
#include "librun.h"

#include <stddef.h>
#include <string.h>

#define STACK_PORT      8080
#define FIRST_PEER_PORT 40000

uint8_t octet_at(uint64_t place)
{
    return (uint8_t)(place * 31 + (place >> 8) + 1);
}

static struct peer *peer_new(struct run *r, uint16_t port, uint16_t stack_port)
{
    if (r->peers_n == PEERS_MAX) return NULL;
    struct peer *peer = &r->peers[r->peers_n++];
    *peer = (struct peer){.port = port, .stack_port = stack_port};
    return peer;
}

static struct peer *peer_with_ports(struct run *r, uint16_t port, uint16_t stack_port)
{
    for (unsigned i = 0; i < r->peers_n; i++)
        if (r->peers[i].port == port && r->peers[i].stack_port == stack_port) return &r->peers[i];
    return peer_new(r, port, stack_port);
}

struct peer *peer_of(struct run *r, const struct packet *p)
{
    bool is_in = r->event->kind == EVENT_IN;
    if (p->from) return peer_with_ports(r, is_in ? p->from : p->to, is_in ? p->to : p->from);
    if (!r->peer) r->peer = peer_new(r, (uint16_t)(FIRST_PEER_PORT + r->peers_n), STACK_PORT);
    return r->peer;
}

/* ---- from the script to the stack ---- */

static void note_isn(struct peer *peer, const struct packet *p)
{
    if (!(p->flags & PACKET_SYN) || peer->has_isn) return;
    peer->has_isn = true;
    peer->isn = p->seq;
}

/* The newest timestamp of the stack that the script calls so; as it is, if there is none. */
static uint32_t real_stamp(const struct peer *peer, uint32_t script)
{
    for (unsigned i = peer->stamps_n; i-- > 0;)
        if (peer->stamps[i].script == script) return peer->stamps[i].real;
    return script;
}

static void shift_blocks(struct peer *peer, struct packet *p)
{
    uint8_t *blocks = packet_option(p, PACKET_OPTION_SACK);
    for (unsigned i = 2; blocks && i < blocks[1]; i += 4)
        packet_put32(blocks + i, packet_get32(blocks + i) + peer->shift);
}

void peer_prepare(struct peer *peer, struct packet *p, uint8_t *text)
{
    p->from = peer->port;
    p->to = peer->stack_port;
    note_isn(peer, p);
    for (uint32_t i = 0; i < p->len; i++)
        text[i] = octet_at(p->seq + (p->flags & PACKET_SYN ? 1 : 0) + i - peer->isn - 1);
    if (peer->has_stack_isn && p->flags & PACKET_ACK) p->ack += peer->shift;
    if (peer->has_stack_isn) shift_blocks(peer, p);
    uint8_t *stamps = packet_option(p, PACKET_OPTION_TS);
    if (stamps) packet_put32(stamps + 6, real_stamp(peer, packet_get32(stamps + 6)));
}

/* ---- from the stack to the script ---- */

static void note_stack_isn(struct peer *peer, const struct packet *want, const struct packet *got)
{
    if (!(got->flags & PACKET_SYN)) return;
    bool is_answer = got->flags & PACKET_ACK;
    bool is_anew = is_answer && peer->has_answer && got->ack - 1 != peer->isn;
    peer->has_answer |= is_answer;
    if (is_answer) peer->isn = got->ack - 1;
    if (peer->has_stack_isn && !is_anew) return;
    peer->has_stack_isn = true;
    peer->stack_isn = got->seq;
    peer->shift = got->seq - want->seq;
}

static void translate_stamp(struct peer *peer, const struct packet *want, struct packet *got)
{
    struct packet copy = *want;
    uint8_t *wanted = packet_option(&copy, PACKET_OPTION_TS);
    uint8_t *stamp = packet_option(got, PACKET_OPTION_TS);
    if (!wanted || !stamp) return;
    if (peer->stamps_n == STAMPS_MAX)
        memmove(peer->stamps, peer->stamps + 1, --peer->stamps_n * sizeof peer->stamps[0]);
    peer->stamps[peer->stamps_n].script = packet_get32(wanted + 2);
    peer->stamps[peer->stamps_n++].real = packet_get32(stamp + 2);
    memcpy(stamp + 2, wanted + 2, 4);
}

void peer_translate(struct peer *peer, const struct packet *want, struct packet *got)
{
    if (!peer->stack_port) peer->stack_port = got->from;
    note_stack_isn(peer, want, got);
    if (peer->has_stack_isn) got->seq -= peer->shift;
    translate_stamp(peer, want, got);
    if (got->from != peer->stack_port || got->to != peer->port || want->from) return;
    got->from = got->to = 0; /* as the script, which does not name them */
}

bool peer_text_is_right(const struct peer *peer, const struct packet *got, const uint8_t *text)
{
    uint32_t place = got->seq + peer->shift - peer->stack_isn - 1;
    for (uint32_t i = 0; i < got->len; i++)
        if (text[i] != octet_at(place + i)) return false;
    return true;
}

const char *peer_difference(const struct packet *want, const struct packet *got)
{
    if (got->from != want->from || got->to != want->to) return "ports";
    if (got->flags != want->flags) return "flags";
    if (want->has_ecn && got->ecn != want->ecn) return "ECN field";
    if (got->seq != want->seq) return "sequence number";
    if (got->len != want->len) return "length";
    if (want->flags & PACKET_ACK && got->ack != want->ack) return "acknowledgment";
    if (want->has_win && got->win != want->win) return "window";
    if (got->urg != want->urg) return "urgent pointer";
    if (want->any_options) return NULL;
    if (got->options_n != want->options_n) return "options";
    return memcmp(got->options, want->options, want->options_n) ? "options" : NULL;
}
