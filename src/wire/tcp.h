/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP segments (RFC 9293 3.1, RFC 7323, RFC 2018): bytes <-> a value.
 *
 * Options: the first of a kind counts, an impossible length ends the reading of options, values out
 * of range are clamped; each of these leaves a note. Options that belong into a SYN are not read
 * elsewhere.
 */
#ifndef WIRE_TCP_H
#define WIRE_TCP_H

#include "base/seq.h"
#include "bonnet/bonnet.h"
#include "bonnet/inspect.h"
#include "wire/ip4.h"

#define TCP_HEADER          20
#define TCP_HEADER_MAX      60
#define TCP_SACK_BLOCKS_MAX 4
#define TCP_WSCALE_MAX      14

enum tcp_flag {
    TCP_FIN = 0x001,
    TCP_SYN = 0x002,
    TCP_RST = 0x004,
    TCP_PSH = 0x008,
    TCP_ACK = 0x010,
    TCP_URG = 0x020,
    TCP_ECE = 0x040,
    TCP_CWR = 0x080,
    TCP_AE = 0x100,
};

struct tcp_sack_block {
    tcp_seq from;
    tcp_seq to;
};

/* Which options a segment carries. */
enum tcp_option_bit {
    TCP_OPT_MSS = 0x01,
    TCP_OPT_WSCALE = 0x02,
    TCP_OPT_SACK_PERMITTED = 0x04,
    TCP_OPT_SACK = 0x08,
    TCP_OPT_TIMESTAMPS = 0x10,
};

struct tcp_seg {
    uint16_t sport, dport;
    tcp_seq seq;
    tcp_seq ack; /* meaningless without TCP_ACK */
    uint16_t flags;
    uint16_t wnd; /* as in the header: not scaled */
    uint16_t urg; /* meaningless without TCP_URG */
    uint8_t has;  /* enum tcp_option_bit, or-ed */
    uint8_t wscale;
    uint16_t mss;
    uint8_t sack_n;
    uint8_t header_len; /* bytes, options included */
    uint8_t ecn;        /* enum ip_ecn, of the IP header that carries it */
    uint16_t gso_size;  /* not 0: coalesced from segments of so many bytes of text */
    uint32_t ts_val, ts_ecr;
    struct tcp_sack_block sack[TCP_SACK_BLOCKS_MAX];
    uint32_t len;            /* bytes of text */
    const uint8_t *text;     /* borrowed; contiguous on the way in */
    uint32_t text_at;        /* on the way out: offset of the text in the SendQ */
    enum bonnet_reason note; /* the first flaw of the options, BONNET_R_NONE if there is none */
};

/* Sequence space a segment takes: text, SYN and FIN. */
static inline uint32_t tcp_seg_span(const struct tcp_seg *s)
{
    return s->len + ((s->flags & TCP_SYN) != 0) + ((s->flags & TCP_FIN) != 0);
}

/* Reads and checks a segment of len bytes. pseudo: ip_pseudo_sum() of it; checksum: NULL if the
 * driver vouches for it, otherwise the function to sum with. R_NONE, TCP_SHORT, TCP_DATA_OFFSET,
 * TCP_CHECKSUM, TCP_PORT_ZERO. */
enum bonnet_reason tcp_parse(struct tcp_seg *s, const uint8_t *p, uint32_t len, uint32_t pseudo,
                             bonnet_checksum_fn checksum);

/* Bytes of header and options that tcp_emit will write for s. */
uint32_t tcp_header_len(const struct tcp_seg *s);

/* Writes header and options in Linux' layout: MSS; SACK-permitted and timestamps packed together,
 * or NOPs before them; NOP and window scale; SACK blocks after two NOPs. The checksum field is left
 * 0. Returns the length, a multiple of 4. */
uint32_t tcp_emit(const struct tcp_seg *s, uint8_t p[TCP_HEADER_MAX]);

/* Offset of the checksum field in the header. */
#define TCP_CHECKSUM_AT 16

#endif
