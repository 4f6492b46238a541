/* SPDX-License-Identifier: BSD-2-Clause */
/* Which socket `bonnet explain` means, and how it is introduced. */
#include "libexplain.h"

#include <stdio.h>
#include <string.h>

static void the_heading_says_who_and_whose(void **state)
{
    static const struct {
        struct bonnet_row row;
        const char *heading;
    } rows[] = {
        {{CONNECTION(ESTABLISHED)},
         "tcp 10.7.0.2:80 <-> 10.7.0.1:40000 is ESTABLISHED (bonnet0, sk:1a of server, pid 42)\n"},
        {{.kind = BONNET_ROW_LISTENER, .state = BONNET_LISTEN, .socket = 3, SERVER},
         "tcp 0.0.0.0:80 is LISTEN (bonnet0, sk:3 of server, pid 42)\n"},
        {{NOBODYS(LAST_ACK), .orphan = true},
         "tcp 10.7.0.2:80 <-> 10.7.0.1:40000 is LAST-ACK (bonnet0, closed by its program)\n"},
        {{NOBODYS(ESTABLISHED)},
         "tcp 10.7.0.2:80 <-> 10.7.0.1:40000 is ESTABLISHED (bonnet0, not accepted by a "
         "program)\n"},
        {{.kind = BONNET_ROW_DATAGRAM, .socket = 3, SERVER},
         "udp 0.0.0.0:80 (bonnet0, sk:3 of server, pid 42)\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_memory_equal(explain_printed(&rows[i].row), rows[i].heading,
                            strlen(rows[i].heading));
}

static const struct bonnet_row connection = {CONNECTION(ESTABLISHED)};
static const struct bonnet_row listener = {.kind = BONNET_ROW_LISTENER, .socket = 3, SERVER};

static void sockets_are_found_by_what_ss_prints(void **state)
{
    static const struct {
        const char *first, *second; /* words */
        bool listener, connection, by_peer;
    } rows[] = {
        {"26", NULL, false, true, false},
        {"sk:1a", NULL, false, true, false},
        {"sk:3", NULL, true, false, false},
        {":80", NULL, true, true, false},
        {":http", NULL, true, true, false},
        {":40000", NULL, false, false, true},
        {"10.7.0.2:80", NULL, true, true, false},
        {"10.7.0.1:40000", NULL, false, false, true},
        {"0.0.0.0:80", NULL, true, false, false},
        {"10.7.0.2:80", "10.7.0.1:40000", false, true, false},
        {"10.7.0.1:40000", "10.7.0.2:80", false, true, false},
        {"10.7.0.2:80-10.7.0.1:40000", NULL, false, true, false},
        {"10.7.0.2:80<->10.7.0.1:40000", NULL, false, true, false},
        {"10.7.0.2:80", "10.7.0.1:40001", false, false, false},
        {"10.7.0.0/24:80", NULL, true, true, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char first[64] = "", second[64] = "";
        char *words[] = {first, second};
        struct explain_target t;
        snprintf(first, sizeof(first), "%s", rows[i].first);
        if (rows[i].second) snprintf(second, sizeof(second), "%s", rows[i].second);
        if (!explain_target_parse(rows[i].second ? 2 : 1, words, &t)) fail_msg("%s", first);
        if (explain_target_is(&t, &listener, false) != rows[i].listener ||
            explain_target_is(&t, &connection, false) != rows[i].connection)
            fail_msg("%s %s", first, second);
        if (rows[i].by_peer) assert_true(explain_target_is(&t, &connection, true));
    }
}

static void what_is_no_socket_is_refused(void **state)
{
    static const char *const words[] = {"",         "foo",         "sk:",          "sk:xyz",
                                        "10.7.0.2", ":",           ":65536",       "-",
                                        "80:80:80", ":80-:81-:82", "sk:123456789a"};
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        char copy[64];
        char *word = copy;
        struct explain_target t;
        snprintf(copy, sizeof(copy), "%s", words[i]);
        if (explain_target_parse(1, &word, &t)) fail_msg("taken: %s", copy);
    }
}

static void times_are_told_as_people_do(void **state)
{
    (void)state;
    assert_string_equal(explain_time(0), "0 ms");
    assert_string_equal(explain_time(1), "1 ms");
    assert_string_equal(explain_ms(999), "999 ms");
    assert_string_equal(explain_ms(1590), "1.5 s");
    assert_string_equal(explain_ms(10000), "10 s");
    assert_string_equal(explain_ms(119999), "119 s");
    assert_string_equal(explain_ms(120000), "2 min");
    assert_string_equal(explain_ms(7200000), "2 h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heading_says_who_and_whose),
        cmocka_unit_test(sockets_are_found_by_what_ss_prints),
        cmocka_unit_test(what_is_no_socket_is_refused),
        cmocka_unit_test(times_are_told_as_people_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
