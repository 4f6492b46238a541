/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of scenarios that are wrong: a row for each construct, with the whole message.
 */
#include "libread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Four lines that are right; the rows are the fifth. */
#define HEAD                 \
    "host client 10.0.0.1\n" \
    "host server 10.0.0.2\n" \
    "sweep size 1 2\n"       \
    "server: s = socket()\n"

#define HOSTS "host client 10.0.0.1\nhost server 10.0.0.2\n"

#define CALLS                                                                                    \
    "socket, bind, listen, accept, connect, read, recv, write, send, writev, sendto, recvfrom, " \
    "shutdown, close, setsockopt, getsockopt, getsockname, getpeername, poll, sleep, exit"
#define STATES                                                                             \
    "LISTEN, SYN-SENT, SYN-RECEIVED, SYN-RCVD, SYN-RECV, ESTABLISHED, ESTAB, FIN-WAIT-1, " \
    "FIN-WAIT-2, CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT, CLOSED"
#define UNITS      "with its unit, as 20ms (ns, us, ms, s, min, h)"
#define CONDITIONS "=, <, <=, >, >= or a range as 1..10"
#define FLAGS      "flags as tcpdump writes them: S, F, R, P, U, E, W and . for ACK, as [S.]"

struct row {
    const char *text;
    const char *message; /* what follows "t.lab:", and behind HEAD "t.lab:5: " */
};

