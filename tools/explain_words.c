/* SPDX-License-Identifier: BSD-2-Clause */
/* Sentences, amounts, and how an explanation is laid out. */
#include "explain.h"

#include <bonnet/netif.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PART_MAX     4096 /* bytes */
#define SENTENCE_MAX 1024
#define BUFFERS      8
#define BUFFER_MAX   48
#define COLUMNS      80
#define INDENT       11 /* of text, behind the names of parts */

static char *buffer(void)
{
    static char buffers[BUFFERS][BUFFER_MAX];
    static unsigned turn;
    return buffers[turn++ % BUFFERS];
}

void explain_say(struct text *part, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    if (part->len > 0) text_add(part, " ");
    text_add(part, sentence);
}

const char *explain_time(bonnet_time ns)
{
    char *b = buffer();
    unsigned long long ms = (ns + BONNET_MS - 1) / BONNET_MS;
    if (ms < 1000)
        snprintf(b, BUFFER_MAX, "%llu ms", ms);
    else if (ms < 10000)
        snprintf(b, BUFFER_MAX, "%llu.%llu s", ms / 1000, ms % 1000 / 100);
    else if (ms < 120000)
        snprintf(b, BUFFER_MAX, "%llu s", ms / 1000);
    else if (ms < 7200000)
        snprintf(b, BUFFER_MAX, "%llu min", ms / 60000);
    else
        snprintf(b, BUFFER_MAX, "%llu h", ms / 3600000);
    return b;
}

const char *explain_ms(uint32_t ms)
{
    return explain_time(ms * BONNET_MS);
}

const char *explain_count(uint64_t n, const char *word)
{
    char *b = buffer();
    snprintf(b, BUFFER_MAX, "%llu %s%s", (unsigned long long)n, word, n == 1 ? "" : "s");
    return b;
}

/* ---- laying out ---- */

static struct text *const *parts(struct explanation *e, struct text *out[5])
{
    out[0] = &e->now;
    out[1] = &e->waits;
    out[2] = &e->since;
    out[3] = &e->cause;
    out[4] = &e->advice;
    return out;
}

void explanation_init(struct explanation *e)
{
    struct text *all[5];
    parts(e, all);
    for (int i = 0; i < 5; i++)
        text_init(all[i], PART_MAX);
}

void explanation_fini(struct explanation *e)
{
    struct text *all[5];
    parts(e, all);
    for (int i = 0; i < 5; i++)
        text_fini(all[i]);
}

/* Words, in lines that begin behind the part's name. */
static void add_part(struct text *out, const char *name, const struct text *part)
{
    if (part->len == 0) return;
    text_addf(out, "  %-*s", INDENT - 2, name);
    size_t column = INDENT;
    for (const char *at = part->p; *at;) {
        size_t n = strcspn(at, " ");
        if (column > INDENT && column + 1 + n > COLUMNS) {
            text_addf(out, "\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            text_add(out, " ");
            column++;
        }
        text_add_bytes(out, at, n);
        column += n;
        at += n + strspn(at + n, " ");
    }
    text_add(out, "\n");
}

static const char *holder_of(const struct bonnet_row *r)
{
    if (r->orphan) return "closed by its program";
    switch (r->kind) {
    case BONNET_ROW_HALF_OPEN: return "not established yet";
    case BONNET_ROW_TIME_WAIT: return "no socket any more";
    case BONNET_ROW_CONNECTION: return "not accepted by a program";
    case BONNET_ROW_LISTENER:
    case BONNET_ROW_DATAGRAM:
    case BONNET_ROW_UNBOUND: break;
    }
    return "held by no program";
}

static void add_heading(struct text *out, const struct explain_about *about)
{
    const struct ss_options numbers = {.numeric = true};
    const struct bonnet_row *r = &about->row->row;
    bool is_udp = r->kind == BONNET_ROW_DATAGRAM;
    text_add(out, is_udp ? "udp " : "tcp ");
    ss_add_endpoint(out, &numbers, &r->local, is_udp);
    if (r->remote.port) {
        text_add(out, " <-> ");
        ss_add_endpoint(out, &numbers, &r->remote, is_udp);
    }
    if (!is_udp) text_addf(out, " is %s", bonnet_state_name(r->state));
    text_addf(out, " (%s, ", about->stack);
    if (r->socket >= 0)
        text_addf(out, "sk:%x of %s, pid %d)\n", (unsigned)r->socket, about->process->name,
                  (int)about->process->pid);
    else
        text_addf(out, "%s)\n", holder_of(r));
}

void explain_print(const struct explain_about *about, const struct explanation *e, struct text *out)
{
    add_heading(out, about);
    add_part(out, "Now:", &e->now);
    add_part(out, "Waits:", &e->waits);
    add_part(out, "Since:", &e->since);
    add_part(out, "Usually:", &e->cause);
    add_part(out, "To do:", &e->advice);
}
