/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet ss`: the sockets of running stacks, in the words of iproute2's ss.
 */
#include "ss.h"

#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTANCES_MAX 256
#define TABLE_MAX     ((size_t)1 << 30) /* bytes of text */

enum { OPTION_NAME = 0x100 };

static int help(void)
{
    puts("usage: bonnet ss [OPTION]...\n"
         "\n"
         "Lists the sockets of running `bonnet serve`, `get` and `wire`, as ss(8) does those of "
         "the\n"
         "kernel: same options, columns and words. Without -a or -l: connections only.\n"
         "\n"
         "  -t, --tcp            TCP sockets (default: TCP and UDP)\n"
         "  -u, --udp            UDP sockets\n"
         "  -a, --all            listening ones, too, and TIME-WAIT\n"
         "  -l, --listening      listening ones only; Recv-Q: accept queue, Send-Q: backlog\n"
         "  -n, --numeric        ports as numbers, not names of /etc/services; rates in full\n"
         "  -o, --options        timers: timer:(NAME,TIME LEFT,RETRANSMISSIONS)\n"
         "  -i, --info           TCP_INFO: rto, rtt, mss, cwnd, bytes, rates\n"
         "  -m, --memory         queues and their limits: skmem:(...)\n"
         "  -e, --extended       handle, SYN queue, and why nothing more is sent: waits:(...)\n"
         "  -p, --processes      the program that holds the socket\n"
         "  -H, --no-header      no line of column names\n"
         "  -O, --oneline        one line per socket\n"
         "      --name NAME      one instance only (see --name of serve and get; default: all)\n"
         "  -h, --help           this text\n"
         "\n"
         "Instances are found in $XDG_RUNTIME_DIR/bonnet and /run/bonnet. If more than one is "
         "shown,\n"
         "each has a heading.");
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
    case 'H': o->no_header = true; break;
    case 'O': o->oneline = true; break;
    default: o->name = optarg; break;
    }
}

/* 0, CMD_USAGE, or -1: help was asked for. */
static int read_options(struct ss_options *o, int argc, char **argv)
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
        {"no-header", no_argument, NULL, 'H'},
        {"oneline", no_argument, NULL, 'O'},
        {"name", required_argument, NULL, OPTION_NAME},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "tualnoimepHOh", names, NULL)) != -1) {
        if (c == '?') return CMD_USAGE;
        if (c == 'h') return -1;
        take_option(o, c);
    }
    if (optind < argc) {
        cmd_complain(argv[0], "'%s': filters are not supported", argv[optind]);
        return CMD_USAGE;
    }
    if (!o->tcp && !o->udp) o->tcp = o->udp = true;
    return 0;
}

/* One instance, and its answer. */
struct instance {
    const char *directory;
    char name[SS_NAME_MAX];
    const struct ss_options *o;
    struct ss_process process;
    struct ss_table table;
    bool answered;
};

static bool take_line(void *ctx, const char *json, size_t len)
{
    struct instance *in = ctx;
    struct ss_row row;
    struct ss_line line;
    if (!ss_row_parse(json, len, &row)) return false;
    if (!ss_wants(in->o, &row)) return true;
    if (!ss_line_make(in->o, &row, &in->process, &line)) return false;
    if (ss_table_add(&in->table, &line)) return true;
    ss_line_fini(&line);
    return false;
}

/* false: failed, after a complaint. A door with nobody behind it, which a program that was killed
 * leaves, is no failure. */
static bool ask(struct instance *in, const char *who)
{
    int error = ss_door_ask(in->directory, in->name, &in->process, take_line, in);
    in->answered = error == 0;
    if (!error || error == -ECONNREFUSED || error == -ENOENT) return true;
    cmd_complain(who, "%s: %s", in->name, strerror(-error));
    return false;
}

static bool print(const struct instance *in, bool heading, const char *who)
{
    struct text out;
    text_init(&out, TABLE_MAX);
    if (heading) text_addf(&out, "%s (pid %d):\n", in->name, (int)in->process.pid);
    ss_table_print(&in->table, in->o, &out);
    bool good = !out.failed && (!out.p || fputs(out.p, stdout) >= 0);
    if (!good) cmd_complain(who, "cannot write: %s", strerror(errno));
    text_fini(&out);
    return good;
}

/* Fills in the instances that o asks for. Returns their number. */
static size_t find(struct instance *out, char directories[2][108], const struct ss_options *o)
{
    static char names[INSTANCES_MAX][SS_NAME_MAX];
    size_t n = 0;
    int directories_n = ss_door_directories(directories);
    for (int d = 0; d < directories_n; d++) {
        size_t found = ss_door_list(directories[d], names, INSTANCES_MAX);
        for (size_t i = 0; i < found && n < INSTANCES_MAX; i++) {
            if (o->name && strcmp(o->name, names[i]) != 0) continue;
            out[n] = (struct instance){.directory = directories[d], .o = o};
            memcpy(out[n++].name, names[i], SS_NAME_MAX);
        }
    }
    return n;
}

static int complain_of_none(const struct ss_options *o, const char *directory, const char *who)
{
    if (o->name)
        cmd_complain(who, "no bonnet named '%s' is running", o->name);
    else if (access(directory, X_OK) && errno == EACCES)
        cmd_complain(who, "%s: %s", directory, strerror(EACCES));
    else
        cmd_complain(who, "no bonnet is running (looked in %s)", directory);
    return CMD_FAILED;
}

int cmd_ss(int argc, char **argv)
{
    static struct instance instances[INSTANCES_MAX];
    struct ss_options o = {0};
    char directories[2][108];
    int status = read_options(&o, argc, argv);
    if (status) return status < 0 ? help() : status;
    size_t n = find(instances, directories, &o);
    size_t answered = 0;
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        good = ask(&instances[i], argv[0]) && good;
        answered += instances[i].answered;
    }
    if (answered == 0 && good) return complain_of_none(&o, directories[0], argv[0]);
    for (size_t i = 0; i < n; i++) {
        if (instances[i].answered) good = print(&instances[i], answered > 1, argv[0]) && good;
        ss_table_fini(&instances[i].table);
    }
    return good ? CMD_OK : CMD_FAILED;
}
