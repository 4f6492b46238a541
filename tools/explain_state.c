/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections: what their state means, together with what they send and receive.
 *
 * When a state was entered is not recorded for its own sake; what is told is what a connection
 * knows anyway: when it last sent, last heard, and since when nothing has been answered.
 */
#include "explain.h"

#include <bonnet/socket.h>

static void last_heard(const struct bonnet_row *r, struct explanation *e)
{
    explain_say(&e->since, "The peer was last heard %s ago.",
                explain_ms(r->info.tcpi_last_ack_recv));
}

static void syn_sent(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    if (r->why == BONNET_WHY_NEIGHBOUR) {
        explain_no_neighbour(e);
        explain_say(&e->now, "The SYN waits for that.");
        return;
    }
    explain_say(&e->now,
                "It asks for a connection: the SYN has gone out %s, and nothing came back.",
                explain_count(r->retransmits + 1u, "time"));
    explain_say(&e->waits,
                "For the peer's SYN-ACK. The next SYN goes in %s; after 6 more than the first "
                "(TCP_SYNCNT), about two minutes, connect() ends with ETIMEDOUT.",
                explain_time(r->timer_left));
    explain_say(&e->since, "%s.", explain_time(r->stalled));
    explain_say(&e->cause,
                "Nobody is there, a firewall throws the SYN away without a word, or the "
                "listener's queues are full. (A closed port would have answered at once, "
                "with a reset: ECONNREFUSED.)");
    explain_say(&e->advice,
                "Check address and port, then the way there (ping, bonnet dump: does the "
                "SYN go out, does anything come back?), then the listener (ss -tl: "
                "Recv-Q above Send-Q is a full accept queue).");
}

static void idle(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "Nothing is under way: all that was written is acknowledged, all that came "
                "is read (%s sent, %s read).",
                explain_count(r->written, "byte"), explain_count(r->delivered, "byte"));
    explain_say(&e->waits,
                "For one of the two programs to write, or to close. A program blocked in "
                "read() here waits for the peer's.");
    if (r->info.tcpi_data_segs_out == 0 && r->info.tcpi_data_segs_in == 0)
        explain_say(&e->since, "No text was ever sent or received; it was opened %s ago.",
                    explain_ms(r->info.tcpi_last_data_sent));
    else
        explain_say(&e->since, "Text was last sent %s ago, last received %s ago.",
                    explain_ms(r->info.tcpi_last_data_sent),
                    explain_ms(r->info.tcpi_last_data_recv));
    explain_say(&e->cause, "Normal: an idle connection costs neither segments nor time.");
    if (r->keepalive && r->timer == BONNET_TIMER_KEEPALIVE)
        explain_say(&e->advice, "Keepalive asks for the peer in %s.", explain_time(r->timer_left));
    else
        explain_say(&e->advice, "Keepalive is off: if the peer has vanished without a word, nobody "
                                "will notice before something is written. SO_KEEPALIVE asks.");
}

static void established(const struct explain_about *about, struct explanation *e)
{
    bool sends = explain_sending(about, e);
    bool receives = explain_receiving(about, e);
    if (!sends && !receives) idle(about, e);
}

static void close_wait(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "The peer has finished (its FIN is here), and this end has not: the program "
                "has called neither close() nor shutdown().");
    if (r->recv_q > 0)
        explain_say(&e->now, "%s that came before the FIN are still unread.",
                    explain_count(r->recv_q, "byte"));
    bool sends = explain_sending(about, e);
    explain_say(&e->waits, "%sFor %s to close the socket. No timer ends this state.",
                sends ? "And then: " : "", r->socket >= 0 ? about->process->name : "a program");
    if (!sends) last_heard(r, e);
    if (sends) return;
    explain_say(&e->cause,
                "The classic leak: read() has returned 0, or would, and the program forgets the "
                "socket: a path without close(), an error branch, a descriptor that a child holds, "
                "or a thread that waits elsewhere.");
    explain_say(
        &e->advice,
        "Fix the program (pid %d): close the socket when read() returns 0. ss -tp state "
        "close-wait shows if there are more; they add up to EMFILE. Ending the program ends "
        "them%s.",
        (int)about->process->pid, r->recv_q ? ", with a reset because of the unread bytes" : "");
}

static void fin_wait_1(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    const char *who =
        r->orphan ? "The program has closed the socket" : "The program writes no more (shutdown)";
    if (r->unsent > 0)
        explain_say(&e->now, "%s; the FIN waits behind %s.", who, explain_count(r->unsent, "byte"));
    else
        explain_say(&e->now, "%s, and the FIN is not acknowledged yet.", who);
    if (explain_sending(about, e)) return;
    explain_say(&e->waits, "For the acknowledgment of the FIN, which takes a round trip.");
    if (r->timer == BONNET_TIMER_RETRANSMIT)
        explain_say(&e->waits, "Without one it goes again in %s.", explain_time(r->timer_left));
    last_heard(r, e);
    explain_say(&e->cause, "Normal for a moment. Where it lasts, the peer does not answer.");
}

