/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of congestion controls, found by name (TCP_CONGESTION) or by index. */
#include "tcp/cc.h"

#include <string.h>

static const struct cc_ops *const table[] = {&cc_cubic, &cc_reno}; /* the first is the default */

#define TABLE_N (sizeof(table) / sizeof(table[0]))

const struct cc_ops *cc_ops(uint8_t algorithm)
{
    return table[algorithm < TABLE_N ? algorithm : 0];
}

static bool name_is(const char *name, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (name[i] != text[i]) return false;
        if (name[i] == '\0') return true;
    }
    return name[len] == '\0';
}

int cc_find(const char *name, size_t len)
{
    for (size_t i = 0; i < TABLE_N; i++)
        if (len > 0 && name_is(table[i]->name, name, len)) return (int)i;
    return -1;
}

uint32_t cc_initial_window(uint32_t mss)
{
    uint32_t cap = 2 * mss > 14600 ? 2 * mss : 14600;
    return 10 * mss < cap ? 10 * mss : cap;
}
