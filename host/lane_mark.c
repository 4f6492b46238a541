/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mark by which a router says that its queue is long (RFC 3168 5), on IPv4. Whether it is long
 * lane.c decides; what is no IPv4 packet, or does not allow it, stays as it is.
 */
#include "lane.h"

#define IP4_HEADER 20u
#define ECN_MASK   3u
#define CE         3u

static bool is_ip4(const uint8_t *frame, uint32_t len, uint32_t ip_at)
{
    if (len < ip_at + IP4_HEADER || frame[ip_at] >> 4 != 4) return false;
    return ip_at == 0 || (frame[ip_at - 2] == 0x08 && frame[ip_at - 1] == 0x00); /* EtherType */
}

/* RFC 1624 3: the checksum follows the one word that has grown. */
static void grow_checksum(uint8_t *at, unsigned by)
{
    uint32_t sum = (~((uint32_t)at[0] << 8 | at[1]) & 0xffff) + by;
    sum = ~((sum & 0xffff) + (sum >> 16));
    at[0] = (uint8_t)(sum >> 8);
    at[1] = (uint8_t)sum;
}

bool lane_mark(uint8_t *frame, uint32_t len, uint32_t ip_at)
{
    if (!is_ip4(frame, len, ip_at)) return false;
    uint8_t *ip = frame + ip_at;
    unsigned before = ip[1] & ECN_MASK;
    if (before == 0 || before == CE) return false;
    ip[1] |= CE;
    grow_checksum(ip + 10, CE - before);
    return true;
}
