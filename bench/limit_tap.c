/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TAP device with virtio-net headers can carry, when the program behind it does next to
 * nothing.
 *
 * The reader acknowledges what arrives in order; the writer sends super-frames of 44 segments
 * within the window it was given. Neither keeps a buffer, retransmits or looks at a byte of text:
 * the kernel at the other end does (it is the same thread as for the stacks). A segment out of
 * order ends the run as a failure.
 */
#define _GNU_SOURCE
#include "netns.h"
#include "pattern.h"
#include "peer.h"
#include "solo.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define DEVICE       "bench0"
#define ETH          14
#define HEADERS      54 /* Ethernet, IPv4, TCP without options */
#define MSS          1460
#define SUPER        (44 * MSS)
#define BURST        16
#define PATIENCE_NS  5000000000u
#define SETTLE       0.1
#define WINDOW_SHIFT 14
#define FIN          1
#define SYN          2
#define ACK          16

struct bare {
    int fd;
    struct peer peer;
    unsigned char kernel_mac[6];
    uint16_t kernel_port;
    bool is_open; /* the handshake is over */
    bool fin_seen;
    uint32_t rcv_nxt;
    uint32_t snd_una, snd_nxt;
    uint32_t window;       /* bytes the kernel takes beyond snd_una */
    unsigned window_shift; /* of the kernel's windows */
    uint64_t bytes;
    struct {
        struct virtio_net_hdr vnet;
        unsigned char bytes[66000];
    } in;
};

