/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SipHash after the paper (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012).
 *
 * Messages are bytes, read in little-endian order on every machine, so that the paper's vectors
 * hold. The forms for a fixed number of words take the words as numbers: what they return equals
 * siphash13 of the words' little-endian bytes, without ever writing those bytes.
 */
#include "base/siphash.h"

struct sip {
    uint64_t a, b, c, d;
};

static inline uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline void sip_rounds(struct sip *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        s->a += s->b;
        s->b = rotl(s->b, 13) ^ s->a;
        s->a = rotl(s->a, 32);
        s->c += s->d;
        s->d = rotl(s->d, 16) ^ s->c;
        s->a += s->d;
        s->d = rotl(s->d, 21) ^ s->a;
        s->c += s->b;
        s->b = rotl(s->b, 17) ^ s->c;
        s->c = rotl(s->c, 32);
    }
}

static inline struct sip sip_begin(const struct siphash_key *key)
{
    return (struct sip){
        .a = key->k[0] ^ 0x736f6d6570736575u,
        .b = key->k[1] ^ 0x646f72616e646f6du,
        .c = key->k[0] ^ 0x6c7967656e657261u,
        .d = key->k[1] ^ 0x7465646279746573u,
    };
}

static inline void sip_word(struct sip *s, uint64_t word, unsigned rounds)
{
    s->d ^= word;
    sip_rounds(s, rounds);
    s->a ^= word;
}

static inline uint64_t sip_end(struct sip *s, unsigned rounds)
{
    s->c ^= 0xff;
    sip_rounds(s, rounds);
    return s->a ^ s->b ^ s->c ^ s->d;
}

/* n bytes, at most 8, as a number; the compiler makes one load of eight. */
static inline uint64_t load_le(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static inline uint64_t sip_bytes(const struct siphash_key *key, const uint8_t *p, size_t len,
                                 unsigned word_rounds, unsigned end_rounds)
{
    struct sip s = sip_begin(key);
    size_t i = 0;
    for (; i + 8 <= len; i += 8)
        sip_word(&s, load_le(p + i, 8), word_rounds);
    sip_word(&s, load_le(p + i, len - i) | (uint64_t)len << 56, word_rounds);
    return sip_end(&s, end_rounds);
}

uint64_t siphash13(const struct siphash_key *key, const void *p, size_t len)
{
    return sip_bytes(key, p, len, 1, 3);
}

uint64_t siphash24(const struct siphash_key *key, const void *p, size_t len)
{
    return sip_bytes(key, p, len, 2, 4);
}

static inline uint64_t sip_two(const struct siphash_key *key, const uint64_t w[2],
                               unsigned word_rounds, unsigned end_rounds)
{
    struct sip s = sip_begin(key);
    sip_word(&s, w[0], word_rounds);
    sip_word(&s, w[1], word_rounds);
    sip_word(&s, (uint64_t)16 << 56, word_rounds);
    return sip_end(&s, end_rounds);
}

uint64_t siphash13_2(const struct siphash_key *key, uint64_t a, uint64_t b)
{
    return sip_two(key, (const uint64_t[2]){a, b}, 1, 3);
}

uint64_t siphash24_2(const struct siphash_key *key, uint64_t a, uint64_t b)
{
    return sip_two(key, (const uint64_t[2]){a, b}, 2, 4);
}

uint64_t siphash13_5(const struct siphash_key *key, const uint64_t w[5])
{
    struct sip s = sip_begin(key);
    for (unsigned i = 0; i < 5; i++)
        sip_word(&s, w[i], 1);
    sip_word(&s, (uint64_t)40 << 56, 1);
    return sip_end(&s, 3);
}
