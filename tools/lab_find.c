/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where scenarios are: in $BONNET_SCENARIOS, else beside the source this command was built from if
 * that is still there, else where they were installed. A name with a '/' or with .lab at its end is
 * a file of the user's own.
 */
#include "lab.h"

#include "cmd.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char suffix[] = ".lab";
enum { SUFFIX_LEN = sizeof(suffix) - 1 };

const char *show_directory(void)
{
    const char *own = getenv("BONNET_SCENARIOS");
    if (own && *own) return own;
    return access(BONNET_SCENARIOS_SOURCE, R_OK | X_OK) == 0 ? BONNET_SCENARIOS_SOURCE
                                                             : BONNET_SCENARIOS_INSTALLED;
}

static bool is_file_name(const char *name)
{
    size_t len = strlen(name);
    return strchr(name, '/') || (len > SUFFIX_LEN && strcmp(name + len - SUFFIX_LEN, suffix) == 0);
}

bool show_find(const char *name, char out[SHOW_PATH_MAX])
{
    int len = is_file_name(name)
                  ? snprintf(out, SHOW_PATH_MAX, "%s", name)
                  : snprintf(out, SHOW_PATH_MAX, "%s/%s%s", show_directory(), name, suffix);
    return len >= 0 && len < SHOW_PATH_MAX;
}

/* 1: a scenario; 0: another file. */
static int is_scenario(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > SUFFIX_LEN &&
           strcmp(entry->d_name + len - SUFFIX_LEN, suffix) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int show_names(char ***out)
{
    struct dirent **entries;
    int n = scandir(show_directory(), &entries, is_scenario, by_name);
    if (n < 0) return -errno;
    char **names = calloc((size_t)n + 1, sizeof(*names));
    for (int i = 0; i < n; i++) {
        entries[i]->d_name[strlen(entries[i]->d_name) - SUFFIX_LEN] = '\0';
        if (names) names[i] = strdup(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (!names) return -ENOMEM;
    *out = names;
    return n;
}

void show_names_free(char **names, int n)
{
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

FILE *show_open(const char *who, const char *name, char path[SHOW_PATH_MAX])
{
    if (!show_find(name, path)) {
        cmd_complain(who, "%s: %s", name, strerror(ENAMETOOLONG));
        return NULL;
    }
    FILE *f = fopen(path, "r");
    if (!f && errno == ENOENT && !is_file_name(name))
        cmd_complain(who, "there is no scenario '%s' (see bonnet lab list)", name);
    else if (!f)
        cmd_complain(who, "%s: %s", path, strerror(errno));
    return f;
}

struct scenario *show_read(const char *who, const char *name)
{
    char path[SHOW_PATH_MAX];
    struct lab_mistake mistake = {0};
    struct scenario *s = NULL;
    FILE *f = show_open(who, name, path);
    if (!f) return NULL;
    int error = scenario_read(f, path, &s, &mistake);
    fclose(f);
    if (!error) return s;
    if (error == -EINVAL)
        cmd_complain(who, "%s", mistake.text);
    else
        cmd_complain(who, "%s: %s", path, strerror(-error));
    return NULL;
}
