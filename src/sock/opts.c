/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setsockopt and getsockopt: what is common to all options. The options themselves are rows of
 * const tables: of the socket, of TCP, of IP.
 *
 * Order of refusal: no socket, no such option for this kind of socket (or not to be written),
 * length, value. A value is read as far as there is room for it, and *len says how far, as on
 * Linux.
 */
#include "sock/opts.h"

#include <string.h>

static const struct option *find_in(const struct option *table, int option)
{
    for (; table->get; table++)
        if (table->option == option) return table;
    return NULL;
}

static const struct option *find(const struct sock *s, int option)
{
    const struct option *o = find_in(opts_socket, option);
    if (!o) o = find_in(opts_tcp, option);
    if (!o) o = find_in(opts_ip, option);
    return o && o->kinds & 1u << s->kind ? o : NULL;
}

static struct target target_of(struct bonnet *bn, struct sock *s)
{
    struct target t = {bn, s, NULL};
    if (sock_stream(s)) t.set = &sock_stream(s)->tcp.set;
    if (sock_listener(s)) t.set = &sock_listener(s)->set;
    return t;
}

static size_t size_of(enum shape shape, const union value *v)
{
    switch (shape) {
    case SHAPE_INT:
    case SHAPE_BOOL: return sizeof(v->number);
    case SHAPE_LINGER: return sizeof(v->linger);
    case SHAPE_TIME: return sizeof(v->ns);
    case SHAPE_INFO: return sizeof(v->info);
    case SHAPE_TEXT: break;
    }
    size_t n = 0;
    while (n < OPTION_TEXT_MAX - 1 && v->text[n])
        n++;
    return n;
}

void option_apply(const struct target *t)
{
    struct stream *s = sock_stream(t->sock);
    if (!s) return;
    tcp_settings_changed(&s->tcp, &t->bn->env);
    stream_arm(t->bn, s);
    stream_talk(t->bn, s);
}

void option_wake(const struct target *t)
{
    bool waits = sock_stream(t->sock)  ? sock_stream(t->sock)->tcp.wants_room
                 : sock_dgram(t->sock) ? sock_dgram(t->sock)->wants_room
                                       : false;
    if (waits) sock_wake(t->bn, t->sock);
}

/* Reads the program's value. 0, -EINVAL. */
static int take(const struct option *o, const void *value, size_t len, union value *v)
{
    memset(v, 0, sizeof(*v));
    if (o->shape == SHAPE_TEXT) {
        if (len == 0 || len >= OPTION_TEXT_MAX) return -EINVAL;
    } else if (len < size_of((enum shape)o->shape, v)) {
        return -EINVAL;
    } else {
        len = size_of((enum shape)o->shape, v);
    }
    memcpy(v, value, len);
    if (o->shape == SHAPE_BOOL) v->number = v->number != 0;
    if (o->shape != SHAPE_INT) return 0;
    return v->number < o->min || v->number > o->max ? -EINVAL : 0;
}

int bonnet_setsockopt(struct bonnet *bn, int s, int option, const void *value, size_t len)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    const struct option *o = find(sock, option);
    if (!o || !o->set) return -ENOPROTOOPT;
    union value v;
    const struct target t = target_of(bn, sock);
    int r = take(o, value, len, &v);
    return r < 0 ? r : o->set(&t, &v);
}

int bonnet_getsockopt(struct bonnet *bn, int s, int option, void *value, size_t *len)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    const struct option *o = find(sock, option);
    if (!o) return -ENOPROTOOPT;
    union value v;
    const struct target t = target_of(bn, sock);
    int r = o->get(&t, &v);
    if (r < 0) return r;
    size_t size = size_of((enum shape)o->shape, &v);
    if (*len > size) *len = size;
    memcpy(value, &v, *len);
    return 0;
}
