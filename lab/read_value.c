/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values of a scenario: numbers, durations, conditions, addresses, flags of a segment.
 *
 * A duration carries its unit, always, and a number never does: a 20 that means milliseconds to one
 * reader and seconds to another is not accepted. Numbers are read here and not by strtod(3), whose
 * decimal point is the locale's.
 */
#include "read.h"
#include <bonnet/netif.h>
#include <bonnet/packet.h>
#include <string.h>

#define DURATION_MAX   (BONNET_S * 3600 * 24 * 3650) /* ten years */
#define UNITS_EXPECTED "with its unit, as 20ms (ns, us, ms, s, min, h)"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits at *p, up to max. False: none, or too many. */
static bool take_digits(const char **p, uint64_t max, uint64_t *out)
{
    *out = 0;
    if (!is_digit(**p)) return false;
    for (; is_digit(**p); (*p)++) {
        *out = *out * 10 + (uint64_t)(**p - '0');
        if (*out > max) return false;
    }
    return true;
}

/* The number stands for itself: neither 10ms nor 10.5. */
static bool is_end_of_number(const char *p)
{
    bool is_range = p[0] == '.' && p[1] == '.';
    bool goes_on =
        *p == '_' || *p == '.' || *p == '%' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
    return is_range || !goes_on;
}

bool read_number(struct reader *r, const char *what, struct read_bounds bounds, int64_t *out)
{
    read_skip_blanks(r);
    const char *p = r->at;
    bool negative = *p == '-' && is_digit(p[1]);
    uint64_t n;
    if (negative) p++;
    if (!is_digit(*p)) return read_mistake(r, "expected %s", what);
    bool fits = take_digits(&p, INT64_MAX, &n);
    if (fits && !is_end_of_number(p)) return read_mistake(r, "expected %s, without unit", what);
    *out = fits ? (int64_t)n : INT64_MAX;
    if (negative) *out = -*out;
    if (!fits || *out < bounds.min || *out > bounds.max)
        return read_mistake(r, "expected %s from %lld to %lld", what, (long long)bounds.min,
                            (long long)bounds.max);
    r->at = p;
    return true;
}

/* Digits behind a decimal point, in units of 10^-9. More than nine say nothing. */
static uint64_t take_fraction(const char **p)
{
    uint64_t value = 0, place = 100000000;
    if (**p != '.' || !is_digit((*p)[1])) return 0;
    for ((*p)++; is_digit(**p); (*p)++) {
        value += (uint64_t)(**p - '0') * place;
        place /= 10;
    }
    return value;
}

bool read_duration(struct reader *r, const char *what, bonnet_time *out)
{
    read_skip_blanks(r);
    const char *p = r->at, *begin = p;
    uint64_t whole, fraction;
    if (!is_digit(*p)) return read_mistake(r, "expected %s " UNITS_EXPECTED, what);
    bool fits = take_digits(&p, DURATION_MAX, &whole);
    fraction = take_fraction(&p);
    r->at = p;
    struct read_slice unit = read_word_here(r);
    const struct word *w = unit.p == p ? word_find(words_units, unit.p, unit.n) : NULL;
    r->at = begin;
    if (fits && whole == 0 && fraction == 0 && unit.n == 0) w = words_units;
    if (fits && !w) return read_mistake(r, "expected %s " UNITS_EXPECTED, what);
    bonnet_time ns = w ? words_unit_ns[w->value] : 1;
    if (!fits || whole > DURATION_MAX / ns) return read_mistake(r, "more than ten years");
    *out = whole * ns + fraction * (ns / 1000) / 1000000;
    r->at = unit.p == p ? unit.p + unit.n : p;
    return true;
}

bool read_number_or_time(struct reader *r, bonnet_time unit, struct read_bounds bounds,
                         int64_t *out)
{
    bonnet_time ns;
    read_skip_blanks(r);
    const char *p = r->at;
    while (is_digit(*p))
        p++;
    if (p == r->at || is_end_of_number(p)) return read_number(r, "a number", bounds, out);
    p = r->at;
    if (!read_duration(r, "a time", &ns)) return false;
    *out = (int64_t)(ns / unit);
    if (ns % unit != 0) return read_mistake_at(r, p, "the option has not such small units");
    return *out <= bounds.max || read_mistake_at(r, p, "more than the option can hold");
}

static bool take_variable(struct reader *r, const char *what, struct lab_amount *out)
{
    static const struct read_bounds factor = {1, 1000000};
    struct read_slice w = read_word_here(r);
    if (!read_is_variable(r, w)) {
        struct read_choice c = read_choice(r, what);
        for (unsigned i = 0; i < r->s->sweeps_n; i++)
            read_choice_add(&c, r->s->sweeps[i].name);
        for (unsigned i = 0; i < r->known_n; i++)
            if (r->known[i].kind == READ_VARIABLE) read_choice_add(&c, r->known[i].name);
        if (!*c.list) return read_mistake(r, "expected %s; no variable was set above", what);
        return read_wrong_choice(r, &c);
    }
    read_copy_name(w, out->variable);
    r->at += w.n;
    if (read_try_char(r, '*')) return read_number(r, "a number", factor, &out->times);
    if (read_try_char(r, '/')) return read_number(r, "a number", factor, &out->over);
    return true;
}

bool read_amount(struct reader *r, const char *what, struct read_bounds bounds,
                 struct lab_amount *out)
{
    char expected[64];
    *out = (struct lab_amount){.times = 1, .over = 1};
    if (!read_is_name(read_word_here(r))) return read_number(r, what, bounds, &out->number);
    (void)snprintf(expected, sizeof expected, "%s or a variable", what);
    return take_variable(r, expected, out);
}

