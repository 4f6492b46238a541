/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads, checks and writes TCP segments (RFC 9293 3.1). Decides whether a header is sound and what
 * its options say; what a segment means to a connection tcp/ decides, the floor under a peer's MSS
 * included.
 *
 * The rules for options, which any peer may break: the first sound one of a kind counts, later ones
 * are noted. An impossible length (below 2, or past the header) ends the reading; a length that its
 * kind does not have makes the option ignored. MSS, window scale and SACK-permitted count in a SYN
 * only, SACK everywhere else. Reserved bits are neither read nor written.
 *
 * Nearly every segment carries no option, or NOP NOP timestamps: both ways have a short cut for
 * these two, and the tests hold it against the general way.
 *
 * RFC 7323 (timestamps, window scale), RFC 2018 (SACK), RFC 9768 (AE as the ninth flag).
 */
#include "wire/tcp.h"
#include "base/bytes.h"
#include "base/checksum.h"

enum option_kind {
    KIND_END = 0,
    KIND_NOP = 1,
    KIND_MSS = 2,
    KIND_WSCALE = 3,
    KIND_SACK_PERMITTED = 4,
    KIND_SACK = 5,
    KIND_TIMESTAMPS = 8,
};

/* The first word of each option as it is sent, filled up with NOPs. */
#define WORD_MSS         0x02040000u /* plus the MSS */
#define WORD_SACK_OK     0x01010402u
#define WORD_TIMESTAMPS  0x0101080au
#define WORD_SACK_OK_TS  0x0402080au /* SACK-permitted takes the place of the NOPs */
#define WORD_WSCALE      0x01030300u /* plus the shift */
#define WORD_SACK        0x01010502u /* plus eight for each block */
#define BYTES_TIMESTAMPS 12u
#define BYTES_SACK_BLOCK 8u

_Static_assert(TCP_HEADER_MAX - TCP_HEADER < 2 + (TCP_SACK_BLOCKS_MAX + 1) * BYTES_SACK_BLOCK,
               "a header has no room for a block more than struct tcp_seg has");

/* No link that carries IPv4 makes a host ask for less: noted, and left to tcp/. */
#define MSS_NOTED_BELOW 64

static void read_options(struct tcp_seg *s, const uint8_t *p, unsigned len);
static void take_option(struct tcp_seg *s, const uint8_t *option, unsigned len);
static void take_value(struct tcp_seg *s, unsigned bit, const uint8_t *value);
static unsigned bit_of(unsigned kind);
static bool has_length_of(unsigned bit, unsigned len);
static bool is_in_place(const struct tcp_seg *s, unsigned bit);
static void note(struct tcp_seg *s, enum bonnet_reason flaw);
static uint32_t emit_options(const struct tcp_seg *s, uint8_t *p);
static uint32_t bytes_before_sack(const struct tcp_seg *s);
static uint32_t sack_blocks(const struct tcp_seg *s, uint32_t bytes_before);
static void put_timestamps(const struct tcp_seg *s, uint32_t first_word, uint8_t *p);

enum bonnet_reason tcp_parse(struct tcp_seg *s, const uint8_t *p, uint32_t len, uint32_t pseudo,
                             bonnet_checksum_fn checksum)
{
    if (len < TCP_HEADER) return BONNET_R_TCP_SHORT;
    uint32_t header_len = (uint32_t)(p[12] >> 4) * 4;
    if (header_len < TCP_HEADER || header_len > len) return BONNET_R_TCP_DATA_OFFSET;
    if (checksum && checksum_finish(checksum_add(pseudo, checksum(p, len))) != 0)
        return BONNET_R_TCP_CHECKSUM;
    s->sport = get_u16(p);
    s->dport = get_u16(p + 2);
    if (s->sport == 0 || s->dport == 0) return BONNET_R_TCP_PORT_ZERO;
    s->seq = seq(get_u32(p + 4));
    s->ack = seq(get_u32(p + 8));
    s->flags = (uint16_t)((p[12] & 1) << 8 | p[13]);
    s->wnd = get_u16(p + 14);
    s->urg = get_u16(p + 18);
    s->has = 0;
    s->sack_n = 0;
    s->header_len = (uint8_t)header_len;
    s->gso_size = 0;
    s->len = len - header_len;
    s->text = p + header_len;
    s->note = BONNET_R_NONE;
    if (header_len == TCP_HEADER) return BONNET_R_NONE;
    if (header_len == TCP_HEADER + BYTES_TIMESTAMPS && get_u32(p + TCP_HEADER) == WORD_TIMESTAMPS)
        take_value(s, TCP_OPT_TIMESTAMPS, p + TCP_HEADER + 4);
    else
        read_options(s, p + TCP_HEADER, header_len - TCP_HEADER);
    return BONNET_R_NONE;
}

