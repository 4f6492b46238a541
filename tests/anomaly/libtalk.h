/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One end of a connection, and the program that holds it: writes so many bytes, says that it has no
 * more, reads to the end, closes. Each byte is checked against its place in the stream.
 */
#ifndef BONNET_TESTS_ANOMALY_LIBTALK_H
#define BONNET_TESTS_ANOMALY_LIBTALK_H

#include <bonnet/bonnet.h>
#include <bonnet/inspect.h>
#include <bonnet/socket.h>

#define TALK_NO_SOCKET (-1)

struct talk {
    struct bonnet *bn;
    int socket; /* TALK_NO_SOCKET: not yet, or no more */
    uint8_t key_out, key_in;
    uint64_t to_send, sent, received;
    bool has_shut, has_end, is_closed;
    bool is_silent;    /* it does not read for now */
    int error;         /* -errno that ended the connection; 0: none */
    const char *wrong; /* what must not happen, and did */
};

/* Does what can be done now. Returns true if anything was. */
bool talk_go(struct talk *t);
/* All sent, all received, closed, without error. */
bool talk_is_complete(const struct talk *t, uint64_t to_receive);
/* Closes, whatever is under way. */
void talk_give_up(struct talk *t);

/* May this call answer so? The errors that its documentation names for such a call, and no other;
 * results that are no errors are fine. */
enum talk_call {
    CALL_NEW,
    CALL_IF_ADD,
    CALL_IF_ADDR_ADD,
    CALL_SOCKET,
    CALL_BIND,
    CALL_LISTEN,
    CALL_ACCEPT,
    CALL_CONNECT,
    CALL_SEND,
    CALL_RECV,
    CALL_SHUTDOWN,
    CALL_CLOSE,
    CALL_SENDTO,
    CALL_RECVFROM,
    CALLS,
};
bool talk_is_documented(enum talk_call call, int64_t r);
const char *talk_call_name(enum talk_call call);

#endif
