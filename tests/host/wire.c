/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The drivers made of links: the wire in the process, and the link around a device.
 */
#include "libdriver.h"

#include <errno.h>
#include <lane.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void wire_of(const char *words, uint32_t offload, struct bonnet_driver *end[2])
{
    struct bonnet_wire_config config = {.size = sizeof config, .offload = offload};
    assert_int_equal(bonnet_link_parse(words, &config.link, NULL), 0);
    assert_int_equal(bonnet_wire_pair(&config, end), 0);
}

static int gives(struct bonnet_driver *d, const void *data, uint32_t len)
{
    struct bonnet_tx tx = tx_of(data, len);
    return d->ops->input(d, &tx);
}

static bool takes(struct bonnet_driver *d, struct bonnet_rx *rx)
{
    *rx = (struct bonnet_rx){0};
    return d->ops->output(d, rx) == 1;
}

static void frames_cross_both_ways(void **state)
{
    (void)state;
    struct bonnet_driver *end[2];
    struct bonnet_rx rx;
    wire_of("", 0, end);
    assert_int_equal(end[0]->mtu, 1500);
    assert_memory_not_equal(end[0]->mac, end[1]->mac, 6);
    const char *halves[] = {"one ", "frame"};
    struct bonnet_tx tx = {.len = 9, .slices_n = 2};
    tx.slices[0] = (struct bonnet_slice){halves[0], 4};
    tx.slices[1] = (struct bonnet_slice){halves[1], 5};
    assert_int_equal(end[0]->ops->input(end[0], &tx), 0);
    assert_int_equal(gives(end[1], "answer", 6), 0);
    assert_true(takes(end[1], &rx));
    assert_int_equal(rx.len, 9);
    assert_memory_equal(rx.data, "one frame", 9);
    assert_false(rx.checksum_good);
    assert_false(takes(end[1], &rx));
    assert_true(takes(end[0], &rx));
    assert_memory_equal(rx.data, "answer", 6);
    bonnet_driver_free(end[0]);
    bonnet_driver_free(end[1]);
}

static void wire_delays_by_its_clock(void **state)
{
    (void)state;
    struct bonnet_driver *end[2];
    struct bonnet_rx rx;
    wire_of("delay 10ms", 0, end);
    end[0]->ops->tick(end[0], 5 * BONNET_MS);
    assert_int_equal(gives(end[0], "x", 1), 0);
    assert_false(takes(end[1], &rx));
    assert_true(end[1]->ops->deadline(end[1]) == 15 * BONNET_MS);
    assert_true(end[0]->ops->deadline(end[0]) == BONNET_NEVER);
    end[1]->ops->tick(end[1], 15 * BONNET_MS);
    assert_true(takes(end[1], &rx));
    bonnet_driver_free(end[1]);
    bonnet_driver_free(end[0]);
}

static void perfect_wire_pushes_back_and_loses_nothing(void **state)
{
    (void)state;
    struct bonnet_driver *end[2];
    struct bonnet_rx rx;
    wire_of("", 0, end);
    unsigned sent = 0;
    while (gives(end[0], &sent, sizeof sent) == 0)
        sent++;
    assert_int_equal(sent, LANE_RING);
    assert_int_equal(gives(end[0], "x", 1), -EAGAIN);
    assert_true(end[0]->ops->deadline(end[0]) == BONNET_NEVER);
    assert_true(takes(end[1], &rx));
    assert_true(end[0]->ops->deadline(end[0]) == 0);
    assert_int_equal(gives(end[0], &sent, sizeof sent), 0);
    for (unsigned i = 1; i <= sent; i++) {
        assert_true(takes(end[1], &rx));
        assert_memory_equal(rx.data, &i, sizeof i);
    }
    assert_false(takes(end[1], &rx));
    bonnet_driver_free(end[0]);
    bonnet_driver_free(end[1]);
}

