/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP messages and the packets that errors quote. Inputs go in with the checksum made right, so
 * that every byte counts; what is read is written as it was.
 */
#include "wire/icmp.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "libfuzz.h"

static void embedded(const struct icmp_message *m)
{
    struct icmp_embedded e;
    enum bonnet_reason r = icmp_parse_embedded(&e, m);
    check(r == BONNET_R_NONE || r == BONNET_R_ICMP_EMBEDDED);
    if (r != BONNET_R_NONE) return;
    check(e.ip.header_len >= IP4_HEADER && e.ip.header_len + 8u <= m->body_len);
    check(e.ip.fragment_at == 0);
    check(e.ip.protocol == IP_TCP || e.seq == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icmp_message m;
    uint8_t back[ICMP_HEADER];
    enum bonnet_reason r = icmp_parse(&m, data, (uint32_t)size);
    check((r == BONNET_R_ICMP_SHORT) == (size < ICMP_HEADER));
    if (size < ICMP_HEADER) return 0;
    uint8_t *p = malloc(size);
    check(p != NULL);
    memcpy(p, data, size);
    put_u16(p + 2, 0);
    put_raw16(p + 2, checksum_finish(checksum_sum(p, size)));
    check(icmp_parse(&m, p, (uint32_t)size) == BONNET_R_NONE);
    check(m.body == p + ICMP_HEADER && m.body_len == size - ICMP_HEADER);
    embedded(&m);
    icmp_emit(&m, back);
    check(memcmp(back, p, ICMP_HEADER) == 0);
    free(p);
    return 0;
}
