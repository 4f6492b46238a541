/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer of json.h.
 *
 * Texts are ASCII or UTF-8 and pass as they are, but for what RFC 8259 section 7 wants escaped.
 * Keys are names of the code and need no escaping. Commas are put before a member, so that one bit
 * of memory is enough at any depth: the end of an object makes its surroundings non-empty.
 */
#include "json.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put(struct json *j, const char *text, size_t n)
{
    if (j->is_full || n > j->max - j->used) {
        j->is_full = true;
        return;
    }
    memcpy(j->text + j->used, text, n);
    j->used += n;
}

static void put_text(struct json *j, const char *text)
{
    put(j, text, strlen(text));
}

static void put_quoted(struct json *j, const char *text)
{
    char escape[8];
    put(j, "\"", 1);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        int n = 1;
        if (c == '"' || c == '\\')
            n = snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20)
            n = snprintf(escape, sizeof escape, "\\u%04x", c);
        else
            escape[0] = (char)c;
        put(j, escape, (size_t)n);
    }
    put(j, "\"", 1);
}

static void put_key(struct json *j, const char *key)
{
    if (!j->is_first) put(j, ",", 1);
    j->is_first = false;
    put_quoted(j, key);
    put(j, ":", 1);
}

void json_object_begin(struct json *j, const char *key)
{
    if (key) put_key(j, key);
    put(j, "{", 1);
    j->is_first = true;
}

void json_object_end(struct json *j)
{
    put(j, "}", 1);
    j->is_first = false;
}

void json_unsigned(struct json *j, const char *key, uint64_t value)
{
    char digits[24];
    put_key(j, key);
    put(j, digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value));
}

void json_signed(struct json *j, const char *key, int64_t value)
{
    char digits[24];
    put_key(j, key);
    put(j, digits, (size_t)snprintf(digits, sizeof digits, "%" PRId64, value));
}

void json_bool(struct json *j, const char *key, bool value)
{
    put_key(j, key);
    put_text(j, value ? "true" : "false");
}

void json_text(struct json *j, const char *key, const char *value)
{
    put_key(j, key);
    if (value)
        put_quoted(j, value);
    else
        put_text(j, "null");
}

/* Three bytes are four letters; what is missing of the last three is told by "=". */
static void put_three(struct json *j, const uint8_t *p, size_t n)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)p[0] << 16;
    if (n > 1) bits |= (uint32_t)p[1] << 8;
    if (n > 2) bits |= p[2];
    char four[4];
    for (size_t i = 0; i < 4; i++)
        four[i] = i <= n ? letters[bits >> (18 - 6 * i) & 63] : '=';
    put(j, four, 4);
}

void json_base64(struct json *j, const char *key, const void *data, size_t len)
{
    const uint8_t *p = data;
    put_key(j, key);
    put_text(j, "\"");
    for (size_t at = 0; at < len; at += 3)
        put_three(j, p + at, len - at < 3 ? len - at : 3);
    put_text(j, "\"");
}

void json_newline(struct json *j)
{
    put(j, "\n", 1);
}
