/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP: which messages are taken, what errors mean, and when one may be sent.
 */
#include "ip/libip.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

static struct host h;
static struct icmp_in out;

/* An ICMP message from the neighbour. */
struct message {
    uint8_t type, code;
    uint32_t rest;
    const void *body;
    uint32_t len;
    uint32_t dst; /* 0: us */
    bool group;
    bool spoiled; /* the checksum is wrong */
};

static enum bonnet_reason take_message(const struct message *m)
{
    static uint8_t text[2000];
    const struct icmp_message head = {m->type, m->code, m->rest, m->body, m->len};
    icmp_emit(&head, text);
    if (m->len > 0) memcpy(text + ICMP_HEADER, m->body, m->len);
    text[2] ^= m->spoiled;
    enum bonnet_reason r = arrive(&h, .dst = a4(m->dst ? m->dst : 0x0a070002), .protocol = IP_ICMP,
                                  .text = text, .len = ICMP_HEADER + m->len, .group = m->group);
    assert_int_equal(r, BONNET_R_NONE);
    memset(&out, 0x5a, sizeof(out));
    return icmp_input(&h.ip, &h.w.env, &h.in, &out);
}

#define take(...) take_message(&(struct message){__VA_ARGS__})

/* A segment that we sent, as a router quotes it. */
struct quote {
    uint32_t src, dst;
    uint8_t protocol;
    uint16_t at;
    uint32_t len; /* bytes of it that are quoted; 0: 28 */
};

static uint8_t quoted[100];

static uint32_t write_quote(const struct quote *q)
{
    const uint8_t segment[20] = {0xc0, 0x01, 0x00, 0x50, 0x12, 0x34, 0x56, 0x78};
    const struct packet p = {
        .src = a4(q->src ? q->src : 0x0a070002),
        .dst = a4(q->dst ? q->dst : 0x08080808),
        .protocol = q->protocol ? q->protocol : IP_TCP,
        .at = q->at,
        .text = segment,
        .len = sizeof(segment),
    };
    write_packet(&p, quoted);
    return q->len ? q->len : 28;
}

static enum bonnet_reason take_error(uint8_t type, uint8_t code, const struct quote *q)
{
    uint32_t len = write_quote(q);
    return take(.type = type, .code = code, .rest = 1400, .body = quoted, .len = len);
}

/* BI-ZERO: also with no data. @req ICMP-10 */
static void echo_is_taken_bi_zero(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint32_t len = 0; len < 100; len += 33) {
        assert_int_equal(
            take(.type = ICMP_ECHO, .rest = 0x00010002, .body = pattern(0), .len = len),
            BONNET_R_NONE);
        assert_int_equal(out.what, ICMP_IN_ECHO);
        assert_int_equal(out.m.rest, 0x00010002);
        assert_int_equal(out.m.body_len, len);
        assert_memory_equal(out.m.body, pattern(0), len);
    }
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInMsgs], 4);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInEchos], 4);
    host_end(&h);
}

/* B4-OPT-REFLECT: what is handed up holds nothing of the request's options. */
static void b4_opt_reflect(void **state)
{
    (void)state;
    static const uint8_t options[8] = {68, 8, 5, 3, 1, 2, 3, 4};
    uint8_t text[ICMP_HEADER];
    host_begin(&h);
    icmp_emit(&(struct icmp_message){.type = ICMP_ECHO, .rest = 7}, text);
    assert_int_equal(arrive(&h, .protocol = IP_ICMP, .options = options, .options_len = 8,
                            .text = text, .len = ICMP_HEADER),
                     BONNET_R_NONE);
    assert_int_equal(icmp_input(&h.ip, &h.w.env, &h.in, &out), BONNET_R_NONE);
    assert_int_equal(out.m.body_len, 0);
    assert_int_equal(out.m.rest, 7);
    assert_int_equal(addr_ip4(&h.in.h.src), 0x0a070001);
    host_end(&h);
}

/* BI-LEN: messages of every length below a header; BI-LEN's longer lengths end in ip_input. */
static void bi_len(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint32_t len = 0; len < ICMP_HEADER; len++) {
        assert_int_equal(arrive(&h, .protocol = IP_ICMP, .text = pattern(0), .len = len),
                         BONNET_R_NONE);
        assert_int_equal(icmp_input(&h.ip, &h.w.env, &h.in, &out), BONNET_R_ICMP_SHORT);
    }
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInErrors], 8);
    assert_int_equal(take(.type = ICMP_ECHO, .spoiled = true), BONNET_R_ICMP_CHECKSUM);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInCsumErrors], 1);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInErrors], 9);
    host_end(&h);
}

/* BI-SMURF. @req ICMP-11 */
static void bi_smurf(void **state)
{
    (void)state;
    static const uint32_t all[] = {0xffffffff, 0x0a0700ff, 0xe0000001};
    host_begin(&h);
    for (size_t i = 0; i < LENGTH(all); i++)
        assert_int_equal(take(.type = ICMP_ECHO, .dst = all[i], .group = true),
                         BONNET_R_ICMP_BROADCAST);
    host_end(&h);
}

