/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The player: what its files share. Names begin with play_ and, for expectations, with expect_.
 *
 *   play.c            runs of a scenario, one for each point of its sweeps
 *   play_line.c       lines, one after the other
 *   play_time.c       lets the world go on until a line is done
 *   play_program.c    programs and the calls they are in
 *   play_call.c       the calls of the sockets API, made blocking
 *   play_bytes.c      those that move bytes
 *   play_option.c     those about options
 *   play_stream.c     what a reader must get: bytes of a pattern, and the texts that were written
 *   play_name.c       variables, sockets, numbers
 *   play_tell.c       events for the timeline
 *   play_print.c      values as text
 *   expect.c          expectations of the story's lines
 *   expect_call.c     what a call shall return
 *   expect_deadlock.c who waits for whom
 *   expect_sweep.c    expectations about all runs
 *
 * Invariants: a program is in one call at most. A socket's record stays until the run ends, so that
 * an orphan has a name and its peer can be compared with it. Once p->is_over, nothing is begun.
 */
#ifndef LAB_PLAYER_H
#define LAB_PLAYER_H

#include "play.h"
#include "world.h"

#define PLAY_PATTERN 65521u    /* bytes after which the pattern begins again: a prime */
#define PLAY_PENDING INT64_MIN /* of an attempt: the call has not returned yet */

/* A text that grows up to its size and is cut there. */
struct play_words {
    char text[512];
    size_t n;
};

/* Where in a stream a text was written; the rest is pattern. */
struct play_text {
    uint64_t at;
    const char *text; /* of the scenario */
    size_t len;
};

struct play_socket {
    struct play_socket *next; /* of its program: the one made before it */
    lab_name name;            /* the last it was given; "": none */
    unsigned host;
    int handle;
    enum bonnet_type type;
    bool is_open;
    bool nonblocking;
    struct bonnet_endpoint local, remote;      /* as last known */
    bonnet_time receive_timeout, send_timeout; /* ns in the world's time; 0: none */
    bonnet_time began_at;                      /* when it was accepted or had connected */
    bonnet_time read_at;                       /* when bytes were read last */
    uint64_t written, delivered;
    struct play_text *texts; /* written, by place */
    size_t texts_n, texts_room;
    struct play_socket *peer; /* the other end of its connection; NULL: not known */
    size_t peer_text;         /* first text of peer that is not all delivered */
    bool is_forged;           /* a stranger speaks in its name: what it writes is not compared */
    uint64_t told[7];         /* queues and windows as last told */
};

/* A name of a program: of a socket, or of a number. */
struct play_variable {
    lab_name name;
    struct play_socket *socket; /* NULL: a number */
    int64_t number;
    uint64_t set; /* the later, the larger */
};

/* The call that a program is in. */
struct play_call {
    const struct lab_step *step; /* NULL: none */
    struct play_socket *socket;  /* that it is about, or has made */
    bonnet_time began;
    bonnet_time until; /* it ends by itself at this instant; BONNET_NEVER: it waits for others */
    bool is_blocked;   /* and the timeline knows */
    bool is_begun;     /* connect, close: has been said to the stack, whose end is waited for */
    uint64_t pieces[LAB_PIECES_MAX]; /* of what is written: bytes of each */
    uint64_t done;                   /* bytes written */
    struct bonnet_endpoint endpoint; /* result of those that give one */
    const char *data;                /* bytes read; NULL: none */
    size_t data_len;
    bool is_text;                  /* data is worth showing */
    uint32_t unread, lost, unsent; /* of close and exit */
    uint32_t send_q;               /* of close: bytes before it */
};

struct play_program {
    const struct lab_program *what;
    bool is_alive; /* it has begun, and not ended */
    struct play_variable *variables;
    size_t variables_n, variables_room;
    struct play_socket *sockets; /* the newest first */
    struct play_call call;
    const struct lab_line *loop; /* the repeat it is in; NULL: none */
    unsigned loop_at;            /* the step of its body that is next */
    int64_t loop_left;           /* turns; < 0: no end */
};

/* A segment that was put on the wire. */
struct play_segment {
    uint8_t host, flags;
};

