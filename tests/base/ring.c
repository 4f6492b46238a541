/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring against a stream whose every byte follows from its position, and a flag per byte
 * written.
 *
 * Which pages must be there follows from the flags: none if all that was written is gone, otherwise
 * those with a written byte, the head's page and later.
 */
#include "base/ring.h"

#include <errno.h>
#include <string.h>

#include "libbase.h"

#define STREAM (1u << 20)   /* positions of one run */
#define AHEAD  (40u * 4096) /* the furthest that is written beyond the head */

struct bench {
    struct world w;
    struct ring ring;
    uint32_t head, tail;  /* positions in the stream */
    bool written[STREAM]; /* since the run began */
    uint64_t seed;
};

static uint8_t stream[STREAM];

static struct bench *begin(uint64_t seed)
{
    static struct bench b;
    memset(&b, 0, sizeof(b));
    world_begin(&b.w);
    ring_init(&b.ring);
    b.seed = seed;
    uint64_t text = 1;
    for (uint32_t i = 0; i < STREAM; i++)
        stream[i] = (uint8_t)(draw(&text) >> 56);
    return &b;
}

static void end(struct bench *b)
{
    ring_clear(&b->ring, &b->w.env);
    assert_int_equal(ring_memory(&b->ring), 0);
    world_end(&b->w);
}

/* The end of what was written, a position. */
static uint32_t reach_of(const struct bench *b)
{
    uint32_t reach = b->head + AHEAD < STREAM ? b->head + AHEAD : STREAM;
    while (reach > b->tail && !b->written[reach - 1])
        reach--;
    return reach;
}

static bool any_written(const struct bench *b, uint32_t from, uint32_t to)
{
    return from < to && memchr(b->written + from, true, to - from) != NULL;
}

/* Pages that must be there. */
static uint32_t pages_of(const struct bench *b)
{
    uint32_t pages = 0, reach = reach_of(b);
    if (reach == b->head) return 0;
    for (uint32_t from = b->head - b->ring.skip; from < reach; from += RING_PAGE)
        pages += any_written(b, from, from + RING_PAGE < reach ? from + RING_PAGE : reach);
    return pages;
}

static void check_slices(const struct bench *b, uint32_t at, uint32_t n)
{
    struct bonnet_slice s[AHEAD / RING_PAGE + 2];
    int used = ring_slices(&b->ring, at, n, s, (int)(sizeof(s) / sizeof(s[0])));
    uint32_t total = 0;
    for (int i = 0; i < used; total += s[i++].len)
        assert_memory_equal(s[i].data, stream + b->head + at + total, s[i].len);
    assert_int_equal(total, n);
    if (used > 1) assert_int_equal(ring_slices(&b->ring, at, n, s, used - 1), 0);
}

static void check(const struct bench *b)
{
    static uint8_t copy[AHEAD];
    const struct ring *r = &b->ring;
    assert_int_equal(r->len, b->tail - b->head);
    assert_int_equal(r->reach, reach_of(b) - b->head);
    assert_int_equal(r->pages, pages_of(b));
    assert_int_equal(r->pages, b->w.env.pages.used_n);
    assert_true(r->pages > 0 || ring_memory(r) == 0);
    ring_copy(r, 0, copy, r->len);
    assert_memory_equal(copy, stream + b->head, r->len);
    check_slices(b, 0, r->len);
    world_check(&b->w);
}

static void append(struct bench *b, uint32_t n)
{
    uint32_t taken = ring_append(&b->ring, &b->w.env, stream + b->tail, n);
    assert_true(taken == n || (taken < n && (b->w.refuse_all || b->w.refuse_at)));
    memset(b->written + b->tail, true, taken);
    b->tail += taken;
}

static int write_at(struct bench *b, uint32_t at, uint32_t n)
{
    const uint8_t *text = stream + b->head + at;
    int error = ring_write_at(&b->ring, &b->w.env, at, text, n);
    if (!error) memset(b->written + b->head + at, true, n);
    return error;
}

/* Moves the tail over what has come without a gap. */
static void extend(struct bench *b)
{
    uint32_t n = 0;
    while (b->tail + n < STREAM && b->written[b->tail + n])
        n++;
    ring_extend(&b->ring, n);
    b->tail += n;
}

