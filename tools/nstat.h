/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `bonnet nstat`: the counters of a stack, under the kernel's names,
 * and what they were the last time.
 */
#ifndef TOOLS_NSTAT_H
#define TOOLS_NSTAT_H

#include "glass.h"
#include "text.h"

#define NSTAT_NAME_MAX     48
#define NSTAT_COUNTERS_MAX 512

struct nstat_counter {
    char name[NSTAT_NAME_MAX];
    uint64_t value;
};

struct nstat_list {
    struct nstat_counter counters[NSTAT_COUNTERS_MAX];
    size_t n;
};

/* The value of a counter, 0 if the list has none of this name. */
uint64_t nstat_value(const struct nstat_list *list, const char *name);

/* Adds what the stack behind a door answers to request, "counters" or "reasons". 0 or -errno. */
int nstat_ask(struct glass_instance *stack, const char *request, struct nstat_list *out);

struct nstat_options {
    bool absolute; /* -a: values, not differences */
    bool zeros, json, pretty, reasons;
    bool no_update, no_output, reset;
    const char *name; /* of one stack; NULL: all */
    char **patterns;  /* of names; any of them, all if there is none */
    int patterns_n;
};

/* Adds the counters of one stack to out, less what they were before; before may be empty. */
void nstat_print(const struct nstat_options *o, const char *stack, const struct nstat_list *now,
                 const struct nstat_list *before, struct text *out);

/* ---- nstat_history.c ---- */

/* The file that remembers a stack's counters, open and locked. NULL: none is to be had, which is
 * told. */
struct nstat_history;
struct nstat_history *nstat_history_open(const struct glass_instance *stack, const char *who);

/* What it remembers: nothing, if it is of another run of the program. */
void nstat_history_read(struct nstat_history *h, struct nstat_list *out);

/* Writes, if now is not NULL, and closes. false: it could not be written, which is told. */
bool nstat_history_close(struct nstat_history *h, const struct nstat_list *now);

#endif
