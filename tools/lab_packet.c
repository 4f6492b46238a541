/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet in tcpdump's words: names of hosts for addresses, numbers relative to the beginning of
 * the connection.
 *
 * Ports are left out where a scenario opens one connection only: there they tell nothing apart, and
 * an ephemeral one is different with each seed. A host with several addresses appears with the one
 * that is meant.
 */
#include "lab.h"

#include <bonnet/netif.h>
#include <string.h>

enum { LINE_MAX_BYTES = 512 };

static unsigned connects_of_line(const struct lab_line *line)
{
    unsigned n = 0;
    for (unsigned i = 0; i < line->steps_n; i++)
        n += line->steps[i].call == LAB_CONNECT;
    return line->kind == LAB_LINE_REPEAT ? 2 * n : n;
}

static unsigned connects_of(const struct lab_line *lines, unsigned n)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++) {
        sum += connects_of_line(&lines[i]) + connects_of(lines[i].inner, lines[i].inner_n);
        if (lines[i].kind == LAB_LINE_FORGE && !lines[i].forgery.in_flow) sum += 2;
    }
    return sum;
}

bool show_needs_ports(const struct scenario *s)
{
    return connects_of(s->lines, s->lines_n) > 1;
}

/* The name of the host with that address, if it has no other; else NULL. */
static const char *name_of(const struct scenario *s, const struct bonnet_endpoint *e)
{
    for (unsigned i = 0; i < s->hosts_n; i++) {
        const struct lab_host *host = &s->hosts[i];
        if (host->addrs_n == 1 && bonnet_addr_equal(host->addrs[0], e->addr)) return host->name;
    }
    return NULL;
}

static void add_end(struct text *t, const char *name, const struct bonnet_endpoint *e)
{
    char addr[BONNET_ADDR_TEXT];
    text_add(t, name ? name : bonnet_addr_print(e->addr, addr));
}

void show_add_packet(struct text *t, const struct lab_event *e, bool ports, bool options)
{
    const struct bonnet_packet *packet = e->wire.packet;
    bool bare = packet->kind == BONNET_PACKET_TCP && !ports;
    struct bonnet_packet_style style = {
        .relative = true,
        .seq_base = e->wire.seq_base,
        .ack_base = e->wire.ack_base,
        .no_options = !options,
        .no_addresses = bare,
        .from = name_of(e->scenario, &packet->from),
        .to = name_of(e->scenario, &packet->to),
    };
    char line[LINE_MAX_BYTES];
    bonnet_packet_print(packet, &style, line, sizeof(line));
    if (bare) {
        add_end(t, style.from, &packet->from);
        text_add(t, " > ");
        add_end(t, style.to, &packet->to);
        text_add(t, ": ");
    }
    text_add(t, strncmp(line, "IP ", 3) == 0 ? line + 3 : line);
}

const char *show_fate_name(enum lab_fate fate)
{
    switch (fate) {
    case LAB_FATE_PASSES: return "passes";
    case LAB_FATE_LOST: return "lost";
    case LAB_FATE_CUT: return "cut";
    case LAB_FATE_DROPPED: return "dropped";
    case LAB_FATE_CORRUPTED: return "corrupted";
    case LAB_FATE_DUPLICATED: return "duplicated";
    case LAB_FATE_HELD: return "held";
    case LAB_FATE_FORGED: return "forged";
    }
    return "unknown";
}

/* What each connection does all day. */
bool show_reason_is_ordinary(int reason)
{
    static const int ordinary[] = {
        BONNET_R_NONE,           BONNET_R_SEND_DATA,        BONNET_R_SEND_SYN,
        BONNET_R_SEND_SYN_ACK,   BONNET_R_SEND_FIN,         BONNET_R_SEND_ACK_NOW,
        BONNET_R_SEND_DATAGRAM,  BONNET_R_SEND_ACK_DELAYED, BONNET_R_SEND_ARP_REQUEST,
        BONNET_R_SEND_ARP_REPLY,
    };
    for (size_t i = 0; i < sizeof(ordinary) / sizeof(ordinary[0]); i++)
        if (ordinary[i] == reason) return true;
    return false;
}
