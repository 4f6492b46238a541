/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet headers: what is read is written as it was. */
#include "wire/eth.h"
#include "libfuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eth_header h;
    uint8_t back[ETH_HEADER];
    enum bonnet_reason r = eth_parse(&h, data, (uint32_t)size);
    check(r == (size < ETH_HEADER ? BONNET_R_FRAME_SHORT : BONNET_R_NONE));
    if (r != BONNET_R_NONE) return 0;
    eth_emit(&h, back);
    check(memcmp(back, data, ETH_HEADER) == 0);
    return 0;
}
