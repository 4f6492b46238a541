/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for people: of reasons, counters, states, timers, and of what a connection waits for.
 *
 * Each table has one entry per value of its enum, and the compiler checks the number. A value that
 * is none has a name too, "unknown", so that whoever prints needs no second thought.
 *
 * No table holds a pointer: pointers would have to be relocated in a shared library, and the core
 * has no data that is ever written. Names are rows of equal width; sentences, which differ more,
 * are the members of a struct, found by their offsets.
 */
#include "bonnet/inspect.h"

#define ENTRIES(table) (sizeof(table) / sizeof((table)[0]))

static const char unknown[] = "unknown";

static const char reason_names[][32] = {
    "none",
#define X(NAME, name, kind, text) #name,
#include "bonnet/reasons.def"
#undef X
};
_Static_assert(ENTRIES(reason_names) == BONNET_REASONS_END, "a name for each reason");

static const struct reason_texts {
    char none[sizeof("no reason")];
#define X(NAME, name, kind, text) char name[sizeof(text)];
#include "bonnet/reasons.def"
#undef X
} reason_texts = {
    "no reason",
#define X(NAME, name, kind, text) text,
#include "bonnet/reasons.def"
#undef X
};

static const uint16_t reason_text_at[] = {
    offsetof(struct reason_texts, none),
#define X(NAME, name, kind, text) offsetof(struct reason_texts, name),
#include "bonnet/reasons.def"
#undef X
};
_Static_assert(ENTRIES(reason_text_at) == BONNET_REASONS_END, "a sentence for each reason");
_Static_assert(sizeof(reason_texts) <= UINT16_MAX, "offsets of 16 bits");

static const uint8_t reason_kinds[] = {
    BONNET_KIND_NOTE,
#define X(NAME, name, kind, text) BONNET_KIND_##kind,
#include "bonnet/reasons.def"
#undef X
};
_Static_assert(ENTRIES(reason_kinds) == BONNET_REASONS_END, "a kind for each reason");

static const char mib_names[][36] = {
#define X(name) #name,
#include "bonnet/mib.def"
#undef X
};
_Static_assert(ENTRIES(mib_names) == BONNET_MIBS_END, "a name for each counter");

static const char state_names[][16] = {
    [0] = "unknown",
    [BONNET_ESTABLISHED] = "ESTABLISHED",
    [BONNET_SYN_SENT] = "SYN-SENT",
    [BONNET_SYN_RECEIVED] = "SYN-RECEIVED",
    [BONNET_FIN_WAIT_1] = "FIN-WAIT-1",
    [BONNET_FIN_WAIT_2] = "FIN-WAIT-2",
    [BONNET_TIME_WAIT] = "TIME-WAIT",
    [BONNET_CLOSED] = "CLOSED",
    [BONNET_CLOSE_WAIT] = "CLOSE-WAIT",
    [BONNET_LAST_ACK] = "LAST-ACK",
    [BONNET_LISTEN] = "LISTEN",
    [BONNET_CLOSING] = "CLOSING",
};
_Static_assert(ENTRIES(state_names) == BONNET_STATES_END, "a name for each state");

static const char timer_names[][16] = {
    [BONNET_TIMER_NONE] = "off",
    [BONNET_TIMER_RETRANSMIT] = "on",
    [BONNET_TIMER_KEEPALIVE] = "keepalive",
    [BONNET_TIMER_TIMEWAIT] = "timewait",
    [BONNET_TIMER_PERSIST] = "persist",
    [BONNET_TIMER_DELACK] = "delack",
};
_Static_assert(ENTRIES(timer_names) == BONNET_TIMERS_END, "a name for each timer");

static const char why_texts[][24] = {
    [BONNET_WHY_APP] = "nothing more written",
    [BONNET_WHY_CWND] = "congestion window",
    [BONNET_WHY_WINDOW] = "peer's window",
    [BONNET_WHY_NAGLE] = "Nagle or cork",
    [BONNET_WHY_SWS] = "silly window",
    [BONNET_WHY_PACING] = "pacing",
    [BONNET_WHY_NEIGHBOUR] = "neighbour not known",
    [BONNET_WHY_HANDSHAKE] = "handshake",
    [BONNET_WHY_NOTHING_LEFT] = "FIN sent",
    [BONNET_WHY_SENDING] = "sending",
};
_Static_assert(ENTRIES(why_texts) == BONNET_WHYS_END, "words for each why");

const char *bonnet_reason_name(int reason)
{
    return reason >= 0 && reason < BONNET_REASONS_END ? reason_names[reason] : unknown;
}

const char *bonnet_reason_text(int reason)
{
    if (reason < 0 || reason >= BONNET_REASONS_END) return unknown;
    return (const char *)&reason_texts + reason_text_at[reason];
}

enum bonnet_reason_kind bonnet_reason_kind(int reason)
{
    if (reason < 0 || reason >= BONNET_REASONS_END) return BONNET_KIND_NOTE;
    return (enum bonnet_reason_kind)reason_kinds[reason];
}

const char *bonnet_mib_name(int mib)
{
    return mib >= 0 && mib < BONNET_MIBS_END ? mib_names[mib] : unknown;
}

const char *bonnet_state_name(enum bonnet_tcp_state state)
{
    return (size_t)state < ENTRIES(state_names) ? state_names[state] : unknown;
}

const char *bonnet_timer_name(enum bonnet_timer timer)
{
    return (size_t)timer < ENTRIES(timer_names) ? timer_names[timer] : unknown;
}

const char *bonnet_why_text(enum bonnet_why why)
{
    return (size_t)why < ENTRIES(why_texts) ? why_texts[why] : unknown;
}
