/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints TCP segments as tcpdump -n does: flags, numbers, options as they are written, length.
 *
 * The options are walked here and not with tcp_option_next(): tcpdump goes on behind as many bytes
 * as a kind has, whatever its length says, and a broken option ends the line where it stands.
 * Options that nobody here speaks appear as their bytes.
 */
#include "base/bytes.h"
#include "wire/options.h"
#include "wire/packet_lines.h"
#include "wire/tcp.h"

/* Where the walk over the options stands. */
struct walk {
    const uint8_t *p;
    unsigned there;   /* bytes at p that the frame has */
    unsigned claimed; /* bytes at p that the header has, by its length */
    bool text_follows;
};

/* Blocks of a SACK option, by its length and in the frame. */
struct blocks {
    unsigned claimed, there;
};

enum walked { WALK_ON, WALK_BAD, WALK_CUT, WALK_CUT_VALUE };

static void print_numbers(struct line *l, const struct bonnet_packet *k,
                          const struct bonnet_packet_style *style);
static enum walked print_options(struct line *l, const struct bonnet_packet *k, uint32_t ack_base);
static enum walked print_option(struct line *l, struct walk *w, uint32_t ack_base);
static enum walked print_value(struct line *l, struct walk *w, const uint8_t head[2],
                               uint32_t ack_base);
static unsigned length_of(unsigned kind, unsigned claims);
static const char *name_of(unsigned kind);
static void print_name(struct line *l, unsigned kind);
static void print_known(struct line *l, unsigned kind, const uint8_t *value, unsigned n);
static void print_bytes(struct line *l, const uint8_t *p, unsigned n);
static void print_sack(struct line *l, const uint8_t *p, struct blocks blocks, uint32_t base);
static void print_user_timeout(struct line *l, uint16_t v);
static void print_cookie(struct line *l, const uint8_t *p, unsigned n);

char *bonnet_packet_flags(uint8_t flags, char *buf)
{
    static const char letter[] = "FSRP.UEW"; /* from bit 0 up */
    char *p = buf;
    for (unsigned i = 0; i < sizeof(letter) - 1; i++)
        if (flags >> i & 1) *p++ = letter[i];
    *p = '\0';
    if (flags == 0) text_string(buf, "none");
    return buf;
}

void packet_print_tcp(struct line *l, const struct bonnet_packet *k,
                      const struct bonnet_packet_style *style)
{
    char flags[10];
    if (k->flaw == BONNET_FLAW_CUT && k->header_len == 0) {
        bool ports = k->from.port != 0 || k->to.port != 0;
        line_string(l, ports ? " [|tcp]" : "[|tcp]");
        return;
    }
    if (k->header_len < TCP_HEADER) {
        line_number(l, " tcp ", k->payload_len - k->header_len, "");
        line_number(l, " [bad hdr length ", k->header_len, " - too short, < 20]");
        return;
    }
    line_string(l, "Flags [");
    line_string(l, bonnet_packet_flags(k->flags, flags));
    line_string(l, "]");
    if (k->header_len > k->payload_len) {
        line_number(l, " [bad hdr length ", k->header_len, " - too long, > ");
        line_number(l, "", k->payload_len, "]");
        return;
    }
    print_numbers(l, k, style);
    uint32_t ack_base = style->relative ? style->ack_base : 0;
    if (k->header_len > TCP_HEADER && !style->no_options &&
        print_options(l, k, ack_base) != WALK_ON)
        return;
    line_number(l, ", length ", k->text_len, "");
}

static void print_numbers(struct line *l, const struct bonnet_packet *k,
                          const struct bonnet_packet_style *style)
{
    uint32_t seq = style->relative ? k->seq - style->seq_base : k->seq;
    uint32_t ack = style->relative ? k->ack - style->ack_base : k->ack;
    bool takes_space = (k->flags & (BONNET_SYN | BONNET_FIN | BONNET_RST)) != 0;
    if (k->text_len > 0 || takes_space) line_number(l, ", seq ", seq, "");
    if (k->text_len > 0) line_number(l, ":", seq + k->text_len, "");
    if (k->flags & BONNET_ACK) line_number(l, ", ack ", ack, "");
    line_number(l, ", win ", k->window, "");
    if (k->flags & BONNET_URG) line_number(l, ", urg ", k->urgent, "");
}

/* Not WALK_ON: the line ends here. */
static enum walked print_options(struct line *l, const struct bonnet_packet *k, uint32_t ack_base)
{
    unsigned claimed = (unsigned)k->header_len - TCP_HEADER;
    struct walk w = {k->options, k->options_n, claimed, k->text_there > 0};
    bool first = true;
    line_string(l, ", options [");
    while (w.claimed > 0) {
        if (!first) line_string(l, ",");
        bool last = w.there > 0 && w.p[0] == TCP_KIND_END;
        enum walked how = print_option(l, &w, ack_base);
        if (how == WALK_CUT || how == WALK_CUT_VALUE) line_string(l, " [|tcp]");
        if (how == WALK_CUT_VALUE && !first) line_string(l, ">"); /* tcpdump's bracket */
        if (how == WALK_BAD) line_string(l, first ? "[bad opt]" : "[bad opt]]");
        if (how != WALK_ON) return how;
        if (last) break;
        first = false;
    }
    line_string(l, "]");
    return WALK_ON;
}

