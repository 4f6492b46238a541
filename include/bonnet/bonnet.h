/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instance and its five verbs: input, tick, output, deadline, and (in socket.h) the commands.
 *
 * bonnet is sans-IO: it makes no system call, owns no thread and reads no clock. The host hands in
 * frames (bonnet_input), time (bonnet_tick), memory and a seed (struct bonnet_config), asks for the
 * frames to send (bonnet_output) and for when it wants to be called again (bonnet_deadline). The
 * same seed and the same calls give the same frames. A loop that does all this with real devices
 * and clocks is in host.h.
 *
 *     for (;;) {
 *         bonnet_tick(bn, now());
 *         while (driver has a frame)               bonnet_input(bn, ifx, &frame);
 *         ... commands: bonnet_send(), bonnet_recv(), ... for bonnet_ready() sockets ...
 *         while (bonnet_output(bn, ifx, &tx) == 1) driver sends tx;
 *         sleep until bonnet_deadline(bn) or a frame;
 *     }
 *
 * Time moves only through bonnet_tick(): the other verbs act at the instant it was last given.
 * Functions return >= 0, or -errno with the constants of <errno.h>.
 */
#ifndef BONNET_BONNET_H
#define BONNET_BONNET_H

#include <bonnet/types.h>

/* Memory for one stack. free gets the size that alloc was asked for. NULL from alloc: refused. */
struct bonnet_alloc {
    void *(*alloc)(void *ctx, size_t size);
    void (*free)(void *ctx, void *p, size_t size);
    void *ctx;
};

/* The limits of one stack: every table, queue, loop and cache has one, and this is the page. */
struct bonnet_limits {
    uint64_t memory_bytes;    /* all memory of the stack; at the cap new work is refused, an eighth
                                 earlier than the bytes of connections that exist.
                                 1 GiB: room for a million idle connections */
    uint32_t sockets_max;     /* handles in use. 2^20; the handle's index has 24 bits */
    uint32_t conns_max;       /* connections, with or without a handle. 2^24 */
    uint32_t half_open_max;   /* half-open connections of all listeners. 65536 */
    uint32_t timewait_max;    /* TIME-WAIT entries; above it the oldest goes first. 262144,
                                 as Linux' tcp_max_tw_buckets on a large machine */
    uint32_t orphans_max;     /* connections that no program holds any more. 65536 */
    uint32_t syn_backlog_max; /* half-open per listener, then SYN cookies. 4096 */
    uint32_t somaxconn;       /* cap of listen()'s backlog. 4096, as Linux */
    uint32_t rcvbuf_default;  /* bytes. 131072, as Linux' tcp_rmem[1] */
    uint32_t rcvbuf_max;      /* bytes a receive buffer may grow to. 6 MiB, as tcp_rmem[2] */
    uint32_t sndbuf_default;  /* bytes. 2 MiB: fills 1 Gbit/s at 16 ms; pages are taken as needed */
    uint32_t sndbuf_max;      /* bytes. 4 MiB, as tcp_wmem[2] */
    uint32_t ooo_ranges_max;  /* holes remembered per connection, 8 bytes each. 1024: enough for
                                 a queue that overflows at 1 Gbit/s and 20 ms */
    uint32_t sent_records_max;     /* records of what is in flight, per connection. 8192 */
    uint32_t udp_rcvbuf_default;   /* bytes, headers included. 212992, as Linux' rmem_default */
    uint32_t neighbours_max;       /* entries per stack. 1024, as Linux' gc_thresh3 */
    uint32_t neighbour_parked;     /* talkers that wait for one neighbour. 256 */
    uint32_t reassembly_bytes;     /* memory of all datagrams in reassembly. 256 KiB: after
                                      FragmentSmack, Linux' fallback */
    uint32_t reassembly_max;       /* datagrams in reassembly at once. 64 */
    uint32_t fragments_max;        /* pieces of one datagram. 128: 64 KiB in pieces of 512 */
    uint32_t replies_max;          /* stateless answers (RST, ICMP, ARP, TIME-WAIT's ACK) waiting to
                                      be sent. 1024; beyond it they are dropped and counted */
    uint32_t interfaces_max;       /* 64 */
    uint32_t routes_max;           /* 256 */
    uint32_t icmp_errors_per_s;    /* ICMP errors sent, all peers; randomised by a quarter. 1000 */
    uint32_t challenge_acks_per_s; /* all connections; randomised by half. 1000, and one per
                                      connection in half a second */
    uint32_t rsts_per_s;           /* resets that answer a segment; randomised likewise. 1000 */
};

/* Sum of len bytes at p as 16-bit words in memory order (native byte order, RFC 1071 2.B), so that
 * the folded complement can be stored with memcpy(). An odd last byte counts as if a zero byte
 * followed it. The sum is in 32 bits, neither folded to 16 nor negated, and 0 only if all bytes are
 * zero. p may have any alignment. A host may hand in a faster one than the portable one; both agree
 * modulo 0xffff. */
