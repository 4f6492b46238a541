/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A writer of JSON (RFC 8259) into memory that is given: objects, numbers, texts; no tree, no
 * numbers with fractions, no allocation. What does not fit is noticed and can be taken back.
 */
#ifndef BONNET_HOST_JSON_H
#define BONNET_HOST_JSON_H

#include <bonnet/host.h>

struct json {
    char *text;
    size_t used, max; /* bytes */
    bool is_full;     /* something did not fit: the text is worthless from there on */
    bool is_first;    /* no member in the present object yet */
};

/* An object as the next text, or as the member key of the present object. */
void json_object_begin(struct json *j, const char *key);
void json_object_end(struct json *j);

/* Members of the present object. A text that is NULL becomes null. */
void json_unsigned(struct json *j, const char *key, uint64_t value);
void json_signed(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_text(struct json *j, const char *key, const char *value);

/* Bytes as the text of RFC 4648's base64. */
void json_base64(struct json *j, const char *key, const void *data, size_t len);

/* The line is complete. */
void json_newline(struct json *j);

#endif
