/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the level SOL_SOCKET (socket(7)). */
#include "sock/opts.h"
#include "sock/ports.h"

#define BUFFER_MIN 256u /* bytes: less is no buffer */

/* ---- sharing a port ---- */

static void tell_flow(const struct target *t)
{
    struct stream *s = sock_stream(t->sock);
    if (s) port_flow_reuse(t->bn, stream_flow(s), t->sock);
}

static int get_reuseaddr(const struct target *t, union value *v)
{
    v->number = t->sock->reuseaddr;
    return 0;
}

static int set_reuseaddr(const struct target *t, const union value *v)
{
    t->sock->reuseaddr = v->number;
    tell_flow(t);
    return 0;
}

static int get_reuseport(const struct target *t, union value *v)
{
    v->number = t->sock->reuseport;
    return 0;
}

static int set_reuseport(const struct target *t, const union value *v)
{
    t->sock->reuseport = v->number;
    tell_flow(t);
    return 0;
}

static int get_device(const struct target *t, union value *v)
{
    v->number = t->sock->device;
    return 0;
}

static struct port_bind *bind_of(const struct target *t)
{
    if (sock_stream(t->sock)) return sock_stream(t->sock)->bind;
    if (sock_listener(t->sock)) return sock_listener(t->sock)->bind;
    return sock_dgram(t->sock)->bind;
}

static int set_device(const struct target *t, const union value *v)
{
    if (v->number && !link_if(&t->bn->link, v->number)) return -ENODEV;
    t->sock->device = (uint8_t)v->number;
    if (bind_of(t)) bind_of(t)->device = t->sock->device;
    return 0;
}

/* ---- the end, and the life ---- */

static int get_linger(const struct target *t, union value *v)
{
    int on = t->sock->linger_s >= 0;
    v->linger = (struct bonnet_linger){on, on ? t->sock->linger_s : 0};
    return 0;
}

/* A time that no clock can count, or negative, is as long as can be (Linux). */
static int set_linger(const struct target *t, const union value *v)
{
    int32_t s = v->linger.linger;
    if (s < 0 || s > INT16_MAX) s = INT16_MAX;
    t->sock->linger_s = v->linger.onoff ? (int16_t)s : -1;
    return 0;
}

static int get_keepalive(const struct target *t, union value *v)
{
    v->number = t->set->keepalive;
    return 0;
}

static int set_keepalive(const struct target *t, const union value *v)
{
    t->set->keepalive = v->number;
    option_apply(t);
    return 0;
}

/* ---- buffers ---- */

static uint32_t buffer(int32_t wanted, uint32_t most)
{
    uint32_t n = (uint32_t)wanted < BUFFER_MIN ? BUFFER_MIN : (uint32_t)wanted;
    return n < most ? n : most;
}

static int get_rcvbuf(const struct target *t, union value *v)
{
    v->number = (int32_t)(t->set ? t->set->rcvbuf : sock_dgram(t->sock)->udp.rcvbuf);
    return 0;
}

static int set_rcvbuf(const struct target *t, const union value *v)
{
    uint32_t n = buffer(v->number, t->bn->env.limits.rcvbuf_max);
    if (!t->set) {
        sock_dgram(t->sock)->udp.rcvbuf = n;
        return 0;
    }
    t->set->rcvbuf = n;
    t->set->rcvbuf_locked = true;
    option_apply(t);
    return 0;
}

static int get_sndbuf(const struct target *t, union value *v)
{
    v->number = (int32_t)(t->set ? t->set->sndbuf : sock_dgram(t->sock)->udp.sndbuf);
    return 0;
}

static int set_sndbuf(const struct target *t, const union value *v)
{
    uint32_t n = buffer(v->number, t->bn->env.limits.sndbuf_max);
    if (t->set)
        t->set->sndbuf = n;
    else
        sock_dgram(t->sock)->udp.sndbuf = n;
    option_wake(t);
    return 0;
}

static int get_rcvlowat(const struct target *t, union value *v)
{
    v->number = (int32_t)t->sock->rcvlowat;
    return 0;
}

static int set_rcvlowat(const struct target *t, const union value *v)
{
    t->sock->rcvlowat = v->number ? (uint32_t)v->number : 1;
    const struct stream *s = sock_stream(t->sock);
    if (s && s->tcp.in.len > 0) sock_wake(t->bn, t->sock); /* it may be enough now */
    return 0;
}

/* ---- time ---- */