typedef uint32_t (*bonnet_checksum_fn)(const void *p, size_t len);

struct bonnet_trace;

/* Parts of TCP that a stack may be made without; named after Linux' sysctls. An option that is off
 * is neither offered nor taken up. */
enum bonnet_tcp_feature {
    BONNET_FEATURE_SACK = 1,            /* RFC 2018 */
    BONNET_FEATURE_TIMESTAMPS = 2,      /* RFC 7323 */
    BONNET_FEATURE_WINDOW_SCALING = 4,  /* RFC 7323 */
    BONNET_FEATURE_SLOW_START_IDLE = 8, /* the window begins anew after idling (RFC 5681 4.1) */
};

/* Explicit congestion notification (RFC 3168), with the numbers of Linux' tcp_ecn. */
enum bonnet_ecn {
    BONNET_ECN_OFF,    /* neither asked for nor granted */
    BONNET_ECN_ASK,    /* asked for, and granted */
    BONNET_ECN_ACCEPT, /* granted to who asks: the default, as on Linux */
    BONNET_ECN_END,
};

/* How a stack is made. bonnet_config_init() fills in the defaults. */
struct bonnet_config {
    size_t size;      /* sizeof(struct bonnet_config), set by bonnet_config_init() */
    uint8_t seed[32]; /* all randomness comes from here: from the system's generator, or fixed for
                         a reproducible run. All zero is refused */
    struct bonnet_alloc alloc;
    struct bonnet_limits limits;
    bonnet_checksum_fn checksum; /* NULL: the portable one */
    /* NULL: none. See inspect.h. It must not call back into the stack. */
    void (*trace)(void *ctx, const struct bonnet_trace *event);
    void *trace_ctx;
    bool strict;      /* RFC timing where Linux is faster: RTO floor 1 s instead of 200 ms */
    uint32_t tcp_off; /* enum bonnet_tcp_feature, or-ed: what to do without */
    uint8_t tcp_ecn;  /* enum bonnet_ecn */
};

/* Fills *config with the defaults; seed and alloc are left zero, for the caller to set. */
BONNET_API void bonnet_config_init(struct bonnet_config *config);

/* Makes a stack and stores it in *out. The configuration is copied.
 * -EINVAL: size, seed (all zero), alloc or a limit is not valid. -ENOMEM. */
BONNET_API int bonnet_new(const struct bonnet_config *config, struct bonnet **out);

/* Ends a stack and gives every allocation back. Nothing is sent: close sockets first and go on
 * until they are gone, if the peers shall hear of it. bn may be NULL. */
BONNET_API void bonnet_free(struct bonnet *bn);

/* Time arrives: the stack's clock becomes now, and every timer due by then fires. Time does not go
 * back: an earlier instant is taken as the present one. */
BONNET_API void bonnet_tick(struct bonnet *bn, bonnet_time now);

/* A frame arrives at interface ifx. It is borrowed for the call. Returns 0 if it was taken,
 * otherwise the reason for which it was dropped (enum bonnet_reason, > 0). -EINVAL: no such
 * interface. */
BONNET_API int bonnet_input(struct bonnet *bn, int ifx, const struct bonnet_rx *frame);

/* What does interface ifx want to send? Returns 1 with *frame filled in, valid until the next call
 * into the stack, or 0 if there is nothing now. A frame once returned counts as sent.
 * -EINVAL: no such interface. */
BONNET_API int bonnet_output(struct bonnet *bn, int ifx, struct bonnet_tx *frame);

/* When does the stack want bonnet_tick() (or bonnet_output()) again? The last instant it was ticked
 * with if there is something to send at once; BONNET_NEVER if it waits for the world only. It may
 * be earlier than the next visible event, never later. */
BONNET_API bonnet_time bonnet_deadline(const struct bonnet *bn);

/* Copies a frame's slices into buf of max bytes. Returns its length, -EMSGSIZE if max is short. */
BONNET_API int bonnet_tx_copy(const struct bonnet_tx *frame, void *buf, size_t max);

/* Memory held from the allocator now, in bytes, and in allocations. 0 and 0 are never reached while
 * the stack lives: it counts itself and its tables. */
BONNET_API uint64_t bonnet_memory_bytes(const struct bonnet *bn);
BONNET_API uint64_t bonnet_memory_blocks(const struct bonnet *bn);

/* Gives cached memory (pages, empty tables) back to the allocator. */
BONNET_API void bonnet_memory_trim(struct bonnet *bn);

/* Version of the library, as "0.1.0". */
BONNET_API const char *bonnet_version(void);

/* Called when a programmer's error is found (never for a peer's doing): must not return. libbonnet
 * has a weak one that traps; a program may define its own. */
BONNET_API _Noreturn void bonnet_assert_failed(const char *expr, const char *file, int line);

#endif
