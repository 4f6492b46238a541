/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of dump, read by recursive descent; the grammar is in dump_filter.h, what a filter
 * means for a packet in dump_passes.c.
 *
 * Nodes are numbered in the order they are completed, so that the last one is the root and no
 * memory is needed but that of the filter. A filter with more than DUMP_FILTER_MAX of them is
 * refused, which bounds the depth, too.
 */
#include "dump_filter.h"

#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS "()!=&|"

struct parser {
    struct tokens t;
    struct dump_filter *out;
    struct dump_node last; /* what an address or a number alone stands for */
    bool has_last;
    unsigned depth;
};

static bool is(const struct parser *p, const char *word)
{
    return tokens_is(&p->t, word);
}

static bool take(struct parser *p, const char *word)
{
    return tokens_take(&p->t, word);
}

/* ---- nodes ---- */

static unsigned fail(struct parser *p, const char *expected)
{
    return tokens_fail(&p->t, expected);
}

static unsigned add(struct parser *p, const struct dump_node *node)
{
    if (p->t.failed) return 0;
    if (p->out->n == DUMP_FILTER_MAX) return fail(p, "a shorter filter");
    p->out->nodes[p->out->n] = *node;
    return p->out->n++;
}

/* Two that have to hold both. */
static unsigned both(struct parser *p, unsigned left, unsigned right)
{
    const struct dump_node node = {.op = DUMP_AND, .left = left, .right = right};
    return add(p, &node);
}

/* ---- flags of TCP ---- */

/* 0 to 255, as pcap writes numbers: 18, 0x12, 022. */
static bool number_of(const char *text, uint8_t *out)
{
    char *end;
    if (text[0] < '0' || text[0] > '9') return false;
    unsigned long n = strtoul(text, &end, 0);
    *out = (uint8_t)n;
    return *end == '\0' && n <= UINT8_MAX;
}

static bool flag_of(const char *word, uint8_t *out)
{
    static const char *const words[] = {"tcp-fin", "tcp-syn", "tcp-rst", "tcp-push",
                                        "tcp-ack", "tcp-urg", "tcp-ece", "tcp-cwr"};
    for (unsigned i = 0; i < 8; i++) {
        if (strcmp(word, words[i]) != 0) continue;
        *out = (uint8_t)(1u << i);
        return true;
    }
    return number_of(word, out);
}

static uint8_t flags(struct parser *p)
{
    uint8_t all = 0, one = 0;
    bool inner = take(p, "(");
    do {
        if (!flag_of(p->t.token, &one)) {
            fail(p, "tcp-fin, tcp-syn, tcp-rst, tcp-push, tcp-ack, tcp-urg, tcp-ece, tcp-cwr "
                    "or a number up to 255");
            return 0;
        }
        all |= one;
        tokens_next(&p->t);
    } while (take(p, "|"));
    if (inner && !take(p, ")")) fail(p, "| or )");
    return all;
}

static unsigned flags_condition(struct parser *p)
{
    struct dump_node node = {.op = DUMP_FLAGS, .mask = UINT8_MAX};
    tokens_next(&p->t);
    if (take(p, "&")) node.mask = flags(p);
    if (p->t.failed) return 0;
    node.differs = is(p, "!=");
    if (!is(p, "=") && !is(p, "==") && !is(p, "!=")) return fail(p, "&, =, == or !=");
    tokens_next(&p->t);
    node.value = flags(p);
    return add(p, &node);
}

/* ---- conditions ---- */

static bool protocol_of(const char *word, enum dump_protocol *out)
{
    static const char *const words[] = {"tcp", "udp", "icmp", "arp", "ip"};
    for (unsigned i = 0; i < 5; i++) {
        if (strcmp(word, words[i]) != 0) continue;
        *out = (enum dump_protocol)i;
        return true;
    }
    return false;
}

/* What stands alone, or is told by one word in front. */
static bool word_of(const char *word, enum dump_op *out)
{
    static const struct {
        const char *word;
        enum dump_op op;
    } words[] = {
        {"in", DUMP_IS_IN},
        {"inbound", DUMP_IS_IN},
        {"out", DUMP_IS_OUT},
        {"outbound", DUMP_IS_OUT},
        {"dropped", DUMP_IS_DROPPED},
        {"reset", DUMP_IS_RESET},
        {"retransmitted", DUMP_IS_RETRANSMITTED},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i].word) != 0) continue;
        *out = words[i].op;
        return true;
    }
    return false;
}

