/* SPDX-License-Identifier: BSD-2-Clause */
#include "tokens.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t\n"

/* All words as one text. false: too long. */
static bool join(char text[TOKENS_TEXT_MAX], int n, char **words)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < n; i++) {
        int len = snprintf(text + used, TOKENS_TEXT_MAX - used, "%s ", words[i]);
        if (len < 0 || (size_t)len >= TOKENS_TEXT_MAX - used) return false;
        used += (size_t)len;
    }
    return true;
}

bool tokens_begin(struct tokens *t, int n, char **words, struct filter_error *error)
{
    *error = (struct filter_error){.expected = NULL};
    t->error = error;
    t->at = t->text;
    t->token[0] = '\0';
    t->failed = false;
    if (!join(t->text, n, words)) {
        tokens_fail(t, "a shorter filter");
        return false;
    }
    tokens_next(t);
    return true;
}

/* "==", "&&", "||", "!=", "<=" and ">=" are one. */
static size_t symbol_length(const char *at)
{
    bool doubled = at[1] == at[0] && strchr("=&|", at[0]);
    bool with_equals = at[1] == '=' && strchr("!<>", at[0]);
    return doubled || with_equals ? 2 : 1;
}

void tokens_next(struct tokens *t)
{
    t->at += strspn(t->at, BLANKS);
    size_t n = 0;
    while (t->at[n] && !strchr(BLANKS, t->at[n]) && !strchr(t->symbols, t->at[n]))
        n++;
    if (n == 0 && *t->at) n = symbol_length(t->at);
    size_t kept = n < TOKEN_MAX ? n : TOKEN_MAX - 1;
    memcpy(t->token, t->at, kept);
    t->token[kept] = '\0';
    t->at += n;
}

bool tokens_is(const struct tokens *t, const char *word)
{
    return strcmp(t->token, word) == 0;
}

bool tokens_take(struct tokens *t, const char *word)
{
    if (!tokens_is(t, word)) return false;
    tokens_next(t);
    return true;
}

unsigned tokens_fail(struct tokens *t, const char *expected)
{
    if (t->failed) return 0;
    t->failed = true;
    t->error->expected = expected;
    snprintf(t->error->word, sizeof(t->error->word), "%.120s", t->token);
    return 0;
}
