/* SPDX-License-Identifier: BSD-2-Clause */
/* The words and the bar of a transfer; the contract is in progress.h. */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_COLUMNS 24
#define BAR_EVERY   (200 * BONNET_MS)
#define LINE_EVERY  BONNET_S

void progress_init(struct progress *p, bool quiet, bonnet_time now)
{
    *p = (struct progress){.quiet = quiet, .began = now, .told = now};
    p->terminal = isatty(STDERR_FILENO);
}

static char *scaled(double value, double base, const char *const *units, char *buf)
{
    int i = 0;
    for (; value >= base && units[i + 1]; i++)
        value /= base;
    int digits = i == 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
    snprintf(buf, PROGRESS_TEXT, "%.*f %s", digits, value, units[i]);
    return buf;
}

char *progress_bytes(uint64_t bytes, char buf[PROGRESS_TEXT])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};
    return scaled((double)bytes, 1024, units, buf);
}

char *progress_rate(uint64_t bytes, bonnet_time time, char buf[PROGRESS_TEXT])
{
    static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", NULL};
    return scaled(time ? (double)bytes * 8e9 / (double)time : 0, 1000, units, buf);
}

static void draw_bar(const struct progress_news *news, char *bar)
{
    uint64_t done = news->got < news->length ? news->got : news->length;
    unsigned filled = (unsigned)((double)done / (double)news->length * BAR_COLUMNS);
    memset(bar, ' ', BAR_COLUMNS);
    memset(bar, '=', filled);
    if (filled < BAR_COLUMNS) bar[filled] = '>';
    bar[BAR_COLUMNS] = '\0';
}

void progress_line(const struct progress *p, const struct progress_news *news, bonnet_time now,
                   char *line, size_t max)
{
    char bar[BAR_COLUMNS + 1];
    char head[BAR_COLUMNS + 16] = "";
    char total[PROGRESS_TEXT + 4] = "";
    char got[PROGRESS_TEXT];
    char rate[PROGRESS_TEXT];
    char length[PROGRESS_TEXT];
    if (news->length) {
        snprintf(total, sizeof(total), " / %s", progress_bytes(news->length, length));
        draw_bar(news, bar);
        if (p->terminal)
            snprintf(head, sizeof(head), "%3u%% [%s] ",
                     (unsigned)((double)news->got / (double)news->length * 100), bar);
    }
    progress_rate(news->got - p->told_bytes, now - p->told, rate);
    snprintf(line, max, "%s%s%s  %s  cwnd %u  rtt %.3f ms", head, progress_bytes(news->got, got),
             total, rate, (unsigned)news->info->tcpi_snd_cwnd, (double)news->info->tcpi_rtt / 1000);
}

void progress_tell(struct progress *p, const struct progress_news *news, bonnet_time now)
{
    char line[160];
    if (p->quiet || now < p->told + (p->terminal ? BAR_EVERY : LINE_EVERY)) return;
    progress_line(p, news, now, line, sizeof(line));
    /* On a terminal: over the last one, and clear what is left of it. */
    if (p->terminal)
        fprintf(stderr, "\r%s\033[K", line);
    else
        fprintf(stderr, "%s\n", line);
    p->shown = p->terminal;
    p->told = now;
    p->told_bytes = news->got;
}

void progress_clear(struct progress *p)
{
    if (p->shown) fputs("\r\033[K", stderr);
    p->shown = false;
}
