/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text out of order, twice, overlapping: the stream is exact, the first copy of a byte stays, and
 * what arrived is told (RFC 9293 3.10.7.4, RFC 2018, RFC 2883).
 */
#include <string.h>

#include "libtcp.h"

#define UNIT  10u
#define UNITS 6u

/* Text of so many bytes, all of this value. */
static const uint8_t *all_of(uint8_t value)
{
    static uint8_t text[1000];
    memset(text, value, sizeof(text));
    return text;
}

/* What the program reads next: the copy that came first of each unit. */
static void read_units(struct t *t, const uint8_t *copies)
{
    uint8_t text[UNITS * UNIT];
    assert_int_equal(tcp_recv(&t->c, &t->e, text, sizeof(text), false), sizeof(text));
    for (uint32_t i = 0; i < sizeof(text); i++)
        assert_int_equal(text[i], copies[i / UNIT]);
}

/* Segments [from, to) in units, the n-th filled with n + 1; afterwards one over everything. */
static void overlap(const uint8_t edges[][2], uint8_t n)
{
    struct t t;
    uint8_t copies[UNITS] = {0};
    established(&t);
    for (uint8_t k = 0; k <= n; k++) {
        uint32_t from = k < n ? edges[k][0] : 0, to = k < n ? edges[k][1] : UNITS;
        rx(&t, ACK, .seq = 1 + from * UNIT, .ack = 1, .len = (to - from) * UNIT,
           .text = all_of((uint8_t)(k + 1)));
        for (uint32_t i = from; i < to; i++)
            if (!copies[i]) copies[i] = (uint8_t)(k + 1);
    }
    assert_int_equal(t.c.rcv.nxt.v - t.irs, 1 + UNITS * UNIT);
    assert_int_equal(t.c.ooo.n, 0);
    tx(&t, ACK, .seq = 1, .ack = 1 + UNITS * UNIT);
    read_units(&t, copies);
    quiet(&t);
    t_end(&t);
}

/* TQ-INSIDE TQ-SAMESEQ @req KTP-5 9293-SHLD-31: any two segments, every pair of edges. */
static void first_copy_wins_in_every_overlap(void **state)
{
    (void)state;
    uint8_t e[2][2];
    for (uint32_t code = 0; code < 7 * 7 * 7 * 7; code++) {
        e[0][0] = (uint8_t)(code % 7), e[0][1] = (uint8_t)(code / 7 % 7);
        e[1][0] = (uint8_t)(code / 49 % 7), e[1][1] = (uint8_t)(code / 343);
        if (e[0][0] < e[0][1] && e[1][0] < e[1][1]) overlap((const uint8_t(*)[2])e, 2);
    }
}

static uint32_t draw_below_n(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

/* TQ-INSIDE: three to five segments at random. */
static void first_copy_wins_in_random_overlaps(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (uint32_t run = 0; run < 3000; run++) {
        uint8_t e[5][2], n = (uint8_t)(3 + draw_below_n(&seed, 3));
        for (uint8_t k = 0; k < n; k++) {
            e[k][0] = (uint8_t)draw_below_n(&seed, UNITS);
            e[k][1] = (uint8_t)(e[k][0] + 1 + draw_below_n(&seed, UNITS - e[k][0]));
        }
        overlap((const uint8_t(*)[2])e, n);
    }
}

/* Number order of the permutations of 0 .. n - 1, into p. */
static void permutation(uint32_t order, uint32_t n, uint32_t *p)
{
    for (uint32_t i = 0; i < n; i++)
        p[i] = i;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i + order % (n - i), x = p[k];
        order /= n - i;
        memmove(p + i + 1, p + i, (k - i) * sizeof(*p));
        p[i] = x;
    }
}

/* TQ-REORD TF-OOO: five segments and a FIN, in all 720 orders. */
static void every_order_gives_the_stream(void **state)
{
    (void)state;
    for (uint32_t order = 0; order < 720; order++) {
        struct t t;
        uint32_t p[6];
        permutation(order, 6, p);
        established(&t);
        for (uint32_t i = 0; i < 6; i++) {
            bool fin = p[i] == 5;
            rx(&t, ACK | (fin ? FIN : 0), .seq = 1 + p[i] * 100, .ack = 1, .len = fin ? 0 : 100);
            state_is(&t, i == 5 ? BONNET_CLOSE_WAIT : t.c.state);
        }
        tx(&t, ACK, .seq = 1, .ack = 502);
        user_read(&t, 500);
        user_reads_eof(&t);
        quiet(&t);
        t_end(&t);
    }
}

