/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a connection sends and does not get rid of: the one cause that holds it back, of those that
 * the stack itself names.
 */
#include "explain.h"

/* What retransmission is about, when nothing but the FIN is left. */
static bool is_fin_only(const struct bonnet_row *r)
{
    return r->send_q == 0;
}

static void retransmitting(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    const char *what = is_fin_only(r) ? "its FIN" : explain_count(r->in_flight, "byte");
    explain_say(&e->now, "It has sent %s, and nobody acknowledges: the oldest went %s by now.",
                what, explain_count(r->retransmits + 1u, "time"));
    explain_say(&e->waits,
                "For an acknowledgment. The next retransmission is due in %s, and the time doubles "
                "with each. After 15 of them, about a quarter of an hour, the connection ends with "
                "ETIMEDOUT; sooner, if TCP_USER_TIMEOUT says so.",
                explain_time(r->timer_left));
    explain_say(&e->since, "No progress for %s; the peer was last heard %s ago.",
                explain_time(r->stalled), explain_ms(r->info.tcpi_last_ack_recv));
    explain_say(&e->cause,
                "The path is broken, the peer has lost its power or its network without a word, or "
                "a firewall in between has forgotten the connection. One lost segment alone is "
                "repaired by the first retransmission.");
    explain_say(
        &e->advice,
        "See if the peer's host answers at all, and if the segments arrive there (bonnet "
        "dump, tcpdump). There is nothing to do at this end: it goes on by itself, or gives "
        "up.");
}

static void add_deadlock(const struct bonnet_row *r, struct explanation *e)
{
    if (r->recv_q == 0) return;
    explain_say(&e->advice,
                "But this end has %s unread itself: if both programs write before they read, they "
                "wait for each other for ever, and only a read at one of the ends helps.",
                explain_count(r->recv_q, "byte"));
}

static void no_window(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    if (r->snd_wnd == 0)
        explain_say(&e->now,
                    "The peer has no room: its receive window is closed, and %s wait in "
                    "the SendQ.",
                    explain_count(r->send_q, "byte"));
    else
        explain_say(&e->now,
                    "The peer's receive window (%s) is used up: %s wait in the SendQ until it "
                    "moves on.",
                    explain_count(r->snd_wnd, "byte"), explain_count(r->unsent, "byte"));
    if (r->send_q >= r->send_q_max)
        explain_say(&e->now, "The SendQ is full as well: write() blocks, or fails with EAGAIN.");
    explain_say(&e->waits, "For the program at the other end to read.");
    if (r->timer == BONNET_TIMER_PERSIST)
        explain_say(&e->waits, "The peer is asked for its window again in %s%s%s%s.",
                    explain_time(r->timer_left), r->retransmits ? "; " : "",
                    r->retransmits ? explain_count(r->retransmits, "probe") : "",
                    r->retransmits ? " in a row had no answer" : "");
    explain_say(&e->since, "Nothing new was taken for %s; the peer was last heard %s ago.",
                explain_time(r->stalled), explain_ms(r->info.tcpi_last_ack_recv));
    explain_say(&e->cause,
                "The peer's program does not read, or not as fast as this one writes: it "
                "is busy, stopped, or blocked in a write of its own.");
    if (r->retransmits > 0)
        explain_say(
            &e->cause,
            "But a peer that is there answers each probe: perhaps it, or the path to it, is "
            "gone.");
    explain_say(&e->advice, "Look at the peer: its RecvQ is full. What its program does there "
                            "instead of reading is the answer.");
    add_deadlock(r, e);
}

static void no_cwnd(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    const struct bonnet_tcp_info *i = &r->info;
    explain_say(&e->now,
                "%s are in flight, which is all that the congestion window (%s) allows; %s wait "
                "behind them.",
                explain_count(r->in_flight, "byte"), explain_count(r->cwnd, "byte"),
                explain_count(r->unsent, "byte"));
    explain_say(&e->waits, "For acknowledgments.");
    if (i->tcpi_rtt)
        explain_say(&e->waits,
                    "The round trip takes %.1f ms, so that about %.2f Mbit/s get "
                    "through.",
                    i->tcpi_rtt / 1000.0, 8.0 * r->cwnd / i->tcpi_rtt);
    explain_say(&e->since, "The last acknowledgment came %s ago.",
                explain_ms(i->tcpi_last_ack_recv));
    explain_say(&e->cause, "Normal while much is being sent: the window grows until the path is "
                           "full.");
    if (i->tcpi_total_retrans)
        explain_say(&e->cause, "%s of %u had to be sent again, and every loss makes it smaller.",
                    explain_count(i->tcpi_total_retrans, "segment"), (unsigned)i->tcpi_segs_out);
    explain_say(&e->advice,
                "Nothing, if that is the rate of the path. If it is far below, look for "
                "losses (retrans in ss -i) and for a round trip that grows under load.");
}