static const struct row calls[] = {
    {"server: conect(s)", "'conect': expected a call (" CALLS "); did you mean 'connect'?"},
    {"server: foo(s)", "'foo': expected a call (" CALLS ")"},
    {"server: bind(s, srver:80)", "'srver': expected HOST:PORT, ADDRESS:PORT or *:PORT (client, "
                                  "server); did you mean 'server'?"},
    {"server: bind(s, server:70000)", "'70000': expected a port from 0 to 65535"},
    {"server: bind(s, server:http)", "'http': expected a port or a variable (size)"},
    {"server: bind(s, server)", "')': expected ':' and a port"},
    {"server: bind(s, 10.0.0:80)", "'10.0.0': expected an IPv4 address, as 10.0.0.1"},
    {"server: bind(s)", "')': expected ',' and one more argument: bind(SOCKET, HOST:PORT)"},
    {"server: bind(s, *:80, 1)", "',': expected ')': bind(SOCKET, HOST:PORT)"},
    {"server: bind(s, *:80", "end of line: expected ')': bind(SOCKET, HOST:PORT)"},
    {"server: listen(s)", "')': expected ',' and one more argument: listen(SOCKET, BACKLOG)"},
    {"server: listen s, 5", "'s': expected '(': listen(SOCKET, BACKLOG)"},
    {"server: accept(s)", "'accept': the connection needs a name: expected `c = accept(...)`"},
    {"server: socket()", "'socket': the socket needs a name: expected `s = socket(...)`"},
    {"server: c = bind(s, *:80)", "'c': the call gives nothing that could have a name"},
    {"server: s = read(s, 10)", "'s': this is a socket already"},
    {"server: socket = socket(sctp)",
     "'sctp': expected what kind of socket (tcp, udp, SOCK_STREAM, SOCK_DGRAM, IPPROTO_TCP, "
     "IPPROTO_UDP, SOCK_NONBLOCK, AF_INET, 0)"},
    {"server: is = socket()", "'is': this word is the language's own"},
    {"server: read(s, 10ms)", "'10ms': expected a number of bytes, without unit"},
    {"server: read(s, 1.5)", "'1.5': expected a number of bytes, without unit"},
    {"server: read(s, n)", "'n': expected a number of bytes or a variable (size)"},
    {"server: read(s, 10, MSG_PEK)", "'MSG_PEK': expected flags (MSG_PEEK, MSG_DONTWAIT, MSG_MORE, "
                                     "MSG_TRUNC, MSG_NOSIGNAL, MSG_OOB); did you mean 'MSG_PEEK'?"},
    {"server: read(s, 99999999999999999999)",
     "'99999999999999999999': expected a number of bytes from 0 to 1073741824"},
    {"server: read(s, 2000000000)",
     "'2000000000': expected a number of bytes from 0 to 1073741824"},
    {"server: read(s, -1)", "'-1': expected a number of bytes from 0 to 1073741824"},
    {"server: read(s, size*)", "')': expected a number"},
    {"server: read(s, size/0)", "'0': expected a number from 1 to 1000000"},
    {"server: write(s, \"abc)", "'\"abc)': the string has no end: expected '\"' on this line"},
    {"server: write(s, \"a\\qc\")",
     "'\\q': expected one of \\n \\t \\r \\0 \\\" \\\\ \\xHH (two digits)"},
    {"server: write(s, \"a\\x1\")",
     "'\\x': expected one of \\n \\t \\r \\0 \\\" \\\\ \\xHH (two digits)"},
    {"server: writev(s, 1, 2, 3, 4, 5, 6, 7, 8, 9)", "'9': more than 8 pieces"},
    {"server: sendto(s, 10)",
     "')': expected ',' and one more argument: sendto(SOCKET, BYTES or TEXT, HOST:PORT, FLAGS)"},
    {"server: shutdown(s, SHUT_WRITE)", "'SHUT_WRITE': expected what to shut down (SHUT_RD, "
                                        "SHUT_WR, SHUT_RDWR); did you mean 'SHUT_WR'?"},
    {"server: setsockopt(s, SO_LINGERS, 1)",
     "'SO_LINGERS': expected an option (SO_REUSEADDR, SO_REUSEPORT, SO_LINGER, SO_KEEPALIVE, "
     "SO_RCVBUF, SO_SNDBUF, SO_RCVTIMEO, SO_SNDTIMEO, SO_RCVLOWAT, SO_ERROR, SO_TYPE, SO_DOMAIN, "
     "SO_PROTOCOL, SO_ACCEPTCONN, SO_BINDTODEVICE, SO_BROADCAST, SO_OOBINLINE, TCP_NODELAY, "
     "TCP_CORK, TCP_MAXSEG, TCP_KEEPIDLE, TCP_KEEPINTVL, ...); did you mean 'SO_LINGER'?"},
    {"server: setsockopt(s, SO_LINGER, 1)", "'1': expected {0, 0}, or {1, SECONDS}"},
    {"server: setsockopt(s, SO_LINGER, {1, 1500ms})",
     "'1500ms': the option has not such small units"},
    {"server: setsockopt(s, SO_LINGER, {2, 5s})", "'2': expected a number from 0 to 1"},
    {"server: setsockopt(s, SO_ERROR, 1)", "'SO_ERROR': this option can be asked for, and not set"},
    {"server: setsockopt(s, TCP_CONGESTION, reno)",
     "'reno': expected a name in quotes, as \"reno\""},
    {"server: getsockopt(s, TCP_INFO)",
     "'TCP_INFO': this option is not one value: expected another option"},
    {"server: poll(s, POLLIN, 5)", "'5': expected a time " UNITS},
    {"server: poll(s, IN)",
     "'IN': expected what to poll for (POLLIN, POLLOUT, POLLERR, POLLHUP, POLLRDHUP, POLLPRI)"},
    {"server: sleep(5)", "'5': expected a time " UNITS},
    {"server: sleep()", "')': expected a time " UNITS},
    {"server: exit(1)", "'1': expected ')': exit()"},
    {"server: repeat",
     "end of line: expected '{' and calls: repeat { CALL; CALL }, repeat 10 { CALL }"},
    {"server: repeat 0 { close(s) }", "'0': expected turns from 1 to 2147483647"},
    {"server: repeat { }", "end of line: expected a call between '{' and '}'"},
    {"server: repeat { close(s)", "end of line: the repeat of line 5 has no end: expected '}'"},
    {"server: repeat { close(s) close(s) }",
     "'close': expected `= RESULT`, `from HOST:PORT`, `blocks`, `after TIME`, each at most once, "
     "or nothing"},
    {"server: close(s) ; close(s)", "';': expected the end of the line"},
};

