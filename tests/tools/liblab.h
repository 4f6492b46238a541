/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timelines of events made by hand: a scenario from its text, events that name only what matters,
 * and what was printed since the last look.
 */
#ifndef TESTS_TOOLS_LIBLAB_H
#define TESTS_TOOLS_LIBLAB_H

#include "libtools.h"

#include "lab.h"

struct told {
    struct scenario *scenario;
    struct show_timeline timeline;
    FILE *out;
    char *text; /* all that was printed */
    size_t len;
    size_t seen; /* of it, by told_is() */
};

/* text must be a scenario, which is named "story". Ended by told_free(). */
struct told *told_new(const char *text);
/* The same with its BEGIN told and looked at. */
struct told *told_begun(const char *text);
void told_free(struct told *t);

void told_tell(struct told *t, struct lab_event e);
#define tell(t, ...) told_tell(t, (struct lab_event){__VA_ARGS__})

/* What was printed since the last look is exactly this. */
void told_is(struct told *t, const char *expected);
/* So often it has this in it, a look that changes nothing. */
unsigned told_count(struct told *t, const char *part);

/* The step in that line of the text (from 1), the nth of it (from 0). */
const struct lab_step *told_step(const struct told *t, unsigned line, unsigned nth);

/* CALL and BLOCKED of the only step of a line. */
#define call(t, number, ...) \
    .line = (number), .call = {.step = told_step(t, number, 0), __VA_ARGS__}

/* A segment from 10.0.0.1:40000 to 10.0.0.2:80, and back. */
#define segment(...) \
    (&(struct bonnet_packet){LIBLAB_TCP, .from = LIBLAB_A, .to = LIBLAB_B, __VA_ARGS__})
#define answer(...) \
    (&(struct bonnet_packet){LIBLAB_TCP, .from = LIBLAB_B, .to = LIBLAB_A, __VA_ARGS__})
#define LIBLAB_TCP                                                                  \
    .kind = BONNET_PACKET_TCP, .version = 4, .ip_header_len = 20, .header_len = 20, \
    .payload_len = 20, .wscale = -1, .window = 65535
#define LIBLAB_ADDR(last)                                            \
    {                                                                \
        {                                                            \
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, last \
        }                                                            \
    }
#define LIBLAB_A                 \
    {                            \
        LIBLAB_ADDR(1), 40000, 0 \
    }
#define LIBLAB_B              \
    {                         \
        LIBLAB_ADDR(2), 80, 0 \
    }

#endif
