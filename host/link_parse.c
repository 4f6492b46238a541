/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a link may be asked for, and netem's words for it (and one of fq_codel's).
 *
 * Decides: which values are in range, and how words become values. The words are those of
 * tc-netem(8), the units those of tc(8), in any case of letters. It is stricter than tc in one
 * thing: a quantity carries its unit (only 0 needs none), since "delay 20" would mean microseconds
 * and "loss 0.01" a hundredth of a percent, which nobody who writes them expects. A word given
 * again overrides.
 *
 * Numbers are read here and not by strtod(3), whose decimal point is the locale's.
 */
#include "lane.h"
#include <errno.h>
#include <string.h>
#include <strings.h>

void bonnet_link_config_init(struct bonnet_link_config *config)
{
    *config = (struct bonnet_link_config){.size = sizeof *config, .loss_burst = 1};
}

/* False for a NaN, too. */
static bool is_probability(double p)
{
    return p >= 0 && p <= 1;
}

/* A frame overtakes by being spared delay: there must be some. */
static bool may_overtake(const struct bonnet_link_config *c)
{
    return c->delay > 0 || c->jitter > 0;
}

int link_config_check(const struct bonnet_link_config *c)
{
    bool times = c->delay <= LINK_DELAY_MAX && c->jitter <= LINK_DELAY_MAX &&
                 c->reorder_by <= LINK_DELAY_MAX && c->ce_threshold <= LINK_DELAY_MAX;
    bool rate = c->rate_bps == 0 || (c->rate_bps >= LINK_RATE_MIN && c->rate_bps <= LINK_RATE_MAX);
    bool chances = is_probability(c->loss) && is_probability(c->reorder) &&
                   is_probability(c->duplicate) && is_probability(c->corrupt);
    bool burst = c->loss_burst == 0 || (c->loss_burst >= 1 && c->loss_burst <= LINK_LIMIT_MAX);
    bool overtaking = c->reorder <= 0 || may_overtake(c);
    bool fine = c->size == sizeof *c && times && rate && chances && burst && overtaking &&
                c->limit <= LINK_LIMIT_MAX;
    return fine ? 0 : -EINVAL;
}

struct unit {
    const char *name;
    double factor;
};

/* Nanoseconds. */
static const struct unit times[] = {
    {"ns", 1},      {"nsec", 1},   {"nsecs", 1},  {"us", 1e3},    {"usec", 1e3},
    {"usecs", 1e3}, {"ms", 1e6},   {"msec", 1e6}, {"msecs", 1e6}, {"s", 1e9},
    {"sec", 1e9},   {"secs", 1e9}, {NULL, 0},
};

/* Bits per second; "bps" is bytes per second, as in tc(8). */
static const struct unit rates[] = {
    {"bit", 1},
    {"kbit", 1e3},
    {"mbit", 1e6},
    {"gbit", 1e9},
    {"tbit", 1e12},
    {"kibit", 1024.0},
    {"mibit", 1048576.0},
    {"gibit", 1073741824.0},
    {"tibit", 1099511627776.0},
    {"bps", 8},
    {"kbps", 8e3},
    {"mbps", 8e6},
    {"gbps", 8e9},
    {"tbps", 8e12},
    {"kibps", 8 * 1024.0},
    {"mibps", 8 * 1048576.0},
    {"gibps", 8 * 1073741824.0},
    {"tibps", 8 * 1099511627776.0},
    {NULL, 0},
};

static const struct unit percent[] = {{"%", 0.01}, {NULL, 0}};