/* Writes in place, n bytes in as many pieces as there are pages. */
static void reserve(struct bench *b, uint32_t n)
{
    uint32_t done = 0;
    while (done < n) {
        uint8_t *p = NULL;
        uint32_t room = ring_reserve(&b->ring, &b->w.env, b->ring.len + done, &p);
        if (room == 0) break;
        assert_true(room <= RING_PAGE);
        if (room > n - done) room = n - done;
        memcpy(p, stream + b->tail + done, room);
        done += room;
    }
    ring_extend(&b->ring, done);
    memset(b->written + b->tail, true, done);
    b->tail += done;
}

static void drop(struct bench *b, uint32_t n)
{
    ring_drop(&b->ring, &b->w.env, n);
    b->head += n;
}

/* A length: mostly a segment's, sometimes nothing, sometimes many pages; what fits before limit. */
static uint32_t draw_length(struct bench *b, uint32_t limit)
{
    static const uint32_t most[] = {2, 64, 1500, 1500, 4097, 20000};
    uint32_t n = draw_below(&b->seed, most[draw_below(&b->seed, 6)]);
    return n < limit ? n : limit;
}

static void step(struct bench *b)
{
    const uint32_t space = AHEAD - (b->tail - b->head);
    const uint32_t at = b->ring.len + draw_length(b, space);
    switch (draw_below(&b->seed, 6)) {
    case 0: append(b, draw_length(b, space)); break;
    case 1: reserve(b, draw_length(b, space)); break;
    case 2:
    case 3: write_at(b, at, draw_length(b, AHEAD - at)); break;
    case 4: drop(b, draw_length(b, b->ring.len)); break;
    default:
        if (draw_below(&b->seed, 3) == 0) drop(b, b->ring.len);
        extend(b);
    }
}

static void equals_the_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct bench *b = begin(seed);
        while (b->head + AHEAD + 20000 < STREAM) {
            step(b);
            check(b);
        }
        end(b);
    }
}

static void equals_the_model_when_memory_comes_and_goes(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 12; seed++) {
        struct bench *b = begin(seed);
        b->w.env.pages.stock_max = 1;
        while (b->head + AHEAD + 20000 < STREAM) {
            b->w.refuse_at = b->w.asked + 1 + draw_below(&b->seed, 6);
            step(b);
            check(b);
        }
        end(b);
    }
}

static void empty_ring_holds_nothing(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    check(b);
    append(b, 1);
    assert_int_equal(ring_memory(&b->ring), RING_PAGE);
    drop(b, 1);
    check(b);
    append(b, 100000);
    drop(b, 100000);
    check(b);
    assert_int_equal(ring_memory(&b->ring), 0);
    end(b);
}

static void one_page_needs_no_directory(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    const uint64_t asked = b->w.asked;
    for (int i = 0; i < 100; i++) {
        append(b, 3000);
        drop(b, 3000);
    }
    append(b, RING_PAGE);
    check(b);
    assert_int_equal(b->w.asked, asked + 1);
    end(b);
}

static void text_far_beyond_the_tail_takes_only_its_pages(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    assert_int_equal(write_at(b, 100000, 10), 0);
    check(b);
    assert_int_equal(b->ring.pages, 1);
    append(b, 50000);
    check(b);
    drop(b, 50000);
    check(b);
    assert_int_equal(b->ring.pages, 2);
    append(b, 50000);
    extend(b);
    assert_int_equal(b->ring.len, 50010);
    check(b);
    end(b);
}

static void text_beyond_the_tail_outlives_an_empty_queue(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    append(b, 100);
    assert_int_equal(write_at(b, 200, 50), 0);
    drop(b, 100);
    check(b);
    append(b, 100);
    extend(b);
    assert_int_equal(b->ring.len, 150);
    check(b);
    end(b);
}

static void directory_grows_while_it_is_wrapped(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    append(b, 16 * RING_PAGE);
    drop(b, 10 * RING_PAGE + 5);
    append(b, 10 * RING_PAGE);
    assert_int_equal(b->ring.dir_n, 16);
    assert_int_equal(b->ring.first, 10);
    check(b);
    append(b, 8 * RING_PAGE);
    assert_int_equal(b->ring.dir_n, 32);
    check(b);
    assert_int_equal(write_at(b, 39 * RING_PAGE, 10), 0);
    assert_int_equal(b->ring.dir_n, 64);
    check(b);
    end(b);
}

