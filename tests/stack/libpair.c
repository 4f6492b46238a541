/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two stacks, their memory, their frames and their clock. Frames are queued in the order of
 * their arrival, which is the order of their departure, since all take equally long.
 */
#include "libpair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "wire/ip4.h"

#define HEAD 16 /* in front of each block: its size */

/* ---- memory ---- */

static void *heap_alloc(void *ctx, size_t size)
{
    struct pair_heap *h = ctx;
    h->asked++;
    if (h->asked == h->refuse_at || (h->refuse_all && h->asked >= h->refuse_at)) return NULL;
    unsigned char *block = malloc(HEAD + size);
    assert_non_null(block);
    memcpy(block, &size, sizeof(size));
    memset(block + HEAD, 0xa5, size);
    h->bytes += size;
    h->blocks++;
    return block + HEAD;
}

static void heap_free(void *ctx, void *p, size_t size)
{
    struct pair_heap *h = ctx;
    unsigned char *block = (unsigned char *)p - HEAD;
    size_t given;
    memcpy(&given, block, sizeof(given));
    assert_int_equal(given, size);
    h->bytes -= size;
    h->blocks--;
    free(block);
}

/* ---- making ---- */

struct bonnet_addr pair_addr(enum pair_side side)
{
    return bonnet_ip4(10, 0, 0, side == PAIR_A ? 1 : 2);
}

struct bonnet_endpoint pair_endpoint(enum pair_side side, uint16_t port)
{
    return (struct bonnet_endpoint){.addr = pair_addr(side), .port = port};
}

/* The limits that are not 0 replace the defaults. */
static void override(struct bonnet_limits *to, const struct bonnet_limits *from)
{
    const uint32_t *wanted = (const uint32_t *)from;
    uint32_t *limits = (uint32_t *)to;
    size_t first = offsetof(struct bonnet_limits, sockets_max) / sizeof(*limits);
    if (from->memory_bytes) to->memory_bytes = from->memory_bytes;
    for (size_t i = first; i < sizeof(*to) / sizeof(*limits); i++)
        if (wanted[i]) limits[i] = wanted[i];
}

static struct bonnet *new_stack(struct pair *p, enum pair_side side, const struct pair_options *o)
{
    struct bonnet_config config;
    struct bonnet *bn = NULL;
    bonnet_config_init(&config);
    config.seed[0] = (uint8_t)(1 + side);
    config.alloc = (struct bonnet_alloc){heap_alloc, heap_free, &p->heap[side]};
    override(&config.limits, &o->limits);
    assert_int_equal(bonnet_new(&config, &bn), 0);
    const struct bonnet_if_config netif = {
        .size = sizeof(netif),
        .kind = o->ethernet ? BONNET_IF_ETHERNET : BONNET_IF_IP,
        .mac = {2, 0, 0, 0, 0, (uint8_t)(1 + side)},
        .mtu = o->mtu,
    };
    assert_int_equal(bonnet_if_add(bn, &netif), PAIR_IFX);
    assert_int_equal(bonnet_if_addr_add(bn, PAIR_IFX, pair_addr(side), 24), 0);
    bonnet_tick(bn, p->now);
    return bn;
}

void pair_begin(struct pair *p, const struct pair_options *options)
{
    static const struct pair_options plain;
    const struct pair_options *o = options ? options : &plain;
    memset(p, 0, sizeof(*p));
    p->now = 1000 * BONNET_S;
    p->delay = o->delay;
    p->a = new_stack(p, PAIR_A, o);
    p->b = new_stack(p, PAIR_B, o);
}

void pair_end(struct pair *p)
{
    bonnet_free(p->a);
    bonnet_free(p->b);
    for (unsigned i = 0; i < p->on_way_n; i++)
        free(p->frames[(p->first + i) % PAIR_FRAMES_MAX].bytes);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(p->heap[i].bytes, 0);
        assert_int_equal(p->heap[i].blocks, 0);
    }
}

static struct bonnet *stack_of(const struct pair *p, enum pair_side side)
{
    return side == PAIR_A ? p->a : p->b;
}

static enum pair_side other(enum pair_side side)
{
    return side == PAIR_A ? PAIR_B : PAIR_A;
}

/* ---- frames ---- */

static void push(struct pair *p, const struct pair_frame *f)
{
    assert_true(p->on_way_n < PAIR_FRAMES_MAX);
    p->frames[(p->first + p->on_way_n++) % PAIR_FRAMES_MAX] = *f;
}

/* Takes one frame out of a stack. False: it has none. */
static bool pull(struct pair *p, enum pair_side from)
{
    struct bonnet_tx tx;
    int r = bonnet_output(stack_of(p, from), PAIR_IFX, &tx);
    assert_true(r >= 0);
    if (r == 0) return false;
    struct pair_frame f = {from, p->now + p->delay, (enum bonnet_reason)tx.reason, tx.len, NULL};
    assert_true(tx.len > 0 && tx.len <= PAIR_FRAME_MAX);
    f.bytes = malloc(tx.len);
    assert_non_null(f.bytes);
    assert_int_equal(bonnet_tx_copy(&tx, f.bytes, tx.len), tx.len);
    p->frames_n++;
    if (!p->hook || p->hook(p, &f))
        push(p, &f);
    else
        free(f.bytes);
    return true;
}

