/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of the scenario language that stand for values, and how near a wrong one comes to them.
 *
 * Decides which words there are. Where they may stand is decided by the reader (read*.c).
 */
#include "words.h"

#include "event.h"
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

const struct word words_calls[] = {
    {"socket", LAB_SOCKET},
    {"bind", LAB_BIND},
    {"listen", LAB_LISTEN},
    {"accept", LAB_ACCEPT},
    {"connect", LAB_CONNECT},
    {"read", LAB_READ},
    {"recv", LAB_READ},
    {"write", LAB_WRITE},
    {"send", LAB_WRITE},
    {"writev", LAB_WRITEV},
    {"sendto", LAB_SENDTO},
    {"recvfrom", LAB_RECVFROM},
    {"shutdown", LAB_SHUTDOWN},
    {"close", LAB_CLOSE},
    {"setsockopt", LAB_SETSOCKOPT},
    {"getsockopt", LAB_GETSOCKOPT},
    {"getsockname", LAB_GETSOCKNAME},
    {"getpeername", LAB_GETPEERNAME},
    {"poll", LAB_POLL},
    {"sleep", LAB_SLEEP},
    {"exit", LAB_EXIT},
    {NULL, 0},
};

/* recv and send are second names; the table's end is none. */
static_assert(sizeof words_calls / sizeof *words_calls == LAB_CALLS + 3, "a name for each call");

const struct word words_gauges[] = {
    {"SendQ", LAB_SENDQ},         {"RecvQ", LAB_RECVQ},
    {"in-flight", LAB_IN_FLIGHT}, {"unsent", LAB_UNSENT},
    {"Delivered", LAB_DELIVERED}, {"written", LAB_WRITTEN},
    {"backlog", LAB_BACKLOG},     {"syn-queue", LAB_SYN_QUEUE},
    {"cwnd", LAB_CWND},           {NULL, 0},
};

static_assert(sizeof words_gauges / sizeof *words_gauges == LAB_GAUGES + 1, "a name for each");

/* RFC 9293's spelling, then netstat's and ss's where they differ by more than '-' and '_'. */
const struct word words_states[] = {
    {"LISTEN", BONNET_LISTEN},
    {"SYN-SENT", BONNET_SYN_SENT},
    {"SYN-RECEIVED", BONNET_SYN_RECEIVED},
    {"SYN-RCVD", BONNET_SYN_RECEIVED},
    {"SYN-RECV", BONNET_SYN_RECEIVED},
    {"ESTABLISHED", BONNET_ESTABLISHED},
    {"ESTAB", BONNET_ESTABLISHED},
    {"FIN-WAIT-1", BONNET_FIN_WAIT_1},
    {"FIN-WAIT-2", BONNET_FIN_WAIT_2},
    {"CLOSE-WAIT", BONNET_CLOSE_WAIT},
    {"CLOSING", BONNET_CLOSING},
    {"LAST-ACK", BONNET_LAST_ACK},
    {"TIME-WAIT", BONNET_TIME_WAIT},
    {"CLOSED", BONNET_CLOSED},
    {NULL, 0},
};

const struct word words_options[] = {
    {"SO_REUSEADDR", BONNET_SO_REUSEADDR},
    {"SO_REUSEPORT", BONNET_SO_REUSEPORT},
    {"SO_LINGER", BONNET_SO_LINGER},
    {"SO_KEEPALIVE", BONNET_SO_KEEPALIVE},
    {"SO_RCVBUF", BONNET_SO_RCVBUF},
    {"SO_SNDBUF", BONNET_SO_SNDBUF},
    {"SO_RCVTIMEO", BONNET_SO_RCVTIMEO},
    {"SO_SNDTIMEO", BONNET_SO_SNDTIMEO},
    {"SO_RCVLOWAT", BONNET_SO_RCVLOWAT},
    {"SO_ERROR", BONNET_SO_ERROR},
    {"SO_TYPE", BONNET_SO_TYPE},
    {"SO_DOMAIN", BONNET_SO_DOMAIN},
    {"SO_PROTOCOL", BONNET_SO_PROTOCOL},
    {"SO_ACCEPTCONN", BONNET_SO_ACCEPTCONN},
    {"SO_BINDTODEVICE", BONNET_SO_BINDTODEVICE},
    {"SO_BROADCAST", BONNET_SO_BROADCAST},
    {"SO_OOBINLINE", BONNET_SO_OOBINLINE},
    {"TCP_NODELAY", BONNET_TCP_NODELAY},
    {"TCP_CORK", BONNET_TCP_CORK},
    {"TCP_MAXSEG", BONNET_TCP_MAXSEG},
    {"TCP_KEEPIDLE", BONNET_TCP_KEEPIDLE},
    {"TCP_KEEPINTVL", BONNET_TCP_KEEPINTVL},
    {"TCP_KEEPCNT", BONNET_TCP_KEEPCNT},
    {"TCP_SYNCNT", BONNET_TCP_SYNCNT},
    {"TCP_LINGER2", BONNET_TCP_LINGER2},
    {"TCP_WINDOW_CLAMP", BONNET_TCP_WINDOW_CLAMP},
    {"TCP_INFO", BONNET_TCP_INFO},
    {"TCP_QUICKACK", BONNET_TCP_QUICKACK},
    {"TCP_CONGESTION", BONNET_TCP_CONGESTION},
    {"TCP_USER_TIMEOUT", BONNET_TCP_USER_TIMEOUT},
    {"TCP_NOTSENT_LOWAT", BONNET_TCP_NOTSENT_LOWAT},
    {"IP_TTL", BONNET_IP_TTL},
    {"IP_TOS", BONNET_IP_TOS},
    {"IP_MTU", BONNET_IP_MTU},
    {"IP_MTU_DISCOVER", BONNET_IP_MTU_DISCOVER},
    {"IP_RECVERR", BONNET_IP_RECVERR},
    {NULL, 0},
};

