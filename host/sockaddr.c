/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses come in and go out as bytes: the caller's buffer may be short, and nothing says that it
 * is aligned. A short one is filled as far as it goes and told how long it should have been (POSIX
 * getsockname()). An IPv4 peer of an IPv6 socket appears as an IPv4-mapped address (RFC 3493 3.7).
 */
#include <arpa/inet.h>
#include <bonnet/host.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* RFC 2133 had no scope; Linux still takes addresses of that length. */
#define SIN6_BYTES_MIN offsetof(struct sockaddr_in6, sin6_scope_id)

static int read_in(const struct sockaddr *a, socklen_t n, struct bonnet_endpoint *out)
{
    struct sockaddr_in in;
    if (n < sizeof in) return -EINVAL;
    memcpy(&in, a, sizeof in);
    out->addr = bonnet_ip4(0, 0, 0, 0);
    memcpy(out->addr.b + 12, &in.sin_addr, 4);
    out->port = ntohs(in.sin_port);
    return AF_INET;
}

static int read_in6(const struct sockaddr *a, socklen_t n, struct bonnet_endpoint *out)
{
    struct sockaddr_in6 in6 = {0};
    if (n < SIN6_BYTES_MIN) return -EINVAL;
    memcpy(&in6, a, n < sizeof in6 ? SIN6_BYTES_MIN : sizeof in6);
    memcpy(out->addr.b, &in6.sin6_addr, 16);
    out->port = ntohs(in6.sin6_port);
    out->scope = (uint16_t)in6.sin6_scope_id;
    return AF_INET6;
}

int bonnet_sockaddr_read(const struct sockaddr *a, socklen_t n, struct bonnet_endpoint *out)
{
    sa_family_t family;
    if (!a) return -EFAULT;
    if (n < offsetof(struct sockaddr, sa_data)) return -EINVAL;
    memcpy(&family, (const char *)a + offsetof(struct sockaddr, sa_family), sizeof family);
    *out = (struct bonnet_endpoint){.addr = bonnet_ip4(0, 0, 0, 0)};
    switch (family) {
    case AF_UNSPEC: return AF_UNSPEC;
    case AF_INET: return read_in(a, n, out);
    case AF_INET6: return read_in6(a, n, out);
    default: return -EAFNOSUPPORT;
    }
}

static void hand_over(const void *whole, socklen_t len, struct sockaddr *a, socklen_t *n)
{
    memcpy(a, whole, *n < len ? *n : len);
    *n = len;
}

void bonnet_sockaddr_write(const struct bonnet_endpoint *e, int domain, struct sockaddr *a,
                           socklen_t *n)
{
    if (domain == AF_INET6) {
        struct sockaddr_in6 in6 = {
            .sin6_family = AF_INET6,
            .sin6_port = htons(e->port),
            .sin6_scope_id = e->scope,
        };
        memcpy(&in6.sin6_addr, e->addr.b, 16);
        hand_over(&in6, sizeof in6, a, n);
        return;
    }
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e->port)};
    memcpy(&in.sin_addr, e->addr.b + 12, 4);
    hand_over(&in, sizeof in, a, n);
}
