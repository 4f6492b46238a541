/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The books: memory under its cap, pools, reasons that are counted and traced; names and limits.
 */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/ring.h"
#include "libbase.h"

static void memory_is_booked(void **state)
{
    (void)state;
    static struct world w;
    world_begin(&w);
    void *a = env_alloc(&w.env, 100);
    unsigned char *b = env_alloc_zero(&w.env, 50);
    assert_int_equal(w.env.memory_bytes, 150);
    assert_int_equal(w.env.memory_blocks, 2);
    for (int i = 0; i < 50; i++)
        assert_int_equal(b[i], 0);
    env_free(&w.env, a, 100);
    env_free(&w.env, b, 50);
    env_free(&w.env, NULL, 50);
    assert_int_equal(w.env.memory_peak, 150);
    world_end(&w);
}

static void refusal_leaves_the_books_alone(void **state)
{
    (void)state;
    static struct world w;
    world_begin(&w);
    w.refuse_all = true;
    assert_null(env_alloc(&w.env, 100));
    assert_null(env_alloc_zero(&w.env, 100));
    assert_null(pool_take(&w.env.pages, &w.env));
    world_end(&w);
    assert_int_equal(w.env.memory_peak, 0);
}

static void cap_is_exact(void **state)
{
    (void)state;
    static struct world w;
    world_begin(&w);
    w.env.limits.memory_bytes = 1000;
    void *a = env_alloc_kept(&w.env, 600);
    assert_non_null(a);
    assert_null(env_alloc_kept(&w.env, 401));
    assert_null(env_alloc_kept(&w.env, SIZE_MAX));
    void *b = env_alloc_kept(&w.env, 400);
    assert_non_null(b);
    assert_null(env_alloc_kept(&w.env, 1));
    env_free(&w.env, a, 600);
    env_free(&w.env, b, 400);
    world_end(&w);
}

static void an_eighth_is_kept_for_what_was_begun(void **state)
{
    (void)state;
    static struct world w;
    world_begin(&w);
    w.env.limits.memory_bytes = 8 * RING_PAGE;
    assert_null(env_alloc(&w.env, 7 * RING_PAGE + 1));
    void *p = env_alloc(&w.env, 7 * RING_PAGE);
    assert_non_null(p);
    assert_null(env_alloc(&w.env, 1));
    void *page = pool_take(&w.env.pages, &w.env);
    assert_non_null(page);
    assert_null(pool_take(&w.env.pages, &w.env));
    pool_give(&w.env.pages, &w.env, page);
    env_free(&w.env, p, 7 * RING_PAGE);
    world_end(&w);
}

static void cached_pages_give_way_at_the_cap(void **state)
{
    (void)state;
    static struct world w;
    world_begin(&w);
    w.env.limits.memory_bytes = 8 * RING_PAGE;
    void *page = pool_take(&w.env.pages, &w.env);
    pool_give(&w.env.pages, &w.env, page);
    assert_int_equal(w.bytes, RING_PAGE);
    void *p = env_alloc(&w.env, 7 * RING_PAGE);
    assert_non_null(p);
    env_free(&w.env, p, 7 * RING_PAGE);
    world_end(&w);
}

static void pool_keeps_a_stock_and_no_more(void **state)
{
    (void)state;
    static struct world w;
    struct pool p;
    void *block[5];
    world_begin(&w);
    pool_init(&p, 64, 3);
    for (int i = 0; i < 5; i++) {
        block[i] = pool_take(&p, &w.env);
        memset(block[i], i, 64);
    }
    assert_int_equal(p.used_n, 5);
    for (int i = 0; i < 5; i++)
        pool_give(&p, &w.env, block[i]);
    pool_give(&p, &w.env, NULL);
    assert_int_equal(p.used_n, 0);
    assert_int_equal(p.stock_n, 3);
    assert_int_equal(w.blocks, 3);

    const uint64_t asked = w.asked;
    for (int i = 2; i >= 0; i--)
        assert_ptr_equal(pool_take(&p, &w.env), block[i]);
    assert_int_equal(w.asked, asked);
    for (int i = 0; i < 3; i++)
        pool_give(&p, &w.env, block[i]);
    pool_trim(&p, &w.env);
    assert_int_equal(p.stock_n, 0);
    world_end(&w);
}

static void keep_event(void *ctx, const struct bonnet_trace *event)
{
    *(struct bonnet_trace *)ctx = *event;
}

