/* SPDX-License-Identifier: BSD-2-Clause */
/* The command `bonnet`: finds the sub-command and hands over. */
#include "cmd.h"

#include <bonnet/bonnet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *full_name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"serve", "bonnet serve", cmd_serve, "serve a directory over HTTP on a TCP of its own"},
    {"get", "bonnet get", cmd_get, "fetch a URL over HTTP, with a look at the connection"},
    {"ss", "bonnet ss", cmd_ss, "list the sockets of a running serve, get or wire"},
    {"netstat", "bonnet netstat", cmd_netstat, "the same in the classic form; counters in words"},
    {"nstat", "bonnet nstat", cmd_nstat, "counters under the kernel's names, and their growth"},
    {"explain", "bonnet explain", cmd_explain, "what a socket waits for, why, and what to do"},
    {"dump", "bonnet dump", cmd_dump, "print or capture the packets of a running stack, and why"},
    {"wire", "bonnet wire", cmd_wire, "serve and get in one process, over an emulated wire"},
    {"lab", "bonnet lab", cmd_lab, "play stories about sockets, and tell what happens in them"},
};

#define COMMANDS_N (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
    puts("bonnet: a TCP/IP stack that you can link, look into and trust\n"
         "\n"
         "usage: bonnet COMMAND [OPTION]... [ARGUMENT]...\n"
         "       bonnet COMMAND --help\n"
         "       bonnet --help | --version\n"
         "\n"
         "commands:");
    for (size_t i = 0; i < COMMANDS_N; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    puts("\n"
         "Exit status: 0 done, 1 it could not be done, 2 the command line is wrong.");
    return CMD_OK;
}

static int run(const char *name, int argc, char **argv)
{
    for (size_t i = 0; i < COMMANDS_N; i++) {
        if (strcmp(name, commands[i].name) != 0) continue;
        char full_name[32];
        snprintf(full_name, sizeof(full_name), "%s", commands[i].full_name);
        argv[0] = full_name;
        return commands[i].run(argc, argv);
    }
    cmd_complain("bonnet", "unknown %s '%s' (see bonnet --help)",
                 name[0] == '-' ? "option" : "command", name);
    return CMD_USAGE;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of write(), told as such */
    if (argc < 2) {
        cmd_complain("bonnet", "a command is missing (see bonnet --help)");
        return CMD_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("bonnet %s\n", bonnet_version());
        return CMD_OK;
    }
    return run(argv[1], argc - 1, argv + 1);
}