/* BI-REDIR, and all that is not acted upon. @req ICMP-1 ICMP-8 ICMP-12 */
static void bi_redir_and_other_types(void **state)
{
    (void)state;
    host_begin(&h);
    uint32_t len = write_quote(&(struct quote){0});
    for (unsigned type = 0; type < 256; type++) {
        enum bonnet_reason want = BONNET_R_ICMP_TYPE;
        if (type == ICMP_SOURCE_QUENCH) want = BONNET_R_ICMP_SOURCE_QUENCH;
        if (type == ICMP_REDIRECT) want = BONNET_R_ICMP_REDIRECT;
        if (type == ICMP_ECHO || type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED ||
            type == ICMP_PARAMETER_PROBLEM)
            want = BONNET_R_NONE;
        assert_int_equal(
            take(.type = (uint8_t)type, .rest = 0x0a070063, .body = quoted, .len = len), want);
    }
    assert_int_equal(h.ip.routes_n, 1);
    host_end(&h);
}

/* Linux' icmp_err_convert. @req ICMP-6 @req ICMP-9 @req UDP-3 */
static void errors_have_linux_names(void **state)
{
    (void)state;
    static const struct {
        uint8_t type, code;
        int error;
        bool hard;
    } rows[] = {
        {3, 0, ENETUNREACH, false},   {3, 1, EHOSTUNREACH, false},  {3, 2, ENOPROTOOPT, true},
        {3, 3, ECONNREFUSED, true},   {3, 4, EMSGSIZE, false},      {3, 5, EOPNOTSUPP, false},
        {3, 6, ENETUNREACH, true},    {3, 7, EHOSTDOWN, true},      {3, 8, ENONET, true},
        {3, 9, ENETUNREACH, true},    {3, 10, EHOSTUNREACH, true},  {3, 11, ENETUNREACH, false},
        {3, 12, EHOSTUNREACH, false}, {3, 13, EHOSTUNREACH, true},  {3, 14, EHOSTUNREACH, true},
        {3, 15, EHOSTUNREACH, true},  {11, 0, EHOSTUNREACH, false}, {11, 1, EHOSTUNREACH, false},
        {12, 0, EPROTO, true},        {12, 1, EPROTO, true},
    };
    host_begin(&h);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(take_error(rows[i].type, rows[i].code, &(struct quote){0}), BONNET_R_NONE);
        assert_int_equal(out.what, ICMP_IN_ERROR);
        assert_int_equal(out.error.error, rows[i].error);
        assert_int_equal(out.error.hard, rows[i].hard);
        assert_int_equal(out.error.type, rows[i].type);
        assert_int_equal(out.error.code, rows[i].code);
        assert_int_equal(out.error.mtu, rows[i].error == EMSGSIZE ? 1400 : 0);
    }
    for (uint8_t code = 16; code != 0; code++)
        assert_int_equal(take_error(ICMP_UNREACHABLE, code, &(struct quote){0}),
                         BONNET_R_ICMP_TYPE);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInDestUnreachs], 256);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInTimeExcds], 2);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInParmProbs], 2);
    host_end(&h);
}

/* BI-ERRSEQ: what the transport needs to know its own. @req ICMP-4 */
static void bi_errseq_says_what_it_is_about(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(take_error(3, 1, &(struct quote){0}), BONNET_R_NONE);
    assert_int_equal(addr_ip4(&out.error.local), 0x0a070002);
    assert_int_equal(addr_ip4(&out.error.remote), 0x08080808);
    assert_int_equal(addr_ip4(&out.error.from), 0x0a070001);
    assert_int_equal(out.error.protocol, IP_TCP);
    assert_int_equal(out.error.lport, 0xc001);
    assert_int_equal(out.error.rport, 80);
    assert_int_equal(out.error.seq, 0x12345678);
    assert_int_equal(out.error.sent_len, 40);
    assert_int_equal(take_error(3, 3, &(struct quote){.protocol = IP_UDP}), BONNET_R_NONE);
    assert_int_equal(out.error.protocol, IP_UDP);
    assert_int_equal(out.error.lport, 0xc001);
    host_end(&h);
}

/* BI-ERRTRUNC: quotes of every length, with every header length; and none that is not ours. */
static void bi_errtrunc(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint32_t len = 1; len < 28; len++)
        assert_int_equal(take_error(3, 3, &(struct quote){.len = len}), BONNET_R_ICMP_EMBEDDED);
    assert_int_equal(take(.type = 3, .code = 3), BONNET_R_ICMP_EMBEDDED);
    for (unsigned first = 0; first < 256; first++) {
        write_quote(&(struct quote){0});
        quoted[0] = (uint8_t)first;
        bool good = first == 0x45;
        assert_int_equal(take(.type = 3, .code = 3, .body = quoted, .len = 28),
                         good ? BONNET_R_NONE : BONNET_R_ICMP_EMBEDDED);
    }
    assert_int_equal(h.w.env.mib[BONNET_MIB_IcmpInErrors], 27 + 1 + 255);
    host_end(&h);
}