static const struct row outcomes[] = {
    {"server: bind(s, *:80) = EADDRINUSED",
     "'EADDRINUSED': expected an error (EADDRINUSE, EADDRNOTAVAIL, EAGAIN, EWOULDBLOCK, EBADF, "
     "ECONNABORTED, ECONNREFUSED, ECONNRESET, EDESTADDRREQ, EHOSTUNREACH, EINPROGRESS, EINVAL, "
     "EISCONN, EMSGSIZE, ENETUNREACH, ENOTCONN, EOPNOTSUPP, EPIPE, ETIMEDOUT, EACCES, "
     "EAFNOSUPPORT, EALREADY, EINTR, EMFILE, ENETDOWN, ENFILE, ...); did you mean 'EADDRINUSE'?"},
    {"server: accept(s) = 0", "'0': accept() returns a socket: expected an error, or `= any`"},
    {"server: getsockname(s) = 80", "'80': expected an IPv4 address, as 10.0.0.1"},
    {"server: bind(s, *:80) = \"ok\"", "'\"ok\"': bind() does not return a text"},
    {"server: read(s, 1) = POLLIN", "'POLLIN': read() does not return bits of poll"},
    {"server: read(s, 1) from client:80", "'client': only accept() and recvfrom() say from whom"},
    {"server: read(s, 1) after 5", "'5': expected a time " UNITS},
    {"server: read(s, 1) after 5s..1s", "'5s..1s': the range ends before it begins"},
    {"server: read(s, 1) block", "'block': expected `= RESULT`, `from HOST:PORT`, `blocks`, `after "
                                 "TIME`, each at most once, or nothing; did you mean 'blocks'?"},
    {"server: read(s, 1) = 1 = 2", "'=': expected `= RESULT`, `from HOST:PORT`, `blocks`, `after "
                                   "TIME`, each at most once, or nothing"},
    {"server: read(s, 1) = -2", "'-2': expected -1 and an error, as -1 EPIPE"},
    {"server: read(s, 1) = -1",
     "end of line: expected an error (EADDRINUSE, EADDRNOTAVAIL, EAGAIN, EWOULDBLOCK, EBADF, "
     "ECONNABORTED, ECONNREFUSED, ECONNRESET, EDESTADDRREQ, EHOSTUNREACH, EINPROGRESS, EINVAL, "
     "EISCONN, EMSGSIZE, ENETUNREACH, ENOTCONN, EOPNOTSUPP, EPIPE, ETIMEDOUT, EACCES, "
     "EAFNOSUPPORT, EALREADY, EINTR, EMFILE, ENETDOWN, ENFILE, ...)"},
};

static const struct row story[] = {
    {"server close(s)", "'close': expected ':' behind the program's name"},
    {"sever: close(s)", "'sever': expected a program (client, server); did you mean 'server'?"},
    {"expct server s is LISTEN",
     "'expct': expected `PROGRAM: CALL(...)` or a line of another kind (client, server, wait, "
     "expect, say, snapshot, kill, power, cut, mend, drop, corrupt, duplicate, hold, record, "
     "replay, forge, measure, together); did you mean 'expect'?"},
    {"client: connect(s, server:80)", "'s': expected a socket that was made on client above"},
    {"wait", "end of line: expected `for PROGRAM`, or a time " UNITS},
    {"wait 5", "'5': expected `for PROGRAM`, or a time " UNITS},
    {"wait 5 s extra", "'5': expected `for PROGRAM`, or a time " UNITS},
    {"wait 5sec", "'5sec': expected `for PROGRAM`, or a time " UNITS},
    {"wait 99999999999h", "'99999999999h': more than ten years"},
    {"wait for nobody", "'nobody': expected a program (client, server)"},
    {"wait for client at least 5s", "'least': expected 'most'"},
    {"kill nobody", "'nobody': expected a program (client, server)"},
    {"power of server", "'of': expected the state of the power (off, on)"},
    {"power off sever", "'sever': expected a host (client, server); did you mean 'server'?"},
    {"cut client -- sever", "'sever': expected a host (client, server); did you mean 'server'?"},
    {"cut client server", "'server': expected '--' and the other host"},
    {"cut client -- client", "'client': no link joins these hosts"},
    {"snapshot", "end of line: expected a form of the snapshot (ss, netstat)"},
    {"snapshot sss", "'sss': expected a form of the snapshot (ss, netstat); did you mean 'ss'?"},
    {"snapshot ss sever", "'sever': expected a host (client, server); did you mean 'server'?"},
    {"say", "end of line: expected text"},
    {"on linux wait 5s", "'linux': expected a stack (bonnet, kernel)"},
    {"on kernel", "end of line: expected `PROGRAM: CALL(...)` or a line of another kind (client, "
                  "server, wait, expect, say, snapshot, kill, power, cut, mend, drop, corrupt, "
                  "duplicate, hold, record, replay, forge, measure, together)"},
    {"together", "end of line: expected indented lines below `together`"},
    {"  wait 5s", "'wait': an indented line stands below `together`, and only there"},
    {"host late 10.0.0.3", "'host': belongs above the story, which begins in line 4"},
};

