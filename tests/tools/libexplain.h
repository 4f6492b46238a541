/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of `bonnet explain`: rows as they may come through the door, and cases of what must
 * be said of them.
 */
#ifndef TESTS_TOOLS_LIBEXPLAIN_H
#define TESTS_TOOLS_LIBEXPLAIN_H

#include "explain.h"

#include "libtools.h"

#define ENDS                                              \
    .local = {{{[10] = 0xff, 0xff, 10, 7, 0, 2}}, 80, 0}, \
    .remote = {{{[10] = 0xff, 0xff, 10, 7, 0, 1}}, 40000, 0}
#define SERVER \
    .local = {{{[10] = 0xff, 0xff, 0, 0, 0, 0}}, 80, 0}, .remote = {{{[10] = 0xff, 0xff}}, 0, 0}
#define NOBODYS(s)    .kind = BONNET_ROW_CONNECTION, .state = BONNET_##s, .socket = -1, ENDS
#define CONNECTION(s) .kind = BONNET_ROW_CONNECTION, .state = BONNET_##s, .socket = 26, ENDS

#define QUEUES_AND_WINDOWS(our_window, peers_window, in, out)                   \
    .recv_q = (in), .send_q = (out), .recv_q_max = 131072, .send_q_max = 16384, \
    .rcv_wnd = (our_window), .snd_wnd = (peers_window)
#define QUEUES(in, out) QUEUES_AND_WINDOWS(65535, 65535, in, out)
#define HEARD                             \
    .info = {.tcpi_last_ack_recv = 7000,  \
             .tcpi_last_data_recv = 8000, \
             .tcpi_last_data_sent = 9000, \
             .tcpi_snd_mss = 1448,        \
             .tcpi_data_segs_in = 1,      \
             .tcpi_rtt = 20000}
#define TIMER(name, ms) .timer = BONNET_TIMER_##name, .timer_left = (ms)*BONNET_MS

struct explain_case {
    const char *name;
    struct bonnet_row row;
    /* Parts of what is said, separated by bars; "" for a part that must stay empty. */
    const char *now, *waits, *since, *cause, *advice;
};

/* The program that holds all sockets: "server", pid 42. */
extern const struct ss_process explain_server;

/* Fails unless each case is told in its words, in whole sentences and in lines of 80 columns. */
void explain_judge(const struct explain_case *cases, size_t n);

/* The row under "bonnet0", laid out. Valid until the next call. */
const char *explain_printed(const struct bonnet_row *row);

#endif