static void limit_that_is_asked_for_drops(void **state)
{
    (void)state;
    struct bonnet_driver *end[2];
    struct bonnet_link_stats stats;
    wire_of("limit 3", 0, end);
    for (int i = 0; i < 5; i++)
        assert_int_equal(gives(end[0], "x", 1), 0);
    assert_int_equal(bonnet_link_stats(end[0], 0, &stats), 0);
    assert_int_equal(stats.overflowed, 2);
    assert_int_equal(bonnet_link_stats(end[1], 1, &stats), 0);
    assert_int_equal(stats.frames, 5);
    assert_int_equal(bonnet_link_stats(end[1], 0, &stats), 0);
    assert_int_equal(stats.frames, 0);
    bonnet_driver_free(end[0]);
    bonnet_driver_free(end[1]);
}

static void wire_without_far_end_forgets(void **state)
{
    (void)state;
    struct bonnet_driver *end[2];
    struct bonnet_rx rx;
    wire_of("", 0, end);
    assert_int_equal(gives(end[0], "last", 4), 0);
    bonnet_driver_free(end[0]);
    for (int i = 0; i < 2 * LANE_RING; i++)
        assert_int_equal(gives(end[1], "x", 1), 0);
    assert_true(takes(end[1], &rx));
    assert_memory_equal(rx.data, "last", 4);
    bonnet_driver_free(end[1]);
}

static struct bonnet_tx half_done(const uint8_t *frame, uint32_t len)
{
    struct bonnet_tx tx = tx_of(frame, len);
    tx.needs_checksum = true;
    tx.csum_start = 34;
    tx.csum_offset = 16;
    return tx;
}