static const struct row faults[] = {
    {"drop segment from client", "'segment': expected which packets: next, next 3, 2nd, every"},
    {"drop next segmnt from client",
     "'segmnt': expected what to look for: [FLAGS], or (segment, data, datagram, packet, segments, "
     "datagrams, packets); did you mean 'segment'?"},
    {"drop 0th segment from client", "'0th': expected which packets: next, next 3, 2nd, every"},
    {"drop 2nd segment of client", "'of': expected 'from'"},
    {"drop next [Q] from client", "'[Q]': expected " FLAGS},
    {"drop next [] from client", "'[]': expected " FLAGS},
    {"drop next [S from client", "'[S from client': expected " FLAGS},
    {"drop next 2000000 segments from client", "'2000000': expected a number from 1 to 1000000"},
    {"hold next data from client", "end of line: expected 'for'"},
    {"record next data from client", "end of line: expected 'as'"},
    {"record every data from client as OLD", "'every': one packet is recorded: next, or 2nd"},
    {"record next data from client as 1",
     "'1': expected a name for the packet: a letter, then letters, digits, _ and -"},
    {"replay OLD", "'OLD': expected a packet recorded above"},
    {"forge [R] from server x seq +10", "'x': expected a socket that was made on server above (s)"},
    {"forge [R] from server s sequence +10",
     "'sequence': expected what differs (seq, ack, length)"},
    {"forge [R] from server s seq ten", "'ten': expected an offset, as +10 or -1"},
    {"forge [S] from 10.0.0.256 to server:80",
     "'10.0.0.256': expected an IPv4 address, as 10.0.0.1"},
    {"forge [S] from 10.9.0.0/40 to server:80", "'40': expected bits from 8 to 32"},
    {"forge [S] from 10.9.0.0/16", "end of line: expected 'to'"},
    {"forge some from 10.9.0.0/16", "'some': expected flags as [S], or how many segments"},
};

static const struct row expects[] = {
    {"expect",
     "end of line: expected what is looked at (client, server, wire, segments, time, deadlock)"},
    {"expect nobody",
     "'nobody': expected what is looked at (client, server, wire, segments, time, deadlock)"},
    {"expect server x is LISTEN", "'x': expected a socket that was made on server above (s)"},
    {"expect server s is LISTENING",
     "'LISTENING': expected gone or a state (" STATES "); did you mean 'LISTEN'?"},
    {"expect server s LISTEN", "'LISTEN': expected `is STATE` or a queue (SendQ, RecvQ, in-flight, "
                               "unsent, Delivered, written, backlog, syn-queue, cwnd)"},
    {"expect server s Sendq", "end of line: expected " CONDITIONS},
    {"expect server s SendQ 500", "'500': expected " CONDITIONS},
    {"expect server s RecvQ = 1, RecvQ = 2", "'RecvQ': this was said already"},
    {"expect server s SendQueue = 1",
     "'SendQueue': expected `is STATE` or a queue (SendQ, RecvQ, in-flight, unsent, Delivered, "
     "written, backlog, syn-queue, cwnd); did you mean 'SendQ'?"},
    {"expect server is bloked",
     "'bloked': expected what the program does (blocked, free); did you mean 'blocked'?"},
    {"expect server is blocked in conect",
     "'conect': expected a call (" CALLS "); did you mean 'connect'?"},
    {"expect wire", "end of line: expected a host (client, server)"},
    {"expect wire client", "end of line: expected flags, as [S.]"},
    {"expect wire client S", "'S': expected flags, as [S.]"},
    {"expect wire sever [S]", "'sever': expected a host (client, server); did you mean 'server'?"},
    {"expect wire client [S] server [S.]", "'server': expected the end of the line"},
    {"expect segments", "end of line: expected " CONDITIONS},
    {"expect segments many", "'many': expected a number or a variable (size)"},
    {"expect server counts", "end of line: expected a counter by nstat's name, or a reason's name"},
    {"expect server counts ListenOverflow = 3",
     "'ListenOverflow': expected a counter by nstat's name, or a reason's name; did you mean "
     "'ListenOverflows'?"},
    {"expect server counts ListenOverflows", "end of line: expected " CONDITIONS},
    {"expect server has LISTEN", "'LISTEN': expected a number or a variable (size)"},
    {"expect server has 1", "end of line: expected sockets or a state (" STATES ")"},
    {"expect server has two LISTEN", "'two': expected a number or a variable (size)"},
    {"expect server memory", "end of line: expected " CONDITIONS},
    {"expect time = 60", "'60': expected a time " UNITS},
    {"expect time = 60us", "'60us': time is looked at in whole milliseconds"},
    {"expect speed grows with size until 5", "'speed': expected a measure made above"},
    {"measure speed = throughput", "end of line: expected a program (client, server)"},
    {"measure speed throughput server s", "'throughput': expected '=' and what is measured"},
    {"measure speed = velocity",
     "'velocity': expected what is measured (throughput, segments, time)"},
};

