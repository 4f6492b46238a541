/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP (RFC 792, RFC 1122 3.2.2): what is believed of what arrives, and when an error may be sent.
 *
 * Taken are echo requests and the three errors that matter to transports. An error is believed so
 * far that it quotes a packet whose source is an address of ours and is the address the error came
 * to; whether that packet was ever sent, the transport checks (RFC 5927 4). Errors are named as
 * Linux names them for programs. Redirects and source quench are not obeyed (RFC 5927, RFC 6633);
 * replies, timestamps and masks nobody here has asked for, and none is answered.
 *
 * Errors sent are limited for all peers together, by tokens dealt out once a second. How many is
 * drawn anew each time, a quarter up or down, so that a stranger who uses them up learns nothing
 * from when they end (SAD DNS, CVE-2020-25705).
 */
#include "ip/ip.h"

#include <errno.h>

#ifndef ENONET
#define ENONET EHOSTUNREACH
#endif

#define REFILL_INTERVAL    BONNET_S
#define ICMP_TIMESTAMP     13 /* to 18: queries and replies, which are no errors */
#define ICMP_ADDRESS_REPLY 18

static enum bonnet_reason take(const struct ip *ip, const struct ip_in *in, struct icmp_in *out);
static enum bonnet_reason take_error(const struct ip *ip, const struct ip_in *in,
                                     struct icmp_in *out);
static bool name_error(struct icmp_error *error);
static void count(struct env *e, uint8_t type);
static bool is_about_error(const struct ip_in *about);
static bool take_token(struct ip *ip, struct env *e);

enum bonnet_reason icmp_input(const struct ip *ip, struct env *e, const struct ip_in *in,
                              struct icmp_in *out)
{
    env_count(e, BONNET_MIB_IcmpInMsgs);
    enum bonnet_reason r = icmp_parse(&out->m, in->text, in->len);
    if (r == BONNET_R_NONE) {
        count(e, out->m.type);
        r = take(ip, in, out);
    }
    if (r == BONNET_R_ICMP_CHECKSUM) env_count(e, BONNET_MIB_IcmpInCsumErrors);
    if (r == BONNET_R_ICMP_CHECKSUM || r == BONNET_R_ICMP_SHORT || r == BONNET_R_ICMP_EMBEDDED)
        env_count(e, BONNET_MIB_IcmpInErrors);
    return r;
}

static void count(struct env *e, uint8_t type)
{
    if (type == ICMP_ECHO) env_count(e, BONNET_MIB_IcmpInEchos);
    if (type == ICMP_UNREACHABLE) env_count(e, BONNET_MIB_IcmpInDestUnreachs);
    if (type == ICMP_TIME_EXCEEDED) env_count(e, BONNET_MIB_IcmpInTimeExcds);
    if (type == ICMP_PARAMETER_PROBLEM) env_count(e, BONNET_MIB_IcmpInParmProbs);
}

static enum bonnet_reason take(const struct ip *ip, const struct ip_in *in, struct icmp_in *out)
{
    switch (out->m.type) {
    case ICMP_ECHO:
        out->what = ICMP_IN_ECHO;
        return in->broadcast ? BONNET_R_ICMP_BROADCAST : BONNET_R_NONE;
    case ICMP_UNREACHABLE:
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETER_PROBLEM: return take_error(ip, in, out);
    case ICMP_SOURCE_QUENCH: return BONNET_R_ICMP_SOURCE_QUENCH;
    case ICMP_REDIRECT: return BONNET_R_ICMP_REDIRECT;
    }
    return BONNET_R_ICMP_TYPE;
}

static enum bonnet_reason take_error(const struct ip *ip, const struct ip_in *in,
                                     struct icmp_in *out)
{
    struct icmp_embedded quoted;
    enum bonnet_reason r = icmp_parse_embedded(&quoted, &out->m);
    if (r != BONNET_R_NONE) return r;
    if (!ip_is_ours(ip, &quoted.ip.src) || !addr_eq(&quoted.ip.src, &in->h.dst))
        return BONNET_R_ICMP_EMBEDDED;
    out->what = ICMP_IN_ERROR;
    out->error = (struct icmp_error){
        .local = quoted.ip.src,
        .remote = quoted.ip.dst,
        .from = in->h.src,
        .protocol = quoted.ip.protocol,
        .lport = quoted.sport,
        .rport = quoted.dport,
        .seq = quoted.seq,
        .type = out->m.type,
        .code = out->m.code,
        .sent_len = quoted.ip.total_len,
    };
    if (!name_error(&out->error)) return BONNET_R_ICMP_TYPE;
    if (out->error.error == EMSGSIZE) out->error.mtu = (uint16_t)out->m.rest;
    return BONNET_R_NONE;
}

/* Linux' icmp_err_convert: by the code of an unreachable; false: there is no such code. */
static bool name_error(struct icmp_error *error)
{
    static const struct {
        int error;
        bool hard;
    } unreachable[] = {
        {ENETUNREACH, false},  {EHOSTUNREACH, false}, {ENOPROTOOPT, true},  {ECONNREFUSED, true},
        {EMSGSIZE, false},     {EOPNOTSUPP, false},   {ENETUNREACH, true},  {EHOSTDOWN, true},
        {ENONET, true},        {ENETUNREACH, true},   {EHOSTUNREACH, true}, {ENETUNREACH, false},
        {EHOSTUNREACH, false}, {EHOSTUNREACH, true},  {EHOSTUNREACH, true}, {EHOSTUNREACH, true},
    };
    if (error->type != ICMP_UNREACHABLE) {
        error->hard = error->type == ICMP_PARAMETER_PROBLEM;
        error->error = error->hard ? EPROTO : EHOSTUNREACH;
        return true;
    }
    if (error->code >= sizeof(unreachable) / sizeof(unreachable[0])) return false;
    error->error = unreachable[error->code].error;
    error->hard = unreachable[error->code].hard;
    return true;
}

enum bonnet_reason icmp_may_send_error(struct ip *ip, struct env *e, const struct ip_in *about)
{
    if (about->broadcast || about->h.fragment_at != 0) return BONNET_R_ICMP_FORBIDDEN;
    if (!addr_may_be_source(&about->h.src) || is_about_error(about)) return BONNET_R_ICMP_FORBIDDEN;
    return take_token(ip, e) ? BONNET_R_NONE : BONNET_R_ICMP_RATE;
}

/* Is it an ICMP message other than a query or a reply, or one whose type cannot be seen? */
static bool is_about_error(const struct ip_in *about)
{
    if (about->h.protocol != IP_ICMP) return false;
    if (about->len == 0) return true;
    uint8_t type = about->text[0];
    bool query = type == ICMP_ECHO || type == ICMP_ECHO_REPLY ||
                 (type >= ICMP_TIMESTAMP && type <= ICMP_ADDRESS_REPLY);
    return !query;
}

static bool take_token(struct ip *ip, struct env *e)
{
    if (e->now >= ip->icmp_refill_at) {
        uint32_t usual = e->limits.icmp_errors_per_s;
        uint32_t quarter = usual / 4;
        uint64_t tokens = (uint64_t)usual - quarter + rng_below(&e->rng, 2 * quarter + 1);
        ip->icmp_tokens = tokens < UINT32_MAX ? (uint32_t)tokens : UINT32_MAX;
        ip->icmp_refill_at = e->now + REFILL_INTERVAL;
    }
    if (ip->icmp_tokens == 0) return false;
    ip->icmp_tokens--;
    return true;
}
