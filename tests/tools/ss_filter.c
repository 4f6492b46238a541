/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter of ss: what passes which words, and which word is wrong. */
#include "ss_filter.h"

#include "libtools.h"

#include <stdio.h>
#include <string.h>

#define BIT(state) (1u << BONNET_##state)

/* From 10.7.0.2:80 to 192.168.1.9:40000. */
static const struct bonnet_row row = {
    .kind = BONNET_ROW_CONNECTION,
    .state = BONNET_ESTABLISHED,
    .local = {.addr = {{[10] = 0xff, 0xff, 10, 7, 0, 2}}, .port = 80},
    .remote = {.addr = {{[10] = 0xff, 0xff, 192, 168, 1, 9}}, .port = 40000},
};

/* Whole, as one argument. */
static bool parse(const char *text, struct ss_filter *f, uint32_t *states,
                  struct filter_error *error)
{
    char copy[4096];
    char *words[] = {copy};
    snprintf(copy, sizeof(copy), "%s", text);
    return ss_filter_parse(1, words, f, states, error);
}

struct row {
    const char *text;
    bool passes;
};

static void judge(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ss_filter f;
        struct filter_error error;
        uint32_t states;
        if (!parse(rows[i].text, &f, &states, &error)) fail_msg("refused: %s", rows[i].text);
        if (ss_filter_passes(&f, &row) != rows[i].passes) fail_msg("wrong: %s", rows[i].text);
        assert_int_equal(states, 0);
    }
}

static const struct row conditions[] = {
    {"", true},
    {"sport = :80", true},
    {"sport = :81", false},
    {"sport = 80", true},
    {"sport 80", true},
    {"sport=:80", true},
    {"sport == :http", true},
    {"sport eq :http", true},
    {"sport = :https", false},
    {"sport != :80", false},
    {"sport ne :81", true},
    {"sport neq :81", true},
    {"dport > :39999", true},
    {"dport gt :40000", false},
    {"dport>=:40000", true},
    {"dport geq :40001", false},
    {"dport ge :40000", true},
    {"dport < :40000", false},
    {"dport lt :40001", true},
    {"dport <= :40000", true},
    {"dport le :39999", false},
    {"dport leq :40000", true},
    {"src 10.7.0.2", true},
    {"src = 10.7.0.2", true},
    {"src != 10.7.0.2", false},
    {"src 10.7.0.3", false},
    {"src 10.7.0.2:80", true},
    {"src 10.7.0.2:http", true},
    {"src 10.7.0.2:81", false},
    {"src inet:10.7.0.2", true},
    {"src :80", true},
    {"src *:80", true},
    {"src *", true},
    {"src 10.7.0.2:*", true},
    {"src 10.7.0.0/24", true},
    {"src 10.7.0.0/31", false},
    {"src 10.7.0.3/31", true},
    {"src 10/8", true},
    {"src 10.6/15", true},
    {"src 11/8", false},
    {"src 0.0.0.0/0", true},
    {"src 10.7.0.0/24:80", true},
    {"src 10.7.0.0/24:81", false},
    {"dst 192.168.1.9:40000", true},
    {"dst ::1", false},
    {"dst [::1]:40000", false},
    {"dst [::ffff:192.168.1.9]:40000", true},
    {"dst [fe80::]/10:40000", false},
};

static void conditions_hold_or_do_not(void **state)
{
    (void)state;
    judge(conditions, COUNT(conditions));
}

static const struct row expressions[] = {
    {"not sport = :80", false},
    {"! sport = :81", true},
    {"!sport=:81", true},
    {"not not sport = :80", true},
    {"sport = :80 and dport = :40000", true},
    {"sport = :80 dport = :40000", true},
    {"sport = :80 & dport = :40001", false},
    {"sport = :80 && dport = :40000", true},
    {"sport = :81 or dport = :40000", true},
    {"sport = :81 | dport = :40000", true},
    {"sport = :81||dport = :40001", false},
    {"sport = :80 or sport = :81 and dport = :1", false},
    {"sport = :80 or ( sport = :81 and dport = :1 )", true},
    {"sport = :81 and dport = :1 or src 10.7.0.2", true},
    {"( sport = :80 or sport = :81 ) and dport = :1", false},
    {"(sport=:80 or sport=:81)and not(dport=:1)", true},
    {"not ( sport = :80 and dport = :1 )", true},
    {"not sport = :80 and dport = :1 or src 10.7.0.2", true},
    {"sport = :81 or dport = :1 or dst 192.168.0.0/16", true},
};

static void expressions_are_read_from_left_to_right(void **state)
{
    (void)state;
    judge(expressions, COUNT(expressions));
}

