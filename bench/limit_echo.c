/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One-byte round trips between two kernel sockets over loopback, both threads on one core: what a
 * kernel client of bonnet would see if the kernel served it.
 */
#include "peer.h"
#include "solo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on_loopback(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return -1;
    bool good = bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0 &&
                getsockname(fd, (struct sockaddr *)&at, &len) == 0;
    if (good) {
        *port = ntohs(at.sin_port);
        return fd;
    }
    close(fd);
    return -1;
}

static void serve(int fd, struct peer *peer, double seconds)
{
    unsigned char byte;
    int yes = 1;
    uint64_t start = bench_now_ns();
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    while (recv(fd, &byte, 1, 0) == 1) {
        if (bench_seconds_since(start) >= seconds) atomic_store(&peer->stop, true);
        if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1) return;
    }
}

int limit_loopback_echo(const void *arg, struct bench_job *job, struct bench_result *result)
{
    struct peer peer = {.work = PEER_ECHOES, .address = {127, 0, 0, 1}};
    (void)arg;
    int listener = listen_on_loopback(&peer.port);
    if (listener < 0) return bench_fail(job, -EIO, "loopback does not listen: errno %d", errno);
    int status = peer_start(&peer);
    if (status == 0) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            serve(fd, &peer, job->seconds);
            close(fd);
        }
        peer_join(&peer);
        status = peer.status;
    }
    close(listener);
    if (status < 0 || peer.trips_n == 0)
        status = bench_fail(job, -EIO, "loopback round trips fail: %d", status);
    result->seconds = job->seconds;
    result->count = peer.trips_n;
    result->value = stats_quantile(peer.trips, peer.trips_n, 0.5);
    free(peer.trips);
    return status;
}
