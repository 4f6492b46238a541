/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A writer of capture files in the pcapng format (draft-ietf-opsawg-pcapng).
 *
 * Decides: the blocks and options of a file. One section in the byte order of this machine, which
 * readers tell from its first block; one interface description for each tee, with its name, whose
 * it is, and nanosecond stamps; one enhanced packet block for each frame, with its direction and a
 * comment that says why it was sent or dropped; one name resolution block for each name of an
 * address. Leaves to pcapng_tee.c what is written and when.
 *
 * The first error is kept, nothing is written after it, and bonnet_pcapng_close() tells: a capture
 * must not disturb what it observes. The buffer is written when it is full and at the end.
 */
#include "pcapng.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_INTERFACE = 1,
    BLOCK_NAMES = 4,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_SECTION = 0x0a0d0d0a,
};
enum { OPT_END = 0, OPT_COMMENT = 1 };
enum { SHB_USERAPPL = 4, EPB_FLAGS = 2 };
enum { IF_NAME = 2, IF_DESCRIPTION = 3, IF_MACADDR = 6, IF_TSRESOL = 9 };
enum { NAME_END = 0, NAME_IP4 = 1, NAME_IP6 = 2 };
enum { FLAG_IN = 1, FLAG_OUT = 2 };
enum { LINKTYPE_ETHERNET = 1, LINKTYPE_RAW = 101 };
enum { BYTE_ORDER_MAGIC = 0x1a2b3c4d };

struct bonnet_pcapng {
    int fd;    /* -1: closed */
    int error; /* -errno of the first failure, or 0 */
    unsigned holders;
    uint32_t interfaces;
    struct cause cause;
    char host[64]; /* empty: not known */
    size_t used;   /* bytes in buf */
    uint8_t buf[65536];
};

