/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs do: `PROGRAM: [VARIABLE =] CALL(ARGUMENTS)`, alone or in a repeat.
 *
 * Decides what each call of the sockets API takes, and that it is given nothing else. Whether a
 * call can succeed is for the world: a listen() on a connected socket is a story worth telling. A
 * call's result becomes a socket, a variable, or has no name.
 */
#include "read.h"
#include <string.h>

/* What a call's result may be called. */
enum result_kind { NOTHING, A_SOCKET, A_VALUE };

static const char *usage_of(enum lab_call call);

static bool need_comma(struct reader *r, const struct lab_step *step)
{
    if (read_try_char(r, ',')) return true;
    return read_mistake(r, "expected ',' and one more argument: %s", usage_of(step->call));
}

static bool read_bytes_argument(struct reader *r, struct lab_amount *out)
{
    static const struct read_bounds bounds = {0, READ_BYTES_IN_CALL_MAX};
    return read_amount(r, "a number of bytes", bounds, out);
}

/* What is written: bytes of a pattern, or a text. */
static bool read_piece(struct reader *r, struct lab_step *step)
{
    if (step->pieces_n == LAB_PIECES_MAX)
        return read_mistake(r, "more than %d pieces", LAB_PIECES_MAX);
    struct lab_piece *p = &step->pieces[step->pieces_n];
    step->pieces_n++;
    read_skip_blanks(r);
    if (*r->at != '"') return read_bytes_argument(r, &p->bytes);
    p->bytes = (struct lab_amount){.times = 1, .over = 1};
    if (!read_string(r, &p->text, &p->text_len)) return false;
    p->bytes.number = (int64_t)p->text_len;
    return true;
}

static bool read_flags_argument(struct reader *r, struct lab_step *step)
{
    if (!read_try_char(r, ',')) return true;
    return read_bits(r, words_flags, "flags", &step->flags);
}

/* The words of socket(2), and shorter ones; a protocol of 0 says nothing. */
static bool read_socket_arguments(struct reader *r, struct lab_step *step)
{
    enum { TCP, UDP, NONBLOCK, INET };
    static const struct word words[] = {
        {"tcp", TCP},
        {"udp", UDP},
        {"SOCK_STREAM", TCP},
        {"SOCK_DGRAM", UDP},
        {"IPPROTO_TCP", TCP},
        {"IPPROTO_UDP", UDP},
        {"SOCK_NONBLOCK", NONBLOCK},
        {"AF_INET", INET},
        {"0", INET},
        {NULL, 0},
    };
    step->type = BONNET_SOCK_STREAM;
    read_skip_blanks(r);
    if (*r->at == ')') return true;
    do {
        int word;
        if (!read_enum(r, words, "what kind of socket", &word)) return false;
        if (word == UDP) step->type = BONNET_SOCK_DGRAM;
        if (word == NONBLOCK) step->nonblocking = true;
    } while (read_try_char(r, ',') || read_try_char(r, '|'));
    return true;
}

static bool read_bind_arguments(struct reader *r, struct lab_step *step)
{
    return need_comma(r, step) && read_endpoint(r, false, &step->to);
}

static bool read_listen_arguments(struct reader *r, struct lab_step *step)
{
    static const struct read_bounds bounds = {-1, INT32_MAX};
    return need_comma(r, step) && read_amount(r, "a backlog", bounds, &step->amount);
}

static bool read_no_more(struct reader *r, struct lab_step *step)
{
    (void)r;
    (void)step;
    return true;
}

static bool read_read_arguments(struct reader *r, struct lab_step *step)
{
    return need_comma(r, step) && read_bytes_argument(r, &step->amount) &&
           read_flags_argument(r, step);
}

static bool read_write_arguments(struct reader *r, struct lab_step *step)
{
    return need_comma(r, step) && read_piece(r, step) && read_flags_argument(r, step);
}

static bool read_writev_arguments(struct reader *r, struct lab_step *step)
{
    if (!need_comma(r, step)) return false;
    do {
        if (!read_piece(r, step)) return false;
    } while (read_try_char(r, ','));
    return true;
}