static void reason_is_counted_and_told(void **state)
{
    (void)state;
    static struct world w;
    struct bonnet_trace seen = {.reason = -1};
    world_begin(&w);
    assert_int_equal(w.env.subject.socket, -1);
    assert_int_equal(env_reason(&w.env, BONNET_R_PAWS), BONNET_R_PAWS);
    struct bonnet_tracer tracer = {.trace = keep_event, .ctx = &seen};
    w.env.tracers = &tracer;
    w.env.now = 77;
    w.env.subject.socket = 5;
    w.env.subject.remote = (struct bonnet_endpoint){bonnet_ip4(10, 0, 0, 1), 80, 0};
    assert_int_equal(env_reason(&w.env, BONNET_R_PAWS), BONNET_R_PAWS);
    assert_int_equal(w.env.reasons[BONNET_R_PAWS], 2);
    assert_int_equal(seen.kind, BONNET_TRACE_REASON);
    assert_int_equal(seen.reason, BONNET_R_PAWS);
    assert_int_equal(seen.at, 77);
    assert_int_equal(seen.socket, 5);
    assert_int_equal(seen.remote.port, 80);
    env_count(&w.env, BONNET_MIB_TcpInSegs);
    assert_int_equal(w.env.mib[BONNET_MIB_TcpInSegs], 1);
    world_end(&w);
}

static void keys_are_all_different(void **state)
{
    (void)state;
    static struct world w;
    world_begin(&w);
    const uint64_t *k = (const uint64_t *)(const void *)&w.env.keys;
    const size_t n = sizeof(w.env.keys) / sizeof(*k);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(k[i], k[j]);
    world_end(&w);
}

