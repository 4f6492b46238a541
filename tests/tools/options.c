/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that say where a stack lives: prefixes, the kernel's end, numbers, links. */
#include "cmd.h"
#include "net.h"

#include "libtools.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void numbers_are_whole_decimal_and_in_range(void **state)
{
    uint64_t n = 0;
    (void)state;
    assert_true(cmd_number("0", 0, 10, &n));
    assert_true(cmd_number("65535", 1, 65535, &n));
    assert_int_equal(n, 65535);
    assert_true(cmd_number("18446744073709551615", 0, UINT64_MAX, &n));
    assert_true(n == UINT64_MAX);
    assert_false(cmd_number("18446744073709551616", 0, UINT64_MAX, &n));
    assert_false(cmd_number("65536", 1, 65535, &n));
    assert_false(cmd_number("0", 1, 65535, &n));
    assert_false(cmd_number("9", 0, 5, &n));
    assert_false(cmd_number("", 0, 9, &n));
    assert_false(cmd_number("-1", 0, 9, &n));
    assert_false(cmd_number("1 ", 0, 9, &n));
    assert_false(cmd_number("0x1", 0, 9, &n));
}

static void a_prefix_needs_a_host_in_it(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"10.7.0.2/24", true},
        {"10.7.0.2/32", true},
        {"10.7.0.0/31", true},
        {"10.7.0.1/31", true},
        {"10.7.0.255/16", true},
        {"10.7.0.0/24", false},
        {"10.7.0.255/24", false},
        {"10.7.0.2", false},
        {"10.7.0.2/", false},
        {"10.7.0.2/0", false},
        {"10.7.0.2/33", false},
        {"10.7.0/24", false},
        {"10.7.0.256/24", false},
        {"127.0.0.1/8", false},
        {"224.0.0.1/24", false},
        {"0.0.0.1/24", false},
        {"", false},
        {"a.b.c.d/24", false},
        {"10.7.0.2/24x", false},
        {"1000.1000.1000.1000/24", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bonnet_addr addr;
        unsigned bits;
        print_message("%s\n", rows[i].text);
        assert_int_equal(net_prefix_parse(rows[i].text, &addr, &bits), rows[i].good);
    }
}

static void the_kernel_gets_the_first_other_host(void **state)
{
    static const struct {
        const char *ours, *kernels;
    } rows[] = {
        {"10.7.0.2/24", "10.7.0.1"}, {"10.7.0.1/24", "10.7.0.2"}, {"10.7.0.1/30", "10.7.0.2"},
        {"10.7.0.2/30", "10.7.0.1"}, {"10.7.0.4/31", "10.7.0.5"}, {"10.7.0.5/31", "10.7.0.4"},
        {"10.7.0.5/32", NULL},       {"10.1.2.3/8", "10.0.0.1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bonnet_addr addr;
        struct bonnet_addr other;
        unsigned bits;
        char text[BONNET_ADDR_TEXT];
        assert_true(net_prefix_parse(rows[i].ours, &addr, &bits));
        assert_int_equal(net_other_host(addr, bits, &other), rows[i].kernels != NULL);
        if (rows[i].kernels) assert_string_equal(bonnet_addr_print(other, text), rows[i].kernels);
    }
}

/* Options as pairs of number and value, ended by 0. */
struct given {
    int option;
    const char *value;
};

static int take_all(const struct given *given)
{
    struct net_options o;
    net_options_init(&o);
    for (; given->option; given++)
        if (net_options_take(&o, given->option, given->value, "test")) return CMD_USAGE;
    return net_options_check(&o, "test");
}

/* Runs take_all() and tells how many lines it complained with. */
static int take_and_count_lines(const struct given *given, int *lines)
{
    char text[1024];
    int ends[2];
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    int status = take_all(given);
    dup2(saved, STDERR_FILENO);
    close(ends[1]);
    close(saved);
    ssize_t n = read(ends[0], text, sizeof(text));
    close(ends[0]);
    *lines = 0;
    for (ssize_t i = 0; i < n; i++)
        *lines += text[i] == '\n';
    return status;
}

#define TAP                   \
    {                         \
        NET_OPTION_TAP, "bn0" \
    }
#define ADDR                           \
    {                                  \
        NET_OPTION_ADDR, "10.7.0.2/24" \
    }

static void what_does_not_fit_is_told_in_one_line(void **state)
{
    static const struct given rows[][4] = {
        {ADDR},
        {TAP},
        {TAP, ADDR, {NET_OPTION_TUN, "bn1"}},
        {{NET_OPTION_TAP, ""}, ADDR},
        {{NET_OPTION_TAP, "sixteen-letters-"}, ADDR},
        {{NET_OPTION_TAP, "a/b"}, ADDR},
        {TAP, {NET_OPTION_ADDR, "10.7.0.2"}},
        {TAP, {NET_OPTION_ADDR, "10.7.0.2/32"}},
        {TAP, ADDR, {NET_OPTION_GATEWAY, "10.8.0.1"}},
        {TAP, ADDR, {NET_OPTION_GATEWAY, "x"}},
        {TAP, ADDR, {NET_OPTION_KERNEL_ADDR, "10.7.0.2"}},
        {TAP, ADDR, {NET_OPTION_KERNEL_ADDR, "10.9.0.2"}},
        {TAP, ADDR, {NET_OPTION_MTU, "500"}},
        {TAP, ADDR, {NET_OPTION_MTU, "70000"}},
        {TAP, ADDR, {NET_OPTION_LINK, "delay"}},
        {TAP, ADDR, {NET_OPTION_LINK, "loss 120%"}},
        {TAP, ADDR, {NET_OPTION_LINK, "speed 5"}},
        {TAP, ADDR, {NET_OPTION_NAME, "a/b"}},
        {TAP, ADDR, {NET_OPTION_NAME, ""}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int lines = 0;
        print_message("row %zu\n", i);
        assert_int_equal(take_and_count_lines(rows[i], &lines), CMD_USAGE);
        assert_int_equal(lines, 1);
    }
}

static void what_fits_is_taken_in_silence(void **state)
{
    static const struct given rows[][5] = {
        {TAP, ADDR},
        {{NET_OPTION_TUN, "bn0"}, ADDR},
        {TAP, {NET_OPTION_ADDR, "10.7.0.2/32"}, {NET_OPTION_KERNEL_ADDR, "none"}},
        {TAP, ADDR, {NET_OPTION_GATEWAY, "10.7.0.1"}, {NET_OPTION_KERNEL_ADDR, "10.7.0.9"}},
        {TAP,
         ADDR,
         {NET_OPTION_LINK, "delay 20ms 5ms loss 1% burst 4 seed 7"},
         {NET_OPTION_MTU, "1400"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int lines = 0;
        assert_int_equal(take_and_count_lines(rows[i], &lines), 0);
        assert_int_equal(lines, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_whole_decimal_and_in_range),
        cmocka_unit_test(a_prefix_needs_a_host_in_it),
        cmocka_unit_test(the_kernel_gets_the_first_other_host),
        cmocka_unit_test(what_does_not_fit_is_told_in_one_line),
        cmocka_unit_test(what_fits_is_taken_in_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
