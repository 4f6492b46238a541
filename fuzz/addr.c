/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts of addresses, against libc's: what is read is an address to both or to neither, and is
 * printed as it was written; sixteen bytes print alike, but where libc writes the end of an IPv6
 * address dotted.
 */
#include "wire/addr.h"
#include "libfuzz.h"

#include <arpa/inet.h>

static void read_text(const uint8_t *data, size_t size)
{
    struct bonnet_addr a;
    uint8_t libc[4];
    char again[BONNET_ADDR_TEXT];
    char *text = malloc(size + 1);
    check(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    int r = bonnet_addr_parse(text, &a);
    check((r == 0) == (inet_pton(AF_INET, text, libc) == 1));
    if (r == 0) {
        check(addr_is_ip4(&a) && memcmp(a.b + 12, libc, 4) == 0);
        check(strcmp(bonnet_addr_print(a, again), text) == 0);
    }
    free(text);
}

static void print_bytes(const uint8_t *data)
{
    static const uint8_t zero[12];
    struct bonnet_addr a;
    char libc[INET6_ADDRSTRLEN];
    char *text = malloc(BONNET_ADDR_TEXT);
    check(text != NULL);
    memcpy(a.b, data, 16);
    bonnet_addr_print(a, text);
    check(strlen(text) < BONNET_ADDR_TEXT);
    bool ip4 = addr_is_ip4(&a);
    check(inet_ntop(ip4 ? AF_INET : AF_INET6, a.b + (ip4 ? 12 : 0), libc, sizeof(libc)) != NULL);
    if (ip4 || memcmp(a.b, zero, 12) != 0) check(strcmp(text, libc) == 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_text(data, size);
    if (size >= 16) print_bytes(data);
    return 0;
}
