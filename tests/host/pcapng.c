/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures, read back block by block.
 *
 * Given a capture_path, this program writes the sample capture there and ends: pcapng_tshark.sh
 * shows it to a reader that others wrote.
 */
#include "libcapture.h"
#include "libdriver.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void section_and_interfaces_come_first(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens("wren");
    struct bonnet_driver *a = tee(p, device_new(BONNET_IF_ETHERNET));
    struct bonnet_driver *b = tee(p, device_new(BONNET_IF_IP));
    bonnet_driver_free(a);
    bonnet_driver_free(b);
    assert_int_equal(bonnet_pcapng_close(p), 0);
    struct capture c = reads_back();
    struct block section = next_block(&c);
    assert_int_equal(section.type, SHB);
    assert_int_equal(capture_u32(section.body), 0x1a2b3c4d);
    assert_int_equal(capture_u16(section.body + 4), 1);
    option_is(&section, 16, 1, "wren");
    const uint16_t links[] = {1, 101};
    for (int i = 0; i < 2; i++) {
        struct block interface = next_block(&c);
        assert_int_equal(interface.type, IDB);
        assert_int_equal(capture_u16(interface.body), links[i]);
        assert_int_equal(capture_u32(interface.body + 4), 0);
        option_is(&interface, 8, 2, "device0");
        option_is(&interface, 8, 3, "device0 of wren");
        option_is(&interface, 8, 9, "\x09");
    }
    assert_int_equal(c.at, c.len);
    free(c.bytes);
}

static void frames_have_time_direction_and_reason(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens(NULL);
    struct device *device = device_new(BONNET_IF_ETHERNET);
    struct bonnet_driver *d = tee(p, device);
    struct bonnet_tx tx = tx_of("to the wire", 11);
    device_gives(device, "good", 4);
    device_gives(device, "bad one", 7);
    d->ops->tick(d, 5);
    tx.reason = BONNET_R_SEND_SYN;
    assert_int_equal(d->ops->input(d, &tx), 0);
    d->ops->tick(d, 7 * BONNET_S + 123456789);
    takes_with_verdict(d, 0);
    assert_int_equal(device->last_verdict, 0);
    takes_with_verdict(d, BONNET_R_IP_CHECKSUM);
    assert_int_equal(device->last_verdict, BONNET_R_IP_CHECKSUM);
    bonnet_driver_free(d);
    assert_int_equal(bonnet_pcapng_close(p), 0);

    struct capture c = reads_back();
    skip_head(&c);
    struct packet packet = next_packet(&c);
    assert_int_equal(packet.flags, 2);
    assert_int_equal(packet.at, 5);
    assert_int_equal(packet.len, 11);
    assert_memory_equal(packet.data, "to the wire", 11);
    comment_is(&packet, "sent", BONNET_R_SEND_SYN);
    packet = next_packet(&c);
    assert_int_equal(packet.flags, 1);
    assert_true(packet.at == 7123456789);
    assert_memory_equal(packet.data, "good", 4);
    option_is(&packet.block, packet.options, 1, NULL);
    packet = next_packet(&c);
    assert_memory_equal(packet.data, "bad one", 7);
    comment_is(&packet, "dropped", BONNET_R_IP_CHECKSUM);
    assert_int_equal(c.at, c.len);
    free(c.bytes);
}

/* The instant is the one at which the frame came, and nothing is lost without a verdict. */
static void frames_without_verdict_are_written(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens(NULL);
    struct device *device = device_new(BONNET_IF_IP);
    struct bonnet_driver *d = tee(p, device);
    struct bonnet_rx rx;
    device_gives(device, "one", 3);
    device_gives(device, "two", 3);
    device_gives(device, "three", 5);
    d->ops->tick(d, 100);
    assert_int_equal(d->ops->output(d, &rx), 1);
    d->ops->tick(d, 200);
    assert_int_equal(d->ops->output(d, &rx), 1);
    assert_int_equal(d->ops->output(d, &rx), 1);
    bonnet_driver_free(d);
    assert_int_equal(bonnet_pcapng_close(p), 0);
    struct capture c = reads_back();
    const uint64_t at[] = {100, 200, 200};
    skip_head(&c);
    for (int i = 0; i < 3; i++)
        assert_int_equal(next_packet(&c).at, at[i]);
    assert_int_equal(c.at, c.len);
    free(c.bytes);
}

static void refused_frame_is_written_when_it_is_taken(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens(NULL);
    struct device *device = device_new(BONNET_IF_ETHERNET);
    struct bonnet_driver *d = tee(p, device);
    struct bonnet_tx tx = tx_of("x", 1);
    device->answer = -EAGAIN;
    assert_int_equal(d->ops->input(d, &tx), -EAGAIN);
    device->answer = 0;
    d->ops->tick(d, 9);
    assert_int_equal(d->ops->input(d, &tx), 0);
    bonnet_driver_free(d);
    assert_int_equal(bonnet_pcapng_close(p), 0);
    struct capture c = reads_back();
    skip_head(&c);
    assert_int_equal(next_packet(&c).at, 9);
    assert_int_equal(c.at, c.len);
    free(c.bytes);
}

static struct bonnet_tx half_done(const uint8_t *frame, uint32_t len)
{
    struct bonnet_tx tx = tx_of(frame, len);
    tx.needs_checksum = true;
    tx.csum_start = 34;
    tx.csum_offset = 16;
    tx.reason = BONNET_R_SEND_DATA;
    return tx;
}

