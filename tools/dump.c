/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet dump`: the packets of running stacks as they pass, in tcpdump's words, and what the
 * stacks thought of them.
 *
 * Packets come from the door, which loses some rather than make a stack wait: how many is told
 * where they are missing. For a capture they are asked for whole, otherwise their headers do.
 */
#define _GNU_SOURCE
#include "dump.h"

#include "cmd.h"
#include "dump_filter.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX 8192

enum { OPTION_NAME = 0x100 };

struct dump_options {
    const char *name; /* of the stack; NULL: all */
    const char *file; /* NULL: lines */
    uint64_t count;   /* stop after so many; 0: go on */
    bool absolute;    /* sequence numbers */
    struct dump_style style;
    struct dump_filter filter;
};

struct dump {
    const struct dump_options *o;
    const struct glass_instance *stacks;
    size_t stacks_n;
    int64_t offset_ns[GLASS_INSTANCES_MAX]; /* from a stack's clock to the time of day */
    struct dump_flows *flows;
    struct dump_file *file; /* NULL: lines */
    struct text out;
    struct dump_packet packet; /* at hand */
    uint64_t seen, lost;
    int error; /* -errno: nothing more can be written */
};

static int help(void)
{
    puts("usage: bonnet dump [OPTION]... [FILTER]\n"
         "\n"
         "Prints the packets of running stacks (`bonnet serve`, `get`, `wire` and others with a\n"
         "door) as they pass, as tcpdump -n does. Behind \"#\" stands what the stack knows: why a\n"
         "packet was dropped or sent again, why a connection was reset.\n"
         "\n"
         "  -c N             stop after N packets\n"
         "  -w FILE          write a pcapng capture instead, with the reasons as comments\n"
         "  -v, --verbose    the reason of every packet\n"
         "  -S               absolute sequence numbers\n"
         "  -t               no time\n"
         "      --name NAME  one stack only (see --name of serve and get; default: all)\n"
         "  -h, --help       this text\n"
         "\n"
         "FILTER, as pcap-filter(7) has it, joined by and, or (from left to right), not and\n"
         "parentheses:\n"
         "  [src|dst] host ADDRESS, [tcp|udp] [src|dst] port NUMBER, tcp, udp, icmp, arp, ip,\n"
         "  tcp[tcpflags] & (tcp-syn|tcp-fin) != 0, in, out\n"
         "and in addition\n"
         "  dropped          the stack refused it\n"
         "  reset            it ends a connection, or refuses one\n"
         "  retransmitted    it is sent again, or has been seen before\n"
         "\n"
         "examples:\n"
         "  bonnet dump port 80 and 'tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0'\n"
         "  bonnet dump -w trouble.pcapng dropped or reset or retransmitted");
    return CMD_OK;
}

/* ---- what is heard ---- */

static int64_t time_of_day(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void print_out(struct dump *d)
{
    if (d->out.len == 0) return;
    if (fputs(d->out.p, stdout) < 0 || fflush(stdout) != 0) d->error = -EPIPE;
    text_clear(&d->out);
}

static void take_beginning(struct dump *d, size_t which, uint64_t now)
{
    d->offset_ns[which] = time_of_day() - (int64_t)now;
    fprintf(stderr, "listening on %s\n", d->stacks[which].name);
}

static void take_loss(struct dump *d, size_t which, uint64_t lost)
{
    d->lost += lost;
    if (d->file) return;
    text_add(&d->out, "# ");
    if (d->stacks_n > 1) text_addf(&d->out, "%s: ", d->stacks[which].name);
    text_addf(&d->out,
              "%" PRIu64 " packets are missing here: they came faster than they were read\n", lost);
}

/* Connections are followed whether they pass the filter or not: their numbers begin where they
 * began, and not at the first packet that is shown. */
static void take_packet(struct dump *d, size_t which)
{
    static const struct bonnet_packet_style absolute = {.relative = false};
    struct bonnet_packet_style numbers = dump_flow(d->flows, &d->packet.packet);
    int64_t at = (int64_t)d->packet.at + d->offset_ns[which];
    const char *stack = d->stacks[which].name;
    if (!dump_filter_passes(&d->o->filter, &d->packet)) return;
    d->seen++;
    if (d->file)
        d->error = dump_file_add(d->file, stack, &d->packet, at);
    else
        dump_add_line(&d->out, &d->packet, &d->o->style, d->o->absolute ? &absolute : &numbers, at);
}

static bool take_line(void *ctx, size_t which, const char *line, size_t len)
{
    struct dump *d = ctx;
    struct json_object *object = glass_parse(line, len);
    if (!object) return true;
    if (glass_text(object, "stream")[0])
        take_beginning(d, which, glass_number(object, "now"));
    else if (glass_number(object, "lost"))
        take_loss(d, which, glass_number(object, "lost"));
    else if (dump_read(object, &d->packet))
        take_packet(d, which);
    json_object_put(object);
    print_out(d);
    return !d->error && (d->o->count == 0 || d->seen < d->o->count);
}

/* ---- the way of a run ---- */

static void stop(int signal_number)
{
    (void)signal_number;
    glass_stop();
}

static int finish(struct dump *d, size_t heard, const char *who)
{
    int error = dump_file_close(d->file);
    if (!d->error) d->error = error;
    if (d->error && d->error != -EPIPE)
        cmd_complain(who, "%s: %s", d->o->file, strerror(-d->error));
    if (d->o->file && !d->error)
        fprintf(stderr, "%" PRIu64 " packets, %" PRIu64 " lost\n", d->seen, d->lost);
    if (heard == 0) glass_complain_of_none(d->o->name, who);
    return d->error || heard == 0 ? CMD_FAILED : CMD_OK;
}

static int dump(const struct dump_options *o, const char *who)
{
    static struct glass_instance stacks[GLASS_INSTANCES_MAX];
    static struct dump d;
    d = (struct dump){.o = o, .stacks = stacks};
    d.stacks_n = glass_find(o->name, stacks, GLASS_INSTANCES_MAX);
    d.flows = dump_flows_new();
    d.error = d.flows ? 0 : -ENOMEM;
    if (!d.error && o->file && d.stacks_n > 0) d.error = dump_file_open(o->file, &d.file);
    text_init(&d.out, TEXT_MAX);
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    size_t heard = d.stacks_n;
    if (!d.error)
        heard =
            glass_listen(stacks, d.stacks_n, o->file ? "packets_whole" : "packets", take_line, &d);
    text_fini(&d.out);
    dump_flows_free(d.flows);
    return finish(&d, heard, who);
}

/* ---- the command line ---- */

static int take_count(struct dump_options *o, const char *value, const char *who)
{
    if (cmd_number(value, 1, UINT32_MAX, &o->count)) return 0;
    cmd_complain(who, "-c '%s': a number of packets is wanted", value);
    return CMD_USAGE;
}

/* 0, -'h' if help is asked for, or CMD_USAGE. */
static int take_options(struct dump_options *o, int argc, char **argv)
{
    static const struct option options[] = {{"verbose", no_argument, NULL, 'v'},
                                            {"name", required_argument, NULL, OPTION_NAME},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int option;
    while ((option = getopt_long(argc, argv, "+c:w:vStnh", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            if (take_count(o, optarg, argv[0])) return CMD_USAGE;
            break;
        case 'w': o->file = optarg; break;
        case 'v': o->style.verbose = true; break;
        case 'S': o->absolute = true; break;
        case 't': o->style.no_time = true; break;
        case 'n': break; /* a habit: numbers are all there is */
        case OPTION_NAME: o->name = optarg; break;
        case 'h': return -'h';
        default: return CMD_USAGE; /* getopt_long() has complained */
        }
    }
    return 0;
}

static int take_filter(struct dump_options *o, int words_n, char **words, const char *who)
{
    struct filter_error error;
    if (dump_filter_parse(words_n, words, &o->filter, &error)) return 0;
    if (error.word[0])
        cmd_complain(who, "filter: '%s': expected here: %s", error.word, error.expected);
    else
        cmd_complain(who, "filter: expected at its end: %s", error.expected);
    return CMD_USAGE;
}

int cmd_dump(int argc, char **argv)
{
    static struct dump_options o;
    o = (struct dump_options){.name = NULL};
    int status = take_options(&o, argc, argv);
    if (status == -'h') return help();
    if (status == 0) status = take_filter(&o, argc - optind, argv + optind, argv[0]);
    return status ? status : dump(&o, argv[0]);
}