static void flush(struct bonnet_pcapng *p)
{
    for (size_t done = 0; done < p->used && !p->error;) {
        ssize_t n = write(p->fd, p->buf + done, p->used - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            p->error = -errno;
    }
    p->used = 0;
}

static void put(struct bonnet_pcapng *p, const void *data, size_t n)
{
    const uint8_t *from = data;
    while (n > 0 && !p->error) {
        size_t room = sizeof p->buf - p->used, take = n < room ? n : room;
        memcpy(p->buf + p->used, from, take);
        p->used += take;
        from += take;
        n -= take;
        if (p->used == sizeof p->buf) flush(p);
    }
}

static void put16(struct bonnet_pcapng *p, uint16_t value)
{
    put(p, &value, sizeof value);
}

static void put32(struct bonnet_pcapng *p, uint32_t value)
{
    put(p, &value, sizeof value);
}

/* Everything in a block begins at a multiple of four bytes. */
static uint32_t padded(size_t n)
{
    return ((uint32_t)n + 3) & ~3u;
}

static void put_padded(struct bonnet_pcapng *p, const void *data, size_t n)
{
    static const uint8_t zeros[3];
    put(p, data, n);
    put(p, zeros, padded(n) - n);
}

struct option {
    uint16_t code, len;
    const void *value;
};

static struct option text_option(uint16_t code, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    return (struct option){.code = code, .len = (uint16_t)(n < 1024 ? n : 1024), .value = text};
}

/* An option without a value is left out, and so is the list if it is empty. */
static uint32_t options_size(const struct option *options, unsigned n)
{
    uint32_t size = 0;
    for (unsigned i = 0; i < n; i++)
        if (options[i].len > 0) size += 4 + padded(options[i].len);
    return size ? size + 4 : 0;
}

static void put_options(struct bonnet_pcapng *p, const struct option *options, unsigned n)
{
    if (options_size(options, n) == 0) return;
    for (unsigned i = 0; i < n; i++) {
        if (options[i].len == 0) continue;
        put16(p, options[i].code);
        put16(p, options[i].len);
        put_padded(p, options[i].value, options[i].len);
    }
    put32(p, OPT_END);
}

static void put_section(struct bonnet_pcapng *p, const char *host)
{
    char program[64] = "bonnet ";
    strncat(program, bonnet_version(), sizeof program - sizeof "bonnet ");
    const struct option options[] = {text_option(OPT_COMMENT, host),
                                     text_option(SHB_USERAPPL, program)};
    const uint64_t length_unknown = UINT64_MAX;
    uint32_t size = 28 + options_size(options, 2);
    put32(p, BLOCK_SECTION);
    put32(p, size);
    put32(p, BYTE_ORDER_MAGIC);
    put16(p, 1);
    put16(p, 0);
    put(p, &length_unknown, sizeof length_unknown);
    put_options(p, options, 2);
    put32(p, size);
}

int bonnet_pcapng_open(const char *path, const char *host, struct bonnet_pcapng **out)
{
    if (!path || !out) return -EINVAL;
    struct bonnet_pcapng *p = calloc(1, sizeof *p);
    if (!p) return -ENOMEM;
    p->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (p->fd < 0) {
        int error = -errno;
        free(p);
        return error;
    }
    p->holders = 1;
    cause_init(&p->cause);
    if (host) strncat(p->host, host, sizeof p->host - 1);
    put_section(p, host);
    *out = p;
    return 0;
}

int bonnet_pcapng_close(struct bonnet_pcapng *p)
{
    if (!p) return 0;
    flush(p);
    if (close(p->fd) < 0 && !p->error) p->error = -errno;
    int error = p->error;
    p->fd = -1;
    pcapng_fail(p, -EBADF);
    pcapng_release(p);
    return error;
}

void pcapng_hold(struct bonnet_pcapng *p)
{
    p->holders++;
}

void pcapng_release(struct bonnet_pcapng *p)
{
    if (--p->holders == 0) free(p);
}

void pcapng_fail(struct bonnet_pcapng *p, int error)
{
    if (!p->error) p->error = error;
}

struct cause *pcapng_cause(struct bonnet_pcapng *p)
{
    return &p->cause;
}

struct bonnet_tracer *bonnet_pcapng_tracer(struct bonnet_pcapng *p)
{
    return &p->cause.tracer;
}

static int put_interface(struct bonnet_pcapng *p, enum bonnet_if_kind kind,
                         const struct option *options, unsigned n)
{
    uint32_t size = 20 + options_size(options, n);
    put32(p, BLOCK_INTERFACE);
    put32(p, size);
    put16(p, kind == BONNET_IF_ETHERNET ? LINKTYPE_ETHERNET : LINKTYPE_RAW);
    put16(p, 0);
    put32(p, 0);
    put_options(p, options, n);
    put32(p, size);
    return p->error ? p->error : (int)p->interfaces++;
}

static const uint8_t nanoseconds = 9;

int pcapng_driver_add(struct bonnet_pcapng *p, const struct bonnet_driver *d)
{
    char whose[128];
    bool ethernet = d->kind == BONNET_IF_ETHERNET;
    (void)snprintf(whose, sizeof whose, "%s of %s", d->name, p->host);
    const struct option options[] = {
        text_option(IF_NAME, d->name),
        text_option(IF_DESCRIPTION, p->host[0] ? whose : NULL),
        {IF_MACADDR, ethernet ? sizeof d->mac : 0, d->mac},
        {IF_TSRESOL, 1, &nanoseconds},
    };
    return put_interface(p, d->kind, options, 4);
}

int bonnet_pcapng_interface(struct bonnet_pcapng *p, enum bonnet_if_kind kind, const char *name,
                            const char *description)
{
    if (!p) return -EINVAL;
    const struct option options[] = {
        text_option(IF_NAME, name),
        text_option(IF_DESCRIPTION, description),
        {IF_TSRESOL, 1, &nanoseconds},
    };
    return put_interface(p, kind, options, 3);
}

void bonnet_pcapng_name(struct bonnet_pcapng *p, struct bonnet_addr addr, const char *name)
{
    bool ip4 = bonnet_addr_is_ip4(addr);
    uint16_t addr_len = ip4 ? 4 : 16;
    size_t name_len = strlen(name) + 1;
    uint16_t len = (uint16_t)(addr_len + (name_len < 256 ? name_len : 256));
    uint32_t size = 12 + 4 + padded(len) + 4;
    char text[256] = "";
    strncat(text, name, sizeof text - 1);
    put32(p, BLOCK_NAMES);
    put32(p, size);
    put16(p, ip4 ? NAME_IP4 : NAME_IP6);
    put16(p, len);
    put(p, addr.b + sizeof addr.b - addr_len, addr_len);
    put_padded(p, text, (size_t)len - addr_len);
    put32(p, NAME_END);
    put32(p, size);
}

void bonnet_pcapng_write(struct bonnet_pcapng *p, const struct bonnet_pcapng_frame *f)
{
    const uint32_t flags = f->is_out ? FLAG_OUT : FLAG_IN;
    const struct option options[] = {{EPB_FLAGS, sizeof flags, &flags},
                                     text_option(OPT_COMMENT, f->comment)};
    uint32_t size = 32 + padded(f->len) + options_size(options, 2);
    put32(p, BLOCK_ENHANCED_PACKET);
    put32(p, size);
    put32(p, f->interface);
    put32(p, (uint32_t)(f->at >> 32));
    put32(p, (uint32_t)f->at);
    put32(p, f->len);
    put32(p, f->whole_len);
    put_padded(p, f->data, f->len);
    put_options(p, options, 2);
    put32(p, size);
}
