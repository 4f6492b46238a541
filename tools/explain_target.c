/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which socket is meant: "sk:1a" as ss -e prints it, "26" as a program has it, ":80",
 * "10.7.0.2:80", or both ends as ss prints them, "10.7.0.2:80 10.7.0.1:40000", in either order.
 */
#include "explain.h"

#include "cmd.h"

#include <bonnet/netif.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 256

/* "sk:1a" or "26". */
static bool parse_handle(const char *word, int *out)
{
    uint64_t n;
    char *end;
    if (cmd_number(word, 0, INT32_MAX, &n)) {
        *out = (int)n;
        return true;
    }
    if (strncmp(word, "sk:", 3) != 0 || strspn(word + 3, "0123456789abcdefABCDEF") == 0)
        return false;
    unsigned long handle = strtoul(word + 3, &end, 16);
    *out = (int)handle;
    return *end == '\0' && handle <= INT32_MAX;
}

static bool parse_end(const char *word, struct explain_target *out)
{
    if (out->ends_n == 2) return false;
    struct ss_filter_node *node = &out->ends[out->ends_n];
    *node = (struct ss_filter_node){.op = SS_HOST, .order = SS_EQ};
    bool good = ss_host_parse(word, node) && node->has_port;
    out->ends_n += good;
    return good;
}

/* One end, or two with a dash or an arrow between them. */
static bool parse_word(const char *word, struct explain_target *out)
{
    char copy[WORD_MAX];
    if (strspn(word, "<->") == strlen(word)) return out->ends_n == 1;
    if (strlen(word) >= sizeof(copy)) return false;
    memcpy(copy, word, strlen(word) + 1);
    char *dash = strpbrk(copy, "<-");
    if (!dash || strchr(copy, '[')) return parse_end(word, out);
    const char *second = dash + strspn(dash, "<->");
    *dash = '\0';
    return parse_end(copy, out) && parse_end(second, out);
}

bool explain_target_parse(int words_n, char **words, struct explain_target *out)
{
    *out = (struct explain_target){.socket = -1};
    if (words_n == 1 && parse_handle(words[0], &out->socket)) return true;
    for (int i = 0; i < words_n; i++)
        if (!parse_word(words[i], out)) return false;
    return out->ends_n > 0;
}

/* A socket bound to any address is found by each of them. */
static bool is_end(const struct ss_filter_node *node, const struct bonnet_endpoint *e)
{
    bool is_any = bonnet_addr_is_any(e->addr) && e->port != 0;
    return ss_filter_is_host(node, e) || (is_any && e->port == node->port);
}

bool explain_target_is(const struct explain_target *t, const struct bonnet_row *row, bool by_peer)
{
    const struct bonnet_endpoint *own = &row->local;
    const struct bonnet_endpoint *peer = &row->remote;
    if (t->socket >= 0) return row->socket == t->socket;
    if (t->ends_n == 1) return is_end(&t->ends[0], by_peer ? peer : own);
    return (is_end(&t->ends[0], own) && is_end(&t->ends[1], peer)) ||
           (is_end(&t->ends[0], peer) && is_end(&t->ends[1], own));
}
