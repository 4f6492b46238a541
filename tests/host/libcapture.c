/* SPDX-License-Identifier: BSD-2-Clause */
/* A reader of captures: see libcapture.h. */
#include "libcapture.h"
#include "libdriver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char capture_path[] = "/tmp/bonnet-pcapng-XXXXXX";

uint32_t capture_u32(const uint8_t *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

uint16_t capture_u16(const uint8_t *p)
{
    uint16_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

struct capture reads_back(void)
{
    struct capture c = {0};
    FILE *f = fopen(capture_path, "rb");
    assert_non_null(f);
    c.bytes = malloc(1 << 20);
    assert_non_null(c.bytes);
    c.len = fread(c.bytes, 1, 1 << 20, f);
    fclose(f);
    return c;
}

/* Every block: a multiple of four, its length at both ends. */
struct block next_block(struct capture *c)
{
    assert_true(c->len - c->at >= 12);
    const uint8_t *p = c->bytes + c->at;
    uint32_t len = capture_u32(p + 4);
    assert_true(len >= 12 && len % 4 == 0 && len <= c->len - c->at);
    assert_int_equal(capture_u32(p + len - 4), len);
    c->at += len;
    return (struct block){.type = capture_u32(p), .len = len - 12, .body = p + 8};
}

/* The value of an option of a block whose options begin at offset; NULL: it has none. */
static const uint8_t *option(const struct block *b, uint32_t offset, uint16_t code, uint16_t *len)
{
    const uint8_t *found = NULL;
    while (offset < b->len) {
        const uint8_t *p = b->body + offset;
        assert_true(offset + 4 <= b->len);
        *len = capture_u16(p + 2);
        offset += 4 + ((*len + 3u) & ~3u);
        assert_true(offset <= b->len);
        if (capture_u16(p) == 0) {
            assert_int_equal(offset, b->len);
            return NULL;
        }
        if (capture_u16(p) == code) {
            found = p + 4;
            break;
        }
    }
    return found;
}

void option_is(const struct block *b, uint32_t offset, uint16_t code, const char *text)
{
    uint16_t len;
    const uint8_t *value = option(b, offset, code, &len);
    if (!text) {
        assert_null(value);
        return;
    }
    assert_non_null(value);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(value, text, len);
}

struct packet next_packet(struct capture *c)
{
    struct packet p = {.block = next_block(c)};
    const uint8_t *body = p.block.body;
    uint16_t len;
    assert_int_equal(p.block.type, EPB);
    p.interface = capture_u32(body);
    p.at = (uint64_t)capture_u32(body + 4) << 32 | capture_u32(body + 8);
    p.len = capture_u32(body + 12);
    assert_int_equal(p.len, capture_u32(body + 16));
    p.data = body + 20;
    p.options = 20 + ((p.len + 3) & ~3u);
    const uint8_t *flags = option(&p.block, p.options, 2, &len);
    assert_non_null(flags);
    p.flags = capture_u32(flags);
    return p;
}

void comment_is(const struct packet *p, const char *what, int reason)
{
    char text[256];
    snprintf(text, sizeof text, "%s: %s: %s", what, bonnet_reason_name(reason),
             bonnet_reason_text(reason));
    option_is(&p->block, p->options, 1, text);
}

struct bonnet_pcapng *opens(const char *host)
{
    struct bonnet_pcapng *p;
    assert_int_equal(bonnet_pcapng_open(capture_path, host, &p), 0);
    return p;
}

struct bonnet_driver *tee(struct bonnet_pcapng *p, struct device *device)
{
    struct bonnet_driver *d;
    assert_int_equal(bonnet_pcapng_wrap(p, &device->d, &d), 0);
    return d;
}

void takes_with_verdict(struct bonnet_driver *d, int reason)
{
    struct bonnet_rx rx;
    assert_int_equal(d->ops->output(d, &rx), 1);
    d->ops->verdict(d, &rx, reason);
}

void skip_head(struct capture *c)
{
    uint32_t type;
    assert_int_equal(next_block(c).type, SHB);
    do {
        type = next_block(c).type;
    } while (type == NRB);
    assert_int_equal(type, IDB);
}
