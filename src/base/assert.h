/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bonnet_assert: a programmer's error ends here. Never used for anything a peer can cause. It stays
 * in release builds: a stack that has lost an invariant must not go on talking.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#include "bonnet/bonnet.h"

#define bonnet_assert(expr) \
    (__builtin_expect(!!(expr), 1) ? (void)0 : bonnet_assert_failed(#expr, __FILE__, __LINE__))

#endif