/* The text, split into words from left to right. */
struct words {
    const char *at; /* the present word; the end of the text if there is none */
    size_t len;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_to_word(struct words *w)
{
    while (is_space(*w->at))
        w->at++;
    w->len = 0;
    while (w->at[w->len] && !is_space(w->at[w->len]))
        w->len++;
}

static void next_word(struct words *w)
{
    w->at += w->len;
    skip_to_word(w);
}

static bool word_is(const struct words *w, const char *what)
{
    return strlen(what) == w->len && strncasecmp(w->at, what, w->len) == 0;
}

/* The digits at *p, with a fraction, as a number. False: there is no digit. */
static bool take_number(const char **p, const char *end, double *out)
{
    double value = 0, place = 1;
    const char *begin = *p;
    for (; *p < end && is_digit(**p); (*p)++)
        value = value * 10 + (**p - '0');
    if (*p == begin) return false;
    if (*p < end && **p == '.')
        for ((*p)++; *p < end && is_digit(**p); (*p)++)
            value += (**p - '0') * (place /= 10);
    *out = value;
    return true;
}

/* The present word as a number with a unit. */
static bool quantity(const struct words *w, const struct unit *units, double *out)
{
    const char *p = w->at, *end = w->at + w->len;
    if (!take_number(&p, end, out)) return false;
    if (p == end) return *out <= 0;
    for (const struct unit *u = units; u->name; u++) {
        if (strlen(u->name) != (size_t)(end - p) || strncasecmp(p, u->name, (size_t)(end - p)) != 0)
            continue;
        *out *= u->factor;
        return true;
    }
    return false;
}

static bool take_time(const struct words *w, bonnet_time *out)
{
    double ns;
    if (!quantity(w, times, &ns) || ns > (double)LINK_DELAY_MAX) return false;
    *out = (bonnet_time)(ns + 0.5);
    return true;
}

static bool take_rate(const struct words *w, uint64_t *out)
{
    double bps;
    if (!quantity(w, rates, &bps) || bps > (double)LINK_RATE_MAX) return false;
    if (bps > 0 && bps < LINK_RATE_MIN) return false;
    *out = (uint64_t)(bps + 0.5);
    return true;
}

static bool take_probability(const struct words *w, double *out)
{
    double p;
    if (!quantity(w, percent, &p) || p > 1) return false;
    *out = p;
    return true;
}

static bool take_count(const struct words *w, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (w->len == 0) return false;
    for (size_t i = 0; i < w->len; i++) {
        if (!is_digit(w->at[i])) return false;
        uint64_t digit = (uint64_t)(w->at[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *out = value;
    return value >= min && value <= max;
}

static bool take_limit(const struct words *w, uint32_t *out)
{
    uint64_t n;
    if (!take_count(w, 1, LINK_LIMIT_MAX, &n)) return false;
    *out = (uint32_t)n;
    return true;
}

static bool take_burst(const struct words *w, double *out)
{
    const char *p = w->at, *end = w->at + w->len;
    return take_number(&p, end, out) && p == end && *out >= 1 && *out <= LINK_LIMIT_MAX;
}

/* A time that may be missing: then w stays where it is. */
static bool take_more(struct words *w, bonnet_time *out)
{
    struct words rest = *w;
    next_word(&rest);
    *out = 0;
    if (!is_digit(*rest.at)) return true;
    *w = rest;
    return take_time(w, out);
}

/* "delay 20ms 5ms" */
static bool take_delay(struct words *w, struct bonnet_link_config *c)
{
    return take_time(w, &c->delay) && take_more(w, &c->jitter);
}

/* "reorder 5% 3ms" */
static bool take_reorder(struct words *w, struct bonnet_link_config *c)
{
    return take_probability(w, &c->reorder) && take_more(w, &c->reorder_by);
}

/* One keyword with what belongs to it. False with w at the word that is wrong. */
static bool take_clause(struct words *w, struct bonnet_link_config *c)
{
    struct words key = *w;
    next_word(w);
    if (word_is(&key, "delay")) return take_delay(w, c);
    if (word_is(&key, "rate")) return take_rate(w, &c->rate_bps);
    if (word_is(&key, "limit")) return take_limit(w, &c->limit);
    if (word_is(&key, "loss")) return take_probability(w, &c->loss);
    if (word_is(&key, "burst")) return take_burst(w, &c->loss_burst);
    if (word_is(&key, "reorder")) return take_reorder(w, c);
    if (word_is(&key, "duplicate")) return take_probability(w, &c->duplicate);
    if (word_is(&key, "corrupt")) return take_probability(w, &c->corrupt);
    if (word_is(&key, "ce_threshold")) return take_time(w, &c->ce_threshold);
    if (word_is(&key, "seed")) return take_count(w, 0, UINT64_MAX, &c->seed);
    *w = key;
    return false;
}

int bonnet_link_parse(const char *words, struct bonnet_link_config *config, const char **where)
{
    struct words w = {.at = words};
    const char *wrong = NULL, *reorder = NULL;
    bonnet_link_config_init(config);
    for (skip_to_word(&w); w.len > 0 && !wrong; next_word(&w)) {
        if (word_is(&w, "reorder")) reorder = w.at;
        if (!take_clause(&w, config)) wrong = w.at;
    }
    if (!wrong && config->reorder > 0 && !may_overtake(config)) wrong = reorder;
    if (!wrong) return 0;
    if (where) *where = wrong;
    return -EINVAL;
}
