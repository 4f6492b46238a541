/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bonnet-bench-paths: bonnet's TCP beside Linux's over the same emulated paths, in real time.
 *
 * The paths are those of lab/expected/paths.txt. Each is crossed twice, from a kernel to a kernel
 * and from bonnet to a kernel, with the same seed of the link; the ratio is what counts. Without
 * --all it is CUBIC over 1 Gbit/s, 20 ms and over 10 Mbit/s, 100 ms. The last rows are two flows
 * over one link, the second begun a tenth later, measured over the last two thirds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transfer.h"

#define LINE_BYTES 256

struct options {
    const char *table;
    const char *only; /* rows that contain it; NULL: the usual ones */
    unsigned seconds, seconds_fair;
    bool all;
};

static bool is_wanted(const struct options *o, const char *row)
{
    if (o->only) return strstr(row, o->only) != NULL;
    if (o->all) return true;
    if (strncmp(row, "cubic", 5) != 0) return false;
    return strstr(row, "delay 10ms rate 1gbit") || strstr(row, "delay 50ms rate 10mbit");
}

static int failed(const char *words, int e)
{
    (void)fprintf(stderr, "%s: %s\n", words, strerror(-e));
    return 1;
}

static int compare(const struct options *o, const char *cc, const char *words)
{
    struct transfer_outcome kernel, bonnet;
    struct transfer t = {.words = words, .cc = cc, .flows = 1, .until = o->seconds * BONNET_S};
    int e = transfer_run(&t, &kernel);
    t.by_bonnet[0] = true;
    if (e == 0) e = transfer_run(&t, &bonnet);
    if (e < 0) return failed(words, e);
    double ratio = kernel.mbit_s[0] > 0 ? bonnet.mbit_s[0] / kernel.mbit_s[0] : 0;
    (void)printf("%-5s %8.2f %8.2f  %5.2f  %6.3f %6.3f  %s\n", cc, bonnet.mbit_s[0],
                 kernel.mbit_s[0], ratio, bonnet.resent * 100, kernel.resent * 100, words);
    (void)fflush(stdout);
    return 0;
}

/* "cubic  20  8.72  0.790  delay 10ms ...": the path begins at its first word. */
static int compare_row(const struct options *o, char *row)
{
    char cc[16];
    char *words = strstr(row, "delay");
    row[strcspn(row, "\n")] = '\0';
    if (row[0] == '#' || !words || !is_wanted(o, row)) return 0;
    if (sscanf(row, "%15s", cc) != 1) return 0;
    return compare(o, cc, words);
}

/* The table's first part; the rows about two flows follow an empty line. */
static int compare_table(const struct options *o)
{
    char row[LINE_BYTES];
    int bad = 0;
    FILE *f = fopen(o->table, "r");
    if (!f) return failed(o->table, -errno);
    (void)printf("# cc     bonnet    linux  ratio  resent: bonnet, linux (%%)\n");
    while (!bad && fgets(row, sizeof row, f) && row[0] != '\n')
        bad = compare_row(o, row);
    (void)fclose(f);
    return bad;
}

static int share(const struct options *o, const char *words, bool first, bool second)
{
    struct transfer_outcome out;
    bonnet_time all = o->seconds_fair * BONNET_S;
    const struct transfer t = {.words = words,
                               .cc = "cubic",
                               .flows = 2,
                               .by_bonnet = {first, second},
                               .apart = all / 10,
                               .from = all / 3,
                               .until = all};
    int e = transfer_run(&t, &out);
    if (e < 0) return failed(words, e);
    double sum = out.mbit_s[0] + out.mbit_s[1];
    (void)printf("%-6s %8.2f  %-6s %8.2f  share of the second %.2f  Jain %.3f  %s\n",
                 first ? "bonnet" : "linux", out.mbit_s[0], second ? "bonnet" : "linux",
                 out.mbit_s[1], sum > 0 ? out.mbit_s[1] / sum : 0, transfer_fairness(&out), words);
    (void)fflush(stdout);
    return 0;
}

static int share_links(const struct options *o)
{
    static const char *const links[] = {"delay 10ms rate 1gbit limit 2499",
                                        "delay 10ms rate 100mbit limit 249"};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        if (share(o, links[i], false, false)) return 1;
        if (share(o, links[i], false, true)) return 1;
        if (share(o, links[i], true, false)) return 1;
    }
    return 0;
}

static int usage(void)
{
    (void)fprintf(stderr, "usage: bonnet-bench-paths [--all | --only WORDS] [--seconds N]\n"
                          "                          [--seconds-fair N] [--table FILE]\n");
    return 2;
}

/* The option's argument as a number of seconds; 0: it is none. */
static unsigned seconds_of(const char *text)
{
    char *end;
    unsigned long n = text ? strtoul(text, &end, 10) : 0;
    return n >= 1 && n <= 3600 && *end == '\0' ? (unsigned)n : 0;
}

static bool take_option(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "--only") == 0) return (o->only = value) != NULL;
    if (strcmp(name, "--table") == 0) return (o->table = value) != NULL;
    if (strcmp(name, "--seconds") == 0) return (o->seconds = seconds_of(value)) > 0;
    if (strcmp(name, "--seconds-fair") == 0) return (o->seconds_fair = seconds_of(value)) > 0;
    return false;
}

int main(int argc, char **argv)
{
    struct options o = {.table = "lab/expected/paths.txt", .seconds = 5, .seconds_fair = 30};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0)
            o.all = true;
        else if (take_option(&o, argv[i], argv[i + 1]))
            i++;
        else
            return usage();
    }
    return compare_table(&o) || share_links(&o);
}
