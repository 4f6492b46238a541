/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's calls, made on the stack's own face, which never waits. A call that a script lets
 * wait is made again whenever something has happened, until it returns.
 */
#include "librun.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define PORT         8080
#define TRANSFER_MAX 65536

static const struct {
    int level, name, option;
} options[] = {
    {SOL_SOCKET, SO_REUSEADDR, BONNET_SO_REUSEADDR},
    {SOL_SOCKET, SO_LINGER, BONNET_SO_LINGER},
    {SOL_SOCKET, SO_KEEPALIVE, BONNET_SO_KEEPALIVE},
    {SOL_SOCKET, SO_ERROR, BONNET_SO_ERROR},
    {SOL_SOCKET, SO_RCVBUF, BONNET_SO_RCVBUF},
    {SOL_SOCKET, SO_SNDBUF, BONNET_SO_SNDBUF},
    {IPPROTO_TCP, TCP_NODELAY, BONNET_TCP_NODELAY},
    {IPPROTO_TCP, TCP_CORK, BONNET_TCP_CORK},
    {IPPROTO_TCP, TCP_MAXSEG, BONNET_TCP_MAXSEG},
    {IPPROTO_TCP, TCP_KEEPIDLE, BONNET_TCP_KEEPIDLE},
    {IPPROTO_TCP, TCP_KEEPINTVL, BONNET_TCP_KEEPINTVL},
    {IPPROTO_TCP, TCP_KEEPCNT, BONNET_TCP_KEEPCNT},
    {IPPROTO_TCP, TCP_SYNCNT, BONNET_TCP_SYNCNT},
    {IPPROTO_TCP, TCP_LINGER2, BONNET_TCP_LINGER2},
    {IPPROTO_TCP, TCP_QUICKACK, BONNET_TCP_QUICKACK},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, BONNET_TCP_USER_TIMEOUT},
};

/* What a call works on. */
struct act {
    struct run *r;
    const struct call *call;
    struct file *file; /* of its first argument; NULL: none is open by that number */
    bool is_again;     /* it has been made before, and waited */
};

static int64_t value(const struct act *a, unsigned arg)
{
    return a->call->args[arg].v[0];
}

static struct file *file_of(struct run *r, int64_t fd)
{
    for (unsigned i = 0; i < r->files_n; i++)
        if (r->files[i].script_fd == fd) return &r->files[i];
    return NULL;
}

/* A handle gets the number that the script gives it. */
static int64_t add_file(const struct act *a, int handle)
{
    if (handle < 0) return handle;
    if (a->r->files_n == SOCKETS_MAX) return -EMFILE;
    int fd = (int)a->call->result;
    a->r->files[a->r->files_n++] = (struct file){.script_fd = fd, .handle = handle};
    return fd;
}

static int64_t call_socket(const struct act *a)
{
    bool nonblocking = value(a, 1) & SOCK_NONBLOCK;
    int64_t fd = add_file(a, bonnet_socket(a->r->stage.bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0));
    if (fd >= 0) a->r->files[a->r->files_n - 1].is_nonblocking = nonblocking;
    return fd;
}

static int64_t call_bind(const struct act *a)
{
    struct bonnet_endpoint at = {.addr = bonnet_ip4(192, 168, 0, 1), .port = PORT};
    return bonnet_bind(a->r->stage.bn, a->file->handle, &at);
}

static int64_t call_listen(const struct act *a)
{
    a->r->peer = NULL;
    return bonnet_listen(a->r->stage.bn, a->file->handle, (int)value(a, 1));
}

static int64_t call_accept(const struct act *a)
{
    struct bonnet_endpoint peer;
    int64_t fd = add_file(a, bonnet_accept(a->r->stage.bn, a->file->handle, &peer));
    if (fd >= 0 && !bonnet_addr_equal(peer.addr, bonnet_ip4(192, 0, 2, 1))) return -EPROTO;
    return fd;
}

/* The peer's next connection is the one that is opened here. */
static int64_t call_connect(const struct act *a)
{
    struct bonnet *bn = a->r->stage.bn;
    struct bonnet_endpoint to = {.addr = bonnet_ip4(192, 0, 2, 1), .port = PORT};
    if (a->is_again) {
        int error = 0;
        size_t len = sizeof error;
        int bits = bonnet_poll(bn, a->file->handle);
        if (!(bits & (BONNET_POLLOUT | BONNET_POLLERR | BONNET_POLLHUP))) return -EINPROGRESS;
        bonnet_getsockopt(bn, a->file->handle, BONNET_SO_ERROR, &error, &len);
        return -error;
    }
    int64_t r = bonnet_connect(bn, a->file->handle, &to);
    if (r == -EINPROGRESS && a->r->peers_n < PEERS_MAX) {
        a->r->peer = &a->r->peers[a->r->peers_n++];
        *a->r->peer = (struct peer){.port = PORT};
    }
    return r;
}