static uint32_t in_ms(uint64_t ns)
{
    uint64_t ms = ns / BONNET_MS + (ns % BONNET_MS != 0);
    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static int get_rcvtimeo(const struct target *t, union value *v)
{
    v->ns = timeouts_get(t->bn, t->sock).recv_ms * BONNET_MS;
    return 0;
}

static int set_rcvtimeo(const struct target *t, const union value *v)
{
    return timeouts_set(t->bn, t->sock, in_ms(v->ns), timeouts_get(t->bn, t->sock).send_ms);
}

static int get_sndtimeo(const struct target *t, union value *v)
{
    v->ns = timeouts_get(t->bn, t->sock).send_ms * BONNET_MS;
    return 0;
}

static int set_sndtimeo(const struct target *t, const union value *v)
{
    return timeouts_set(t->bn, t->sock, timeouts_get(t->bn, t->sock).recv_ms, in_ms(v->ns));
}

/* ---- what it is ---- */

/* Linux: the error that ended it, else one that ICMP reported and that ended nothing; once. */
static int get_error(const struct target *t, union value *v)
{
    v->number = 0;
    if (sock_dgram(t->sock)) {
        v->number = sock_dgram(t->sock)->error;
        sock_dgram(t->sock)->error = 0;
    } else if (sock_stream(t->sock)) {
        struct tcp_conn *c = &sock_stream(t->sock)->tcp;
        int16_t *error = c->error ? &c->error : &c->soft_error;
        v->number = *error;
        *error = 0;
    }
    return 0;
}

static int get_type(const struct target *t, union value *v)
{
    v->number = t->set ? BONNET_SOCK_STREAM : BONNET_SOCK_DGRAM;
    return 0;
}

static int get_domain(const struct target *t, union value *v)
{
    v->number = t->sock->ip6 ? BONNET_AF_INET6 : BONNET_AF_INET;
    return 0;
}

static int get_protocol(const struct target *t, union value *v)
{
    v->number = t->set ? IP_TCP : IP_UDP;
    return 0;
}

static int get_acceptconn(const struct target *t, union value *v)
{
    v->number = sock_listener(t->sock) != NULL;
    return 0;
}

static int get_broadcast(const struct target *t, union value *v)
{
    v->number = t->sock->broadcast;
    return 0;
}

static int set_broadcast(const struct target *t, const union value *v)
{
    t->sock->broadcast = v->number;
    return 0;
}

/* RFC 6093: urgent data is always in line. */
static int get_oobinline(const struct target *t, union value *v)
{
    (void)t;
    v->number = 1;
    return 0;
}

static int set_oobinline(const struct target *t, const union value *v)
{
    (void)t;
    return v->number ? 0 : -EINVAL;
}

const struct option opts_socket[] = {
    {BONNET_SO_REUSEADDR, FOR_ALL, SHAPE_BOOL, get_reuseaddr, set_reuseaddr, 0, 0},
    {BONNET_SO_REUSEPORT, FOR_ALL, SHAPE_BOOL, get_reuseport, set_reuseport, 0, 0},
    {BONNET_SO_LINGER, FOR_ALL, SHAPE_LINGER, get_linger, set_linger, 0, 0},
    {BONNET_SO_KEEPALIVE, FOR_TCP, SHAPE_BOOL, get_keepalive, set_keepalive, 0, 0},
    {BONNET_SO_RCVBUF, FOR_ALL, SHAPE_INT, get_rcvbuf, set_rcvbuf, 0, INT32_MAX},
    {BONNET_SO_SNDBUF, FOR_ALL, SHAPE_INT, get_sndbuf, set_sndbuf, 0, INT32_MAX},
    {BONNET_SO_RCVTIMEO, FOR_ALL, SHAPE_TIME, get_rcvtimeo, set_rcvtimeo, 0, 0},
    {BONNET_SO_SNDTIMEO, FOR_ALL, SHAPE_TIME, get_sndtimeo, set_sndtimeo, 0, 0},
    {BONNET_SO_RCVLOWAT, FOR_ALL, SHAPE_INT, get_rcvlowat, set_rcvlowat, 0, INT32_MAX},
    {BONNET_SO_ERROR, FOR_ALL, SHAPE_INT, get_error, NULL, 0, 0},
    {BONNET_SO_TYPE, FOR_ALL, SHAPE_INT, get_type, NULL, 0, 0},
    {BONNET_SO_DOMAIN, FOR_ALL, SHAPE_INT, get_domain, NULL, 0, 0},
    {BONNET_SO_PROTOCOL, FOR_ALL, SHAPE_INT, get_protocol, NULL, 0, 0},
    {BONNET_SO_ACCEPTCONN, FOR_ALL, SHAPE_INT, get_acceptconn, NULL, 0, 0},
    {BONNET_SO_BINDTODEVICE, FOR_ALL, SHAPE_INT, get_device, set_device, 0, INT32_MAX},
    {BONNET_SO_BROADCAST, FOR_DGRAMS, SHAPE_BOOL, get_broadcast, set_broadcast, 0, 0},
    {BONNET_SO_OOBINLINE, FOR_TCP, SHAPE_BOOL, get_oobinline, set_oobinline, 0, 0},
    {0, 0, 0, NULL, NULL, 0, 0},
};
