/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call of a script, read: its name, the numbers in its arguments, and what it shall return.
 * Constants have the values of the system that the tests are built on.
 */
#include "libscript.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* The value of SO_LINGER and its like is Linux'; <netinet/tcp.h> lacks a few of TCP's. */
#define NAME(x) \
    {           \
#x, x   \
    }
static const struct {
    const char *name;
    int64_t value;
} constants[] = {
    NAME(SOCK_STREAM),   NAME(SOCK_NONBLOCK),    NAME(IPPROTO_TCP),  NAME(IPPROTO_IP),
    NAME(SOL_SOCKET),    NAME(SOL_TCP),          NAME(SO_REUSEADDR), NAME(SO_LINGER),
    NAME(SO_KEEPALIVE),  NAME(SO_ERROR),         NAME(SO_RCVBUF),    NAME(SO_SNDBUF),
    NAME(TCP_NODELAY),   NAME(TCP_CORK),         NAME(TCP_MAXSEG),   NAME(TCP_KEEPIDLE),
    NAME(TCP_KEEPINTVL), NAME(TCP_KEEPCNT),      NAME(TCP_SYNCNT),   NAME(TCP_LINGER2),
    NAME(TCP_QUICKACK),  NAME(TCP_USER_TIMEOUT), NAME(F_GETFL),      NAME(F_SETFL),
    NAME(O_RDWR),        NAME(O_NONBLOCK),       NAME(SHUT_RD),      NAME(SHUT_WR),
    NAME(SHUT_RDWR),     NAME(MSG_DONTWAIT),     NAME(MSG_MORE),     NAME(MSG_PEEK),
    NAME(MSG_NOSIGNAL),  NAME(POLLIN),           NAME(POLLOUT),      NAME(POLLERR),
    NAME(POLLHUP),       {"POLLRDHUP", 0x2000},
};

static const struct {
    const char *name;
    int value;
} errors[] = {
    NAME(EAGAIN),     NAME(EWOULDBLOCK), NAME(EINPROGRESS), NAME(EALREADY),     NAME(EISCONN),
    NAME(ENOTCONN),   NAME(EPIPE),       NAME(ECONNRESET),  NAME(ECONNREFUSED), NAME(ETIMEDOUT),
    NAME(EADDRINUSE), NAME(EINVAL),      NAME(EBADF),       NAME(ECONNABORTED),
};

static int64_t constant(struct cursor *c)
{
    char word[32];
    if (!cursor_word(c, word, sizeof word)) return 0;
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
        if (strcmp(constants[i].name, word) == 0) return constants[i].value;
    cursor_fail(c, "a constant that is known");
    return 0;
}

static int error_number(struct cursor *c)
{
    char word[32];
    if (!cursor_word(c, word, sizeof word)) return 0;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (strcmp(errors[i].name, word) == 0) return errors[i].value;
    cursor_fail(c, "an error that is known");
    return 0;
}

static bool sees_number(struct cursor *c)
{
    struct cursor ahead = *c;
    int64_t ignored;
    return cursor_number(&ahead, &ignored);
}

/* `{onoff=1, ...`: the name before a value says nothing that its place does not. */
static void skip_name(struct cursor *c)
{
    struct cursor ahead = *c;
    char word[32];
    if (cursor_word(&ahead, word, sizeof word) && cursor_take(&ahead, "=")) *c = ahead;
}

static void parse_value(struct cursor *c, struct arg *a)
{
    int64_t v = 0;
    skip_name(c);
    do {
        int64_t part = 0;
        if (sees_number(c))
            cursor_number(c, &part);
        else
            part = constant(c);
        v |= part;
    } while (cursor_take(c, "|"));
    if (a->n == sizeof a->v / sizeof a->v[0])
        cursor_fail(c, "at most four values");
    else
        a->v[a->n++] = v;
}

static void parse_arg(struct cursor *c, struct arg *a)
{
    unsigned depth = 0;
    if (cursor_take(c, "...")) return;
    while (cursor_take(c, "[") || cursor_take(c, "{"))
        depth++;
    do
        parse_value(c, a);
    while (depth > 0 && cursor_take(c, ","));
    for (; depth > 0; depth--)
        if (!cursor_take(c, "}")) cursor_need(c, "]");
}

static void parse_result(struct cursor *c, struct call *call)
{
    cursor_need(c, "=");
    cursor_number(c, &call->result);
    if (call->result == -1) call->error = error_number(c);
    if (!cursor_take(c, "(")) return;
    while (*c->p && *c->p != ')') /* a remark */
        c->p++;
    cursor_need(c, ")");
}

bool call_parse(struct cursor *c, struct call *out)
{
    *out = (struct call){.result = 0};
    cursor_word(c, out->name, sizeof out->name);
    cursor_need(c, "(");
    do {
        if (out->args_n == CALL_ARGS_MAX)
            cursor_fail(c, "fewer arguments");
        else
            parse_arg(c, &out->args[out->args_n++]);
    } while (cursor_take(c, ","));
    cursor_need(c, ")");
    parse_result(c, out);
    return !c->error;
}