static int64_t call_read(const struct act *a)
{
    static uint8_t buf[TRANSFER_MAX];
    int64_t max = value(a, 2) < TRANSFER_MAX ? value(a, 2) : TRANSFER_MAX;
    int flags = a->call->args_n > 3 ? (int)value(a, 3) : 0;
    int64_t n = bonnet_recv(a->r->stage.bn, a->file->handle, buf, (size_t)max, flags);
    for (int64_t i = 0; i < n; i++)
        if (buf[i] != octet_at(a->file->read_bytes + (uint64_t)i)) return -EILSEQ;
    if (n > 0 && !(flags & MSG_PEEK)) a->file->read_bytes += (uint64_t)n;
    return n;
}

/* Returns when all is written, unless the socket does not block. */
static int64_t call_write(const struct act *a)
{
    static uint8_t buf[TRANSFER_MAX];
    int64_t *done = &a->r->waiting.done;
    int64_t len = value(a, 2) - *done;
    int flags = a->call->args_n > 3 ? (int)value(a, 3) : 0;
    if (len > TRANSFER_MAX) return -EMSGSIZE;
    for (int64_t i = 0; i < len; i++)
        buf[i] = octet_at(a->file->written_bytes + (uint64_t)i);
    int64_t n = bonnet_send(a->r->stage.bn, a->file->handle, buf, (size_t)len, flags);
    if (n < 0) return n == -EAGAIN || *done == 0 ? n : *done;
    a->file->written_bytes += (uint64_t)n;
    if (n == len || a->file->is_nonblocking) return *done + n;
    *done += n;
    return -EAGAIN;
}

static int64_t call_shutdown(const struct act *a)
{
    return bonnet_shutdown(a->r->stage.bn, a->file->handle, (int)value(a, 1));
}

/* Has a socket that lingers nothing to wait for any more? */
static bool has_ended(const struct act *a)
{
    struct bonnet_row row = {.size = sizeof row};
    if (a->r->stage.now >= a->r->waiting.patience) return true;
    if (bonnet_inspect_socket(a->r->stage.bn, a->file->handle, &row) < 0) return true;
    return row.state == BONNET_FIN_WAIT_2 || row.state == BONNET_TIME_WAIT ||
           row.state == BONNET_CLOSED;
}

static int64_t close_again(const struct act *a)
{
    if (!has_ended(a)) return -EINPROGRESS;
    bonnet_linger_end(a->r->stage.bn, a->file->handle);
    a->file->script_fd = -1;
    return 0;
}

static int64_t call_close(const struct act *a)
{
    struct bonnet *bn = a->r->stage.bn;
    struct bonnet_linger linger = {0};
    size_t len = sizeof linger;
    if (a->is_again) return close_again(a);
    bonnet_getsockopt(bn, a->file->handle, BONNET_SO_LINGER, &linger, &len);
    int64_t r = bonnet_close(bn, a->file->handle);
    if (r == -EINPROGRESS)
        a->r->waiting.patience = a->r->stage.now + (bonnet_time)linger.linger * BONNET_S;
    else
        a->file->script_fd = -1;
    return r;
}

static int option_of(const struct act *a)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].level == value(a, 1) && options[i].name == value(a, 2))
            return options[i].option;
    return -1;
}

static int64_t call_setsockopt(const struct act *a)
{
    struct bonnet *bn = a->r->stage.bn;
    const struct arg *arg = &a->call->args[3];
    int32_t v[2] = {(int32_t)arg->v[0], (int32_t)arg->v[1]};
    return bonnet_setsockopt(bn, a->file->handle, option_of(a), v, arg->n * sizeof v[0]);
}

/* The value in the script is what must come back. */
static int64_t call_getsockopt(const struct act *a)
{
    const struct arg *want = &a->call->args[3];
    int32_t v[2] = {0};
    size_t len = want->n * sizeof v[0];
    int64_t r = bonnet_getsockopt(a->r->stage.bn, a->file->handle, option_of(a), v, &len);
    for (unsigned i = 0; r >= 0 && i < want->n; i++)
        if (v[i] != want->v[i])
            return run_fail(a->r, a->r->event, "another value\n  expected  %d\n  got       %d",
                            (int)want->v[i], v[i]);
    return r;
}

