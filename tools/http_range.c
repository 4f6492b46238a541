/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Range requests (RFC 9110 14.1.2): what part of a file a client asks for.
 *
 * One range is answered with that part. Several are answered with the whole, as a server may: it
 * saves the multipart/byteranges that few clients read; if none of them lies in the file, it is 416
 * all the same. What is not understood is as if it were not there.
 */
#include "http.h"

#include <string.h>
#include <strings.h>

/* Decimal digits at *s; moves *s behind them. Too large a number stops at UINT64_MAX. */
static bool read_number(const char **s, uint64_t *out)
{
    const char *p = *s;
    uint64_t n = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
    }
    bool any = p != *s;
    *s = p;
    *out = n;
    return any;
}

/* "-n": the last n bytes. */
static enum http_range_verdict suffix(uint64_t n, uint64_t size, struct http_range *out)
{
    if (n == 0 || size == 0) return HTTP_RANGE_UNSATISFIABLE;
    out->bytes = n < size ? n : size;
    out->from = size - out->bytes;
    return HTTP_RANGE_PART;
}

/* One range-spec at *s; moves *s behind it. WHOLE: it is none. */
static enum http_range_verdict read_spec(const char **s, uint64_t size, struct http_range *out)
{
    uint64_t first = 0;
    uint64_t last = UINT64_MAX;
    bool has_first = read_number(s, &first);
    if (*(*s)++ != '-') return HTTP_RANGE_WHOLE;
    bool has_last = read_number(s, &last);
    if (!has_first) return has_last ? suffix(last, size, out) : HTTP_RANGE_WHOLE;
    if (!has_last) last = UINT64_MAX;
    if (last < first) return HTTP_RANGE_WHOLE;
    if (first >= size) return HTTP_RANGE_UNSATISFIABLE;
    out->from = first;
    out->bytes = (last < size ? last + 1 : size) - first;
    return HTTP_RANGE_PART;
}

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t");
}

enum http_range_verdict http_range_parse(const char *value, uint64_t size, struct http_range *out)
{
    if (strncasecmp(value, "bytes=", 6) != 0) return HTTP_RANGE_WHOLE;
    const char *s = value + 6;
    unsigned parts = 0;
    unsigned unsatisfiable = 0;
    for (;;) {
        s = skip_blanks(s);
        enum http_range_verdict v = read_spec(&s, size, out);
        if (v == HTTP_RANGE_WHOLE) return v;
        if (v == HTTP_RANGE_PART)
            parts++;
        else
            unsatisfiable++;
        s = skip_blanks(s);
        if (*s == '\0') break;
        if (*s++ != ',') return HTTP_RANGE_WHOLE;
    }
    if (parts == 0) return HTTP_RANGE_UNSATISFIABLE;
    return parts + unsatisfiable == 1 ? HTTP_RANGE_PART : HTTP_RANGE_WHOLE;
}
