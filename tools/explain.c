/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet explain SOCKET`: in sentences, what a socket of a running stack is doing and why.
 *
 * All sockets that fit are explained, listeners first, but not more than a few: who asks for a port
 * with a thousand connections is told how many more there are.
 */
#include "explain.h"

#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define EXPLAINED_MAX 8
#define TEXT_MAX      ((size_t)1 << 20)

enum { OPTION_NAME = 0x100 };

static int help(void)
{
    puts("usage: bonnet explain [--name NAME] SOCKET\n"
         "\n"
         "Says what a socket of a running stack is doing, what it waits for, since when, what\n"
         "usually causes that, and what to do about it. SOCKET is one of\n"
         "\n"
         "  sk:1a                           as ss -e prints it (a number without sk: is decimal)\n"
         "  :80                             a port of ours or, if none is, of the peer\n"
         "  10.7.0.2:80                     an address and port, likewise\n"
         "  10.7.0.2:80 10.7.0.1:40000      both ends, as ss prints them\n"
         "\n"
         "      --name NAME                 one stack only (default: all)\n"
         "  -h, --help                      this text");
    return CMD_OK;
}

/* What has been found so far, in all stacks. */
struct search {
    const struct explain_target *target;
    struct ss_rows rows; /* of the present stack */
    size_t found, explained;
    bool by_peer;
    struct text out;
};

static bool take_row(void *ctx, const char *line, size_t len)
{
    struct search *s = ctx;
    struct ss_row row;
    if (!ss_row_parse(line, len, &row)) return false;
    return !explain_target_is(s->target, &row.row, s->by_peer) || ss_rows_add(&s->rows, &row);
}

static void add_one(struct search *s, const struct explain_about *about)
{
    struct explanation e;
    if (s->explained++ > 0) text_add(&s->out, "\n");
    explanation_init(&e);
    explain(about, &e);
    explain_print(about, &e, &s->out);
    explanation_fini(&e);
}

static void add_found(struct search *s, const struct glass_instance *stack,
                      const struct nstat_list *counters)
{
    const struct ss_process process = ss_process_of(stack);
    for (int servers = 1; servers >= 0; servers--) {
        for (size_t i = 0; i < s->rows.n && s->explained < EXPLAINED_MAX; i++) {
            const struct ss_row *row = &s->rows.rows[i];
            const struct explain_about about = {row, stack->name, &process, counters};
            if ((row->row.kind == BONNET_ROW_LISTENER) == servers) add_one(s, &about);
        }
    }
    s->found += s->rows.n;
}

/* 0 or -errno. */
static int look_into(struct search *s, struct glass_instance *stack)
{
    static struct nstat_list counters;
    counters.n = 0;
    int error = glass_ask(stack, "sockets", take_row, s);
    if (!error && s->rows.n > 0) error = nstat_ask(stack, "counters", &counters);
    if (!error) add_found(s, stack, &counters);
    ss_rows_fini(&s->rows);
    return error;
}

/* Looks into all stacks. Returns how many answered, or -1 after a complaint. */
static int look(struct search *s, struct glass_instance *stacks, size_t n, const char *who)
{
    int answered = 0;
    for (size_t i = 0; i < n; i++) {
        int error = look_into(s, &stacks[i]);
        answered += error == 0;
        if (!error || glass_is_nobody(error)) continue;
        cmd_complain(who, "%s: %s", stacks[i].name, strerror(-error));
        return -1;
    }
    return answered;
}

static int print(struct search *s, const char *who)
{
    if (s->found > s->explained)
        text_addf(&s->out, "\n%zu more: name both ends to choose one (bonnet ss shows them).\n",
                  s->found - s->explained);
    bool good = !s->out.failed && fputs(s->out.p, stdout) >= 0 && fflush(stdout) == 0;
    if (!good) cmd_complain(who, "cannot write: %s", strerror(s->out.failed ? ENOMEM : errno));
    return good ? CMD_OK : CMD_FAILED;
}

static int search(const struct explain_target *target, const char *name, const char *who,
                  const char *word)
{
    static struct glass_instance stacks[GLASS_INSTANCES_MAX];
    struct search s = {.target = target};
    size_t n = glass_find(name, stacks, GLASS_INSTANCES_MAX);
    text_init(&s.out, TEXT_MAX);
    int answered = look(&s, stacks, n, who);
    if (answered > 0 && s.found == 0 && target->ends_n == 1) {
        s.by_peer = true;
        answered = look(&s, stacks, n, who);
    }
    int status = CMD_FAILED;
    if (answered == 0)
        glass_complain_of_none(name, who);
    else if (answered > 0 && s.found == 0)
        cmd_complain(who, "'%s': no such socket (bonnet ss -ae shows those there are)", word);
    else if (answered > 0)
        status = print(&s, who);
    text_fini(&s.out);
    return status;
}

int cmd_explain(int argc, char **argv)
{
    static const struct option names[] = {
        {"name", required_argument, NULL, OPTION_NAME},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct explain_target target;
    const char *name = NULL;
    int c;
    while ((c = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        if (c == 'h') return help();
        if (c == '?') return CMD_USAGE;
        name = optarg;
    }
    if (optind == argc) {
        cmd_complain(argv[0], "a socket is wanted (see %s --help)", argv[0]);
        return CMD_USAGE;
    }
    if (explain_target_parse(argc - optind, argv + optind, &target))
        return search(&target, name, argv[0], argv[optind]);
    cmd_complain(argv[0], "'%s': expected a socket: sk:1a, :80, 10.7.0.2:80, or both ends",
                 argv[argc - 1]);
    return CMD_USAGE;
}