static unsigned host(struct parser *p, struct dump_node node)
{
    node.op = DUMP_HOST;
    if (bonnet_addr_parse(p->t.token, &node.addr)) return fail(p, "an address, as 10.0.0.1");
    tokens_next(&p->t);
    p->last = node;
    p->has_last = true;
    return add(p, &node);
}

static unsigned port(struct parser *p, struct dump_node node)
{
    uint64_t n;
    node.op = DUMP_PORT;
    if (!cmd_number(p->t.token, 0, UINT16_MAX, &n)) return fail(p, "a port from 0 to 65535");
    tokens_next(&p->t);
    node.port = (uint16_t)n;
    p->last = node;
    p->has_last = true;
    return add(p, &node);
}

/* Behind "src", "dst" or neither. */
static unsigned end_of(struct parser *p, struct dump_node node)
{
    bool one_end = node.src != node.dst;
    if (take(p, "host")) return host(p, node);
    if (take(p, "port")) return port(p, node);
    if (one_end && p->t.token[0] >= '0' && p->t.token[0] <= '9') return host(p, node);
    return fail(p, "host or port");
}

static unsigned alone(struct parser *p)
{
    struct bonnet_addr ignored;
    bool is_address = bonnet_addr_parse(p->t.token, &ignored) == 0;
    if (is_address && p->has_last && p->last.op == DUMP_HOST) return host(p, p->last);
    if (!is_address && p->has_last && p->last.op == DUMP_PORT) return port(p, p->last);
    return fail(p, "host or port in front of it");
}

static bool is_end_word(const struct parser *p)
{
    return is(p, "src") || is(p, "dst") || is(p, "host") || is(p, "port");
}

static unsigned ends(struct parser *p)
{
    struct dump_node node = {.src = !is(p, "dst"), .dst = !is(p, "src")};
    if (is(p, "src") || is(p, "dst")) tokens_next(&p->t);
    return end_of(p, node);
}

static unsigned condition(struct parser *p)
{
    struct dump_node node = {.op = DUMP_PROTOCOL};
    if (is(p, "tcp[tcpflags]") || is(p, "tcp[13]")) return flags_condition(p);
    if (is_end_word(p)) return ends(p);
    if (p->t.token[0] >= '0' && p->t.token[0] <= '9') return alone(p);
    if (protocol_of(p->t.token, &node.protocol)) {
        tokens_next(&p->t);
        unsigned left = add(p, &node);
        return is_end_word(p) ? both(p, left, ends(p)) : left;
    }
    if (!word_of(p->t.token, &node.op))
        return fail(p, "host, port, src, dst, tcp, udp, icmp, arp, ip, tcp[tcpflags], in, out, "
                       "dropped, reset, retransmitted, not or (");
    tokens_next(&p->t);
    return add(p, &node);
}

/* ---- expressions ---- */

static unsigned expression(struct parser *p);

static unsigned factor(struct parser *p)
{
    struct dump_node node = {.op = DUMP_NOT};
    if (++p->depth > DUMP_FILTER_MAX) return fail(p, "a shorter filter");
    if (take(p, "not") || take(p, "!")) {
        node.left = factor(p);
        return add(p, &node);
    }
    if (!take(p, "(")) return condition(p);
    unsigned inner = expression(p);
    if (!take(p, ")")) return fail(p, "and, or or )");
    return inner;
}

/* From left to right: neither word binds closer than the other. */
static unsigned expression(struct parser *p)
{
    struct dump_node node = {.left = factor(p)};
    while (!p->t.failed) {
        bool either = take(p, "or") || take(p, "||");
        if (!either && !take(p, "and") && !take(p, "&&")) break;
        node.op = either ? DUMP_OR : DUMP_AND;
        node.right = factor(p);
        node.left = add(p, &node);
    }
    return node.left;
}

bool dump_filter_parse(int words_n, char **words, struct dump_filter *out,
                       struct filter_error *error)
{
    struct parser p = {.t.symbols = SYMBOLS, .out = out};
    *out = (struct dump_filter){.n = 0};
    if (!tokens_begin(&p.t, words_n, words, error)) return false;
    if (p.t.token[0]) expression(&p);
    if (!p.t.failed && p.t.token[0]) fail(&p, "and, or, or the end");
    return !p.t.failed;
}
