/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and writes ICMP messages (RFC 792), and reads the packet that an error quotes (RFC
 * 1122 3.2.2). Whether an error is to be believed is for ip/ and the transport it concerns: RFC
 * 5927.
 *
 * A quoted packet was ours once, but whoever sent the error wrote it: nothing of it is trusted but
 * the bytes that are there. Routers change total length, TTL and checksum, so these are not
 * checked.
 */
#include "wire/icmp.h"
#include "base/bytes.h"
#include "base/checksum.h"

#define QUOTED_MIN 8 /* bytes of transport header: ports, and TCP's sequence number */

enum bonnet_reason icmp_parse(struct icmp_message *m, const uint8_t *p, uint32_t len)
{
    if (len < ICMP_HEADER) return BONNET_R_ICMP_SHORT;
    if (checksum_finish(checksum_sum(p, len)) != 0) return BONNET_R_ICMP_CHECKSUM;
    m->type = p[0];
    m->code = p[1];
    m->rest = get_u32(p + 4);
    m->body = p + ICMP_HEADER;
    m->body_len = len - ICMP_HEADER;
    return BONNET_R_NONE;
}

void icmp_emit(const struct icmp_message *m, uint8_t p[ICMP_HEADER])
{
    p[0] = m->type;
    p[1] = m->code;
    put_u16(p + 2, 0);
    put_u32(p + 4, m->rest);
    uint32_t body = m->body_len > 0 ? checksum_sum(m->body, m->body_len) : 0;
    put_raw16(p + 2, checksum_finish(checksum_add(checksum_sum(p, ICMP_HEADER), body)));
}

enum bonnet_reason icmp_parse_embedded(struct icmp_embedded *e, const struct icmp_message *m)
{
    if (ip4_parse_quoted(&e->ip, m->body, m->body_len) != BONNET_R_NONE)
        return BONNET_R_ICMP_EMBEDDED;
    if (m->body_len - e->ip.header_len < QUOTED_MIN) return BONNET_R_ICMP_EMBEDDED;
    if (e->ip.fragment_at != 0) return BONNET_R_ICMP_EMBEDDED;
    const uint8_t *quoted = m->body + e->ip.header_len;
    bool tcp = e->ip.protocol == IP_TCP;
    bool ports = tcp || e->ip.protocol == IP_UDP;
    e->sport = ports ? get_u16(quoted) : 0;
    e->dport = ports ? get_u16(quoted + 2) : 0;
    e->seq = tcp ? get_u32(quoted + 4) : 0;
    return BONNET_R_NONE;
}
