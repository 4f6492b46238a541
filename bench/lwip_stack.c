/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwIP's callbacks turned into calls that return: what arrives is kept as lwIP's own buffers until
 * it is read, and its window is opened by what was read (as its sockets layer does).
 *
 * lwIP looks through its list of TIME-WAITs at every SYN. A device with 64 control blocks recycles
 * the oldest; the package allocates without a bound. Where a row says how many there shall be, the
 * oldest is ended here when there are more.
 */
#include "lwip_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_ALIGN 64

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct lwip_end *e = arg;
    (void)pcb;
    (void)err;
    if (!p) {
        e->ended = true;
        return ERR_OK;
    }
    if (e->unread)
        e->unread_last->next = p;
    else
        e->unread = p;
    while (p->next)
        p = p->next;
    e->unread_last = p;
    return ERR_OK;
}

/* lwIP has freed the control block already. */
static void on_error(void *arg, err_t err)
{
    struct lwip_end *e = arg;
    (void)err;
    e->pcb = NULL;
}

static struct lwip_end *end_new(struct lwip_stack *s, struct tcp_pcb *pcb)
{
    struct lwip_end *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    e->stack = s;
    e->pcb = pcb;
    if (s->nodelay) tcp_nagle_disable(pcb);
    s->api->tcp_arg(pcb, e);
    s->api->tcp_recv(pcb, on_recv);
    s->api->tcp_err(pcb, on_error);
    return e;
}

/* lwIP is compiled for an MSS of 1460 and announces it; what a packet may hold is ours to say. */
static void set_mss(const struct lwip_stack *s, struct tcp_pcb *pcb)
{
    if (s->mss == 0) return;
    pcb->mss = s->mss;
    pcb->cwnd = 4u * s->mss;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct lwip_stack *s = arg;
    if (err != ERR_OK || !pcb) return ERR_VAL;
    struct lwip_end *e = end_new(s, pcb);
    if (!e) return ERR_MEM;
    set_mss(s, pcb);
    if (s->accepted)
        s->accepted_last->next = e;
    else
        s->accepted = e;
    s->accepted_last = e;
    return ERR_OK;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct lwip_end *e = arg;
    set_mss(e->stack, pcb);
    return err;
}

static void on_frame_free(struct pbuf *p)
{
    lwip_frame_give_back((struct lwip_frame *)(void *)p);
}

static int frames_new(struct lwip_stack *s, size_t frame_bytes, unsigned n)
{
    size_t one = sizeof(struct lwip_frame) + frame_bytes;
    one = (one + FRAME_ALIGN - 1) / FRAME_ALIGN * FRAME_ALIGN;
    s->frames = aligned_alloc(FRAME_ALIGN, one * n);
    if (!s->frames) return -ENOMEM;
    for (unsigned i = n; i-- > 0;) {
        struct lwip_frame *f = (struct lwip_frame *)(void *)(s->frames + i * one);
        f->home = s;
        f->custom.custom_free_function = on_frame_free;
        lwip_frame_give_back(f);
    }
    return 0;
}

int lwip_stack_init(struct lwip_stack *s, const struct lwip_stack_config *config)
{
    const unsigned char *a = config->address;
    ip4_addr_t address;
    ip4_addr_t mask;
    ip4_addr_t gateway = {0};
    memset(s, 0, sizeof *s);
    s->api = config->api;
    s->nodelay = config->nodelay;
    s->time_waits_max = config->time_waits_max;
    if (config->mtu > TCP_MSS + 40) s->mss = (u16_t)(config->mtu - 40);
    if (frames_new(s, config->frame_bytes, config->frames_n) < 0) return -ENOMEM;
    IP4_ADDR(&address, a[0], a[1], a[2], a[3]);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    if (!s->api->netif_add(&s->netif, &address, &mask, &gateway, config->device, config->init,
                           config->input))
        return -EIO;
    s->netif.mtu = config->mtu;
    s->api->netif_set_default(&s->netif);
    s->api->netif_set_link_up(&s->netif);
    s->api->netif_set_up(&s->netif);
    return 0;
}

void lwip_stack_fini(struct lwip_stack *s)
{
    if (s->listener) s->api->tcp_close(s->listener);
    while (*s->api->active_pcbs) {
        struct tcp_pcb *pcb = *s->api->active_pcbs;
        void *end = pcb->errf == on_error ? pcb->callback_arg : NULL;
        s->api->tcp_abort(pcb);
        free(end);
    }
    while (*s->api->time_wait_pcbs)
        s->api->tcp_abort(*s->api->time_wait_pcbs);
    s->api->netif_remove(&s->netif);
    free(s->frames);
}

