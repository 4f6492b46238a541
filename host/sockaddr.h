/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct sockaddr to and from bonnet's endpoints.
 */
#ifndef BONNET_HOST_SOCKADDR_H
#define BONNET_HOST_SOCKADDR_H

#include <bonnet/types.h>
#include <sys/socket.h>

/* Reads the n bytes at a. Returns the family: AF_INET, AF_INET6, or AF_UNSPEC, which leaves *out
 * any. -EFAULT: a is NULL. -EINVAL: n is too small for the family. -EAFNOSUPPORT: another family.
 */
int sockaddr_read(const struct sockaddr *a, socklen_t n, struct bonnet_endpoint *out);

/* Writes e as the address of a socket of domain (AF_INET or AF_INET6) into the *n bytes at a: what
 * does not fit is left away, and *n becomes the whole length, as accept(2) has it. */
void sockaddr_write(const struct bonnet_endpoint *e, int domain, struct sockaddr *a, socklen_t *n);

#endif
