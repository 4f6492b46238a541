/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all worlds together have been through: the reasons given, the counters moved, the faults of
 * the cables met, the calls' costs. What never happened in any world is not tested by one.
 */
#include "libworld.h"

#include <stdio.h>
#include <string.h>

static struct {
    uint64_t reasons[BONNET_REASONS_END], worlds_of_reason[BONNET_REASONS_END];
    uint64_t mibs[BONNET_MIBS_END], worlds_of_mib[BONNET_MIBS_END];
    struct bonnet_link_stats faults;
} cover;

void cover_forget(void)
{
    memset(&cover, 0, sizeof cover);
}

static void add(uint64_t n, uint64_t *all, uint64_t *worlds)
{
    *all += n;
    *worlds += n > 0;
}

void cover_host(const struct host *h)
{
    for (int i = 1; i < BONNET_REASONS_END; i++)
        add(bonnet_reason_count(h->bn, i), &cover.reasons[i], &cover.worlds_of_reason[i]);
    for (int i = 0; i < BONNET_MIBS_END; i++)
        add(bonnet_mib_count(h->bn, i), &cover.mibs[i], &cover.worlds_of_mib[i]);
}

void cover_cable(const struct cable *c)
{
    for (int end = 0; end < 2; end++) {
        struct bonnet_link_stats s;
        if (bonnet_link_stats(c->end[end], 0, &s) < 0) continue;
        cover.faults.frames += s.frames;
        cover.faults.delivered += s.delivered;
        cover.faults.lost += s.lost;
        cover.faults.overflowed += s.overflowed;
        cover.faults.duplicated += s.duplicated;
        cover.faults.corrupted += s.corrupted;
        cover.faults.reordered += s.reordered;
    }
}

static void print_row(const char *name, uint64_t n, uint64_t worlds)
{
    printf("%-28s %12llu %8llu\n", name, (unsigned long long)n, (unsigned long long)worlds);
}

void cover_print(void)
{
    const struct bonnet_link_stats *f = &cover.faults;
    printf("frames %llu, delivered %llu, lost %llu, overflowed %llu, duplicated %llu, corrupted "
           "%llu, reordered %llu\n",
           (unsigned long long)f->frames, (unsigned long long)f->delivered,
           (unsigned long long)f->lost, (unsigned long long)f->overflowed,
           (unsigned long long)f->duplicated, (unsigned long long)f->corrupted,
           (unsigned long long)f->reordered);
    printf("the dearest call took %u %% of its bound\n", steps_worst_percent());
    printf("%-28s %12s %8s\n", "reason or counter", "times", "hosts");
    for (int i = 1; i < BONNET_REASONS_END; i++)
        print_row(bonnet_reason_name(i), cover.reasons[i], cover.worlds_of_reason[i]);
    for (int i = 0; i < BONNET_MIBS_END; i++)
        print_row(bonnet_mib_name(i), cover.mibs[i], cover.worlds_of_mib[i]);
}
