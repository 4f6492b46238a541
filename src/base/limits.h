/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The defaults of a configuration are bonnet_config_init()'s; whether one makes sense is decided
 * here, once, so that the rooms need not ask again.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include "bonnet/bonnet.h"

/* 0, or -EINVAL: its size, its seed (all zero), its allocator or one of its limits is not valid. */
int limits_check(const struct bonnet_config *config);

#endif
