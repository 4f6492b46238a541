/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes behind `src`, `dst`, `sport` and `dport`: addresses, prefixes, names, ports.
 *
 * An IPv4 prefix may leave bytes out at its end ("127/8"). A name of a host means its first IPv4
 * address, or its first one. IPv6 stands in brackets when a port follows.
 */
#define _GNU_SOURCE
#include "ss_filter.h"

#include "cmd.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MAX 256

bool ss_port_parse(const char *text, uint16_t *out)
{
    uint64_t n;
    if (*text == ':') text++;
    if (cmd_number(text, 0, UINT16_MAX, &n)) {
        *out = (uint16_t)n;
        return true;
    }
    const struct servent *s = getservbyname(text, "tcp");
    if (!s) s = getservbyname(text, "udp");
    if (s) *out = ntohs((uint16_t)s->s_port);
    return s != NULL;
}

/* "10.7", with as many bytes as there are. */
static bool parse_ip4(const char *text, uint8_t b[4])
{
    memset(b, 0, 4);
    for (int i = 0; i < 4; i++) {
        char *end;
        if (*text < '0' || *text > '9') return false;
        unsigned long n = strtoul(text, &end, 10);
        if (n > 255) return false;
        b[i] = (uint8_t)n;
        if (*end == '\0') return true;
        if (*end != '.') return false;
        text = end + 1;
    }
    return false;
}

static bool resolve(const char *name, struct bonnet_addr *out)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    struct sockaddr_in at;
    if (getaddrinfo(name, NULL, &hints, &found)) return false;
    memcpy(&at, found->ai_addr, sizeof(at));
    freeaddrinfo(found);
    const uint8_t *b = (const uint8_t *)&at.sin_addr;
    *out = bonnet_ip4(b[0], b[1], b[2], b[3]);
    return true;
}

/* The address in text; *family_bits: how many bits one of its family has. */
static bool parse_addr(const char *text, bool is_prefix, struct bonnet_addr *out,
                       unsigned *family_bits)
{
    uint8_t b[4];
    *family_bits = 32;
    bool is_whole = strchr(text, '.') && strspn(text, "0123456789.") == strlen(text);
    if ((is_prefix || is_whole) && parse_ip4(text, b)) {
        *out = bonnet_ip4(b[0], b[1], b[2], b[3]);
        return true;
    }
    if (strchr(text, ':')) {
        *family_bits = 128;
        return inet_pton(AF_INET6, text, out->b) == 1;
    }
    return !is_whole && resolve(text, out);
}

static bool parse_prefix(char *text, struct ss_filter_node *out)
{
    uint64_t bits;
    unsigned family_bits;
    if (strcmp(text, "") == 0 || strcmp(text, "*") == 0) return true;
    char *slash = strchr(text, '/');
    if (slash) *slash = '\0';
    if (!parse_addr(text, slash != NULL, &out->addr, &family_bits)) return false;
    bits = family_bits;
    if (slash && !cmd_number(slash + 1, 0, family_bits, &bits)) return false;
    out->bits = (unsigned)bits + (128 - family_bits);
    return true;
}

/* The colon before the port, NULL if there is none. */
static char *port_in(char *text)
{
    char *bracket = strchr(text, ']');
    char *colon = strrchr(bracket ? bracket : text, ':');
    bool is_ip6 = !bracket && colon && strchr(text, ':') != colon;
    return is_ip6 ? NULL : colon;
}

bool ss_host_parse(const char *text, struct ss_filter_node *out)
{
    char copy[HOST_MAX];
    if (strncmp(text, "inet:", 5) == 0) text += 5;
    if (strlen(text) >= sizeof(copy)) return false;
    memcpy(copy, text, strlen(text) + 1);
    char *colon = port_in(copy);
    if (colon) {
        *colon = '\0';
        out->has_port = strcmp(colon + 1, "*") != 0;
        if (out->has_port && !ss_port_parse(colon + 1, &out->port)) return false;
    }
    char *host = copy;
    if (*host == '[') {
        char *bracket = strchr(++host, ']');
        if (!bracket || (bracket[1] && bracket[1] != '/')) return false;
        memmove(bracket, bracket + 1, strlen(bracket));
    }
    return parse_prefix(host, out);
}
