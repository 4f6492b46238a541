/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names that the lines above have made: hosts, programs, links, sockets, variables.
 *
 * A name is made before it is used, so that a slip of the pen is found when the file is read and
 * not an hour into the story. A socket keeps its name when it is closed: what is left of it can
 * still be looked at. Programs of one host share their sockets, as threads and children do.
 */
#include "read.h"
#include <string.h>

static bool is_same(const char *name, struct read_slice word)
{
    return strlen(name) == word.n && memcmp(name, word.p, word.n) == 0;
}

int read_find_host(const struct reader *r, struct read_slice word)
{
    for (unsigned i = 0; i < r->s->hosts_n; i++)
        if (is_same(r->s->hosts[i].name, word)) return (int)i;
    return -1;
}

int read_find_program(const struct reader *r, struct read_slice word)
{
    for (unsigned i = 0; i < r->s->programs_n; i++)
        if (is_same(r->s->programs[i].name, word)) return (int)i;
    return -1;
}

bool read_host(struct reader *r, unsigned *out)
{
    struct read_slice w = read_word_here(r);
    int host = read_find_host(r, w);
    if (host < 0) {
        struct read_choice c = read_choice(r, "a host");
        for (unsigned i = 0; i < r->s->hosts_n; i++)
            read_choice_add(&c, r->s->hosts[i].name);
        return read_wrong_choice(r, &c);
    }
    *out = (unsigned)host;
    r->at += w.n;
    return true;
}

bool read_program(struct reader *r, unsigned *out)
{
    struct read_slice w = read_word_here(r);
    int program = read_find_program(r, w);
    if (program < 0) {
        struct read_choice c = read_choice(r, "a program");
        for (unsigned i = 0; i < r->s->programs_n; i++)
            read_choice_add(&c, r->s->programs[i].name);
        return read_wrong_choice(r, &c);
    }
    *out = (unsigned)program;
    r->at += w.n;
    return true;
}

static bool is_of(const struct reader *r, const struct read_known *k, unsigned program)
{
    if (program == UINT_MAX || k->program == program) return true;
    const struct lab_program *p = r->s->programs;
    return k->kind == READ_SOCKET && p[k->program].host == p[program].host;
}

bool read_is_known(const struct reader *r, enum read_known_kind kind, unsigned program,
                   struct read_slice word)
{
    for (unsigned i = 0; i < r->known_n; i++) {
        const struct read_known *k = &r->known[i];
        if (k->kind == kind && is_of(r, k, program) && is_same(k->name, word)) return true;
    }
    return false;
}

bool read_is_variable(const struct reader *r, struct read_slice word)
{
    for (unsigned i = 0; i < r->s->sweeps_n; i++)
        if (is_same(r->s->sweeps[i].name, word)) return true;
    return read_is_known(r, READ_VARIABLE, UINT_MAX, word);
}

bool read_know(struct reader *r, enum read_known_kind kind, unsigned program, const char *name)
{
    if (read_is_known(r, kind, program, (struct read_slice){name, strlen(name)})) return true;
    if (r->known_n == READ_NAMES_MAX)
        return read_mistake(r, "the story has more than %d names", READ_NAMES_MAX);
    void *array = r->known;
    struct read_known *k = read_grown(r, &array, r->known_n, sizeof *k);
    r->known = array;
    if (!k) return false;
    k->kind = kind;
    k->program = program;
    memcpy(k->name, name, strlen(name) + 1);
    r->known_n++;
    return true;
}

static bool wrong_known(struct reader *r, enum read_known_kind kind, unsigned program,
                        const char *what)
{
    struct read_choice c = read_choice(r, what);
    for (unsigned i = 0; i < r->known_n; i++) {
        const struct read_known *k = &r->known[i];
        if (k->kind == kind && is_of(r, k, program)) read_choice_add(&c, k->name);
    }
    return read_wrong_choice(r, &c);
}

bool read_known_name(struct reader *r, enum read_known_kind kind, const char *what, lab_name out)
{
    struct read_slice w = read_word_here(r);
    if (!read_is_known(r, kind, UINT_MAX, w)) return wrong_known(r, kind, UINT_MAX, what);
    read_copy_name(w, out);
    r->at += w.n;
    return true;
}

bool read_socket(struct reader *r, unsigned program, lab_name out)
{
    struct read_slice w = read_word_here(r);
    if (!read_is_known(r, READ_SOCKET, program, w)) {
        char what[96];
        (void)snprintf(what, sizeof what, "a socket that was made on %s above",
                       r->s->hosts[r->s->programs[program].host].name);
        return wrong_known(r, READ_SOCKET, program, what);
    }
    read_copy_name(w, out);
    r->at += w.n;
    return true;
}

bool read_sweep_name(struct reader *r, lab_name out)
{
    struct read_slice w = read_word_here(r);
    for (unsigned i = 0; i < r->s->sweeps_n; i++) {
        if (!is_same(r->s->sweeps[i].name, w)) continue;
        read_copy_name(w, out);
        r->at += w.n;
        return true;
    }
    struct read_choice c = read_choice(r, "the name of a sweep");
    for (unsigned i = 0; i < r->s->sweeps_n; i++)
        read_choice_add(&c, r->s->sweeps[i].name);
    return read_wrong_choice(r, &c);
}

bool read_link(struct reader *r, unsigned *out)
{
    unsigned a = 0, b = 0;
    read_skip_blanks(r);
    const char *begin = r->at;
    if (!read_host(r, &a)) return false;
    if (!read_try_text(r, "--")) return read_mistake(r, "expected '--' and the other host");
    if (!read_host(r, &b)) return false;
    for (unsigned i = 0; i < r->s->links_n; i++) {
        const unsigned *h = r->s->links[i].host;
        *out = i;
        if ((h[0] == a && h[1] == b) || (h[0] == b && h[1] == a)) return true;
    }
    return read_mistake_at(r, begin, "no link joins these hosts");
}
