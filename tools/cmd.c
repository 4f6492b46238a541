/* SPDX-License-Identifier: BSD-2-Clause */
/* Complaints and numbers for all sub-commands; the contract is in cmd.h. */
#include "cmd.h"

#include <stdarg.h>
#include <stdio.h>

void cmd_complain(const char *who, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", who);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

bool cmd_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (digit > max || n > (max - digit) / 10) return false;
        n = n * 10 + digit;
    }
    *out = n;
    return n >= min;
}
