/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lies: what a checker sees is not what is, so that it must complain. A checker that a lie gets
 * past checks nothing.
 */
#include "libworld.h"

/* By then connections stand. */
#define FIRST_LIE 100

const char *lie_invariant(enum sabotage sabotage)
{
    static const char *const names[] = {
        [SABOTAGE_READ] = "I1",   [SABOTAGE_QUEUE] = "I2",     [SABOTAGE_ORDER] = "I3",
        [SABOTAGE_SENT] = "I4",   [SABOTAGE_EDGE] = "I5",      [SABOTAGE_HOLES] = "I6",
        [SABOTAGE_SACKED] = "I7", [SABOTAGE_CWND] = "I8",      [SABOTAGE_TIMERS] = "I9",
        [SABOTAGE_WHEEL] = "I10", [SABOTAGE_COUNT] = "I11",    [SABOTAGE_STEPS] = "I12",
        [SABOTAGE_LEFT] = "I13",  [SABOTAGE_LEAK] = "I14",     [SABOTAGE_STUCK] = "I15",
        [SABOTAGE_WAKE] = "I16",  [SABOTAGE_CLOSED] = "I17",   [SABOTAGE_ERROR] = "I18",
        [SABOTAGE_END] = "I19",   [SABOTAGE_DATAGRAM] = "I20", [SABOTAGE_CHANCE] = "I21",
        [SABOTAGE_TWIN] = "I22",  [SABOTAGE_ECHO] = "I23",     [SABOTAGE_SHRINK] = "I24",
    };
    _Static_assert(sizeof names / sizeof names[0] == SABOTAGES, "each sabotage has its invariant");
    return names[sabotage];
}

void lie_row(const struct world *w, const struct host *h, struct bonnet_row *r)
{
    if (w->step < FIRST_LIE || r->kind != BONNET_ROW_CONNECTION) return;
    if (w->sabotage == SABOTAGE_QUEUE) r->send_q++;
    if (w->sabotage == SABOTAGE_ORDER) r->snd_max = r->snd_nxt - 1;
    if (w->sabotage == SABOTAGE_EDGE && h->looks % 2 && r->rcv_wnd > 0) r->rcv_wnd--;
    if (w->sabotage == SABOTAGE_HOLES) r->out_of_order = r->rcv_wnd + 1;
    if (w->sabotage == SABOTAGE_SACKED) r->info.tcpi_sacked++;
    if (w->sabotage == SABOTAGE_CWND) r->cwnd = 0;
    if (w->sabotage == SABOTAGE_TIMERS) r->timers_armed = 0;
}

void lie_totals(const struct world *w, struct bonnet_totals *t)
{
    if (w->sabotage == SABOTAGE_WHEEL && w->step >= FIRST_LIE) t->timers++;
}
