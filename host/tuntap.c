/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TUN or TAP device of the kernel as a driver (Documentation/networking/tuntap.rst).
 *
 * With the virtio-net header each read and each write moves up to 64 KiB, as one TCP super-frame
 * that is cut where and if it must be: that is worth more than everything else a driver could do. A
 * device that lacks the header, or a caller that does not want it, gets plain frames of MTU size.
 *
 * The stack is a machine of its own beyond the device, and has a link address of its own: the
 * device's with the "local" bit set and its last bit turned. It is the same each time for the same
 * device, so that the kernel's neighbour cache stays true when a program is started again.
 *
 * A wire may drop. Frames for a device that is down, or for which the kernel has no memory, are
 * lost as they would be on one; an error is only what makes the device unusable.
 *
 * UDP super-frames are not asked for (TUN_F_USO): struct bonnet_rx tells of coalesced TCP only.
 */
#define _GNU_SOURCE
#include "ifconf.h"
#include "vnet.h"
#include <bonnet/host.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define ETHERNET_BYTES 14
#define VLAN_BYTES     4
#define IP_BYTES_MAX   65535

static_assert(IFNAMSIZ == BONNET_IF_NAME_MAX, "a device's name fits the driver's");

struct tuntap {
    struct bonnet_driver driver;
    int fd;
    unsigned vnet_bytes; /* VNET_BYTES, or 0: plain frames */
    unsigned lead; /* bytes of in left free, so that the IP header lies at a multiple of four */
    _Alignas(8) unsigned char in[4 + VNET_BYTES + ETHERNET_BYTES + VLAN_BYTES + IP_BYTES_MAX];
};

static struct tuntap *tuntap_of(struct bonnet_driver *d)
{
    return (struct tuntap *)(void *)d;
}

/* ENOMEM, ENOBUFS: no memory for the frame. EIO: the device is down. */
static bool is_loss(int err)
{
    return err == ENOMEM || err == ENOBUFS || err == EIO;
}

static int tuntap_input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    struct tuntap *t = tuntap_of(d);
    unsigned char header[VNET_BYTES];
    struct iovec iov[BONNET_SLICES_MAX + 1];
    int n = 0;
    if (t->vnet_bytes) {
        vnet_emit(frame, header);
        iov[n++] = (struct iovec){header, VNET_BYTES};
    }
    for (unsigned i = 0; i < frame->slices_n; i++)
        iov[n++] = (struct iovec){(void *)(uintptr_t)frame->slices[i].data, frame->slices[i].len};

    ssize_t written;
    do {
        written = writev(t->fd, iov, n);
    } while (written < 0 && errno == EINTR);
    return written >= 0 || is_loss(errno) ? 0 : -errno;
}

static int tuntap_output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    struct tuntap *t = tuntap_of(d);
    unsigned char *start = t->in + t->lead;
    ssize_t got;
    do {
        got = read(t->fd, start, sizeof t->in - t->lead);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return errno == EAGAIN ? 0 : -errno;
    if ((size_t)got < t->vnet_bytes) return -EIO;

    *frame = (struct bonnet_rx){
        .data = start + t->vnet_bytes,
        .len = (uint32_t)((size_t)got - t->vnet_bytes),
    };
    if (t->vnet_bytes) vnet_parse(start, frame);
    return 1;
}

static int tuntap_fd(const struct bonnet_driver *d)
{
    return ((const struct tuntap *)(const void *)d)->fd;
}

static void tuntap_free(struct bonnet_driver *d)
{
    struct tuntap *t = tuntap_of(d);
    if (t->fd >= 0) close(t->fd);
    free(t);
}

static const struct bonnet_driver_ops tuntap_ops = {
    .name = "tuntap",
    .input = tuntap_input,
    .output = tuntap_output,
    .fd = tuntap_fd,
    .free = tuntap_free,
};

/* Does this kernel's driver know the virtio-net header? */
static bool has_vnet(int fd)
{
    unsigned features = 0;
    return ioctl(fd, TUNGETFEATURES, &features) == 0 && (features & IFF_VNET_HDR);
}

/* Asks for the long header and for frames that are neither cut nor summed. What of it the device
 * refuses to hand over, it does itself; but a header of another length would be misread. */
static int offer_offloads(struct tuntap *t)
{
    int bytes = VNET_BYTES;
    if (ioctl(t->fd, TUNSETVNETHDRSZ, &bytes) < 0) return -errno;
    unsigned long all = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
    if (ioctl(t->fd, TUNSETOFFLOAD, all) < 0)
        ioctl(t->fd, TUNSETOFFLOAD, (unsigned long)TUN_F_CSUM);
    t->vnet_bytes = VNET_BYTES;
    t->driver.offload = BONNET_OFFLOAD_TX_CHECKSUM | BONNET_OFFLOAD_TX_GSO;
    return 0;
}

/* Makes the device, or attaches to it. The kernel writes its name back. */
static int attach(struct tuntap *t, const struct bonnet_tuntap_config *config)
{
    t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (t->fd < 0) return -errno;
    bool vnet = !config->plain && has_vnet(t->fd);
    int flags = (config->tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI | (vnet ? IFF_VNET_HDR : 0);
    struct ifreq r;
    memset(&r, 0, sizeof r);
    r.ifr_flags = (short)flags;
    if (config->name) strncpy(r.ifr_name, config->name, IFNAMSIZ - 1);
    if (ioctl(t->fd, TUNSETIFF, &r) < 0) return -errno;
    memcpy(t->driver.name, r.ifr_name, IFNAMSIZ);
    return vnet ? offer_offloads(t) : 0;
}

/* The link address of the stack: unicast, locally administered, not the device's. */
static int choose_mac(struct tuntap *t, int sock)
{
    int err = ifconf_mac(sock, t->driver.name, t->driver.mac);
    t->driver.mac[0] = (uint8_t)((t->driver.mac[0] | 2) & ~1);
    t->driver.mac[5] ^= 1;
    return err;
}

static int set_up_kernel_end(struct tuntap *t, const struct bonnet_tuntap_config *config)
{
    int sock = ifconf_open();
    if (sock < 0) return sock;
    int err = ifconf_set_mtu(sock, t->driver.name, t->driver.mtu);
    if (!err && config->tap) err = choose_mac(t, sock);
    if (!err && !bonnet_addr_is_any(config->kernel_addr))
        err = ifconf_set_addr(sock, t->driver.name, config->kernel_addr, config->prefix_bits);
    close(sock);
    return err;
}

static bool config_is_valid(const struct bonnet_tuntap_config *config)
{
    return config && config->size == sizeof *config &&
           (!config->name || strlen(config->name) < IFNAMSIZ);
}

int bonnet_tuntap_open(const struct bonnet_tuntap_config *config, struct bonnet_driver **out)
{
    if (!config_is_valid(config)) return -EINVAL;
    struct tuntap *t = calloc(1, sizeof *t);
    if (!t) return -ENOMEM;
    t->driver.ops = &tuntap_ops;
    t->driver.kind = config->tap ? BONNET_IF_ETHERNET : BONNET_IF_IP;
    t->driver.mtu = config->mtu ? config->mtu : 1500;

    int err = attach(t, config);
    if (!err) err = set_up_kernel_end(t, config);
    if (err) {
        tuntap_free(&t->driver);
        return err;
    }
    t->lead = (0u - t->vnet_bytes - (config->tap ? ETHERNET_BYTES : 0)) % 4;
    *out = &t->driver;
    return 0;
}
