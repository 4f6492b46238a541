/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of ss, read by recursive descent; the grammar is in ss_filter.h.
 *
 * Nodes are numbered in the order they are completed, so that the last one is the root and no
 * memory is needed but that of the filter. A filter with more than SS_FILTER_MAX of them is
 * refused, which bounds the depth, too.
 */
#include "ss_filter.h"

#include <stdio.h>
#include <string.h>

#define SYMBOLS "()!<>=&|"

struct parser {
    struct tokens t;
    struct ss_filter *out;
    unsigned depth;
};

/* Is the token one of these words? Then the next one is. */
static bool take(struct parser *p, const char *const *words)
{
    for (; *words; words++)
        if (tokens_take(&p->t, *words)) return true;
    return false;
}

/* ---- nodes ---- */

static unsigned fail(struct parser *p, const char *expected)
{
    return tokens_fail(&p->t, expected);
}

static unsigned add(struct parser *p, const struct ss_filter_node *node)
{
    if (p->t.failed) return 0;
    if (p->out->n == SS_FILTER_MAX) return fail(p, "a shorter filter");
    p->out->nodes[p->out->n] = *node;
    return p->out->n++;
}

/* ---- conditions ---- */

static const char *const words_or[] = {"or", "|", "||", NULL};
static const char *const words_and[] = {"and", "&", "&&", NULL};
static const char *const words_not[] = {"not", "!", NULL};
static const char *const words_orders[][5] = {
    [SS_EQ] = {"=", "==", "eq", NULL},   [SS_NE] = {"!=", "ne", "neq", NULL},
    [SS_LT] = {"<", "lt", NULL},         [SS_GT] = {">", "gt", NULL},
    [SS_LE] = {"<=", "le", "leq", NULL}, [SS_GE] = {">=", "ge", "geq", NULL},
};

/* What is not said is equality. */
static enum ss_filter_order order(struct parser *p, enum ss_filter_order last)
{
    for (unsigned i = SS_EQ; i <= last; i++)
        if (take(p, words_orders[i])) return (enum ss_filter_order)i;
    return SS_EQ;
}

static unsigned port(struct parser *p, bool remote)
{
    struct ss_filter_node node = {.op = SS_PORT, .remote = remote};
    tokens_next(&p->t);
    node.order = order(p, SS_GE);
    if (!ss_port_parse(p->t.token, &node.port)) return fail(p, "a port, :80 or :http");
    tokens_next(&p->t);
    return add(p, &node);
}

static unsigned host(struct parser *p, bool remote)
{
    struct ss_filter_node node = {.op = SS_HOST, .remote = remote};
    tokens_next(&p->t);
    node.order = order(p, SS_NE);
    if (!p->t.token[0] || strchr(SYMBOLS, p->t.token[0]) || !ss_host_parse(p->t.token, &node))
        return fail(p, "ADDRESS[/BITS][:PORT]");
    tokens_next(&p->t);
    return add(p, &node);
}

static unsigned condition(struct parser *p)
{
    if (strcmp(p->t.token, "sport") == 0) return port(p, false);
    if (strcmp(p->t.token, "dport") == 0) return port(p, true);
    if (strcmp(p->t.token, "src") == 0) return host(p, false);
    if (strcmp(p->t.token, "dst") == 0) return host(p, true);
    return fail(p, "src, dst, sport, dport, not or (");
}

/* ---- expressions ---- */

static unsigned expression(struct parser *p);

static unsigned factor(struct parser *p)
{
    struct ss_filter_node node = {.op = SS_NOT};
    if (++p->depth > SS_FILTER_MAX) return fail(p, "a shorter filter");
    if (take(p, words_not)) {
        node.left = factor(p);
        return add(p, &node);
    }
    if (strcmp(p->t.token, "(") != 0) return condition(p);
    tokens_next(&p->t);
    unsigned inner = expression(p);
    if (strcmp(p->t.token, ")") != 0) return fail(p, "and, or or )");
    tokens_next(&p->t);
    return inner;
}

