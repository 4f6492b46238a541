/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet lab run`: plays scenarios one after the other, and adds up how they ended.
 *
 * Three forms of telling: a timeline for people, a line per scenario for many of them at once, JSON
 * for programs. What is played does not depend on it.
 */
#include "lab.h"

#include "cmd.h"
#include "lab_svg.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum form { FORM_TIMELINE, FORM_LINES, FORM_JSON };

enum ending { ENDED_OK, ENDED_FAILED, ENDED_SKIPPED, ENDINGS };

static const char *const endings[] = {
    [ENDED_OK] = "ok",
    [ENDED_FAILED] = "failed",
    [ENDED_SKIPPED] = "skipped",
};
_Static_assert(sizeof(endings) / sizeof(endings[0]) == ENDINGS, "a word for each");

struct run {
    const char *who;
    enum form form;
    enum lab_stacks stack;
    uint64_t seed;
    const char *pcapng, *svg; /* directories; NULL: none */
    bool verbose, quiet, color;
    size_t name_width; /* of the longest scenario */
    unsigned ended[ENDINGS];
};

enum { OPTION_STACK = 0x100, OPTION_SEED, OPTION_PCAPNG, OPTION_SVG, OPTION_JSON, OPTION_COLOR };

static bool take_stack(struct run *r, const char *word)
{
    bool kernel = strcmp(word, "kernel") == 0;
    r->stack = kernel ? LAB_ON_KERNEL : LAB_ON_BONNET;
    if (kernel || strcmp(word, "bonnet") == 0) return true;
    cmd_complain(r->who, "'%s': --stack is bonnet or kernel", word);
    return false;
}

static bool take_color(struct run *r, const char *word)
{
    const char *no = getenv("NO_COLOR");
    bool is_auto = strcmp(word, "auto") == 0;
    r->color = strcmp(word, "always") == 0;
    if (is_auto) r->color = isatty(STDOUT_FILENO) == 1 && !(no && *no);
    if (is_auto || r->color || strcmp(word, "never") == 0) return true;
    cmd_complain(r->who, "'%s': --color is auto, always or never", word);
    return false;
}

static bool take_seed(struct run *r, const char *word)
{
    if (cmd_number(word, 0, UINT64_MAX, &r->seed)) return true;
    cmd_complain(r->who, "'%s': --seed is a whole number", word);
    return false;
}

static bool take_option(struct run *r, int option)
{
    switch (option) {
    case OPTION_STACK: return take_stack(r, optarg);
    case OPTION_SEED: return take_seed(r, optarg);
    case OPTION_COLOR: return take_color(r, optarg);
    case OPTION_PCAPNG: r->pcapng = optarg; return true;
    case OPTION_SVG: r->svg = optarg; return true;
    case OPTION_JSON: r->form = FORM_JSON; return true;
    case 'v': r->verbose = true; return true;
    case 'q': r->quiet = true; return true;
    default: return false;
    }
}

/* Leaves the names from optind on. false: the command line is wrong. */
static bool read_options(struct run *r, int argc, char **argv)
{
    static const struct option names[] = {
        {"stack", required_argument, NULL, OPTION_STACK},
        {"seed", required_argument, NULL, OPTION_SEED},
        {"pcapng", required_argument, NULL, OPTION_PCAPNG},
        {"svg", required_argument, NULL, OPTION_SVG},
        {"json", no_argument, NULL, OPTION_JSON},
        {"verbose", no_argument, NULL, 'v'},
        {"quiet", no_argument, NULL, 'q'},
        {"color", required_argument, NULL, OPTION_COLOR},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "vq", names, NULL)) != -1)
        if (!take_option(r, c)) return false;
    if (optind < argc) return true;
    cmd_complain(r->who, "run takes names of scenarios, files, or all (see bonnet lab list)");
    return false;
}

static bool make_directory(const struct run *r, const char *path)
{
    struct stat st;
    if (!path || mkdir(path, 0777) == 0) return true;
    int error = errno;
    if (error == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return true;
    cmd_complain(r->who, "%s: %s", path, strerror(error == EEXIST ? ENOTDIR : error));
    return false;
}

/* Who hears the events of one scenario: the pictures, and a teller if there is one. */
struct audience {
    const char *svg;
    struct svg_story story;
    lab_sink teller; /* NULL: none */
    void *ctx;
    int error; /* -errno: a picture could not be written */
};

static void audience_sink(void *ctx, const struct lab_event *e)
{
    struct audience *a = ctx;
    if (a->teller) a->teller(a->ctx, e);
    if (a->svg) svg_story_sink(&a->story, e);
    if (e->kind == LAB_EVENT_TABLE && a->svg && !a->error)
        a->error = show_chart_write(e->table, a->svg);
}

/* Plays s in the form that is wanted. What scenario_play() returns, or -errno of a picture. */
static int play(const struct run *r, const struct scenario *s, struct play_result *result)
{
    struct show_timeline timeline;
    struct audience audience = {.svg = r->svg};
    const struct play_config config = {
        .stack = r->stack,
        .seed = r->seed,
        .pcapng = r->pcapng,
        .sink = audience_sink,
        .sink_ctx = &audience,
    };
    svg_story_init(&audience.story);
    show_timeline_init(&timeline, stdout);
    timeline.page.color = r->color;
    timeline.verbose = r->verbose;
    if (r->form == FORM_TIMELINE) {
        audience.teller = show_timeline_sink;
        audience.ctx = &timeline;
    } else if (r->form == FORM_JSON) {
        audience.teller = show_json_sink;
        audience.ctx = stdout;
    }
    int status = scenario_play(s, &config, result);
    if (r->form == FORM_TIMELINE) show_timeline_end(&timeline, result);
    show_timeline_fini(&timeline);
    if (r->svg && !audience.error) audience.error = svg_write(&audience.story, r->svg);
    svg_story_fini(&audience.story);
    if (status || !audience.error) return status;
    snprintf(result->why, sizeof(result->why), "%s: %s", r->svg, strerror(-audience.error));
    return audience.error;
}

/* How one scenario ended. */
struct ended {
    const char *name;
    enum ending ending;
    struct play_result result;
};

static void put_ending(const struct run *r, const struct ended *e)
{
    static const enum show_ink inks[] = {
        [ENDED_OK] = SHOW_INK_GOOD,
        [ENDED_FAILED] = SHOW_INK_BAD,
        [ENDED_SKIPPED] = SHOW_INK_DIM,
    };
    struct show_page page = {.out = stdout, .color = r->color};
    struct text line;
    text_init(&line, SHOW_TEXT_MAX);
    text_addf(&line, "%-7s  ", e->ending == ENDED_FAILED ? "FAILED" : endings[e->ending]);
    text_addf(&line, "%-*s  ", (int)r->name_width, e->name);
    if (e->ending == ENDED_OK)
        text_addf(&line, "%u expectation%s held", e->result.held, e->result.held == 1 ? "" : "s");
    else
        text_add(&line, e->result.why);
    show_page_line(&page, inks[e->ending], line.p ? line.p : "", line.len);
    text_fini(&line);
}

static void put_json(const struct ended *e)
{
    json_object *o = json_object_new_object();
    json_object_object_add(o, "event", json_object_new_string("result"));
    json_object_object_add(o, "scenario", json_object_new_string(e->name));
    json_object_object_add(o, "result", json_object_new_string(endings[e->ending]));
    json_object_object_add(o, "held", json_object_new_uint64(e->result.held));
    json_object_object_add(o, "failed", json_object_new_uint64(e->result.failed));
    json_object_object_add(o, "skipped_lines", json_object_new_uint64(e->result.skipped));
    if (e->result.why[0]) json_object_object_add(o, "why", json_object_new_string(e->result.why));
    show_json_line(stdout, o);
}

/* The timeline has told how it ended, but not that it never began. */
static void put_result(const struct run *r, const struct ended *e, bool is_told)
{
    if (r->form == FORM_JSON)
        put_json(e);
    else if (r->form == FORM_TIMELINE ? !is_told : !r->quiet || e->ending == ENDED_FAILED)
        put_ending(r, e);
    fflush(stdout);
}

static void run_one(struct run *r, const char *name)
{
    struct ended e = {.name = name, .ending = ENDED_FAILED};
    bool is_told = true;
    struct scenario *s = show_read(r->who, name);
    if (!s) {
        r->ended[ENDED_FAILED]++;
        return;
    }
    e.name = s->name;
    const char *why = r->stack == LAB_ON_KERNEL
                          ? scenario_not_on_kernel(s, e.result.why, sizeof(e.result.why))
                          : NULL;
    if (why) {
        if (why != e.result.why) snprintf(e.result.why, sizeof(e.result.why), "%s", why);
        e.ending = ENDED_SKIPPED;
        is_told = false;
    } else {
        int status = play(r, s, &e.result);
        if (!status) e.ending = ENDED_OK;
        is_told = status >= 0;
    }
    put_result(r, &e, is_told);
    r->ended[e.ending]++;
    scenario_free(s);
}

static void put_sum(const struct run *r)
{
    unsigned all = r->ended[ENDED_OK] + r->ended[ENDED_FAILED] + r->ended[ENDED_SKIPPED];
    if (r->form == FORM_JSON) {
        json_object *o = json_object_new_object();
        json_object_object_add(o, "event", json_object_new_string("sum"));
        json_object_object_add(o, "scenarios", json_object_new_uint64(all));
        for (int i = 0; i < ENDINGS; i++)
            json_object_object_add(o, endings[i], json_object_new_uint64(r->ended[i]));
        show_json_line(stdout, o);
        return;
    }
    printf("%u scenario%s: %u ok, %u failed, %u skipped\n", all, all == 1 ? "" : "s",
           r->ended[ENDED_OK], r->ended[ENDED_FAILED], r->ended[ENDED_SKIPPED]);
}

/* The bytes of a name that are the scenario's: without directory and .lab. */
static size_t own_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *own = slash ? slash + 1 : name;
    size_t len = strlen(own);
    return len > 4 && strcmp(own + len - 4, ".lab") == 0 ? len - 4 : len;
}

static void run_all(struct run *r, char **names, int n)
{
    for (int i = 0; i < n; i++)
        if (own_length(names[i]) > r->name_width) r->name_width = own_length(names[i]);
    for (int i = 0; i < n && !ferror(stdout); i++)
        run_one(r, names[i]);
}

static bool run_every(struct run *r)
{
    char **names;
    int n = show_names(&names);
    if (n < 0) {
        cmd_complain(r->who, "%s: %s", show_directory(), strerror(-n));
        return false;
    }
    run_all(r, names, n);
    show_names_free(names, n);
    return true;
}

static bool has_all(char **names)
{
    for (; *names; names++)
        if (strcmp(*names, "all") == 0) return true;
    return false;
}

/* Ctrl-C ends the command where it is: namespaces and captures need no help to go away or to be
 * read. Only the terminal gets its colour back. */
static void on_interrupt(int sig)
{
    static const char plain[] = "\033[0m\n";
    ssize_t written = write(STDOUT_FILENO, plain, sizeof(plain) - 1);
    (void)written;
    raise(sig); /* as if nobody had asked: SA_RESETHAND */
}

static void keep_terminal_plain(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int show_run(int argc, char **argv)
{
    struct run r = {.who = argv[0], .stack = LAB_ON_BONNET, .seed = 1};
    take_color(&r, "auto");
    if (!read_options(&r, argc, argv)) return CMD_USAGE;
    if (!make_directory(&r, r.pcapng) || !make_directory(&r, r.svg)) return CMD_FAILED;
    char **names = argv + optind;
    bool all = has_all(names);
    bool in_lines = r.quiet || (all && !r.verbose);
    if (r.form == FORM_TIMELINE && in_lines) r.form = FORM_LINES;
    if (r.color) keep_terminal_plain();
    if (!all)
        run_all(&r, names, argc - optind);
    else if (!run_every(&r))
        return CMD_FAILED;
    bool is_one = !all && argc - optind == 1;
    if (!is_one || r.form == FORM_LINES) put_sum(&r);
    return r.ended[ENDED_FAILED] ? CMD_FAILED : CMD_OK;
}