struct player {
    const struct scenario *scenario;
    const struct play_config *config;
    struct play_result *result;
    struct lab_table *table;
    unsigned run;                   /* number of the point of all sweeps */
    int64_t points[LAB_SWEEPS_MAX]; /* the sweeps' values in this run */
    struct play_words why;          /* the first failure of this run; empty: none */
    struct world *world;
    struct play_program programs[LAB_PROGRAMS_MAX];
    unsigned line;                   /* that is being played */
    const struct lab_line **remarks; /* lines that only say something, told with the next */
    size_t remarks_n, remarks_room;
    bool is_over;                      /* a line could not be done */
    bool is_unsettled;                 /* packets of the lines so far may be under way */
    bool is_together;                  /* packets shall not flow yet */
    const struct play_program *last;   /* that began a call last; NULL: none */
    const struct play_program *caller; /* whose call the stack is in at this moment; NULL: none */
    uint64_t sets;                     /* how often a variable was set */
    uint64_t moves;                    /* of programs, at the instant moves_at */
    bonnet_time moves_at;
    struct play_segment *wire; /* since the last `expect wire` */
    size_t wire_n, wire_room;
    uint64_t segments;
    const uint8_t *pattern; /* twice PLAY_PATTERN bytes */
    uint8_t *buffer;        /* bytes read */
    size_t buffer_room;
    char by[48]; /* what the world is told of a call */
};

/* ---- play.c ---- */

typedef int (*play_maker)(const struct world_config *config, struct world **out, char *why,
                          size_t max);

/* scenario_play() in worlds made by make. */
int play_in(const struct scenario *s, const struct play_config *config, play_maker make,
            struct play_result *result);
void play_measure(struct player *p, const struct lab_line *line);
/* Makes room for n elements of size bytes in *array, which has room for *room. 0 or -ENOMEM. */
int play_grow(void *array, size_t n, size_t size, size_t *room);

/* ---- play_line.c ---- */

void play_story(struct player *p);

/* ---- play_time.c ---- */

/* A duration of the story in the time of this world: real time is cut to a twentieth. */
bonnet_time play_scaled(const struct player *p, bonnet_time duration);
/* How long the lab waits for a program, or for silence. */
bonnet_time play_patience(const struct player *p);
bonnet_time play_now(const struct player *p);
/* Lets programs go on at this instant until none can. */
void play_move(struct player *p);
/* The world goes on, at most until then or until a program wakes by itself. */
void play_step(struct player *p, bonnet_time until);
/* Until programs cannot go on and the wires are silent. False: patience ended before. */
bool play_calm_down(struct player *p, bonnet_time patience);
/* The same; the story ends if there is no silence. */
void play_settle(struct player *p);
/* A duration of the story passes. Real time is cut, unless something is under way. */
void play_pass(struct player *p, bonnet_time duration);
/* Until a program is in no call. The story ends if that takes longer than limit; BONNET_NEVER: than
 * the lab's patience, or than the call itself has said. */
void play_await(struct player *p, const struct play_program *of, bonnet_time limit);

/* ---- play_program.c ---- */

bool play_is_free(const struct play_program *of);
void play_begin(struct player *p, struct play_program *of, const struct lab_step *step);
void play_begin_loop(struct player *p, struct play_program *of, const struct lab_line *line);
/* Tries once more, or begins the next call of a loop. Has anything come of it? */
bool play_go_on(struct player *p, struct play_program *of);
/* A call that is still waiting has blocked: tells it, once. */
void play_note_blocked(struct player *p, struct play_program *of);
/* The system closes the sockets of a program, in the order they were made, and it ends. */
void play_end(struct player *p, struct play_program *of, const char *by);
/* It ends with its host; nobody closes anything. */
void play_vanish(struct player *p, struct play_program *of);
void play_program_fini(struct play_program *of);

/* ---- play_call.c, play_bytes.c, play_option.c ---- */

/* One attempt at a call. What it returns (>= 0 or -errno), or PLAY_PENDING. */
typedef int64_t (*play_attempt)(struct player *p, struct play_program *of);

int64_t play_try(struct player *p, struct play_program *of);
/* Of a call that would block with `error`: PLAY_PENDING, or error if it shall not or waits no
 * longer. */
int64_t play_not_yet(const struct player *p, const struct play_call *call, int error);
/* Closes all sockets of a program, in the order they were made, and waits for nothing. */
void play_close_all(struct player *p, struct play_program *of);
int64_t play_read(struct player *p, struct play_program *of);
int64_t play_write(struct player *p, struct play_program *of);
int64_t play_setsockopt(struct player *p, struct play_program *of);
int64_t play_getsockopt(struct player *p, struct play_program *of);

