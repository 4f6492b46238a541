/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a transfer is coming along, told on stderr: a bar on a terminal, a line a second elsewhere.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <bonnet/socket.h>
#include <bonnet/types.h>

struct progress {
    bool quiet, terminal;
    bool shown; /* a bar is on the terminal's current line */
    bonnet_time began;
    bonnet_time told; /* when it was last told */
    uint64_t told_bytes;
};

/* What there is to tell. */
struct progress_news {
    uint64_t got;
    uint64_t length;                    /* 0: not known */
    const struct bonnet_tcp_info *info; /* of the connection */
};

void progress_init(struct progress *p, bool quiet, bonnet_time now);

/* Tells the news if it is time to. */
void progress_tell(struct progress *p, const struct progress_news *news, bonnet_time now);

/* Clears the bar away, so that other lines can follow. */
void progress_clear(struct progress *p);

/* Texts of a number of bytes ("28.8 MiB") and of a rate ("1.02 Gbit/s"), into buf. Return buf. */
#define PROGRESS_TEXT 32
char *progress_bytes(uint64_t bytes, char buf[PROGRESS_TEXT]);
char *progress_rate(uint64_t bytes, bonnet_time time, char buf[PROGRESS_TEXT]);

/* One line of news without its end; with a bar if p->terminal and the length is known. */
void progress_line(const struct progress *p, const struct progress_news *news, bonnet_time now,
                   char *line, size_t max);

#endif
