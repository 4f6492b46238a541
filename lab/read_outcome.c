/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call shall return, and when: `= RESULT`, `from ENDPOINT`, `blocks`, `after TIME`.
 *
 * Decides which results a call can have at all, so that `= 0` behind an accept(), which returns a
 * socket, is a mistake here and not a failure later. An error is possible everywhere.
 */
#include "read.h"
#include <errno.h>
#include <string.h>

#define SLACK 20 /* a twentieth of the time that was said, either way */

static bool gives_number(enum lab_call call)
{
    return call != LAB_SOCKET && call != LAB_ACCEPT && call != LAB_GETSOCKNAME &&
           call != LAB_GETPEERNAME;
}

static bool gives_endpoint(enum lab_call call)
{
    return call == LAB_GETSOCKNAME || call == LAB_GETPEERNAME;
}

static bool gives_text(enum lab_call call)
{
    return call == LAB_READ || call == LAB_RECVFROM;
}

static bool has_sender(enum lab_call call)
{
    return call == LAB_ACCEPT || call == LAB_RECVFROM;
}

static bool begins_with(struct read_slice w, const char *text)
{
    size_t n = strlen(text);
    return w.n >= n && memcmp(w.p, text, n) == 0;
}

static bool read_error(struct reader *r, struct lab_outcome *o)
{
    o->kind = LAB_ERROR;
    return read_enum(r, words_errors, "an error", &o->error);
}

/* `= -1 EPIPE`, as strace(1) prints it. */
static bool read_minus_one(struct reader *r, struct lab_outcome *o)
{
    if (!read_try_text(r, "-1")) return read_mistake(r, "expected -1 and an error, as -1 EPIPE");
    return read_error(r, o);
}

static bool read_text_result(struct reader *r, struct lab_step *step)
{
    if (!gives_text(step->call))
        return read_mistake(r, "%s() does not return a text", lab_call_name(step->call));
    step->outcome.kind = LAB_TEXT;
    return read_string(r, &step->outcome.text, &step->outcome.text_len);
}

static bool read_bits_result(struct reader *r, struct lab_step *step)
{
    if (step->call != LAB_POLL)
        return read_mistake(r, "%s() does not return bits of poll", lab_call_name(step->call));
    step->outcome.kind = LAB_BITS;
    return read_bits(r, words_polls, "bits of poll", &step->outcome.bits);
}

static bool read_number_result(struct reader *r, struct lab_step *step, const char *equals)
{
    if (!gives_number(step->call))
        return read_mistake(r, "%s() returns a socket: expected an error, or `= any`",
                            lab_call_name(step->call));
    step->outcome.kind = LAB_NUMBER;
    r->at = equals;
    return read_condition(r, read_any_amount, &step->outcome.number);
}

/* Behind '=', which stands at equals. */
static bool read_result(struct reader *r, struct lab_step *step, const char *equals)
{
    struct lab_outcome *o = &step->outcome;
    struct read_slice w = read_word_here(r);
    if (*r->at == '"') return read_text_result(r, step);
    if (*r->at == '-') return read_minus_one(r, o);
    if (read_try_word(r, "any")) {
        o->kind = LAB_ANY;
        return true;
    }
    if (begins_with(w, "POLL")) return read_bits_result(r, step);
    if (begins_with(w, "E") && !read_is_variable(r, w)) return read_error(r, o);
    if (gives_endpoint(step->call)) {
        o->kind = LAB_ENDPOINT;
        return read_endpoint(r, true, &o->endpoint);
    }
    return read_number_result(r, step, equals);
}

/* Of accept() it is the whole result, of recvfrom() a part. */
static bool read_sender(struct reader *r, struct lab_step *step)
{
    struct lab_outcome *o = &step->outcome;
    if (!has_sender(step->call))
        return read_mistake(r, "only accept() and recvfrom() say from whom");
    if (step->call == LAB_ACCEPT) {
        o->kind = LAB_ENDPOINT;
        return read_endpoint(r, true, &o->endpoint);
    }
    o->has_sender = true;
    return read_endpoint(r, true, &o->sender);
}

static bool read_after(struct reader *r, struct lab_outcome *o)
{
    const char *begin = r->at;
    o->has_after = true;
    if (!read_duration(r, "a time", &o->from)) return false;
    if (read_try_text(r, "..")) {
        if (!read_duration(r, "a time", &o->until)) return false;
        return o->from <= o->until || read_mistake_at(r, begin, "the range ends before it begins");
    }
    o->until = o->from + o->from / SLACK;
    o->from -= o->from / SLACK;
    return true;
}

/* The words are in the sentence; the list is for the nearest of them. */
static bool wrong_clause(struct reader *r)
{
    struct read_choice c = read_choice(
        r, "`= RESULT`, `from HOST:PORT`, `blocks`, `after TIME`, each at most once, or nothing");
    c.is_full = true;
    read_choice_add(&c, "blocks");
    read_choice_add(&c, "after");
    read_choice_add(&c, "from");
    return read_wrong_choice(r, &c);
}

/* One of the clauses. */
static bool read_clause(struct reader *r, struct lab_step *step)
{
    struct lab_outcome *o = &step->outcome;
    const char *begin = r->at;
    bool is_said = o->kind != LAB_UNSAID;
    if (!is_said && (*begin == '<' || *begin == '>')) return read_number_result(r, step, begin);
    if (!is_said && read_try_char(r, '=')) {
        read_skip_blanks(r);
        return read_result(r, step, begin);
    }
    if (!o->blocks && read_try_word(r, "blocks")) return o->blocks = true;
    if (!o->has_after && read_try_word(r, "after")) return read_after(r, o);
    if (!o->has_sender && read_try_word(r, "from")) return read_sender(r, step);
    return wrong_clause(r);
}

bool read_outcome(struct reader *r, struct lab_step *step)
{
    while (!read_at_end(r) && *r->at != ';' && *r->at != '}')
        if (!read_clause(r, step)) return false;
    return true;
}