static void writes_sample(const char *to)
{
    static uint8_t frame[66000];
    struct bonnet_pcapng *p;
    assert_int_equal(bonnet_pcapng_open(to, "sample", &p), 0);
    bonnet_pcapng_name(p, bonnet_ip4(10, 0, 0, 1), "sample");
    bonnet_pcapng_name(p, bonnet_ip4(10, 0, 0, 2), "peer");
    struct device *device = device_new(BONNET_IF_ETHERNET);
    struct bonnet_driver *d = tee(p, device);
    for (uint32_t i = 0; i < 20; i++) {
        d->ops->tick(d, i * BONNET_MS);
        struct bonnet_tx tx = half_done(frame, tcp_frame(frame, i * 73, 0x18));
        assert_int_equal(d->ops->input(d, &tx), 0);
        device_gives(device, device->taken[i].data, device->taken[i].len);
        takes_with_verdict(d, i % 5 == 4 ? BONNET_R_TCP_CHECKSUM : 0);
    }
    struct bonnet_tx super = half_done(frame, tcp_frame(frame, 60000, 0x18));
    super.gso = BONNET_GSO_TCP4;
    super.gso_size = 1460;
    assert_int_equal(d->ops->input(d, &super), 0);
    bonnet_driver_free(d);
    assert_int_equal(bonnet_pcapng_close(p), 0);
}

static void checksums_are_completed_in_the_copy(void **state)
{
    (void)state;
    writes_sample(capture_path);
    struct capture c = reads_back();
    skip_head(&c);
    for (int i = 0; i < 20; i++) {
        struct packet out = next_packet(&c), in = next_packet(&c);
        assert_true(checksums_are_good(out.data, out.len));
        assert_false(checksums_are_good(in.data, in.len));
    }
    struct packet super = next_packet(&c);
    assert_int_equal(super.len, 60054);
    assert_int_equal(c.at, c.len);
    free(c.bytes);
}

static void machine_time_becomes_calendar_time(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens(NULL);
    struct bonnet_driver *d = tee(p, device_new(BONNET_IF_ETHERNET));
    struct bonnet_tx tx = tx_of("x", 1);
    d->ops->tick(d, bonnet_host_now());
    assert_int_equal(d->ops->input(d, &tx), 0);
    bonnet_driver_free(d);
    assert_int_equal(bonnet_pcapng_close(p), 0);
    struct capture c = reads_back();
    skip_head(&c);
    uint64_t s = next_packet(&c).at / BONNET_S, now = (uint64_t)time(NULL);
    assert_in_range(s, now - 10, now + 1);
    free(c.bytes);
}

static void errors_are_told_at_the_end(void **state)
{
    (void)state;
    struct bonnet_pcapng *p;
    assert_int_equal(bonnet_pcapng_open("/nonexistent/file", NULL, &p), -ENOENT);
    assert_int_equal(bonnet_pcapng_open(NULL, NULL, &p), -EINVAL);
    assert_int_equal(bonnet_pcapng_close(NULL), 0);
    assert_int_equal(bonnet_pcapng_open("/dev/full", NULL, &p), 0);
    struct bonnet_driver *d = tee(p, device_new(BONNET_IF_ETHERNET));
    static uint8_t big[60000];
    struct bonnet_tx tx = tx_of(big, sizeof big);
    for (int i = 0; i < 10; i++)
        assert_int_equal(d->ops->input(d, &tx), 0);
    bonnet_driver_free(d);
    assert_int_equal(bonnet_pcapng_close(p), -ENOSPC);
}

/* The file may be closed before the interface is gone. */
static void closed_file_takes_nothing_more(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens(NULL);
    struct bonnet_driver *d = tee(p, device_new(BONNET_IF_ETHERNET));
    struct bonnet_tx tx = tx_of("x", 1);
    assert_int_equal(bonnet_pcapng_close(p), 0);
    assert_int_equal(d->ops->input(d, &tx), 0);
    bonnet_driver_free(d);
    struct capture c = reads_back();
    skip_head(&c);
    assert_int_equal(c.at, c.len);
    free(c.bytes);
}

static void failed_wrap_frees_the_device(void **state)
{
    (void)state;
    bool freed = false;
    struct device *device = device_new(BONNET_IF_IP);
    struct bonnet_driver *d;
    device->is_freed = &freed;
    assert_int_equal(bonnet_pcapng_wrap(NULL, &device->d, &d), -EINVAL);
    assert_true(freed);
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        writes_sample(argv[1]);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(section_and_interfaces_come_first),
        cmocka_unit_test(frames_have_time_direction_and_reason),
        cmocka_unit_test(frames_without_verdict_are_written),
        cmocka_unit_test(refused_frame_is_written_when_it_is_taken),
        cmocka_unit_test(checksums_are_completed_in_the_copy),
        cmocka_unit_test(machine_time_becomes_calendar_time),
        cmocka_unit_test(errors_are_told_at_the_end),
        cmocka_unit_test(closed_file_takes_nothing_more),
        cmocka_unit_test(failed_wrap_frees_the_device),
    };
    int fd = mkstemp(capture_path);
    if (fd < 0) return 1;
    close(fd);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(capture_path);
    return failed;
}