/* ---- play_stream.c ---- */

/* PLAY_PATTERN bytes and again the same, to be freed; NULL: no memory. */
uint8_t *play_pattern_new(void);
/* n bytes of text are written next. 0 or -ENOMEM. */
int play_stream_wrote(struct play_socket *s, const char *text, size_t n);
/* Which of the n bytes that s has read next is not what its peer wrote? n: none. */
size_t play_stream_wrong(const struct player *p, struct play_socket *s, const void *data, size_t n);
/* Finds the other end of s's connection, if it is not known. */
void play_stream_join(struct player *p, struct play_socket *s);

/* ---- play_name.c ---- */

/* A new socket of a program, without name; NULL: no memory, the story is over. */
struct play_socket *play_socket_new(struct player *p, struct play_program *of, int handle,
                                    enum bonnet_type type);
/* The socket that has this name for a program: its own, or of another one on its host. */
struct play_socket *play_socket_find(const struct player *p, const struct play_program *of,
                                     const char *name);
/* Looks at a socket's row for its endpoints. */
void play_socket_learn(struct player *p, struct play_socket *s);
/* The row of a socket, or of what it left behind. Is there any? */
bool play_socket_row(struct player *p, struct play_socket *s, struct bonnet_row *row);
void play_set_socket(struct player *p, struct play_program *of, const char *name,
                     struct play_socket *s);
void play_set_number(struct player *p, struct play_program *of, const char *name, int64_t number);
/* The value of an amount; of may be NULL. A variable that has no value ends the story: 0. */
int64_t play_amount(struct player *p, const struct play_program *of, const struct lab_amount *a);
bool play_holds(struct player *p, const struct play_program *of, const struct lab_condition *c,
                int64_t value);
struct bonnet_endpoint play_endpoint(struct player *p, const struct play_program *of,
                                     const struct lab_endpoint *e);
bool play_endpoint_is(struct player *p, const struct play_program *of,
                      const struct lab_endpoint *wanted, const struct bonnet_endpoint *got);
/* Gives a subject on a host its names, if a program has or had it. */
void play_name_subject(const struct player *p, unsigned host, struct lab_subject *subject);

/* ---- play_tell.c ---- */

/* Passes an event on: the player's own, with time, line and scenario filled in. */
void play_tell(struct player *p, struct lab_event *event);
/* An event of nothing but a text. */
void play_tell_text(struct player *p, enum lab_event_kind kind, unsigned host, const char *text);
/* world_config.sink; ctx: the player. */
void play_hear(void *ctx, const struct lab_event *event);
/* An expectation was looked at; got is NULL: it held. found: what there is to say of it, or NULL.
 */
void play_judge(struct player *p, unsigned line, const char *expected, const char *got,
                const char *found);
/* Ends the story: a line cannot be done. */
void play_stop(struct player *p, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Tells which queues have changed. */
void play_tell_gauges(struct player *p);
struct lab_subject play_subject(const struct play_program *of, const struct play_socket *s);

/* ---- play_print.c ---- */

void play_print(struct play_words *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void play_print_time(struct play_words *w, bonnet_time duration);
void play_print_condition(struct player *p, const struct play_program *of, struct play_words *w,
                          const struct lab_condition *c);
void play_print_endpoint(struct play_words *w, const struct bonnet_endpoint *e);
void play_print_bits(struct play_words *w, int bits);
void play_print_text(struct play_words *w, const char *text, size_t n);
const char *play_error_name(int error); /* positive errno */
/* A line as it was written, without `on STACK` and without `expect`. */
const char *play_source(const struct lab_line *line);

/* ---- expect*.c ---- */

void expect_line(struct player *p, const struct lab_line *line);
/* A program's call has returned. */
void expect_call(struct player *p, struct play_program *of, int64_t result);
/* It will never return, since `why`. */
void expect_call_unreturned(struct player *p, struct play_program *of, const char *why);
bool expect_deadlock(struct player *p, struct play_words *got, struct play_words *found);
/* Is the line about all runs of a sweep? */
bool expect_is_of_sweep(const struct lab_line *line);
void expect_sweep(struct player *p, const struct lab_line *line);

#endif