/* TQ-REORD: the FIN on the last segment, as most send it. */
static void every_order_of_five_with_the_fin_on_the_last(void **state)
{
    (void)state;
    for (uint32_t order = 0; order < 120; order++) {
        struct t t;
        uint32_t p[5];
        permutation(order, 5, p);
        established(&t);
        for (uint32_t i = 0; i < 5; i++)
            rx(&t, ACK | (p[i] == 4 ? FIN : 0), .seq = 1 + p[i] * 100, .ack = 1, .len = 100);
        tx(&t, ACK, .seq = 1, .ack = 502);
        state_is(&t, BONNET_CLOSE_WAIT);
        user_read(&t, 500);
        user_reads_eof(&t);
        t_end(&t);
    }
}

/* TF-TWICE: a FIN that comes with text seen before counts all the same; a second one is the same
 * end. Its acknowledgment waits for ours, where it comes alone and after text. */
static void fin_with_old_text_is_taken(void **state)
{
    static const struct {
        uint32_t seq, len;
    } rows[] = {{1, 100}, {51, 50}, {101, 0}, {91, 10}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct t t;
        established(&t);
        rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
        tx(&t, ACK, .seq = 1, .ack = 101);
        rx(&t, FIN | ACK, .seq = rows[i].seq, .ack = 1, .len = rows[i].len);
        state_is(&t, BONNET_CLOSE_WAIT);
        if (rows[i].len == 0) wait_ms(&t, 40);
        tx(&t, ACK, .seq = 1, .ack = 102);
        assert_int_equal(t.last.sack_n, 0);
        rx(&t, FIN | ACK, .seq = rows[i].seq, .ack = 1, .len = rows[i].len);
        tx(&t, ACK, .seq = 1, .ack = 102);
        user_read(&t, 100);
        user_reads_eof(&t);
        quiet(&t);
        t_end(&t);
    }
}

/* TF-OOO: the same beyond a gap. */
static void fin_with_held_text_waits_for_the_gap(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {101, 201}, .sack_n = 1);
    rx(&t, FIN | ACK, .seq = 101, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {101, 201, 101, 201}, .sack_n = 2);
    state_is(&t, BONNET_ESTABLISHED);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    state_is(&t, BONNET_CLOSE_WAIT);
    tx(&t, ACK, .seq = 1, .ack = 202);
    t_end(&t);
}

/* TF-SEQ TF-AFTER: a FIN before text that is here waits; text after a FIN that is here is none. */
static void fin_and_text_that_contradict_each_other(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    rx(&t, FIN | ACK, .seq = 150, .ack = 1);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    state_is(&t, BONNET_ESTABLISHED);
    user_read(&t, 200);
    rx(&t, FIN | ACK, .seq = 301, .ack = 1);
    rx(&t, ACK, .seq = 301, .ack = 1, .len = 50);
    reason_is(&t, BONNET_R_TEXT_AFTER_FIN);
    rx(&t, FIN | ACK, .seq = 201, .ack = 1, .len = 150); /* too long: cut where the FIN is */
    state_is(&t, BONNET_CLOSE_WAIT);
    tx(&t, ACK, .seq = 1, .ack = 302);
    user_read(&t, 100);
    user_reads_eof(&t);
    rx(&t, ACK, .seq = 302, .ack = 1, .len = 10);
    reason_is(&t, BONNET_R_TEXT_AFTER_FIN);
    user_reads_eof(&t);
    t_end(&t);
}

/* A FIN in order ends the stream, whatever was held beyond it. */
static void fin_in_order_forgets_what_lies_beyond(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    rx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 50);
    state_is(&t, BONNET_CLOSE_WAIT);
    tx(&t, ACK, .seq = 1, .ack = 52);
    assert_int_equal(t.last.sack_n, 0);
    user_read(&t, 50);
    user_reads_eof(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_copy_wins_in_every_overlap),
        cmocka_unit_test(first_copy_wins_in_random_overlaps),
        cmocka_unit_test(every_order_gives_the_stream),
        cmocka_unit_test(every_order_of_five_with_the_fin_on_the_last),
        cmocka_unit_test(fin_with_old_text_is_taken),
        cmocka_unit_test(fin_with_held_text_waits_for_the_gap),
        cmocka_unit_test(fin_and_text_that_contradict_each_other),
        cmocka_unit_test(fin_in_order_forgets_what_lies_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
