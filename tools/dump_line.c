/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One packet as a line: what tcpdump -n -i any prints, and behind it, after "#", what the stack
 * thought of it.
 *
 * Decides of which packets that is worth saying: those that were dropped, that reset something,
 * that are sent again, or that come for a reason one would not guess. Everything else is said with
 * -v only. Cutting a line at "  #" leaves what tcpdump would have printed.
 */
#include "dump.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX 1024

static void add_time(struct text *t, int64_t ns)
{
    time_t s = (time_t)(ns / 1000000000);
    struct tm tm;
    localtime_r(&s, &tm);
    text_addf(t, "%02d:%02d:%02d.%06d ", tm.tm_hour, tm.tm_min, tm.tm_sec,
              (int)(ns % 1000000000 / 1000));
}

/* Why a packet was sent that one sees every day. */
static bool is_ordinary(const char *reason)
{
    static const char *const ordinary[] = {
        "send_data",          "send_syn",         "send_syn_ack",   "send_fin",
        "send_ack_now",       "send_ack_delayed", "send_datagram",  "send_fragment",
        "send_window_update", "send_arp_request", "send_arp_reply", "send_icmp_echo_reply",
    };
    for (size_t i = 0; i < sizeof(ordinary) / sizeof(ordinary[0]); i++)
        if (strcmp(reason, ordinary[i]) == 0) return true;
    return false;
}

/* What stands in front of a sentence that does not say itself what it is about. */
static const char *prefix_of(const struct dump_packet *p)
{
    if (dump_is_dropped(p)) return "dropped: ";
    if (strcmp(p->kind, "note") == 0) return "note: ";
    if (strcmp(p->reason, "send_window_probe") == 0) return "window probe: ";
    if (strcmp(p->reason, "send_keepalive") == 0) return "keepalive: ";
    if (strcmp(p->kind, "reset") == 0 && strncmp(p->text, "reset", 5) != 0) return "reset: ";
    return "";
}

static void add_reason(struct text *t, const struct dump_packet *p, bool verbose)
{
    if (!p->text[0] || (is_ordinary(p->reason) && !verbose)) return;
    if (p->cause_text[0])
        text_addf(t, "  # reset: %s", p->cause_text);
    else
        text_addf(t, "  # %s%s", prefix_of(p), p->text);
}

void dump_add_line(struct text *t, const struct dump_packet *p, const struct dump_style *style,
                   const struct bonnet_packet_style *numbers, int64_t time_of_day)
{
    char line[TEXT_MAX];
    bonnet_packet_print(&p->packet, numbers, line, sizeof(line));
    if (!style->no_time) add_time(t, time_of_day);
    text_addf(t, "%-5s %-3s ", p->interface, p->is_out ? "Out" : "In");
    text_add(t, line);
    add_reason(t, p, style->verbose);
    text_add(t, "\n");
}
