/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three deadlines of a connection, and what happens when one passes. Others report facts; when
 * which timer runs is decided here.
 *
 * rtx_at: retransmission (RFC 6298 5), RACK's second look or a tail loss probe before it (RFC
 * 8985), or, while something waits and nothing is in flight, the window probe (RFC 9293 3.8.6.1).
 * ack_at: delayed ACK. keep_at: keepalive (RFC 9293 3.8.4), or the end of an orphan's FIN-WAIT-2.
 * How long is waited in all: Linux' counts (15 retransmissions, 8 for an orphan, 6 SYNs) or
 * TCP_USER_TIMEOUT (RFC 5482).
 */
#include <errno.h>

#include "tcp/machine.h"
#include "tcp/rtt.h"

#define R1             3u
#define RETRIES        15u
#define RETRIES_ORPHAN 8u
#define CORK_NS        (200 * BONNET_MS)
#define FIN_WAIT_2_S   60

void timers_stop(struct tcp_conn *c)
{
    c->rtx_at = c->ack_at = c->keep_at = BONNET_NEVER;
    c->persisting = false;
}

/* When the user timeout is over, if it is not yet; otherwise very soon. */
static bonnet_time end_of_patience(const struct tcp_conn *c, const struct env *e)
{
    if (c->set.user_timeout_ms == 0) return BONNET_NEVER;
    uint32_t waited = env_ms(e) - c->waits_ms;
    uint32_t left = waited < c->set.user_timeout_ms ? c->set.user_timeout_ms - waited : 1;
    return e->now + left * BONNET_MS;
}

/* The user timeout, when it is the earlier one, decides when to look again. */
static bonnet_time next_look(const struct tcp_conn *c, const struct env *e)
{
    bonnet_time at = e->now + rtt_rto(c), end = end_of_patience(c, e);
    return at < end ? at : end;
}

static void set_rtx(struct tcp_conn *c, bonnet_time at, enum flight_timer what)
{
    c->rtx_at = at;
    c->sent.flight->timer = (uint8_t)what;
}

/* When the oldest octet has waited for an RTO. */
static bonnet_time rto_of_oldest(const struct tcp_conn *c, const struct env *e)
{
    bonnet_time at = sent_at(&c->sent, 0)->sent_at + rtt_rto(c);
    return at > e->now ? at : e->now + 1;
}

/* RFC 8985 7.2: the probe goes before the timeout would, or in its place. */
static void schedule_probe(struct tcp_conn *c, const struct env *e)
{
    bonnet_time probe = e->now + rack_probe_patience(c), rto = rto_of_oldest(c, e);
    set_rtx(c, probe < rto ? probe : rto, FLIGHT_PROBE);
}

/* RFC 6298 5.1; and when the oldest octet goes again, a whole RTO is waited for its answer. */
void timers_on_sent(struct tcp_conn *c, const struct env *e, bool oldest_again)
{
    if (c->persisting && c->snd.wnd == 0) return;
    if (c->rtx_at == BONNET_NEVER) c->waits_ms = env_ms(e);
    if (c->rtx_at == BONNET_NEVER || c->persisting || oldest_again)
        set_rtx(c, next_look(c, e), FLIGHT_RTO);
    if (c->persisting) c->persisting = false;
    if (rack_may_probe(c)) schedule_probe(c, e);
}

void timers_on_doubt(struct tcp_conn *c, const struct env *e, bonnet_time until)
{
    if (c->sent.n == 0 || c->persisting) return;
    if (c->tail_probe_due) c->tail_probe_due = false;
    if (until != BONNET_NEVER)
        set_rtx(c, until, FLIGHT_REORDER);
    else if (rack_may_probe(c))
        schedule_probe(c, e);
    else if (c->sent.flight->timer != FLIGHT_RTO)
        set_rtx(c, rto_of_oldest(c, e), FLIGHT_RTO);
}

void timers_on_tail_probe_sent(struct tcp_conn *c, const struct env *e)
{
    c->tail_probe_due = false;
    set_rtx(c, next_look(c, e), FLIGHT_RTO);
}

/* RFC 6298 5.2, 5.3. With nothing in flight the wait for a larger window begins anew, if it must:
 * the peer takes what it is given. */
void timers_on_acked(struct tcp_conn *c, const struct env *e)
{
    if (c->sent.n == 0) {
        if (c->persisting || c->probe_due) c->persisting = c->probe_due = false;
        c->rtx_at = BONNET_NEVER;
    } else if (!c->persisting) {
        c->waits_ms = env_ms(e);
        set_rtx(c, e->now + rtt_rto(c), FLIGHT_RTO);
    }
}

