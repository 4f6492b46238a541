/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides to which class an address belongs and how it is written (dotted decimal; RFC 5952 for
 * IPv6). Which addresses are ours, and which are a subnet's broadcast, only ip/ knows.
 *
 * The classes are IPv4's: an IPv6 address belongs to none of them, except that :: means "any". So
 * an IPv6 address is no possible source, and a packet that claims one goes no further.
 */
#include "wire/addr.h"
#include "base/bytes.h"
#include "wire/text.h"
#include <errno.h>

static char *print_ip4(const uint8_t b[4], char *p);
static char *print_ip6(const uint8_t b[16], char *p);
static unsigned longest_zero_run(const uint8_t b[16], unsigned *length);
static const char *parse_octet(const char *text, uint8_t *out);

bool addr_is_any(const struct bonnet_addr *a)
{
    static const uint8_t zero[16];
    if (addr_is_ip4(a)) return addr_ip4(a) == 0;
    return memcmp(a->b, zero, 16) == 0;
}

bool addr_is_multicast(const struct bonnet_addr *a)
{
    return addr_is_ip4(a) && (a->b[12] & 0xf0) == 0xe0;
}

bool addr_is_loopback(const struct bonnet_addr *a)
{
    return addr_is_ip4(a) && a->b[12] == 127;
}

bool addr_is_limited_broadcast(const struct bonnet_addr *a)
{
    return addr_is_ip4(a) && addr_ip4(a) == UINT32_MAX;
}

/* RFC 1122 3.2.1.3: {0, any}, {127, any}, classes D and E are never a source on a link. */
bool addr_may_be_source(const struct bonnet_addr *a)
{
    uint8_t first = a->b[12];
    return addr_is_ip4(a) && first != 0 && first != 127 && first < 224;
}

bool addr_in_prefix(const struct bonnet_addr *a, const struct bonnet_addr *prefix, unsigned bits)
{
    bool ip4 = addr_is_ip4(a);
    if (ip4 != addr_is_ip4(prefix)) return false;
    unsigned start = ip4 ? 12 : 0;
    unsigned whole = bits / 8;
    if (bits > (16 - start) * 8) return false;
    if (memcmp(a->b + start, prefix->b + start, whole) != 0) return false;
    if (bits % 8 == 0) return true;
    unsigned differ = a->b[start + whole] ^ prefix->b[start + whole];
    return differ >> (8 - bits % 8) == 0;
}

bool bonnet_addr_is_ip4(struct bonnet_addr addr)
{
    return addr_is_ip4(&addr);
}

bool bonnet_addr_equal(struct bonnet_addr a, struct bonnet_addr b)
{
    return addr_eq(&a, &b);
}

bool bonnet_addr_is_any(struct bonnet_addr addr)
{
    return addr_is_any(&addr);
}

char *bonnet_addr_print(struct bonnet_addr addr, char *buf)
{
    if (addr_is_ip4(&addr))
        print_ip4(addr.b + 12, buf);
    else
        print_ip6(addr.b, buf);
    return buf;
}

int bonnet_addr_parse(const char *text, struct bonnet_addr *out)
{
    uint8_t octet[4];
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0 && *text++ != '.') return -EINVAL;
        text = parse_octet(text, &octet[i]);
        if (!text) return -EINVAL;
    }
    if (*text != '\0') return -EINVAL;
    *out = bonnet_ip4(octet[0], octet[1], octet[2], octet[3]);
    return 0;
}

/* One to three digits without a zero in front, since some read 010 as eight. Returns where the
 * octet ends, NULL if there is none. */
static const char *parse_octet(const char *text, uint8_t *out)
{
    unsigned value = 0;
    const char *p = text;
    while (*p >= '0' && *p <= '9' && p - text < 3)
        value = value * 10 + (unsigned)(*p++ - '0');
    if (p == text || value > 255 || (*text == '0' && p - text > 1)) return NULL;
    *out = (uint8_t)value;
    return p;
}

static char *print_ip4(const uint8_t b[4], char *p)
{
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0) p = text_string(p, ".");
        p = text_number(p, b[i], 10);
    }
    return p;
}

/* RFC 5952 4.2: "::" is the longest run of two or more zero groups, the first among equals. */
static char *print_ip6(const uint8_t b[16], char *p)
{
    unsigned length;
    unsigned start = longest_zero_run(b, &length);
    unsigned i = 0;
    while (i < 8) {
        if (i == start && length > 1) {
            p = text_string(p, "::");
            i += length;
            continue;
        }
        if (i > 0 && p[-1] != ':') p = text_string(p, ":");
        p = text_number(p, get_u16(b + 2 * i), 16);
        i++;
    }
    return p;
}

static unsigned longest_zero_run(const uint8_t b[16], unsigned *length)
{
    unsigned start = 0, run = 0;
    *length = 0;
    for (unsigned i = 0; i < 8; i++) {
        run = get_u16(b + 2 * i) == 0 ? run + 1 : 0;
        if (run > *length) {
            *length = run;
            start = i + 1 - run;
        }
    }
    return start;
}