static bool read_sendto_arguments(struct reader *r, struct lab_step *step)
{
    return need_comma(r, step) && read_piece(r, step) && need_comma(r, step) &&
           read_endpoint(r, false, &step->to) && read_flags_argument(r, step);
}

static bool read_shutdown_arguments(struct reader *r, struct lab_step *step)
{
    int how;
    if (!need_comma(r, step) || !read_enum(r, words_hows, "what to shut down", &how)) return false;
    step->how = (enum bonnet_how)how;
    return true;
}

/* {1, 5s}, and {1, 5} as in C: whole seconds. */
static bool read_linger(struct reader *r, struct lab_step *step)
{
    static const struct read_bounds on = {0, 1}, seconds = {0, 65535};
    int64_t onoff, s;
    if (!read_need_char(r, '{', "{0, 0}, or {1, SECONDS}")) return false;
    if (!read_number(r, "a number", on, &onoff) || !need_comma(r, step)) return false;
    if (!read_number_or_time(r, BONNET_S, seconds, &s)) return false;
    step->linger = (struct bonnet_linger){(int32_t)onoff, (int32_t)s};
    return read_need_char(r, '}', "'}'");
}

static bool read_option_name(struct reader *r, struct lab_step *step)
{
    int option;
    if (!read_enum(r, words_options, "an option", &option)) return false;
    step->option = (enum bonnet_option)option;
    return true;
}

static bool read_option_value(struct reader *r, struct lab_step *step)
{
    static const struct read_bounds numbers = {INT32_MIN, INT32_MAX};
    switch (word_option_kind(step->option)) {
    case WORD_OPTION_LINGER: return read_linger(r, step);
    case WORD_OPTION_TIME: return read_duration(r, "a time", &step->duration);
    case WORD_OPTION_SECONDS:
        step->amount = (struct lab_amount){.times = 1, .over = 1};
        return read_number_or_time(r, BONNET_S, numbers, &step->amount.number);
    case WORD_OPTION_MS:
        step->amount = (struct lab_amount){.times = 1, .over = 1};
        return read_number_or_time(r, BONNET_MS, numbers, &step->amount.number);
    case WORD_OPTION_NAME:
        read_skip_blanks(r);
        if (*r->at != '"') return read_mistake(r, "expected a name in quotes, as \"reno\"");
        return read_piece(r, step);
    case WORD_OPTION_NUMBER:
    case WORD_OPTION_STRUCT: break;
    }
    return read_amount(r, "the option's value", numbers, &step->amount);
}

static bool read_setsockopt_arguments(struct reader *r, struct lab_step *step)
{
    if (!need_comma(r, step)) return false;
    read_skip_blanks(r);
    const char *name = r->at;
    if (!read_option_name(r, step)) return false;
    if (word_option_is_get_only(step->option))
        return read_mistake_at(r, name, "this option can be asked for, and not set");
    return need_comma(r, step) && read_option_value(r, step);
}

static bool read_getsockopt_arguments(struct reader *r, struct lab_step *step)
{
    if (!need_comma(r, step)) return false;
    read_skip_blanks(r);
    const char *name = r->at;
    if (!read_option_name(r, step)) return false;
    if (word_option_kind(step->option) != WORD_OPTION_STRUCT) return true;
    return read_mistake_at(r, name, "this option is not one value: expected another option");
}

static bool read_poll_arguments(struct reader *r, struct lab_step *step)
{
    step->duration = BONNET_NEVER;
    if (!need_comma(r, step) || !read_bits(r, words_polls, "what to poll for", &step->flags))
        return false;
    return !read_try_char(r, ',') || read_duration(r, "a time", &step->duration);
}

static bool read_sleep_arguments(struct reader *r, struct lab_step *step)
{
    return read_duration(r, "a time", &step->duration);
}

