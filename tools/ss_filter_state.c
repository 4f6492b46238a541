/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of states, and of groups of them, that ss has in filters. */
#include "ss_filter.h"

#include <strings.h>

#define BIT(state) (1u << BONNET_##state)
#define ALL        (((1u << BONNET_STATES_END) - 1) & ~1u)
#define CONNECTED  (ALL & ~(BIT(CLOSED) | BIT(LISTEN)))
#define BUCKET     (BIT(SYN_RECEIVED) | BIT(TIME_WAIT)) /* kept in less than a socket */

static const struct {
    const char *word;
    uint32_t states;
} words[] = {
    {"established", BIT(ESTABLISHED)},
    {"syn-sent", BIT(SYN_SENT)},
    {"syn-recv", BIT(SYN_RECEIVED)},
    {"syn-rcv", BIT(SYN_RECEIVED)},
    {"fin-wait-1", BIT(FIN_WAIT_1)},
    {"fin-wait-2", BIT(FIN_WAIT_2)},
    {"time-wait", BIT(TIME_WAIT)},
    {"close-wait", BIT(CLOSE_WAIT)},
    {"last-ack", BIT(LAST_ACK)},
    {"closing", BIT(CLOSING)},
    {"listening", BIT(LISTEN)},
    {"listen", BIT(LISTEN)},
    {"closed", BIT(CLOSED)},
    {"close", BIT(CLOSED)},
    {"unconnected", BIT(CLOSED)},
    {"all", ALL},
    {"connected", CONNECTED},
    {"synchronized", CONNECTED & ~BIT(SYN_SENT)},
    {"bucket", BUCKET},
    {"big", ALL & ~BUCKET},
};

uint32_t ss_states_of(const char *word)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(words[i].word, word) == 0) return words[i].states;
    return 0;
}