static void read_options(struct tcp_seg *s, const uint8_t *p, unsigned len)
{
    unsigned at = 0;
    while (at < len && p[at] != KIND_END) {
        if (p[at] == KIND_NOP) {
            at++;
            continue;
        }
        if (len - at < 2 || p[at + 1] < 2 || p[at + 1] > len - at) {
            note(s, BONNET_R_TCP_OPTION_LENGTH);
            return;
        }
        unsigned option_len = p[at + 1];
        take_option(s, p + at, option_len);
        at += option_len;
    }
}

/* RFC 9293 MUST-6: an option of unknown kind is passed over. */
static void take_option(struct tcp_seg *s, const uint8_t *option, unsigned len)
{
    unsigned bit = bit_of(option[0]);
    if (bit == 0) return;
    if (!has_length_of(bit, len)) {
        note(s, BONNET_R_TCP_OPTION_VALUE);
    } else if (!is_in_place(s, bit)) {
        note(s, BONNET_R_TCP_OPTION_PLACE);
    } else if (s->has & bit) {
        note(s, BONNET_R_TCP_OPTION_DUPLICATE);
    } else {
        if (bit == TCP_OPT_SACK) s->sack_n = (uint8_t)(len / BYTES_SACK_BLOCK);
        take_value(s, bit, option + 2);
    }
}

static inline void take_value(struct tcp_seg *s, unsigned bit, const uint8_t *value)
{
    s->has |= (uint8_t)bit;
    switch ((enum tcp_option_bit)bit) {
    case TCP_OPT_MSS:
        s->mss = get_u16(value);
        if (s->mss < MSS_NOTED_BELOW) note(s, BONNET_R_TCP_OPTION_VALUE);
        break;
    case TCP_OPT_WSCALE:
        /* RFC 7323 2.3: a shift above 14 is logged and taken as 14. */
        s->wscale = value[0] > TCP_WSCALE_MAX ? TCP_WSCALE_MAX : value[0];
        if (value[0] > TCP_WSCALE_MAX) note(s, BONNET_R_TCP_OPTION_VALUE);
        break;
    case TCP_OPT_SACK_PERMITTED: break;
    case TCP_OPT_SACK:
        for (unsigned i = 0; i < s->sack_n; i++, value += BYTES_SACK_BLOCK)
            s->sack[i] = (struct tcp_sack_block){seq(get_u32(value)), seq(get_u32(value + 4))};
        break;
    case TCP_OPT_TIMESTAMPS:
        s->ts_val = get_u32(value);
        s->ts_ecr = get_u32(value + 4);
        break;
    }
}

/* 0: a kind that is not spoken here. */
static unsigned bit_of(unsigned kind)
{
    switch (kind) {
    case KIND_MSS: return TCP_OPT_MSS;
    case KIND_WSCALE: return TCP_OPT_WSCALE;
    case KIND_SACK_PERMITTED: return TCP_OPT_SACK_PERMITTED;
    case KIND_SACK: return TCP_OPT_SACK;
    case KIND_TIMESTAMPS: return TCP_OPT_TIMESTAMPS;
    default: return 0;
    }
}

static bool has_length_of(unsigned bit, unsigned len)
{
    switch ((enum tcp_option_bit)bit) {
    case TCP_OPT_MSS: return len == 4;
    case TCP_OPT_WSCALE: return len == 3;
    case TCP_OPT_SACK_PERMITTED: return len == 2;
    case TCP_OPT_SACK: return len > 2 && len % BYTES_SACK_BLOCK == 2;
    case TCP_OPT_TIMESTAMPS: return len == 10;
    }
    return false;
}