static void held_by_nagle(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    bool corked = r->in_flight == 0;
    explain_say(
        &e->now, "The last %s, less than a full segment of %u, are held back%s.",
        explain_count(r->unsent % (r->info.tcpi_snd_mss ? r->info.tcpi_snd_mss : 536), "byte"),
        (unsigned)r->info.tcpi_snd_mss,
        corked ? " by a cork: the program has said that more will follow"
               : " by Nagle's algorithm");
    if (corked)
        explain_say(&e->waits,
                    "For more, or for the cork to be taken out; they go in %s at the "
                    "latest.",
                    explain_time(r->timer_left));
    else
        explain_say(&e->waits, "For the acknowledgment of the %s in flight.",
                    explain_count(r->in_flight, "byte"));
    explain_say(&e->since, "The last text was sent %s ago.",
                explain_ms(r->info.tcpi_last_data_sent));
    explain_say(&e->cause, "The program writes a message in small pieces. If the peer delays its "
                           "acknowledgments, each message then costs up to 40 ms more (200 ms with "
                           "other stacks).");
    explain_say(&e->advice, "Write each message in one piece (writev, or a buffer), or set "
                            "TCP_NODELAY; take TCP_CORK and MSG_MORE back where a message ends.");
}

void explain_no_neighbour(struct explanation *e)
{
    explain_say(&e->now,
                "Nothing can be sent: the link address of the next hop is being asked for, "
                "and nobody has answered.");
    explain_say(&e->waits, "For an ARP reply.");
    explain_say(&e->cause, "The peer, or the gateway on the way to it, is switched off or not on "
                           "this network; or the prefix or gateway of this stack is wrong.");
    explain_say(&e->advice, "Compare address, prefix and gateway at both ends, and see with bonnet "
                            "dump if the question goes out.");
}

static void on_its_way(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now, "All that was written has been sent; %s are on their way.",
                explain_count(r->in_flight, "byte"));
    explain_say(&e->waits, "For their acknowledgment, which takes a round trip (%.1f ms).",
                r->info.tcpi_rtt / 1000.0);
    if (r->timer == BONNET_TIMER_RETRANSMIT)
        explain_say(&e->waits, "Without one they go again in %s.", explain_time(r->timer_left));
    explain_say(&e->since, "The last text was sent %s ago.",
                explain_ms(r->info.tcpi_last_data_sent));
}

static void about_to_send(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now, "It is sending: %s in flight, %s to go, and a segment is ready.",
                explain_count(r->in_flight, "byte"), explain_count(r->unsent, "byte"));
    explain_say(&e->waits, "For its turn only.");
}

static void paced(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    explain_say(&e->now,
                "It is sending: %s in flight, %s to go, at the pace that congestion "
                "control has chosen.",
                explain_count(r->in_flight, "byte"), explain_count(r->unsent, "byte"));
    explain_say(&e->waits, "For the instant of the next segment.");
}

bool explain_sending(const struct explain_about *about, struct explanation *e)
{
    const struct bonnet_row *r = &about->row->row;
    bool repeats = r->timer == BONNET_TIMER_RETRANSMIT && r->retransmits > 0;
    if (repeats) retransmitting(about, e);
    if (repeats) return true;
    if (r->send_q == 0) return false;
    switch (r->why) {
    case BONNET_WHY_WINDOW:
    case BONNET_WHY_SWS: no_window(about, e); return true;
    case BONNET_WHY_CWND: no_cwnd(about, e); return true;
    case BONNET_WHY_NAGLE: held_by_nagle(about, e); return true;
    case BONNET_WHY_NEIGHBOUR: explain_no_neighbour(e); return true;
    case BONNET_WHY_SENDING: about_to_send(about, e); return true;
    case BONNET_WHY_PACING: paced(about, e); return true;
    case BONNET_WHY_APP:
    case BONNET_WHY_NOTHING_LEFT:
    case BONNET_WHY_HANDSHAKE:
    case BONNET_WHYS_END: break;
    }
    on_its_way(about, e);
    return true;
}
