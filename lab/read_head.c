/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The head of a scenario: what it asks and answers, who the hosts are, how they are joined.
 *
 * Hosts, programs, links, limits and sweeps are there before the story begins, and cannot come
 * later; question, answer and skip may stand anywhere. The first programs are those of the hosts,
 * in the same order.
 */
#include "read.h"
#include <bonnet/netif.h>
#include <stdlib.h>
#include <string.h>

#define MTU_MIN     68
#define MTU_MAX     65535
#define MTU_DEFAULT 1500

/* Words that stand where a host or a program may stand. */
static bool is_reserved(const char *name)
{
    static const char *const words[] = {"wire", "segments", "time", "deadlock", "for"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0) return true;
    return false;
}

/* A name for a host or a program: both are one space. */
static bool read_new_name(struct reader *r, const char *what, lab_name out)
{
    read_skip_blanks(r);
    const char *begin = r->at;
    if (!read_name(r, what, out)) return false;
    struct read_slice w = {out, strlen(out)};
    if (is_reserved(out)) return read_mistake_at(r, begin, "this word is the language's own");
    if (read_find_program(r, w) >= 0)
        return read_mistake_at(r, begin, "there is a host or a program of this name already");
    return true;
}

static bool add_program(struct reader *r, unsigned at, const char *name, unsigned host)
{
    struct scenario *s = r->s;
    if (s->programs_n == LAB_PROGRAMS_MAX)
        return read_mistake(r, "more than %d programs", LAB_PROGRAMS_MAX);
    memmove(&s->programs[at + 1], &s->programs[at], (s->programs_n - at) * sizeof *s->programs);
    s->programs_n++;
    s->programs[at].host = host;
    memcpy(s->programs[at].name, name, strlen(name) + 1);
    return true;
}

static bool is_taken(const struct scenario *s, struct bonnet_addr addr)
{
    for (unsigned i = 0; i < s->hosts_n; i++)
        for (unsigned j = 0; j < s->hosts[i].addrs_n; j++)
            if (bonnet_addr_equal(s->hosts[i].addrs[j], addr)) return true;
    return false;
}

/* 0.x, 127.x, and what is not one host's. */
static bool is_a_hosts(struct bonnet_addr addr)
{
    uint8_t first = addr.b[12];
    return first != 0 && first != 127 && first < 224;
}

static bool read_host_address(struct reader *r, struct lab_host *h)
{
    read_skip_blanks(r);
    const char *begin = r->at;
    if (h->addrs_n == LAB_ADDRS_MAX)
        return read_mistake(r, "a host has at most %d addresses", LAB_ADDRS_MAX);
    struct bonnet_addr *addr = &h->addrs[h->addrs_n];
    if (!read_address(r, addr)) return false;
    if (!is_a_hosts(*addr)) return read_mistake_at(r, begin, "not an address that a host may have");
    if (is_taken(r->s, *addr)) return read_mistake_at(r, begin, "a host has this address already");
    h->addrs_n++;
    return true;
}

static bool read_host_line(struct reader *r)
{
    struct scenario *s = r->s;
    if (s->hosts_n == LAB_HOSTS_MAX) return read_mistake(r, "more than %d hosts", LAB_HOSTS_MAX);
    struct lab_host *h = &s->hosts[s->hosts_n];
    if (!read_new_name(r, "a name for the host", h->name)) return false;
    if (!add_program(r, s->hosts_n, h->name, s->hosts_n)) return false;
    s->hosts_n++; /* its own addresses are taken, too */
    do {
        if (!read_host_address(r, h)) return false;
    } while (read_try_char(r, ','));
    return read_at_end(r) || read_mistake(r, "expected ',' and one more address, or nothing");
}

static bool read_program_head(struct reader *r)
{
    lab_name name;
    unsigned host;
    return read_new_name(r, "a name for the program", name) && read_need_word(r, "on") &&
           read_host(r, &host) && add_program(r, r->s->programs_n, name, host);
}

static bool read_mtu(struct reader *r, struct lab_link *link)
{
    static const struct read_bounds bounds = {MTU_MIN, MTU_MAX};
    int64_t mtu;
    if (!read_number(r, "bytes", bounds, &mtu)) return false;
    link->mtu = (uint16_t)mtu;
    return true;
}

static bool word_is_next(struct reader *r, const char *word)
{
    struct read_slice w = read_word_here(r);
    return w.n == strlen(word) && memcmp(w.p, word, w.n) == 0;
}

/* The words of netem go on to `mtu` or to the end of the line. */
static bool read_netem(struct reader *r, struct lab_link *link)
{
    read_skip_blanks(r);
    const char *begin = r->at, *end = begin, *where;
    while (!read_at_end(r) && !word_is_next(r, "mtu")) {
        while (!strchr(" \t\r\n#", *r->at)) /* the terminating zero is found, too */
            r->at++;
        end = r->at;
    }
    size_t n = (size_t)(end - begin);
    if (n >= sizeof link->words) return read_mistake_at(r, begin, "too many words for one link");
    memcpy(link->words, begin, n);
    link->words[n] = '\0';
    if (bonnet_link_parse(link->words, &link->config, &where) == 0) return true;
    return read_mistake_at(r, begin + (where - link->words),
                           "expected netem's words, with units: delay 20ms 5ms, loss 1%, burst 4, "
                           "rate 10mbit, limit 100, duplicate 1%, corrupt 1%, reorder 5% (of a "
                           "link with a delay); then mtu 1500");
}

static bool is_joined(const struct scenario *s, unsigned a, unsigned b)
{
    for (unsigned i = 0; i < s->links_n; i++) {
        const unsigned *h = s->links[i].host;
        if ((h[0] == a && h[1] == b) || (h[0] == b && h[1] == a)) return true;
    }
    return false;
}