static void refused_write_changes_nothing(void **state)
{
    (void)state;
    /* Six pages and a larger directory are wanted: each of the seven is refused once. */
    for (uint64_t k = 1; k <= 7; k++) {
        struct bench *b = begin(1);
        append(b, 5000);
        b->w.refuse_at = b->w.asked + k;
        const uint64_t bytes = b->w.bytes, pages = b->ring.pages;
        assert_int_equal(write_at(b, 20 * RING_PAGE, 5 * RING_PAGE + 1), -ENOMEM);
        assert_int_equal(b->ring.pages, pages);
        check(b);
        pool_trim(&b->w.env.pages, &b->w.env);
        assert_in_range(b->w.bytes, bytes, bytes + 32 * sizeof(void *));
        assert_int_equal(write_at(b, 20 * RING_PAGE, 5 * RING_PAGE + 1), 0);
        check(b);
        end(b);
    }
}

static void refused_write_into_an_empty_ring_leaves_it_empty(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= 3; k++) {
        struct bench *b = begin(1);
        b->w.refuse_at = k;
        assert_int_equal(write_at(b, 20 * RING_PAGE + 4000, 200), -ENOMEM);
        check(b);
        assert_int_equal(ring_memory(&b->ring), 0);
        end(b);
    }
}

static void refused_reservation_in_an_empty_ring_leaves_it_empty(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= 2; k++) {
        struct bench *b = begin(1);
        uint8_t *p;
        b->w.refuse_at = k;
        assert_int_equal(ring_reserve(&b->ring, &b->w.env, 5 * RING_PAGE, &p), 0);
        check(b);
        end(b);
    }
}

static void append_takes_what_finds_room(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    b->w.refuse_at = b->w.asked + 4; /* page, directory, page: the third page is refused */
    append(b, 20000);
    assert_int_equal(b->ring.len, 2 * RING_PAGE);
    check(b);
    b->w.refuse_all = true;
    append(b, 1);
    assert_int_equal(b->ring.len, 2 * RING_PAGE);
    uint8_t *p;
    assert_int_equal(ring_reserve(&b->ring, &b->w.env, b->ring.len, &p), 0);
    check(b);
    end(b);
}

static void reservation_in_vain_ends_with_the_text(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    uint8_t *p;
    append(b, 10);
    assert_int_equal(ring_reserve(&b->ring, &b->w.env, 10, &p), RING_PAGE - 10);
    assert_int_equal(ring_reserve(&b->ring, &b->w.env, RING_PAGE, &p), RING_PAGE);
    assert_int_equal(b->ring.pages, 2);
    drop(b, 10);
    check(b);
    assert_int_equal(ring_memory(&b->ring), 0);
    end(b);
}

static void overwriting_leaves_the_tail(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    append(b, 6000);
    assert_int_equal(write_at(b, 4000, 1000), 0);
    assert_int_equal(b->ring.len, 6000);
    assert_int_equal(write_at(b, 0, 0), 0);
    assert_int_equal(write_at(b, 5500, 1000), 0);
    assert_int_equal(b->ring.len, 6000);
    extend(b);
    assert_int_equal(b->ring.len, 6500);
    check(b);
    end(b);
}

static void more_than_there_is_is_asserted(void **state)
{
    (void)state;
    struct bench *b = begin(1);
    struct bonnet_slice s[4];
    uint8_t *p;
    append(b, 10);
    expect_assert_failure(ring_drop(&b->ring, &b->w.env, 11));
    expect_assert_failure(ring_copy(&b->ring, 5, s, 6));
    expect_assert_failure(ring_copy(&b->ring, 11, s, 0));
    expect_assert_failure(ring_slices(&b->ring, 5, 6, s, 4));
    expect_assert_failure(ring_reserve(&b->ring, &b->w.env, 9, &p));
    expect_assert_failure(ring_extend(&b->ring, RING_PAGE));
    check(b);
    end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_model),
        cmocka_unit_test(equals_the_model_when_memory_comes_and_goes),
        cmocka_unit_test(empty_ring_holds_nothing),
        cmocka_unit_test(one_page_needs_no_directory),
        cmocka_unit_test(text_far_beyond_the_tail_takes_only_its_pages),
        cmocka_unit_test(text_beyond_the_tail_outlives_an_empty_queue),
        cmocka_unit_test(directory_grows_while_it_is_wrapped),
        cmocka_unit_test(refused_write_changes_nothing),
        cmocka_unit_test(refused_write_into_an_empty_ring_leaves_it_empty),
        cmocka_unit_test(refused_reservation_in_an_empty_ring_leaves_it_empty),
        cmocka_unit_test(append_takes_what_finds_room),
        cmocka_unit_test(reservation_in_vain_ends_with_the_text),
        cmocka_unit_test(overwriting_leaves_the_tail),
        cmocka_unit_test(more_than_there_is_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
