/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which packets a fault is about, and which of them it hits.
 *
 * A fault counts the packets that its sender sends and that are as it says, from the line on in
 * which it stands, and hits those from the first'th on, count of them. Faults do not see each
 * other: all of them count every packet, and a packet that two of them hit suffers both. Flags are
 * compared whole, but for PSH, which says nothing about what a segment does.
 */
#include "fault.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

void faults_fini(struct faults *f)
{
    free(f->all);
    *f = (struct faults){0};
}

int faults_add(struct faults *f, const struct lab_fault *what)
{
    if (f->n == f->room) {
        unsigned room = f->room ? 2 * f->room : 4;
        struct fault *all = realloc(f->all, room * sizeof *all);
        if (!all) return -ENOMEM;
        f->all = all;
        f->room = room;
    }
    f->all[f->n++] = (struct fault){.what = *what};
    return 0;
}

static bool is_about(const struct lab_fault *f, unsigned host, const struct bonnet_packet *p)
{
    const uint8_t compared = (uint8_t)~BONNET_PSH;
    bool tcp = p->kind == BONNET_PACKET_TCP;
    if (f->host != host) return false;
    if ((f->is_tcp || f->is_data || f->has_flags) && !tcp) return false;
    if (f->is_udp && p->kind != BONNET_PACKET_UDP) return false;
    if (f->is_data && p->text_len == 0) return false;
    return !f->has_flags || (p->flags & compared) == (f->flags & compared);
}

static bool hits(const struct fault *f)
{
    return f->seen >= f->what.first && f->seen - f->what.first < f->what.count;
}

static bool is_over(const struct fault *f)
{
    return f->what.count != UINT_MAX && f->seen + 1 >= f->what.first + f->what.count;
}

static void strike(struct fault_verdict *v, const struct lab_fault *f)
{
    switch (f->kind) {
    case LAB_DROP: v->drop = true; break;
    case LAB_CORRUPT: v->corrupt = true; break;
    case LAB_DUPLICATE: v->duplicate = true; break;
    case LAB_HOLD: v->hold = f->delay; break;
    case LAB_RECORD: memcpy(v->record, f->name, sizeof v->record); break;
    }
}

struct fault_verdict faults_meet(struct faults *f, unsigned host, const struct bonnet_packet *p)
{
    struct fault_verdict v = {0};
    unsigned kept = 0;
    for (unsigned i = 0; i < f->n; i++) {
        struct fault *one = &f->all[i];
        if (is_about(&one->what, host, p)) {
            one->seen++;
            if (hits(one)) strike(&v, &one->what);
        }
        if (!is_over(one)) f->all[kept++] = *one;
    }
    f->n = kept;
    return v;
}
