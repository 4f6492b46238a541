/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HyStart++ (RFC 9406): leaves the first slow start when the round trip grows, before the queue
 * overflows. A growing round trip may be chance: for five rounds the window grows at a quarter of
 * the speed (conservative slow start), and back at full speed if the round trip was better again.
 */
#ifndef TCP_HYSTART_H
#define TCP_HYSTART_H

#include "tcp/cc.h"

/* What these bytes acknowledged let the window grow by. Sets *is_over when slow start shall end. */
uint32_t hystart_on_ack(struct hystart *h, const struct tcp_ack_report *a, bool *is_over);

#endif
