/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this room know of handles' and ports' tables beyond sock.h. */
#ifndef SOCK_PORTS_H
#define SOCK_PORTS_H

#include "sock/sock.h"

/* The port that somebody is bound to, or NULL. */
struct port *port_find(const struct bonnet *bn, uint8_t protocol, uint16_t number);

/* A TCP flow begins to use its local port, or ceases to. 0, -ENOMEM. */
int port_flow_add(struct bonnet *bn, const struct flow *f);
void port_flow_remove(struct bonnet *bn, const struct flow *f);

/* What a flow that has taken over another's reference says of SO_REUSEADDR. */
void port_flow_note(struct bonnet *bn, const struct flow *f);

/* SO_REUSEADDR or SO_REUSEPORT of s has changed: what conflicts over its flow's port will see. */
void port_flow_reuse(struct bonnet *bn, struct flow *f, const struct sock *s);

/* The timeouts of a socket with a handle; both 0: it has none. 0, -ENOMEM. */
struct timeouts timeouts_get(const struct bonnet *bn, const struct sock *s);
int timeouts_set(struct bonnet *bn, struct sock *s, uint32_t recv_ms, uint32_t send_ms);

/* The table of handles. 0, -ENOMEM. */
int handles_init(struct socks *s, struct env *e);
void handles_fini(struct socks *s, struct env *e);

#endif
