/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking the kernel for its sockets: sock_diag(7), as ss(8) does.
 *
 * Decides how the kernel's figures become those of a row. The kernel counts a SYN and a FIN as
 * bytes of its queues, since each takes a sequence number; here queues hold what programs wrote and
 * will read, so they are taken off again: a SYN waits in SYN-SENT and SYN-RECEIVED, our FIN in
 * FIN-WAIT-1, CLOSING and LAST-ACK; the peer's FIN is the last "byte" of a RecvQ in CLOSE-WAIT,
 * CLOSING and LAST-ACK until the program has read the end of the stream.
 *
 * A connection that is only half a socket to the kernel, a SYN-RECEIVED of a listener or a
 * TIME-WAIT, tells its addresses, state and timer, and nothing else.
 */
#include "kernel_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define TCP 6
#define UDP 17

static struct bonnet_endpoint endpoint_of(const __be32 addr[4], __be16 port)
{
    struct bonnet_endpoint e = {.addr = bonnet_ip4(0, 0, 0, 0), .port = ntohs(port)};
    memcpy(e.addr.b + 12, addr, 4);
    return e;
}

static bool is_any_of(enum bonnet_tcp_state state, uint32_t states)
{
    return states >> state & 1;
}

static enum bonnet_timer timer_of(uint8_t idiag_timer)
{
    static const enum bonnet_timer timers[] = {BONNET_TIMER_NONE, BONNET_TIMER_RETRANSMIT,
                                               BONNET_TIMER_KEEPALIVE, BONNET_TIMER_TIMEWAIT,
                                               BONNET_TIMER_PERSIST};
    return idiag_timer < sizeof timers / sizeof timers[0] ? timers[idiag_timer] : BONNET_TIMER_NONE;
}

static enum bonnet_row_kind kind_of(const struct kernel_diag *d, int protocol)
{
    if (protocol == UDP) return BONNET_ROW_DATAGRAM;
    if (d->row.state == BONNET_LISTEN) return BONNET_ROW_LISTENER;
    if (d->row.state == BONNET_SYN_RECEIVED && !d->has_info) return BONNET_ROW_HALF_OPEN;
    if (d->row.state == BONNET_TIME_WAIT) return BONNET_ROW_TIME_WAIT;
    return BONNET_ROW_CONNECTION;
}

/* ---- what a connection tells of itself ---- */

static enum bonnet_why why_of(const struct bonnet_row *r)
{
    const struct bonnet_tcp_info *i = &r->info;
    const uint32_t handshake = 1 << BONNET_SYN_SENT | 1 << BONNET_SYN_RECEIVED;
    if (is_any_of(r->state, handshake)) return BONNET_WHY_HANDSHAKE;
    if (r->unsent == 0) return BONNET_WHY_APP;
    if (r->in_flight + i->tcpi_snd_mss > i->tcpi_snd_wnd) return BONNET_WHY_WINDOW;
    if (i->tcpi_unacked >= i->tcpi_snd_cwnd) return BONNET_WHY_CWND;
    return r->unsent < i->tcpi_snd_mss ? BONNET_WHY_NAGLE : BONNET_WHY_PACING;
}

/* Takes SYN and FIN off the queues, and splits the SendQ. */
static void read_queues(struct bonnet_row *r)
{
    const uint32_t fin_sent =
        1u << BONNET_FIN_WAIT_1 | 1u << BONNET_CLOSING | 1u << BONNET_LAST_ACK;
    const uint32_t fin_got = 1u << BONNET_CLOSE_WAIT | 1u << BONNET_CLOSING | 1u << BONNET_LAST_ACK;
    const uint32_t takes_number = fin_sent | 1u << BONNET_SYN_SENT | 1u << BONNET_SYN_RECEIVED;
    uint32_t unsent = r->info.tcpi_notsent_bytes;
    if (is_any_of(r->state, takes_number) && r->send_q > 0) r->send_q--;
    if (is_any_of(r->state, fin_sent) && unsent > 0) unsent--;
    if (is_any_of(r->state, fin_got) && r->recv_q > 0) r->recv_q--;
    r->unsent = unsent < r->send_q ? unsent : r->send_q;
    r->in_flight = r->send_q - r->unsent;

    uint64_t got = r->info.tcpi_bytes_received - is_any_of(r->state, fin_got);
    r->delivered = got > r->recv_q ? got - r->recv_q : 0;
    r->written = r->info.tcpi_bytes_sent - r->info.tcpi_bytes_retrans + r->unsent;
}

static uint32_t bytes_of(uint32_t segments, uint32_t mss)
{
    return segments < UINT32_MAX / (mss ? mss : 1) ? segments * mss : UINT32_MAX;
}

static void read_info(struct kernel_diag *d, const void *data, size_t len)
{
    struct bonnet_row *r = &d->row;
    struct bonnet_tcp_info *i = &r->info;
    memcpy(i, data, len < sizeof *i ? len : sizeof *i);
    d->has_info = true;
    r->cwnd = bytes_of(i->tcpi_snd_cwnd, i->tcpi_snd_mss);
    r->ssthresh = i->tcpi_snd_ssthresh >= INT32_MAX
                      ? UINT32_MAX
                      : bytes_of(i->tcpi_snd_ssthresh, i->tcpi_snd_mss);
    r->snd_wnd = i->tcpi_snd_wnd;
    r->rcv_wnd = i->tcpi_rcv_wnd;
}

