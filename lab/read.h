/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the reader of scenarios: the cursor, what it takes, and how it says what is wrong.
 *
 * Every function that reads returns false when it cannot, with the mistake written down; whoever
 * called it returns false at once, and nothing is read after the first mistake. `try_` functions
 * take what is there or leave the cursor where it was, and write nothing down.
 */
#ifndef LAB_READ_H
#define LAB_READ_H

#include "scenario.h"
#include "words.h"
#include <limits.h>

/* What one file may be: more is no story. They bound what the reader allocates. */
#define READ_BYTES_MAX 262144
#define READ_LINES_MAX 4096 /* of the story */
#define READ_STEPS_MAX 64   /* in one repeat */
#define READ_NAMES_MAX 4096

#define READ_BYTES_IN_CALL_MAX (INT64_C(1) << 30) /* of one read or write */
#define READ_NUMBER_MAX        INT64_C(1000000000000000)

/* What the lines above the present one have made. */
enum read_known_kind { READ_SOCKET, READ_VARIABLE, READ_RECORDING, READ_MEASURE };

struct read_known {
    enum read_known_kind kind;
    unsigned program; /* SOCKET, VARIABLE */
    lab_name name;
};

struct reader {
    const char *path;
    char *buf;      /* the file, terminated */
    const char *at; /* cursor */
    const char *line_begin;
    unsigned line;
    unsigned story_line; /* first line of the story; 0: none yet */
    unsigned lines_n;    /* of the story, those inside `together` too */
    int error;           /* -EINVAL: a mistake; -ENOMEM */
    struct lab_mistake *mistake;
    struct scenario *s;
    struct read_known *known;
    unsigned known_n;
};

/* A piece of the file. */
struct read_slice {
    const char *p;
    size_t n;
};

/* The words that may stand where a wrong one stands, as they are added. */
struct read_choice {
    struct read_slice word;
    const char *what; /* "a call" */
    char list[288];
    bool is_full;
    const char *nearest;
    unsigned distance;
};

/* A range that a number must lie in. */
struct read_bounds {
    int64_t min, max;
};

/* ---- mistakes (read_mistake.c): all return false ---- */
bool read_out_of_memory(struct reader *r);
/* The word at the cursor, and what was expected there. */
__attribute__((format(printf, 2, 3))) bool read_mistake(struct reader *r, const char *format, ...);
/* The same with the cursor put back to p. */
bool read_mistake_at(struct reader *r, const char *p, const char *text);
struct read_choice read_choice(struct reader *r, const char *what);
void read_choice_add(struct read_choice *c, const char *text);
void read_choice_add_words(struct read_choice *c, const struct word *table);
bool read_wrong_choice(struct reader *r, const struct read_choice *c);

/* ---- text (read_text.c) ---- */
void read_skip_blanks(struct reader *r); /* to the next token, or the end of the line */
bool read_at_end(struct reader *r);      /* of the line, or at its comment */
bool read_need_end(struct reader *r);
struct read_slice read_word_here(struct reader *r); /* letters, digits, _ and -; n = 0: none */
bool read_is_name(struct read_slice word);
bool read_try_char(struct reader *r, char c);
bool read_need_char(struct reader *r, char c, const char *what);
bool read_try_text(struct reader *r, const char *text); /* punctuation: "--", ".." */
bool read_try_word(struct reader *r, const char *word);
bool read_need_word(struct reader *r, const char *word);
/* A name for something that is made here. */
bool read_name(struct reader *r, const char *what, lab_name out);
void read_copy_name(struct read_slice word, lab_name out);
bool read_string(struct reader *r, char **out, size_t *n); /* "text\n" */
bool read_rest(struct reader *r, char **out);              /* text up to the end of the line */
/* What stands from begin to end; lines are joined, without their comments. */
bool read_source(struct reader *r, const char *begin, const char *end, char **out);
bool read_enum(struct reader *r, const struct word *table, const char *what, int *out);
bool read_enum_alike(struct reader *r, const struct word *table, const char *what, int *out);
bool read_bits(struct reader *r, const struct word *table, const char *what, int *out);

/* ---- values (read_value.c) ---- */
bool read_number(struct reader *r, const char *what, struct read_bounds bounds, int64_t *out);
bool read_duration(struct reader *r, const char *what, bonnet_time *out);
/* A number of units, or a duration that is one. */
bool read_number_or_time(struct reader *r, bonnet_time unit, struct read_bounds bounds,
                         int64_t *out);
bool read_amount(struct reader *r, const char *what, struct read_bounds bounds,
                 struct lab_amount *out);
typedef bool read_amount_fn(struct reader *r, struct lab_amount *out);
read_amount_fn read_any_amount; /* not negative */
read_amount_fn read_clock;      /* a duration, in ms */
bool read_condition(struct reader *r, read_amount_fn *amount, struct lab_condition *out);
/* The same without '=': 3, 1..2, >= 2. */
bool read_how_many(struct reader *r, struct lab_condition *out);
bool read_address(struct reader *r, struct bonnet_addr *out);
/* expected: the port may be '*' or a range. */
bool read_endpoint(struct reader *r, bool expected, struct lab_endpoint *out);
bool read_flags(struct reader *r, uint8_t *out); /* [S.] */

/* ---- names (read_names.c) ---- */
bool read_host(struct reader *r, unsigned *out);
bool read_program(struct reader *r, unsigned *out);
bool read_socket(struct reader *r, unsigned program, lab_name out);
bool read_link(struct reader *r, unsigned *out); /* A -- B */
bool read_known_name(struct reader *r, enum read_known_kind kind, const char *what, lab_name out);
bool read_sweep_name(struct reader *r, lab_name out);
int read_find_host(const struct reader *r, struct read_slice word); /* -1: none */
int read_find_program(const struct reader *r, struct read_slice word);
/* program: UINT_MAX is anybody's; of a socket, a program's are those of its host. */
bool read_is_known(const struct reader *r, enum read_known_kind kind, unsigned program,
                   struct read_slice word);
bool read_is_variable(const struct reader *r, struct read_slice word); /* or a sweep */
bool read_know(struct reader *r, enum read_known_kind kind, unsigned program, const char *name);

/* ---- lines ---- */
/* A zeroed place behind the n elements of an array that is grown. NULL: no memory. */
void *read_grown(struct reader *r, void **array, unsigned n, size_t size);
/* At a line of the head: its keyword. 0: it is none; 1: it was read; -1: a mistake. (read_head.c)
 */
int read_head_line(struct reader *r);
bool read_head_end(struct reader *r); /* at the end of the file: links, hosts */
void read_head_choices(struct read_choice *c);
/* `PROGRAM: ...` from behind the colon (read_call.c) */
bool read_program_line(struct reader *r, unsigned program, struct lab_line *line);
bool read_outcome(struct reader *r, struct lab_step *step); /* read_outcome.c */
/* At its keyword: a line that does something to the world, or looks at it (read_story.c) */
/* Does the line belong to the story, as far as can be told from how it begins? */
bool read_is_story_line(struct reader *r);
bool read_wrong_line(struct reader *r); /* a line of no kind */
bool read_story_line(struct reader *r, struct lab_line *line);
/* read_fault.c */
bool read_fault(struct reader *r, enum lab_fault_kind kind, struct lab_fault *f);
bool read_forgery(struct reader *r, struct lab_forgery *f);
/* read_expect.c */
bool read_expect(struct reader *r, struct lab_line *line);
bool read_measure(struct reader *r, struct lab_line *line);
/* Goes on to the next line of the file. False: there is none. (read.c) */
bool read_next_line(struct reader *r);

#endif
