/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receiver is always the kernel, in a thread that takes what comes; flows are told apart by the
 * order they were begun in. A kernel's sender is a thread that blocks, bonnet is served by the
 * thread that carries the packets.
 */
#include "transfer.h"

#include "street.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 5001

struct run {
    const struct transfer *what;
    struct street street;
    atomic_bool over;
    atomic_ullong bytes[TRANSFER_FLOWS_MAX];
    pthread_t reader, writers[TRANSFER_FLOWS_MAX];
    int sockets[TRANSFER_FLOWS_MAX]; /* the kernel's, or bonnet's handle; -1: not begun */
};

static char text[1 << 16];

static struct sockaddr_in receiver(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    (void)inet_pton(AF_INET, STREET_RECEIVER, &a.sin_addr);
    return a;
}

/* Takes flows as they come, and what they bring. */
static void *reads(void *arg)
{
    static char taken[1 << 18];
    struct run *r = arg;
    struct pollfd fds[1 + TRANSFER_FLOWS_MAX] = {
        {.fd = r->street.sides[1].socket, .events = POLLIN}};
    unsigned n = 1;
    while (!atomic_load(&r->over)) {
        if (poll(fds, n, 50) <= 0) continue;
        for (unsigned i = 1; i < n; i++) {
            ssize_t got = fds[i].revents ? recv(fds[i].fd, taken, sizeof taken, MSG_DONTWAIT) : 0;
            if (got > 0) atomic_fetch_add(&r->bytes[i - 1], (unsigned long long)got);
        }
        if (!fds[0].revents || n > TRANSFER_FLOWS_MAX) continue;
        fds[n] = (struct pollfd){.fd = accept(fds[0].fd, NULL, NULL), .events = POLLIN};
        n += fds[n].fd >= 0;
    }
    for (unsigned i = 1; i < n; i++)
        close(fds[i].fd);
    return NULL;
}

struct writer {
    struct run *run;
    int socket;
};

/* Ends when the run is over, or when the socket was shut down because it is. */
static void *writes(void *arg)
{
    const struct writer *w = arg;
    const struct sockaddr_in to = receiver();
    if (connect(w->socket, (const struct sockaddr *)&to, sizeof to) < 0) return NULL;
    while (!atomic_load(&w->run->over) && send(w->socket, text, sizeof text, MSG_NOSIGNAL) > 0)
        continue;
    return NULL;
}

/* bonnet's program, served while packets are carried. */
static void bonnet_turn(void *ctx)
{
    struct run *r = ctx;
    for (unsigned i = 0; i < r->what->flows; i++)
        while (r->what->by_bonnet[i] && r->sockets[i] >= 0 &&
               bonnet_send(r->street.bn, r->sockets[i], text, sizeof text, 0) > 0)
            continue;
}

static int begin_bonnet(struct run *r, unsigned i)
{
    struct bonnet *bn = r->street.bn;
    const struct bonnet_endpoint to = {.addr = street_addr(2), .port = PORT};
    int s = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    if (s < 0) return s;
    r->sockets[i] = s;
    int e = bonnet_setsockopt(bn, s, BONNET_TCP_CONGESTION, r->what->cc, strlen(r->what->cc));
    if (e < 0) return e;
    e = bonnet_connect(bn, s, &to);
    return e == -EINPROGRESS ? 0 : e;
}

static int begin_kernel(struct run *r, unsigned i)
{
    static struct writer writers[TRANSFER_FLOWS_MAX];
    const char *cc = r->what->cc;
    int s = i == 0 ? r->street.sides[0].socket : r->street.sides[0].second;
    if (setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, cc, (socklen_t)strlen(cc)) < 0) return -errno;
    r->sockets[i] = s;
    writers[i] = (struct writer){r, s};
    return -pthread_create(&r->writers[i], NULL, writes, &writers[i]);
}

static int listens(struct run *r)
{
    const struct sockaddr_in a = receiver();
    int s = r->street.sides[1].socket;
    if (bind(s, (const struct sockaddr *)&a, sizeof a) < 0) return -errno;
    if (listen(s, TRANSFER_FLOWS_MAX) < 0) return -errno;
    return -pthread_create(&r->reader, NULL, reads, r);
}

static double resent(const struct run *r)
{
    if (r->what->by_bonnet[0]) {
        struct bonnet_tcp_info b = {0};
        size_t size = sizeof b;
        (void)bonnet_getsockopt(r->street.bn, r->sockets[0], BONNET_TCP_INFO, &b, &size);
        return b.tcpi_data_segs_out ? (double)b.tcpi_total_retrans / b.tcpi_data_segs_out : 0;
    }
    struct tcp_info k = {0};
    socklen_t n = sizeof k;
    (void)getsockopt(r->sockets[0], IPPROTO_TCP, TCP_INFO, &k, &n);
    return k.tcpi_data_segs_out ? (double)k.tcpi_total_retrans / k.tcpi_data_segs_out : 0;
}

static void carries(struct run *r, bonnet_time until)
{
    street_carry(&r->street, until, r->street.bn ? bonnet_turn : NULL, r);
}

static void measures(struct run *r, bonnet_time begin, struct transfer_outcome *out)
{
    const struct transfer *t = r->what;
    unsigned long long before[TRANSFER_FLOWS_MAX];
    carries(r, begin + t->from);
    for (unsigned i = 0; i < t->flows; i++)
        before[i] = atomic_load(&r->bytes[i]);
    carries(r, begin + t->until);
    for (unsigned i = 0; i < t->flows; i++) {
        double bits = (double)(atomic_load(&r->bytes[i]) - before[i]) * 8;
        out->mbit_s[i] = bits * 1e3 / (double)(t->until - t->from);
    }
    out->resent = resent(r);
}

static void ends(struct run *r)
{
    atomic_store(&r->over, true);
    for (unsigned i = 0; i < r->what->flows; i++) {
        if (r->what->by_bonnet[i] || r->sockets[i] < 0) continue;
        (void)shutdown(r->sockets[i], SHUT_RDWR);
        pthread_join(r->writers[i], NULL);
    }
    pthread_join(r->reader, NULL);
}

int transfer_run(const struct transfer *t, struct transfer_outcome *out)
{
    struct run r = {.what = t, .sockets = {-1, -1}};
    int e = street_open(&r.street, t->words, t->by_bonnet[0] || t->by_bonnet[1]);
    if (e < 0) return e;
    e = listens(&r);
    bonnet_time begin = bonnet_host_now();
    for (unsigned i = 0; i < t->flows && e == 0; i++) {
        carries(&r, begin + i * t->apart);
        e = t->by_bonnet[i] ? begin_bonnet(&r, i) : begin_kernel(&r, i);
    }
    if (e == 0) measures(&r, begin, out);
    ends(&r);
    street_close(&r.street);
    return e;
}

double transfer_fairness(const struct transfer_outcome *o)
{
    double a = o->mbit_s[0], b = o->mbit_s[1];
    return a + b > 0 ? (a + b) * (a + b) / (2 * (a * a + b * b)) : 0;
}
