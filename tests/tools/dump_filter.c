/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter of dump: which packets pass, and what is said of words that are wrong. */
#include "dump_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Packets by their place in this list. */
enum { SYN_IN, DATA_OUT, RST_OUT, UDP_IN, FRAGMENT_IN, PING_OUT, ARP_IN, RTO_OUT, PACKETS_N };

static struct dump_packet packet_of(enum bonnet_packet_kind kind, uint8_t protocol, bool is_out)
{
    const struct bonnet_endpoint ours = {.addr = bonnet_ip4(10, 0, 0, 1), .port = 80};
    const struct bonnet_endpoint theirs = {.addr = bonnet_ip4(10, 0, 0, 2), .port = 40000};
    struct dump_packet p = {.is_out = is_out, .reason = "", .kind = "", .text = ""};
    bool has_ports = kind == BONNET_PACKET_TCP || kind == BONNET_PACKET_UDP;
    p.packet = (struct bonnet_packet){.kind = kind,
                                      .version = kind == BONNET_PACKET_ARP ? 0 : 4,
                                      .protocol = protocol,
                                      .header_len = 20,
                                      .from = is_out ? ours : theirs,
                                      .to = is_out ? theirs : ours};
    if (!has_ports) p.packet.from.port = p.packet.to.port = 0;
    return p;
}

static void make_packets(struct dump_packet *p)
{
    p[SYN_IN] = packet_of(BONNET_PACKET_TCP, 6, false);
    p[SYN_IN].packet.flags = BONNET_SYN;
    p[DATA_OUT] = packet_of(BONNET_PACKET_TCP, 6, true);
    p[DATA_OUT].packet.flags = BONNET_ACK | BONNET_PSH;
    p[DATA_OUT].kind = "send";
    p[DATA_OUT].reason = "send_data";
    p[DATA_OUT].text = "new text";
    p[RST_OUT] = packet_of(BONNET_PACKET_TCP, 6, true);
    p[RST_OUT].packet.flags = BONNET_RST | BONNET_ACK;
    p[RST_OUT].kind = "send";
    p[UDP_IN] = packet_of(BONNET_PACKET_UDP, 17, false);
    p[UDP_IN].packet.to.port = 53;
    p[UDP_IN].kind = "drop";
    p[FRAGMENT_IN] = packet_of(BONNET_PACKET_FRAGMENT, 17, false);
    p[PING_OUT] = packet_of(BONNET_PACKET_ICMP, 1, true);
    p[ARP_IN] = packet_of(BONNET_PACKET_ARP, 0, false);
    p[RTO_OUT] = p[DATA_OUT];
    p[RTO_OUT].text = "retransmission: no acknowledgment came in time";
    p[RTO_OUT].packet.from.port = 443;
}

static bool parses(char *words, struct dump_filter *f, struct filter_error *error)
{
    return dump_filter_parse(1, &words, f, error);
}

#define ONE(x) (1u << (x))
#define ALL    (ONE(PACKETS_N) - 1)
#define TCP    (ONE(SYN_IN) | ONE(DATA_OUT) | ONE(RST_OUT) | ONE(RTO_OUT))
#define OUT    (ONE(DATA_OUT) | ONE(RST_OUT) | ONE(PING_OUT) | ONE(RTO_OUT))

