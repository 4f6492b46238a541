/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Powers over packets: `drop next segment from client`, `forge [R] from client s seq +10`.
 *
 * A fault says of a sender which packets, from which on, and how many. Flags are compared without
 * PSH, which a stack sets as it likes.
 */
#include "read.h"
#include <bonnet/netif.h>
#include <bonnet/packet.h>
#include <string.h>

#define PACKETS_MAX 1000000
#define TEXT_MAX    1460 /* bytes of a forged segment */

/* 1st, 2nd, 3rd, 4th: digits, then two letters that are not looked at closely. */
static bool try_ordinal(struct reader *r, unsigned *out)
{
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    struct read_slice w = read_word_here(r);
    unsigned n = 0;
    size_t i = 0;
    for (; i < w.n && w.p[i] >= '0' && w.p[i] <= '9' && n <= PACKETS_MAX; i++)
        n = n * 10 + (unsigned)(w.p[i] - '0');
    if (i == 0 || i + 2 != w.n || n == 0 || n > PACKETS_MAX) return false;
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
        if (memcmp(w.p + i, endings[e], 2) != 0) continue;
        *out = n;
        r->at += w.n;
        return true;
    }
    return false;
}

static bool read_which(struct reader *r, struct lab_fault *f)
{
    static const struct read_bounds bounds = {1, PACKETS_MAX};
    int64_t count = 1;
    f->first = f->count = 1;
    if (read_try_word(r, "every")) {
        f->count = UINT_MAX;
        return true;
    }
    if (try_ordinal(r, &f->first)) return true;
    if (!read_try_word(r, "next"))
        return read_mistake(r, "expected which packets: next, next 3, 2nd, every");
    read_skip_blanks(r);
    if (*r->at >= '0' && *r->at <= '9' && !read_number(r, "a number", bounds, &count)) return false;
    f->count = (unsigned)count;
    return true;
}

static bool read_what(struct reader *r, struct lab_fault *f)
{
    enum { SEGMENT, DATA, DATAGRAM, PACKET };
    static const struct word words[] = {
        {"segment", SEGMENT},  {"data", DATA},          {"datagram", DATAGRAM}, {"packet", PACKET},
        {"segments", SEGMENT}, {"datagrams", DATAGRAM}, {"packets", PACKET},    {NULL, 0},
    };
    int what;
    read_skip_blanks(r);
    if (*r->at == '[') {
        f->is_tcp = f->has_flags = true;
        if (!read_flags(r, &f->flags)) return false;
        f->flags &= (uint8_t)~BONNET_PSH;
        return true;
    }
    if (!read_enum(r, words, "what to look for: [FLAGS], or", &what)) return false;
    f->is_tcp = what == SEGMENT || what == DATA;
    f->is_data = what == DATA;
    f->is_udp = what == DATAGRAM;
    return true;
}

/* One packet under one name. */
static bool read_recording(struct reader *r, struct lab_fault *f, const char *which)
{
    if (f->count != 1) return read_mistake_at(r, which, "one packet is recorded: next, or 2nd");
    return read_need_word(r, "as") && read_name(r, "a name for the packet", f->name) &&
           read_know(r, READ_RECORDING, 0, f->name);
}

bool read_fault(struct reader *r, enum lab_fault_kind kind, struct lab_fault *f)
{
    read_skip_blanks(r);
    const char *which = r->at;
    f->kind = kind;
    if (!read_which(r, f) || !read_what(r, f)) return false;
    if (!read_need_word(r, "from") || !read_host(r, &f->host)) return false;
    if (kind == LAB_RECORD) return read_recording(r, f, which);
    if (kind != LAB_HOLD) return true;
    return read_need_word(r, "for") && read_duration(r, "a time", &f->delay);
}

/* `+10`, `-1` */
static bool read_offset(struct reader *r, int64_t *out)
{
    static const struct read_bounds bounds = {-INT64_C(0x80000000), INT64_C(0x7fffffff)};
    read_try_char(r, '+');
    return read_number(r, "an offset, as +10 or -1", bounds, out);
}

static bool read_length(struct reader *r, struct lab_forgery *f)
{
    static const struct read_bounds bounds = {0, TEXT_MAX};
    int64_t n;
    if (!read_number(r, "bytes of text", bounds, &n)) return false;
    f->text_len = (uint32_t)n;
    return true;
}

/* What differs from the next segment that the socket would send. */
static bool read_differences(struct reader *r, struct lab_forgery *f)
{
    static const struct word words[] = {{"seq", 0}, {"ack", 1}, {"length", 2}, {NULL, 0}};
    while (!read_at_end(r)) {
        int word;
        if (!read_enum(r, words, "what differs", &word)) return false;
        if (word == 2 ? !read_length(r, f) : !read_offset(r, word == 0 ? &f->seq : &f->ack))
            return false;
    }
    return true;
}

static bool read_strangers_port(struct reader *r, struct lab_forgery *f)
{
    static const struct read_bounds ports = {1, 65535};
    int64_t port;
    if (!read_try_char(r, ':')) return true;
    if (!read_number(r, "a port", ports, &port)) return false;
    f->from_port = (uint16_t)port;
    return true;
}

/* ADDRESS[/BITS] or HOST, [:PORT], to HOST:PORT [length N] */
static bool read_strangers(struct reader *r, struct lab_forgery *f)
{
    static const struct read_bounds bits = {8, 32};
    int host = read_find_host(r, read_word_here(r));
    int64_t n = 32;
    if (host >= 0) {
        f->from = r->s->hosts[host].addrs[0];
        r->at += read_word_here(r).n;
    } else if (!read_address(r, &f->from)) {
        return false;
    }
    if (host < 0 && read_try_char(r, '/') && !read_number(r, "bits", bits, &n)) return false;
    f->bits = (unsigned)n;
    if (!read_strangers_port(r, f) || !read_need_word(r, "to")) return false;
    if (!read_endpoint(r, false, &f->to)) return false;
    return !read_try_word(r, "length") || read_length(r, f);
}

/* A program, and behind it neither a port nor `to`: its socket. */
static bool is_in_flow(struct reader *r)
{
    struct read_slice w = read_word_here(r);
    if (!read_is_name(w)) return false;
    const char *begin = r->at;
    r->at += w.n;
    bool is_host = read_try_char(r, ':') || read_try_char(r, '/') || read_try_word(r, "to");
    r->at = begin;
    return !is_host;
}

bool read_forgery(struct reader *r, struct lab_forgery *f)
{
    static const struct read_bounds bounds = {1, PACKETS_MAX};
    int64_t count = 1;
    read_skip_blanks(r);
    if (*r->at != '[' && !read_number(r, "flags as [S], or how many segments", bounds, &count))
        return false;
    f->count = (unsigned)count;
    f->bits = 32;
    if (!read_flags(r, &f->flags) || !read_need_word(r, "from")) return false;
    f->in_flow = is_in_flow(r);
    if (!f->in_flow) return read_strangers(r, f);
    return read_program(r, &f->program) && read_socket(r, f->program, f->socket) &&
           read_differences(r, f);
}
