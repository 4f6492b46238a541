/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet nstat`: the counters of running stacks as nstat(8) shows the kernel's, and how much they
 * have grown since the last call.
 */
#include "nstat.h"

#include "cmd.h"

#include <bonnet/bonnet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 24) /* bytes of output */

enum { OPTION_NAME = 0x100, OPTION_REASONS };

static int help(void)
{
    puts("usage: bonnet nstat [OPTION]... [PATTERN]...\n"
         "\n"
         "Shows the counters of running stacks under the kernel's names, as nstat(8) does: what\n"
         "they have grown by since the last call. PATTERN chooses names, as in Tcp*.\n"
         "\n"
         "  -a, --ignore      values since the stack was made\n"
         "  -z, --zeros       those that did not grow, too\n"
         "  -j, --json        as JSON; -p, --pretty: with line breaks\n"
         "  -s, --noupdate    this call does not count as the last one\n"
         "  -n, --nooutput    it does, but shows nothing\n"
         "  -r, --reset       forget the last call, and show values since the stack was made\n"
         "      --reasons     also how often each reason was given for which a packet was sent,\n"
         "                    dropped or answered with a reset\n"
         "      --name NAME   one stack only (see --name of serve and get; default: all)\n"
         "  -V, --version     the version\n"
         "  -h, --help        this text\n"
         "\n"
         "example:\n"
         "  bonnet nstat -n; sleep 10; bonnet nstat 'TcpExt*'");
    return CMD_OK;
}

static void take_option(struct nstat_options *o, int option)
{
    switch (option) {
    case 'a': o->absolute = true; break;
    case 'z': o->zeros = true; break;
    case 'j': o->json = true; break;
    case 'p': o->pretty = true; break;
    case 's': o->no_update = true; break;
    case 'n': o->no_output = true; break;
    case 'r': o->reset = true; break;
    case OPTION_REASONS: o->reasons = true; break;
    default: o->name = optarg; break;
    }
}

/* 0, CMD_USAGE, or the negative letter of an option that ends the command. */
static int read_options(struct nstat_options *o, int argc, char **argv)
{
    static const struct option names[] = {
        {"ignore", no_argument, NULL, 'a'},
        {"zeros", no_argument, NULL, 'z'},
        {"json", no_argument, NULL, 'j'},
        {"pretty", no_argument, NULL, 'p'},
        {"noupdate", no_argument, NULL, 's'},
        {"nooutput", no_argument, NULL, 'n'},
        {"reset", no_argument, NULL, 'r'},
        {"reasons", no_argument, NULL, OPTION_REASONS},
        {"name", required_argument, NULL, OPTION_NAME},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "azjpsnrVh", names, NULL)) != -1) {
        if (c == '?') return CMD_USAGE;
        if (c == 'h' || c == 'V') return -c;
        take_option(o, c);
    }
    o->patterns = argv + optind;
    o->patterns_n = argc - optind;
    return 0;
}

/* All that is remembered, whether it is shown or not. */
static int ask(struct glass_instance *stack, struct nstat_list *out, size_t *counters_n)
{
    out->n = 0;
    int error = nstat_ask(stack, "counters", out);
    *counters_n = out->n;
    return error ? error : nstat_ask(stack, "reasons", out);
}

/* One stack. 1: shown, 0: nobody is there; -1: failed, after a complaint. */
static int show(const struct nstat_options *o, struct glass_instance *stack, struct text *out,
                const char *who)
{
    static struct nstat_list now, before;
    size_t counters_n;
    int error = ask(stack, &now, &counters_n);
    if (glass_is_nobody(error)) return 0;
    if (error) cmd_complain(who, "%s: %s", stack->name, strerror(-error));
    struct nstat_history *h = error ? NULL : nstat_history_open(stack, who);
    if (!h) return -1;
    before.n = 0;
    if (!o->absolute && !o->reset) nstat_history_read(h, &before);
    bool good = nstat_history_close(h, o->no_update ? NULL : &now);
    if (!o->reasons) now.n = counters_n;
    if (o->json && out->len > 1) text_add(out, ",");
    if (o->json && o->pretty) text_add(out, "\n    ");
    nstat_print(o, stack->name, &now, &before, out);
    return good ? 1 : -1;
}

static bool print(const struct nstat_options *o, struct text *out, const char *who)
{
    if (o->json) text_add(out, o->pretty ? "\n}\n" : "}\n");
    bool good = o->no_output || (!out->failed && fputs(out->p, stdout) >= 0);
    if (fflush(stdout)) good = false;
    if (!good) cmd_complain(who, "cannot write: %s", strerror(out->failed ? ENOMEM : errno));
    return good;
}

int cmd_nstat(int argc, char **argv)
{
    static struct glass_instance stacks[GLASS_INSTANCES_MAX];
    struct nstat_options o = {0};
    struct text out;
    int status = read_options(&o, argc, argv);
    if (status == -'h') return help();
    if (status == -'V') printf("nstat utility, bonnet-%s\n", bonnet_version());
    if (status) return status < 0 ? CMD_OK : status;
    size_t n = glass_find(o.name, stacks, GLASS_INSTANCES_MAX);
    size_t shown = 0;
    bool good = true;
    text_init(&out, TEXT_MAX);
    if (o.json) text_add(&out, "{");
    for (size_t i = 0; i < n; i++) {
        int r = show(&o, &stacks[i], &out, argv[0]);
        shown += r > 0;
        good = good && r >= 0;
    }
    if (shown == 0 && good) glass_complain_of_none(o.name, argv[0]);
    if (shown > 0) good = print(&o, &out, argv[0]) && good;
    text_fini(&out);
    return good && shown > 0 ? CMD_OK : CMD_FAILED;
}
