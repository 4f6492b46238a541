/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sheet that a timeline is written on: what stands in which column, and in which colour.
 *
 * Two hosts have a column each, and a packet is an arrow from one to the other, over the whole
 * width, with its words always at the same place, so that the eye can run down the sequence
 * numbers. With another number of hosts all share one column, and a name in front says whose line
 * it is. A time stands in front of each packet, and else where it differs from the line above. All
 * is ASCII, so that it reads the same in any terminal, in a mail and in a diff.
 *
 * What the words say is for others to decide.
 */
#include "lab.h"

#include <bonnet/netif.h>
#include <string.h>

enum { WIDTH = 100, LEFT = 13, RIGHT = 46, HANG = 4, TIME_DIGITS = 11, MTU_USUAL = 1500 };

static const char *const inks[] = {
    [SHOW_INK_PLAIN] = "",          [SHOW_INK_DIM] = "\033[2m",    [SHOW_INK_BOLD] = "\033[1m",
    [SHOW_INK_PACKET] = "\033[36m", [SHOW_INK_STATE] = "\033[33m", [SHOW_INK_GAUGE] = "\033[94m",
    [SHOW_INK_REASON] = "\033[35m", [SHOW_INK_GOOD] = "\033[32m",  [SHOW_INK_BAD] = "\033[1;31m",
};
_Static_assert(sizeof(inks) / sizeof(inks[0]) == SHOW_INKS, "a colour for each ink");

/* Columns that the first len bytes of UTF-8 take. */
static size_t columns_of(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

static void put_blanks(struct show_page *p, size_t n)
{
    fprintf(p->out, "%*s", (int)n, "");
}

static void put(struct show_page *p, enum show_ink ink, const char *s, size_t len)
{
    bool colored = p->color && ink != SHOW_INK_PLAIN && len > 0;
    if (colored) fputs(inks[ink], p->out);
    fwrite(s, 1, len, p->out);
    if (colored) fputs("\033[0m", p->out);
}

static void put_dashes(struct show_page *p, size_t n)
{
    char dashes[WIDTH];
    memset(dashes, '-', sizeof(dashes));
    put(p, SHOW_INK_DIM, dashes, n < WIDTH ? n : WIDTH);
}

static void put_dim(struct show_page *p, const char *s)
{
    put(p, SHOW_INK_DIM, s, strlen(s));
}

/* The time, or as many blanks, and the gap behind it. */
static void put_time(struct show_page *p, bonnet_time at, bool always)
{
    char text[32];
    bool shown = at != BONNET_NEVER && (always || at != p->shown_at);
    if (shown) {
        int len = snprintf(text, sizeof(text), "%4llu.%06llu", (unsigned long long)(at / BONNET_S),
                           (unsigned long long)(at % BONNET_S / BONNET_US));
        put(p, SHOW_INK_DIM, text, (size_t)len);
        p->shown_at = at;
    } else {
        put_blanks(p, TIME_DIGITS);
    }
    put_blanks(p, LEFT - TIME_DIGITS);
}

static bool has_columns(const struct show_page *p)
{
    return p->scenario->hosts_n == 2;
}

/* The bytes of s that fit into columns, up to a blank if there is one. */
static size_t fitting(const char *s, size_t columns)
{
    size_t good = 0;
    for (size_t i = 0; s[i]; i++) {
        if (columns_of(s, i) > columns && good > 0) return good;
        if (s[i] == ' ') good = i;
    }
    return columns_of(s, strlen(s)) <= columns || good == 0 ? strlen(s) : good;
}

/* s from the column at on, broken at newlines and blanks; further lines hang in a little, but not
 * those of a remark. */
static void put_wrapped(struct show_page *p, enum show_ink ink, const char *s, size_t at)
{
    size_t begin = at;
    for (;;) {
        size_t line = strcspn(s, "\n");
        size_t len = fitting(s, WIDTH - begin);
        if (len > line) len = line;
        put(p, ink, s, len);
        fputc('\n', p->out);
        s += len;
        s += strspn(s, " \n");
        if (!*s) return;
        begin = ink == SHOW_INK_BOLD ? at : at + HANG;
        put_blanks(p, begin);
    }
}

static void put_name(struct show_page *p, unsigned host)
{
    const char *name = p->scenario->hosts[host].name;
    put(p, SHOW_INK_BOLD, name, strlen(name));
    put_blanks(p, p->name_width - strlen(name) + 2);
}

void show_page_note(struct show_page *p, const struct show_note *note)
{
    size_t at = LEFT;
    p->is_gap = false;
    put_time(p, note->at, false);
    if (note->host < p->scenario->hosts_n && !has_columns(p)) {
        put_name(p, note->host);
        at += p->name_width + 2;
    } else if (note->host == 1) {
        put_blanks(p, RIGHT - LEFT);
        at = RIGHT;
    }
    put_wrapped(p, note->ink, note->text, at);
}

/* From the left column to the right one, or back: three columns, the words, dashes, two columns. */
static void put_arrow(struct show_page *p, const struct show_arrow *a)
{
    bool forward = a->to == 1 || (a->to != 0 && a->from == 0);
    const char *tip = !a->arrives ? "X" : forward ? ">" : "<";
    size_t used = 3 + columns_of(a->text, strlen(a->text)) + 1 + 2;
    if (a->fate) used += strlen(a->fate) + 2;
    put_dim(p, forward ? "-" : tip);
    put_dim(p, "- ");
    put(p, a->ink, a->text, strlen(a->text));
    fputc(' ', p->out);
    put_dashes(p, used < WIDTH - LEFT ? WIDTH - LEFT - used : 0);
    if (a->fate) {
        fputc(' ', p->out);
        put(p, SHOW_INK_BAD, a->fate, strlen(a->fate));
        fputc(' ', p->out);
    }
    put_dim(p, "-");
    put_dim(p, forward ? tip : "-");
    fputc('\n', p->out);
}

void show_page_arrow(struct show_page *p, const struct show_arrow *arrow)
{
    p->is_gap = false;
    put_time(p, arrow->at, true);
    if (has_columns(p)) {
        put_arrow(p, arrow);
    } else {
        put(p, arrow->ink, arrow->text, strlen(arrow->text));
        if (arrow->fate) put(p, SHOW_INK_BAD, "  ", 2);
        if (arrow->fate) put(p, SHOW_INK_BAD, arrow->fate, strlen(arrow->fate));
        fputc('\n', p->out);
    }
    if (!arrow->why) return;
    put_blanks(p, LEFT + 3);
    put_wrapped(p, SHOW_INK_REASON, arrow->why, LEFT + 3);
}

void show_page_line(struct show_page *p, enum show_ink ink, const char *text, size_t len)
{
    p->is_gap = false;
    put(p, ink, text, len);
    fputc('\n', p->out);
}

void show_page_gap(struct show_page *p)
{
    if (!p->is_gap) fputc('\n', p->out);
    p->is_gap = true;
}

void show_page_block(struct show_page *p, const char *text)
{
    p->is_gap = false;
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (len) put_blanks(p, HANG);
        put(p, SHOW_INK_PLAIN, text, len);
        fputc('\n', p->out);
        text += len;
        text += *text == '\n';
    }
}