/* RFC 5927 4: errors about packets that we cannot have sent. */
static void errors_about_others_are_dropped(void **state)
{
    (void)state;
    const struct bonnet_addr second = a4(0x0a070003);
    host_begin(&h);
    assert_int_equal(ip_addr_add(&h.ip, &h.w.env, 1, &second, 24), 0);
    assert_int_equal(take_error(3, 3, &(struct quote){.src = 0x0a070009}), BONNET_R_ICMP_EMBEDDED);
    assert_int_equal(take_error(3, 3, &(struct quote){.src = 0x0a070003}), BONNET_R_ICMP_EMBEDDED);
    assert_int_equal(take_error(3, 3, &(struct quote){.at = 8}), BONNET_R_ICMP_EMBEDDED);
    uint32_t len = write_quote(&(struct quote){0});
    assert_int_equal(take(.type = 3, .code = 3, .body = quoted, .len = len, .dst = 0x0a0700ff),
                     BONNET_R_ICMP_EMBEDDED);
    host_end(&h);
}

/* BI-STORM: no error about these. @req ICMP-2 @req UDP-1 */
static void bi_storm(void **state)
{
    (void)state;
    static const uint32_t nobody[] = {0, 0x7f000001, 0xe0000001, 0xffffffff};
    host_begin(&h);
    for (unsigned type = 0; type < 256; type++) {
        const uint8_t text[8] = {(uint8_t)type};
        arrive(&h, .protocol = IP_ICMP, .text = text, .len = 8);
        bool query = type == 0 || type == 8 || (type >= 13 && type <= 18);
        assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in),
                         query ? BONNET_R_NONE : BONNET_R_ICMP_FORBIDDEN);
    }
    arrive(&h, .protocol = IP_ICMP);
    assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_ICMP_FORBIDDEN);
    arrive(&h, .dst = a4(0x0a0700ff), .text = pattern(0), .len = 8);
    assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_ICMP_FORBIDDEN);
    arrive(&h, .text = pattern(0), .len = 8);
    assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_NONE);
    h.in.h.fragment_at = 8;
    assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_ICMP_FORBIDDEN);
    h.in.h.fragment_at = 0;
    for (size_t i = 0; i < LENGTH(nobody); i++) {
        h.in.h.src = a4(nobody[i]);
        assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_ICMP_FORBIDDEN);
    }
    host_end(&h);
}

/* Errors that may be sent at this instant. */
static uint32_t tokens(void)
{
    uint32_t n = 0;
    enum bonnet_reason r;
    while ((r = icmp_may_send_error(&h.ip, &h.w.env, &h.in)) == BONNET_R_NONE)
        n++;
    assert_int_equal(r, BONNET_R_ICMP_RATE);
    return n;
}

/* @req BI-RATE SC-ICMP: 1000 a second, a quarter up or down, another number each time. */
static void bi_rate(void **state)
{
    (void)state;
    uint32_t least = UINT32_MAX, most = 0;
    host_begin(&h);
    arrive(&h, .text = pattern(0), .len = 8);
    for (int i = 0; i < 200; i++) {
        uint32_t n = tokens();
        if (n < least) least = n;
        if (n > most) most = n;
        pass(&h, BONNET_S - 1);
        assert_int_equal(tokens(), 0);
        pass(&h, 1);
    }
    assert_in_range(least, 750, 800);
    assert_in_range(most, 1200, 1250);
    host_end(&h);
}

static void limits_of_the_rate(void **state)
{
    (void)state;
    host_begin(&h);
    arrive(&h, .text = pattern(0), .len = 8);
    for (uint32_t limit = 0; limit < 4; limit++) {
        h.w.env.limits.icmp_errors_per_s = limit;
        assert_int_equal(tokens(), limit);
        pass(&h, BONNET_S);
    }
    h.w.env.limits.icmp_errors_per_s = UINT32_MAX;
    assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_NONE);
    assert_true(h.ip.icmp_tokens >= UINT32_MAX / 4 * 3 - 1);
    host_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echo_is_taken_bi_zero),
        cmocka_unit_test(b4_opt_reflect),
        cmocka_unit_test(bi_len),
        cmocka_unit_test(bi_smurf),
        cmocka_unit_test(bi_redir_and_other_types),
        cmocka_unit_test(errors_have_linux_names),
        cmocka_unit_test(bi_errseq_says_what_it_is_about),
        cmocka_unit_test(bi_errtrunc),
        cmocka_unit_test(errors_about_others_are_dropped),
        cmocka_unit_test(bi_storm),
        cmocka_unit_test(bi_rate),
        cmocka_unit_test(limits_of_the_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
