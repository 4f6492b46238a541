/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is common to all drivers, which is their end. A driver that wraps another frees it, too.
 */
#include <bonnet/host.h>

void bonnet_driver_free(struct bonnet_driver *d)
{
    if (d) d->ops->free(d);
}
