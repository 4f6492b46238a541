/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device of libdriver.h, and frames to feed it with. Checksums are computed here by words, so
 * that what host/frame.c computes is checked by other code.
 */
#include "libdriver.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int device_input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    struct device *v = (struct device *)d;
    if (v->answer < 0) return v->answer;
    assert_in_range(v->taken_n, 0, DEVICE_FRAMES_MAX - 1);
    struct device_frame *f = &v->taken[v->taken_n++];
    for (unsigned i = 0; i < frame->slices_n; i++) {
        memcpy(f->data + f->len, frame->slices[i].data, frame->slices[i].len);
        f->len += frame->slices[i].len;
    }
    assert_int_equal(f->len, frame->len);
    return 0;
}

static int device_output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    struct device *v = (struct device *)d;
    if (v->given_next == v->given_n) return 0;
    const struct device_frame *f = &v->given[v->given_next++];
    *frame = (struct bonnet_rx){
        .data = f->data, .len = f->len, .gso_size = f->gso_size, .checksum_good = f->checksum_good};
    return 1;
}

static void device_verdict(struct bonnet_driver *d, const struct bonnet_rx *frame, int reason)
{
    (void)frame;
    ((struct device *)d)->last_verdict = reason;
}

static void device_tick(struct bonnet_driver *d, bonnet_time now)
{
    ((struct device *)d)->now = now;
}

static int device_fd(const struct bonnet_driver *d)
{
    (void)d;
    return 42;
}

static void device_free(struct bonnet_driver *d)
{
    struct device *v = (struct device *)d;
    if (v->is_freed) *v->is_freed = true;
    free(v->taken);
    free(v->given);
    free(v);
}

static const struct bonnet_driver_ops device_ops = {
    .name = "device",
    .input = device_input,
    .output = device_output,
    .verdict = device_verdict,
    .tick = device_tick,
    .fd = device_fd,
    .free = device_free,
};

struct device *device_new(enum bonnet_if_kind kind)
{
    struct device *v = calloc(1, sizeof *v);
    assert_non_null(v);
    v->taken = calloc(DEVICE_FRAMES_MAX, sizeof *v->taken);
    v->given = calloc(DEVICE_FRAMES_MAX, sizeof *v->given);
    assert_non_null(v->taken);
    assert_non_null(v->given);
    v->d = (struct bonnet_driver){.ops = &device_ops,
                                  .offload = BONNET_OFFLOAD_TX_GSO,
                                  .mtu = 1500,
                                  .kind = kind,
                                  .mac = {2, 0, 0, 0, 0, 9},
                                  .name = "device0"};
    v->last_verdict = -1;
    return v;
}

struct device_frame *device_gives(struct device *d, const void *data, uint32_t len)
{
    assert_in_range(d->given_n, 0, DEVICE_FRAMES_MAX - 1);
    struct device_frame *f = &d->given[d->given_n++];
    assert_in_range(len, 0, sizeof f->data);
    memcpy(f->data, data, len);
    f->len = len;
    return f;
}

/* RFC 1071 by the processor's words: independent of byte order, folded, not negated. */
static uint16_t words_sum(const uint8_t *p, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i += 2) {
        uint8_t pair[2] = {p[i], i + 1 < len ? p[i + 1] : 0};
        uint16_t word;
        memcpy(&word, pair, sizeof word);
        sum += word;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static uint16_t pseudo_sum(const uint8_t *ip, uint32_t len)
{
    uint16_t tail[2] = {htons(ip[9]), htons((uint16_t)len)};
    uint8_t bytes[4];
    memcpy(bytes, tail, sizeof bytes);
    return words_sum(bytes, sizeof bytes, words_sum(ip + 12, 8, 0));
}

uint32_t tcp_frame(uint8_t *buf, uint32_t text_len, uint8_t flags)
{
    const uint8_t header[54] = {
        2,    0,    0,    0,    0,    9,    2, 0, 0,  0, 0,    1,     8,    0, 0x45, 0, 0,    0,
        0xff, 0xfe, 0x40, 0,    64,   6,    0, 0, 10, 0, 0,    1,     10,   0, 0,    2, 0x30, 0x39,
        0,    80,   0xff, 0xff, 0xff, 0x00, 1, 2, 3,  4, 0x50, flags, 0x10, 0, 0,    0, 0,    0};
    memcpy(buf, header, sizeof header);
    for (uint32_t i = 0; i < text_len; i++)
        buf[sizeof header + i] = (uint8_t)(i * 31 + (i >> 8));
    uint16_t total = htons((uint16_t)(40 + text_len));
    memcpy(buf + 16, &total, sizeof total);
    uint16_t sum = (uint16_t)~words_sum(buf + 14, 20, 0);
    memcpy(buf + 24, &sum, sizeof sum);
    sum = pseudo_sum(buf + 14, 20 + text_len);
    memcpy(buf + 50, &sum, sizeof sum);
    return 54 + text_len;
}

bool checksums_are_good(const uint8_t *frame, uint32_t len)
{
    const uint8_t *ip = frame + 14;
    uint32_t header = (ip[0] & 15u) * 4, total = (uint32_t)(ip[2] << 8 | ip[3]);
    if (total + 14 > len || words_sum(ip, header, 0) != 0xffff) return false;
    uint32_t transport = total - header;
    return words_sum(ip + header, transport, pseudo_sum(ip, transport)) == 0xffff;
}

struct bonnet_tx tx_of(const void *data, uint32_t len)
{
    struct bonnet_tx tx = {.len = len, .slices_n = 1};
    tx.slices[0] = (struct bonnet_slice){.data = data, .len = len};
    return tx;
}
