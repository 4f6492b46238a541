/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sub-commands of `bonnet` share: their entry points, exit statuses and the form of a
 * complaint.
 *
 * Exit status: 0 done, 1 it could not be done, 2 the command line is wrong. Each failure is told in
 * one line on stderr that begins with the command's name.
 */
#ifndef TOOLS_CMD_H
#define TOOLS_CMD_H

#include <stdbool.h>
#include <stdint.h>

enum { CMD_OK = 0, CMD_FAILED = 1, CMD_USAGE = 2 };

/* argv[0] is the full name, "bonnet serve". */
int cmd_serve(int argc, char **argv);
int cmd_get(int argc, char **argv);
int cmd_ss(int argc, char **argv);
int cmd_netstat(int argc, char **argv);
int cmd_nstat(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_wire(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_lab(int argc, char **argv);

/* "who: ..." and a newline on stderr. */
__attribute__((format(printf, 2, 3))) void cmd_complain(const char *who, const char *format, ...);

/* A whole decimal number from min to max. false: text is none. */
bool cmd_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

#endif
