/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet serve`: a directory over HTTP, on a stack of its own behind a TAP device.
 *
 * The end is part of the show: at the first Ctrl-C idle clients get their FIN at once and answers
 * under way are finished; the program leaves when all connections are closed, after GRACE at the
 * latest. A second Ctrl-C resets what is left.
 */
#define _GNU_SOURCE
#include "cmd.h"
#include "net.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define GRACE            (10 * BONNET_S)
#define PATIENCE_DEFAULT 60 /* s */

struct serve_options {
    struct net_options net;
    const char *directory;
    uint16_t port;
    unsigned timeout_s;
    bool quiet;
};

enum { OPTION_HELP = NET_OPTION_END, OPTION_PORT, OPTION_TIMEOUT, OPTION_QUIET };

static int help(void)
{
    puts("usage: bonnet serve DIR --tap NAME --addr A/BITS [OPTION]...\n"
         "\n"
         "Serves the directory DIR over HTTP/1.1 on a TCP/IP stack of its own: this machine's "
         "programs\n"
         "reach it through the device, at http://A/. Prints a line per request. Ctrl-C closes "
         "every\n"
         "connection properly and waits up to 10 s for that; a second Ctrl-C resets what is left.\n"
         "\n"
         "  --port N             TCP port, 1 to 65535 (default 80)\n"
         "  --timeout S          close clients that are idle or take nothing for S s (default 60)\n"
         "  -q, --quiet          no line per request\n"
         "  -h, --help           this text\n");
    fputs(net_options_help, stdout);
    puts("\nexample:\n"
         "  bonnet serve /srv/files --tap bn0 --addr 10.7.0.2/24\n"
         "  curl -O http://10.7.0.2/big.iso");
    return CMD_OK;
}

static int bad(const char *who, const char *option, const char *value, const char *expected)
{
    cmd_complain(who, "--%s '%s': %s", option, value, expected);
    return CMD_USAGE;
}

static int take_option(struct serve_options *o, int option, const char *value, const char *who)
{
    uint64_t n;
    switch (option) {
    case OPTION_PORT:
        if (!cmd_number(value, 1, 65535, &n))
            return bad(who, "port", value, "a port from 1 to 65535 is wanted");
        o->port = (uint16_t)n;
        return 0;
    case OPTION_TIMEOUT:
        if (!cmd_number(value, 1, 86400, &n))
            return bad(who, "timeout", value, "a number of seconds from 1 to 86400 is wanted");
        o->timeout_s = (unsigned)n;
        return 0;
    case OPTION_QUIET: o->quiet = true; return 0;
    default: return net_options_take(&o->net, option, value, who);
    }
}

/* 0, CMD_USAGE, or -1: help was asked for. */
static int read_options(struct serve_options *o, int argc, char **argv)
{
    static const struct option names[] = {
        NET_LONG_OPTIONS,
        {"port", required_argument, NULL, OPTION_PORT},
        {"timeout", required_argument, NULL, OPTION_TIMEOUT},
        {"quiet", no_argument, NULL, OPTION_QUIET},
        {"help", no_argument, NULL, OPTION_HELP},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "hq", names, NULL)) != -1) {
        if (c == 'h' || c == OPTION_HELP) return -1;
        if (take_option(o, c == 'q' ? OPTION_QUIET : c, optarg, argv[0])) return CMD_USAGE;
    }
    if (optind + 1 != argc) {
        cmd_complain(argv[0], optind == argc ? "the directory to serve is missing"
                                             : "more than one directory is given");
        return CMD_USAGE;
    }
    o->directory = argv[optind];
    return net_options_check(&o->net, argv[0]);
}

/* An open file per answer under way: as many as we may. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void announce(const struct serve_options *o, const struct net *net)
{
    char text[BONNET_ADDR_TEXT];
    if (bonnet_addr_is_any(net->kernel_addr))
        printf("%s: the kernel's end is left as it is\n", net->device);
    else
        printf("%s: the kernel's end is %s/%u\n", net->device,
               bonnet_addr_print(net->kernel_addr, text), o->net.bits);
    bonnet_addr_print(o->net.addr, text);
    if (o->port == 80)
        printf("serving %s at http://%s/ (Ctrl-C ends)\n", o->directory, text);
    else
        printf("serving %s at http://%s:%u/ (Ctrl-C ends)\n", o->directory, text,
               (unsigned)o->port);
}

/* Turns until the signal number signals, the instant end, or in closing the last connection. */
static int run(struct server *v, struct net *net, unsigned signals, bonnet_time end)
{
    while (net->signals < signals && !(v->closing && v->conns_n == 0)) {
        bonnet_time now = bonnet_loop_now(net->loop);
        if (now >= end) break;
        server_turn(v, now);
        /* Between visitors nothing is kept for the next one: `totals` shows what is in use. */
        if (v->conns_n == 0) bonnet_memory_trim(v->bn);
        bonnet_time until = server_deadline(v);
        if (until > end) until = end;
        int turned = bonnet_loop_step(net->loop, until == BONNET_NEVER ? until : until - now);
        if (turned < 0 && turned != -EINTR) return turned;
    }
    server_turn(v, bonnet_loop_now(net->loop));
    return 0;
}

static void say_goodbye(struct server *v, struct net *net)
{
    bonnet_time end = bonnet_loop_now(net->loop) + GRACE;
    uint32_t had = v->conns_n;
    server_stop(v);
    if (v->conns_n > 0) printf("closing %u connections (Ctrl-C resets them)\n", (unsigned)had);
    run(v, net, net->signals + 1, end);
    uint32_t left = v->conns_n;
    server_abort(v);
    bonnet_time now = bonnet_loop_now(net->loop);
    left += net_settle(net, now < end ? end - now : 0);
    if (left == 0)
        printf("all connections are closed\n");
    else
        printf("%u connections did not end in time and were cut off\n", (unsigned)left);
}

static int serve(const struct serve_options *o, struct net *net, int root, const char *who)
{
    struct server server;
    bonnet_time patience = o->timeout_s * BONNET_S;
    int error = server_open(&server, net->bn, o->port, root, patience);
    if (error) {
        cmd_complain(who, "port %u: %s", (unsigned)o->port, strerror(-error));
        return CMD_FAILED;
    }
    server.log = o->quiet ? NULL : stdout;
    announce(o, net);
    error = run(&server, net, 1, BONNET_NEVER);
    if (error)
        cmd_complain(who, "%s: %s", net->device, net_error_text(error));
    else
        say_goodbye(&server, net);
    server_abort(&server);
    return error ? CMD_FAILED : CMD_OK;
}

int cmd_serve(int argc, char **argv)
{
    struct serve_options o = {.port = 80, .timeout_s = PATIENCE_DEFAULT};
    struct net net;
    net_options_init(&o.net);
    int status = read_options(&o, argc, argv);
    if (status) return status < 0 ? help() : status;
    int root = open(o.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        cmd_complain(argv[0], "%s: %s", o.directory, strerror(errno));
        return CMD_FAILED;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    raise_file_limit();
    status = net_open(&net, &o.net, argv[0]);
    if (!status) status = serve(&o, &net, root, argv[0]);
    close(root);
    return net_close(&net, argv[0]) ? CMD_FAILED : status;
}
