/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays scripts: those that are named, or all of tests/exchange/<event>-in-<state>/. Prints what
 * went wrong as file:line, what was expected, and what came; exits with 1 if anything did.
 *
 * Where an RFC leaves a choice, Linux is the reference: packetdrill runs the scripts on a kernel as
 * they are, but for those that say "Here only" and why. For that the kernel has the features turned
 * off that bonnet has not: net.ipv4.tcp_early_retrans=0, tcp_recovery=0, tcp_frto=0,
 * tcp_syn_linear_timeouts=0, tcp_congestion_control=reno; and the usual tcp_rmem="4096 131072
 * 6291456".
 */
#include "librun.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX 65536

static bool read_file(const char *path, char *text)
{
    FILE *f = fopen(path, "r");
    if (!f) return false;
    size_t n = fread(text, 1, FILE_MAX - 1, f);
    text[n] = '\0';
    bool whole = !ferror(f) && n < FILE_MAX - 1;
    fclose(f);
    return whole;
}

static bool play(const char *path)
{
    static char text[FILE_MAX], complaint[COMPLAINT_MAX];
    static struct script script;
    static struct run run;
    if (!read_file(path, text)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    bonnet_config_init(&script.config);
    bool good = script_parse(&script, path, text, complaint);
    good = good && run_script(&run, &script, complaint);
    if (!good) fprintf(stderr, "%s\n", complaint);
    return good;
}

/* 0 good, 1 bad, 2 nothing to play. */
static int play_all(char *const *paths, size_t n)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad += !play(paths[i]);
    printf("%zu of %zu scripts as expected\n", n - bad, n);
    return n == 0 ? 2 : bad > 0;
}

int main(int argc, char **argv)
{
    char pattern[1024];
    glob_t found;
    if (argc > 1) return play_all(argv + 1, (size_t)argc - 1);
    const char *src = getenv("BONNET_SRC");
    snprintf(pattern, sizeof pattern, "%s/tests/exchange/*-in-*/*.pkt", src ? src : ".");
    if (glob(pattern, 0, NULL, &found) != 0) return play_all(NULL, 0);
    int status = play_all(found.gl_pathv, found.gl_pathc);
    globfree(&found);
    return status;
}
