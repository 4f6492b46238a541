/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet ss`: the sockets of running stacks, in the words of iproute2's ss.
 *
 * This file reads the command line and walks the stacks; what is shown of each is in ss_show.c, and
 * the stream of events in ss_events.c.
 */
#include "ss.h"

#include "cmd.h"
#include "glass.h"
#include "ss_filter.h"

#include <bonnet/bonnet.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { OPTION_NAME = 0x100, OPTION_JSON };

static int help(void)
{
    puts("usage: bonnet ss [OPTION]... [FILTER]\n"
         "\n"
         "Lists the sockets of running stacks (`bonnet serve`, `get`, `wire` and others with a\n"
         "door), as ss(8) does those of the kernel: same options, filters, columns and words.\n"
         "Without -a, -l or a state: connections only.\n"
         "\n"
         "  -t, --tcp            TCP sockets (default: TCP and UDP)\n"
         "  -u, --udp            UDP sockets\n"
         "  -a, --all            listening ones, too, and TIME-WAIT\n"
         "  -l, --listening      listening ones only; Recv-Q: accept queue, Send-Q: backlog\n"
         "  -n, --numeric        ports as numbers, not names of /etc/services; rates in full\n"
         "  -o, --options        timers: timer:(NAME,TIME LEFT,RETRANSMISSIONS)\n"
         "  -i, --info           TCP_INFO: rto, rtt, mss, cwnd, bytes, rates\n"
         "  -m, --memory         queues and their limits: skmem:(...)\n"
         "  -e, --extended       handle, SYN queue, bytes delivered to the program, and why "
         "nothing\n"
         "                       more is sent: waits:(...)\n"
         "  -p, --processes      the program that holds the socket\n"
         "  -s, --summary        how many there are of which kind\n"
         "  -E, --events         changes of state, drops and resets, as they happen\n"
         "  -4, -6               addresses of IPv4, of IPv6 only\n"
         "  -H, --no-header      no line of column names\n"
         "  -O, --oneline        one line per socket\n"
         "      --json           an array of objects with the fields of struct bonnet_row (of\n"
         "                       <bonnet/inspect.h>); with -E one object per line\n"
         "      --name NAME      one stack only (see --name of serve and get; default: all)\n"
         "  -V, --version        the version\n"
         "  -h, --help           this text\n"
         "\n"
         "FILTER: {state|exclude STATE}... [EXPRESSION]\n"
         "  STATE       established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, "
         "closed,\n"
         "              close-wait, last-ack, listening, closing; all, connected, synchronized,\n"
         "              bucket, big\n"
         "  EXPRESSION  sport|dport [= != < <= > >=] [:]PORT, src|dst ADDRESS[/BITS][:PORT], "
         "joined\n"
         "              by and, or (from left to right), not and parentheses\n"
         "\n"
         "Stacks are found in $XDG_RUNTIME_DIR/bonnet and /run/bonnet. If more than one is shown,\n"
         "each has a heading.\n"
         "\n"
         "example:\n"
         "  bonnet ss -tanoe state close-wait '( sport = :80 or sport = :443 )'");
    return CMD_OK;
}

static int version(void)
{
    printf("ss utility, bonnet-%s\n", bonnet_version());
    return CMD_OK;
}

static void take_option(struct ss_options *o, int option)
{
    switch (option) {
    case 't': o->tcp = true; break;
    case 'u': o->udp = true; break;
    case 'a': o->all = true; break;
    case 'l': o->listening = true; break;
    case 'n': o->numeric = true; break;
    case 'o': o->timers = true; break;
    case 'i': o->info = true; break;
    case 'm': o->memory = true; break;
    case 'e': o->extended = true; break;
    case 'p': o->processes = true; break;
    case 's': o->summary = true; break;
    case 'E': o->events = true; break;
    case 'H': o->no_header = true; break;
    case 'O': o->oneline = true; break;
    case '4':
    case '6':
        o->ip4 = option == '4';
        o->ip6 = option == '6';
        break;
    case OPTION_JSON: o->json = true; break;
    default: o->name = optarg; break;
    }
}

static int read_filter(struct ss_options *o, struct ss_filter *filter, int argc, char **argv)
{
    struct filter_error error;
    bool has_filter = optind < argc;
    if (has_filter && !ss_filter_parse(argc - optind, argv + optind, filter, &o->states, &error)) {
        bool at_end = error.word[0] == '\0';
        cmd_complain(argv[0],
                     at_end ? "%sthe filter ends too early: expected %s" : "'%s': expected %s",
                     error.word, error.expected);
        return CMD_USAGE;
    }
    o->filter = has_filter ? filter : NULL;
    o->summary_only = o->summary && !has_filter && !o->tcp && !o->udp;
    if (!o->tcp && !o->udp) o->tcp = o->udp = true;
    return 0;
}

/* 0, CMD_USAGE, or the negative letter of an option that ends the command. */
static int read_options(struct ss_options *o, struct ss_filter *filter, int argc, char **argv)
{
    static const struct option names[] = {
        {"tcp", no_argument, NULL, 't'},
        {"udp", no_argument, NULL, 'u'},
        {"all", no_argument, NULL, 'a'},
        {"listening", no_argument, NULL, 'l'},
        {"numeric", no_argument, NULL, 'n'},
        {"options", no_argument, NULL, 'o'},
        {"info", no_argument, NULL, 'i'},
        {"memory", no_argument, NULL, 'm'},
        {"extended", no_argument, NULL, 'e'},
        {"processes", no_argument, NULL, 'p'},
        {"summary", no_argument, NULL, 's'},
        {"events", no_argument, NULL, 'E'},
        {"ipv4", no_argument, NULL, '4'},
        {"ipv6", no_argument, NULL, '6'},
        {"no-header", no_argument, NULL, 'H'},
        {"oneline", no_argument, NULL, 'O'},
        {"json", no_argument, NULL, OPTION_JSON},
        {"name", required_argument, NULL, OPTION_NAME},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "tualnoimepsE46HOVh", names, NULL)) != -1) {
        if (c == '?') return CMD_USAGE;
        if (c == 'h' || c == 'V') return -c;
        take_option(o, c);
    }
    return read_filter(o, filter, argc, argv);
}

int cmd_ss(int argc, char **argv)
{
    static struct glass_instance stacks[GLASS_INSTANCES_MAX];
    static struct ss_filter filter;
    struct ss_options o = {0};
    int status = read_options(&o, &filter, argc, argv);
    if (status == -'h') return help();
    if (status == -'V') return version();
    if (status) return status;
    size_t n = glass_find(o.name, stacks, GLASS_INSTANCES_MAX);
    return o.events ? ss_events(&o, stacks, n, argv[0]) : ss_show(&o, stacks, n, argv[0]);
}
