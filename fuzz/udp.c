/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP datagrams: text lies within the packet, and a header written from the value is read as the
 * same value. Inputs go in twice, as they are and with the checksum vouched for.
 */
#include "wire/udp.h"
#include "libfuzz.h"

static void parse(const uint8_t *p, uint32_t len, bool checksum_good)
{
    const struct bonnet_addr src = bonnet_ip4(10, 0, 0, 1), dst = bonnet_ip4(10, 0, 0, 2);
    const struct udp_from_to ft = {&src, &dst, checksum_good}, checked = {&src, &dst, false};
    struct udp_datagram d, back;
    if (udp_parse(&d, p, len, &ft) != BONNET_R_NONE) return;
    check(d.text == p + UDP_HEADER && d.len <= len - UDP_HEADER);
    check(d.dport != 0);
    uint8_t *copy = malloc(UDP_HEADER + d.len);
    check(copy != NULL);
    memcpy(copy, p, UDP_HEADER + d.len);
    d.text = copy + UDP_HEADER;
    udp_emit(&d, &ft, copy);
    check((copy[6] | copy[7]) != 0);
    check(udp_parse(&back, copy, UDP_HEADER + d.len, &checked) == BONNET_R_NONE);
    check(back.sport == d.sport && back.dport == d.dport && back.len == d.len);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse(data, (uint32_t)size, false);
    parse(data, (uint32_t)size, true);
    return 0;
}
