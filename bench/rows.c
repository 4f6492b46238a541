/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows: which work, with which parameters, by whom. A new contender is a line here and a table
 * of functions (duo.h, solo.h); a new row is an entry.
 */
#include "bench.h"
#include "duo.h"
#include "limit_copy.h"
#include "solo.h"

#define GBIT    .base_unit = "bits_per_second", .unit = "Gbit/s", .scale = 1e-9
#define MILLION .base_unit = "per_second", .unit = "million/s", .scale = 1e-6
#define BYTES \
    .base_unit = "bytes", .unit = "bytes", .scale = 1, .lower_is_better = true, .once = true
#define MICROS .base_unit = "seconds", .unit = "us", .scale = 1e6, .lower_is_better = true

/* A task for a duo's work: whose, how many connections beside, and the its duo_config's members. */
#define TASK(whose, beside, ...)                                       \
    &(const struct duo_task)                                           \
    {                                                                  \
        .ops = &(whose), .others = (beside), .config = { __VA_ARGS__ } \
    }

/* The four who can do a row on a duo; the fifth place is a limit's, or empty. */
#define ON_DUO(work, beside, ...)                                                         \
    .contenders[0] = {"bonnet", BENCH_OURS, work, TASK(bonnet_duo, beside, __VA_ARGS__)}, \
    .contenders[1] = {"lwIP, tuned", BENCH_RIVAL, work,                                   \
                      TASK(lwip_tuned_duo, beside, __VA_ARGS__)},                         \
    .contenders[2] = {"lwIP, as packaged", BENCH_RIVAL, work,                             \
                      TASK(lwip_duo, beside, __VA_ARGS__)},                               \
    .contenders[3] = {"kernel, loopback", BENCH_REFERENCE, work,                          \
                      TASK(kernel_duo, beside, __VA_ARGS__)}

/* The three who can do a row on a TAP device; the fourth place is a limit's or a reference's. */
#define ON_TAP(work)                                                       \
    .contenders[0] = {"bonnet", BENCH_OURS, work, &bonnet_solo},           \
    .contenders[1] = {"lwIP, tuned", BENCH_RIVAL, work, &lwip_tuned_solo}, \
    .contenders[2] = {"lwIP, as packaged", BENCH_RIVAL, work, &lwip_solo}

/* lwIP gets fewer objects: it walks its lists at each connection, and its ports are few. */
#define CENSUS(n) .mtu = 1500, .ports_n = 16, .conns_n = (n)
#define IN_MEMORY(work)                                                                          \
    .contenders[0] = {"bonnet, 100,000", BENCH_OURS, work, TASK(bonnet_duo, 0, CENSUS(100000))}, \
    .contenders[1] = {"lwIP, 4,000", BENCH_RIVAL, work, TASK(lwip_duo, 0, CENSUS(4000))}

static const size_t piece_1500 = 1460;
static const size_t piece_9000 = 8960;
static const size_t piece_super = 65536;

