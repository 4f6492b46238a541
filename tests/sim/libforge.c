/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets of libforge.h, byte by byte: nothing of the stack's own code is in them.
 */
#include "libforge.h"

#include <string.h>

void forge_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void forge_put32(uint8_t *p, uint32_t v)
{
    forge_put16(p, v >> 16);
    forge_put16(p + 2, v);
}

static uint32_t sum(const uint8_t *p, uint32_t len, uint32_t start)
{
    for (uint32_t i = 0; i < len; i++)
        start += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return start;
}

void forge_put_sum(uint8_t *to, const uint8_t *p, uint32_t len, uint32_t others)
{
    forge_put16(to, 0);
    uint32_t total = sum(p, len, others);
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    forge_put16(to, ~total);
}

void forge_tcp(struct forged *f, uint16_t sport, uint16_t dport, uint8_t flags)
{
    memset(f->body, 0, 20);
    f->protocol = 6;
    f->len = 20;
    forge_put16(f->body, sport);
    forge_put16(f->body + 2, dport);
    f->body[12] = 5 << 4;
    f->body[13] = flags;
}

static void close_transport(struct forged *f)
{
    uint32_t pseudo = sum(f->from.b + 12, 4, sum(f->to.b + 12, 4, f->protocol + f->len));
    if (f->protocol == 6) forge_put_sum(f->body + 16, f->body, f->len, pseudo);
    if (f->protocol == 17) forge_put_sum(f->body + 6, f->body, f->len, pseudo);
    if (f->protocol == 1) forge_put_sum(f->body + 2, f->body, f->len, 0);
}

uint32_t forge_packet(struct forged *f, uint8_t out[FORGED_MAX])
{
    close_transport(f);
    memset(out, 0, 20);
    out[0] = 0x45;
    forge_put16(out + 2, 20 + f->len);
    forge_put16(out + 4, f->id);
    forge_put16(out + 6, f->fragment);
    out[8] = 64;
    out[9] = f->protocol;
    memcpy(out + 12, f->from.b + 12, 4);
    memcpy(out + 16, f->to.b + 12, 4);
    forge_put_sum(out + 10, out, 20, 0);
    memcpy(out + 20, f->body, f->len);
    return 20 + f->len;
}
