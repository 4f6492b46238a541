/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `netstat -s`: the counters in net-tools' sentences, section by section, in the kernel's order.
 *
 * Some lines are always there, others only when there is something to tell. A counter that
 * net-tools has no sentence for is told by its name. Sections TcpExt and IpExt have no fixed lines:
 * they follow the order in which the counters came.
 */
#include "netstat.h"

#include <string.h>

enum when { ALWAYS, IF_ANY, FIXED };

struct line {
    const char *counter; /* full name; NULL: the text stands for itself */
    const char *text;    /* with one %llu; NULL: by its name */
    enum when when;
};

static const struct line ip[] = {
    {NULL, "    Forwarding: 2", FIXED}, /* RFC 4293: not forwarding */
    {"IpInReceives", "    %llu total packets received", ALWAYS},
    {"IpInHdrErrors", "    %llu with invalid headers", IF_ANY},
    {"IpInAddrErrors", "    %llu with invalid addresses", IF_ANY},
    {NULL, "    0 forwarded", FIXED},
    {"IpInUnknownProtos", "    %llu with unknown protocol", IF_ANY},
    {"IpInDiscards", "    %llu incoming packets discarded", ALWAYS},
    {"IpInDelivers", "    %llu incoming packets delivered", ALWAYS},
    {"IpOutRequests", "    %llu requests sent out", ALWAYS},
    {"IpOutDiscards", "    %llu outgoing packets dropped", IF_ANY},
    {"IpOutNoRoutes", "    %llu dropped because of missing route", IF_ANY},
    {"IpReasmTimeout", "    %llu fragments dropped after timeout", IF_ANY},
    {"IpReasmReqds", "    %llu reassemblies required", IF_ANY},
    {"IpReasmOKs", "    %llu packets reassembled ok", IF_ANY},
    {"IpReasmFails", "    %llu packet reassemblies failed", IF_ANY},
    {"IpFragOKs", "    %llu outgoing packets fragmented ok", IF_ANY},
    {"IpFragFails", "    %llu outgoing packets failed fragmentation", IF_ANY},
    {"IpFragCreates", "    %llu fragments created", IF_ANY},
};

static const struct line icmp[] = {
    {"IcmpInMsgs", "    %llu ICMP messages received", ALWAYS},
    {"IcmpInErrors", "    %llu input ICMP message failed", ALWAYS},
    {"IcmpInCsumErrors", NULL, IF_ANY},
    {NULL, "    ICMP input histogram:", FIXED},
    {"IcmpInDestUnreachs", "        destination unreachable: %llu", IF_ANY},
    {"IcmpInTimeExcds", "        timeout in transit: %llu", IF_ANY},
    {"IcmpInParmProbs", "        wrong parameters: %llu", IF_ANY},
    {"IcmpInEchos", "        echo requests: %llu", IF_ANY},
    {"IcmpOutMsgs", "    %llu ICMP messages sent", ALWAYS},
    {NULL, "    0 ICMP messages failed", FIXED},
    {NULL, "    ICMP output histogram:", FIXED},
    {"IcmpOutDestUnreachs", "        destination unreachable: %llu", IF_ANY},
    {"IcmpOutTimeExcds", "        time exceeded: %llu", IF_ANY},
    {"IcmpOutParmProbs", "        wrong parameters: %llu", IF_ANY},
    {"IcmpOutEchoReps", "        echo replies: %llu", IF_ANY},
};

static const struct line tcp[] = {
    {"TcpActiveOpens", "    %llu active connection openings", ALWAYS},
    {"TcpPassiveOpens", "    %llu passive connection openings", ALWAYS},
    {"TcpAttemptFails", "    %llu failed connection attempts", ALWAYS},
    {"TcpEstabResets", "    %llu connection resets received", ALWAYS},
    {"TcpCurrEstab", "    %llu connections established", ALWAYS},
    {"TcpInSegs", "    %llu segments received", ALWAYS},
    {"TcpOutSegs", "    %llu segments sent out", ALWAYS},
    {"TcpRetransSegs", "    %llu segments retransmitted", ALWAYS},
    {"TcpInErrs", "    %llu bad segments received", ALWAYS},
    {"TcpOutRsts", "    %llu resets sent", ALWAYS},
    {"TcpInCsumErrors", NULL, IF_ANY},
};

