/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device and the packets of libtun.h.
 */
#define _GNU_SOURCE
#include "libtun.h"

#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

bool tun_is_to_be_had(void)
{
    struct bonnet_tuntap_config config = {.size = sizeof config, .name = TUN_DEVICE};
    struct bonnet_driver *d;
    if (unshare(CLONE_NEWNET) < 0 || bonnet_tuntap_open(&config, &d) < 0) return false;
    bonnet_driver_free(d);
    return true;
}

struct bonnet_driver *tun_open(bool tap, bool plain)
{
    struct bonnet_tuntap_config config = {
        .size = sizeof config,
        .name = TUN_DEVICE,
        .tap = tap,
        .plain = plain,
        .mtu = TUN_MTU,
        .kernel_addr = bonnet_ip4(10, 99, 0, 1),
        .prefix_bits = 24,
    };
    struct bonnet_driver *d = NULL;
    int err = bonnet_tuntap_open(&config, &d);
    if (err) fail_msg("open: %s", strerror(-err));
    return d;
}

struct bonnet_rx tun_next(struct bonnet_driver *d, uint16_t ether_type)
{
    for (int tries = 0; tries < 50; tries++) {
        struct bonnet_rx frame;
        int r = d->ops->output(d, &frame);
        assert_true(r >= 0);
        const uint8_t *b = r ? frame.data : NULL;
        if (b && d->kind == BONNET_IF_IP && b[0] >> 4 == 4) return frame;
        if (b && d->kind == BONNET_IF_ETHERNET && b[12] == ether_type >> 8 &&
            b[13] == (ether_type & 0xff))
            return frame;
        struct pollfd p = {.fd = d->ops->fd(d), .events = POLLIN};
        if (!r) poll(&p, 1, 20);
    }
    fail_msg("no frame of type %04x", ether_type);
    return (struct bonnet_rx){0};
}

uint16_t tun_sum(const uint8_t *p, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i += 2)
        sum += (uint32_t)p[i] << 8 | (i + 1 < len ? p[i + 1] : 0);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

void tun_put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

void tun_put32(uint8_t *p, uint32_t value)
{
    tun_put16(p, value >> 16);
    tun_put16(p + 2, value & 0xffff);
}

uint32_t tun_get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint16_t tun_ip_header(uint8_t *p, uint8_t protocol, size_t len)
{
    static const uint8_t header[20] = {0x45, 0, 0,  0,  0, 0, 0,  0,  64, 0,
                                       0,    0, 10, 99, 0, 2, 10, 99, 0,  1};
    memcpy(p, header, sizeof header);
    p[9] = protocol;
    tun_put16(p + 2, (unsigned)(20 + len));
    tun_put16(p + 10, (uint16_t)~tun_sum(p, 20, 0));
    return tun_sum(p + 12, 8, (uint32_t)(protocol + len));
}
