/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `dump -w`: what was heard as a pcapng file, with the reasons as comments. An interface is
 * described when its first packet comes.
 */
#include "dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERFACES_MAX 256

struct dump_file {
    struct bonnet_pcapng *capture;
    unsigned interfaces_n;
    char interfaces[INTERFACES_MAX][128]; /* "eth0 of stack": the number is the index */
};

int dump_file_open(const char *path, struct dump_file **out)
{
    struct dump_file *f = calloc(1, sizeof(*f));
    int error = f ? bonnet_pcapng_open(path, NULL, &f->capture) : -ENOMEM;
    if (error) {
        free(f);
        return error;
    }
    *out = f;
    return 0;
}

int dump_file_close(struct dump_file *f)
{
    if (!f) return 0;
    int error = bonnet_pcapng_close(f->capture);
    free(f);
    return error;
}

static int interface_of(struct dump_file *f, const char *stack, const struct dump_packet *p)
{
    char name[sizeof(f->interfaces[0])];
    snprintf(name, sizeof(name), "%.50s of %.64s", p->interface, stack);
    for (unsigned i = 0; i < f->interfaces_n; i++)
        if (strcmp(f->interfaces[i], name) == 0) return (int)i;
    if (f->interfaces_n == INTERFACES_MAX) return -ENOSPC;
    memcpy(f->interfaces[f->interfaces_n++], name, sizeof(name));
    return bonnet_pcapng_interface(f->capture, p->link, p->interface, name);
}

/* The words of a capture that a program writes itself: see host/pcapng_tee.c. */
static void print_comment(char *out, size_t max, const struct dump_packet *p)
{
    const char *verb = strcmp(p->kind, "send") == 0   ? "sent"
                       : strcmp(p->kind, "drop") == 0 ? "dropped"
                                                      : p->kind;
    if (p->cause[0])
        snprintf(out, max, "%s: %s: reset: %s: %s", verb, p->reason, p->cause, p->cause_text);
    else
        snprintf(out, max, "%s: %s: %s", verb, p->reason, p->text);
}

int dump_file_add(struct dump_file *f, const char *stack, const struct dump_packet *p,
                  int64_t time_of_day)
{
    char comment[512];
    int interface = interface_of(f, stack, p);
    if (interface < 0) return interface;
    print_comment(comment, sizeof(comment), p);
    const struct bonnet_pcapng_frame frame = {
        .interface = (uint32_t)interface,
        .is_out = p->is_out,
        .at = (bonnet_time)time_of_day,
        .data = p->frame,
        .len = p->len,
        .whole_len = p->whole_len,
        .comment = p->reason[0] ? comment : NULL,
    };
    bonnet_pcapng_write(f->capture, &frame);
    return 0;
}
