/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet wire`: a server and a client on two stacks in this process, joined by an emulated wire.
 *
 * The same server and the same client as in `serve` and `get`, without a device and without rights:
 * for machines that have no TAP, and to see what a link does to a transfer.
 */
#define _GNU_SOURCE
#include "cmd.h"
#include "fetch.h"
#include "net.h"
#include "progress.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TURN     (100 * BONNET_MS) /* how often progress is looked at */
#define PATIENCE (60 * BONNET_S)
#define PREFIX   24

struct wire_options {
    struct bonnet_link_config link;
    struct http_url url;
    char text[HTTP_TARGET_MAX + 32]; /* what url points into */
    char name[256];
    const char *directory;
    const char *output; /* NULL: from the path */
    bool plain, quiet;
};

struct wire {
    struct bonnet_loop *loop;
    struct bonnet *stacks[2]; /* of the server, of the client */
    struct bonnet_door *doors[2];
};

static const char *const names[2] = {"wire-serve", "wire-get"};

static struct bonnet_addr address(int side)
{
    return side == 0 ? bonnet_ip4(10, 7, 0, 2) : bonnet_ip4(10, 7, 0, 1);
}

static int help(void)
{
    puts(
        "usage: bonnet wire DIR PATH [OPTION]...\n"
        "\n"
        "Serves the directory DIR and fetches PATH from it, over HTTP between two stacks in this\n"
        "process that are joined by an emulated wire: no device, no rights. `bonnet ss` shows "
        "both\n"
        "ends, under the names wire-serve and wire-get.\n"
        "\n"
        "  -o, --output FILE    where the body goes (default: the last part of PATH); '-': stdout\n"
        "  --link 'WORDS'       what the wire does: delay 20ms 5ms, rate 100mbit, limit 1000,\n"
        "                       loss 1% [burst 4], reorder 5%, duplicate 1%, corrupt 0.1%, seed 7\n"
        "  --plain              one frame of 1500 bytes at a time: no super-frames\n"
        "  -q, --quiet          tell errors only\n"
        "  -h, --help           this text\n"
        "\n"
        "example:\n"
        "  bonnet wire /srv/files /big.iso -o /dev/null --link 'delay 10ms loss 1%'");
    return CMD_OK;
}

static int check_arguments(struct wire_options *o, int argc, char **argv)
{
    const char *wrong = NULL;
    if (optind + 2 != argc) {
        cmd_complain(argv[0], "a directory and a path are wanted (see %s --help)", argv[0]);
        return CMD_USAGE;
    }
    o->directory = argv[optind];
    const char *path = argv[optind + 1];
    const char *slash = path[0] == '/' ? "" : "/";
    int n = snprintf(o->text, sizeof(o->text), "http://10.7.0.2%s%s", slash, path);
    wrong = (size_t)n < sizeof(o->text) ? http_url_parse(o->text, &o->url) : "too long";
    if (!wrong && !o->output && http_url_file_name(&o->url, o->name, sizeof(o->name)))
        wrong = "no file name in it (use -o FILE)";
    if (!o->output) o->output = o->name;
    if (!wrong) return 0;
    cmd_complain(argv[0], "%s: %s", path, wrong);
    return CMD_USAGE;
}

/* 0, CMD_USAGE, or -1: help was asked for. */
static int read_options(struct wire_options *o, int argc, char **argv)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"link", required_argument, NULL, NET_OPTION_LINK},
        {"plain", no_argument, NULL, NET_OPTION_PLAIN},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct net_options net;
    int c;
    net_options_init(&net);
    while ((c = getopt_long(argc, argv, "ho:q", options, NULL)) != -1) {
        if (c == 'h') return -1;
        if (c == 'o')
            o->output = optarg;
        else if (c == 'q')
            o->quiet = true;
        else if (net_options_take(&net, c, optarg, argv[0]))
            return CMD_USAGE;
    }
    o->link = net.link;
    o->plain = net.plain;
    return check_arguments(o, argc, argv);
}

/* One stack on one end of the wire, which is taken over. */
static int open_side(struct wire *w, int side, struct bonnet_driver *end)
{
    struct bonnet_config config;
    int error = bonnet_host_config(&config);
    if (!error) error = bonnet_new(&config, &w->stacks[side]);
    if (error) {
        bonnet_driver_free(end);
        return error;
    }
    int ifx = bonnet_loop_attach(w->loop, w->stacks[side], end, address(side), PREFIX);
    if (ifx < 0) return ifx;
    /* Without a door all but `bonnet ss` works. */
    bonnet_door_open(w->loop, w->stacks[side], names[side], &w->doors[side]);
    return 0;
}

static int open_wire(struct wire *w, const struct wire_options *o)
{
    struct bonnet_wire_config config = {
        .size = sizeof(config),
        .link = o->link,
        .kind = BONNET_IF_ETHERNET,
        .mtu = 1500,
        .offload = o->plain ? 0 : BONNET_OFFLOAD_TX_GSO | BONNET_OFFLOAD_TX_CHECKSUM,
    };
    struct bonnet_driver *ends[2];
    *w = (struct wire){0};
    int error = bonnet_loop_new(BONNET_CLOCK_REAL, &w->loop);
    if (!error) error = bonnet_wire_pair(&config, ends);
    if (error) return error;
    error = open_side(w, 0, ends[0]);
    if (!error) return open_side(w, 1, ends[1]);
    bonnet_driver_free(ends[1]);
    return error;
}

static void close_wire(struct wire *w)
{
    for (int side = 0; side < 2; side++)
        if (w->doors[side]) bonnet_door_close(w->doors[side]);
    if (w->loop) bonnet_loop_free(w->loop);
    for (int side = 0; side < 2; side++)
        bonnet_free(w->stacks[side]);
}

static void turn(struct wire *w, struct server *server, struct fetch *fetch)
{
    struct bonnet_event event;
    server_turn(server, bonnet_loop_now(w->loop));
    while (bonnet_ready(w->stacks[1], &event, 1) > 0) {
    }
    fetch_turn(fetch);
}

/* Turns until the transfer is done or has failed. */
static void run(struct wire *w, struct server *server, struct fetch *fetch, struct progress *p)
{
    uint64_t moved = 0;
    bonnet_time alive = bonnet_loop_now(w->loop);
    for (;;) {
        turn(w, server, fetch);
        if (fetch->state == FETCH_DONE || fetch->state == FETCH_FAILED) return;
        bonnet_time now = bonnet_loop_now(w->loop);
        fetch_tell(fetch, p, now);
        if (fetch->moved != moved) alive = now;
        moved = fetch->moved;
        if (now - alive >= PATIENCE) fetch_fail(fetch, "nothing has come for 60 s");
        int turned = bonnet_loop_step(w->loop, TURN);
        if (turned < 0 && turned != -EINTR) fetch_fail(fetch, "the loop: %s", strerror(-turned));
    }
}

static int transfer(struct wire *w, const struct wire_options *o, int root, const char *who)
{
    struct server server;
    struct fetch fetch;
    struct progress progress;
    int error = server_open(&server, w->stacks[0], o->url.host.port, root, PATIENCE);
    if (error) {
        cmd_complain(who, "server: %s", strerror(-error));
        return CMD_FAILED;
    }
    progress_init(&progress, o->quiet, bonnet_loop_now(w->loop));
    fetch_begin(&fetch, w->stacks[1], &o->url, o->output);
    run(w, &server, &fetch, &progress);
    fetch_end(&fetch);
    fetch_report(&fetch, &progress, bonnet_loop_now(w->loop), who);
    server_abort(&server);
    return fetch.state == FETCH_DONE ? CMD_OK : CMD_FAILED;
}

int cmd_wire(int argc, char **argv)
{
    struct wire_options o = {0};
    struct wire wire;
    int status = read_options(&o, argc, argv);
    if (status) return status < 0 ? help() : status;
    int root = open(o.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        cmd_complain(argv[0], "%s: %s", o.directory, strerror(errno));
        return CMD_FAILED;
    }
    int error = open_wire(&wire, &o);
    if (error) cmd_complain(argv[0], "cannot make two stacks and a wire: %s", strerror(-error));
    status = error ? CMD_FAILED : transfer(&wire, &o, root, argv[0]);
    close_wire(&wire);
    close(root);
    return status;
}