const struct word words_flags[] = {
    {"MSG_PEEK", BONNET_MSG_PEEK},
    {"MSG_DONTWAIT", BONNET_MSG_DONTWAIT},
    {"MSG_MORE", BONNET_MSG_MORE},
    {"MSG_TRUNC", BONNET_MSG_TRUNC},
    {"MSG_NOSIGNAL", BONNET_MSG_NOSIGNAL},
    {"MSG_OOB", BONNET_MSG_OOB},
    {NULL, 0},
};

const struct word words_polls[] = {
    {"POLLIN", BONNET_POLLIN},
    {"POLLOUT", BONNET_POLLOUT},
    {"POLLERR", BONNET_POLLERR},
    {"POLLHUP", BONNET_POLLHUP},
    {"POLLRDHUP", BONNET_POLLRDHUP},
    {"POLLPRI", BONNET_POLLPRI},
    {NULL, 0},
};

const struct word words_hows[] = {
    {"SHUT_RD", BONNET_SHUT_RD},
    {"SHUT_WR", BONNET_SHUT_WR},
    {"SHUT_RDWR", BONNET_SHUT_RDWR},
    {NULL, 0},
};

/* Those that the calls of sockets return, and nothing more. */
const struct word words_errors[] = {
    {"EADDRINUSE", EADDRINUSE},
    {"EADDRNOTAVAIL", EADDRNOTAVAIL},
    {"EAGAIN", EAGAIN},
    {"EWOULDBLOCK", EWOULDBLOCK},
    {"EBADF", EBADF},
    {"ECONNABORTED", ECONNABORTED},
    {"ECONNREFUSED", ECONNREFUSED},
    {"ECONNRESET", ECONNRESET},
    {"EDESTADDRREQ", EDESTADDRREQ},
    {"EHOSTUNREACH", EHOSTUNREACH},
    {"EINPROGRESS", EINPROGRESS},
    {"EINVAL", EINVAL},
    {"EISCONN", EISCONN},
    {"EMSGSIZE", EMSGSIZE},
    {"ENETUNREACH", ENETUNREACH},
    {"ENOTCONN", ENOTCONN},
    {"EOPNOTSUPP", EOPNOTSUPP},
    {"EPIPE", EPIPE},
    {"ETIMEDOUT", ETIMEDOUT},
    {"EACCES", EACCES},
    {"EAFNOSUPPORT", EAFNOSUPPORT},
    {"EALREADY", EALREADY},
    {"EINTR", EINTR},
    {"EMFILE", EMFILE},
    {"ENETDOWN", ENETDOWN},
    {"ENFILE", ENFILE},
    {"ENOBUFS", ENOBUFS},
    {"ENOENT", ENOENT},
    {"ENODEV", ENODEV},
    {"ENOMEM", ENOMEM},
    {"ENOPROTOOPT", ENOPROTOOPT},
    {"EPERM", EPERM},
    {"EPROTO", EPROTO},
    {NULL, 0},
};

const struct word words_units[] = {
    {"ns", 0}, {"us", 1}, {"ms", 2}, {"s", 3}, {"min", 4}, {"h", 5}, {NULL, 0},
};

const bonnet_time words_unit_ns[] = {
    1, BONNET_US, BONNET_MS, BONNET_S, 60 * BONNET_S, 3600 * BONNET_S,
};

const struct word words_limits[] = {
    {"somaxconn", 0}, {"tcp_max_syn_backlog", 0}, {"tcp_max_tw_buckets", 0}, {"tcp_max_orphans", 0},
    {NULL, 0},
};

