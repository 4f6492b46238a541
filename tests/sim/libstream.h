/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libopen.c and libstream.c have in common.
 */
#ifndef BONNET_TESTS_SIM_LIBSTREAM_H
#define BONNET_TESTS_SIM_LIBSTREAM_H

#include "libworld.h"

/* The most that a program sends or receives at once, bytes. */
#define BUFFER_MAX 16384

/* Before something is tried again for which there was no memory. */
#define PAUSE (10 * BONNET_MS)

struct bonnet *stream_stack(struct world *w, const struct side *s);

/* Memory or a place was refused, as may be in this world: what was wanted is tried again. */
bool stream_is_poverty(const struct world *w, int r);

/* The names of both ends, and the patterns that follow from them. */
void stream_learn_names(struct world *w, struct side *s);

void stream_close(struct world *w, struct side *s);

#endif
