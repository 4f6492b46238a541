/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet stays where it lay until the next one comes: what was handed up borrows from it.
 */
#include "ip/libip.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"

static uint8_t *borrowed; /* the memory of the last packet */

struct bonnet_addr a4(uint32_t v)
{
    return addr_from_ip4(v);
}

void host_begin(struct host *h)
{
    world_begin(&h->w);
    h->w.env.now = 1000 * BONNET_S;
    ip_init(&h->ip);
    const struct bonnet_addr ours = a4(0x0a070002);
    assert_int_equal(ip_addr_add(&h->ip, &h->w.env, 1, &ours, 24), 0);
}

void host_end(struct host *h)
{
    ip_fini(&h->ip, &h->w.env);
    free(borrowed);
    borrowed = NULL;
    world_end(&h->w);
}

static bool is_unset(const struct bonnet_addr *a)
{
    static const struct bonnet_addr unset;
    return memcmp(a, &unset, sizeof(unset)) == 0;
}

void seal_header(uint8_t *p)
{
    uint32_t header_len = (uint32_t)(p[0] & 0xf) * 4;
    put_u16(p + 10, 0);
    put_raw16(p + 10, checksum_finish(checksum_sum(p, header_len)));
}

uint32_t write_packet(const struct packet *p, uint8_t *to)
{
    uint32_t header_len = IP4_HEADER + p->options_len;
    const struct ip4_header h = {
        .src = is_unset(&p->src) ? a4(0x0a070001) : p->src,
        .dst = is_unset(&p->dst) ? a4(0x0a070002) : p->dst,
        .total_len = (uint16_t)(header_len + p->len),
        .id = p->id,
        .fragment_at = p->at,
        .tos = p->tos,
        .ttl = p->ttl ? p->ttl : 64,
        .protocol = p->protocol ? p->protocol : IP_UDP,
        .dont_fragment = p->df,
        .more_fragments = p->more,
    };
    ip4_emit(&h, to);
    to[0] = (uint8_t)(0x40 | header_len / 4);
    if (p->options_len > 0) memcpy(to + IP4_HEADER, p->options, p->options_len);
    seal_header(to);
    if (p->len > 0) memcpy(to + header_len, p->text, p->len);
    return header_len + p->len;
}

static enum bonnet_reason arrive_at(struct host *h, const struct packet *as, const uint8_t *p,
                                    uint32_t len)
{
    uint8_t *old = borrowed;
    uint32_t all = as->misalign + len;
    borrowed = malloc(all ? all : 1);
    assert_non_null(borrowed);
    memcpy(borrowed + as->misalign, p, len);
    const struct ip_arrival a = {
        .ifx = as->ifx ? as->ifx : 1,
        .packet = borrowed + as->misalign,
        .len = len,
        .group = as->group,
    };
    enum bonnet_reason r = ip_input(&h->ip, &h->w.env, &a, &h->in);
    free(old);
    world_check(&h->w);
    return r;
}

enum bonnet_reason arrive_bytes(struct host *h, const uint8_t *p, uint32_t len)
{
    return arrive_at(h, &(struct packet){0}, p, len);
}

enum bonnet_reason arrive_packet(struct host *h, const struct packet *p)
{
    static uint8_t buffer[70000];
    uint32_t len = write_packet(p, buffer);
    memset(buffer + len, 0xee, p->padding);
    return arrive_at(h, p, buffer, len + p->padding);
}

const uint8_t *pattern(uint32_t at)
{
    static uint8_t bytes[70000];
    if (bytes[1] == 0) {
        for (uint32_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)(i * 31 + (i >> 8) * 7);
    }
    return bytes + at;
}

void is_whole(const struct host *h, uint32_t len)
{
    const struct ip_in *in = &h->in;
    struct ip4_header again;
    assert_int_equal(in->len, len);
    assert_memory_equal(in->text, pattern(0), len);
    assert_int_equal(in->h.total_len, in->h.header_len + len);
    assert_int_equal(in->packet_len, in->h.total_len);
    assert_ptr_equal(in->text, in->packet + in->h.header_len);
    assert_false(in->h.more_fragments);
    assert_int_equal(in->h.fragment_at, 0);
    assert_int_equal(ip4_parse(&again, in->packet, in->packet_len), BONNET_R_NONE);
}

void pass(struct host *h, bonnet_time ns)
{
    h->w.env.now += ns;
}
