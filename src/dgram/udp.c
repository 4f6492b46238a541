/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two queues of a UDP socket: what is charged, what is refused, in which order it comes out.
 *
 * A datagram is one block of memory and is charged as such, struct included, so that a flood of
 * empty ones fills a buffer as surely as one of large ones. An empty queue takes any datagram:
 * otherwise a buffer smaller than a datagram would be a socket that hears nothing. Counting into
 * the MIB is left to the conductor, who knows whether a datagram had a socket at all.
 *
 * RFC 768, RFC 1122 4.1. 65507 = 65535 - 20 (IP) - 8 (UDP).
 */
#include "dgram/udp.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"

#define TEXT_MAX 65507

static struct udp_entry *new_entry(struct env *e, const struct udp_entry *head, uint32_t len);
static void append(struct udp_queue *q, struct udp_entry *d);

static uint32_t charge_of(uint32_t len)
{
    return (uint32_t)sizeof(struct udp_entry) + len;
}

static bool has_room(const struct udp_queue *q, uint32_t max, uint32_t len)
{
    return q->n == 0 || (q->bytes <= max && charge_of(len) <= max - q->bytes);
}

static void queue_init(struct udp_queue *q)
{
    q->head = NULL;
    q->tail = &q->head;
    q->bytes = 0;
    q->n = 0;
}

static void queue_clear(struct udp_queue *q, struct env *e)
{
    for (struct udp_entry *d = udp_take(q); d; d = udp_take(q))
        udp_entry_free(e, d);
}

void udp_init(struct udp_conn *u, const struct env *e)
{
    queue_init(&u->in);
    queue_init(&u->out);
    u->rcvbuf = e->limits.udp_rcvbuf_default;
    u->sndbuf = e->limits.udp_rcvbuf_default; /* Linux' rmem_default and wmem_default are one */
    u->drops = 0;
}

void udp_fini(struct udp_conn *u, struct env *e)
{
    queue_clear(&u->in, e);
    queue_clear(&u->out, e);
}

enum bonnet_reason udp_deliver(struct udp_conn *u, struct env *e, const struct udp_entry *head,
                               const uint8_t *text)
{
    if (!has_room(&u->in, u->rcvbuf, head->len)) {
        u->drops++;
        return BONNET_R_UDP_RCVBUF_FULL;
    }
    struct udp_entry *d = new_entry(e, head, head->len);
    if (!d) {
        u->drops++;
        return BONNET_R_MEMORY;
    }
    if (d->len > 0) memcpy(d->text, text, d->len);
    append(&u->in, d);
    return BONNET_R_NONE;
}

/* The sum of the slices' lengths, or TEXT_MAX + 1 if it is more than a datagram can hold. */
static uint32_t gathered_len(const struct bonnet_slice *iov, size_t iov_n)
{
    uint32_t len = 0;
    for (size_t i = 0; i < iov_n; i++) {
        if (iov[i].len > TEXT_MAX - len) return TEXT_MAX + 1;
        len += iov[i].len;
    }
    return len;
}

int udp_queue_send(struct udp_conn *u, struct env *e, const struct udp_entry *head,
                   const struct bonnet_slice *iov, size_t iov_n)
{
    uint32_t len = gathered_len(iov, iov_n);
    if (len > TEXT_MAX) return -EMSGSIZE;
    if (!has_room(&u->out, u->sndbuf, len)) return -EAGAIN;
    struct udp_entry *d = new_entry(e, head, len);
    if (!d) return -ENOBUFS;
    uint32_t at = 0;
    for (size_t i = 0; i < iov_n; i++) {
        if (iov[i].len > 0) memcpy(d->text + at, iov[i].data, iov[i].len);
        at += iov[i].len;
    }
    append(&u->out, d);
    return 0;
}

static struct udp_entry *new_entry(struct env *e, const struct udp_entry *head, uint32_t len)
{
    struct udp_entry *d = env_alloc(e, charge_of(len));
    if (!d) return NULL;
    *d = *head;
    d->next = NULL;
    d->len = len;
    return d;
}

static void append(struct udp_queue *q, struct udp_entry *d)
{
    *q->tail = d;
    q->tail = &d->next;
    q->bytes += charge_of(d->len);
    q->n++;
}

struct udp_entry *udp_take(struct udp_queue *q)
{
    struct udp_entry *d = q->head;
    if (!d) return NULL;
    bonnet_assert(q->n > 0 && q->bytes >= charge_of(d->len));
    q->head = d->next;
    if (!q->head) q->tail = &q->head;
    d->next = NULL;
    q->bytes -= charge_of(d->len);
    q->n--;
    return d;
}

const struct udp_entry *udp_peek(const struct udp_queue *q)
{
    return q->head;
}

void udp_entry_free(struct env *e, struct udp_entry *d)
{
    if (d) env_free(e, d, charge_of(d->len));
}
