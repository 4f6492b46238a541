/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `bonnet ss`: what is wanted, what an instance tells, and how it is laid out.
 *
 * The output is that of iproute2's ss, column by column and word by word, so that eyes and scripts
 * that know the one know the other. What bonnet can tell and ss has no word for comes with -e.
 */
#ifndef TOOLS_SS_H
#define TOOLS_SS_H

#include "text.h"

#include <bonnet/inspect.h>
#include <sys/types.h>

struct ss_filter;

struct ss_options {
    bool tcp, udp; /* both: all kinds */
    bool ip4, ip6; /* both, or none: all addresses */
    bool all, listening;
    bool numeric, timers, info, memory, extended, processes;
    bool no_header, oneline;
    bool summary, json, events;
    bool summary_only;              /* nothing was said that a table would be for */
    uint32_t states;                /* bit per enum bonnet_tcp_state; 0: as all and listening say */
    const struct ss_filter *filter; /* NULL: none */
    const char *name;               /* of one instance; NULL: all */
};

/* ---- ss_row.c ---- */

/* A row as it came through the door. */
struct ss_row {
    struct bonnet_row row; /* row.congestion is not used */
    char congestion[16];   /* "" for none */
    char why[64];
};

/* Reads one line of JSON. false: it is not a row. */
bool ss_row_parse(const char *json, size_t len, struct ss_row *out);

/* The member key of an object of the door. false: it is not an endpoint. */
struct json_object;
bool ss_row_read_endpoint(struct json_object *object, const char *key, struct bonnet_endpoint *out);

/* The row of a stack in this process. */
void ss_row_of(const struct bonnet_row *row, struct ss_row *out);

/* The state that ss shows: a datagram socket is ESTABLISHED when it has a peer, CLOSED when not. */
enum bonnet_tcp_state ss_state_of(const struct bonnet_row *row);

/* ---- ss_cells.c ---- */

enum ss_column {
    SS_NETID,
    SS_STATE,
    SS_RECV_Q,
    SS_SEND_Q,
    SS_LOCAL_ADDR,
    SS_LOCAL_PORT,
    SS_PEER_ADDR,
    SS_PEER_PORT,
    SS_PROCESS, /* and all that is told behind */
    SS_COLUMNS,
};

struct ss_line {
    char *cells[SS_COLUMNS];
};

/* Who holds the sockets: for -p. */
struct ss_process {
    char name[32];
    pid_t pid;
    uid_t uid;
};

/* Bit per state that is shown. */
uint32_t ss_states(const struct ss_options *o);

/* Is row one of those asked for? And its ends, whatever else it is? */
bool ss_wants(const struct ss_options *o, const struct ss_row *row);
bool ss_wants_ends(const struct ss_options *o, const struct bonnet_row *row);

/* ADDRESS:PORT, as in a line. */
void ss_add_endpoint(struct text *t, const struct ss_options *o, const struct bonnet_endpoint *e,
                     bool is_udp);

/* The cells of row. false: no memory. */
bool ss_line_make(const struct ss_options *o, const struct ss_row *row,
                  const struct ss_process *process, struct ss_line *out);
void ss_line_fini(struct ss_line *line);

/* ---- ss_info.c ---- */

/* What -i tells of a connection, each word with a blank in front. */
void ss_add_info(struct text *t, const struct ss_options *o, const struct ss_row *row);

/* ---- ss_table.c ---- */

struct ss_table {
    struct ss_line *lines;
    size_t n, room;
};

/* Adds line, whose cells become the table's. false: no memory. */
bool ss_table_add(struct ss_table *t, const struct ss_line *line);
void ss_table_fini(struct ss_table *t);

/* The whole table as text, each column as wide as its widest cell. */
void ss_table_print(const struct ss_table *t, const struct ss_options *o, struct text *out);

/* All of it in one: adds to out what `ss` with these options prints for rows. process: who holds
 * them, for -p. */
void ss_print(const struct ss_options *o, const struct ss_row *rows, size_t n,
              const struct ss_process *process, struct text *out);

/* ---- ss_show.c, ss_summary.c, ss_events.c ---- */

struct glass_instance;

struct ss_rows {
    struct ss_row *rows;
    size_t n, room;
};

/* false: no memory. */
bool ss_rows_add(struct ss_rows *r, const struct ss_row *row);
void ss_rows_fini(struct ss_rows *r);

struct ss_process ss_process_of(const struct glass_instance *stack);

/* A line of the door, with the name of its stack as the first member. */
void ss_add_json(struct text *t, const char *stack, const char *line, size_t len);

/* What -s counts; IPv4 and IPv6 where there are two. */
struct ss_counts {
    uint64_t sockets, tcp, estab, closed, orphaned, time_wait, reassemblies;
    uint64_t udp[2], alive_tcp[2];
};
void ss_count(struct ss_counts *c, const struct bonnet_row *r);
void ss_add_summary(struct text *t, const struct ss_counts *c);

/* What the command does with the stacks it found. Exit statuses. */
int ss_show(const struct ss_options *o, struct glass_instance *stacks, size_t n, const char *who);
int ss_events(const struct ss_options *o, struct glass_instance *stacks, size_t n, const char *who);

#endif