static int64_t call_fcntl(const struct act *a)
{
    if (value(a, 1) == F_GETFL) return O_RDWR | (a->file->is_nonblocking ? O_NONBLOCK : 0);
    if (value(a, 1) != F_SETFL) return -EINVAL;
    a->file->is_nonblocking = value(a, 2) & O_NONBLOCK;
    return 0;
}

/* Of one descriptor: `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 1`. */
static int64_t call_poll(const struct act *a)
{
    const struct arg *p = &a->call->args[0];
    const struct file *f = file_of(a->r, p->v[0]);
    if (!f) return -EBADF;
    int64_t bits = bonnet_poll(a->r->stage.bn, f->handle);
    if (bits < 0) return bits;
    bits &= p->v[1] | POLLERR | POLLHUP;
    if (bits == 0 && value(a, 2) != 0) return -EAGAIN; /* it may wait */
    if (bits == p->v[2]) return bits != 0;
    return run_fail(a->r, a->r->event, "other events\n  expected  0x%x\n  got       0x%x",
                    (unsigned)p->v[2], (unsigned)bits);
}

static const struct {
    const char *name;
    int64_t (*fn)(const struct act *a);
    bool needs_file;
    unsigned args_min;
} calls[] = {
    {"socket", call_socket, false, 3},
    {"bind", call_bind, true, 3},
    {"listen", call_listen, true, 2},
    {"accept", call_accept, true, 3},
    {"connect", call_connect, true, 3},
    {"read", call_read, true, 3},
    {"recv", call_read, true, 4},
    {"write", call_write, true, 3},
    {"send", call_write, true, 4},
    {"close", call_close, true, 1},
    {"shutdown", call_shutdown, true, 2},
    {"setsockopt", call_setsockopt, true, 5},
    {"getsockopt", call_getsockopt, true, 5},
    {"fcntl", call_fcntl, true, 2},
    {"poll", call_poll, false, 3},
};

static int64_t dispatch(struct run *r, const struct event *e, bool is_again)
{
    const struct call *c = &e->call;
    struct act a = {.r = r, .call = c, .file = file_of(r, c->args[0].v[0]), .is_again = is_again};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(calls[i].name, c->name) != 0) continue;
        if (c->args_n < calls[i].args_min) return run_fail(r, e, "too few arguments");
        if (calls[i].needs_file && !a.file) return -EBADF;
        return calls[i].fn(&a);
    }
    return run_fail(r, e, "no such call");
}

static bool check_result(struct run *r, const struct event *e, int64_t got)
{
    const struct call *c = &e->call;
    int64_t wanted = c->result == -1 ? -c->error : c->result;
    if (r->is_failed) return false;
    if (got == wanted) return true;
    return run_fail(r, e, "another result of %s\n  expected  %lld %s\n  got       %lld %s", c->name,
                    (long long)c->result, c->error ? strerror(c->error) : "",
                    (long long)(got < 0 ? -1 : got), got < 0 ? strerror((int)-got) : "");
}

static bool would_wait(int64_t result)
{
    return result == -EAGAIN || result == -EINPROGRESS;
}

bool socket_call(struct run *r, const struct event *e, bonnet_time from, bonnet_time to)
{
    if (r->waiting.event) return run_fail(r, r->waiting.event, "the call still waits");
    r->waiting = (struct waiting){.from = from, .to = to, .patience = BONNET_NEVER};
    int64_t got = dispatch(r, e, false);
    bool waits = e->when.blocks && would_wait(got);
    if (waits) r->waiting.event = e;
    stage_pump(&r->stage);
    if (waits) return true;
    if (e->when.blocks && to > from) return run_fail(r, e, "the call does not wait");
    return check_result(r, e, got);
}

void socket_retry(struct run *r)
{
    const struct event *e = r->waiting.event;
    if (!e || r->is_failed) return;
    int64_t got = dispatch(r, e, true);
    if (would_wait(got)) return;
    r->waiting.event = NULL;
    r->waiting.done = 0;
    stage_pump(&r->stage);
    if (!check_result(r, e, got)) return;
    if (!run_is_in_time(&e->when, r->waiting.from, r->stage.now, r->waiting.to))
        run_fail(r, e, "the call returns at another time: %.3f s after it was made",
                 (double)(r->stage.now - r->waiting.from) / (double)BONNET_S);
}