static bool is_in_place(const struct tcp_seg *s, unsigned bit)
{
    bool syn = (s->flags & TCP_SYN) != 0;
    if (bit == TCP_OPT_TIMESTAMPS) return true;
    return syn != (bit == TCP_OPT_SACK);
}

static void note(struct tcp_seg *s, enum bonnet_reason flaw)
{
    if (s->note == BONNET_R_NONE) s->note = flaw;
}

uint32_t tcp_header_len(const struct tcp_seg *s)
{
    uint32_t before = bytes_before_sack(s);
    uint32_t blocks = sack_blocks(s, before);
    return TCP_HEADER + before + (blocks > 0 ? 4 + blocks * BYTES_SACK_BLOCK : 0);
}

uint32_t tcp_emit(const struct tcp_seg *s, uint8_t p[TCP_HEADER_MAX])
{
    uint32_t header_len = TCP_HEADER;
    if (s->has == TCP_OPT_TIMESTAMPS) {
        put_timestamps(s, WORD_TIMESTAMPS, p + TCP_HEADER);
        header_len += BYTES_TIMESTAMPS;
    } else if (s->has != 0) {
        header_len += emit_options(s, p + TCP_HEADER);
    }
    put_u16(p, s->sport);
    put_u16(p + 2, s->dport);
    put_u32(p + 4, s->seq.v);
    put_u32(p + 8, s->flags & TCP_ACK ? s->ack.v : 0);
    p[12] = (uint8_t)(header_len / 4 << 4 | (s->flags >> 8 & 1));
    p[13] = (uint8_t)s->flags;
    put_u16(p + 14, s->wnd);
    put_u16(p + TCP_CHECKSUM_AT, 0);
    put_u16(p + 18, s->flags & TCP_URG ? s->urg : 0);
    return header_len;
}

static uint32_t emit_options(const struct tcp_seg *s, uint8_t *p)
{
    uint8_t *at = p;
    bool sack_ok = (s->has & TCP_OPT_SACK_PERMITTED) != 0;
    if (s->has & TCP_OPT_MSS) {
        put_u32(at, WORD_MSS | s->mss);
        at += 4;
    }
    if (s->has & TCP_OPT_TIMESTAMPS) {
        put_timestamps(s, sack_ok ? WORD_SACK_OK_TS : WORD_TIMESTAMPS, at);
        at += BYTES_TIMESTAMPS;
    } else if (sack_ok) {
        put_u32(at, WORD_SACK_OK);
        at += 4;
    }
    if (s->has & TCP_OPT_WSCALE) {
        put_u32(at, WORD_WSCALE | s->wscale);
        at += 4;
    }
    uint32_t blocks = sack_blocks(s, (uint32_t)(at - p));
    if (blocks > 0) {
        put_u32(at, WORD_SACK + blocks * BYTES_SACK_BLOCK);
        at += 4;
    }
    for (uint32_t i = 0; i < blocks; i++, at += BYTES_SACK_BLOCK) {
        put_u32(at, s->sack[i].from.v);
        put_u32(at + 4, s->sack[i].to.v);
    }
    return (uint32_t)(at - p);
}

static uint32_t bytes_before_sack(const struct tcp_seg *s)
{
    uint32_t bytes = 0;
    if (s->has & TCP_OPT_MSS) bytes += 4;
    if (s->has & TCP_OPT_WSCALE) bytes += 4;
    if (s->has & TCP_OPT_TIMESTAMPS)
        bytes += BYTES_TIMESTAMPS;
    else if (s->has & TCP_OPT_SACK_PERMITTED)
        bytes += 4;
    return bytes;
}

/* RFC 2018 3: as many blocks as there is room for beside the other options. */
static uint32_t sack_blocks(const struct tcp_seg *s, uint32_t bytes_before)
{
    if (!(s->has & TCP_OPT_SACK)) return 0;
    uint32_t room = (TCP_HEADER_MAX - TCP_HEADER - bytes_before - 4) / BYTES_SACK_BLOCK;
    return s->sack_n < room ? s->sack_n : room;
}

static inline void put_timestamps(const struct tcp_seg *s, uint32_t first_word, uint8_t *p)
{
    put_u32(p, first_word);
    put_u32(p + 4, s->ts_val);
    put_u32(p + 8, s->ts_ecr);
}
