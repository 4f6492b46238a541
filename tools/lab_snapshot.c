/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A snapshot: what one would see who typed `ss -tan` or `netstat -tan` on that host at that moment.
 * The table comes from the code of those commands; only the prompt in front of it is the lab's.
 */
#include "lab.h"
#include "netstat.h"

#include <stdlib.h>

/* Without sockets that are neither bound nor connected, or no longer: Linux shows none of those. */
static struct ss_row *rows_of(const struct lab_event *e, size_t *n)
{
    struct ss_row *rows = calloc(e->snapshot.rows_n + 1, sizeof(*rows));
    *n = 0;
    for (size_t i = 0; rows && i < e->snapshot.rows_n; i++) {
        const struct bonnet_row *row = &e->snapshot.rows[i];
        bool is_closed = row->kind != BONNET_ROW_DATAGRAM && row->state == BONNET_CLOSED;
        if (!is_closed) ss_row_of(row, &rows[(*n)++]);
    }
    return rows;
}

static bool has_datagrams(const struct lab_event *e)
{
    for (size_t i = 0; i < e->snapshot.rows_n; i++)
        if (e->snapshot.rows[i].kind == BONNET_ROW_DATAGRAM) return true;
    return false;
}

void show_add_snapshot(struct text *t, const struct lab_event *e)
{
    static const struct ss_process nobody = {0};
    bool udp = has_datagrams(e);
    size_t n;
    struct ss_row *rows = rows_of(e, &n);
    if (!rows) {
        t->failed = true;
        return;
    }
    text_addf(t, "%s$ %s -t%san\n", e->scenario->hosts[e->host].name,
              e->snapshot.netstat ? "netstat" : "ss", udp ? "u" : "");
    if (e->snapshot.netstat) {
        const struct netstat_options o = {.tcp = true, .udp = udp, .all = true, .numeric = true};
        netstat_print(&o, rows, n, &nobody, t);
    } else {
        const struct ss_options o = {.tcp = true, .udp = udp, .all = true, .numeric = true};
        ss_print(&o, rows, n, &nobody, t);
    }
    free(rows);
}
