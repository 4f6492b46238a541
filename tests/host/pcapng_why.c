/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a capture tells beside its frames: why connections were reset, and names.
 */
#include "libcapture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void trace_of(struct bonnet_pcapng *p, int reason)
{
    const struct bonnet_trace event = {.kind = BONNET_TRACE_REASON,
                                       .reason = reason,
                                       .local = {bonnet_ip4(10, 0, 0, 1), 80, 0},
                                       .remote = {bonnet_ip4(10, 0, 0, 2), 40000, 0}};
    struct bonnet_tracer *t = bonnet_pcapng_tracer(p);
    t->trace(t->ctx, &event);
}

/* The program closes with bytes unread: the reset that follows says so, and no other does. */
static void resets_are_explained_by_the_trace(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens(NULL);
    struct bonnet_driver *d = tee(p, device_new(BONNET_IF_IP));
    uint8_t reset[40] = {0x45, [3] = 40, [8] = 64, 6, [12] = 10, 0,    0,    1,           10,
                         0,    0,        2,        0, 80,        0x9c, 0x40, [32] = 0x50, 4};
    struct bonnet_tx tx = tx_of(reset, sizeof reset);
    tx.reason = BONNET_R_SEND_RST_ABORT;
    assert_int_equal(d->ops->input(d, &tx), 0);
    trace_of(p, BONNET_R_ABORT_ON_CLOSE);
    trace_of(p, BONNET_R_SEND_RST_ABORT);
    assert_int_equal(d->ops->input(d, &tx), 0);
    reset[21] = 81;
    assert_int_equal(d->ops->input(d, &tx), 0);
    bonnet_driver_free(d);
    assert_int_equal(bonnet_pcapng_close(p), 0);
    struct capture c = reads_back();
    skip_head(&c);
    struct packet packet = next_packet(&c);
    comment_is(&packet, "sent", BONNET_R_SEND_RST_ABORT);
    packet = next_packet(&c);
    option_is(&packet.block, packet.options, 1,
              "sent: send_rst_abort: reset: abort_on_close: closed with bytes unread in the RecvQ");
    packet = next_packet(&c);
    comment_is(&packet, "sent", BONNET_R_SEND_RST_ABORT);
    free(c.bytes);
}

/* A frame may be taken and still have ended a connection; what the trace says at other times is not
 * about a frame. */
static void what_is_said_of_a_frame_meanwhile_is_its_comment(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens(NULL);
    struct device *device = device_new(BONNET_IF_IP);
    struct bonnet_driver *d = tee(p, device);
    struct bonnet_rx rx;
    for (int i = 0; i < 3; i++)
        device_gives(device, "frame", 5);
    trace_of(p, BONNET_R_ABORT_LINGER);
    assert_int_equal(d->ops->output(d, &rx), 1);
    trace_of(p, BONNET_R_TCP_OPTION_VALUE);
    trace_of(p, BONNET_R_RST_OBEYED);
    d->ops->verdict(d, &rx, 0);
    assert_int_equal(d->ops->output(d, &rx), 1);
    trace_of(p, BONNET_R_TCP_OPTION_PLACE);
    d->ops->verdict(d, &rx, 0);
    trace_of(p, BONNET_R_ABORT_LINGER);
    assert_int_equal(d->ops->output(d, &rx), 1);
    d->ops->verdict(d, &rx, 0);
    bonnet_driver_free(d);
    assert_int_equal(bonnet_pcapng_close(p), 0);
    struct capture c = reads_back();
    skip_head(&c);
    struct packet packet = next_packet(&c);
    comment_is(&packet, "reset", BONNET_R_RST_OBEYED);
    packet = next_packet(&c);
    comment_is(&packet, "note", BONNET_R_TCP_OPTION_PLACE);
    packet = next_packet(&c);
    option_is(&packet.block, packet.options, 1, NULL);
    free(c.bytes);
}

static void frames_of_elsewhere_and_names_are_written(void **state)
{
    (void)state;
    struct bonnet_pcapng *p = opens(NULL);
    bonnet_pcapng_name(p, bonnet_ip4(10, 0, 0, 1), "server");
    assert_int_equal(bonnet_pcapng_interface(NULL, BONNET_IF_IP, "x", NULL), -EINVAL);
    assert_int_equal(bonnet_pcapng_interface(p, BONNET_IF_IP, "tun7", "far away"), 0);
    assert_int_equal(bonnet_pcapng_interface(p, BONNET_IF_ETHERNET, "tap7", NULL), 1);
    const struct bonnet_pcapng_frame frame = {.interface = 1,
                                              .is_out = true,
                                              .at = 7,
                                              .data = "abc",
                                              .len = 3,
                                              .whole_len = 90,
                                              .comment = "cut"};
    bonnet_pcapng_write(p, &frame);
    assert_int_equal(bonnet_pcapng_close(p), 0);
    struct capture c = reads_back();
    assert_int_equal(next_block(&c).type, SHB);
    struct block block = next_block(&c);
    static const uint8_t name[] = {1, 0, 11, 0, 10, 0, 0, 1, 's', 'e', 'r', 'v', 'e', 'r', 0, 0};
    assert_int_equal(block.type, NRB);
    assert_memory_equal(block.body, name, sizeof name);
    assert_int_equal(capture_u32(block.body + sizeof name), 0);
    block = next_block(&c);
    option_is(&block, 8, 2, "tun7");
    option_is(&block, 8, 3, "far away");
    block = next_block(&c);
    option_is(&block, 8, 2, "tap7");
    option_is(&block, 8, 3, NULL);
    block = next_block(&c);
    assert_int_equal(capture_u32(block.body), 1);
    assert_int_equal(capture_u32(block.body + 12), 3);
    assert_int_equal(capture_u32(block.body + 16), 90);
    option_is(&block, 24, 1, "cut");
    assert_int_equal(c.at, c.len);
    free(c.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resets_are_explained_by_the_trace),
        cmocka_unit_test(what_is_said_of_a_frame_meanwhile_is_its_comment),
        cmocka_unit_test(frames_of_elsewhere_and_names_are_written),
    };
    int fd = mkstemp(capture_path);
    if (fd < 0) return 1;
    close(fd);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(capture_path);
    return failed;
}