static bool read_link_line(struct reader *r)
{
    struct scenario *s = r->s;
    if (s->links_n == LAB_LINKS_MAX) return read_mistake(r, "more than %d links", LAB_LINKS_MAX);
    struct lab_link *link = &s->links[s->links_n];
    read_skip_blanks(r);
    const char *begin = r->at;
    if (!read_host(r, &link->host[0])) return false;
    if (!read_try_text(r, "--")) return read_mistake(r, "expected '--' and the other host");
    if (!read_host(r, &link->host[1])) return false;
    if (link->host[0] == link->host[1]) return read_mistake_at(r, begin, "a link joins two hosts");
    if (is_joined(s, link->host[0], link->host[1]))
        return read_mistake_at(r, begin, "a link joins these hosts already");
    link->mtu = MTU_DEFAULT;
    s->links_n++;
    if (!read_netem(r, link)) return false;
    return !read_try_word(r, "mtu") || read_mtu(r, link);
}

/* The kernel's long name is as good: net.core.somaxconn. */
static bool read_set(struct reader *r)
{
    static const struct read_bounds bounds = {0, INT32_MAX};
    struct scenario *s = r->s;
    int found;
    if (s->settings_n == LAB_SETTINGS_MAX)
        return read_mistake(r, "more than %d limits", LAB_SETTINGS_MAX);
    struct lab_setting *set = &s->settings[s->settings_n];
    if (!read_host(r, &set->host)) return false;
    if (!read_try_text(r, "net.core.")) read_try_text(r, "net.ipv4.");
    struct read_slice name = read_word_here(r);
    if (!read_enum(r, words_limits, "a limit by its sysctl name", &found)) return false;
    read_copy_name(name, set->name);
    read_try_char(r, '=');
    set->line = r->line;
    s->settings_n++;
    return read_number(r, "a number", bounds, &set->value);
}

static bool read_sweep(struct reader *r)
{
    static const struct read_bounds bounds = {0, READ_BYTES_IN_CALL_MAX};
    struct scenario *s = r->s;
    if (s->sweeps_n == LAB_SWEEPS_MAX)
        return read_mistake(r, "more than %d sweeps", LAB_SWEEPS_MAX);
    struct lab_sweep *sweep = &s->sweeps[s->sweeps_n];
    read_skip_blanks(r);
    const char *begin = r->at;
    if (!read_name(r, "a name for the values", sweep->name)) return false;
    if (s->sweeps_n > 0 && strcmp(sweep->name, s->sweeps[0].name) == 0)
        return read_mistake_at(r, begin, "there is a sweep of this name already");
    do {
        if (sweep->points_n == LAB_POINTS_MAX)
            return read_mistake(r, "more than %d values", LAB_POINTS_MAX);
        if (!read_number(r, "a value", bounds, &sweep->points[sweep->points_n])) return false;
        sweep->points_n++;
        read_try_char(r, ',');
    } while (!read_at_end(r));
    s->sweeps_n++;
    return true;
}

/* Adds a line of text to *to. */
static bool read_text_line(struct reader *r, char **to)
{
    char *text = NULL;
    if (!read_rest(r, &text)) return false;
    if (!*to) {
        *to = text;
        return true;
    }
    size_t had = strlen(*to), n = strlen(text);
    char *joined = realloc(*to, had + n + 2);
    if (joined) {
        *to = joined;
        joined[had] = '\n';
        memcpy(joined + had + 1, text, n + 1);
    }
    free(text);
    return joined || read_out_of_memory(r);
}

static bool read_question(struct reader *r)
{
    return read_text_line(r, &r->s->question);
}

static bool read_answer(struct reader *r)
{
    return read_text_line(r, &r->s->answer);
}

static bool read_skip(struct reader *r)
{
    return read_need_word(r, "on") && read_need_word(r, "kernel") && read_need_word(r, "because") &&
           read_text_line(r, &r->s->not_on_kernel);
}

static const struct keyword {
    const char *word;
    bool (*read)(struct reader *r);
    bool anywhere; /* not only before the story */
} keywords[] = {
    {"question", read_question, true}, {"answer", read_answer, true},
    {"host", read_host_line, false},   {"program", read_program_head, false},
    {"link", read_link_line, false},   {"set", read_set, false},
    {"sweep", read_sweep, false},      {"skip", read_skip, true},
};

void read_head_choices(struct read_choice *c)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        read_choice_add(c, keywords[i].word);
}

static bool read_keyword(struct reader *r, const struct keyword *k, const char *begin)
{
    if (r->story_line == 0 || k->anywhere) return k->read(r) && read_need_end(r);
    r->at = begin;
    return read_mistake(r, "belongs above the story, which begins in line %u", r->story_line);
}

int read_head_line(struct reader *r)
{
    read_skip_blanks(r);
    const char *begin = r->at;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (read_try_word(r, keywords[i].word))
            return read_keyword(r, &keywords[i], begin) ? 1 : -1;
    return 0;
}

bool read_head_end(struct reader *r)
{
    struct scenario *s = r->s;
    if (s->hosts_n == 0)
        return read_mistake(r, "the story has no host: expected `host NAME ADDRESS` above it");
    if (s->links_n > 0 || s->hosts_n == 1) return true;
    if (s->hosts_n > 2)
        return read_mistake(r, "%u hosts need links: expected `link %s -- %s` above the story",
                            s->hosts_n, s->hosts[0].name, s->hosts[1].name);
    static const char words[] = "delay 10ms";
    s->links[0] = (struct lab_link){.host = {0, 1}, .mtu = MTU_DEFAULT};
    memcpy(s->links[0].words, words, sizeof words);
    s->links_n = 1;
    return bonnet_link_parse(words, &s->links[0].config, NULL) == 0;
}
