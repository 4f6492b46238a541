/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SipHash (Aumasson, Bernstein 2012): a keyed hash that nobody can predict without the key.
 * 1-3 for hash tables, 2-4 where an attacker sees results: sequence numbers, cookies, ports.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t k[2];
};

uint64_t siphash13(const struct siphash_key *key, const void *p, size_t len);
uint64_t siphash24(const struct siphash_key *key, const void *p, size_t len);

/* siphash13 of two and of five words in native order: what the tables hash at each packet. */
uint64_t siphash13_2(const struct siphash_key *key, uint64_t a, uint64_t b);
uint64_t siphash13_5(const struct siphash_key *key, const uint64_t w[5]);

/* siphash24 of two words: what each handshake asks for several times. */
uint64_t siphash24_2(const struct siphash_key *key, uint64_t a, uint64_t b);

#endif