static void put16(unsigned char *p, unsigned v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

static void put32(unsigned char *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

static unsigned get16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint32_t sum16(const unsigned char *p, size_t n, uint32_t sum)
{
    for (size_t i = 0; i < n; i += 2)
        sum += get16(p + i);
    return (sum & 0xffff) + (sum >> 16);
}

/* IPv4 with its checksum, and the sum of TCP's pseudo-header where the kernel completes it. */
static void fill_ip(unsigned char *ip, size_t tcp_len)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, (unsigned)(20 + tcp_len));
    ip[8] = 64;
    ip[9] = 6;
    memcpy(ip + 12, solo_stack_address, 4);
    memcpy(ip + 16, solo_kernel_address, 4);
    uint32_t sum = sum16(ip, 20, 0);
    put16(ip + 10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
    sum = sum16(ip + 12, 8, (uint32_t)(6 + tcp_len));
    put16(ip + 20 + 16, (sum & 0xffff) + (sum >> 16));
}

/* One segment of text_len bytes from the pattern, or of flags only. */
static int put_segment(struct bare *b, unsigned flags, size_t text_len)
{
    static const unsigned char syn_options[8] = {2, 4, MSS >> 8, MSS & 0xff, 1, 3, 3, WINDOW_SHIFT};
    struct virtio_net_hdr vnet = {
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = ETH + 20, .csum_offset = 16};
    unsigned char h[HEADERS + sizeof syn_options];
    unsigned char *tcp = h + ETH + 20;
    size_t options = flags & SYN ? sizeof syn_options : 0;
    memcpy(h, b->kernel_mac, 6);
    memcpy(h + 6, solo_stack_mac, 6);
    put16(h + 12, 0x0800);
    put16(tcp, SOLO_PORT);
    put16(tcp + 2, b->kernel_port);
    put32(tcp + 4, b->snd_nxt);
    put32(tcp + 8, b->rcv_nxt);
    tcp[12] = (unsigned char)((20 + options) / 4 << 4);
    tcp[13] = (unsigned char)flags;
    put16(tcp + 14, 0xffff);
    put16(tcp + 18, 0);
    memcpy(tcp + 20, syn_options, options);
    fill_ip(h + ETH, 20 + options + text_len);
    if (text_len > MSS) {
        vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
        vnet.gso_size = MSS;
        vnet.hdr_len = HEADERS;
    }
    struct iovec iov[3] = {{&vnet, sizeof vnet},
                           {h, HEADERS + options},
                           {(void *)(uintptr_t)pattern_at(b->bytes), text_len}};
    b->snd_nxt += (uint32_t)text_len + (flags & (SYN | FIN) ? 1 : 0);
    return writev(b->fd, iov, 3) < 0 ? -errno : 0;
}

static int answer_arp(const struct bare *b, const unsigned char *frame)
{
    struct {
        struct virtio_net_hdr vnet;
        unsigned char f[42];
    } out = {0};
    memcpy(out.f, frame + 6, 6);
    memcpy(out.f + 6, solo_stack_mac, 6);
    memcpy(out.f + 12, frame + 12, 8); /* type and format */
    put16(out.f + 20, 2);
    memcpy(out.f + 22, solo_stack_mac, 6);
    memcpy(out.f + 28, frame + 38, 4);
    memcpy(out.f + 32, frame + 22, 10);
    return write(b->fd, &out, sizeof out) < 0 ? -errno : 0;
}

static int take_syn(struct bare *b, const unsigned char *frame, const unsigned char *tcp)
{
    size_t end = (size_t)(tcp[12] >> 4) * 4;
    for (size_t i = 20; i < end && tcp[i] != 0; i += tcp[i] == 1 ? 1 : tcp[i + 1])
        if (tcp[i] == 3) b->window_shift = tcp[i + 2];
    memcpy(b->kernel_mac, frame + 6, 6);
    b->kernel_port = (uint16_t)get16(tcp);
    b->rcv_nxt = get32(tcp + 4) + 1;
    b->snd_nxt = b->snd_una = 1;
    return put_segment(b, SYN | ACK, 0);
}

/* 0: taken; -EPROTO: not what a peer in order sends. */
static int take_segment(struct bare *b, const unsigned char *frame, size_t n)
{
    const unsigned char *ip = frame + ETH;
    const unsigned char *tcp = ip + 20;
    size_t headers = 20 + (size_t)(tcp[12] >> 4) * 4;
    size_t len = get16(ip + 2);
    if (n < HEADERS || ip[9] != 6) return 0;
    if (len == 0) len = n - ETH; /* longer than 64 KiB */
    unsigned flags = tcp[13];
    if (flags & SYN) return b->is_open ? -EPROTO : take_syn(b, frame, tcp);
    if (get16(tcp) != b->kernel_port) return 0; /* the end of an earlier run's connection */
    b->is_open = true;
    b->snd_una = get32(tcp + 8);
    b->window = get16(tcp + 14) << b->window_shift;
    if (len == headers && !(flags & FIN)) return 0;
    if (get32(tcp + 4) != b->rcv_nxt) return -EPROTO;
    b->rcv_nxt += (uint32_t)(len - headers) + (flags & FIN);
    b->fin_seen = b->fin_seen || flags & FIN;
    if (b->peer.work == PEER_SENDS) b->bytes += len - headers;
    return 0;
}

/* Reads up to a burst of frames. Frames read, or -errno. */
static int read_burst(struct bare *b, int wait_ms)
{
    struct pollfd p = {.fd = b->fd, .events = POLLIN};
    if (wait_ms > 0) (void)poll(&p, 1, wait_ms);
    for (int i = 0; i < BURST; i++) {
        ssize_t n = read(b->fd, &b->in, sizeof b->in);
        if (n < 0) return errno == EAGAIN ? i : -errno;
        size_t len = (size_t)n - sizeof b->in.vnet;
        unsigned type = len >= ETH ? get16(b->in.bytes + 12) : 0;
        int status = 0;
        if (type == 0x0806) status = answer_arp(b, b->in.bytes);
        if (type == 0x0800) status = take_segment(b, b->in.bytes, len);
        if (status < 0) return status;
    }
    return BURST;
}

static int read_turn(struct bare *b)
{
    uint32_t before = b->rcv_nxt;
    int n = read_burst(b, 0);
    if (n < 0 || b->rcv_nxt == before || !b->is_open) return n;
    return put_segment(b, ACK, 0);
}

static int write_turn(struct bare *b)
{
    if (b->is_open && b->snd_nxt - b->snd_una + SUPER <= b->window) {
        int status = put_segment(b, ACK, SUPER);
        if (status == 0) b->bytes += SUPER;
        return status;
    }
    return read_burst(b, 0);
}

static int begin(struct bare *b, struct bench_job *job, enum peer_work work)
{
    memset(b, 0, sizeof *b);
    if (!netns_is_ours()) return bench_fail(job, -ENOTSUP, "TAP devices need CAP_NET_ADMIN");
    b->fd = netns_tap(DEVICE, true);
    if (b->fd < 0) return bench_fail(job, b->fd, "no TAP device: errno %d", -b->fd);
    int status = netns_configure(DEVICE, solo_kernel_address, SOLO_MTU);
    b->peer = (struct peer){.work = work, .port = SOLO_PORT, .core = 1};
    b->peer.compare_all = job->warm_up;
    memcpy(b->peer.address, solo_stack_address, sizeof b->peer.address);
    if (status == 0) status = peer_start(&b->peer);
    if (status == 0) return 0;
    close(b->fd);
    return bench_fail(job, status, "the device or the thread cannot be made: %d", status);
}

/* A sender's thread is done when the kernel has taken its bytes: their end comes later. */
static bool is_over(const struct bare *b)
{
    return atomic_load(&b->peer.done) && (b->peer.work != PEER_SENDS || b->fin_seen);
}

static int finish(struct bare *b, int status, struct bench_job *job)
{
    uint64_t start = bench_now_ns();
    atomic_store(&b->peer.stop, true);
    if (status >= 0 && b->peer.work == PEER_RECEIVES) status = put_segment(b, FIN | ACK, 0);
    while (status >= 0 && !is_over(b) && bench_now_ns() - start < PATIENCE_NS) {
        status = read_burst(b, 1);
        if (status > 0 && b->is_open) status = put_segment(b, ACK, 0);
    }
    close(b->fd);
    peer_join(&b->peer);
    if (status < 0) return bench_fail(job, status, "a bare segment is out of order: %d", status);
    if (b->peer.status < 0)
        return bench_fail(job, b->peer.status, "%s: %d", b->peer.what, b->peer.status);
    uint64_t there = atomic_load(&b->peer.bytes);
    if (there == b->bytes) return 0;
    return bench_fail(job, -EBADMSG, "the kernel counts %llu bytes, the device %llu",
                      (unsigned long long)there, (unsigned long long)b->bytes);
}

static int timed_part(struct bare *b, int (*turn)(struct bare *), const struct bench_job *job,
                      struct bench_result *result)
{
    uint64_t start = bench_now_ns();
    uint64_t counted_from = 0;
    uint64_t bytes_before = 0;
    double seconds = 0;
    while (seconds < job->seconds && !atomic_load_explicit(&b->peer.done, memory_order_relaxed)) {
        int status = turn(b);
        if (status < 0) return status;
        seconds = bench_seconds_since(start);
        if (counted_from == 0 && seconds >= SETTLE * job->seconds) {
            counted_from = bench_now_ns();
            bytes_before = b->bytes;
        }
    }
    result->seconds = bench_seconds_since(counted_from);
    result->bytes = b->bytes - bytes_before;
    result->value = (double)result->bytes * 8 / result->seconds;
    return 0;
}

static int run(enum peer_work work, int (*turn)(struct bare *), struct bench_job *job,
               struct bench_result *result)
{
    static struct bare b;
    int status = begin(&b, job, work);
    if (status < 0) return status;
    status = timed_part(&b, turn, job, result);
    return finish(&b, status, job);
}

int limit_tap_reader(const void *arg, struct bench_job *job, struct bench_result *result)
{
    (void)arg;
    return run(PEER_SENDS, read_turn, job, result);
}

int limit_tap_writer(const void *arg, struct bench_job *job, struct bench_result *result)
{
    (void)arg;
    return run(PEER_RECEIVES, write_turn, job, result);
}
