/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments in the notation of packetdrill, read and printed. Options are kept as the bytes they
 * are, so that order and padding count when they are compared.
 */
#include "libpacket.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    char letter;
    uint8_t flag;
} flags[] = {
    {'F', PACKET_FIN}, {'S', PACKET_SYN}, {'R', PACKET_RST}, {'P', PACKET_PSH},
    {'.', PACKET_ACK}, {'U', PACKET_URG}, {'E', PACKET_ECE}, {'W', PACKET_CWR},
};
#define FLAGS_N (sizeof flags / sizeof flags[0])

static const char *const ecn_words[] = {"noecn", "ect1", "ect0", "ce"};
#define ECN_WORDS_N (sizeof ecn_words / sizeof ecn_words[0])

uint32_t packet_get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void packet_put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

uint8_t *packet_option(struct packet *p, uint8_t kind)
{
    for (unsigned i = 0; i < p->options_n && p->options[i] != 0;) {
        if (p->options[i] == kind) return &p->options[i];
        bool is_single = p->options[i] == 1 || i + 1 == p->options_n || p->options[i + 1] < 2;
        i += is_single ? 1 : p->options[i + 1];
    }
    return NULL;
}

/* ---- reading ---- */

static uint32_t number(struct cursor *c, int64_t max)
{
    int64_t v = 0;
    if (cursor_number(c, &v) && (v < 0 || v > max)) cursor_fail(c, "a number in range");
    return (uint32_t)v;
}

static void add_byte(struct cursor *c, struct packet *p, uint32_t byte)
{
    if (p->options_n == PACKET_OPTIONS_MAX)
        cursor_fail(c, "at most 40 bytes of options");
    else
        p->options[p->options_n++] = (uint8_t)byte;
}

static void add_head(struct cursor *c, struct packet *p, uint32_t kind, uint32_t len)
{
    add_byte(c, p, kind);
    add_byte(c, p, len);
}

static void add32(struct cursor *c, struct packet *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        add_byte(c, p, value >> (24 - 8 * i));
}

static void parse_timestamps(struct cursor *c, struct packet *p)
{
    add_head(c, p, PACKET_OPTION_TS, 10);
    cursor_need(c, "val");
    add32(c, p, number(c, UINT32_MAX));
    cursor_need(c, "ecr");
    add32(c, p, number(c, UINT32_MAX));
}

static void parse_blocks(struct cursor *c, struct packet *p)
{
    unsigned head = p->options_n;
    add_head(c, p, PACKET_OPTION_SACK, 2);
    do {
        add32(c, p, number(c, UINT32_MAX));
        cursor_need(c, ":");
        add32(c, p, number(c, UINT32_MAX));
    } while (!c->error && !cursor_sees(c, ",") && !cursor_sees(c, ">"));
    if (!c->error) p->options[head + 1] = (uint8_t)(p->options_n - head);
}

static void parse_option(struct cursor *c, struct packet *p)
{
    if (cursor_take(c, "mss")) {
        uint32_t mss = number(c, UINT16_MAX);
        add_head(c, p, 2, 4);
        add_byte(c, p, mss >> 8);
        add_byte(c, p, mss & 0xff);
    } else if (cursor_take(c, "sackOK")) {
        add_head(c, p, 4, 2);
    } else if (cursor_take(c, "sack")) {
        parse_blocks(c, p);
    } else if (cursor_take(c, "wscale")) {
        add_head(c, p, 3, 3);
        add_byte(c, p, number(c, UINT8_MAX));
    } else if (cursor_take(c, "nop")) {
        add_byte(c, p, 1);
    } else if (cursor_take(c, "eol")) {
        add_byte(c, p, 0);
    } else if (cursor_take(c, "TS")) {
        parse_timestamps(c, p);
    } else {
        cursor_fail(c, "a TCP option");
    }
}

static void parse_options(struct cursor *c, struct packet *p)
{
    if (cursor_take(c, "...")) {
        p->any_options = true;
    } else {
        do
            parse_option(c, p);
        while (cursor_take(c, ","));
        if (p->options_n % 4) cursor_fail(c, "options that fill 32-bit words");
    }
    cursor_need(c, ">");
}

static void parse_flags(struct cursor *c, struct packet *p)
{
    if (cursor_take(c, "-")) return;
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < FLAGS_N; i++) {
            const char token[2] = {flags[i].letter, '\0'};
            if (!cursor_take(c, token)) continue;
            p->flags |= flags[i].flag;
            more = true;
        }
    }
    if (!p->flags) cursor_fail(c, "flags");
}

