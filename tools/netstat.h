/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `bonnet netstat`: sockets and counters in the form of net-tools' netstat, line by
 * line and sentence by sentence, so that eyes and scripts that know the one know the other.
 *
 * One thing is different: no line has blanks at its end.
 */
#ifndef TOOLS_NETSTAT_H
#define TOOLS_NETSTAT_H

#include "nstat.h"
#include "ss.h"

struct netstat_options {
    bool tcp, udp; /* both false: all kinds */
    bool all, listening;
    bool numeric, wide;
    bool timers, extended, processes;
    bool statistics;
    const char *name; /* of one instance; NULL: all */
};

/* Adds the table of sockets, as `netstat -tan` prints it, to out. rows come from the door or from
 * ss_row_of(); process is who holds them, NULL if nobody asks for -p and -e. */
void netstat_print(const struct netstat_options *o, const struct ss_row *rows, size_t n,
                   const struct ss_process *process, struct text *out);

/* Adds the counters of a stack, as `netstat -s` prints them, to out: of -t and -u only theirs. */
void netstat_print_statistics(const struct netstat_options *o, const struct nstat_list *counters,
                              struct text *out);

#endif
