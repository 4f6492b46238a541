/* SPDX-License-Identifier: BSD-2-Clause */
/* What is no connection, or not yet, or not any more: listeners, handshakes, TIME-WAIT, UDP. */
#include "explain.h"

static uint64_t counter(const struct explain_about *about, const char *name)
{
    return about->counters ? nstat_value(about->counters, name) : 0;
}

/* ---- listeners ---- */

static void accept_queue_full(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "The accept queue is full: %s in it, which is one more than the backlog. SYNs "
                "and the last ACKs of handshakes are thrown away (%s so far, in this stack).",
                explain_count(r->recv_q, "connection"),
                explain_count(counter(about, "TcpExtListenOverflows"), "time"));
    explain_say(&e->waits, "For %s to call accept().", about->process->name);
    explain_say(&e->cause, "The program does not come to accept(): it is busy, blocked in another "
                           "call, out of descriptors (EMFILE), or serves one client at a time.");
    explain_say(
        &e->advice,
        "Look where the program is (gdb -p %d). Accept until EAGAIN whenever the listener is "
        "readable. A longer backlog helps against bursts only. Clients meanwhile see "
        "connect() hang, and try again after 1, 3, 7 s.",
        (int)about->process->pid);
}

static void accept_queue_filling(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "%s %s established and in the accept queue, which holds %u (backlog %u, and one).",
                explain_count(r->recv_q, "connection"), r->recv_q == 1 ? "is" : "are",
                (unsigned)r->send_q + 1, (unsigned)r->send_q);
    explain_say(&e->waits,
                "For %s to call accept(). Clients may write already; they notice "
                "nothing.",
                about->process->name);
    explain_say(&e->cause, "Normal for a moment. Where it lasts, the program does not come to "
                           "accept(): it is busy, or blocked in another call.");
    explain_say(&e->advice, "If it lasts, look where the program is (gdb -p %d).",
                (int)about->process->pid);
}

static void listening(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "It waits for connections; the accept queue is empty and holds %u (backlog "
                "%u, and one).",
                (unsigned)r->send_q + 1, (unsigned)r->send_q);
    explain_say(&e->waits, "For a SYN to port %u.", (unsigned)r->local.port);
    explain_say(&e->cause, "Normal for a server.");
}

static void add_syn_queue(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    if (r->syn_q == 0) return;
    explain_say(&e->now, "%s %s under way (SYN queue: %u of %u).",
                explain_count(r->syn_q, "handshake"), r->syn_q == 1 ? "is" : "are",
                (unsigned)r->syn_q, (unsigned)r->syn_q_max);
    if (r->syn_q < r->syn_q_max) return;
    explain_say(&e->now, "It is full: new SYNs are answered with cookies (%llu so far).",
                (unsigned long long)counter(about, "TcpExtSyncookiesSent"));
    explain_say(&e->cause, "A full SYN queue is a SYN flood, or a path on which our SYN-ACKs are "
                           "lost.");
    explain_say(&e->advice, "With cookies real clients still get in, without some options. See who "
                            "asks: ss -tan state syn-recv.");
}

void explain_listener(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    if (r->recv_q > r->send_q)
        accept_queue_full(about, e);
    else if (r->recv_q > 0)
        accept_queue_filling(about, e);
    else
        listening(about, e);
    add_syn_queue(about, e);
}

/* ---- before and after a connection ---- */

void explain_half_open(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now, "A SYN came, and the SYN-ACK went out %s.",
                explain_count(r->retransmits + 1u, "time"));
    explain_say(
        &e->waits,
        "For the last ACK of the handshake. The SYN-ACK goes again in %s; after 5 more than "
        "the first it is given up.",
        explain_time(r->timer_left));
    explain_say(&e->cause,
                "Normal for a round trip. Where it lasts: the SYN-ACK is lost on its way, "
                "the client is gone or never was (a forged SYN), or the accept queue is "
                "full, and the ACK was thrown away for that.");
    explain_say(&e->advice,
                "Explain the listener (bonnet explain :%u); if there are many of these "
                "from many addresses, it is a SYN flood, which cookies take care of.",
                (unsigned)r->local.port);
}

void explain_time_wait(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "The connection has ended well, and this end closed first (or both did at once). "
                "What is left of "
                "it (%u bytes) answers the peer if it sends its FIN again, and keeps old "
                "segments away from a new connection of the same addresses and ports.",
                (unsigned)r->memory);
    explain_say(&e->waits, "For %s more, out of 60 s; nothing is sent.",
                explain_time(r->timer_left));
    explain_say(&e->cause, "Normal: whose FIN went first gets it. Thousands of them mean that this "
                           "end opens and closes a connection for each request.");
    explain_say(
        &e->advice,
        "Nothing, as a rule. If a server cannot bind its port because of it, set "
        "SO_REUSEADDR before bind(); if a client runs out of ports, keep connections open, "
        "or let the other end close first. SO_LINGER with 0 avoids it by a reset, which may "
        "throw text away.");
}

/* ---- the rest ---- */

void explain_datagram(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    if (r->recv_q > 0)
        explain_say(&e->now, "Datagrams wait to be read: %s of memory, of %u.",
                    explain_count(r->recv_q, "byte"), (unsigned)r->recv_q_max);
    else
        explain_say(&e->now, "Nothing is waiting.");
    if (r->drops > 0)
        explain_say(&e->now, "The queue was full %s: so many datagrams were thrown away.",
                    explain_count(r->drops, "time"));
    if (r->send_q > 0)
        explain_say(&e->now, "%s to be sent wait for the link.", explain_count(r->send_q, "byte"));
    explain_say(&e->waits, r->recv_q > 0 ? "For %s to read." : "For a datagram, or %s.",
                about->process->name);
    if (r->remote.port)
        explain_say(&e->waits, "It is connected: datagrams of others are not for it.");
    if (r->recv_q == 0 && r->drops == 0) return;
    explain_say(&e->cause,
                "Datagrams come faster than the program reads, if only in bursts: UDP has "
                "no window to slow the sender down.");
    explain_say(&e->advice,
                "Read until EAGAIN each time (pid %d); a larger SO_RCVBUF carries over "
                "bursts. What was thrown away only the programs can repeat.",
                (int)about->process->pid);
}

static void explain_unbound(const struct explain_about *about, struct explanation *e)
{
    explain_say(&e->now, "The socket was made, and neither listens nor connects.");
    explain_say(&e->waits, "For %s to call connect() or listen().", about->process->name);
    explain_say(&e->cause,
                "Normal between socket() and the next call. If it lasts, the program has "
                "forgotten it.");
}

void explain(const struct explain_about *about, struct explanation *e)
{
    switch (about->row->row.kind) {
    case BONNET_ROW_LISTENER: explain_listener(about, e); break;
    case BONNET_ROW_HALF_OPEN: explain_half_open(about, e); break;
    case BONNET_ROW_CONNECTION: explain_connection(about, e); break;
    case BONNET_ROW_TIME_WAIT: explain_time_wait(about, e); break;
    case BONNET_ROW_DATAGRAM: explain_datagram(about, e); break;
    case BONNET_ROW_UNBOUND: explain_unbound(about, e); break;
    }
}
