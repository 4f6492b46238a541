/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP packets: what is read is written as it was. */
#include "wire/arp.h"
#include "libfuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arp_packet a;
    uint8_t back[ARP_LENGTH];
    enum bonnet_reason r = arp_parse(&a, data, (uint32_t)size);
    check(r == BONNET_R_NONE || r == BONNET_R_ARP_MALFORMED);
    if (r != BONNET_R_NONE) return 0;
    arp_emit(&a, back);
    check(memcmp(back, data, ARP_LENGTH) == 0);
    return 0;
}