/* What stands above the story, and what becomes of the file as a whole. */
static const struct row heads[] = {
    {"", "1: end of line: the story has no host: expected `host NAME ADDRESS` above it"},
    {"hots client 10.0.0.1\n",
     "1: 'hots': expected `PROGRAM: CALL(...)` or a line of another kind (wait, expect, say, "
     "snapshot, kill, power, cut, mend, drop, corrupt, duplicate, hold, record, replay, forge, "
     "measure, together, question, answer, host, program, link, set, sweep, skip); did you mean "
     "'host'?"},
    {"client: s = socket()\n",
     "1: 'client': the story has no host: expected `host NAME ADDRESS` above it"},
    {"# only a comment\n",
     "1: end of line: the story has no host: expected `host NAME ADDRESS` above it"},
    {"question\n", "1: end of line: expected text"},
    {"host\n",
     "1: end of line: expected a name for the host: a letter, then letters, digits, _ and -"},
    {"host 1st 10.0.0.1\n",
     "1: '1st': expected a name for the host: a letter, then letters, digits, _ and -"},
    {"host a\n", "1: end of line: expected an IPv4 address, as 10.0.0.1"},
    {"host a fe80::1\n", "1: 'fe80': expected an IPv4 address, as 10.0.0.1"},
    {"host a 10.0.0.1 10.0.0.2\n", "1: '10.0.0.2': expected ',' and one more address, or nothing"},
    {"host a 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5\n",
     "1: '10.0.0.5': a host has at most 4 addresses"},
    {"host a 127.0.0.1\n", "1: '127.0.0.1': not an address that a host may have"},
    {"host a 224.0.0.1\n", "1: '224.0.0.1': not an address that a host may have"},
    {"host a 10.0.0.1, 10.0.0.1\n", "1: '10.0.0.1': a host has this address already"},
    {"host a 10.0.0.1\nhost a 10.0.0.2\n",
     "2: 'a': there is a host or a program of this name already"},
    {"host a 10.0.0.1\nhost b 10.0.0.1\n", "2: '10.0.0.1': a host has this address already"},
    {"host wire 10.0.0.1\n", "1: 'wire': this word is the language's own"},
    {"host a-name-that-has-more-letters-than-it-may 10.0.0.1\n",
     "1: 'a-name-that-has-more-letters-than-it-may': a name has at most 31 letters"},
    {"wait 5s\n", "1: 'wait': the story has no host: expected `host NAME ADDRESS` above it"},
    {"host a 10.0.0.1\nhost b 10.0.0.2\nhost c 10.0.0.3\nwait 5s\n",
     "4: 'wait': 3 hosts need links: expected `link a -- b` above the story"},
    {HOSTS "host third 10.0.0.2\n", "3: '10.0.0.2': a host has this address already"},
    {HOSTS "hots third 10.0.0.3\n",
     "3: 'hots': expected `PROGRAM: CALL(...)` or a line of another kind (client, server, wait, "
     "expect, say, snapshot, kill, power, cut, mend, drop, corrupt, duplicate, hold, record, "
     "replay, forge, measure, together, question, answer, host, program, link, set, sweep, skip); "
     "did you mean 'host'?"},
    {HOSTS "program client on server\n",
     "3: 'client': there is a host or a program of this name already"},
    {HOSTS "program more\n", "3: end of line: expected 'on'"},
    {HOSTS "program more on nobody\n", "3: 'nobody': expected a host (client, server)"},
    {HOSTS "program more at client\n", "3: 'at': expected 'on'"},
    {HOSTS "link client\n", "3: end of line: expected '--' and the other host"},
    {HOSTS "link client -- sever\n",
     "3: 'sever': expected a host (client, server); did you mean 'server'?"},
    {HOSTS "link client -- client\n", "3: 'client': a link joins two hosts"},
    {HOSTS "link client -- server\nlink server -- client\n",
     "4: 'server': a link joins these hosts already"},
    {HOSTS "link client -- server delay 20\n",
     "3: '20': expected netem's words, with units: delay 20ms 5ms, loss 1%, burst 4, rate 10mbit, "
     "limit 100, duplicate 1%, corrupt 1%, reorder 5% (of a link with a delay); then mtu 1500"},
    {HOSTS "link client -- server delay\n",
     "3: end of line: expected netem's words, with units: delay 20ms 5ms, loss 1%, burst 4, rate "
     "10mbit, limit 100, duplicate 1%, corrupt 1%, reorder 5% (of a link with a delay); then mtu "
     "1500"},
    {HOSTS "link client -- server dely 20ms\n",
     "3: 'dely': expected netem's words, with units: delay 20ms 5ms, loss 1%, burst 4, rate "
     "10mbit, limit 100, duplicate 1%, corrupt 1%, reorder 5% (of a link with a delay); then mtu "
     "1500"},
    {HOSTS "link client -- server reorder 5%\n",
     "3: 'reorder': expected netem's words, with units: delay 20ms 5ms, loss 1%, burst 4, rate "
     "10mbit, limit 100, duplicate 1%, corrupt 1%, reorder 5% (of a link with a delay); then mtu "
     "1500"},
    {HOSTS "link client -- server mtu 10\n", "3: '10': expected bytes from 68 to 65535"},
    {HOSTS "link client -- server mtu 1500 delay 5ms\n",
     "3: 'delay': expected the end of the line"},
    {HOSTS "set\n", "3: end of line: expected a host (client, server)"},
    {HOSTS "set server somaxcon 5\n",
     "3: 'somaxcon': expected a limit by its sysctl name (somaxconn, tcp_max_syn_backlog, "
     "tcp_max_tw_buckets, tcp_max_orphans); did you mean 'somaxconn'?"},
    {HOSTS "set server net.core.somaxcon 5\n",
     "3: 'somaxcon': expected a limit by its sysctl name (somaxconn, tcp_max_syn_backlog, "
     "tcp_max_tw_buckets, tcp_max_orphans); did you mean 'somaxconn'?"},
    {HOSTS "set server somaxconn\n", "3: end of line: expected a number"},
    {HOSTS "set server somaxconn -1\n", "3: '-1': expected a number from 0 to 2147483647"},
    {HOSTS "set nobody somaxconn 5\n", "3: 'nobody': expected a host (client, server)"},
    {HOSTS "sweep\n",
     "3: end of line: expected a name for the values: a letter, then letters, digits, _ and -"},
    {HOSTS "sweep size\n", "3: end of line: expected a value"},
    {HOSTS "sweep size 1 x\n", "3: 'x': expected a value"},
    {HOSTS "sweep size 1\nsweep size 2\n", "4: 'size': there is a sweep of this name already"},
    {HOSTS "sweep a 1\nsweep b 1\nsweep c 1\n", "5: 'c': more than 2 sweeps"},
    {HOSTS "skip on bonnet because no\n", "3: 'bonnet': expected 'kernel'"},
    {HOSTS "skip on kernel because\n", "3: end of line: expected text"},
    {HOSTS "wait 5s\nset server somaxconn 5\n",
     "4: 'set': belongs above the story, which begins in line 3"},
    {HOSTS "on kernel question why\n",
     "3: 'question': expected `PROGRAM: CALL(...)` or a line of another kind (client, server, "
     "wait, expect, say, snapshot, kill, power, cut, mend, drop, corrupt, duplicate, hold, record, "
     "replay, forge, measure, together, question, answer, host, program, link, set, sweep, skip)"},
    {HOSTS "together\n    client: s = socket()\n    client: s = socket()\n",
     "5: 'client': this program begins another line of this `together`, and does one thing at a "
     "time"},
    {HOSTS "together\n    together\n",
     "4: 'together': expected `PROGRAM: CALL(...)` or a line of another kind (client, server, "
     "wait, expect, say, snapshot, kill, power, cut, mend, drop, corrupt, duplicate, hold, record, "
     "replay, forge, measure, together)"},
    {HOSTS "together\n    wait 5s\n", "4: 'wait': has no place below `together`: expected what "
                                      "begins at once (a call, kill, cut, drop, ...)"},
    {HOSTS "together\nclient: s = socket()\n",
     "3: end of line: expected indented lines below `together`"},
    {HOSTS "client: repeat {\n    s = socket()\n",
     "4: end of line: the repeat of line 3 has no end: expected '}'"},
    {HOSTS "client: n = socket()\nclient: read(n, 10) = 5 \x01",
     "4: byte 0x01: expected text in UTF-8"},
};