static void checksum_is_completed_where_nobody_vouches(void **state)
{
    (void)state;
    const struct {
        uint32_t offload;
        const char *words;
        bool vouched;
    } rows[] = {
        {0, "", false},
        {BONNET_OFFLOAD_TX_CHECKSUM, "", true},
        {BONNET_OFFLOAD_TX_CHECKSUM, "corrupt 0.0000001%", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bonnet_driver *end[2];
        struct bonnet_rx rx;
        uint8_t frame[200];
        wire_of(rows[i].words, rows[i].offload, end);
        struct bonnet_tx tx = half_done(frame, tcp_frame(frame, 101, 0x10));
        assert_int_equal(end[0]->ops->input(end[0], &tx), 0);
        assert_true(takes(end[1], &rx));
        assert_int_equal(rx.checksum_good, rows[i].vouched);
        assert_int_equal(checksums_are_good(rx.data, rx.len), !rows[i].vouched);
        bonnet_driver_free(end[0]);
        bonnet_driver_free(end[1]);
    }
}

static void super_frames_cross_whole(void **state)
{
    (void)state;
    static uint8_t frame[66000];
    struct bonnet_driver *end[2];
    struct bonnet_rx rx;
    wire_of("", BONNET_OFFLOAD_TX_GSO, end);
    struct bonnet_tx tx = half_done(frame, tcp_frame(frame, 60000, 0x10));
    tx.gso = BONNET_GSO_TCP4;
    tx.gso_size = 1460;
    tx.header_len = 54;
    assert_int_equal(end[0]->ops->input(end[0], &tx), 0);
    assert_true(takes(end[1], &rx));
    assert_int_equal(rx.len, 60054);
    assert_int_equal(rx.gso_size, 1460);
    assert_true(rx.checksum_good);
    assert_memory_equal(rx.data, frame, rx.len);
    bonnet_driver_free(end[0]);
    bonnet_driver_free(end[1]);
}

static void bad_configurations_are_refused(void **state)
{
    (void)state;
    struct bonnet_driver *end[2];
    struct bonnet_wire_config good = {.size = sizeof good};
    bonnet_link_config_init(&good.link);
    for (int i = 0; i < 9; i++) {
        struct bonnet_wire_config c = good;
        if (i == 0) c.size = 0;
        if (i == 1) c.link.size = 0;
        if (i == 2) c.mtu = 67;
        if (i == 3) c.offload = 4;
        if (i == 4) c.link.loss = 1.5;
        if (i == 5) c.link.corrupt = -0.1;
        if (i == 6) c.link.loss_burst = 0.5;
        if (i == 7) c.link.delay = BONNET_NEVER;
        if (i == 8) c.link.duplicate = __builtin_nan("");
        assert_int_equal(bonnet_wire_pair(&c, end), -EINVAL);
    }
}

static struct bonnet_driver *wrapped(const char *words, struct device *device)
{
    struct bonnet_link_config config;
    struct bonnet_driver *d;
    assert_int_equal(bonnet_link_parse(words, &config, NULL), 0);
    assert_int_equal(bonnet_link_wrap(&config, &device->d, &d), 0);
    return d;
}

static void link_around_a_device_delays_both_ways(void **state)
{
    (void)state;
    struct device *device = device_new(BONNET_IF_ETHERNET);
    struct bonnet_driver *d = wrapped("delay 10ms", device);
    struct bonnet_rx rx;
    bool freed = false;
    device->is_freed = &freed;
    assert_int_equal(d->offload, 0);
    assert_string_equal(d->name, "device0");
    assert_int_equal(d->ops->fd(d), 42);
    device_gives(device, "inward", 6);
    assert_int_equal(gives(d, "outward", 7), 0);
    assert_false(takes(d, &rx));
    assert_true(d->ops->deadline(d) == 10 * BONNET_MS);
    d->ops->tick(d, 10 * BONNET_MS - 1);
    assert_int_equal(device->taken_n, 0);
    assert_false(takes(d, &rx));
    d->ops->tick(d, 10 * BONNET_MS);
    assert_int_equal(device->now, 10 * BONNET_MS);
    assert_int_equal(device->taken_n, 1);
    assert_memory_equal(device->taken[0].data, "outward", 7);
    assert_true(takes(d, &rx));
    assert_memory_equal(rx.data, "inward", 6);
    assert_true(d->ops->deadline(d) == BONNET_NEVER);
    bonnet_driver_free(d);
    assert_true(freed);
}

static void frame_that_a_device_refuses_waits(void **state)
{
    (void)state;
    struct device *device = device_new(BONNET_IF_ETHERNET);
    struct bonnet_driver *d = wrapped("delay 10ms", device);
    device->answer = -EAGAIN;
    assert_int_equal(gives(d, "first", 5), 0);
    assert_int_equal(gives(d, "second", 6), 0);
    d->ops->tick(d, 10 * BONNET_MS);
    assert_int_equal(device->taken_n, 0);
    bonnet_time again = d->ops->deadline(d);
    assert_true(again > 10 * BONNET_MS && again < 11 * BONNET_MS);
    device->answer = 0;
    d->ops->tick(d, again);
    assert_int_equal(device->taken_n, 2);
    assert_memory_equal(device->taken[0].data, "first", 5);
    bonnet_driver_free(d);
}

static void failure_of_a_device_is_told(void **state)
{
    (void)state;
    struct device *device = device_new(BONNET_IF_ETHERNET);
    struct bonnet_driver *d = wrapped("delay 10ms", device);
    device->answer = -EIO;
    assert_int_equal(gives(d, "x", 1), 0);
    d->ops->tick(d, 10 * BONNET_MS);
    assert_int_equal(gives(d, "y", 1), -EIO);
    bonnet_driver_free(d);
}

static void vouched_frame_gets_its_checksum(void **state)
{
    (void)state;
    uint8_t frame[200];
    struct device *device = device_new(BONNET_IF_ETHERNET);
    struct bonnet_driver *d = wrapped("", device);
    struct bonnet_rx rx;
    device_gives(device, frame, tcp_frame(frame, 101, 0x10))->checksum_good = true;
    assert_true(takes(d, &rx));
    assert_false(rx.checksum_good);
    assert_true(checksums_are_good(rx.data, rx.len));
    bonnet_driver_free(d);
}

/* 3000 bytes in pieces of 1460, 1460 and 80, over the wrap of both sequence numbers and IDs. */
static void coalesced_frame_is_cut(void **state)
{
    (void)state;
    static uint8_t frame[4000];
    struct device *device = device_new(BONNET_IF_ETHERNET);
    struct bonnet_driver *d = wrapped("", device);
    struct device_frame *f = device_gives(device, frame, tcp_frame(frame, 3000, 0x80 | 0x19));
    f->checksum_good = true;
    f->gso_size = 1460;
    const struct {
        uint32_t len, seq;
        uint16_t id;
        uint8_t flags;
    } pieces[] = {
        {1460, 0xffffff00, 0xfffe, 0x90},
        {1460, 0x000004b4, 0xffff, 0x10},
        {80, 0x00000a68, 0x0000, 0x19},
    };
    for (uint32_t i = 0, at = 0; i < 3; at += pieces[i++].len) {
        struct bonnet_rx rx;
        assert_true(takes(d, &rx));
        const uint8_t *p = rx.data;
        assert_int_equal(rx.len, 54 + pieces[i].len);
        assert_int_equal(rx.gso_size, 0);
        assert_true(checksums_are_good(p, rx.len));
        assert_int_equal(p[18] << 8 | p[19], pieces[i].id);
        assert_true(((uint32_t)p[38] << 24 | (uint32_t)p[39] << 16 | (uint32_t)p[40] << 8 |
                     p[41]) == pieces[i].seq);
        assert_int_equal(p[47], pieces[i].flags);
        assert_memory_equal(p + 54, frame + 54 + at, pieces[i].len);
    }
    struct bonnet_rx none;
    assert_false(takes(d, &none));
    bonnet_driver_free(d);
}

static void statistics_are_for_links_only(void **state)
{
    (void)state;
    struct device *device = device_new(BONNET_IF_IP);
    struct bonnet_link_stats stats;
    assert_int_equal(bonnet_link_stats(&device->d, 0, &stats), -EINVAL);
    struct bonnet_driver *d = wrapped("loss 100%", device);
    assert_int_equal(gives(d, "x", 1), 0);
    assert_int_equal(bonnet_link_stats(d, 0, &stats), 0);
    assert_int_equal(stats.lost, 1);
    assert_int_equal(bonnet_link_stats(d, 1, &stats), 0);
    assert_int_equal(stats.frames, 0);
    assert_int_equal(bonnet_link_stats(d, 2, &stats), -EINVAL);
    assert_int_equal(bonnet_link_stats(NULL, 0, &stats), -EINVAL);
    bonnet_driver_free(d);
}

static void failed_wrap_frees_the_device(void **state)
{
    (void)state;
    struct device *device = device_new(BONNET_IF_IP);
    struct bonnet_link_config config = {.size = 1};
    struct bonnet_driver *d;
    bool freed = false;
    device->is_freed = &freed;
    assert_int_equal(bonnet_link_wrap(&config, &device->d, &d), -EINVAL);
    assert_true(freed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_cross_both_ways),
        cmocka_unit_test(wire_delays_by_its_clock),
        cmocka_unit_test(perfect_wire_pushes_back_and_loses_nothing),
        cmocka_unit_test(limit_that_is_asked_for_drops),
        cmocka_unit_test(wire_without_far_end_forgets),
        cmocka_unit_test(checksum_is_completed_where_nobody_vouches),
        cmocka_unit_test(super_frames_cross_whole),
        cmocka_unit_test(bad_configurations_are_refused),
        cmocka_unit_test(link_around_a_device_delays_both_ways),
        cmocka_unit_test(frame_that_a_device_refuses_waits),
        cmocka_unit_test(failure_of_a_device_is_told),
        cmocka_unit_test(vouched_frame_gets_its_checksum),
        cmocka_unit_test(coalesced_frame_is_cut),
        cmocka_unit_test(statistics_are_for_links_only),
        cmocka_unit_test(failed_wrap_frees_the_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