static const struct line udp[] = {
    {"UdpInDatagrams", "    %llu packets received", ALWAYS},
    {"UdpNoPorts", "    %llu packets to unknown port received", ALWAYS},
    {"UdpInErrors", "    %llu packet receive errors", ALWAYS},
    {"UdpOutDatagrams", "    %llu packets sent", ALWAYS},
    {"UdpRcvbufErrors", "    %llu receive buffer errors", ALWAYS},
    {NULL, "    0 send buffer errors", FIXED},
    {"UdpInCsumErrors", NULL, IF_ANY},
};

/* All that net-tools has a sentence for, be it counted here or not. */
static const struct line tcp_ext[] = {
    {"TcpExtSyncookiesSent", "    %llu SYN cookies sent", IF_ANY},
    {"TcpExtSyncookiesRecv", "    %llu SYN cookies received", IF_ANY},
    {"TcpExtSyncookiesFailed", "    %llu invalid SYN cookies received", IF_ANY},
    {"TcpExtEmbryonicRsts", "    %llu resets received for embryonic SYN_RECV sockets", IF_ANY},
    {"TcpExtPruneCalled",
     "    %llu packets pruned from receive queue because of socket buffer overrun", IF_ANY},
    {"TcpExtRcvPruned", "    %llu packets pruned from receive queue", IF_ANY},
    {"TcpExtOfoPruned",
     "    %llu packets dropped from out-of-order queue because of socket buffer overrun", IF_ANY},
    {"TcpExtOutOfWindowIcmps", "    %llu ICMP packets dropped because they were out-of-window",
     IF_ANY},
    {"TcpExtTW", "    %llu TCP sockets finished time wait in fast timer", IF_ANY},
    {"TcpExtTWRecycled", "    %llu time wait sockets recycled by time stamp", IF_ANY},
    {"TcpExtPAWSActive", "    %llu active connections rejected because of time stamp", IF_ANY},
    {"TcpExtPAWSEstab", "    %llu packets rejected in established connections because of timestamp",
     IF_ANY},
    {"TcpExtDelayedACKs", "    %llu delayed acks sent", IF_ANY},
    {"TcpExtDelayedACKLost", "    Quick ack mode was activated %llu times", IF_ANY},
    {"TcpExtListenOverflows", "    %llu times the listen queue of a socket overflowed", IF_ANY},
    {"TcpExtListenDrops", "    %llu SYNs to LISTEN sockets dropped", IF_ANY},
    {"TcpExtTCPHPHits", "    %llu packet headers predicted", IF_ANY},
    {"TcpExtTCPPureAcks", "    %llu acknowledgments not containing data payload received", IF_ANY},
    {"TcpExtTCPHPAcks", "    %llu predicted acknowledgments", IF_ANY},
    {"TcpExtTCPRenoRecovery", "    %llu times recovered from packet loss due to fast retransmit",
     IF_ANY},
    {"TcpExtTCPSACKReorder", "    Detected reordering %llu times using SACK", IF_ANY},
    {"TcpExtTCPRenoReorder", "    Detected reordering %llu times using reno fast retransmit",
     IF_ANY},
    {"TcpExtTCPTSReorder", "    Detected reordering %llu times using time stamp", IF_ANY},
    {"TcpExtTCPFullUndo", "    %llu congestion windows fully recovered without slow start", IF_ANY},
    {"TcpExtTCPPartialUndo", "    %llu congestion windows partially recovered using Hoe heuristic",
     IF_ANY},
    {"TcpExtTCPLossUndo",
     "    %llu congestion windows recovered without slow start after partial ack", IF_ANY},
    {"TcpExtTCPRenoFailures", "    %llu timeouts after reno fast retransmit", IF_ANY},
    {"TcpExtTCPLossFailures", "    %llu timeouts in loss state", IF_ANY},
    {"TcpExtTCPFastRetrans", "    %llu fast retransmits", IF_ANY},
    {"TcpExtTCPSlowStartRetrans", "    %llu retransmits in slow start", IF_ANY},
    {"TcpExtTCPRcvCollapsed",
     "    %llu packets collapsed in receive queue due to low socket buffer", IF_ANY},
    {"TcpExtTCPAbortOnData", "    %llu connections reset due to unexpected data", IF_ANY},
    {"TcpExtTCPAbortOnClose", "    %llu connections reset due to early user close", IF_ANY},
    {"TcpExtTCPAbortOnMemory", "    %llu connections aborted due to memory pressure", IF_ANY},
    {"TcpExtTCPAbortOnTimeout", "    %llu connections aborted due to timeout", IF_ANY},
    {"TcpExtTCPAbortOnLinger", "    %llu connections aborted after user close in linger timeout",
     IF_ANY},
    {"TcpExtTCPAbortFailed", "    %llu times unable to send RST due to no memory", IF_ANY},
    {"TcpExtTCPMemoryPressures", "    TCP ran low on memory %llu times", IF_ANY},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct section {
    const char *name; /* of the section, and what its counters begin with */
    const struct line *lines;
    size_t n;
} sections[] = {
    {"Ip", ip, COUNT(ip)},
    {"Icmp", icmp, COUNT(icmp)},
    {"Tcp", tcp, COUNT(tcp)},
    {"Udp", udp, COUNT(udp)},
};

/* Those follow the kernel's order, and begin with the name of another. */
static const struct section extensions[] = {
    {"TcpExt", tcp_ext, COUNT(tcp_ext)},
    {"IpExt", NULL, 0},
};

static bool is_wanted(const struct netstat_options *o, const struct section *s)
{
    if (!o->tcp && !o->udp) return true;
    if (strcmp(s->name, "IpExt") == 0) return true; /* net-tools asks nobody for it */
    return (o->tcp && strncmp(s->name, "Tcp", 3) == 0) || (o->udp && strcmp(s->name, "Udp") == 0);
}

static void add_value(struct text *out, const struct section *s, const struct line *line,
                      uint64_t value)
{
    const unsigned long long n = value;
    if (line->when == IF_ANY && value == 0) return;
    if (!line->text) {
        text_addf(out, "    %s: %llu\n", line->counter + strlen(s->name), n);
        return;
    }
    const char *at = strstr(line->text, "%llu");
    if (!at) {
        text_addf(out, "%s\n", line->text);
        return;
    }
    text_add_bytes(out, line->text, (size_t)(at - line->text));
    text_addf(out, "%llu%s\n", n, at + strlen("%llu"));
}

static const struct line *find_line(const struct section *s, const char *counter)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->lines[i].counter && strcmp(s->lines[i].counter, counter) == 0) return &s->lines[i];
    return NULL;
}