static const struct call {
    enum result_kind result;
    bool has_socket;
    bool (*arguments)(struct reader *r, struct lab_step *step);
    const char *usage;
} calls[LAB_CALLS] = {
    [LAB_SOCKET] = {A_SOCKET, false, read_socket_arguments, "socket(tcp or udp, SOCK_NONBLOCK)"},
    [LAB_BIND] = {NOTHING, true, read_bind_arguments, "bind(SOCKET, HOST:PORT)"},
    [LAB_LISTEN] = {NOTHING, true, read_listen_arguments, "listen(SOCKET, BACKLOG)"},
    [LAB_ACCEPT] = {A_SOCKET, true, read_no_more, "accept(SOCKET)"},
    [LAB_CONNECT] = {NOTHING, true, read_bind_arguments, "connect(SOCKET, HOST:PORT)"},
    [LAB_READ] = {A_VALUE, true, read_read_arguments, "read(SOCKET, BYTES, FLAGS)"},
    [LAB_WRITE] = {A_VALUE, true, read_write_arguments, "write(SOCKET, BYTES or TEXT, FLAGS)"},
    [LAB_WRITEV] = {A_VALUE, true, read_writev_arguments, "writev(SOCKET, BYTES or TEXT, ...)"},
    [LAB_SENDTO] = {A_VALUE, true, read_sendto_arguments,
                    "sendto(SOCKET, BYTES or TEXT, HOST:PORT, FLAGS)"},
    [LAB_RECVFROM] = {A_VALUE, true, read_read_arguments, "recvfrom(SOCKET, BYTES, FLAGS)"},
    [LAB_SHUTDOWN] = {NOTHING, true, read_shutdown_arguments, "shutdown(SOCKET, SHUT_WR)"},
    [LAB_CLOSE] = {NOTHING, true, read_no_more, "close(SOCKET)"},
    [LAB_SETSOCKOPT] = {NOTHING, true, read_setsockopt_arguments,
                        "setsockopt(SOCKET, OPTION, VALUE)"},
    [LAB_GETSOCKOPT] = {A_VALUE, true, read_getsockopt_arguments, "getsockopt(SOCKET, OPTION)"},
    [LAB_GETSOCKNAME] = {A_VALUE, true, read_no_more, "getsockname(SOCKET)"},
    [LAB_GETPEERNAME] = {A_VALUE, true, read_no_more, "getpeername(SOCKET)"},
    [LAB_POLL] = {A_VALUE, true, read_poll_arguments, "poll(SOCKET, POLLIN|POLLOUT, TIME)"},
    [LAB_SLEEP] = {NOTHING, false, read_sleep_arguments, "sleep(TIME)"},
    [LAB_EXIT] = {NOTHING, false, read_no_more, "exit()"},
};

static const char *usage_of(enum lab_call call)
{
    return calls[call].usage;
}

/* CALL(ARGUMENTS) */
static bool read_call(struct reader *r, unsigned program, struct lab_step *step)
{
    int call;
    read_skip_blanks(r);
    const char *begin = r->at;
    if (!read_enum(r, words_calls, "a call", &call)) return false;
    step->call = (enum lab_call)call;
    if (!read_try_char(r, '(')) return read_mistake(r, "expected '(': %s", usage_of(step->call));
    if (calls[call].has_socket && !read_socket(r, program, step->socket)) return false;
    if (!calls[call].arguments(r, step)) return false;
    if (!read_try_char(r, ')')) return read_mistake(r, "expected ')': %s", usage_of(step->call));
    return read_source(r, begin, r->at, &step->source);
}

/* Words that follow a program's name in `expect` cannot be a socket's. */
static bool is_reserved(const char *name)
{
    static const char *const words[] = {"is", "counts", "has", "memory"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0) return true;
    return false;
}

/* A result that has no name must fail, or it would be lost. */
static bool check_unnamed(struct reader *r, const struct lab_step *step, const char *begin)
{
    if (calls[step->call].result != A_SOCKET || step->variable[0]) return true;
    if (step->outcome.kind == LAB_ERROR) return true;
    return read_mistake_at(r, begin,
                           step->call == LAB_SOCKET
                               ? "the socket needs a name: expected `s = socket(...)`"
                               : "the connection needs a name: expected `c = accept(...)`");
}

