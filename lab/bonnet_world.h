/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A world of stacks of bonnet: what its files share. Names begin with bw_.
 *
 *   bonnet_world.c        makes hosts and links out of a scenario; power
 *   bonnet_world_time.c   lets time pass
 *   bonnet_world_port.c   a host's end of a link, where faults happen
 *   bonnet_world_forge.c  packets that no stack sent
 *   bonnet_world_tell.c   events for the timeline
 *   bonnet_world_calls.c  socket calls
 *   bonnet_world_look.c   rows, counters, timers
 */
#ifndef LAB_BONNET_WORLD_H
#define LAB_BONNET_WORLD_H

#include "fault.h"
#include "flow.h"
#include "forge.h"
#include "world.h"

#include <bonnet/host.h>

#define BW_FRAME_MAX 65536u
#define BW_DROPS_MAX 8 /* reasons given for one frame */

struct bw_world;

struct bw_host {
    struct bw_world *world;
    struct bonnet *bn; /* NULL: it has no power */
    unsigned index;
    unsigned births; /* how often it was switched on */
    struct bonnet_pcapng *capture;
    /* A program's handle is an index here; bonnet's own would be valid again after a power cut. */
    struct bw_socket *sockets;
    unsigned sockets_n, sockets_room;
    /* What goes on, for STATE events. */
    enum lab_trigger trigger;
    char by[48];
    bool is_taking; /* a frame is being input: reasons to drop it are told with it */
    unsigned drops_n;
    struct bonnet_trace drops[BW_DROPS_MAX];
};

struct bw_socket {
    int handle; /* bonnet's; -1: of a stack that lost its power */
    /* Of a connection whose program has closed it: it may live on. */
    struct bonnet_endpoint local, remote;
};

/* A host's end of a link: a driver around the wire's, in which the scenario's faults happen. */
struct bw_port {
    struct bonnet_driver d;
    struct bw_world *world;
    unsigned link, side;
    struct bonnet_driver *wire;
};

struct bw_link {
    unsigned host[2];
    int ifx[2];
    struct bw_port *port[2];
    struct bonnet_driver *end[2]; /* what the stack is joined to: the port, or a capture of it */
    bool is_cut;
};

/* A frame that waits outside of the wire, or is kept for a replay. */
struct bw_frame {
    struct bw_frame *next;
    bonnet_time at; /* when it goes on */
    lab_name name;  /* of a recorded one */
    unsigned link, side;
    uint32_t len;
    uint8_t data[];
};

/* Forged segments that are still to be sent. */
struct bw_flood {
    struct bw_flood *next;
    struct lab_forgery what;
    unsigned sent;
    bonnet_time at; /* of the next ones */
    unsigned link, side;
    unsigned host; /* whose address they carry; LAB_HOSTS_MAX: nobody's */
};

struct bw_world {
    struct world head;
    struct world_config config;
    const struct scenario *scenario;
    bonnet_time now;
    uint64_t random; /* the state of lab_random(), for forged segments */
    int error;       /* -errno that broke it, or 0 */
    bool moved;      /* something happened since this was last cleared */
    struct bw_host hosts[LAB_HOSTS_MAX];
    struct bw_link links[LAB_LINKS_MAX];
    unsigned hosts_n, links_n;
    struct faults faults;
    struct bw_frame *held, *recorded;
    struct bw_flood *floods;
    struct flows flows;
    uint8_t frame[BW_FRAME_MAX];
};

static inline struct bw_world *bw_of(struct world *w)
{
    return (struct bw_world *)w;
}

/* ---- bonnet_world.c ---- */

/* Whose address is it? LAB_HOSTS_MAX: nobody's. */
unsigned bw_host_of(const struct bw_world *w, const struct bonnet_addr *addr);
void bw_free(struct world *w);
int bw_cut(struct world *w, unsigned link, bool mend);
int bw_power(struct world *w, unsigned host, bool on);

/* ---- bonnet_world_time.c ---- */

bonnet_time bw_now(const struct world *w);
int bw_step(struct world *w, bonnet_time until);
int bw_flush(struct world *w);
bool bw_is_silent(const struct world *w);

/* ---- bonnet_world_port.c ---- */

/* Makes the port of a link's side around its wire, which it takes over also when it fails. */
int bw_port_new(struct bw_world *w, unsigned link, unsigned side, struct bonnet_driver *wire);
/* A frame goes onto the wire of a link, unless that is cut or nobody is there to receive. */
void bw_wire_send(struct bw_world *w, unsigned link, unsigned side, const struct bonnet_slice *f);
/* Frames whose time of being held is over go on. */
void bw_held_release(struct bw_world *w);
bonnet_time bw_held_deadline(const struct bw_world *w);
void bw_frames_free(struct bw_frame *list);
int bw_fault(struct world *w, const struct lab_fault *f);
int bw_replay(struct world *w, const char *name);

/* ---- bonnet_world_forge.c ---- */

int bw_forge(struct world *w, const struct lab_forgery *f, int s);
void bw_floods_release(struct bw_world *w);
bonnet_time bw_floods_deadline(const struct bw_world *w);
void bw_floods_free(struct bw_world *w);

/* ---- bonnet_world_tell.c ---- */

/* What is known of a packet apart from itself. */
struct bw_sighting {
    unsigned host, to;
    enum lab_fate fate;
    int reason;
    struct bonnet_slice frame;
};

void bw_tell_sent(struct bw_world *w, const struct bonnet_packet *p, const struct bw_sighting *s);
void bw_tell_arrived(struct bw_world *w, const struct bonnet_packet *p,
                     const struct bw_sighting *s);
void bw_tell_dropped(struct bw_world *w, const struct bonnet_packet *p,
                     const struct bw_sighting *s);
/* A listener begins and ends without a connection. */
void bw_tell_listener(struct bw_host *h, const struct bonnet_endpoint *local, bool listens);
/* The frame that is about to be input is what makes the stack change. */
void bw_begin_input(struct bw_host *h, const struct bonnet_packet *p);
/* The stack has said what it thinks of it; other reasons to drop that it gave are told. */
void bw_end_input(struct bw_host *h, int reason);
void bw_begin_timers(struct bw_host *h);
void bw_cause(struct world *w, unsigned host, const char *by);
/* bonnet_config.trace; ctx: the host. */
void bw_trace(void *ctx, const struct bonnet_trace *t);

/* ---- bonnet_world_calls.c ---- */

extern const struct world_ops bw_ops;
/* bonnet's handle of a program's socket, -1 if it is none of the stack that runs now. */
int bw_handle(const struct bw_host *h, int s);
/* All handles are stale. */
void bw_sockets_forget(struct bw_host *h);
void bw_sockets_fini(struct bw_host *h);

/* ---- bonnet_world_look.c ---- */

int bw_rows(struct world *w, unsigned host, void (*fn)(void *ctx, const struct bonnet_row *row),
            void *ctx);
int bw_row(struct world *w, unsigned host, int s, struct bonnet_row *out);
/* The same, or else of the connection that a closed socket left behind. */
int bw_row_anyway(const struct bw_host *h, int s, struct bonnet_row *out);
int bw_counter(struct world *w, unsigned host, const char *name, uint64_t *out);
int64_t bw_memory(struct world *w, unsigned host);
bool bw_has_timers(struct world *w);

#endif