/* Delivers the first frame, if it is due. */
static bool deliver(struct pair *p)
{
    if (p->on_way_n == 0 || p->frames[p->first].arrives_at > p->now) return false;
    struct pair_frame f = p->frames[p->first];
    p->first = (p->first + 1) % PAIR_FRAMES_MAX;
    p->on_way_n--;
    const struct bonnet_rx rx = {.data = f.bytes, .len = f.len};
    assert_true(bonnet_input(stack_of(p, other(f.from)), PAIR_IFX, &rx) >= 0);
    free(f.bytes);
    return true;
}

void pair_run(struct pair *p)
{
    bonnet_tick(p->a, p->now);
    bonnet_tick(p->b, p->now);
    for (unsigned turns = 0; pull(p, PAIR_A) || pull(p, PAIR_B) || deliver(p); turns++)
        assert_true(turns < 1000000); /* two stacks that never tire of each other */
}

static bonnet_time least(bonnet_time a, bonnet_time b)
{
    return a < b ? a : b;
}

void pair_advance(struct pair *p, bonnet_time duration)
{
    bonnet_time end = p->now + duration;
    pair_run(p);
    while (p->now < end) {
        bonnet_time next = least(bonnet_deadline(p->a), bonnet_deadline(p->b));
        if (p->on_way_n) next = least(next, p->frames[p->first].arrives_at);
        assert_true(next > p->now); /* silent, yet something is due */
        p->now = least(next, end);
        pair_run(p);
    }
}

/* ---- by hand ---- */

static uint32_t link_header(const struct pair *p)
{
    return link_header_len(link_if(&p->a->link, PAIR_IFX));
}

void pair_inject(struct pair *p, enum pair_side to, const void *packet, uint32_t len)
{
    uint32_t head = link_header(p);
    struct pair_frame f = {.from = other(to), .arrives_at = p->now, .len = head + len};
    f.bytes = malloc(f.len);
    assert_non_null(f.bytes);
    if (head > 0) {
        const struct eth_mac mac = {{2, 0, 0, 0, 0, (uint8_t)(1 + to)}};
        link_emit(link_if(&stack_of(p, f.from)->link, PAIR_IFX), &mac, ETH_TYPE_IP4, f.bytes);
    }
    memcpy(f.bytes + head, packet, len);
    push(p, &f);
}

void pair_inject_tcp(struct pair *p, enum pair_side to, const struct tcp_seg *s)
{
    static uint8_t packet[PAIR_FRAME_MAX];
    const struct bonnet_addr src = pair_addr(other(to)), dst = pair_addr(to);
    uint8_t *tcp = packet + IP4_HEADER;
    uint32_t len = tcp_emit(s, tcp);
    if (s->len > 0) memcpy(tcp + len, s->text, s->len);
    len += s->len;
    uint32_t sum = checksum_add(ip_pseudo_sum(&src, &dst, IP_TCP, len), checksum_sum(tcp, len));
    put_raw16(tcp + TCP_CHECKSUM_AT, checksum_finish(sum));
    const struct ip4_header h = {.src = src,
                                 .dst = dst,
                                 .ttl = 64,
                                 .protocol = IP_TCP,
                                 .total_len = (uint16_t)(IP4_HEADER + len)};
    ip4_emit(&h, packet);
    pair_inject(p, to, packet, IP4_HEADER + len);
}

bool pair_read_tcp(const struct pair *p, const struct pair_frame *f, struct tcp_seg *s)
{
    struct ip4_header h;
    uint32_t head = link_header(p);
    if (f->len < head + IP4_HEADER || f->bytes[head] >> 4 != 4) return false;
    if (ip4_parse(&h, f->bytes + head, f->len - head) != BONNET_R_NONE) return false;
    if (h.protocol != IP_TCP) return false;
    uint32_t at = head + h.header_len, len = f->len - at;
    return tcp_parse(s, f->bytes + at, len, ip_pseudo_sum(&h.src, &h.dst, IP_TCP, len),
                     checksum_sum) == BONNET_R_NONE;
}

/* ---- sockets ---- */

int pair_listen(struct pair *p, uint16_t port)
{
    const struct bonnet_endpoint at = pair_endpoint(PAIR_B, port);
    int l = bonnet_socket(p->b, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(l >= 0);
    pair_set(p->b, l, BONNET_SO_REUSEADDR, 1);
    assert_int_equal(bonnet_bind(p->b, l, &at), 0);
    assert_int_equal(bonnet_listen(p->b, l, 16), 0);
    return l;
}

void pair_connect(struct pair *p, uint16_t port, int *client, int *server)
{
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, port);
    int l = pair_listen(p, port);
    *client = bonnet_socket(p->a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(*client >= 0);
    assert_int_equal(bonnet_connect(p->a, *client, &to), -EINPROGRESS);
    pair_advance(p, 4 * p->delay);
    *server = bonnet_accept(p->b, l, NULL);
    assert_true(*server >= 0);
    assert_int_equal(bonnet_connect(p->a, *client, &to), 0);
    assert_int_equal(bonnet_close(p->b, l), 0);
}

enum bonnet_tcp_state pair_state(const struct bonnet *bn, int s)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(bn, s, &row), 0);
    return row.state;
}

int pair_get(struct bonnet *bn, int s, int option)
{
    int value = -1;
    size_t len = sizeof(value);
    assert_int_equal(bonnet_getsockopt(bn, s, option, &value, &len), 0);
    assert_int_equal(len, sizeof(value));
    return value;
}

void pair_set(struct bonnet *bn, int s, int option, int value)
{
    assert_int_equal(bonnet_setsockopt(bn, s, option, &value, sizeof(value)), 0);
}