/* From the line's first use on, a name is a socket's or a number's. */
static bool know_result(struct reader *r, unsigned program, const struct lab_step *step,
                        const char *begin)
{
    enum result_kind result = calls[step->call].result;
    enum read_known_kind kind = result == A_SOCKET ? READ_SOCKET : READ_VARIABLE;
    enum read_known_kind other = result == A_SOCKET ? READ_VARIABLE : READ_SOCKET;
    struct read_slice name = {step->variable, strlen(step->variable)};
    if (name.n == 0) return check_unnamed(r, step, begin);
    if (result == NOTHING)
        return read_mistake_at(r, begin, "the call gives nothing that could have a name");
    if (result == A_SOCKET && is_reserved(step->variable))
        return read_mistake_at(r, begin, "this word is the language's own");
    if (read_is_known(r, other, program, name))
        return read_mistake_at(r, begin,
                               result == A_SOCKET ? "this is a variable already"
                                                  : "this is a socket already");
    return read_know(r, kind, program, step->variable);
}

/* `c = `, if it is there. */
static bool read_variable(struct reader *r, struct lab_step *step)
{
    struct read_slice w = read_word_here(r);
    const char *begin = r->at;
    if (!read_is_name(w)) return true;
    r->at += w.n;
    bool assigns = read_try_char(r, '=');
    r->at = begin;
    if (!assigns) return true;
    return read_name(r, "a name", step->variable) && read_need_char(r, '=', "'='");
}

static bool read_step(struct reader *r, unsigned program, struct lab_step *step)
{
    read_skip_blanks(r);
    const char *begin = r->at;
    step->line = r->line;
    return read_variable(r, step) && read_call(r, program, step) && read_outcome(r, step) &&
           know_result(r, program, step, begin);
}

static struct lab_step *add_step(struct reader *r, struct lab_line *line)
{
    void *array = line->steps;
    struct lab_step *step = read_grown(r, &array, line->steps_n, sizeof *step);
    line->steps = array;
    if (step) line->steps_n++;
    return step;
}

/* Past `;` and ends of lines. False: the file ends within the body. */
static bool skip_to_step(struct reader *r, const struct lab_line *line)
{
    for (;;) {
        if (read_try_char(r, ';')) continue;
        if (!read_at_end(r)) return true;
        if (!read_next_line(r))
            return read_mistake(r, "the repeat of line %u has no end: expected '}'", line->line);
    }
}

/* [N] { call; call }, on one line or more. */
static bool read_repeat(struct reader *r, unsigned program, struct lab_line *line)
{
    static const struct read_bounds bounds = {1, INT32_MAX};
    int64_t times = 0;
    line->kind = LAB_LINE_REPEAT;
    read_skip_blanks(r);
    if (*r->at >= '0' && *r->at <= '9' && !read_number(r, "turns", bounds, &times)) return false;
    line->times = (unsigned)times;
    if (!read_need_char(r, '{', "'{' and calls: repeat { CALL; CALL }, repeat 10 { CALL }"))
        return false;
    while (skip_to_step(r, line) && !read_try_char(r, '}')) {
        if (line->steps_n == READ_STEPS_MAX)
            return read_mistake(r, "more than %d calls in one repeat", READ_STEPS_MAX);
        struct lab_step *step = add_step(r, line);
        if (!step || !read_step(r, program, step)) return false;
    }
    if (r->error != 0) return false;
    return line->steps_n > 0 || read_mistake(r, "expected a call between '{' and '}'");
}

bool read_program_line(struct reader *r, unsigned program, struct lab_line *line)
{
    line->program = program;
    if (read_try_word(r, "repeat")) return read_repeat(r, program, line);
    line->kind = LAB_LINE_STEP;
    struct lab_step *step = add_step(r, line);
    return step && read_step(r, program, step);
}
