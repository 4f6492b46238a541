/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the level IPPROTO_IP (ip(7)). */
#include "sock/opts.h"

#define TTL_DEFAULT 64
#define ECN_BITS    3u

static int get_ttl(const struct target *t, union value *v)
{
    v->number = t->sock->ttl ? t->sock->ttl : TTL_DEFAULT;
    return 0;
}

static int set_ttl(const struct target *t, const union value *v)
{
    if (v->number == 0) return -EINVAL;
    t->sock->ttl = v->number < 0 ? 0 : (uint8_t)v->number;
    return 0;
}

static int get_tos(const struct target *t, union value *v)
{
    v->number = t->sock->tos;
    return 0;
}

/* Linux: the ECN bits of a stream are TCP's own. */
static int set_tos(const struct target *t, const union value *v)
{
    uint32_t mask = t->set ? 0xffu & ~ECN_BITS : 0xffu;
    t->sock->tos = (uint8_t)((uint32_t)v->number & mask);
    return 0;
}

static int mtu_of_dgram(const struct target *t, union value *v)
{
    struct path path;
    const struct dgram *d = sock_dgram(t->sock);
    if (d->talker.flow.rport == 0) return -ENOTCONN;
    if (dgram_route(t->bn, d, &d->talker.flow.raddr, &path) < 0) return -ENOTCONN;
    const struct netif *n = link_if(&t->bn->link, path.ifx);
    v->number = path.mtu && path.mtu < n->mtu ? path.mtu : n->mtu;
    return 0;
}

static int get_mtu(const struct target *t, union value *v)
{
    const struct stream *s = sock_stream(t->sock);
    if (!s) return mtu_of_dgram(t, v);
    if (s->tcp.state == BONNET_CLOSED || s->tcp.state == BONNET_TIME_WAIT) return -ENOTCONN;
    v->number = s->tcp.path_mtu;
    return 0;
}

static int get_mtu_discover(const struct target *t, union value *v)
{
    v->number = t->sock->pmtudisc;
    return 0;
}

static int set_mtu_discover(const struct target *t, const union value *v)
{
    t->sock->pmtudisc = (uint32_t)v->number & 3u;
    return 0;
}

static int get_recverr(const struct target *t, union value *v)
{
    v->number = t->sock->recverr;
    return 0;
}

static int set_recverr(const struct target *t, const union value *v)
{
    t->sock->recverr = v->number;
    return 0;
}

const struct option opts_ip[] = {
    {BONNET_IP_TTL, FOR_ALL, SHAPE_INT, get_ttl, set_ttl, -1, 255},
    {BONNET_IP_TOS, FOR_ALL, SHAPE_INT, get_tos, set_tos, 0, 255},
    {BONNET_IP_MTU, FOR_STREAMS | FOR_DGRAMS, SHAPE_INT, get_mtu, NULL, 0, 0},
    {BONNET_IP_MTU_DISCOVER, FOR_ALL, SHAPE_INT, get_mtu_discover, set_mtu_discover,
     BONNET_PMTUDISC_DONT, BONNET_PMTUDISC_DO},
    {BONNET_IP_RECVERR, FOR_DGRAMS, SHAPE_BOOL, get_recverr, set_recverr, 0, 0},
    {0, 0, 0, NULL, NULL, 0, 0},
};
