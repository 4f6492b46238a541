/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Super-frames over a TUN device, both ways, on a connection with the kernel's TCP whose far end is
 * played by hand: what the kernel leaves whole is told as coalesced, and what is given to it whole
 * it takes as the segments it stands for.
 */
#define _GNU_SOURCE
#include "libtun.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIPPED 77
#define MSS     (TUN_MTU - 40)
#define SUPER   (10 * MSS)
#define PORT    7
#define ISS     1000u /* of the far end */

#define SYN 2
#define ACK 16

/* The far end: 10.99.0.2, port PORT. */
struct far {
    struct bonnet_driver *d;
    uint16_t kernel_port;
    uint32_t nxt, ack; /* next to send, next expected */
};

/* Sends a segment with the checksum left half done; text longer than MSS as a super-frame. */
static void send_segment(struct far *f, uint8_t flags, const void *text, size_t len)
{
    uint8_t head[44] = {0}, *tcp = head + 20;
    uint32_t tcp_bytes = flags & SYN ? 24 : 20;
    uint16_t pseudo = tun_ip_header(head, IPPROTO_TCP, tcp_bytes + len);
    tun_put16(tcp, PORT);
    tun_put16(tcp + 2, f->kernel_port);
    tun_put32(tcp + 4, f->nxt);
    tun_put32(tcp + 8, f->ack);
    tcp[12] = (uint8_t)(tcp_bytes / 4 << 4);
    tcp[13] = flags;
    tun_put16(tcp + 14, 65535);
    tun_put16(tcp + 16, pseudo);
    if (flags & SYN) tun_put32(tcp + 20, 0x02040000 | MSS);
    struct bonnet_tx tx = {
        .len = (uint32_t)(20 + tcp_bytes + len),
        .slices_n = len ? 2 : 1,
        .gso = len > MSS ? BONNET_GSO_TCP4 : BONNET_GSO_NONE,
        .gso_size = MSS,
        .header_len = (uint16_t)(20 + tcp_bytes),
        .needs_checksum = true,
        .csum_start = 20,
        .csum_offset = 16,
        .slices = {{head, 20 + tcp_bytes}, {text, (uint32_t)len}},
    };
    assert_int_equal(f->d->ops->input(f->d, &tx), 0);
    f->nxt += (uint32_t)len + (flags & SYN ? 1 : 0);
}

/* The next segment from the kernel, and where its text is. */
static struct bonnet_rx next_segment(struct far *f, const uint8_t **text, size_t *len)
{
    struct bonnet_rx frame = tun_next(f->d, 0);
    const uint8_t *tcp = (const uint8_t *)frame.data + 20;
    size_t header = 20 + (size_t)(tcp[12] >> 4) * 4;
    *text = (const uint8_t *)frame.data + header;
    *len = frame.len - header;
    f->kernel_port = (uint16_t)(tcp[0] << 8 | tcp[1]);
    f->ack = tun_get32(tcp + 4) + (uint32_t)*len + (tcp[13] & SYN ? 1 : 0);
    return frame;
}

static int connected_socket(struct far *f)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    const uint8_t *text;
    size_t len;
    to.sin_addr.s_addr = htonl(0x0a630002);
    f->d = tun_open(false, false);
    f->nxt = ISS;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), -1);
    assert_int_equal(errno, EINPROGRESS);
    next_segment(f, &text, &len);
    send_segment(f, SYN | ACK, NULL, 0);
    next_segment(f, &text, &len);
    assert_int_equal(len, 0);
    return s;
}

static uint8_t text_at(size_t i)
{
    return (uint8_t)(i * 2654435761u >> 16);
}

static void what_the_kernel_sends_whole_is_coalesced(void **state)
{
    (void)state;
    static uint8_t sent[SUPER];
    struct far f = {0};
    int s = connected_socket(&f);
    for (size_t i = 0; i < SUPER; i++)
        sent[i] = text_at(i);
    assert_int_equal(send(s, sent, SUPER, 0), SUPER);

    size_t got = 0, supers = 0;
    while (got < SUPER) {
        const uint8_t *text;
        size_t len;
        struct bonnet_rx frame = next_segment(&f, &text, &len);
        assert_true(frame.checksum_good);
        assert_in_range(got + len, 1, SUPER);
        assert_memory_equal(text, sent + got, len);
        if (len > MSS) assert_int_equal(frame.gso_size, MSS);
        supers += len > MSS;
        got += len;
        send_segment(&f, ACK, NULL, 0);
    }
    assert_true(supers > 0);
    close(s);
    bonnet_driver_free(f.d);
}

static void what_is_sent_whole_the_kernel_takes(void **state)
{
    (void)state;
    static uint8_t sent[SUPER], got[SUPER];
    struct far f = {0};
    int s = connected_socket(&f);
    for (size_t i = 0; i < SUPER; i++)
        sent[i] = text_at(i);
    send_segment(&f, ACK, sent, SUPER);

    size_t n = 0;
    while (n < SUPER) {
        struct pollfd p = {.fd = s, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 1000), 1);
        ssize_t r = recv(s, got + n, SUPER - n, 0);
        assert_true(r > 0);
        n += (size_t)r;
    }
    assert_memory_equal(got, sent, SUPER);
    close(s);
    bonnet_driver_free(f.d);
}

int main(void)
{
    if (!tun_is_to_be_had()) {
        printf("skipped: no TUN device, or no right to make one\n");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_kernel_sends_whole_is_coalesced),
        cmocka_unit_test(what_is_sent_whole_the_kernel_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