static bool ends_expression(const struct parser *p)
{
    return p->t.failed || !p->t.token[0] || p->t.token[0] == ')';
}

/* From left to right: neither word binds closer than the other. */
static unsigned expression(struct parser *p)
{
    struct ss_filter_node node = {.left = factor(p)};
    while (!ends_expression(p)) {
        node.op = take(p, words_or) ? SS_OR : SS_AND;
        if (node.op == SS_AND) take(p, words_and);
        node.right = factor(p);
        node.left = add(p, &node);
    }
    return node.left;
}

/* ---- states ---- */

static bool is_exclude(const char *word)
{
    return strcmp(word, "exclude") == 0 || strcmp(word, "excl") == 0;
}

/* `state` adds to nothing or to what is there, `exclude` takes from it or from all. */
static void states(struct parser *p, uint32_t *out)
{
    bool said = false;
    while (strcmp(p->t.token, "state") == 0 || is_exclude(p->t.token)) {
        bool excludes = is_exclude(p->t.token);
        tokens_next(&p->t);
        uint32_t named = ss_states_of(p->t.token);
        if (!named) {
            fail(p, "a state: established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, "
                    "closed, close-wait, last-ack, listening, closing, all, connected, "
                    "synchronized, bucket, big");
            return;
        }
        if (!said && excludes) *out = ss_states_of("all");
        *out = excludes ? *out & ~named : *out | named;
        said = true;
        tokens_next(&p->t);
    }
    if (said && !*out) fail(p, "a state that is left: all are excluded");
}

bool ss_filter_parse(int words_n, char **words, struct ss_filter *out, uint32_t *named,
                     struct filter_error *error)
{
    struct parser p = {.t.symbols = SYMBOLS, .out = out};
    *out = (struct ss_filter){.n = 0};
    *named = 0;
    if (!tokens_begin(&p.t, words_n, words, error)) return false;
    states(&p, named);
    if (!p.t.failed && p.t.token[0]) expression(&p);
    if (!p.t.failed && p.t.token[0]) fail(&p, "and, or, or the end");
    return !p.t.failed;
}

/* ---- asking ---- */

static bool compares(uint16_t a, enum ss_filter_order order, uint16_t b)
{
    switch (order) {
    case SS_EQ: return a == b;
    case SS_NE: return a != b;
    case SS_LT: return a < b;
    case SS_GT: return a > b;
    case SS_LE: return a <= b;
    case SS_GE: return a >= b;
    }
    return false;
}

static bool is_in_prefix(const struct bonnet_addr *a, const struct ss_filter_node *node)
{
    unsigned bytes = node->bits / 8;
    unsigned rest = node->bits % 8;
    if (memcmp(a->b, node->addr.b, bytes) != 0) return false;
    return rest == 0 || ((a->b[bytes] ^ node->addr.b[bytes]) >> (8 - rest)) == 0;
}

bool ss_filter_is_host(const struct ss_filter_node *node, const struct bonnet_endpoint *e)
{
    bool is_it = is_in_prefix(&e->addr, node) && (!node->has_port || e->port == node->port);
    return is_it == (node->order == SS_EQ);
}

static bool passes(const struct ss_filter *f, unsigned at, const struct bonnet_row *row)
{
    const struct ss_filter_node *node = &f->nodes[at];
    const struct bonnet_endpoint *e = node->remote ? &row->remote : &row->local;
    switch (node->op) {
    case SS_AND: return passes(f, node->left, row) && passes(f, node->right, row);
    case SS_OR: return passes(f, node->left, row) || passes(f, node->right, row);
    case SS_NOT: return !passes(f, node->left, row);
    case SS_PORT: return compares(e->port, node->order, node->port);
    case SS_HOST: return ss_filter_is_host(node, e);
    }
    return false;
}

bool ss_filter_passes(const struct ss_filter *f, const struct bonnet_row *row)
{
    return f->n == 0 || passes(f, f->n - 1, row);
}
