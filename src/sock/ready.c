/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readiness: who has news for the program (edge triggered), and what holds now (poll bits). Whoever
 * asks for the bits and hears that there is no room is told when there is, as one whose write was
 * refused is (Linux tcp_poll(), SOCK_NOSPACE): he may never have tried.
 */
#include <errno.h>

#include "sock/sock.h"

#define member_of(s, type) ((type *)(void *)((char *)(s)-offsetof(type, sock)))

void sock_wake(struct bonnet *bn, struct sock *s)
{
    if (s->handle >= 0 && !list_holds(&s->ready)) list_add_tail(&bn->socks.ready, &s->ready);
}

static int poll_stream(struct stream *s)
{
    int bits = stream_poll(s);
    if (!(bits & BONNET_POLLOUT)) s->tcp.wants_room = true;
    return bits;
}

static int poll_dgram(struct dgram *d)
{
    int bits = dgram_poll(d);
    if (!(bits & BONNET_POLLOUT)) d->wants_room = true;
    return bits;
}

static int poll_of(struct sock *s)
{
    switch ((enum sock_kind)s->kind) {
    case SOCK_STREAM_KIND: return poll_stream(member_of(s, struct stream));
    case SOCK_LISTENER_KIND: return listener_poll(member_of(s, struct listener));
    case SOCK_DGRAM_KIND: return poll_dgram(member_of(s, struct dgram));
    }
    return 0;
}

int bonnet_poll(struct bonnet *bn, int s)
{
    struct sock *sock = handle_get(bn, s);
    return sock ? poll_of(sock) : -EBADF;
}

int bonnet_set_user(struct bonnet *bn, int s, uint64_t user)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    sock->user = user;
    return 0;
}

int bonnet_ready(struct bonnet *bn, struct bonnet_event *events, int max)
{
    int n = 0;
    for (struct list_node *node; n < max && (node = list_first(&bn->socks.ready)); n++) {
        struct sock *s = list_entry(node, struct sock, ready);
        list_remove(node);
        events[n] = (struct bonnet_event){s->handle, poll_of(s), s->user};
    }
    return n;
}