static enum walked print_option(struct line *l, struct walk *w, uint32_t ack_base)
{
    uint8_t head[2] = {0};
    if (w->there < 1) return WALK_CUT;
    head[0] = w->p[0];
    bool lone = head[0] == TCP_KIND_END || head[0] == TCP_KIND_NOP;
    if (!lone) {
        /* The first byte of the text would be its length, and too long in any case. */
        if (w->there < 2) return w->text_follows ? WALK_BAD : WALK_CUT;
        head[1] = w->p[1];
        if (head[1] < 2 || head[1] > w->claimed) return WALK_BAD;
    }
    unsigned head_len = lone ? 1 : 2;
    w->p += head_len;
    w->there -= head_len;
    w->claimed -= head_len;
    print_name(l, head[0]);
    return lone ? WALK_ON : print_value(l, w, head, ack_base);
}

/* head: kind and length. Goes behind the value. The bytes of a SACK that is none are not looked at,
 * and may be missing. */
static enum walked print_value(struct line *l, struct walk *w, const uint8_t head[2],
                               uint32_t ack_base)
{
    unsigned claims = head[1] - 2u;
    unsigned n = length_of(head[0], claims);
    unsigned there = n < w->there ? n : w->there;
    bool is_no_sack = head[0] == TCP_KIND_SACK && n % 8 != 0;
    if (n > w->claimed) return WALK_BAD;
    if (is_no_sack)
        line_string(l, " invalid sack");
    else if (head[0] == TCP_KIND_SACK)
        print_sack(l, w->p, (struct blocks){n / 8, there / 8}, ack_base);
    else if (there == n)
        print_known(l, head[0], w->p, n);
    else if (!name_of(head[0]))
        print_bytes(l, w->p, there);
    if (there < n && !is_no_sack) return WALK_CUT_VALUE;
    w->p += there;
    w->there -= there;
    w->claimed -= n;
    if (n != claims) line_number(l, "[len ", head[1], "]");
    return WALK_ON;
}

/* Bytes of value that a kind has; of others, the bytes that it claims. */
static unsigned length_of(unsigned kind, unsigned claims)
{
    switch (kind) {
    case TCP_KIND_SACK_PERMITTED: return 0;
    case TCP_KIND_WSCALE: return 1;
    case TCP_KIND_MSS:
    case TCP_KIND_USER_TIMEOUT: return 2;
    case TCP_KIND_TIMESTAMPS: return 8;
    default: return claims;
    }
}

/* NULL: a kind that is not spoken here. */
static const char *name_of(unsigned kind)
{
    switch (kind) {
    case TCP_KIND_END: return "eol";
    case TCP_KIND_NOP: return "nop";
    case TCP_KIND_MSS: return "mss";
    case TCP_KIND_WSCALE: return "wscale";
    case TCP_KIND_SACK_PERMITTED: return "sackOK";
    case TCP_KIND_SACK: return "sack";
    case TCP_KIND_TIMESTAMPS: return "TS";
    case TCP_KIND_USER_TIMEOUT: return "uto";
    case TCP_KIND_FASTOPEN: return "tfo";
    default: return NULL;
    }
}

static void print_name(struct line *l, unsigned kind)
{
    if (name_of(kind))
        line_string(l, name_of(kind));
    else
        line_number(l, "unknown-", kind, "");
}

static void print_known(struct line *l, unsigned kind, const uint8_t *value, unsigned n)
{
    switch (kind) {
    case TCP_KIND_SACK_PERMITTED: return;
    case TCP_KIND_MSS: line_number(l, " ", get_u16(value), ""); return;
    case TCP_KIND_WSCALE: line_number(l, " ", value[0], ""); return;
    case TCP_KIND_USER_TIMEOUT: print_user_timeout(l, get_u16(value)); return;
    case TCP_KIND_FASTOPEN: print_cookie(l, value, n); return;
    case TCP_KIND_TIMESTAMPS:
        line_number(l, " val ", get_u32(value), "");
        line_number(l, " ecr ", get_u32(value + 4), "");
        return;
    default:
        if (n > 0) print_bytes(l, value, n);
        return;
    }
}

static void print_bytes(struct line *l, const uint8_t *p, unsigned n)
{
    line_string(l, " 0x");
    line_hex(l, p, n);
}

/* Blocks lie in the stream that the acknowledgment is about. */
static void print_sack(struct line *l, const uint8_t *p, struct blocks blocks, uint32_t base)
{
    line_number(l, " ", blocks.claimed, " ");
    for (unsigned i = 0; i < blocks.there; i++, p += 8) {
        line_number(l, "{", get_u32(p) - base, ":");
        line_number(l, "", get_u32(p + 4) - base, "}");
    }
}

/* In hexadecimal, and in seconds. RFC 5482 3.1 has the highest bit say "minutes"; tcpdump looks at
 * the lowest. */
static void print_user_timeout(struct line *l, uint16_t v)
{
    char hex[11];
    text_number(hex, v, 16);
    line_string(l, " 0x");
    line_string(l, hex);
    line_number(l, " ", (v & 1) != 0 ? (v >> 1) * 60u : v >> 1, "");
}

static void print_cookie(struct line *l, const uint8_t *p, unsigned n)
{
    if (n == 0) {
        line_string(l, "  cookiereq");
    } else if (n % 2 != 0 || n < 4 || n > 16) {
        line_string(l, "  (invalid)");
    } else {
        line_string(l, "  cookie ");
        line_hex(l, p, n);
    }
}
