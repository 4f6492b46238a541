/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides what a namespace is set to, and how packets get from device to device. Leaves to the
 * emulated link all that happens on the way.
 *
 * The devices offer no super-frames, so that each packet meets the link alone, as bonnet's do in
 * the table this is compared with. Buffers are larger than any path: congestion control decides.
 */
#define _GNU_SOURCE
#include "street.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICE    "street0"
#define BUFFER    (48u << 20)
#define BUFFERS   "4096 131072 50331648"
#define QUEUE_LEN 20000            /* packets that wait in a device to be carried */
#define BURST     64               /* packets from one device before the other's turn */
#define SLEEP_MAX (1 * BONNET_MS)  /* a descriptor that became readable ends it */
#define SLEEP_MIN (20 * BONNET_US) /* packets that are due together are carried together */

static const struct {
    const char *file, *value;
} settings[] = {
    {"/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"},
    {"/proc/sys/net/ipv4/tcp_rmem", BUFFERS},
    {"/proc/sys/net/ipv4/tcp_wmem", BUFFERS},
    {"/proc/sys/net/ipv4/tcp_no_metrics_save", "1"},
};

struct bonnet_addr street_addr(unsigned number)
{
    return bonnet_ip4(10, 9, 0, (uint8_t)number);
}

/* What cannot be set stays as it is, and is told. */
static void set_up_namespace(void)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        int fd = open(settings[i].file, O_WRONLY | O_CLOEXEC);
        size_t n = strlen(settings[i].value);
        if (fd < 0 || write(fd, settings[i].value, n) != (ssize_t)n) perror(settings[i].file);
        if (fd >= 0) close(fd);
    }
}

static int lengthen_queue(int fd, const char *name)
{
    struct ifreq r = {.ifr_qlen = QUEUE_LEN};
    (void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    return ioctl(fd, SIOCSIFTXQLEN, &r) < 0 ? -errno : 0;
}

static int side_open(struct side *s, unsigned number)
{
    if (unshare(CLONE_NEWNET) < 0) return -errno;
    set_up_namespace();
    s->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    s->second = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->socket < 0 || s->second < 0) return -errno;
    const struct bonnet_tuntap_config config = {
        .size = sizeof config,
        .name = DEVICE,
        .plain = true,
        .kernel_addr = street_addr(number),
        .prefix_bits = 24,
    };
    int r = bonnet_tuntap_open(&config, &s->tun);
    return r < 0 ? r : lengthen_queue(s->socket, DEVICE);
}

static int move_in(struct street *s)
{
    struct bonnet_config c;
    int r = bonnet_host_config(&c);
    if (r < 0) return r;
    c.limits.sndbuf_default = c.limits.sndbuf_max = c.limits.rcvbuf_max = BUFFER;
    c.limits.sent_records_max = 32768;
    r = bonnet_new(&c, &s->bn);
    if (r < 0) return r;
    const struct bonnet_if_config config = {.size = sizeof config, .kind = BONNET_IF_IP};
    s->ifx = bonnet_if_add(s->bn, &config);
    return s->ifx < 0 ? s->ifx : bonnet_if_addr_add(s->bn, s->ifx, street_addr(3), 24);
}

int street_open(struct street *s, const char *words, bool with_bonnet)
{
    struct bonnet_driver *end[2];
    struct bonnet_wire_config config = {.size = sizeof config, .kind = BONNET_IF_IP};
    *s = (struct street){.sides = {{.socket = -1, .second = -1}, {.socket = -1, .second = -1}}};
    (void)prctl(PR_SET_TIMERSLACK, 1);
    int r = bonnet_link_parse(words, &config.link, NULL);
    if (r == 0) r = bonnet_wire_pair(&config, end);
    if (r < 0) return r;
    for (unsigned i = 0; i < 2; i++)
        s->sides[i].end = end[i];
    for (unsigned i = 0; i < 2 && r == 0; i++)
        r = side_open(&s->sides[i], i + 1);
    if (r == 0 && with_bonnet) r = move_in(s);
    if (r < 0) street_close(s);
    return r;
}

void street_close(struct street *s)
{
    for (unsigned i = 0; i < 2; i++) {
        bonnet_driver_free(s->sides[i].end);
        bonnet_driver_free(s->sides[i].tun);
        if (s->sides[i].socket >= 0) close(s->sides[i].socket);
        if (s->sides[i].second >= 0) close(s->sides[i].second);
    }
    bonnet_free(s->bn);
    *s = (struct street){0};
}

/* A device or a link that cannot take a packet drops it: the transfers find out. */
static void pass_on(struct bonnet_driver *to, const void *data, uint32_t len)
{
    struct bonnet_tx tx = {.len = len, .slices_n = 1};
    tx.slices[0] = (struct bonnet_slice){.data = data, .len = len};
    (void)to->ops->input(to, &tx);
}

static unsigned from_kernel(struct side *s)
{
    struct bonnet_rx frame;
    unsigned n = 0;
    for (; n < BURST && s->tun->ops->output(s->tun, &frame) == 1; n++)
        pass_on(s->end, frame.data, frame.len);
    return n;
}

static unsigned from_bonnet(struct street *s)
{
    struct bonnet_tx tx;
    unsigned n = 0;
    for (; s->bn && n < BURST && bonnet_output(s->bn, s->ifx, &tx) == 1; n++)
        (void)s->sides[0].end->ops->input(s->sides[0].end, &tx);
    return n;
}

/* The last octet of an IPv4 packet's destination. */
static unsigned number_of(const struct bonnet_rx *frame)
{
    return frame->len >= 20 ? ((const uint8_t *)frame->data)[19] : 0;
}

static unsigned from_link(struct street *s, unsigned i)
{
    struct side *side = &s->sides[i];
    struct bonnet_rx frame;
    unsigned n = 0;
    for (; n < BURST && side->end->ops->output(side->end, &frame) == 1; n++) {
        if (s->bn && i == 0 && number_of(&frame) == 3)
            (void)bonnet_input(s->bn, s->ifx, &frame);
        else
            pass_on(side->tun, frame.data, frame.len);
    }
    return n;
}

/* Until something is readable or due. */
static void sleeps(const struct street *s, bonnet_time now, bonnet_time until)
{
    struct pollfd fds[2];
    bonnet_time due = now + SLEEP_MAX < until ? now + SLEEP_MAX : until;
    for (unsigned i = 0; i < 2; i++) {
        const struct side *side = &s->sides[i];
        fds[i] = (struct pollfd){.fd = side->tun->ops->fd(side->tun), .events = POLLIN};
        bonnet_time at = side->end->ops->deadline(side->end);
        if (at < due) due = at;
    }
    if (s->bn && bonnet_deadline(s->bn) < due) due = bonnet_deadline(s->bn);
    bonnet_time wait = due > now + SLEEP_MIN ? due - now : SLEEP_MIN;
    const struct timespec t = {.tv_nsec = (long)wait};
    (void)ppoll(fds, 2, &t, NULL);
}

void street_carry(struct street *s, bonnet_time until, void (*turn)(void *ctx), void *ctx)
{
    for (bonnet_time now = bonnet_host_now(); now < until; now = bonnet_host_now()) {
        s->sides[0].end->ops->tick(s->sides[0].end, now);
        if (s->bn) bonnet_tick(s->bn, now);
        unsigned n = from_link(s, 0) + from_link(s, 1);
        n += from_kernel(&s->sides[0]) + from_kernel(&s->sides[1]);
        if (turn) turn(ctx);
        n += from_bonnet(s);
        if (n == 0) sleeps(s, now, until);
    }
}
