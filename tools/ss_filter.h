/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of ss: `state X`, `exclude X`, and an expression over addresses and ports.
 *
 *   words      = { ("state" | "exclude" | "excl") STATE } [ expression ]
 *   expression = factor { ("or" | "|" | "||" | [ "and" | "&" | "&&" ]) factor }
 *   factor     = ("not" | "!") factor | "(" expression ")" | condition
 *   condition  = ("sport" | "dport") [ OP ] PORT | ("src" | "dst") [ "=" | "!=" ] HOST
 *   OP         = = == eq != ne neq < lt > gt <= le leq >= ge geq
 *   PORT       = 80 | :80 | :http
 *   HOST       = ADDRESS[/BITS][:PORT] | :PORT | *[:PORT] | NAME[:PORT]
 *
 * "and" and "or" are taken from left to right, as ss does: neither binds closer.
 */
#ifndef TOOLS_SS_FILTER_H
#define TOOLS_SS_FILTER_H

#include "ss.h"
#include "tokens.h"

#define SS_FILTER_MAX 128 /* conditions, "not", "and" and "or" together */

enum ss_filter_op { SS_AND, SS_OR, SS_NOT, SS_PORT, SS_HOST };
enum ss_filter_order { SS_EQ, SS_NE, SS_LT, SS_GT, SS_LE, SS_GE };

struct ss_filter_node {
    enum ss_filter_op op;
    unsigned left, right; /* AND, OR: both; NOT: left */
    bool remote;          /* PORT, HOST: of the peer, otherwise our own */
    enum ss_filter_order order;
    uint16_t port; /* PORT; HOST, if has_port */
    bool has_port; /* HOST */
    unsigned bits; /* HOST: of addr that count, of 128; 0: any address */
    struct bonnet_addr addr;
};

struct ss_filter {
    struct ss_filter_node nodes[SS_FILTER_MAX];
    unsigned n; /* the last one is the root; 0: everything passes */
};

/* Reads words. *states: bit per state that they name, 0 if none does. false: *error says why. */
bool ss_filter_parse(int words_n, char **words, struct ss_filter *out, uint32_t *states,
                     struct filter_error *error);

bool ss_filter_passes(const struct ss_filter *f, const struct bonnet_row *row);

/* Is e the HOST of node? */
bool ss_filter_is_host(const struct ss_filter_node *node, const struct bonnet_endpoint *e);

/* ss_filter_state.c: the states that a word of `state X` means; 0: no such word. */
uint32_t ss_states_of(const char *word);

/* ss_filter_host.c: PORT and HOST; what a text means goes into *out. false: nothing. */
bool ss_port_parse(const char *text, uint16_t *out);
bool ss_host_parse(const char *text, struct ss_filter_node *out);

#endif
