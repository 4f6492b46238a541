/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pictures of a story as files: those that have something to show.
 */
#include "lab_svg.h"

#include <errno.h>

static int write_text(const struct text *picture, const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) return -errno;
    size_t written = fwrite(picture->p, 1, picture->len, f);
    int error = written == picture->len ? 0 : errno;
    if (fclose(f) && !error) error = errno;
    return -error;
}

static int write_one(const struct svg_story *s, const char *directory, const char *name,
                     bool (*draw)(struct text *t, const struct svg_story *s))
{
    struct text path;
    struct text picture;
    int error = 0;
    text_init(&path, SHOW_PATH_MAX);
    text_init(&picture, SVG_MAX);
    text_addf(&path, "%s/%s-%s.svg", directory, s->scenario->name, name);
    bool any = draw(&picture, s);
    if (path.failed || picture.failed)
        error = path.failed ? -ENAMETOOLONG : -ENOMEM;
    else if (any)
        error = write_text(&picture, path.p);
    text_fini(&picture);
    text_fini(&path);
    return error;
}

int svg_write(const struct svg_story *s, const char *directory)
{
    if (s->failed) return -ENOMEM;
    if (!s->scenario) return 0; /* it never began */
    int error = write_one(s, directory, "time-sequence", svg_sequence);
    if (!error) error = write_one(s, directory, "window", svg_window);
    if (!error) error = write_one(s, directory, "diagram", svg_diagram);
    return error;
}
