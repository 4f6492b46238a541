/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of bonnet that touches an operating system: clock, drivers, loop, captures, blocking
 * calls.
 *
 * A driver is an interface's other side. It speaks the same verbs as the stack, seen from the
 * stack: input takes a frame that the stack sends, output gives a frame that has arrived. Drivers
 * wrap each other: a capture around a TAP device, an emulated link around that. A loop binds stacks
 * to drivers and to a clock, real or virtual.
 *
 * Functions return >= 0 or -errno, but for the blocking BSD face at the end: -1 and errno.
 */
#ifndef BONNET_HOST_H
#define BONNET_HOST_H

#include <bonnet/bonnet.h>
#include <bonnet/inspect.h>
#include <bonnet/netif.h>
#include <bonnet/socket.h>
#include <sys/socket.h>
#include <sys/types.h>

/* ---- memory, randomness, time ---- */

/* An allocator on malloc(). */
BONNET_API struct bonnet_alloc bonnet_host_alloc(void);

/* Fills seed from getrandom(2). 0 or -errno: then no stack may be made. */
BONNET_API int bonnet_host_seed(uint8_t seed[32]);

/* CLOCK_MONOTONIC in ns. */
BONNET_API bonnet_time bonnet_host_now(void);

/* The fastest checksum this processor has (SSE2, AVX2, AVX-512), for bonnet_config.checksum. */
BONNET_API bonnet_checksum_fn bonnet_host_checksum(void);

/* bonnet_config_init() with the four above. 0 or -errno. */
BONNET_API int bonnet_host_config(struct bonnet_config *config);

/* ---- drivers ---- */

struct bonnet_driver;

struct bonnet_driver_ops {
    const char *name;
    /* A frame from the stack. 0: taken (or dropped, as a wire may). -EAGAIN: not now, offer it
     * again when fd is writable or at deadline. Other -errno: the device failed. */
    int (*input)(struct bonnet_driver *d, const struct bonnet_tx *frame);
    /* The next frame for the stack: 1 with *frame valid until the next call, 0 none, -errno. */
    int (*output)(struct bonnet_driver *d, struct bonnet_rx *frame);
    /* What the stack said to the frame that output gave last: 0 or a reason. NULL: not wanted. */
    void (*verdict)(struct bonnet_driver *d, const struct bonnet_rx *frame, int reason);
    void (*tick)(struct bonnet_driver *d, bonnet_time now); /* NULL: needs no time */
    bonnet_time (*deadline)(const struct bonnet_driver *d); /* NULL: never */
    int (*fd)(const struct bonnet_driver *d);               /* NULL or -1: none to sleep on */
    void (*free)(struct bonnet_driver *d);                  /* frees what it wraps, too */
};

/* The head of every driver; embed it first. */
struct bonnet_driver {
    const struct bonnet_driver_ops *ops;
    uint32_t offload; /* enum bonnet_if_offload that it can do */
    uint16_t mtu;
    enum bonnet_if_kind kind;
    uint8_t mac[6]; /* the address the stack shall use; zero if kind is BONNET_IF_IP */
    char name[BONNET_IF_NAME_MAX];
};

BONNET_API void bonnet_driver_free(struct bonnet_driver *d); /* NULL is fine */

/* A TUN or TAP device (linux: Documentation/networking/tuntap). */
struct bonnet_tuntap_config {
    size_t size;
    const char *name; /* device to make or to attach to; NULL or "": the kernel chooses */
    bool tap;         /* Ethernet; otherwise raw IP */
    bool plain;       /* no virtio-net header: one frame of MTU size at a time */
    uint16_t mtu;     /* 0: 1500; set on the device */
    struct bonnet_addr kernel_addr; /* any: leave the kernel's side alone; otherwise give the device
                                       this address and bring it up */
    unsigned prefix_bits;
};

/* -EPERM (CAP_NET_ADMIN), -ENOENT (/dev/net/tun), -EBUSY, -EINVAL, ... On success *out is the
 * driver; super-frames and checksums are offered to the stack where the device has them. */
BONNET_API int bonnet_tuntap_open(const struct bonnet_tuntap_config *config,
                                  struct bonnet_driver **out);

/* ---- an emulated link: netem's words ---- */

struct bonnet_link_config {
    size_t size;
    uint64_t seed;
    bonnet_time delay, jitter; /* ns, each way; jitter uniform, order kept unless reorder */
    uint64_t rate_bps;         /* bits per second, 0 unlimited */
    uint32_t limit;            /* frames queued at most; 0: 1000 */
    double loss, loss_burst;   /* probability 0..1; mean length of a loss burst in frames (>= 1) */
    double reorder;            /* probability that a frame overtakes */
    bonnet_time
        reorder_by; /* ns by which it is early at most, uniform; 0: it leaves without delay */
    double duplicate, corrupt; /* probabilities; corrupt flips one bit */
    bonnet_time ce_threshold;  /* ns of waiting for the transmitter beyond which an IPv4 packet that
                                  may be marked (ECN, RFC 3168) is; 0: none is */
};

