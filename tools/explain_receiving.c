/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection has received and nobody has read, or cannot be read yet. */
#include "explain.h"

static void unread(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    bool is_full = r->rcv_wnd == 0;
    explain_say(&e->now, "%s have arrived and wait in the RecvQ to be read%s.",
                explain_count(r->recv_q, "byte"),
                is_full ? ". It is full: the peer has been told to stop" : "");
    explain_say(&e->waits, "For %s to read.",
                r->socket >= 0 ? about->process->name : "a program to accept the connection, and");
    explain_say(&e->since, "The last of them came %s ago; %s were read before.",
                explain_ms(r->info.tcpi_last_data_recv), explain_count(r->delivered, "byte"));
    explain_say(&e->cause, "The program is busy, or blocked in another call. Or nobody told it: "
                           "edge-triggered polls announce bytes once, and a read that leaves some "
                           "behind is not announced again.");
    explain_say(&e->advice,
                "Look where the program is (gdb -p %d, a stack trace) and read until "
                "EAGAIN. Closing with these bytes unread throws them away and sends a "
                "reset.",
                (int)about->process->pid);
}

static void beyond_a_gap(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "%s have arrived beyond a gap: an earlier segment is missing and holds "
                "them back.",
                explain_count(r->out_of_order, "byte"));
    explain_say(&e->waits, "For the peer to send the missing segment again.");
    explain_say(&e->since, "Text last came %s ago.", explain_ms(r->info.tcpi_last_data_recv));
    explain_say(&e->cause, "A segment was lost or overtaken on its way; the peer repairs that "
                           "within a round trip or two, or after its timeout.");
}

bool explain_receiving(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    if (r->out_of_order > 0) beyond_a_gap(about, e);
    if (r->recv_q > 0) unread(about, e);
    return r->recv_q > 0 || r->out_of_order > 0;
}
