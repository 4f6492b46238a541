/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of captures: a reader that knows the format and not the writer. It fails the test that
 * shows it a file which is not well formed.
 */
#ifndef BONNET_TESTS_HOST_LIBCAPTURE_H
#define BONNET_TESTS_HOST_LIBCAPTURE_H

#include "libdriver.h"

struct capture {
    uint8_t *bytes;
    size_t len, at;
};

struct block {
    uint32_t type, len;  /* len: of the body, bytes */
    const uint8_t *body; /* after type and length */
};

enum { SHB = 0x0a0d0d0a, IDB = 1, NRB = 4, EPB = 6 };

struct packet {
    uint32_t interface, flags, len;
    uint64_t at;
    const uint8_t *data;
    struct block block;
    uint32_t options; /* where they begin */
};

/* Where the tests write: for mkstemp(). */
extern char capture_path[];

uint32_t capture_u32(const uint8_t *p);
uint16_t capture_u16(const uint8_t *p);

/* The whole file; its bytes are to be freed. */
struct capture reads_back(void);

/* Every block: a multiple of four, its length at both ends. */
struct block next_block(struct capture *c);
struct packet next_packet(struct capture *c);

/* Passes section, names and interface. */
void skip_head(struct capture *c);

/* The option of a block whose options begin at offset has this text; NULL: it has no such one. */
void option_is(const struct block *b, uint32_t offset, uint16_t code, const char *text);

/* "what: name of the reason: its text" */
void comment_is(const struct packet *p, const char *what, int reason);

/* A capture of that host at capture_path, a device behind it, and what one does with it. */
struct bonnet_pcapng *opens(const char *host);
struct bonnet_driver *tee(struct bonnet_pcapng *p, struct device *device);
void takes_with_verdict(struct bonnet_driver *d, int reason);

#endif
