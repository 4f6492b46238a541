/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Laying out: a column is as wide as its widest cell, header included; addresses lean right against
 * their ports, everything else left. A line has no blanks at its end.
 */
#include "ss.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *head;
    size_t gap; /* blanks in front, but not in front of a line */
    bool right;
    size_t width_min; /* of the header; with "beneath" it holds without one, too */
    bool beneath;
} columns[SS_COLUMNS] = {
    [SS_NETID] = {"Netid", 1, false, 0, false},
    [SS_STATE] = {"State", 1, false, 0, false},
    [SS_RECV_Q] = {"Recv-Q", 1, false, 6, true},
    [SS_SEND_Q] = {"Send-Q", 1, false, 6, true},
    [SS_LOCAL_ADDR] = {"Local Address:", 1, true, 0, false},
    [SS_LOCAL_PORT] = {"Port", 0, false, 0, false},
    [SS_PEER_ADDR] = {"Peer Address:", 1, true, 0, false},
    /* One blank at least before "Process": ss writes "PortProcess" when all ports are short. */
    [SS_PEER_PORT] = {"Port", 0, false, 5, false},
    [SS_PROCESS] = {"Process", 0, false, 0, false},
};

bool ss_table_add(struct ss_table *t, const struct ss_line *line)
{
    if (t->n == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct ss_line *lines = realloc(t->lines, room * sizeof(*lines));
        if (!lines) return false;
        t->lines = lines;
        t->room = room;
    }
    t->lines[t->n++] = *line;
    return true;
}

void ss_line_fini(struct ss_line *line)
{
    for (int i = 0; i < SS_COLUMNS; i++)
        free(line->cells[i]);
}

void ss_table_fini(struct ss_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        ss_line_fini(&t->lines[i]);
    free(t->lines);
    *t = (struct ss_table){0};
}

/* What can have one value only says nothing. */
static bool is_shown(int column, const struct ss_options *o)
{
    uint32_t states = ss_states(o);
    if (column == SS_NETID) return o->tcp && o->udp;
    return column != SS_STATE || (states & (states - 1)) != 0;
}

static void measure(const struct ss_table *t, const struct ss_options *o, size_t *widths)
{
    for (int i = 0; i < SS_COLUMNS; i++) {
        bool has_min = !o->no_header || columns[i].beneath;
        widths[i] = o->no_header ? 0 : strlen(columns[i].head);
        if (has_min && widths[i] < columns[i].width_min) widths[i] = columns[i].width_min;
        for (size_t n = 0; n < t->n; n++) {
            size_t len = strlen(t->lines[n].cells[i]);
            if (len > widths[i]) widths[i] = len;
        }
    }
}

static void add_blanks(struct text *out, size_t n)
{
    for (; n > 0; n--)
        text_add_bytes(out, " ", 1);
}

static void trim(struct text *out)
{
    while (out->len > 0 && out->p[out->len - 1] == ' ')
        out->p[--out->len] = '\0';
}

static void add_line(struct text *out, char *const *cells, const size_t *widths,
                     const struct ss_options *o)
{
    bool first = true;
    for (int i = 0; i < SS_COLUMNS; i++) {
        if (!is_shown(i, o)) continue;
        size_t padding = widths[i] - strlen(cells[i]);
        if (!first) add_blanks(out, columns[i].gap);
        if (cells[i][0] == '\n') trim(out); /* what follows is on a line of its own */
        if (columns[i].right) add_blanks(out, padding);
        text_add(out, cells[i]);
        if (!columns[i].right && i != SS_PROCESS) add_blanks(out, padding);
        first = false;
    }
    trim(out);
    text_add(out, "\n");
}

void ss_table_print(const struct ss_table *t, const struct ss_options *o, struct text *out)
{
    size_t widths[SS_COLUMNS];
    char *head[SS_COLUMNS];
    measure(t, o, widths);
    for (int i = 0; i < SS_COLUMNS; i++)
        head[i] = (char *)(uintptr_t)columns[i].head;
    if (!o->no_header) add_line(out, head, widths, o);
    for (size_t n = 0; n < t->n; n++)
        add_line(out, t->lines[n].cells, widths, o);
}

/* UDP, then TCP, listeners first: the order in which the kernel tells its own. */
enum part { DATAGRAMS, LISTENERS, CONNECTIONS, PARTS };

static enum part part_of(const struct bonnet_row *r)
{
    if (r->kind == BONNET_ROW_DATAGRAM) return DATAGRAMS;
    return r->kind == BONNET_ROW_LISTENER ? LISTENERS : CONNECTIONS;
}

void ss_print(const struct ss_options *o, const struct ss_row *rows, size_t n,
              const struct ss_process *process, struct text *out)
{
    struct ss_table table = {0};
    for (int part = 0; part < PARTS; part++) {
        for (size_t i = 0; i < n; i++) {
            struct ss_line line;
            if ((int)part_of(&rows[i].row) != part || !ss_wants(o, &rows[i])) continue;
            bool made = ss_line_make(o, &rows[i], process, &line);
            if (made && ss_table_add(&table, &line)) continue;
            if (made) ss_line_fini(&line);
            out->failed = true;
        }
    }
    ss_table_print(&table, o, out);
    ss_table_fini(&table);
}