void timers_on_blocked(struct tcp_conn *c, const struct env *e, enum bonnet_why why)
{
    if (c->sent.n > 0 || c->rtx_at != BONNET_NEVER) return;
    c->waits_ms = env_ms(e);
    if (why == BONNET_WHY_WINDOW || why == BONNET_WHY_SWS) {
        c->persisting = true;
        c->rtx_at = e->now + rtt_rto(c);
    } else if (why == BONNET_WHY_HANDSHAKE) { /* a SYN that there was no memory for */
        c->rtx_at = e->now + rtt_rto(c);
    } else if (why == BONNET_WHY_NAGLE) { /* only a cork holds text with nothing in flight */
        c->persisting = true;
        c->rtx_at = e->now + CORK_NS;
    }
}

static bonnet_time keep_idle(const struct tcp_conn *c)
{
    return c->set.keep_idle_s * BONNET_S;
}

void timers_on_keepalive_changed(struct tcp_conn *c, const struct env *e)
{
    bool alive = c->state == BONNET_ESTABLISHED || c->state == BONNET_CLOSE_WAIT ||
                 c->state == BONNET_FIN_WAIT_1 || (c->state == BONNET_FIN_WAIT_2 && !c->orphan);
    if (c->state == BONNET_FIN_WAIT_2 && c->orphan) return;
    c->keep_probes = 0;
    c->keep_due = false;
    c->keep_at = alive && c->set.keepalive ? e->now + keep_idle(c) : BONNET_NEVER;
}

void timers_on_established(struct tcp_conn *c, const struct env *e)
{
    timers_on_keepalive_changed(c, e);
}

bool timers_on_orphan_fin_wait_2(struct tcp_conn *c, const struct env *e)
{
    if (c->set.linger2_s < 0) return false;
    uint32_t s = c->set.linger2_s ? (uint32_t)c->set.linger2_s : FIN_WAIT_2_S;
    c->keep_at = e->now + s * BONNET_S;
    c->keep_due = false;
    return true;
}

/* ---- expiry ---- */

static void give_up(struct tcp_conn *c, struct env *e, enum bonnet_reason why,
                    struct tcp_outcome *o)
{
    int error = c->soft_error ? c->soft_error : ETIMEDOUT;
    env_count(e, BONNET_MIB_TcpExtTCPAbortOnTimeout);
    tcp_abort(c, e, why, error, o);
}

/* How long the oldest octet has gone unacknowledged, or unsent for want of a window, whatever the
 * peer answers meanwhile; it went twice at least. */
static bool user_timeout_is_over(const struct tcp_conn *c, const struct env *e)
{
    if (c->set.user_timeout_ms == 0) return false;
    if (c->snd.retransmits == 0 && !c->persisting) return false;
    return env_ms(e) - c->waits_ms >= c->set.user_timeout_ms;
}

/* RFC 9293 3.8.3: at R1 timeouts in a row IP is told that the path may have failed. */
static void count_timeout(struct tcp_conn *c, struct tcp_outcome *o)
{
    c->snd.retransmits++;
    if (c->snd.retransmits == R1) o->events |= TCP_EV_DOUBT;
}

static void handshake_expired(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    if (c->snd.retransmits >= c->set.syn_retries || user_timeout_is_over(c, e)) {
        int error = c->soft_error ? c->soft_error : ETIMEDOUT;
        conn_end(c, e, BONNET_R_CONNECT_TIMEOUT, error);
        o->reason = BONNET_R_CONNECT_TIMEOUT;
        o->events |= TCP_EV_ENDED;
        return;
    }
    count_timeout(c, o);
    (void)ecn_give_up_asking(c); /* RFC 3168 6.1.1.1: it may have been lost for asking */
    rtt_on_timeout(c);
    sent_mark_all_lost(&c->sent, BONNET_R_SEND_RTO);
    c->rtx_at = next_look(c, e);
    env_count(e, BONNET_MIB_TcpExtTCPTimeouts);
}

static uint32_t retries_max(const struct tcp_conn *c)
{
    return c->orphan ? RETRIES_ORPHAN : RETRIES;
}

static bool has_given_up(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    bool user = user_timeout_is_over(c, e);
    if (!user && c->snd.retransmits < retries_max(c)) return false;
    give_up(c, e, user ? BONNET_R_ABORT_USER_TIMEOUT : BONNET_R_ABORT_RETRIES, o);
    return true;
}