/* Rows behind HEAD. */
static void check_lines(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[512], message[640];
        snprintf(text, sizeof text, "%s%s\n", HEAD, rows[i].text);
        snprintf(message, sizeof message, "t.lab:5: %s", rows[i].message);
        assert_string_equal(read_bad(text), message);
    }
}

static void a_wrong_head_is_told_by_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char message[640];
        snprintf(message, sizeof message, "t.lab:%s", heads[i].message);
        assert_string_equal(read_bad(heads[i].text), message);
    }
}

static void a_wrong_call_is_told_by_its_word(void **state)
{
    (void)state;
    check_lines(calls, sizeof calls / sizeof *calls);
}

static void a_wrong_result_is_told_by_its_word(void **state)
{
    (void)state;
    check_lines(outcomes, sizeof outcomes / sizeof *outcomes);
}

static void a_wrong_line_of_the_story_is_told_by_its_word(void **state)
{
    (void)state;
    check_lines(story, sizeof story / sizeof *story);
}

static void a_wrong_fault_is_told_by_its_word(void **state)
{
    (void)state;
    check_lines(faults, sizeof faults / sizeof *faults);
}

static void a_wrong_expectation_is_told_by_its_word(void **state)
{
    (void)state;
    check_lines(expects, sizeof expects / sizeof *expects);
}

static void long_words_are_cut_between_letters(void **state)
{
    char text[512] = HEAD;
    (void)state;
    size_t n = strlen(text);
    memset(text + n, 'x', 300);
    text[n + 300] = '\0';
    const char *message = read_bad(text);
    assert_non_null(
        strstr(message, "t.lab:5: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'...: expected"));
    memcpy(text + n, "\xc3\xa4", 2);
    for (int i = 2; i < 60; i += 2)
        memcpy(text + n + i, "\xc3\xa4", 2);
    text[n + 60] = '\0';
    assert_non_null(strstr(read_bad(text), "\xc3\xa4'...: expected"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_head_is_told_by_its_word),
        cmocka_unit_test(a_wrong_call_is_told_by_its_word),
        cmocka_unit_test(a_wrong_result_is_told_by_its_word),
        cmocka_unit_test(a_wrong_line_of_the_story_is_told_by_its_word),
        cmocka_unit_test(a_wrong_fault_is_told_by_its_word),
        cmocka_unit_test(a_wrong_expectation_is_told_by_its_word),
        cmocka_unit_test(long_words_are_cut_between_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