static void packets_pass_or_do_not(void **state)
{
    (void)state;
    static const struct {
        char words[80];
        unsigned passes; /* bit per packet */
    } rows[] = {
        {"", ALL},
        {"tcp", TCP},
        {"udp", ONE(UDP_IN) | ONE(FRAGMENT_IN)},
        {"icmp", ONE(PING_OUT)},
        {"arp", ONE(ARP_IN)},
        {"ip", ALL & ~ONE(ARP_IN)},
        {"host 10.0.0.2", ALL},
        {"host 10.0.0.9", 0},
        {"src host 10.0.0.1", OUT},
        {"src 10.0.0.1", OUT},
        {"dst 10.0.0.1", ALL & ~OUT},
        {"port 80", ONE(SYN_IN) | ONE(DATA_OUT) | ONE(RST_OUT)},
        {"src port 80", ONE(DATA_OUT) | ONE(RST_OUT)},
        {"dst port 80 or 53", ONE(SYN_IN) | ONE(UDP_IN)},
        {"udp port 53", ONE(UDP_IN)},
        {"tcp port 53", 0},
        {"tcp dst port 80", ONE(SYN_IN)},
        {"port 443 or 53", ONE(RTO_OUT) | ONE(UDP_IN)},
        {"not tcp", ALL & ~TCP},
        {"!tcp && !udp", ONE(PING_OUT) | ONE(ARP_IN)},
        {"tcp and not (port 80 or port 40000)", 0},
        {"udp or tcp and port 53", ONE(UDP_IN)}, /* from left to right */
        {"udp or (tcp and port 443)", ONE(UDP_IN) | ONE(FRAGMENT_IN) | ONE(RTO_OUT)},
        {"in", ALL & ~OUT},
        {"outbound and tcp", TCP & OUT},
        {"dropped", ONE(UDP_IN)},
        {"reset", ONE(RST_OUT)},
        {"retransmitted", ONE(RTO_OUT)},
        {"dropped or reset", ONE(UDP_IN) | ONE(RST_OUT)},
        {"tcp[tcpflags] & tcp-syn != 0", ONE(SYN_IN)},
        {"tcp[tcpflags] & (tcp-syn|tcp-rst) != 0", ONE(SYN_IN) | ONE(RST_OUT)},
        {"tcp[tcpflags]&(tcp-syn|tcp-rst)=0", ONE(DATA_OUT) | ONE(RTO_OUT)},
        {"tcp[tcpflags] == tcp-syn", ONE(SYN_IN)},
        {"tcp[13] & 0x12 == tcp-ack", ONE(DATA_OUT) | ONE(RST_OUT) | ONE(RTO_OUT)},
        {"tcp[tcpflags] = (tcp-push|tcp-ack)", ONE(DATA_OUT) | ONE(RTO_OUT)},
        {"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and port 80", ONE(SYN_IN)},
    };
    struct dump_packet packets[PACKETS_N];
    struct dump_filter f;
    struct filter_error error;
    make_packets(packets);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char words[80];
        memcpy(words, rows[i].words, sizeof(words));
        unsigned passes = 0;
        if (!parses(words, &f, &error)) fail_msg("%s: '%s'", rows[i].words, error.word);
        for (unsigned p = 0; p < PACKETS_N; p++)
            if (dump_filter_passes(&f, &packets[p])) passes |= ONE(p);
        if (passes != rows[i].passes)
            fail_msg("%s: %x, not %x", rows[i].words, passes, rows[i].passes);
    }
}

static void words_that_are_wrong_are_named(void **state)
{
    (void)state;
    static const struct {
        char words[64];
        const char *word, *expected; /* the beginning of what is expected */
    } rows[] = {
        {"fool", "fool", "host, port,"},
        {"host", "", "an address"},
        {"host www", "www", "an address"},
        {"port http", "http", "a port from 0"},
        {"port 65536", "65536", "a port from 0"},
        {"src port", "", "a port from 0"},
        {"dst www", "www", "host or port"},
        {"tcp port 80 udp", "udp", "and, or, or the end"},
        {"tcp and", "", "host, port,"},
        {"(tcp", "", "and, or or )"},
        {"tcp)", ")", "and, or, or the end"},
        {"80", "80", "host or port in front"},
        {"host 10.0.0.1 or 80", "80", "host or port in front"},
        {"tcp[tcpflags]", "", "&, =, == or !="},
        {"tcp[tcpflags] & syn != 0", "syn", "tcp-fin, tcp-syn"},
        {"tcp[tcpflags] & tcp-syn > 0", ">", "&, =, == or !="},
        {"tcp[tcpflags] & (tcp-syn != 0", "!=", "| or )"},
        {"tcp[tcpflags] = 256", "256", "tcp-fin, tcp-syn"},
    };
    struct dump_filter f;
    struct filter_error error;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char words[64];
        memcpy(words, rows[i].words, sizeof(words));
        if (parses(words, &f, &error)) fail_msg("'%s' is taken", rows[i].words);
        assert_string_equal(error.word, rows[i].word);
        assert_memory_equal(error.expected, rows[i].expected, strlen(rows[i].expected));
    }
}

/* However long it is, it ends, and within its memory. */
static void endless_filters_are_refused(void **state)
{
    (void)state;
    static char words[8192];
    struct dump_filter f;
    struct filter_error error;
    memset(words, '(', 3000);
    words[3000] = '\0';
    assert_false(parses(words, &f, &error));
    for (unsigned i = 0; i < 1000; i++)
        memcpy(words + 4 * i, "not ", 5);
    assert_false(parses(words, &f, &error));
    words[0] = '\0';
    for (unsigned i = 0; i < 200; i++)
        strcat(words, i > 0 ? " or tcp" : "tcp");
    assert_false(parses(words, &f, &error));
    assert_string_equal(error.expected, "a shorter filter");
    memset(words, 't', sizeof(words) - 1);
    assert_false(parses(words, &f, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_pass_or_do_not),
        cmocka_unit_test(words_that_are_wrong_are_named),
        cmocka_unit_test(endless_filters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
