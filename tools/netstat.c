/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet netstat`: sockets and counters of running stacks, in the classic form of net-tools.
 */
#include "netstat.h"

#include "cmd.h"

#include <bonnet/bonnet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 30) /* bytes of output */

enum { OPTION_NAME = 0x100 };

static int help(void)
{
    puts("usage: bonnet netstat [OPTION]...\n"
         "\n"
         "Lists the sockets of running stacks (`bonnet serve`, `get`, `wire` and others with a\n"
         "door), or their counters, as netstat(8) does those of the kernel. Without -a or -l:\n"
         "connections only.\n"
         "\n"
         "  -t, --tcp         TCP (default: TCP and UDP)\n"
         "  -u, --udp         UDP\n"
         "  -a, --all         servers, too\n"
         "  -l, --listening   servers only\n"
         "  -n, --numeric     numbers, not names of hosts and ports\n"
         "  -W, --wide        addresses in full\n"
         "  -o, --timers      timers: (SECONDS LEFT/RETRANSMISSIONS/PROBES)\n"
         "  -e, --extend      the user of the program that holds the socket\n"
         "  -p, --programs    this program\n"
         "  -s, --statistics  counters instead of sockets\n"
         "      --name NAME   one stack only (see --name of serve and get; default: all)\n"
         "  -V, --version     the version\n"
         "  -h, --help        this text\n"
         "\n"
         "If more than one stack is shown, each has a heading.");
    return CMD_OK;
}

static void take_option(struct netstat_options *o, int option)
{
    switch (option) {
    case 't': o->tcp = true; break;
    case 'u': o->udp = true; break;
    case 'a': o->all = true; break;
    case 'l': o->listening = true; break;
    case 'n': o->numeric = true; break;
    case 'W': o->wide = true; break;
    case 'o': o->timers = true; break;
    case 'e': o->extended = true; break;
    case 'p': o->processes = true; break;
    case 's': o->statistics = true; break;
    default: o->name = optarg; break;
    }
}

/* 0, CMD_USAGE, or the negative letter of an option that ends the command. */
static int read_options(struct netstat_options *o, int argc, char **argv)
{
    static const struct option names[] = {
        {"tcp", no_argument, NULL, 't'},
        {"udp", no_argument, NULL, 'u'},
        {"all", no_argument, NULL, 'a'},
        {"listening", no_argument, NULL, 'l'},
        {"numeric", no_argument, NULL, 'n'},
        {"wide", no_argument, NULL, 'W'},
        {"timers", no_argument, NULL, 'o'},
        {"extend", no_argument, NULL, 'e'},
        {"programs", no_argument, NULL, 'p'},
        {"statistics", no_argument, NULL, 's'},
        {"name", required_argument, NULL, OPTION_NAME},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "tualnWoepsVh", names, NULL)) != -1) {
        if (c == '?') return CMD_USAGE;
        if (c == 'h' || c == 'V') return -c;
        take_option(o, c);
    }
    if (optind == argc) return 0;
    cmd_complain(argv[0], "'%s': no argument is expected (see %s --help)", argv[optind], argv[0]);
    return CMD_USAGE;
}

static bool take_row(void *ctx, const char *line, size_t len)
{
    struct ss_row row;
    return ss_row_parse(line, len, &row) && ss_rows_add(ctx, &row);
}

/* What one stack has to say, as text in out. 0 or -errno. */
static int ask(const struct netstat_options *o, struct glass_instance *stack, struct text *out)
{
    static struct nstat_list counters;
    struct ss_rows rows = {0};
    counters.n = 0;
    int error = o->statistics ? nstat_ask(stack, "counters", &counters)
                              : glass_ask(stack, "sockets", take_row, &rows);
    const struct ss_process process = ss_process_of(stack);
    if (!error && o->statistics) netstat_print_statistics(o, &counters, out);
    if (!error && !o->statistics) netstat_print(o, rows.rows, rows.n, &process, out);
    ss_rows_fini(&rows);
    return error;
}

static bool print(const struct glass_instance *stack, struct text *answer, bool heading)
{
    if (heading) printf("%s (pid %d):\n", stack->name, (int)stack->pid);
    errno = ENOMEM;
    return !answer->failed && fputs(answer->p, stdout) >= 0 && fflush(stdout) == 0;
}

int cmd_netstat(int argc, char **argv)
{
    static struct glass_instance stacks[GLASS_INSTANCES_MAX];
    static struct text answers[GLASS_INSTANCES_MAX];
    struct netstat_options o = {0};
    int status = read_options(&o, argc, argv);
    if (status == -'h') return help();
    if (status == -'V') printf("netstat, bonnet-%s\n", bonnet_version());
    if (status) return status < 0 ? CMD_OK : status;
    size_t n = glass_find(o.name, stacks, GLASS_INSTANCES_MAX);
    size_t answered = 0;
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        text_init(&answers[i], TEXT_MAX);
        int error = ask(&o, &stacks[i], &answers[i]);
        answered += error == 0;
        if (!error || glass_is_nobody(error)) continue;
        cmd_complain(argv[0], "%s: %s", stacks[i].name, strerror(-error));
        good = false;
    }
    if (answered == 0 && good) glass_complain_of_none(o.name, argv[0]);
    for (size_t i = 0; i < n; i++) {
        if (answers[i].p && !print(&stacks[i], &answers[i], answered > 1)) {
            cmd_complain(argv[0], "cannot write: %s", strerror(errno));
            good = false;
        }
        text_fini(&answers[i]);
    }
    return good && answered > 0 ? CMD_OK : CMD_FAILED;
}
