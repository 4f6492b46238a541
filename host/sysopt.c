/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setsockopt(2) and getsockopt(2): the system's levels, names and shapes of values over bonnet's
 * one flat space of options.
 *
 * One table says which option is which and how its value looks; what is not in it is ENOPROTOOPT.
 * SO_BINDTODEVICE is not: a stack's interfaces are numbers, and their names their host's.
 * Lengths are Linux': a short int is EINVAL when set and cut off when read, options of IPPROTO_IP
 * may be single bytes, and *n becomes what was written.
 */
#define _GNU_SOURCE
#include <bonnet/host.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

enum shape {
    SHAPE_INT,
    SHAPE_BYTE, /* an int that may be given as one byte */
    SHAPE_LINGER,
    SHAPE_TIMEVAL, /* nanoseconds in the core */
    SHAPE_TEXT,
    SHAPE_INFO, /* struct tcp_info, to read only */
};

struct option {
    int level, name;
    int option; /* enum bonnet_option */
    enum shape shape;
};

static const struct option options[] = {
    {SOL_SOCKET, SO_REUSEADDR, BONNET_SO_REUSEADDR, SHAPE_INT},
    {SOL_SOCKET, SO_REUSEPORT, BONNET_SO_REUSEPORT, SHAPE_INT},
    {SOL_SOCKET, SO_LINGER, BONNET_SO_LINGER, SHAPE_LINGER},
    {SOL_SOCKET, SO_KEEPALIVE, BONNET_SO_KEEPALIVE, SHAPE_INT},
    {SOL_SOCKET, SO_RCVBUF, BONNET_SO_RCVBUF, SHAPE_INT},
    {SOL_SOCKET, SO_SNDBUF, BONNET_SO_SNDBUF, SHAPE_INT},
    {SOL_SOCKET, SO_RCVTIMEO, BONNET_SO_RCVTIMEO, SHAPE_TIMEVAL},
    {SOL_SOCKET, SO_SNDTIMEO, BONNET_SO_SNDTIMEO, SHAPE_TIMEVAL},
    {SOL_SOCKET, SO_RCVLOWAT, BONNET_SO_RCVLOWAT, SHAPE_INT},
    {SOL_SOCKET, SO_ERROR, BONNET_SO_ERROR, SHAPE_INT},
    {SOL_SOCKET, SO_TYPE, BONNET_SO_TYPE, SHAPE_INT},
    {SOL_SOCKET, SO_DOMAIN, BONNET_SO_DOMAIN, SHAPE_INT},
    {SOL_SOCKET, SO_PROTOCOL, BONNET_SO_PROTOCOL, SHAPE_INT},
    {SOL_SOCKET, SO_ACCEPTCONN, BONNET_SO_ACCEPTCONN, SHAPE_INT},
    {SOL_SOCKET, SO_BROADCAST, BONNET_SO_BROADCAST, SHAPE_INT},
    {SOL_SOCKET, SO_OOBINLINE, BONNET_SO_OOBINLINE, SHAPE_INT},
    {IPPROTO_TCP, TCP_NODELAY, BONNET_TCP_NODELAY, SHAPE_INT},
    {IPPROTO_TCP, TCP_CORK, BONNET_TCP_CORK, SHAPE_INT},
    {IPPROTO_TCP, TCP_MAXSEG, BONNET_TCP_MAXSEG, SHAPE_INT},
    {IPPROTO_TCP, TCP_KEEPIDLE, BONNET_TCP_KEEPIDLE, SHAPE_INT},
    {IPPROTO_TCP, TCP_KEEPINTVL, BONNET_TCP_KEEPINTVL, SHAPE_INT},
    {IPPROTO_TCP, TCP_KEEPCNT, BONNET_TCP_KEEPCNT, SHAPE_INT},
    {IPPROTO_TCP, TCP_SYNCNT, BONNET_TCP_SYNCNT, SHAPE_INT},
    {IPPROTO_TCP, TCP_LINGER2, BONNET_TCP_LINGER2, SHAPE_INT},
    {IPPROTO_TCP, TCP_WINDOW_CLAMP, BONNET_TCP_WINDOW_CLAMP, SHAPE_INT},
    {IPPROTO_TCP, TCP_INFO, BONNET_TCP_INFO, SHAPE_INFO},
    {IPPROTO_TCP, TCP_QUICKACK, BONNET_TCP_QUICKACK, SHAPE_INT},
    {IPPROTO_TCP, TCP_CONGESTION, BONNET_TCP_CONGESTION, SHAPE_TEXT},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, BONNET_TCP_USER_TIMEOUT, SHAPE_INT},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, BONNET_TCP_NOTSENT_LOWAT, SHAPE_INT},
    {IPPROTO_IP, IP_TTL, BONNET_IP_TTL, SHAPE_BYTE},
    {IPPROTO_IP, IP_TOS, BONNET_IP_TOS, SHAPE_BYTE},
    {IPPROTO_IP, IP_MTU, BONNET_IP_MTU, SHAPE_BYTE},
    {IPPROTO_IP, IP_MTU_DISCOVER, BONNET_IP_MTU_DISCOVER, SHAPE_BYTE},
    {IPPROTO_IP, IP_RECVERR, BONNET_IP_RECVERR, SHAPE_BYTE},
};