/* A link that delays, limits and harms nothing; seed 0. */
BONNET_API void bonnet_link_config_init(struct bonnet_link_config *config);

/* Reads netem's words: "delay 20ms 5ms loss 1% rate 100mbit limit 1000 duplicate 1% corrupt 0.1%
 * reorder 5% 3ms loss 1% burst 4 seed 7". "reorder 5%" is netem's: the chosen frames leave without
 * delay; "reorder 5% 3ms" has them arrive up to 3 ms before their time, as over a path that is that
 * much shorter. "ce_threshold 5ms" is fq_codel's: what waits longer in the queue is marked, if it
 * is ECN-capable. *config is initialised first; only 0 goes without a unit. 0; -EINVAL and *where
 * the word that is wrong. */
BONNET_API int bonnet_link_parse(const char *words, struct bonnet_link_config *config,
                                 const char **where);

/* A wire in the process: two drivers joined by the link, equal both ways. kind and mtu for both;
 * offload 0, or TX_GSO|TX_CHECKSUM for super-frames without checksums. It is freed with
 * its second end. Without delay, rate and limit it loses nothing and says -EAGAIN when it is full.
 */
struct bonnet_wire_config {
    size_t size;
    struct bonnet_link_config link;
    enum bonnet_if_kind kind;
    uint16_t mtu;
    uint32_t offload;
};

/* Makes both ends. 0; -EINVAL: a field is not valid. -ENOMEM. */
BONNET_API int bonnet_wire_pair(const struct bonnet_wire_config *config,
                                struct bonnet_driver *end[2]);

/* The link around a driver, both ways. Takes inner over, also when it fails. The result offers no
 * offload: each frame meets the link alone. */
BONNET_API int bonnet_link_wrap(const struct bonnet_link_config *config,
                                struct bonnet_driver *inner, struct bonnet_driver **out);

/* What a link did so far; direction 0: frames that the stack sent, 1: frames for it. */
struct bonnet_link_stats {
    uint64_t frames, delivered, lost, overflowed, duplicated, corrupted, reordered, marked;
};

/* -EINVAL: d is not a link or a wire's end. */
BONNET_API int bonnet_link_stats(const struct bonnet_driver *d, int direction,
                                 struct bonnet_link_stats *out);

/* ---- captures ---- */

struct bonnet_pcapng; /* one file; several interfaces may write into it */

/* Opens path for writing. host: name of the machine, for the file's comment; or NULL. -errno. */
BONNET_API int bonnet_pcapng_open(const char *path, const char *host, struct bonnet_pcapng **out);

/* Flushes and closes. 0, or -errno if a write failed at any time. */
BONNET_API int bonnet_pcapng_close(struct bonnet_pcapng *p);

/* A tee around a driver: each frame goes into the file with its time, direction, and the reason it
 * was sent, dropped or noted for as a comment. Takes inner over, also when it fails; the file stays
 * the caller's. */
BONNET_API int bonnet_pcapng_wrap(struct bonnet_pcapng *p, struct bonnet_driver *inner,
                                  struct bonnet_driver **out);

/* What the comments tell of resets is more if the file hears the trace of the stack that it is
 * about: add this tracer to it (bonnet_tracer_add). It lives as long as the file, and may be added
 * to another stack once the first is gone. */
BONNET_API struct bonnet_tracer *bonnet_pcapng_tracer(struct bonnet_pcapng *p);

/* Tells the file that addr is the address of name, for readers that show names. */
BONNET_API void bonnet_pcapng_name(struct bonnet_pcapng *p, struct bonnet_addr addr,
                                   const char *name);

/* Frames that pass no driver of this process: bonnet_pcapng_interface() names the interface they
 * belong to and returns its number, or -errno; description may be NULL. */
BONNET_API int bonnet_pcapng_interface(struct bonnet_pcapng *p, enum bonnet_if_kind kind,
                                       const char *name, const char *description);

struct bonnet_pcapng_frame {
    uint32_t interface; /* its number */
    bool is_out;        /* it left the host; otherwise it came */
    bonnet_time at;     /* ns since 1970 */
    const void *data;
    uint32_t len;        /* bytes at data */
    uint32_t whole_len;  /* bytes of the frame, at least len */
    const char *comment; /* NULL: none */
};

/* Writes one. Failures are told when the file is closed. */
BONNET_API void bonnet_pcapng_write(struct bonnet_pcapng *p, const struct bonnet_pcapng_frame *f);

/* ---- the loop ---- */

