/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet get`: an HTTP client on a stack of its own behind a TAP device.
 *
 * Standard output carries nothing but the body (-o -); all that is told goes to stderr.
 */
#include "cmd.h"
#include "fetch.h"
#include "net.h"
#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_DEFAULT 60                /* s without a sign of life */
#define TURN             (100 * BONNET_MS) /* how often progress and patience are looked at */
#define CLOSE_PATIENCE   (2 * BONNET_S)    /* for the FINs at the end */

struct get_options {
    struct net_options net;
    struct http_url url;
    const char *output; /* NULL: from the URL */
    char name[256];
    unsigned timeout_s;
    bool quiet;
};

enum { OPTION_HELP = NET_OPTION_END, OPTION_TIMEOUT };

static int help(void)
{
    puts("usage: bonnet get URL --tap NAME --addr A/BITS [OPTION]...\n"
         "\n"
         "Fetches URL over HTTP/1.1 on a TCP/IP stack of its own. URL is "
         "http://ADDRESS[:PORT]/PATH;\n"
         "the address is numeric: names are not resolved. While it runs, stderr shows bytes, rate, "
         "and\n"
         "the connection's cwnd and rtt. A body that ends early is an error, and what came is "
         "kept.\n"
         "Redirections are told and not followed.\n"
         "\n"
         "  -o, --output FILE    where the body goes (default: the last part of URL); '-': stdout\n"
         "  --timeout S          give up after S s without a sign of life (default 60)\n"
         "  -q, --quiet          tell errors only\n"
         "  -h, --help           this text\n");
    fputs(net_options_help, stdout);
    puts("\nexample: a server on this machine, reached at the kernel's end of the device\n"
         "  python3 -m http.server 8000 &\n"
         "  bonnet get http://10.8.0.1:8000/file --tap bn1 --addr 10.8.0.2/24");
    return CMD_OK;
}

static int take_option(struct get_options *o, int option, const char *value, const char *who)
{
    uint64_t n;
    switch (option) {
    case 'o': o->output = value; return 0;
    case 'q': o->quiet = true; return 0;
    case OPTION_TIMEOUT:
        if (cmd_number(value, 1, 86400, &n)) {
            o->timeout_s = (unsigned)n;
            return 0;
        }
        cmd_complain(who, "--timeout '%s': a number of seconds from 1 to 86400 is wanted", value);
        return CMD_USAGE;
    default: return net_options_take(&o->net, option, value, who);
    }
}

static int check_arguments(struct get_options *o, int argc, char **argv)
{
    if (optind + 1 != argc) {
        cmd_complain(argv[0], optind == argc ? "the URL is missing" : "more than one URL is given");
        return CMD_USAGE;
    }
    const char *wrong = http_url_parse(argv[optind], &o->url);
    if (wrong) {
        cmd_complain(argv[0], "%s: %s", argv[optind], wrong);
        return CMD_USAGE;
    }
    if (!o->output && http_url_file_name(&o->url, o->name, sizeof(o->name))) {
        cmd_complain(argv[0], "%s: no file name in it (use -o FILE)", argv[optind]);
        return CMD_USAGE;
    }
    if (!o->output) o->output = o->name;
    return net_options_check(&o->net, argv[0]);
}

/* 0, CMD_USAGE, or -1: help was asked for. */
static int read_options(struct get_options *o, int argc, char **argv)
{
    static const struct option names[] = {
        NET_LONG_OPTIONS,
        {"output", required_argument, NULL, 'o'},
        {"timeout", required_argument, NULL, OPTION_TIMEOUT},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, OPTION_HELP},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "ho:q", names, NULL)) != -1) {
        if (c == 'h' || c == OPTION_HELP) return -1;
        if (take_option(o, c, optarg, argv[0])) return CMD_USAGE;
    }
    return check_arguments(o, argc, argv);
}

/* Turns until the transfer is done or has failed. */
static void run(struct fetch *f, struct net *net, struct progress *p, bonnet_time patience)
{
    uint64_t moved = 0;
    bonnet_time alive = bonnet_loop_now(net->loop);
    struct bonnet_event event;
    for (;;) {
        while (bonnet_ready(net->bn, &event, 1) > 0) {
        }
        fetch_turn(f);
        if (f->state == FETCH_DONE || f->state == FETCH_FAILED) return;
        bonnet_time now = bonnet_loop_now(net->loop);
        fetch_tell(f, p, now);
        if (f->moved != moved) alive = now;
        moved = f->moved;
        if (now - alive >= patience)
            fetch_fail(f, "%s has not answered for %u s", f->url->host_text,
                       (unsigned)(patience / BONNET_S));
        if (net->signals) fetch_fail(f, "interrupted");
        int turned = bonnet_loop_step(net->loop, TURN);
        if (turned < 0 && turned != -EINTR)
            fetch_fail(f, "%s: %s", net->device, net_error_text(turned));
    }
}

static int get(const struct get_options *o, struct net *net, const char *who)
{
    struct fetch fetch;
    struct progress progress;
    progress_init(&progress, o->quiet, bonnet_loop_now(net->loop));
    fetch_begin(&fetch, net->bn, &o->url, o->output);
    run(&fetch, net, &progress, o->timeout_s * BONNET_S);
    bonnet_time now = bonnet_loop_now(net->loop);
    fetch_end(&fetch);
    fetch_report(&fetch, &progress, now, who);
    net_settle(net, CLOSE_PATIENCE);
    return fetch.state == FETCH_DONE ? CMD_OK : CMD_FAILED;
}

int cmd_get(int argc, char **argv)
{
    struct get_options o = {.timeout_s = PATIENCE_DEFAULT};
    struct net net;
    net_options_init(&o.net);
    int status = read_options(&o, argc, argv);
    if (status) return status < 0 ? help() : status;
    status = net_open(&net, &o.net, argv[0]);
    if (!status) status = get(&o, &net, argv[0]);
    return net_close(&net, argv[0]) ? CMD_FAILED : status;
}
