/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP's dates (RFC 9110 5.6.7): written in one form, read in three. The "C" locale is taken for
 * granted: no program here calls setlocale(). */
#define _GNU_SOURCE
#include "http.h"

#include <string.h>

char *http_date_print(time_t t, char *out)
{
    struct tm tm;
    if (!gmtime_r(&t, &tm) || strftime(out, HTTP_DATE_TEXT, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
        out[0] = '\0';
    return out;
}

bool http_date_parse(const char *text, time_t *out)
{
    static const char *const forms[] = {
        "%a, %d %b %Y %H:%M:%S GMT", /* IMF-fixdate */
        "%a, %d-%b-%y %H:%M:%S GMT", /* RFC 850: the weekday may be spelled out */
        "%a %b %e %H:%M:%S %Y",      /* asctime() */
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tm tm = {0};
        const char *end = strptime(text, forms[i], &tm);
        if (!end || *end != '\0') continue;
        *out = timegm(&tm);
        return true;
    }
    return false;
}