struct bonnet_loop;

enum bonnet_clock { BONNET_CLOCK_REAL, BONNET_CLOCK_VIRTUAL };

/* A loop with a clock of its own. Virtual time begins at 0 and jumps to the next deadline. */
BONNET_API int bonnet_loop_new(enum bonnet_clock clock, struct bonnet_loop **out);
BONNET_API void bonnet_loop_free(struct bonnet_loop *loop); /* stacks stay, drivers are freed */

/* Adds the interface that driver needs to bn, gives it addr/bits, and joins them. Takes driver
 * over, also when it fails. Returns the interface number. Errors of bonnet_if_add and _addr_add. */
BONNET_API int bonnet_loop_attach(struct bonnet_loop *loop, struct bonnet *bn,
                                  struct bonnet_driver *driver, struct bonnet_addr addr,
                                  unsigned bits);

/* The loop's time, ns. */
BONNET_API bonnet_time bonnet_loop_now(const struct bonnet_loop *loop);

/* One turn: moves frames both ways until all is quiet; if no frame arrived and no timer was due
 * meanwhile, sleeps (or jumps, in virtual time) until a frame, a deadline, bonnet_loop_wake(), a
 * watched descriptor, or max_wait ns have passed, and moves frames again. Returns 1 if anything
 * happened, 0 if not, -EINTR (a signal), -errno of a device. In virtual time 0 means that nothing
 * will ever happen again before max_wait. All interfaces of a stack belong into one loop. */
BONNET_API int bonnet_loop_step(struct bonnet_loop *loop, bonnet_time max_wait);

/* Moves frames both ways without sleeping: what to call after commands, to see their effect.
 * Returns 1 if anything moved, 0 if not, -errno of a device. */
BONNET_API int bonnet_loop_flush(struct bonnet_loop *loop);

/* Ends the sleep of bonnet_loop_step(). The only function here that other threads and signal
 * handlers may call. */
BONNET_API void bonnet_loop_wake(struct bonnet_loop *loop);

/* Calls fn from bonnet_loop_step() whenever fd is readable; fn may find that it no longer is. fn
 * NULL: stop watching, before fd is closed. -EINVAL: not a descriptor that can be waited for, or
 * not watched. -ENOSPC (64). */
BONNET_API int bonnet_loop_watch(struct bonnet_loop *loop, int fd, void (*fn)(void *ctx, int fd),
                                 void *ctx);

/* A frame that has passed a loop: one of in and out is NULL. All of it is valid for the call. */
struct bonnet_passing {
    struct bonnet *bn;
    int ifx;
    const struct bonnet_driver *driver; /* its kind and name */
    bonnet_time at;                     /* of the loop's clock */
    const struct bonnet_rx *in;         /* the stack has been given it */
    int verdict;                        /* 0: it was taken; > 0: the reason it was dropped for */
    const struct bonnet_tx *out;        /* the driver has taken it */
};

/* One who sees frames pass, in memory of his own that stays while he does. Neither function may
 * call into a stack or the loop. */
struct bonnet_tap {
    void (*see)(void *ctx, const struct bonnet_passing *p);
    /* A stack is about to be given a frame: until see() its trace is about this frame. NULL: not
     * wanted. */
    void (*begin)(void *ctx);
    void *ctx;
    struct bonnet_tap *next; /* the loop's; NULL: the last one */
};

/* From here on tap sees the frames of all interfaces, as long as it is not removed; any number may.
 * Not from within a call to a tap. */
BONNET_API void bonnet_loop_tap_add(struct bonnet_loop *loop, struct bonnet_tap *tap);

/* The last it sees. A tap that was not added is fine. Not from within a call to a tap. */
BONNET_API void bonnet_loop_tap_remove(struct bonnet_loop *loop, struct bonnet_tap *tap);

/* ---- the door for bonnet ss and its like ---- */

struct bonnet_door;

/* Listens on a UNIX socket NAME.sock in $XDG_RUNTIME_DIR/bonnet or /run/bonnet, watched by the
 * loop, and answers requests about bn (see docs/ARCHITECTURE.md). -errno. */
BONNET_API int bonnet_door_open(struct bonnet_loop *loop, struct bonnet *bn, const char *name,
                                struct bonnet_door **out);
BONNET_API void bonnet_door_close(struct bonnet_door *door);

/* ---- the system's shapes of addresses and options, for faces of one's own ---- */

/* Reads the n bytes at a. Returns the family: AF_INET, AF_INET6, or AF_UNSPEC, which leaves *out
 * any. -EFAULT: a is NULL. -EINVAL: n is too small for the family. -EAFNOSUPPORT: another family.
 */
BONNET_API int bonnet_sockaddr_read(const struct sockaddr *a, socklen_t n,
                                    struct bonnet_endpoint *out);