static void read_memory(struct bonnet_row *r, const void *data, size_t len)
{
    uint32_t m[SK_MEMINFO_VARS] = {0};
    memcpy(m, data, len < sizeof m ? len : sizeof m);
    r->recv_q_max = m[SK_MEMINFO_RCVBUF];
    r->send_q_max = m[SK_MEMINFO_SNDBUF];
    r->memory = m[SK_MEMINFO_RMEM_ALLOC] + m[SK_MEMINFO_WMEM_QUEUED];
    r->drops = m[SK_MEMINFO_DROPS];
}

/* Names that live for ever: rows outlive the answer. */
static const char *congestion_of(const char *name, size_t len)
{
    static const char *const names[] = {"cubic", "reno", "bbr", "dctcp", "vegas", "westwood"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) < len && memcmp(names[i], name, strlen(names[i]) + 1) == 0)
            return names[i];
    return NULL;
}

static void read_attributes(struct kernel_diag *d, const struct inet_diag_msg *m, size_t len)
{
    const char *p = (const char *)m + NLMSG_ALIGN(sizeof *m);
    size_t left = len - NLMSG_ALIGN(sizeof *m);
    struct rtattr a;
    while (left >= sizeof a) {
        memcpy(&a, p, sizeof a);
        if (a.rta_len < sizeof a || a.rta_len > left) return;
        const char *value = p + RTA_LENGTH(0);
        size_t value_len = a.rta_len - RTA_LENGTH(0);
        if (a.rta_type == INET_DIAG_INFO) read_info(d, value, value_len);
        if (a.rta_type == INET_DIAG_SKMEMINFO) read_memory(&d->row, value, value_len);
        if (a.rta_type == INET_DIAG_CONG) d->row.congestion = congestion_of(value, value_len);
        size_t whole = RTA_ALIGN(a.rta_len);
        if (whole > left) return;
        p += whole;
        left -= whole;
    }
}

/* ---- one socket, and all of them ---- */

static void read_socket(struct kernel_diag *d, int protocol, const struct inet_diag_msg *m,
                        size_t len)
{
    const uint32_t ours_closed = 1u << BONNET_FIN_WAIT_1 | 1u << BONNET_FIN_WAIT_2 |
                                 1u << BONNET_CLOSING | 1u << BONNET_LAST_ACK |
                                 1u << BONNET_TIME_WAIT;
    *d = (struct kernel_diag){
        .row = {.size = sizeof d->row,
                .socket = -1,
                .state = (enum bonnet_tcp_state)m->idiag_state,
                .local = endpoint_of(m->id.idiag_src, m->id.idiag_sport),
                .remote = endpoint_of(m->id.idiag_dst, m->id.idiag_dport),
                .recv_q = m->idiag_rqueue,
                .send_q = m->idiag_wqueue,
                .timer = timer_of(m->idiag_timer),
                .timer_left = (bonnet_time)m->idiag_expires * BONNET_MS,
                .retransmits = m->idiag_retrans},
        .inode = m->idiag_inode,
        .cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0],
    };
    if (len > NLMSG_ALIGN(sizeof *m)) read_attributes(d, m, len);
    d->row.kind = kind_of(d, protocol);
    d->row.keepalive = d->row.timer == BONNET_TIMER_KEEPALIVE;
    /* What has no inode belongs to no program; what has not been closed waits to be accepted. */
    d->row.orphan = protocol == TCP && d->inode == 0 && is_any_of(d->row.state, ours_closed);
    if (d->row.kind != BONNET_ROW_CONNECTION || !d->has_info) return;
    read_queues(&d->row);
    d->row.why = why_of(&d->row);
}

static int ask(int diag, int protocol, bool detail)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } q = {
        .head = {.nlmsg_len = sizeof q,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = AF_INET,
                 .sdiag_protocol = (uint8_t)protocol,
                 .idiag_states = (1u << BONNET_STATES_END) - 1},
    };
    const unsigned parts[] = {INET_DIAG_INFO, INET_DIAG_SKMEMINFO, INET_DIAG_CONG};
    for (unsigned i = 0; detail && i < sizeof parts / sizeof parts[0]; i++)
        q.body.idiag_ext |= (uint8_t)(1u << (parts[i] - 1));
    return send(diag, &q, sizeof q, 0) < 0 ? -errno : 0;
}

/* One message of the answer. 1: it was the last one. */
static int read_message(const struct nlmsghdr *h, int protocol, kernel_diag_fn fn, void *ctx)
{
    struct kernel_diag d;
    if (h->nlmsg_type == NLMSG_DONE) return 1;
    if (h->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *e = NLMSG_DATA(h);
        return e->error < 0 ? e->error : -EPROTO;
    }
    size_t len = h->nlmsg_len - NLMSG_HDRLEN;
    if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || len < sizeof(struct inet_diag_msg)) return 0;
    read_socket(&d, protocol, NLMSG_DATA(h), len);
    fn(ctx, &d);
    return 0;
}

int kernel_diag_each(int diag, int protocol, bool detail, kernel_diag_fn fn, void *ctx)
{
    _Alignas(struct nlmsghdr) char answer[32768];
    if (diag < 0) return 0; /* of a host without power */
    int r = ask(diag, protocol, detail);
    while (r == 0) {
        ssize_t got = recv(diag, answer, sizeof answer, 0);
        if (got < 0) return -errno;
        unsigned left = (unsigned)got;
        const struct nlmsghdr *h = (const struct nlmsghdr *)(void *)answer;
        for (; r == 0 && NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
            r = read_message(h, protocol, fn, ctx);
    }
    return r < 0 ? r : 0;
}