static bool begins(const char *counter, const struct section *s)
{
    return strncmp(counter, s->name, strlen(s->name)) == 0;
}

/* Does the counter belong here? TcpExtTW is not of section Tcp. */
static bool is_of(const struct section *s, const char *counter)
{
    for (size_t i = 0; i < COUNT(extensions); i++)
        if (begins(counter, &extensions[i])) return s == &extensions[i];
    return begins(counter, s);
}

/* Those of the list that the section has told, or has not. */
static void add_counters(struct text *out, const struct section *s, const struct nstat_list *list,
                         bool told)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct nstat_counter *c = &list->counters[i];
        const struct line by_name = {c->name, NULL, IF_ANY};
        const struct line *line = find_line(s, c->name);
        if (!is_of(s, c->name) || (line && !told)) continue;
        add_value(out, s, line ? line : &by_name, c->value);
    }
}

static void add_section(struct text *out, const struct section *s, const struct nstat_list *list)
{
    text_addf(out, "%s:\n", s->name);
    for (size_t i = 0; i < s->n; i++) {
        const char *counter = s->lines[i].counter;
        add_value(out, s, &s->lines[i], counter ? nstat_value(list, counter) : 0);
    }
    add_counters(out, s, list, false);
}

void netstat_print_statistics(const struct netstat_options *o, const struct nstat_list *counters,
                              struct text *out)
{
    for (size_t i = 0; i < COUNT(sections); i++)
        if (is_wanted(o, &sections[i])) add_section(out, &sections[i], counters);
    for (size_t i = 0; i < COUNT(extensions); i++) {
        if (!is_wanted(o, &extensions[i])) continue;
        text_addf(out, "%s:\n", extensions[i].name);
        add_counters(out, &extensions[i], counters, true);
    }
}