static void fin_wait_2_orphan(const struct bonnet_row *r, struct explanation *e)
{
    explain_say(&e->now, "The program has closed the socket, and the peer knows (it has "
                         "acknowledged the FIN) but has not closed its own.");
    explain_say(&e->waits, "For the peer's FIN, for %s more; then it is forgotten.",
                explain_time(r->timer_left));
    last_heard(r, e);
    explain_say(&e->cause,
                "The peer's program is in CLOSE-WAIT: it is slow to close, or forgets to. "
                "If it sends text, it gets a reset.");
    explain_say(&e->advice, "Nothing here. If there are many, look at the peer: ss -tp state "
                            "close-wait.");
}

static void fin_wait_2(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    if (r->orphan) {
        fin_wait_2_orphan(r, e);
        return;
    }
    explain_say(&e->now,
                "This end writes no more (shutdown), and the peer has acknowledged that. It "
                "may still send, and the program still read.");
    explain_receiving(about, e);
    explain_say(&e->waits, "For the peer's program to close, for as long as the program here holds "
                           "the socket: no timer ends this.");
    last_heard(r, e);
    explain_say(&e->cause, "Either a half-close on purpose (\"that was my question, now your "
                           "answer\"), or the peer's program has forgotten to close: there it is "
                           "CLOSE-WAIT.");
    explain_say(&e->advice, "Read until read() returns 0, then close. If no more answer is wanted, "
                            "close() now: then the wait ends after 60 s at the latest.");
}

static void closing(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "Both ends closed at the same time: the FINs have crossed, and ours is not "
                "acknowledged yet.");
    if (explain_sending(about, e)) return;
    explain_say(&e->waits, "For the acknowledgment of our FIN; then TIME-WAIT follows.");
    last_heard(r, e);
    explain_say(&e->cause, "Normal for the length of a round trip.");
}

static void last_ack(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now, "The peer had finished first, now this end has closed, too: its FIN is on "
                         "the way.");
    if (explain_sending(about, e)) return;
    explain_say(&e->waits,
                "For the last acknowledgment; then nothing is left here, and the peer is "
                "in TIME-WAIT.");
    if (r->timer == BONNET_TIMER_RETRANSMIT)
        explain_say(&e->waits, "Without one the FIN goes again in %s.",
                    explain_time(r->timer_left));
    last_heard(r, e);
    explain_say(&e->cause, "Normal for the length of a round trip. Where it lasts, the peer is "
                           "gone.");
}

static void over(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "The connection is over, by a reset, a timeout or an error, and the program "
                "still holds the socket.");
    if (r->recv_q > 0)
        explain_say(&e->now, "%s can still be read.", explain_count(r->recv_q, "byte"));
    explain_say(&e->waits, "For %s to close it. The next call tells the error, once.",
                r->socket >= 0 ? about->process->name : "a program");
    explain_say(&e->cause,
                "The peer sent a reset (its program crashed, or closed with bytes unread), "
                "or did not answer for too long.");
    explain_say(&e->advice,
                "Read SO_ERROR and close the socket. bonnet nstat -a --reasons names what "
                "ended connections here.");
}

static void add_not_accepted(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    if (r->socket >= 0 || r->orphan) return;
    explain_say(&e->now, "No program has accepted it: it is in the accept queue of port %u.",
                (unsigned)r->local.port);
}

void explain_connection(const struct explain_about *about, struct explanation *e)
{
    add_not_accepted(about, e);
    switch (about->row->row.state) {
    case BONNET_SYN_SENT: syn_sent(about, e); break;
    case BONNET_SYN_RECEIVED: explain_half_open(about, e); break;
    case BONNET_ESTABLISHED: established(about, e); break;
    case BONNET_FIN_WAIT_1: fin_wait_1(about, e); break;
    case BONNET_FIN_WAIT_2: fin_wait_2(about, e); break;
    case BONNET_CLOSE_WAIT: close_wait(about, e); break;
    case BONNET_CLOSING: closing(about, e); break;
    case BONNET_LAST_ACK: last_ack(about, e); break;
    case BONNET_TIME_WAIT: explain_time_wait(about, e); break;
    case BONNET_CLOSED:
    case BONNET_LISTEN:
    case BONNET_STATES_END: over(about, e); break;
    }
}
