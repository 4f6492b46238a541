/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a segment as packetdrill would: flags, sequence range, ack, window, urgent pointer,
 * options. The options stand in the order in which tcp_emit lays them out, NOPs included, whatever
 * the order in which they came: a line says what a segment means, and what was sent prints as what
 * a capture of it shows.
 *
 * The longest line, four SACK blocks and every other option at once, stays below WIRE_PRINT_MAX.
 */
#include "wire/print.h"
#include "wire/addr.h"
#include "wire/text.h"

static char *print_flags(char *p, uint16_t flags);
static char *print_options(char *p, const struct tcp_seg *s, tcp_seq ack_base);
static char *print_sack(char *p, const struct tcp_seg *s, tcp_seq ack_base);
static char *print_labelled(char *p, const char *label, uint32_t v);

char *tcp_print(const struct tcp_seg *s, tcp_seq seq_base, tcp_seq ack_base, char *buf)
{
    uint32_t from = seq_span(s->seq, seq_base);
    char *p = print_flags(buf, s->flags);
    p = print_labelled(p, " ", from);
    p = print_labelled(p, ":", from + s->len);
    p = print_labelled(p, "(", s->len);
    p = text_string(p, ")");
    if (s->flags & TCP_ACK) p = print_labelled(p, " ack ", seq_span(s->ack, ack_base));
    p = print_labelled(p, " win ", s->wnd);
    if (s->flags & TCP_URG) p = print_labelled(p, " urg ", s->urg);
    if (s->has) print_options(p, s, ack_base);
    return buf;
}

char *endpoint_print(const struct bonnet_endpoint *e, char *buf)
{
    bool ip4 = addr_is_ip4(&e->addr);
    char *p = ip4 ? buf : text_string(buf, "[");
    bonnet_addr_print(e->addr, p);
    while (*p)
        p++;
    print_labelled(p, ip4 ? ":" : "]:", e->port);
    return buf;
}

static char *print_flags(char *p, uint16_t flags)
{
    static const char letter[] = "FSRP.UEWA"; /* from bit 0 up */
    if (flags == 0) return text_string(p, "-");
    for (unsigned i = 0; i < sizeof(letter) - 1; i++)
        if (flags >> i & 1) *p++ = letter[i];
    *p = '\0';
    return p;
}

/* Each option brings its comma along; the first comma becomes the bracket. */
static char *print_options(char *p, const struct tcp_seg *s, tcp_seq ack_base)
{
    char *start = text_string(p, " ");
    bool ts = (s->has & TCP_OPT_TIMESTAMPS) != 0;
    bool sack_ok = (s->has & TCP_OPT_SACK_PERMITTED) != 0;
    p = start;
    if (s->has & TCP_OPT_MSS) p = print_labelled(p, ",mss ", s->mss);
    if (ts != sack_ok) p = text_string(p, ",nop,nop");
    if (sack_ok) p = text_string(p, ",sackOK");
    if (ts) {
        p = print_labelled(p, ",TS val ", s->ts_val);
        p = print_labelled(p, " ecr ", s->ts_ecr);
    }
    if (s->has & TCP_OPT_WSCALE) p = print_labelled(p, ",nop,wscale ", s->wscale);
    if (s->has & TCP_OPT_SACK) p = print_sack(p, s, ack_base);
    *start = '<';
    return text_string(p, ">");
}

/* Blocks lie in the stream that the acknowledgment is about. */
static char *print_sack(char *p, const struct tcp_seg *s, tcp_seq ack_base)
{
    p = text_string(p, ",nop,nop,sack");
    for (unsigned i = 0; i < s->sack_n && i < TCP_SACK_BLOCKS_MAX; i++) {
        p = print_labelled(p, " ", seq_span(s->sack[i].from, ack_base));
        p = print_labelled(p, ":", seq_span(s->sack[i].to, ack_base));
    }
    return p;
}

static char *print_labelled(char *p, const char *label, uint32_t v)
{
    return text_number(text_string(p, label), v, 10);
}