/* Writes e as the address of a socket of domain (AF_INET or AF_INET6) into the *n bytes at a: what
 * does not fit is left away, and *n becomes the whole length, as accept(2) has it. */
BONNET_API void bonnet_sockaddr_write(const struct bonnet_endpoint *e, int domain,
                                      struct sockaddr *a, socklen_t *n);

struct bonnet_sys_option {
    int level, name; /* the system's: SOL_SOCKET, SO_LINGER */
};

/* setsockopt(2) and getsockopt(2) with the system's levels, names, values and lengths, on a stack.
 * 0; -ENOPROTOOPT: no such option, or SO_BINDTODEVICE, whose names a stack does not know. -EFAULT.
 * Other errors as bonnet_setsockopt() and bonnet_getsockopt(). */
BONNET_API int bonnet_sys_setsockopt(struct bonnet *bn, int s, const struct bonnet_sys_option *name,
                                     const void *v, socklen_t n);
BONNET_API int bonnet_sys_getsockopt(struct bonnet *bn, int s, const struct bonnet_sys_option *name,
                                     void *v, socklen_t *n);

/* ---- the blocking BSD face: errno and -1; the stack runs in the caller's thread ---- */

/* One stack and one loop, for programs of one thread. */
struct bonnet_bsd;

/* A stack with one interface on driver (taken over) with addr/bits; gateway may be any. */
BONNET_API int bonnet_bsd_new(struct bonnet_driver *driver, struct bonnet_addr addr, unsigned bits,
                              struct bonnet_addr gateway, struct bonnet_bsd **out);
/* Closes what is open, lets the connections end for at most patience ns, frees all. */
BONNET_API void bonnet_bsd_free(struct bonnet_bsd *b, bonnet_time patience);
BONNET_API struct bonnet *bonnet_bsd_stack(struct bonnet_bsd *b);
BONNET_API struct bonnet_loop *bonnet_bsd_loop(struct bonnet_bsd *b);

/* socket(2) and its family, as POSIX has them, and Linux where POSIX leaves a choice; type may
 * carry SOCK_NONBLOCK. Levels and option names are the system's (SOL_SOCKET, IPPROTO_TCP,
 * IPPROTO_IP). A signal ends the sleep of a call that waits: EINTR if nothing was transferred,
 * whatever SA_RESTART says, otherwise the number of bytes. bonnet_loop_wake(), from the handler or
 * from another thread, does the same, and also when the call does not sleep yet. SIGPIPE is never
 * raised. recv knows MSG_WAITALL. close() waits as SO_LINGER says and returns 0 however that ended.
 * The sockets' user word (bonnet_set_user) belongs to the face. */
BONNET_API int bonnet_bsd_socket(struct bonnet_bsd *b, int domain, int type, int protocol);
BONNET_API int bonnet_bsd_bind(struct bonnet_bsd *b, int s, const struct sockaddr *a, socklen_t n);
BONNET_API int bonnet_bsd_listen(struct bonnet_bsd *b, int s, int backlog);
BONNET_API int bonnet_bsd_accept(struct bonnet_bsd *b, int s, struct sockaddr *a, socklen_t *n);
BONNET_API int bonnet_bsd_connect(struct bonnet_bsd *b, int s, const struct sockaddr *a,
                                  socklen_t n);
BONNET_API ssize_t bonnet_bsd_send(struct bonnet_bsd *b, int s, const void *p, size_t n, int flags);
BONNET_API ssize_t bonnet_bsd_recv(struct bonnet_bsd *b, int s, void *p, size_t n, int flags);
BONNET_API ssize_t bonnet_bsd_sendto(struct bonnet_bsd *b, int s, const void *p, size_t n,
                                     int flags, const struct sockaddr *a, socklen_t an);
BONNET_API ssize_t bonnet_bsd_recvfrom(struct bonnet_bsd *b, int s, void *p, size_t n, int flags,
                                       struct sockaddr *a, socklen_t *an);
BONNET_API int bonnet_bsd_shutdown(struct bonnet_bsd *b, int s, int how);
BONNET_API int bonnet_bsd_close(struct bonnet_bsd *b, int s);
BONNET_API int bonnet_bsd_setsockopt(struct bonnet_bsd *b, int s, int level, int name,
                                     const void *v, socklen_t n);
BONNET_API int bonnet_bsd_getsockopt(struct bonnet_bsd *b, int s, int level, int name, void *v,
                                     socklen_t *n);
BONNET_API int bonnet_bsd_getsockname(struct bonnet_bsd *b, int s, struct sockaddr *a,
                                      socklen_t *n);
BONNET_API int bonnet_bsd_getpeername(struct bonnet_bsd *b, int s, struct sockaddr *a,
                                      socklen_t *n);

#endif
