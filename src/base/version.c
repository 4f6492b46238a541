/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The version, as the build's project() has it.
 */
#include "bonnet/bonnet.h"

const char *bonnet_version(void)
{
    return "0.1.0";
}