static void persist_expired(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    bool corked = (c->set.cork || c->more) && !c->nagle_off_once;
    if (corked && c->snd.wnd > 0 && c->sent.n == 0) {
        c->nagle_off_once = true;
        c->persisting = false;
        c->rtx_at = BONNET_NEVER;
        return;
    }
    if (has_given_up(c, e, o)) return;
    count_timeout(c, o);
    c->probe_due = true;
    rtt_on_timeout(c);
    c->rtx_at = next_look(c, e);
}

static void retransmission_expired(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    if (has_given_up(c, e, o)) return;
    count_timeout(c, o);
    loss_on_timeout(c, e);
    rtt_on_timeout(c);
    set_rtx(c, next_look(c, e), FLIGHT_RTO);
}

/* Some segments were overdue, and have not come. */
static void reorder_expired(struct tcp_conn *c, struct env *e)
{
    bonnet_time doubt = loss_on_reorder_timer(c, e);
    c->sent.flight->timer = FLIGHT_REORDER; /* it is not running any more */
    timers_on_doubt(c, e, doubt);
}

static void probe_expired(struct tcp_conn *c, const struct env *e)
{
    c->tail_probe_due = rack_may_probe(c);
    set_rtx(c, c->tail_probe_due ? next_look(c, e) : rto_of_oldest(c, e), FLIGHT_RTO);
}

static void flight_expired(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    switch ((enum flight_timer)c->sent.flight->timer) {
    case FLIGHT_RTO: retransmission_expired(c, e, o); break;
    case FLIGHT_REORDER: reorder_expired(c, e); break;
    case FLIGHT_PROBE: probe_expired(c, e); break;
    }
}

static void rtx_expired(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    if (c->state == BONNET_SYN_SENT || c->state == BONNET_SYN_RECEIVED) {
        handshake_expired(c, e, o);
    } else if (c->persisting || c->snd.wnd == 0) {
        c->persisting = true; /* what was in flight when the window closed is probed for, too */
        persist_expired(c, e, o);
    } else {
        flight_expired(c, e, o);
    }
}

static void ack_expired(struct tcp_conn *c, struct env *e)
{
    c->ack_at = BONNET_NEVER;
    recv_owe_ack(c, BONNET_R_SEND_ACK_DELAYED);
    env_count(e, BONNET_MIB_TcpExtDelayedACKs);
}

static bool keepalive_is_over(const struct tcp_conn *c, const struct env *e)
{
    if (c->set.user_timeout_ms != 0 && c->keep_probes > 0)
        return env_ms(e) - c->ack_in_ms >= c->set.user_timeout_ms;
    return c->keep_probes >= c->set.keep_count;
}

static void keep_expired(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    if (c->orphan && c->state == BONNET_FIN_WAIT_2) {
        conn_end(c, e, BONNET_R_ABORT_ORPHAN, 0);
        o->reason = BONNET_R_ABORT_ORPHAN;
        o->events |= TCP_EV_ENDED;
        return;
    }
    bonnet_time idle = (env_ms(e) - c->ack_in_ms) * BONNET_MS;
    bool busy = c->sent.n > 0 || c->out.len > 0;
    if (busy || (idle < keep_idle(c) && c->keep_probes == 0)) {
        c->keep_at = e->now + (busy ? keep_idle(c) : keep_idle(c) - idle);
        return;
    }
    if (keepalive_is_over(c, e)) {
        give_up(c, e, BONNET_R_ABORT_KEEPALIVE, o);
        return;
    }
    c->keep_probes++;
    c->keep_due = true;
    c->keep_at = e->now + c->set.keep_interval_s * BONNET_S;
    env_count(e, BONNET_MIB_TcpExtTCPKeepAlive);
}

void tcp_tick(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    o->reason = BONNET_R_NONE;
    o->events = 0;
    o->answer = false;
    if (c->rtx_at <= e->now) rtx_expired(c, e, o);
    if (c->ack_at <= e->now) ack_expired(c, e);
    if (c->keep_at <= e->now) keep_expired(c, e, o);
}

enum bonnet_timer tcp_timer(const struct tcp_conn *c)
{
    if (c->rtx_at != BONNET_NEVER)
        return c->persisting ? BONNET_TIMER_PERSIST : BONNET_TIMER_RETRANSMIT;
    if (c->keep_at != BONNET_NEVER)
        return c->orphan ? BONNET_TIMER_TIMEWAIT : BONNET_TIMER_KEEPALIVE;
    return c->ack_at != BONNET_NEVER ? BONNET_TIMER_DELACK : BONNET_TIMER_NONE;
}
