/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets for people: any frame of either kind of interface is read without a step beyond its end,
 * what is said to lie in it does, and its line has one length, whatever the room for it.
 */
#include "bonnet/packet.h"
#include "libfuzz.h"

static void promises(const struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    const uint8_t *text = k->text;
    check(!text || (text >= p && text <= p + len));
    check(!text || k->is_cut || k->text_len <= len - (uint32_t)(text - p));
    check(k->text_there <= k->text_len);
    check(k->text_there == 0 || k->text_there <= len - (uint32_t)(text - p));
    check(k->sacks_n <= BONNET_PACKET_SACKS_MAX && k->options_n <= BONNET_PACKET_OPTIONS_MAX);
    check(k->flaw != BONNET_FLAW_CUT || k->is_cut);
}

static void print(const struct bonnet_packet *k, const struct bonnet_packet_style *style)
{
    size_t n = bonnet_packet_print(k, style, NULL, 0);
    for (size_t max = 1; max <= n + 1; max += n) {
        char *line = malloc(max);
        check(line != NULL);
        check(bonnet_packet_print(k, style, line, max) == n);
        check(strlen(line) == max - 1);
        free(line);
        if (n == 0) return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct bonnet_packet_style style = {
        .relative = true, .seq_base = 1, .ack_base = 2, .no_addresses = true};
    for (int kind = BONNET_IF_ETHERNET; kind <= BONNET_IF_IP; kind++) {
        struct bonnet_packet k;
        bonnet_packet_parse_front((enum bonnet_if_kind)kind, data, (uint32_t)size,
                                  (uint32_t)size + 1000, &k);
        promises(&k, data, (uint32_t)size);
        print(&k, &style);
        bonnet_packet_parse((enum bonnet_if_kind)kind, data, (uint32_t)size, &k);
        promises(&k, data, (uint32_t)size);
        print(&k, NULL);
        print(&k, &style);
    }
    return 0;
}