static void states_have_the_names_and_groups_of_ss(void **state)
{
    const uint32_t all = (1u << BONNET_STATES_END) - 2;
    const uint32_t bucket = BIT(SYN_RECEIVED) | BIT(TIME_WAIT);
    const struct {
        const char *text;
        uint32_t states;
    } rows[] = {
        {"state established", BIT(ESTABLISHED)},
        {"state ESTABLISHED", BIT(ESTABLISHED)},
        {"state syn-sent", BIT(SYN_SENT)},
        {"state syn-recv", BIT(SYN_RECEIVED)},
        {"state fin-wait-1", BIT(FIN_WAIT_1)},
        {"state fin-wait-2", BIT(FIN_WAIT_2)},
        {"state time-wait", BIT(TIME_WAIT)},
        {"state closed", BIT(CLOSED)},
        {"state close", BIT(CLOSED)},
        {"state unconnected", BIT(CLOSED)},
        {"state close-wait", BIT(CLOSE_WAIT)},
        {"state last-ack", BIT(LAST_ACK)},
        {"state listening", BIT(LISTEN)},
        {"state closing", BIT(CLOSING)},
        {"state all", all},
        {"state connected", all & ~(BIT(LISTEN) | BIT(CLOSED))},
        {"state synchronized", all & ~(BIT(LISTEN) | BIT(CLOSED) | BIT(SYN_SENT))},
        {"state bucket", bucket},
        {"state big", all & ~bucket},
        {"exclude listening", all & ~BIT(LISTEN)},
        {"excl bucket", all & ~bucket},
        {"exclude established exclude close-wait", all & ~(BIT(ESTABLISHED) | BIT(CLOSE_WAIT))},
        {"state fin-wait-1 state fin-wait-2", BIT(FIN_WAIT_1) | BIT(FIN_WAIT_2)},
        {"state connected exclude established",
         all & ~(BIT(LISTEN) | BIT(CLOSED) | BIT(ESTABLISHED))},
        {"state established sport = :80", BIT(ESTABLISHED)},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ss_filter f;
        struct filter_error error;
        uint32_t states;
        if (!parse(rows[i].text, &f, &states, &error)) fail_msg("refused: %s", rows[i].text);
        if (states != rows[i].states) fail_msg("wrong: %s", rows[i].text);
    }
}

static void the_wrong_word_is_named(void **state)
{
    static const struct {
        const char *text, *word, *expected;
    } rows[] = {
        {"state bogus", "bogus", "a state: established"},
        {"state", "", "a state: established"},
        {"state established exclude established", "", "a state that is left"},
        {"foo", "foo", "src, dst, sport, dport, not or ("},
        {"sport", "", "a port"},
        {"sport = ", "", "a port"},
        {"sport = :nosuch", ":nosuch", "a port"},
        {"sport = :65536", ":65536", "a port"},
        {"sport = 10.0.0.1:80", "10.0.0.1:80", "a port"},
        {"sport =< :80", "<", "a port"},
        {"src 300.1.1.1", "300.1.1.1", "ADDRESS"},
        {"src 10.0.0.0/33", "10.0.0.0/33", "ADDRESS"},
        {"src 10.0.0.0/", "10.0.0.0/", "ADDRESS"},
        {"src 10.0.0.1.2/8", "10.0.0.1.2/8", "ADDRESS"},
        {"src [::1", "[::1", "ADDRESS"},
        {"src < 10.0.0.1", "<", "ADDRESS"},
        {"src", "", "ADDRESS"},
        {"sport = :80 and", "", "src, dst"},
        {"sport = :80 or or", "or", "src, dst"},
        {"sport = :80 state established", "state", "src, dst"},
        {"( sport = :80", "", "and, or or )"},
        {"sport = :80 )", ")", "and, or, or the end"},
        {"not", "", "src, dst"},
        {"()", ")", "src, dst"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ss_filter f;
        struct filter_error error;
        uint32_t states;
        if (parse(rows[i].text, &f, &states, &error)) fail_msg("taken: %s", rows[i].text);
        if (strcmp(error.word, rows[i].word) != 0)
            fail_msg("%s: '%s', not '%s'", rows[i].text, error.word, rows[i].word);
        if (strncmp(error.expected, rows[i].expected, strlen(rows[i].expected)) != 0)
            fail_msg("%s: %s", rows[i].text, error.expected);
    }
}

static void words_may_come_one_by_one(void **state)
{
    char *words[] = {"state", "connected", "(",   "sport", "=",       ":80",
                     ")",     "and",       "not", "dst",   "10.0.0.1"};
    struct ss_filter f;
    struct filter_error error;
    uint32_t states;
    (void)state;
    assert_true(ss_filter_parse((int)COUNT(words), words, &f, &states, &error));
    assert_true(states & BIT(ESTABLISHED));
    assert_true(ss_filter_passes(&f, &row));
}

static void what_is_endless_is_refused(void **state)
{
    char deep[2000];
    char wide[8000];
    struct ss_filter f;
    struct filter_error error;
    uint32_t states;
    char *words[] = {wide};
    (void)state;
    memset(deep, '(', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    assert_false(parse(deep, &f, &states, &error));
    assert_string_equal(error.expected, "a shorter filter");
    memset(deep, '!', sizeof(deep) - 1);
    assert_false(parse(deep, &f, &states, &error));
    for (size_t i = 0; i + 14 < sizeof(deep); i += 13)
        memcpy(deep + i, "sport = :80  ", 14);
    assert_false(parse(deep, &f, &states, &error));
    assert_string_equal(error.expected, "a shorter filter");
    memset(wide, 'x', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    assert_false(ss_filter_parse(1, words, &f, &states, &error));
    assert_string_equal(error.expected, "a shorter filter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_hold_or_do_not),
        cmocka_unit_test(expressions_are_read_from_left_to_right),
        cmocka_unit_test(states_have_the_names_and_groups_of_ss),
        cmocka_unit_test(the_wrong_word_is_named),
        cmocka_unit_test(words_may_come_one_by_one),
        cmocka_unit_test(what_is_endless_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
