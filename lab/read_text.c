/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The letters of a scenario: blanks, comments, words, strings.
 *
 * A token never crosses a line; what crosses lines (the body of a repeat, `together`) is for the
 * callers. Names are letters, digits, `_` and `-`, beginning with a letter, and a '-' has a letter
 * or digit behind it, so that `a--b` is a link and not a name.
 */
#include "read.h"
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_end(char c)
{
    return c == '\0' || c == '\n' || c == '#';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_of_name(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

void read_skip_blanks(struct reader *r)
{
    while (is_blank(*r->at))
        r->at++;
}

bool read_at_end(struct reader *r)
{
    read_skip_blanks(r);
    return is_end(*r->at);
}

bool read_need_end(struct reader *r)
{
    return read_at_end(r) || read_mistake(r, "expected the end of the line");
}

struct read_slice read_word_here(struct reader *r)
{
    read_skip_blanks(r);
    const char *p = r->at;
    while (is_of_name(*p) || (*p == '-' && p > r->at && is_of_name(p[1])))
        p++;
    return (struct read_slice){r->at, (size_t)(p - r->at)};
}

bool read_is_name(struct read_slice word)
{
    return word.n > 0 && is_letter(*word.p);
}

bool read_try_char(struct reader *r, char c)
{
    read_skip_blanks(r);
    if (*r->at != c) return false;
    r->at++;
    return true;
}

bool read_need_char(struct reader *r, char c, const char *what)
{
    return read_try_char(r, c) || read_mistake(r, "expected %s", what);
}

bool read_try_text(struct reader *r, const char *text)
{
    read_skip_blanks(r);
    size_t n = strlen(text);
    if (strncmp(r->at, text, n) != 0) return false;
    r->at += n;
    return true;
}

bool read_try_word(struct reader *r, const char *word)
{
    struct read_slice w = read_word_here(r);
    if (w.n != strlen(word) || memcmp(w.p, word, w.n) != 0) return false;
    r->at += w.n;
    return true;
}

bool read_need_word(struct reader *r, const char *word)
{
    if (read_try_word(r, word)) return true;
    char what[LAB_NAME_MAX];
    (void)snprintf(what, sizeof what, "'%s'", word);
    struct read_choice c = read_choice(r, what);
    return read_wrong_choice(r, &c);
}

void read_copy_name(struct read_slice word, lab_name out)
{
    size_t n = word.n < LAB_NAME_MAX ? word.n : LAB_NAME_MAX - 1;
    memcpy(out, word.p, n);
    out[n] = '\0';
}

bool read_name(struct reader *r, const char *what, lab_name out)
{
    struct read_slice w = read_word_here(r);
    if (!read_is_name(w))
        return read_mistake(r, "expected %s: a letter, then letters, digits, _ and -", what);
    if (w.n >= LAB_NAME_MAX)
        return read_mistake(r, "a name has at most %d letters", LAB_NAME_MAX - 1);
    read_copy_name(w, out);
    r->at += w.n;
    return true;
}

static int hex_value(char c)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The letter after a backslash. Returns its value, or -1. */
static int escaped(struct reader *r)
{
    switch (*r->at++) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case '0': return '\0';
    case '"': return '"';
    case '\\': return '\\';
    case 'x':
        if (hex_value(r->at[0]) < 0 || hex_value(r->at[1]) < 0) return -1;
        r->at += 2;
        return hex_value(r->at[-2]) * 16 + hex_value(r->at[-1]);
    default: return -1;
    }
}

/* Where the string ends that begins at the cursor; NULL: not on this line. */
static const char *end_of_string(const char *p)
{
    for (p++; *p && *p != '\n'; p++) {
        if (*p == '"') return p;
        if (*p == '\\' && p[1] && p[1] != '\n') p++;
    }
    return NULL;
}

bool read_string(struct reader *r, char **out, size_t *n)
{
    read_skip_blanks(r);
    const char *end = end_of_string(r->at);
    if (!end) return read_mistake(r, "the string has no end: expected '\"' on this line");
    *out = malloc((size_t)(end - r->at));
    if (!*out) return read_out_of_memory(r);
    char *p = *out;
    for (r->at++; r->at < end;) {
        const char *letter = r->at;
        int c = *r->at++ == '\\' ? escaped(r) : (unsigned char)*letter;
        if (c < 0)
            return read_mistake_at(r, letter,
                                   "expected one of \\n \\t \\r \\0 \\\" \\\\ \\xHH (two digits)");
        *p++ = (char)c;
    }
    r->at = end + 1;
    *p = '\0';
    *n = (size_t)(p - *out);
    return true;
}

/* A comment in a text needs a blank before it: "in C# # comment". */
static const char *end_of_text(const char *p)
{
    const char *begin = p, *end = p;
    for (; *p && *p != '\n'; p++) {
        if (*p == '#' && (p == begin || is_blank(p[-1]))) return end;
        if (!is_blank(*p)) end = p + 1;
    }
    return end;
}

bool read_rest(struct reader *r, char **out)
{
    read_skip_blanks(r);
    const char *end = end_of_text(r->at);
    if (end == r->at) return read_mistake(r, "expected text");
    *out = strndup(r->at, (size_t)(end - r->at));
    if (!*out) return read_out_of_memory(r);
    r->at = end;
    return true;
}

/* The end of what stands at p and is copied as it is: one letter, or a string. */
static const char *end_of_piece(const char *p)
{
    const char *end = *p == '"' ? end_of_string(p) : NULL;
    return end ? end + 1 : p + 1;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (is_blank(*p) || *p == '\n' || *p == '#')) {
        if (*p++ == '#')
            while (p < end && *p != '\n')
                p++;
    }
    return p;
}

bool read_source(struct reader *r, const char *begin, const char *end, char **out)
{
    while (end > begin && is_blank(end[-1]))
        end--;
    if (!memchr(begin, '\n', (size_t)(end - begin))) {
        *out = strndup(begin, (size_t)(end - begin));
        return *out || read_out_of_memory(r);
    }
    char *to = *out = malloc((size_t)(end - begin) + 1);
    if (!to) return read_out_of_memory(r);
    for (const char *p = skip_space(begin, end); p < end;) {
        const char *after = end_of_piece(p);
        memcpy(to, p, (size_t)(after - p));
        to += after - p;
        p = skip_space(after, end);
        if (p > after && p < end) *to++ = ' ';
    }
    *to = '\0';
    return true;
}

static bool take_entry(struct reader *r, const struct word *entry, size_t n, int *out)
{
    if (!entry) return false;
    *out = entry->value;
    r->at += n;
    return true;
}

static bool wrong_entry(struct reader *r, const struct word *table, const char *what)
{
    struct read_choice c = read_choice(r, what);
    read_choice_add_words(&c, table);
    return read_wrong_choice(r, &c);
}

bool read_enum(struct reader *r, const struct word *table, const char *what, int *out)
{
    struct read_slice w = read_word_here(r);
    return take_entry(r, word_find(table, w.p, w.n), w.n, out) || wrong_entry(r, table, what);
}

bool read_enum_alike(struct reader *r, const struct word *table, const char *what, int *out)
{
    struct read_slice w = read_word_here(r);
    return take_entry(r, word_find_alike(table, w.p, w.n), w.n, out) || wrong_entry(r, table, what);
}

bool read_bits(struct reader *r, const struct word *table, const char *what, int *out)
{
    int bit = 0;
    do {
        if (!read_enum(r, table, what, &bit)) return false;
        *out |= bit;
    } while (read_try_char(r, '|'));
    return true;
}
