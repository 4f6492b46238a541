/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bonnet lab`: the sub-command, its list of scenarios and their texts. Running them is
 * lab_run.c's.
 */
#include "lab.h"

#include "cmd.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

static int help(void)
{
    puts("usage: bonnet lab list [--json]\n"
         "       bonnet lab show NAME\n"
         "       bonnet lab run NAME|FILE|all... [OPTION]...\n"
         "\n"
         "Plays scenarios: stories about sockets on two or more hosts, in "
         "virtual time, with what\n"
         "must be seen in them. docs/LAB.md tells how to write one.\n"
         "\n"
         "  list                 all scenarios and what they answer\n"
         "  show                 the text of one\n"
         "  run                  play them, and tell on a timeline what happens; "
         "of `all`, one line "
         "each\n"
         "\n"
         "      --stack STACK    bonnet (default) or kernel: Linux's sockets, in "
         "network "
         "namespaces\n"
         "      --seed N         another seed, other packets: ports, sequence "
         "numbers, chances "
         "(default 1)\n"
         "      --pcapng DIR     a capture per host into DIR, with comments\n"
         "      --svg DIR        pictures into DIR: sequence numbers over time, windows "
         "over time, a\n"
         "                       sequence diagram; of a sweep a chart per measure, too\n"
         "      --json           one JSON object per event and line, and one of "
         "the result\n"
         "  -v, --verbose        TCP options, every segment of long transfers, "
         "every run of a "
         "sweep\n"
         "  -q, --quiet          failures and the sum only\n"
         "      --color WHEN     auto (default), always or never\n"
         "  -h, --help           this text\n"
         "\n"
         "A NAME with a '/' or with .lab at its end is a file; others are looked "
         "for in\n"
         "$BONNET_SCENARIOS, or where bonnet keeps its own.\n"
         "Exit status: 0 if every expectation held, 1 if not or if a file is "
         "wrong, 2 if the "
         "command "
         "line is.");
    return CMD_OK;
}

/* Lines of a question, joined. */
static const char *one_line(struct text *t, const char *text)
{
    text_clear(t);
    text_add(t, "");
    for (; text && *text; text++)
        text_add_bytes(t, *text == '\n' ? " " : text, 1);
    return t->p ? t->p : "";
}

static json_object *entry_of(const struct scenario *s, struct text *t)
{
    char why[256];
    json_object *entry = json_object_new_object();
    const char *not_on_kernel = scenario_not_on_kernel(s, why, sizeof(why));
    json_object_object_add(entry, "name", json_object_new_string(s->name));
    json_object_object_add(entry, "question", json_object_new_string(one_line(t, s->question)));
    json_object_object_add(entry, "answer", json_object_new_string(one_line(t, s->answer)));
    json_object_object_add(entry, "file", json_object_new_string(s->path));
    if (not_on_kernel)
        json_object_object_add(entry, "not_on_kernel", json_object_new_string(not_on_kernel));
    return entry;
}

static size_t longest(char **names, int n)
{
    size_t max = 0;
    for (int i = 0; i < n; i++)
        if (strlen(names[i]) > max) max = strlen(names[i]);
    return max;
}

/* list: NULL, or the array for --json. false: a file is wrong. */
static bool list_all(const char *who, char **names, int n, json_object *list)
{
    bool good = true;
    struct text t;
    text_init(&t, SHOW_TEXT_MAX);
    for (int i = 0; i < n; i++) {
        struct scenario *s = show_read(who, names[i]);
        good = s && good;
        if (!s) continue;
        if (list)
            json_object_array_add(list, entry_of(s, &t));
        else
            printf("%-*s  %s\n", (int)longest(names, n), s->name, one_line(&t, s->question));
        scenario_free(s);
    }
    text_fini(&t);
    return good;
}

static int list(const char *who, int argc, char **argv)
{
    char **names;
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json) {
        cmd_complain(who, "'%s': list takes --json, and nothing else", argv[1]);
        return CMD_USAGE;
    }
    int n = show_names(&names);
    if (n < 0) {
        cmd_complain(who, "%s: %s", show_directory(), strerror(-n));
        return CMD_FAILED;
    }
    json_object *array = json ? json_object_new_array() : NULL;
    bool good = list_all(who, names, n, array);
    if (array) show_json_line(stdout, array);
    show_names_free(names, n);
    return good ? CMD_OK : CMD_FAILED;
}

static int show(const char *who, int argc, char **argv)
{
    char path[SHOW_PATH_MAX];
    char buf[4096];
    if (argc != 2) {
        cmd_complain(who, "show takes the name of one scenario (see bonnet lab list)");
        return CMD_USAGE;
    }
    FILE *f = show_open(who, argv[1], path);
    if (!f) return CMD_FAILED;
    for (size_t n; (n = fread(buf, 1, sizeof(buf), f)) > 0;)
        fwrite(buf, 1, n, stdout);
    bool good = !ferror(f);
    if (!good) cmd_complain(who, "%s: %s", path, strerror(errno));
    fclose(f);
    return good ? CMD_OK : CMD_FAILED;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

static int dispatch(char *who, int argc, char **argv)
{
    const char *word = argv[0];
    argv[0] = who; /* whose complaints about options are */
    if (strcmp(word, "list") == 0) return list(who, argc, argv);
    if (strcmp(word, "show") == 0) return show(who, argc, argv);
    if (strcmp(word, "run") == 0) return show_run(argc, argv);
    cmd_complain(who, "unknown %s '%s' (see bonnet lab --help)", word[0] == '-' ? "option" : "word",
                 word);
    return CMD_USAGE;
}

int cmd_lab(int argc, char **argv)
{
    char *who = argv[0];
    if (argc < 2) {
        cmd_complain(who, "list, show or run? (see bonnet lab --help)");
        return CMD_USAGE;
    }
    if (wants_help(argc, argv)) return help();
    int status = dispatch(who, argc - 1, argv + 1);
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    if (errno != EPIPE) cmd_complain(who, "cannot write: %s", strerror(errno)); /* not of head */
    return CMD_FAILED;
}
