/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values as text, in the words of the scenario language: what a failed expectation shows could be
 * pasted into the scenario. What is too long for its place is cut.
 */
#include "player.h"
#include "words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

void play_print(struct play_words *w, const char *format, ...)
{
    size_t room = sizeof w->text - w->n;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(w->text + w->n, room, format, args);
    va_end(args);
    if (n > 0) w->n += (size_t)n < room ? (size_t)n : room - 1;
}

void play_print_time(struct play_words *w, bonnet_time duration)
{
    static const struct {
        bonnet_time ns;
        const char *name;
    } units[] = {{BONNET_S, "s"}, {BONNET_MS, "ms"}, {BONNET_US, "us"}, {1, "ns"}};
    size_t i = 0;
    while (duration < units[i].ns && i + 1 < sizeof units / sizeof *units)
        i++;
    play_print(w, "%.6g%s", (double)duration / (double)units[i].ns, units[i].name);
}

void play_print_condition(struct player *p, const struct play_program *of, struct play_words *w,
                          const struct lab_condition *c)
{
    static const char *const signs[] = {
        [LAB_EQUAL] = "= ", [LAB_LESS] = "< ",        [LAB_LESS_EQUAL] = "<= ",
        [LAB_MORE] = "> ",  [LAB_MORE_EQUAL] = ">= ", [LAB_BETWEEN] = "= ",
    };
    play_print(w, "%s%" PRId64, signs[c->compare], play_amount(p, of, &c->than));
    if (c->compare == LAB_BETWEEN) play_print(w, "..%" PRId64, play_amount(p, of, &c->to));
}

void play_print_endpoint(struct play_words *w, const struct bonnet_endpoint *e)
{
    char text[BONNET_ADDR_TEXT];
    bool is_any = bonnet_addr_is_any(e->addr);
    play_print(w, "%s:%u", is_any ? "*" : bonnet_addr_print(e->addr, text), e->port);
}

void play_print_bits(struct play_words *w, int bits)
{
    const char *between = "";
    for (const struct word *word = words_polls; word->text; word++) {
        if (!(bits & word->value)) continue;
        play_print(w, "%s%s", between, word->text);
        between = "|";
    }
    if (!*between) play_print(w, "0");
}

void play_print_text(struct play_words *w, const char *text, size_t n)
{
    play_print(w, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n')
            play_print(w, "\\n");
        else if (c == '"' || c == '\\')
            play_print(w, "\\%c", c);
        else if (c >= ' ' && c < 0x7f)
            play_print(w, "%c", c);
        else
            play_print(w, "\\x%02x", c);
    }
    play_print(w, "\"");
}

const char *play_error_name(int error)
{
    const char *name = lab_error_name(error);
    return name ? name : strerror(error);
}

const char *play_source(const struct lab_line *line)
{
    static const char *const prefixes[] = {"on bonnet ", "on kernel ", "expect "};
    const char *source = line->source;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i]);
        if (strncmp(source, prefixes[i], n) != 0) continue;
        source += n;
        source += strspn(source, " \t");
    }
    return source;
}
