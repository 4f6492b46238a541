/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet arrives: is it sound, may it come from there, is it for us, is it whole?
 *
 * bonnet is a host and forwards nothing: what is not for an address of ours, a broadcast of the
 * interface it came in by, or the group of all hosts (RFC 1112 4: every host is a member;
 * memberships of other groups there are none) is dropped in silence. So is a source that no packet
 * on a link may have: "this network", loopback, groups, class E, broadcasts, and our own addresses,
 * which others only pretend to have. Options are ignored, source routes apart:
 *
 * DEVIATION: RFC 1122 3.2.1.8 wants source-routed packets taken; they serve spoofing only, and are
 * dropped.
 *
 * A TTL of 0 is no reason to drop (RFC 1122 3.2.1.7). RFC 791, RFC 1122 3.2.1.
 */
#include "ip/ip.h"

#include <string.h>

#include "ip/pmtu.h"
#include "ip/reass.h"

#define ALL_HOSTS 0xe0000001u /* 224.0.0.1 */

_Static_assert(BONNET_MIB_IpExtInNoECTPkts + IP_ECT_1 == BONNET_MIB_IpExtInECT1Pkts &&
                   BONNET_MIB_IpExtInNoECTPkts + IP_ECT_0 == BONNET_MIB_IpExtInECT0Pkts &&
                   BONNET_MIB_IpExtInNoECTPkts + IP_CE == BONNET_MIB_IpExtInCEPkts,
               "the counters are in the order of the codepoints");

static enum bonnet_reason check_source(const struct ip *ip, int ifx, const struct bonnet_addr *src);
static enum bonnet_reason check_destination(const struct ip *ip, const struct ip_arrival *a,
                                            struct ip_in *in);
static void count_delivery(struct env *e, uint8_t protocol);

enum bonnet_reason ip_input(struct ip *ip, struct env *e, const struct ip_arrival *a,
                            struct ip_in *in)
{
    reass_release(ip, e);
    env_count(e, BONNET_MIB_IpInReceives);
    memset(in, 0, sizeof(*in));
    enum bonnet_reason r = ip4_parse(&in->h, a->packet, a->len);
    if (r == BONNET_R_NONE && in->h.source_routed) r = BONNET_R_IP_OPTIONS;
    if (r != BONNET_R_NONE) {
        env_count(e, BONNET_MIB_IpInHdrErrors);
        return r;
    }
    e->mib[BONNET_MIB_IpExtInNoECTPkts + (in->h.tos & IP_ECN_MASK)]++;
    r = check_source(ip, a->ifx, &in->h.src);
    if (r == BONNET_R_NONE) r = check_destination(ip, a, in);
    if (r != BONNET_R_NONE) {
        env_count(e, BONNET_MIB_IpInAddrErrors);
        return r;
    }
    in->packet = a->packet;
    in->packet_len = in->h.total_len;
    in->text = a->packet + in->h.header_len;
    in->len = (uint32_t)in->h.total_len - in->h.header_len;
    if (in->h.more_fragments || in->h.fragment_at != 0) r = reass_input(ip, e, in);
    if (r == BONNET_R_NONE) count_delivery(e, in->h.protocol);
    return r;
}

static enum bonnet_reason check_source(const struct ip *ip, int ifx, const struct bonnet_addr *src)
{
    bool ok = addr_may_be_source(src) && !ip_is_broadcast(ip, ifx, src) && !ip_is_ours(ip, src);
    return ok ? BONNET_R_NONE : BONNET_R_IP_SOURCE;
}

/* RFC 1122 3.3.6: what came to a link-layer group must be addressed to a group or broadcast. */
static enum bonnet_reason check_destination(const struct ip *ip, const struct ip_arrival *a,
                                            struct ip_in *in)
{
    const struct bonnet_addr *dst = &in->h.dst;
    in->broadcast = ip_is_broadcast(ip, a->ifx, dst) || addr_ip4(dst) == ALL_HOSTS;
    if (in->broadcast) return BONNET_R_NONE;
    if (!ip_is_ours(ip, dst)) return BONNET_R_IP_DESTINATION;
    return a->group ? BONNET_R_FRAME_BROADCAST_UNICAST : BONNET_R_NONE;
}

static void count_delivery(struct env *e, uint8_t protocol)
{
    bool known = protocol == IP_ICMP || protocol == IP_TCP || protocol == IP_UDP;
    env_count(e, known ? BONNET_MIB_IpInDelivers : BONNET_MIB_IpInUnknownProtos);
}

bool ip_tick(struct ip *ip, struct env *e, struct ip_in *about)
{
    if (reass_tick(ip, e, about)) return true;
    pmtu_tick(ip, e);
    return false;
}