bool read_any_amount(struct reader *r, struct lab_amount *out)
{
    static const struct read_bounds bounds = {0, READ_NUMBER_MAX};
    return read_amount(r, "a number", bounds, out);
}

bool read_clock(struct reader *r, struct lab_amount *out)
{
    bonnet_time at;
    const char *begin = r->at;
    *out = (struct lab_amount){.times = 1, .over = 1};
    if (!read_duration(r, "a time", &at)) return false;
    if (at % BONNET_MS) return read_mistake_at(r, begin, "time is looked at in whole milliseconds");
    out->number = (int64_t)(at / BONNET_MS);
    return true;
}

static bool take_compare(struct reader *r, enum lab_compare *out)
{
    static const struct {
        const char *text;
        enum lab_compare compare;
    } signs[] = {{"<=", LAB_LESS_EQUAL}, {">=", LAB_MORE_EQUAL}, {"<", LAB_LESS}, {">", LAB_MORE}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!read_try_text(r, signs[i].text)) continue;
        *out = signs[i].compare;
        return true;
    }
    return false;
}

#define CONDITION_EXPECTED "expected =, <, <=, >, >= or a range as 1..10"

bool read_condition(struct reader *r, read_amount_fn *amount, struct lab_condition *out)
{
    bool equal = read_try_char(r, '=');
    if (take_compare(r, &out->compare)) return amount(r, &out->than);
    read_skip_blanks(r);
    const char *begin = r->at;
    bool is_value = is_digit(*begin) || read_is_name(read_word_here(r));
    if (!equal && !is_value) return read_mistake(r, CONDITION_EXPECTED);
    out->compare = LAB_EQUAL;
    if (!amount(r, &out->than)) return false;
    if (read_try_text(r, "..")) {
        out->compare = LAB_BETWEEN;
        return amount(r, &out->to);
    }
    return equal || read_mistake_at(r, begin, CONDITION_EXPECTED);
}

bool read_how_many(struct reader *r, struct lab_condition *out)
{
    read_skip_blanks(r);
    const char *begin = r->at;
    if (!is_digit(*begin)) return read_condition(r, read_any_amount, out);
    if (!read_any_amount(r, &out->than)) return false;
    bool is_range = read_try_text(r, "..");
    r->at = is_range ? begin : r->at;
    return !is_range || read_condition(r, read_any_amount, out);
}

bool read_address(struct reader *r, struct bonnet_addr *out)
{
    char text[BONNET_ADDR_TEXT];
    read_skip_blanks(r);
    const char *p = r->at;
    while (is_digit(*p) || *p == '.')
        p++;
    size_t n = (size_t)(p - r->at);
    if (n >= sizeof text) n = 0;
    memcpy(text, r->at, n);
    text[n] = '\0';
    if (n == 0 || bonnet_addr_parse(text, out) != 0)
        return read_mistake(r, "expected an IPv4 address, as 10.0.0.1");
    r->at = p;
    return true;
}

/* A port; of what is expected also '*' and a range. */
static bool take_port(struct reader *r, bool expected, struct lab_endpoint *out)
{
    static const struct read_bounds ports = {0, 65535};
    int64_t to;
    out->port = (struct lab_amount){.number = LAB_PORT_ANY, .times = 1, .over = 1};
    if (expected && read_try_char(r, '*')) return true;
    if (!read_amount(r, "a port", ports, &out->port)) return false;
    if (!expected || !read_try_text(r, "..")) return true;
    if (!read_number(r, "a port", ports, &to)) return false;
    out->port_to = (uint16_t)to;
    return true;
}

bool read_endpoint(struct reader *r, bool expected, struct lab_endpoint *out)
{
    struct read_slice w = read_word_here(r);
    int host = read_find_host(r, w);
    if (w.n == 0 && read_try_char(r, '*')) {
        out->addr = bonnet_ip4(0, 0, 0, 0);
    } else if (host >= 0) {
        out->addr = r->s->hosts[host].addrs[0];
        r->at += w.n;
    } else if (w.n > 0 && is_digit(*w.p)) {
        if (!read_address(r, &out->addr)) return false;
    } else {
        struct read_choice c = read_choice(r, "HOST:PORT, ADDRESS:PORT or *:PORT");
        for (unsigned i = 0; i < r->s->hosts_n; i++)
            read_choice_add(&c, r->s->hosts[i].name);
        return read_wrong_choice(r, &c);
    }
    return read_need_char(r, ':', "':' and a port") && take_port(r, expected, out);
}

/* Letters as tcpdump has them, '.' for ACK; [none] is a segment without any. */
bool read_flags(struct reader *r, uint8_t *out)
{
    static const char letters[] = "FSRP.UEW"; /* in the order of their bits */
    read_skip_blanks(r);
    const char *begin = r->at;
    *out = 0;
    if (read_try_text(r, "[none]")) return true;
    if (!read_try_char(r, '[')) return read_mistake(r, "expected flags, as [S.]");
    for (; *r->at && *r->at != ']'; r->at++) {
        const char *letter = strchr(letters, *r->at);
        if (!letter) break;
        *out = (uint8_t)(*out | 1u << (letter - letters));
    }
    if (*r->at != ']' || *out == 0)
        return read_mistake_at(r, begin,
                               "expected flags as tcpdump writes them: S, F, R, P, U, E, W"
                               " and . for ACK, as [S.]");
    r->at++;
    return true;
}
