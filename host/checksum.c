/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum's sum (RFC 1071), as fast as the processor at hand can add.
 *
 * Sums are of 16-bit words in memory order: on a little-endian machine the bytes of the sum are
 * swapped as those of the words are, so the folded complement may be stored with memcpy (RFC
 * 1071 2.B). An odd last byte counts as if a zero byte followed it. Because 2^16 is congruent to 1
 * modulo 0xffff, 64-bit words may be added in place of 16-bit ones as long as no carry is lost, and
 * be folded at the end.
 *
 * The vector loops keep two sums for each 64-bit lane: `all`, of whole lanes, modulo 2^64, and
 * `high`, of their upper halves. The sum of the lower halves is all - (high << 32). That is three
 * instructions for each vector, where masking the halves apart takes four. Halves are below 2^32,
 * so that nothing overflows, the sum over all lanes included, in fewer than 2^32 of them: 16 GiB.
 *
 * Every variant agrees with a plain loop modulo 0xffff, and gives 0 only for bytes that are all
 * zero; tests/host/checksum.c compares them.
 */
#include <bonnet/host.h>

#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#define CHECKSUM_X86 1
#include <immintrin.h>
#else
#define CHECKSUM_X86 0
#endif

/* Below this many bytes setting up vectors costs more than it saves: all headers are below. */
#define VECTORS_PAY_BYTES 96

static uint64_t load64(const unsigned char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* One's complement addition: the carry comes back in at the bottom. */
static uint64_t add_carry(uint64_t sum, uint64_t w)
{
    sum += w;
    return sum + (sum < w);
}

static uint32_t fold32(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    return (uint32_t)((sum & 0xffffffff) + (sum >> 32));
}

/* Fewer than eight bytes: each piece begins at an even place, as its words do. */
static uint64_t sum_rest(uint64_t sum, const unsigned char *p, size_t len)
{
    uint32_t four = 0;
    uint16_t two = 0, one = 0;
    if (len & 4) memcpy(&four, p, 4), p += 4;
    if (len & 2) memcpy(&two, p, 2), p += 2;
    if (len & 1) memcpy(&one, p, 1);
    return add_carry(sum, (uint64_t)four + two + one);
}

/* Two sums, since one would wait for its own carry at each word. */
static uint64_t sum_words(uint64_t sum, const unsigned char *p, size_t len)
{
    uint64_t other = 0;
    for (; len >= 16; p += 16, len -= 16) {
        sum = add_carry(sum, load64(p));
        other = add_carry(other, load64(p + 8));
    }
    if (len & 8) sum = add_carry(sum, load64(p)), p += 8;
    return sum_rest(add_carry(sum, other), p, len);
}

static uint32_t checksum_portable(const void *p, size_t len)
{
    return fold32(sum_words(0, p, len));
}

#if CHECKSUM_X86

/* Keeps a loaded vector in its register: gcc would rather load it again at its second use, and
 * loads across cache lines are what bounds the loop. */
#define LOAD_ONCE(v) __asm__("" : "+x"(v))

__attribute__((target("sse2"))) static uint32_t checksum_sse2(const void *from, size_t len)
{
    const unsigned char *p = from;
    if (len < VECTORS_PAY_BYTES) return checksum_portable(p, len);
    __m128i all = _mm_setzero_si128(), high = all;
    for (; len >= sizeof all; p += sizeof all, len -= sizeof all) {
        __m128i v = _mm_loadu_si128((const void *)p);
        all = _mm_add_epi64(all, v);
        high = _mm_add_epi64(high, _mm_srli_epi64(v, 32));
    }
    __m128i lanes = _mm_add_epi64(_mm_sub_epi64(all, _mm_slli_epi64(high, 32)), high);
    uint64_t two[2];
    _mm_storeu_si128((void *)two, lanes);
    return fold32(sum_words(two[0] + two[1], p, len));
}

__attribute__((target("avx2"))) static uint32_t checksum_avx2(const void *from, size_t len)
{
    const unsigned char *p = from;
    if (len < VECTORS_PAY_BYTES) return checksum_portable(p, len);
    __m256i all = _mm256_setzero_si256(), high = all;
    for (; len >= sizeof all; p += sizeof all, len -= sizeof all) {
        __m256i v = _mm256_loadu_si256((const void *)p);
        LOAD_ONCE(v);
        all = _mm256_add_epi64(all, v);
        high = _mm256_add_epi64(high, _mm256_srli_epi64(v, 32));
    }
    __m256i lanes = _mm256_add_epi64(_mm256_sub_epi64(all, _mm256_slli_epi64(high, 32)), high);
    __m128i half = _mm_add_epi64(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    uint64_t two[2];
    _mm_storeu_si128((void *)two, half);
    return fold32(sum_words(two[0] + two[1], p, len));
}

/* The last vector is loaded under a mask, which reads nothing beyond the end. */
__attribute__((target("avx512f,avx512bw"))) static uint32_t checksum_avx512(const void *from,
                                                                            size_t len)
{
    const unsigned char *p = from;
    if (len < VECTORS_PAY_BYTES) return checksum_portable(p, len);
    __m512i all = _mm512_setzero_si512(), high = all;
    for (; len >= sizeof all; p += sizeof all, len -= sizeof all) {
        __m512i v = _mm512_loadu_si512((const void *)p);
        LOAD_ONCE(v);
        all = _mm512_add_epi64(all, v);
        high = _mm512_add_epi64(high, _mm512_srli_epi64(v, 32));
    }
    __m512i rest = _mm512_maskz_loadu_epi8(((__mmask64)1 << len) - 1, p);
    all = _mm512_add_epi64(all, rest);
    high = _mm512_add_epi64(high, _mm512_srli_epi64(rest, 32));
    __m512i lanes = _mm512_add_epi64(_mm512_sub_epi64(all, _mm512_slli_epi64(high, 32)), high);
    return fold32((uint64_t)_mm512_reduce_add_epi64(lanes));
}

bonnet_checksum_fn bonnet_host_checksum(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw")) return checksum_avx512;
    if (__builtin_cpu_supports("avx2")) return checksum_avx2;
    if (__builtin_cpu_supports("sse2")) return checksum_sse2;
    return checksum_portable;
}

#else

bonnet_checksum_fn bonnet_host_checksum(void)
{
    return checksum_portable;
}

#endif