static void every_reason_has_a_name_a_sentence_and_a_kind(void **state)
{
    (void)state;
#define X(NAME, name, kind, text)                                    \
    assert_string_equal(bonnet_reason_name(BONNET_R_##NAME), #name); \
    assert_string_equal(bonnet_reason_text(BONNET_R_##NAME), text);  \
    assert_int_equal(bonnet_reason_kind(BONNET_R_##NAME), BONNET_KIND_##kind);
#include <bonnet/reasons.def>
#undef X
    assert_string_equal(bonnet_reason_name(BONNET_R_NONE), "none");
    assert_string_equal(bonnet_reason_name(-1), "unknown");
    assert_string_equal(bonnet_reason_name(BONNET_REASONS_END), "unknown");
    assert_string_equal(bonnet_reason_text(-1), "unknown");
    assert_string_equal(bonnet_reason_text(BONNET_REASONS_END), "unknown");
    assert_int_equal(bonnet_reason_kind(-1), BONNET_KIND_NOTE);
    assert_int_equal(bonnet_reason_kind(BONNET_REASONS_END), BONNET_KIND_NOTE);
}

static void lower(char *to, const char *from)
{
    do {
        *to++ = (char)(*from >= 'A' && *from <= 'Z' ? *from + 32 : *from);
    } while (*from++);
}

static void names_are_the_constants_in_lower_case(void **state)
{
    (void)state;
    char expected[64];
#define X(NAME, name, kind, text) \
    lower(expected, #NAME);       \
    assert_string_equal(#name, expected);
#include <bonnet/reasons.def>
#undef X
}

static void every_enum_has_names(void **state)
{
    (void)state;
    const struct {
        const char *name, *expected;
    } rows[] = {
        {bonnet_mib_name(BONNET_MIB_TcpExtTCPACKSkippedChallenge), "TcpExtTCPACKSkippedChallenge"},
        {bonnet_mib_name(0), "IpInReceives"},
        {bonnet_mib_name(-1), "unknown"},
        {bonnet_mib_name(BONNET_MIBS_END), "unknown"},
        {bonnet_state_name(BONNET_FIN_WAIT_1), "FIN-WAIT-1"},
        {bonnet_state_name(BONNET_CLOSING), "CLOSING"},
        {bonnet_state_name(BONNET_STATES_END), "unknown"},
        {bonnet_state_name((enum bonnet_tcp_state)0), "unknown"},
        {bonnet_timer_name(BONNET_TIMER_RETRANSMIT), "on"},
        {bonnet_timer_name(BONNET_TIMERS_END), "unknown"},
        {bonnet_why_text(BONNET_WHY_WINDOW), "peer's window"},
        {bonnet_why_text(BONNET_WHYS_END), "unknown"},
        {bonnet_version(), "0.1.0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(rows[i].name, rows[i].expected);
    for (int i = 1; i < BONNET_STATES_END; i++)
        assert_in_range(strlen(bonnet_state_name((enum bonnet_tcp_state)i)), 6, 12);
    for (int i = 0; i < BONNET_WHYS_END; i++)
        assert_in_range(strlen(bonnet_why_text((enum bonnet_why)i)), 6, 23);
    for (int i = 0; i < BONNET_MIBS_END; i++)
        assert_in_range(strlen(bonnet_mib_name(i)), 5, 35);
}

static struct bonnet_config valid_config(void)
{
    static struct world w;
    struct bonnet_config config;
    world_begin(&w);
    bonnet_config_init(&config);
    config.seed[31] = 1;
    config.alloc = w.env.alloc;
    return config;
}

static void defaults_are_valid_but_for_seed_and_memory(void **state)
{
    (void)state;
    struct bonnet_config config = valid_config();
    assert_int_equal(limits_check(&config), 0);
    assert_int_equal(config.limits.rcvbuf_max, 6 << 20);
    assert_int_equal(config.limits.memory_bytes, 1 << 30);
    assert_int_equal(config.limits.rsts_per_s, 1000);
    bonnet_config_init(&config);
    assert_int_equal(limits_check(&config), -EINVAL);
}

static void bad_configurations_are_refused(void **state)
{
    (void)state;
#define BAD(change)                                  \
    do {                                             \
        struct bonnet_config c = valid_config();     \
        change;                                      \
        assert_int_equal(limits_check(&c), -EINVAL); \
    } while (0)
    BAD(c.size -= 1);
    BAD(c.seed[31] = 0);
    BAD(c.alloc.alloc = NULL);
    BAD(c.alloc.free = NULL);
    BAD(c.limits.memory_bytes = 0);
    BAD(c.limits.sockets_max = 0);
    BAD(c.limits.sockets_max = (1 << 24) + 1);
    BAD(c.limits.rcvbuf_default = c.limits.rcvbuf_max + 1);
    BAD(c.limits.sndbuf_max = c.limits.sndbuf_default - 1);
    BAD(c.limits.rcvbuf_max = (1 << 30) + 1);
    BAD(c.limits.ooo_ranges_max = 65536);
    BAD(c.limits.interfaces_max = 65536);
}

static void limits_of_nothing_are_accepted_where_they_mean_something(void **state)
{
    (void)state;
    struct bonnet_config config = valid_config();
    config.limits.syn_backlog_max = 0;
    config.limits.timewait_max = 0;
    config.limits.orphans_max = 0;
    config.limits.reassembly_max = 0;
    config.limits.icmp_errors_per_s = 0;
    assert_int_equal(limits_check(&config), 0);
}

static void programmers_errors_are_asserted(void **state)
{
    (void)state;
    static struct world w;
    struct pool p;
    uint64_t block;
    world_begin(&w);
    expect_assert_failure(env_reason(&w.env, BONNET_R_NONE));
    expect_assert_failure(env_reason(&w.env, BONNET_REASONS_END));
    expect_assert_failure(env_free(&w.env, &block, sizeof(block)));
    expect_assert_failure(pool_init(&p, 1, 0));
    expect_assert_failure(rng_below(&w.env.rng, 0));
    pool_init(&p, sizeof(block), 1);
    expect_assert_failure(pool_give(&p, &w.env, &block));
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_booked),
        cmocka_unit_test(refusal_leaves_the_books_alone),
        cmocka_unit_test(cap_is_exact),
        cmocka_unit_test(an_eighth_is_kept_for_what_was_begun),
        cmocka_unit_test(cached_pages_give_way_at_the_cap),
        cmocka_unit_test(pool_keeps_a_stock_and_no_more),
        cmocka_unit_test(reason_is_counted_and_told),
        cmocka_unit_test(keys_are_all_different),
        cmocka_unit_test(every_reason_has_a_name_a_sentence_and_a_kind),
        cmocka_unit_test(names_are_the_constants_in_lower_case),
        cmocka_unit_test(every_enum_has_names),
        cmocka_unit_test(defaults_are_valid_but_for_seed_and_memory),
        cmocka_unit_test(bad_configurations_are_refused),
        cmocka_unit_test(limits_of_nothing_are_accepted_where_they_mean_something),
        cmocka_unit_test(programmers_errors_are_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
