/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwIP as a rival: several instances of Debian's shared library in one process.
 *
 * lwIP keeps its state in globals, so two stacks need two copies of the library; each copy is
 * loaded into a linker namespace of its own and reached through a table of its functions.
 */
#ifndef BENCH_LWIP_LOAD_H
#define BENCH_LWIP_LOAD_H

#include "bench.h"

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/pbuf.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

/* As it is shipped; with what hinders it replaced; and that without any checksum. */
enum lwip_variant { LWIP_SHIPPED, LWIP_TUNED, LWIP_TUNED_NO_CHECKSUM };

#define LWIP_FUNCTIONS(X)      \
    X(lwip_init)               \
    X(sys_check_timeouts)      \
    X(netif_add)               \
    X(netif_remove)            \
    X(netif_set_default)       \
    X(netif_set_link_up)       \
    X(netif_set_up)            \
    X(pbuf_alloced_custom)     \
    X(pbuf_free)               \
    X(ip4_input)               \
    X(ethernet_input)          \
    X(etharp_output)           \
    X(tcp_new)                 \
    X(tcp_arg)                 \
    X(tcp_recv)                \
    X(tcp_err)                 \
    X(tcp_accept)              \
    X(tcp_bind)                \
    X(tcp_listen_with_backlog) \
    X(tcp_connect)             \
    X(tcp_write)               \
    X(tcp_output)              \
    X(tcp_recved)              \
    X(tcp_close)               \
    X(tcp_abort)

#define LWIP_MEMBER(name) __typeof__(&name) name;
struct lwip_api {
    LWIP_FUNCTIONS(LWIP_MEMBER)
    struct tcp_pcb **active_pcbs;
    struct tcp_pcb **time_wait_pcbs;
    void *library;
};
#undef LWIP_MEMBER

/* The functions of one instance, initialised; NULL with job->why set if there is none to be had.
 * Tuned and shipped instances are apart; there are two of each, number 0 and 1. */
const struct lwip_api *lwip_load(enum lwip_variant variant, unsigned number, struct bench_job *job);

/* Bytes that the instance holds from malloc. */
uint64_t lwip_memory(const struct lwip_api *api);

#endif
