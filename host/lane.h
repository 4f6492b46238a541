/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lane is one direction of an emulated link. This is the door between the emulator (lane.c,
 * lane_fate.c) and the drivers that are made of it (wire.c, link_wrap.c).
 *
 * It speaks the five verbs and knows no driver, no clock and no other direction. A frame is written
 * straight into a buffer of the link (reserve), meets its fate (input), and is lent to the receiver
 * when its time has come (output).
 */
#ifndef BONNET_HOST_LANE_H
#define BONNET_HOST_LANE_H

#include <bonnet/host.h>

/* Bounds of what a link may be asked for; with them no instant overflows: 65536 frames of 64 KiB at
 * 8 bit/s are 136 years. */
#define LANE_LIMIT_DEFAULT 1000
#define LINK_LIMIT_MAX     65536
#define LINK_RATE_MIN      8                 /* bit/s */
#define LINK_RATE_MAX      100000000000000ll /* bit/s: 100 Tbit/s */
#define LINK_DELAY_MAX     (3600 * BONNET_S)

/* Frames that a link without delay and rate holds before it pushes back: such a link is a ring of
 * buffers between two stacks and should stay in the processor's cache. */
#define LANE_RING 256

/* What chance decides about a frame, each from a sequence of its own. */
enum lane_chance {
    LANE_LOSS_START, /* the first frame only: does the link begin in a burst of losses? */
    LANE_LOSS,
    LANE_DUPLICATE,
    LANE_CORRUPT,
    LANE_CORRUPT_BIT,
    LANE_REORDER,
    LANE_JITTER,
    LANE_EARLY,
    LANE_CHANCES,
};

/* Which fate the frames of one direction meet. */
struct lane_chances {
    uint64_t base[LANE_CHANCES]; /* where each sequence begins */
    uint64_t frame;              /* index of the next frame */
    bool in_burst;               /* the loss model's state */
};

struct lane_fate {
    bool lost, duplicated, corrupted, overtakes;
    uint64_t bit;  /* a random number that chooses the bit to flip */
    double jitter; /* -1 to 1 */
    double early;  /* 0 to 1, of what an overtaking frame may be early by */
};

void lane_chances_init(struct lane_chances *c, uint64_t seed, unsigned direction);

/* The fate of the next frame: a function of seed, direction and the frame's index alone, but for
 * the memory of a burst of losses. */
struct lane_fate lane_chances_next(struct lane_chances *c, const struct bonnet_link_config *config);

/* Marks the IPv4 packet at offset ip_at of a frame as having met congestion (RFC 3168), if its
 * sender allows it. True: it has a mark now that it had not. */
bool lane_mark(uint8_t *frame, uint32_t len, uint32_t ip_at);

/* A frame in a buffer of the link. */
struct lane_frame {
    struct lane_frame *next, *before;
    uint8_t *data;
    uint32_t room; /* bytes at data */
    uint32_t len;
    uint16_t gso_size;  /* as in struct bonnet_rx */
    bool checksum_good; /* as in struct bonnet_rx */
    bonnet_time at;     /* when it leaves */
    uint64_t order;     /* among frames that leave at the same instant */
};

/* Frames in the order they leave in. */
struct lane_queue {
    struct lane_frame *first, *last;
};

struct lane {
    struct bonnet_link_config config;
    struct lane_chances chances;
    struct bonnet_link_stats stats;
    bonnet_time now;
    bonnet_time busy_until;  /* the transmitter is free again */
    uint64_t busy_remainder; /* of a division by the rate: no fraction of a nanosecond is lost */
    bonnet_time last_at;     /* departure of the last frame that keeps the order */
    uint64_t order;          /* next frame's */
    uint32_t queued, limit;  /* frames */
    uint32_t ip_at;          /* where a frame's IP header begins */
    bool pushes_back;        /* full means "not now", not a loss */
    struct lane_queue ordered, overtaking;
    struct lane_frame *spare; /* buffers to use again, the warmest first */
    struct lane_frame *lent;  /* what output gave last */
};

/* 0, or -EINVAL: a value is out of range. */
int link_config_check(const struct bonnet_link_config *config);

/* direction chooses the random sequences: 0 and 1 of one seed have nothing in common. */
void lane_init(struct lane *l, const struct bonnet_link_config *config, enum bonnet_if_kind kind,
               unsigned direction);
void lane_fini(struct lane *l);

/* A buffer for a frame of len bytes, to be filled in (data, gso_size, checksum_good) and given to
 * lane_input(). NULL: no memory. */
struct lane_frame *lane_reserve(struct lane *l, uint32_t len);

/* The frame enters the link, which owns it from now on: it is queued, perhaps twice, or lost. */
void lane_input(struct lane *l, struct lane_frame *f);

/* A frame for which there was no memory: as if the queue were full. */
void lane_refuse(struct lane *l);

/* Time arrives. It does not go back. */
void lane_tick(struct lane *l, bonnet_time now);

/* The next frame that is due, lent until the next call; NULL if there is none. */
struct lane_frame *lane_output(struct lane *l);

/* When is the next frame due? */
bonnet_time lane_deadline(const struct lane *l);

/* Would the next frame be refused, by a link that pushes back? */
bool lane_is_full(const struct lane *l);

/* What the drivers made of links have in common: their statistics can be asked for. */
const struct bonnet_link_stats *link_wire_stats(const struct bonnet_driver *d, int direction);
const struct bonnet_link_stats *link_wrap_stats(const struct bonnet_driver *d, int direction);

#endif
