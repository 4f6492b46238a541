/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The work of a network card that is not there: transport checksums and segmentation.
 *
 * Decides: how a frame with work left over becomes one that any receiver accepts. Leaves to its
 * callers when to do so. Nothing here is meant to be fast: a device that has the work done by
 * hardware or kernel never comes here, nor does a stack that was told that the device does not do
 * it.
 *
 * A checksum left to the device is virtio's contract (virtio 1.2, 5.1.6.2): its field holds the sum
 * of the pseudo-header, and summing from csum_start on over the field completes it. A super-frame
 * is cut as RFC 9293 would have sent it: the sequence number advances with the text, FIN and PSH
 * belong to the last piece, CWR to the first (RFC 3168 6.1.2).
 */
#include "frame.h"
#include <string.h>

enum { ETHERNET_HEADER = 14, ETHERTYPE_IP4 = 0x0800, ETHERTYPE_IP6 = 0x86dd };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };
enum { TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80 };
enum { UDP_CHECKSUM = 6, TCP_CHECKSUM = 16 };

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* RFC 1071's sum, in network order, of at most 64 KiB. */
static uint32_t sum16(const uint8_t *p, uint32_t len)
{
    uint32_t sum = 0;
    for (; len > 1; p += 2, len -= 2)
        sum += get16(p);
    return len ? sum + (uint32_t)(p[0] << 8) : sum;
}

/* sum is at most 32 bits of at most 64 Ki words: two folds suffice. */
static uint16_t fold_and_negate(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

void frame_gather_raw(const struct bonnet_tx *frame, uint8_t *buf)
{
    for (unsigned i = 0; i < frame->slices_n; i++) {
        memcpy(buf, frame->slices[i].data, frame->slices[i].len);
        buf += frame->slices[i].len;
    }
}

/* A computed 0 is sent as 0xffff in UDP, where 0 means "none" (RFC 768); in TCP both are the same.
 */
static void store(uint8_t *at, uint16_t sum)
{
    put16(at, sum ? sum : 0xffff);
}

void frame_gather(const struct bonnet_tx *frame, uint8_t *buf)
{
    frame_gather_raw(frame, buf);
    uint32_t field = (uint32_t)frame->csum_start + frame->csum_offset;
    if (!frame->needs_checksum || field + 2 > frame->len) return;
    uint8_t *start = buf + frame->csum_start;
    store(buf + field, fold_and_negate(sum16(start, frame->len - frame->csum_start)));
}

static bool look_ip4(const uint8_t *data, uint32_t len, struct frame_view *v)
{
    const uint8_t *ip = data + v->ip;
    if (len < v->ip + 20 || ip[0] >> 4 != 4) return false;
    bool fragment = (get16(ip + 6) & 0x3fff) != 0;
    v->transport = v->ip + (ip[0] & 15u) * 4;
    v->end = v->ip + get16(ip + 2);
    v->protocol = ip[9];
    return !fragment && v->transport >= v->ip + 20;
}

static bool look_ip6(const uint8_t *data, uint32_t len, struct frame_view *v)
{
    const uint8_t *ip = data + v->ip;
    if (len < v->ip + 40 || ip[0] >> 4 != 6) return false;
    v->transport = v->ip + 40;
    v->end = v->transport + get16(ip + 4);
    v->protocol = ip[6];
    v->ip6 = true;
    return true;
}

static bool look_transport(const uint8_t *data, struct frame_view *v)
{
    uint32_t len = v->end - v->transport;
    if (v->protocol == PROTOCOL_UDP) {
        v->text = v->transport + 8;
        return len >= 8;
    }
    if (v->protocol != PROTOCOL_TCP || len < 20) return false;
    v->text = v->transport + (data[v->transport + 12] >> 4) * 4u;
    return v->text >= v->transport + 20 && v->text <= v->end;
}

bool frame_look(const struct bonnet_rx *frame, enum bonnet_if_kind kind, struct frame_view *v)
{
    const uint8_t *data = frame->data;
    *v = (struct frame_view){.ip = kind == BONNET_IF_ETHERNET ? ETHERNET_HEADER : 0};
    if (frame->len < v->ip + 20) return false;
    unsigned type = data[v->ip] >> 4 == 4 ? ETHERTYPE_IP4 : ETHERTYPE_IP6;
    if (kind == BONNET_IF_ETHERNET) type = get16(data + 12);
    bool known = (type == ETHERTYPE_IP4 && look_ip4(data, frame->len, v)) ||
                 (type == ETHERTYPE_IP6 && look_ip6(data, frame->len, v));
    return known && v->end <= frame->len && v->transport <= v->end && look_transport(data, v);
}

void frame_checksum(uint8_t *data, const struct frame_view *v)
{
    uint32_t len = v->end - v->transport;
    uint32_t addresses = v->ip6 ? 32 : 8, at = v->ip + (v->ip6 ? 8 : 12);
    uint8_t *transport = data + v->transport;
    uint8_t *field = transport + (v->protocol == PROTOCOL_TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
    put16(field, 0);
    uint64_t sum = (uint64_t)sum16(data + at, addresses) + v->protocol + len;
    store(field, fold_and_negate(sum + sum16(transport, len)));
}

static void fix_ip(uint8_t *data, const struct frame_view *v, uint32_t piece)
{
    uint8_t *ip = data + v->ip;
    if (v->ip6) {
        put16(ip + 4, v->end - v->transport);
        return;
    }
    put16(ip + 2, v->end - v->ip);
    put16(ip + 4, get16(ip + 4) + piece);
    put16(ip + 10, 0);
    put16(ip + 10, fold_and_negate(sum16(ip, v->transport - v->ip)));
}

static void fix_tcp(uint8_t *tcp, uint32_t offset, bool is_last)
{
    uint32_t seq = ((uint32_t)get16(tcp + 4) << 16 | get16(tcp + 6)) + offset;
    put16(tcp + 4, seq >> 16);
    put16(tcp + 6, seq);
    unsigned keep = 0xff;
    if (!is_last) keep &= ~(unsigned)(TCP_FIN | TCP_PSH);
    if (offset > 0) keep &= ~(unsigned)TCP_CWR;
    tcp[13] = (uint8_t)(tcp[13] & keep);
}

uint32_t frame_cut(const struct bonnet_rx *super, const struct frame_view *v, uint32_t offset,
                   uint8_t *out)
{
    const uint8_t *data = super->data;
    uint32_t left = v->end - v->text - offset;
    uint32_t take = left > super->gso_size ? super->gso_size : left;
    struct frame_view piece = *v;
    piece.end = v->text + take;
    memcpy(out, data, v->text);
    memcpy(out + v->text, data + v->text + offset, take);
    fix_ip(out, &piece, offset / super->gso_size);
    fix_tcp(out + v->transport, offset, take == left);
    frame_checksum(out, &piece);
    return piece.end;
}