/* Longest value: every shape fits. */
union value {
    int number;
    struct linger linger;
    struct timeval time;
    char text[BONNET_IF_NAME_MAX];
    struct bonnet_tcp_info info;
};

/* TCP_CA_NAME_MAX of the kernel, without the final zero. */
#define TEXT_MAX 15

static const struct option *find(int level, int name)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].level == level && options[i].name == name) return &options[i];
    return NULL;
}

static int set_int(struct bonnet *bn, int s, int option, const void *v, socklen_t n)
{
    int number;
    if (n < sizeof number) return -EINVAL;
    memcpy(&number, v, sizeof number);
    return bonnet_setsockopt(bn, s, option, &number, sizeof number);
}

static int set_byte(struct bonnet *bn, int s, int option, const void *v, socklen_t n)
{
    if (n == 0 || n >= sizeof(int)) return set_int(bn, s, option, v, n);
    int number = *(const unsigned char *)v;
    return bonnet_setsockopt(bn, s, option, &number, sizeof number);
}

static int set_linger(struct bonnet *bn, int s, const void *v, socklen_t n)
{
    struct linger l;
    if (n < sizeof l) return -EINVAL;
    memcpy(&l, v, sizeof l);
    struct bonnet_linger linger = {.onoff = l.l_onoff, .linger = l.l_linger};
    return bonnet_setsockopt(bn, s, BONNET_SO_LINGER, &linger, sizeof linger);
}

/* Linux: zero is for ever, and so is what no clock can count; a negative time has passed already.
 */
static int set_time(struct bonnet *bn, int s, int option, const void *v, socklen_t n)
{
    struct timeval t;
    if (n < sizeof t) return -EINVAL;
    memcpy(&t, v, sizeof t);
    if (t.tv_usec < 0 || t.tv_usec >= 1000000) return -EDOM;
    uint64_t ns = 1;
    if (t.tv_sec >= 0 && (uint64_t)t.tv_sec < UINT64_MAX / BONNET_S - 1)
        ns = (uint64_t)t.tv_sec * BONNET_S + (uint64_t)t.tv_usec * BONNET_US;
    else if (t.tv_sec >= 0)
        ns = 0;
    return bonnet_setsockopt(bn, s, option, &ns, sizeof ns);
}

static int set_text(struct bonnet *bn, int s, int option, const void *v, socklen_t n)
{
    if (n == 0) return -EINVAL;
    size_t len = strnlen(v, n < TEXT_MAX ? n : TEXT_MAX);
    return bonnet_setsockopt(bn, s, option, v, len);
}