enum word_option_kind word_option_kind(enum bonnet_option option)
{
    static const struct {
        enum bonnet_option option;
        enum word_option_kind kind;
    } kinds[] = {
        {BONNET_SO_LINGER, WORD_OPTION_LINGER},      {BONNET_SO_RCVTIMEO, WORD_OPTION_TIME},
        {BONNET_SO_SNDTIMEO, WORD_OPTION_TIME},      {BONNET_TCP_KEEPIDLE, WORD_OPTION_SECONDS},
        {BONNET_TCP_KEEPINTVL, WORD_OPTION_SECONDS}, {BONNET_TCP_LINGER2, WORD_OPTION_SECONDS},
        {BONNET_TCP_USER_TIMEOUT, WORD_OPTION_MS},   {BONNET_TCP_CONGESTION, WORD_OPTION_NAME},
        {BONNET_TCP_INFO, WORD_OPTION_STRUCT},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].option == option) return kinds[i].kind;
    return WORD_OPTION_NUMBER;
}

bool word_option_is_get_only(enum bonnet_option option)
{
    static const enum bonnet_option get_only[] = {
        BONNET_SO_ERROR,      BONNET_SO_TYPE,  BONNET_SO_DOMAIN, BONNET_SO_PROTOCOL,
        BONNET_SO_ACCEPTCONN, BONNET_TCP_INFO, BONNET_IP_MTU,
    };
    for (size_t i = 0; i < sizeof get_only / sizeof *get_only; i++)
        if (get_only[i] == option) return true;
    return false;
}

const struct word *word_find(const struct word *table, const char *p, size_t n)
{
    for (; table->text; table++)
        if (strlen(table->text) == n && memcmp(table->text, p, n) == 0) return table;
    return NULL;
}

static bool is_same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static bool is_filler(char c)
{
    return c == '-' || c == '_';
}

static bool is_alike(const char *text, const char *p, size_t n)
{
    const char *end = p + n;
    for (;;) {
        while (is_filler(*text))
            text++;
        while (p < end && is_filler(*p))
            p++;
        if (!*text || p == end) return !*text && p == end;
        if (!is_same_letter(*text++, *p++)) return false;
    }
}

const struct word *word_find_alike(const struct word *table, const char *p, size_t n)
{
    for (; table->text; table++)
        if (is_alike(table->text, p, n)) return table;
    return NULL;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: row[i][j] is the distance of the first i bytes of p and the first j of
 * text. */
unsigned word_distance(const char *p, size_t n, const char *text)
{
    unsigned row[LAB_NAME_MAX + 1][LAB_NAME_MAX + 1];
    size_t m = strlen(text);
    if (n > LAB_NAME_MAX || m > LAB_NAME_MAX) return UINT_MAX;
    for (unsigned i = 0; i <= LAB_NAME_MAX; i++)
        row[i][0] = row[0][i] = i;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            unsigned change = row[i - 1][j - 1] + !is_same_letter(p[i - 1], text[j - 1]);
            row[i][j] = least(change, least(row[i - 1][j], row[i][j - 1]) + 1);
            if (i > 1 && j > 1 && is_same_letter(p[i - 1], text[j - 2]) &&
                is_same_letter(p[i - 2], text[j - 1]))
                row[i][j] = least(row[i][j], row[i - 2][j - 2] + 1);
        }
    return row[n][m];
}

const char *lab_call_name(enum lab_call call)
{
    for (const struct word *w = words_calls; w->text; w++)
        if (w->value == (int)call) return w->text;
    return "";
}

const char *lab_gauge_name(enum lab_gauge gauge)
{
    for (const struct word *w = words_gauges; w->text; w++)
        if (w->value == (int)gauge) return w->text;
    return "";
}

const char *lab_error_name(int error)
{
    for (const struct word *w = words_errors; w->text; w++)
        if (w->value == error) return w->text;
    return NULL;
}

const char *lab_event_name(enum lab_event_kind kind)
{
    static const char *const names[] = {
        [LAB_EVENT_BEGIN] = "begin",   [LAB_EVENT_PACKET] = "packet",
        [LAB_EVENT_DROP] = "drop",     [LAB_EVENT_ARRIVAL] = "arrival",
        [LAB_EVENT_REASON] = "reason", [LAB_EVENT_STATE] = "state",
        [LAB_EVENT_CALL] = "call",     [LAB_EVENT_BLOCKED] = "blocked",
        [LAB_EVENT_GAUGES] = "gauges", [LAB_EVENT_SNAPSHOT] = "snapshot",
        [LAB_EVENT_SAY] = "say",       [LAB_EVENT_ACT] = "act",
        [LAB_EVENT_WAIT] = "wait",     [LAB_EVENT_EXPECT] = "expect",
        [LAB_EVENT_SKIP] = "skip",     [LAB_EVENT_MEASURE] = "measure",
        [LAB_EVENT_TABLE] = "table",   [LAB_EVENT_END] = "end",
    };
    _Static_assert(sizeof(names) / sizeof(names[0]) == LAB_EVENT_END + 1, "a name for each");
    return names[kind];
}
