/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reader must get: the bytes that its peer wrote, at their places.
 *
 * What a scenario writes by number is bytes of a pattern, which depend on the place in the stream;
 * its period is a prime, so that a stream which has lost or repeated any multiple of a segment is
 * found out. Texts are remembered where they were written. Pattern bytes are no ASCII: what is
 * shown as text was written as text.
 */
#include "player.h"

#include <stdlib.h>
#include <string.h>

uint8_t *play_pattern_new(void)
{
    uint8_t *pattern = malloc(2 * (size_t)PLAY_PATTERN);
    if (!pattern) return NULL;
    uint32_t x = 1;
    for (size_t i = 0; i < PLAY_PATTERN; i++) {
        x = x * 1664525u + 1013904223u;
        pattern[i] = pattern[i + PLAY_PATTERN] = (uint8_t)(0x80u | x >> 25);
    }
    return pattern;
}

int play_stream_wrote(struct play_socket *s, const char *text, size_t n)
{
    if (play_grow(&s->texts, s->texts_n + 1, sizeof *s->texts, &s->texts_room) < 0) return -1;
    s->texts[s->texts_n++] = (struct play_text){s->written, text, n};
    return 0;
}

/* The bytes that belong at a place of a stream, as many as lie together; *text goes on to the text
 * that is there or comes next. */
static size_t bytes_at(const struct player *p, const struct play_socket *writer, uint64_t at,
                       size_t *text, const void **bytes)
{
    while (*text < writer->texts_n && writer->texts[*text].at + writer->texts[*text].len <= at)
        ++*text;
    uint64_t until = writer->written;
    if (*text < writer->texts_n) {
        const struct play_text *t = &writer->texts[*text];
        if (t->at <= at) {
            *bytes = t->text + (at - t->at);
            return t->len - (size_t)(at - t->at);
        }
        until = t->at;
    }
    *bytes = p->pattern + at % PLAY_PATTERN;
    uint64_t n = until - at;
    return n < PLAY_PATTERN ? (size_t)n : PLAY_PATTERN;
}

static size_t first_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
    if (memcmp(a, b, n) == 0) return n;
    size_t i = 0;
    while (a[i] == b[i])
        i++;
    return i;
}

size_t play_stream_wrong(const struct player *p, struct play_socket *s, const void *data, size_t n)
{
    const struct play_socket *writer = s->peer;
    if (!writer || writer->is_forged) return n;
    const uint8_t *got = data;
    const void *wanted;
    bytes_at(p, writer, s->delivered, &s->peer_text, &wanted);
    size_t text = s->peer_text; /* what is only peeked at will be read once more */
    for (size_t i = 0; i < n;) {
        if (s->delivered + i >= writer->written) return i;
        size_t part = bytes_at(p, writer, s->delivered + i, &text, &wanted);
        if (part > n - i) part = n - i;
        size_t same = first_difference(got + i, wanted, part);
        if (same < part) return i + same;
        i += part;
    }
    return n;
}

static bool is_other_end(const struct play_socket *s, const struct play_socket *other)
{
    return !other->peer && other->type == BONNET_SOCK_STREAM &&
           s->local.port == other->remote.port && s->remote.port == other->local.port &&
           bonnet_addr_equal(s->local.addr, other->remote.addr) &&
           bonnet_addr_equal(s->remote.addr, other->local.addr);
}

void play_stream_join(struct player *p, struct play_socket *s)
{
    if (s->peer || s->type != BONNET_SOCK_STREAM || !s->remote.port) return;
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        struct play_socket *other = p->programs[i].sockets;
        while (other && (other == s || !is_other_end(s, other)))
            other = other->next;
        if (!other) continue;
        s->peer = other;
        other->peer = s;
        return;
    }
}