static int set(struct bonnet *bn, int s, const struct option *o, const void *v, socklen_t n)
{
    switch (o->shape) {
    case SHAPE_INT: return set_int(bn, s, o->option, v, n);
    case SHAPE_BYTE: return set_byte(bn, s, o->option, v, n);
    case SHAPE_LINGER: return set_linger(bn, s, v, n);
    case SHAPE_TIMEVAL: return set_time(bn, s, o->option, v, n);
    case SHAPE_TEXT: return set_text(bn, s, o->option, v, n);
    case SHAPE_INFO: return -ENOPROTOOPT;
    }
    return -ENOPROTOOPT;
}

int bonnet_sys_setsockopt(struct bonnet *bn, int s, const struct bonnet_sys_option *name,
                          const void *v, socklen_t n)
{
    const struct option *o = find(name->level, name->name);
    if (!o) return -ENOPROTOOPT;
    if (!v && n) return -EFAULT;
    return set(bn, s, o, v ? v : "", n);
}

/* Each get_ fills *value and returns its length in bytes, or -errno. */

static int get_plain(struct bonnet *bn, int s, int option, union value *value, size_t max)
{
    size_t len = max;
    int err = bonnet_getsockopt(bn, s, option, value, &len);
    return err < 0 ? err : (int)len;
}

/* Linux hands out a single byte where one was asked for and suffices. */
static int get_byte(struct bonnet *bn, int s, int option, union value *value, socklen_t n)
{
    int len = get_plain(bn, s, option, value, sizeof value->number);
    if (len < 0 || n >= sizeof(int) || value->number < 0 || value->number > 255) return len;
    unsigned char byte = (unsigned char)value->number;
    memcpy(value, &byte, 1);
    return 1;
}

static int get_linger(struct bonnet *bn, int s, union value *value)
{
    struct bonnet_linger linger;
    size_t len = sizeof linger;
    int err = bonnet_getsockopt(bn, s, BONNET_SO_LINGER, &linger, &len);
    value->linger = (struct linger){.l_onoff = linger.onoff, .l_linger = linger.linger};
    return err < 0 ? err : (int)sizeof value->linger;
}

static int get_time(struct bonnet *bn, int s, int option, union value *value)
{
    uint64_t ns = 0;
    size_t len = sizeof ns;
    int err = bonnet_getsockopt(bn, s, option, &ns, &len);
    value->time.tv_sec = (time_t)(ns / BONNET_S);
    value->time.tv_usec = (suseconds_t)(ns % BONNET_S / BONNET_US);
    return err < 0 ? err : (int)sizeof value->time;
}

/* With the final zero, as tcp(7) has names. */
static int get_text(struct bonnet *bn, int s, int option, union value *value)
{
    memset(value->text, 0, sizeof value->text);
    int len = get_plain(bn, s, option, value, TEXT_MAX);
    return len < 0 ? len : (int)sizeof value->text;
}

static int get(struct bonnet *bn, int s, const struct option *o, union value *value, socklen_t n)
{
    switch (o->shape) {
    case SHAPE_INT: return get_plain(bn, s, o->option, value, sizeof value->number);
    case SHAPE_BYTE: return get_byte(bn, s, o->option, value, n);
    case SHAPE_LINGER: return get_linger(bn, s, value);
    case SHAPE_TIMEVAL: return get_time(bn, s, o->option, value);
    case SHAPE_TEXT: return get_text(bn, s, o->option, value);
    case SHAPE_INFO: return get_plain(bn, s, o->option, value, sizeof value->info);
    }
    return -ENOPROTOOPT;
}

int bonnet_sys_getsockopt(struct bonnet *bn, int s, const struct bonnet_sys_option *name, void *v,
                          socklen_t *n)
{
    const struct option *o = find(name->level, name->name);
    if (!o) return -ENOPROTOOPT;
    if (!v || !n) return -EFAULT;
    union value value;
    int len = get(bn, s, o, &value, *n);
    if (len < 0) return len;
    if (*n > (socklen_t)len) *n = (socklen_t)len;
    memcpy(v, &value, *n);
    return 0;
}