static void parse_ports(struct cursor *c, struct packet *p)
{
    struct cursor ahead = *c;
    int64_t from, to;
    if (!cursor_number(&ahead, &from) || !cursor_take(&ahead, ">")) return;
    if (!cursor_number(&ahead, &to)) return;
    p->from = (uint16_t)from;
    p->to = (uint16_t)to;
    *c = ahead;
}

static void parse_ecn(struct cursor *c, struct packet *p)
{
    for (uint8_t i = 0; i < ECN_WORDS_N && !p->has_ecn; i++) {
        p->has_ecn = cursor_take(c, ecn_words[i]);
        p->ecn = i;
    }
    if (!p->has_ecn) cursor_fail(c, "noecn, ect0, ect1 or ce");
    cursor_need(c, "]");
}

bool packet_parse(struct cursor *c, struct packet *out)
{
    struct packet *p = out;
    *p = (struct packet){0};
    if (cursor_take(c, "[")) parse_ecn(c, p);
    parse_ports(c, p);
    parse_flags(c, p);
    p->seq = number(c, UINT32_MAX);
    cursor_need(c, ":");
    uint32_t end = number(c, UINT32_MAX);
    cursor_need(c, "(");
    p->len = number(c, UINT16_MAX);
    cursor_need(c, ")");
    if (end - p->seq != p->len) cursor_fail(c, "a length that fits the sequence numbers");
    if (cursor_take(c, "ack")) p->ack = number(c, UINT32_MAX);
    p->has_win = cursor_take(c, "win");
    if (p->has_win) p->win = (uint16_t)number(c, UINT16_MAX);
    if (cursor_take(c, "urg")) p->urg = (uint16_t)number(c, UINT16_MAX);
    if (cursor_take(c, "<")) parse_options(c, p);
    return !c->error;
}

/* ---- printing ---- */

struct text {
    char *at;
    size_t left;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->at, t->left, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < t->left ? (size_t)n : t->left - 1;
    t->at += used;
    t->left -= used;
}

static void print_blocks(struct text *t, const uint8_t *option, unsigned len)
{
    add(t, "sack");
    for (unsigned i = 2; i + 8 <= len; i += 8)
        add(t, " %u:%u", packet_get32(option + i), packet_get32(option + i + 4));
}

static void print_option(struct text *t, const uint8_t *option, unsigned len)
{
    unsigned kind = option[0];
    if (kind == 0)
        add(t, "eol");
    else if (kind == 1)
        add(t, "nop");
    else if (kind == 2 && len == 4)
        add(t, "mss %u", (unsigned)option[2] << 8 | option[3]);
    else if (kind == 3 && len == 3)
        add(t, "wscale %u", option[2]);
    else if (kind == 4 && len == 2)
        add(t, "sackOK");
    else if (kind == PACKET_OPTION_SACK)
        print_blocks(t, option, len);
    else if (kind == PACKET_OPTION_TS && len == 10)
        add(t, "TS val %u ecr %u", packet_get32(option + 2), packet_get32(option + 6));
    else
        add(t, "kind %u of %u bytes", kind, len);
}

static void print_options(struct text *t, const struct packet *p)
{
    if (p->any_options) add(t, " <...>");
    if (p->any_options || p->options_n == 0) return;
    for (unsigned i = 0, len; i < p->options_n; i += len) {
        unsigned left = p->options_n - i;
        len = p->options[i] < 2 || left < 2 ? 1 : p->options[i + 1];
        if (len < 1 || len > left) len = left;
        add(t, i ? "," : " <");
        print_option(t, &p->options[i], len);
    }
    add(t, ">");
}

char *packet_print(const struct packet *p, char *text)
{
    struct text t = {.at = text, .left = PACKET_TEXT_MAX};
    *text = '\0';
    if (p->has_ecn) add(&t, "[%s] ", ecn_words[p->ecn]);
    if (p->from) add(&t, "%u>%u ", p->from, p->to);
    for (unsigned i = 0; i < FLAGS_N; i++)
        if (p->flags & flags[i].flag) add(&t, "%c", flags[i].letter);
    if (!p->flags) add(&t, "-");
    add(&t, " %u:%u(%u)", p->seq, p->seq + p->len, p->len);
    if (p->flags & PACKET_ACK) add(&t, " ack %u", p->ack);
    if (p->has_win) add(&t, " win %u", p->win);
    if (p->urg) add(&t, " urg %u", p->urg);
    print_options(&t, p);
    return text;
}