bool lwip_stack_listen(struct lwip_stack *s, u16_t port)
{
    const ip_addr_t any = IPADDR4_INIT(0);
    struct tcp_pcb *pcb = s->api->tcp_new();
    if (!pcb || s->api->tcp_bind(pcb, &any, port) != ERR_OK) return false;
    s->listener = s->api->tcp_listen_with_backlog(pcb, 255);
    if (!s->listener) return false;
    s->api->tcp_arg(s->listener, s);
    s->api->tcp_accept(s->listener, on_accept);
    return true;
}

struct lwip_end *lwip_dial(struct lwip_stack *s, const unsigned char address[4], u16_t port)
{
    ip_addr_t to;
    IP_ADDR4(&to, address[0], address[1], address[2], address[3]);
    struct tcp_pcb *pcb = s->api->tcp_new();
    struct lwip_end *e = pcb ? end_new(s, pcb) : NULL;
    if (!e) return NULL;
    if (s->api->tcp_connect(pcb, &to, port, on_connected) == ERR_OK) return e;
    s->api->tcp_abort(pcb);
    free(e);
    return NULL;
}

struct lwip_end *lwip_accept(struct lwip_stack *s)
{
    struct lwip_end *e = s->accepted;
    if (e) s->accepted = e->next;
    return e;
}

int64_t lwip_end_send(struct lwip_end *e, const void *bytes, size_t n)
{
    if (!e->pcb) return -ECONNRESET;
    size_t room = tcp_sndbuf(e->pcb);
    if (n > room) n = room;
    if (n > 0xffff) n = 0xffff;
    if (n == 0) return -EAGAIN;
    err_t err = e->stack->api->tcp_write(e->pcb, bytes, (u16_t)n, TCP_WRITE_FLAG_COPY);
    if (err == ERR_MEM) return -EAGAIN;
    if (err != ERR_OK || e->stack->api->tcp_output(e->pcb) != ERR_OK) return -EIO;
    return (int64_t)n;
}

static void drop_first(struct lwip_end *e)
{
    struct pbuf *p = e->unread;
    e->unread = p->next;
    e->unread_offset = 0;
    p->next = NULL; /* one of a chain that was linked here: lwIP shall free no other */
    e->stack->api->pbuf_free(p);
}

int64_t lwip_end_recv(struct lwip_end *e, void *bytes, size_t n)
{
    size_t got = 0;
    while (e->unread && got < n) {
        struct pbuf *p = e->unread;
        size_t here = (size_t)p->len - e->unread_offset;
        if (here > n - got) here = n - got;
        memcpy((unsigned char *)bytes + got, (unsigned char *)p->payload + e->unread_offset, here);
        got += here;
        e->unread_offset = (u16_t)(e->unread_offset + here);
        if (e->unread_offset == p->len) drop_first(e);
    }
    if (got > 0) {
        for (size_t left = got; e->pcb && left > 0;) { /* its argument has 16 bits */
            size_t step = left < 0xffff ? left : 0xffff;
            e->stack->api->tcp_recved(e->pcb, (u16_t)step);
            left -= step;
        }
        return (int64_t)got;
    }
    if (e->ended) return 0;
    return e->pcb ? -EAGAIN : -ECONNRESET;
}

static void remember_time_wait(struct lwip_stack *s, struct tcp_pcb *pcb)
{
    unsigned at = s->time_waits_n++ % s->time_waits_max;
    if (s->time_waits[at]) s->api->tcp_abort(s->time_waits[at]);
    s->time_waits[at] = pcb;
}

void lwip_end_close(struct lwip_end *e)
{
    struct lwip_stack *s = e->stack;
    while (e->unread)
        drop_first(e);
    if (e->pcb) {
        s->api->tcp_arg(e->pcb, NULL);
        s->api->tcp_recv(e->pcb, NULL);
        s->api->tcp_err(e->pcb, NULL);
        if (!e->ended && s->time_waits_max) remember_time_wait(s, e->pcb);
        s->api->tcp_close(e->pcb);
    }
    free(e);
}

struct lwip_frame *lwip_frame_take(struct lwip_stack *s)
{
    struct lwip_frame *f = s->idle;
    if (f) s->idle = f->next;
    return f;
}

void lwip_frame_give_back(struct lwip_frame *f)
{
    f->next = f->home->idle;
    f->home->idle = f;
}

void lwip_frame_input(struct lwip_frame *f)
{
    struct lwip_stack *s = f->home;
    struct pbuf *p =
        s->api->pbuf_alloced_custom(PBUF_RAW, f->len, PBUF_REF, &f->custom, f->bytes, f->len);
    if (s->netif.input(p, &s->netif) != ERR_OK) s->api->pbuf_free(p);
}