const struct bench_row bench_rows[] = {
    {.id = "B1",
     .title = "bulk, two stacks, one thread, MTU 1500",
     GBIT,
     ON_DUO(duo_bulk, 0, .mtu = 1500, .ports_n = 1, .conns_n = 1),
     .contenders[4] = {"copy + sum of 1460 bytes", BENCH_LIMIT, limit_copy_sum, &piece_1500}},
    {.id = "B2",
     .title = "bulk, two stacks, one thread, MTU 9000",
     GBIT,
     .footnote = "lwIP is compiled for an MSS of 1460; its control block is set to 8960 by hand.",
     ON_DUO(duo_bulk, 0, .mtu = 9000, .ports_n = 1, .conns_n = 1),
     .contenders[4] = {"copy + sum of 8960 bytes", BENCH_LIMIT, limit_copy_sum, &piece_9000}},
    {.id = "B3",
     .title = "bulk, super-frames of 64 KiB, no checksums",
     GBIT,
     .footnote = "lwIP, tuned: segments of half its window, 32 KiB; as packaged it sums.",
     ON_DUO(duo_bulk, 0, .mtu = 1500, .ports_n = 1, .conns_n = 1, .super_frames = true),
     .contenders[4] = {"copy of 64 KiB", BENCH_LIMIT, limit_copy, &piece_super}},
    {.id = "B4",
     .title = "64-byte request and response, one connection",
     MILLION,
     ON_DUO(duo_request_response, 0, .mtu = 1500, .ports_n = 1, .conns_n = 1, .nodelay = true)},
    {.id = "B5.1k",
     .title = "B4 with 1,000 other connections open",
     MILLION,
     ON_DUO(duo_request_response, 1000, .mtu = 1500, .ports_n = 1, .conns_n = 1001,
            .nodelay = true)},
    {.id = "B5.10k",
     .title = "B4 with 10,000 other connections open",
     MILLION,
     ON_DUO(duo_request_response, 10000, .mtu = 1500, .ports_n = 4, .conns_n = 10001,
            .nodelay = true)},
    {.id = "B5.1m",
     .title = "B4 with 1,000,000 other connections open",
     MILLION,
     .only_when_named = true,
     ON_DUO(duo_request_response, 1000000, .mtu = 1500, .ports_n = 128, .conns_n = 1000001,
            .nodelay = true)},
    {.id = "B6",
     .title = "connect, one byte, close",
     MILLION,
     .footnote = "bonnet and lwIP hold 64 TIME-WAITs, the kernel as many as come.",
     ON_DUO(duo_churn, 0, .mtu = 1500, .ports_n = 32, .conns_n = 1, .time_waits_max = 64)},
    {.id = "B6.tw",
     .title = "B6 with every TIME-WAIT kept",
     MILLION,
     .footnote = "bonnet keeps 262,144 at most, its default.",
     ON_DUO(duo_churn, 0, .mtu = 1500, .ports_n = 32, .conns_n = 1)},
    {.id = "B6.10k",
     .title = "B6 with 10,000 other connections open",
     MILLION,
     ON_DUO(duo_churn, 10000, .mtu = 1500, .ports_n = 32, .conns_n = 10001, .time_waits_max = 64)},
    {.id = "B6.1m",
     .title = "B6 with 1,000,000 other connections open",
     MILLION,
     .only_when_named = true,
     ON_DUO(duo_churn, 1000000, .mtu = 1500, .ports_n = 128, .conns_n = 1000001,
            .time_waits_max = 64)},
    {.id = "B7",
     .title = "bulk, kernel to stack through TAP, MTU 1500, two cores",
     GBIT,
     ON_TAP(solo_receive),
     .contenders[3] = {"bare reader, virtio-net", BENCH_LIMIT, limit_tap_reader, NULL}},
    {.id = "B8",
     .title = "bulk, stack to kernel through TAP, MTU 1500, two cores",
     GBIT,
     ON_TAP(solo_send),
     .contenders[3] = {"bare writer, virtio-net", BENCH_LIMIT, limit_tap_writer, NULL}},
    {.id = "B9.busy",
     .title = "1-byte round trip with the kernel through TAP, p50, spinning",
     MICROS,
     ON_TAP(solo_echo_busy)},
    {.id = "B9.block",
     .title = "1-byte round trip with the kernel through TAP, p50, blocking",
     MICROS,
     ON_TAP(solo_echo_blocking),
     .contenders[3] = {"kernel, loopback", BENCH_REFERENCE, limit_loopback_echo, NULL}},
    {.id = "B10.estab",
     .title = "memory of an idle established connection, one end",
     BYTES,
     IN_MEMORY(duo_memory_established)},
    {.id = "B10.half",
     .title = "memory of a half-open connection",
     BYTES,
     IN_MEMORY(duo_memory_half_open)},
    {.id = "B10.tw", .title = "memory of a TIME-WAIT", BYTES, IN_MEMORY(duo_memory_time_wait)},
    {.id = NULL},
};
