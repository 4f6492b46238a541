/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device for tests: it keeps what it is given and gives what it was told to.
 */
#ifndef BONNET_TESTS_HOST_LIBDRIVER_H
#define BONNET_TESTS_HOST_LIBDRIVER_H

#include <bonnet/host.h>

#define DEVICE_FRAMES_MAX 64

struct device_frame {
    uint8_t data[66000];
    uint32_t len;
    uint16_t gso_size;
    bool checksum_good;
};

struct device {
    struct bonnet_driver d;
    struct device_frame *taken; /* frames from the stack */
    struct device_frame *given; /* frames for the stack */
    unsigned taken_n, given_n, given_next;
    int answer;       /* what input returns; 0: takes the frame */
    int last_verdict; /* -1: none so far */
    bonnet_time now;
    bool *is_freed; /* set at the end; may be NULL */
};

/* Never NULL; freed by its verb. */
struct device *device_new(enum bonnet_if_kind kind);

/* The device will give this frame next. */
struct device_frame *device_gives(struct device *d, const void *data, uint32_t len);

/* Makes an Ethernet frame with a TCP segment of text_len patterned bytes in buf, with the sum of
 * the pseudo-header in the checksum's place. Returns its length in bytes. */
uint32_t tcp_frame(uint8_t *buf, uint32_t text_len, uint8_t flags);

/* Is each checksum of an Ethernet frame with TCP or UDP over IPv4 right? */
bool checksums_are_good(const uint8_t *frame, uint32_t len);

/* One frame of one slice, as a stack would offer it. */
struct bonnet_tx tx_of(const void *data, uint32_t len);

#endif