static void add_host(struct text *t, const struct lab_host *host)
{
    char addr[BONNET_ADDR_TEXT];
    text_add(t, host->name);
    for (unsigned i = 0; i < host->addrs_n; i++)
        text_addf(t, "%s%s", i ? ", " : "  ", bonnet_addr_print(host->addrs[i], addr));
}

/* Two names, and the link between them. */
static void put_two_names(struct show_page *p, const struct scenario *s)
{
    struct text t;
    text_init(&t, SHOW_TEXT_MAX);
    add_host(&t, &s->hosts[0]);
    put_blanks(p, LEFT);
    put(p, SHOW_INK_BOLD, t.p ? t.p : "", t.len);
    put_blanks(p, t.len + 2 < RIGHT - LEFT ? RIGHT - LEFT - t.len : 2);
    text_clear(&t);
    add_host(&t, &s->hosts[1]);
    put(p, SHOW_INK_BOLD, t.p ? t.p : "", t.len);
    fputc('\n', p->out);
    text_fini(&t);
}

static void put_all_names(struct show_page *p, const struct scenario *s)
{
    struct text t;
    text_init(&t, SHOW_TEXT_MAX);
    for (unsigned i = 0; i < s->hosts_n; i++) {
        text_clear(&t);
        add_host(&t, &s->hosts[i]);
        put_blanks(p, LEFT);
        put(p, SHOW_INK_BOLD, t.p ? t.p : "", t.len);
        fputc('\n', p->out);
    }
    text_fini(&t);
}

static void put_links(struct show_page *p, const struct scenario *s)
{
    for (unsigned i = 0; i < s->links_n; i++) {
        const struct lab_link *link = &s->links[i];
        struct text t;
        text_init(&t, SHOW_TEXT_MAX);
        text_addf(&t, "%s -- %s  %s", s->hosts[link->host[0]].name, s->hosts[link->host[1]].name,
                  link->words);
        if (link->mtu != MTU_USUAL) text_addf(&t, "  mtu %u", (unsigned)link->mtu);
        put_blanks(p, LEFT);
        put(p, SHOW_INK_DIM, t.p ? t.p : "", t.len);
        fputc('\n', p->out);
        text_fini(&t);
    }
}

void show_page_head(struct show_page *p)
{
    const struct scenario *s = p->scenario;
    p->shown_at = BONNET_NEVER;
    p->is_gap = false;
    p->name_width = 0;
    for (unsigned i = 0; i < s->hosts_n; i++)
        if (strlen(s->hosts[i].name) > p->name_width) p->name_width = strlen(s->hosts[i].name);
    if (has_columns(p))
        put_two_names(p, s);
    else
        put_all_names(p, s);
    put_links(p, s);
}
