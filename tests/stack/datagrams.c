/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams between two stacks: whole, cut off, looked at twice, to nobody, to all. */
#include <errno.h>
#include <string.h>

#include "libpair.h"

static struct pair p;

static int bound(struct bonnet *bn, uint16_t port)
{
    const struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = port};
    int s = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    assert_true(s >= 0);
    assert_int_equal(bonnet_bind(bn, s, &at), 0);
    return s;
}

static int64_t send_to_b(int s, const void *text, size_t len, uint16_t port)
{
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, port);
    return bonnet_sendto(p.a, s, text, len, 0, &to);
}

static void each_arrives_whole_and_in_order(void **state)
{
    (void)state;
    char buf[16];
    struct bonnet_endpoint from;
    pair_begin(&p, NULL);
    int a = bound(p.a, 5000), b = bound(p.b, 53);
    assert_int_equal(send_to_b(a, "one", 3, 53), 3);
    assert_int_equal(send_to_b(a, "", 0, 53), 0); /* BI-ZERO */
    assert_int_equal(send_to_b(a, "three", 5, 53), 5);
    pair_run(&p);
    assert_int_equal(bonnet_inq(p.b, b), 3);
    assert_int_equal(bonnet_recvfrom(p.b, b, buf, 16, 0, &from), 3);
    const struct bonnet_endpoint expected = pair_endpoint(PAIR_A, 5000);
    assert_memory_equal(&from, &expected, sizeof(from));
    assert_int_equal(bonnet_recv(p.b, b, buf, 16, 0), 0);
    assert_int_equal(bonnet_recv(p.b, b, buf, 16, 0), 5);
    assert_memory_equal(buf, "three", 5);
    assert_int_equal(bonnet_recv(p.b, b, buf, 16, 0), -EAGAIN);
    pair_end(&p);
}

static void what_has_no_room_is_cut_off(void **state)
{
    (void)state;
    char buf[8];
    struct bonnet_iov iov[2] = {{buf, 2}, {buf + 4, 2}};
    struct bonnet_addr local;
    struct bonnet_msghdr msg = {.local = &local, .iov = iov, .iov_n = 2};
    pair_begin(&p, NULL);
    int a = bound(p.a, 5000), b = bound(p.b, 53);
    for (int i = 0; i < 3; i++)
        send_to_b(a, "abcdef", 6, 53);
    pair_run(&p);
    assert_int_equal(bonnet_recvmsg(p.b, b, &msg, BONNET_MSG_PEEK), 4);
    assert_int_equal(msg.flags, BONNET_MSG_TRUNC);
    assert_int_equal(bonnet_recvmsg(p.b, b, &msg, BONNET_MSG_TRUNC | BONNET_MSG_PEEK), 6);
    assert_int_equal(bonnet_recvmsg(p.b, b, &msg, 0), 4);
    assert_memory_equal(buf, "ab", 2);
    assert_memory_equal(buf + 4, "cd", 2);
    const struct bonnet_addr to = pair_addr(PAIR_B);
    assert_memory_equal(&local, &to, sizeof(to));
    iov[1] = (struct bonnet_iov){buf + 2, 6};
    assert_int_equal(bonnet_recvmsg(p.b, b, &msg, 0), 6);
    assert_int_equal(msg.flags, 0);
    msg.iov_n = 0;
    assert_int_equal(bonnet_recvmsg(p.b, b, &msg, 0), 0);
    assert_int_equal(msg.flags, BONNET_MSG_TRUNC);
    assert_int_equal(bonnet_recvmsg(p.b, b, &msg, 0), -EAGAIN);
    pair_end(&p);
}

/* A connected socket hears of ICMP errors, once; one without peer does so if it wants to. */
static void nobody_there_is_an_error(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    int connected = bound(p.a, 5000), deaf = bound(p.a, 5001), hearing = bound(p.a, 5002);
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 53);
    assert_int_equal(bonnet_connect(p.a, connected, &to), 0);
    pair_set(p.a, hearing, BONNET_IP_RECVERR, 1);
    assert_int_equal(bonnet_send(p.a, connected, "x", 1, 0), 1);
    assert_int_equal(send_to_b(deaf, "x", 1, 53), 1);
    assert_int_equal(send_to_b(hearing, "x", 1, 53), 1);
    pair_run(&p);
    assert_true(bonnet_poll(p.a, connected) & BONNET_POLLERR);
    assert_int_equal(bonnet_send(p.a, connected, "x", 1, 0), -ECONNREFUSED);
    assert_int_equal(bonnet_send(p.a, connected, "x", 1, 0), 1);
    assert_int_equal(pair_get(p.a, deaf, BONNET_SO_ERROR), 0);
    assert_int_equal(bonnet_recv(p.a, hearing, NULL, 0, 0), -ECONNREFUSED);
    assert_int_equal(bonnet_recv(p.a, hearing, NULL, 0, 0), -EAGAIN);
    pair_end(&p);
}

static void a_peer_is_the_only_one_that_is_heard(void **state)
{
    (void)state;
    char c;
    pair_begin(&p, NULL);
    int friend = bound(p.a, 5000), stranger = bound(p.a, 5001), b = bound(p.b, 53);
    const struct bonnet_endpoint to = pair_endpoint(PAIR_A, 5000);
    assert_int_equal(bonnet_connect(p.b, b, &to), 0);
    send_to_b(stranger, "s", 1, 53);
    send_to_b(friend, "f", 1, 53);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.b, b, &c, 1, 0), 1);
    assert_int_equal(c, 'f');
    assert_int_equal(bonnet_recv(p.b, b, &c, 1, 0), -EAGAIN);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_UDP_NO_SOCKET), 1);
    pair_end(&p);
}

static void large_ones_go_in_pieces(void **state)
{
    (void)state;
    static uint8_t text[65507], got[65507];
    pair_begin(&p, &(struct pair_options){.ethernet = true});
    int a = bound(p.a, 5000), b = bound(p.b, 53);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 31 >> 3);
    assert_int_equal(send_to_b(a, text, sizeof(text), 53), sizeof(text));
    assert_int_equal(send_to_b(a, "next", 4, 53), 4);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.b, b, got, sizeof(got), 0), sizeof(text));
    assert_memory_equal(got, text, sizeof(text));
    assert_int_equal(bonnet_recv(p.b, b, got, sizeof(got), 0), 4);
    pair_end(&p);
}

static void broadcasts_reach_the_wildcard(void **state)
{
    (void)state;
    char c;
    pair_begin(&p, &(struct pair_options){.ethernet = true});
    int a = bound(p.a, 5000), b = bound(p.b, 67);
    const struct bonnet_endpoint all[] = {{.addr = bonnet_ip4(10, 0, 0, 255), .port = 67},
                                          {.addr = bonnet_ip4(255, 255, 255, 255), .port = 67}};
    for (int i = 0; i < 2; i++) {
        pair_set(p.a, a, BONNET_SO_BROADCAST, 0);
        assert_int_equal(bonnet_sendto(p.a, a, "x", 1, 0, &all[i]), -EACCES);
        pair_set(p.a, a, BONNET_SO_BROADCAST, 1);
        assert_int_equal(bonnet_sendto(p.a, a, "x", 1, 0, &all[i]), 1);
        pair_run(&p);
        assert_int_equal(bonnet_recv(p.b, b, &c, 1, 0), 1);
    }
    pair_end(&p);
}

/* A full queue drops the newcomer, and counts it. */
static void what_the_program_does_not_read_is_dropped(void **state)
{
    (void)state;
    char text[1000] = "", c;
    unsigned n = 0;
    pair_begin(&p, NULL);
    int a = bound(p.a, 5000), b = bound(p.b, 53);
    pair_set(p.b, b, BONNET_SO_RCVBUF, 5000);
    for (int i = 0; i < 10; i++) {
        send_to_b(a, text, sizeof(text), 53);
        pair_run(&p);
    }
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(p.b, b, &row), 0);
    while (bonnet_recv(p.b, b, &c, 1, 0) == 1)
        n++;
    assert_int_equal(n, 4);
    assert_int_equal(row.drops, 6);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_UDP_RCVBUF_FULL), 6);
    pair_end(&p);
}

static void a_closed_socket_sends_what_it_was_given(void **state)
{
    (void)state;
    char c;
    struct bonnet_totals totals = {.size = sizeof(totals)};
    pair_begin(&p, &(struct pair_options){.ethernet = true});
    int a = bound(p.a, 5000), b = bound(p.b, 53);
    send_to_b(a, "x", 1, 53); /* waits for the neighbour */
    assert_int_equal(bonnet_close(p.a, a), 0);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.b, b, &c, 1, 0), 1);
    assert_int_equal(bonnet_totals(p.a, &totals), 0);
    assert_int_equal(totals.datagram_sockets, 0);
    pair_end(&p);
}

/* Nobody answers ARP: what waited is gone, and its sender knows, if he asked for it or speaks to
 * nobody else. */
static void an_unreachable_neighbour_is_told(void **state)
{
    (void)state;
    struct bonnet_totals totals = {.size = sizeof(totals)};
    pair_begin(&p, &(struct pair_options){.ethernet = true});
    int a = bound(p.a, 5000), closed = bound(p.a, 5001);
    const struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, 77), .port = 9};
    int deaf = bound(p.a, 5002), connected = bound(p.a, 5003);
    pair_set(p.a, a, BONNET_IP_RECVERR, 1);
    assert_int_equal(bonnet_connect(p.a, connected, &to), 0);
    assert_int_equal(bonnet_sendto(p.a, a, "x", 1, 0, &to), 1);
    assert_int_equal(bonnet_sendto(p.a, closed, "x", 1, 0, &to), 1);
    assert_int_equal(bonnet_sendto(p.a, deaf, "x", 1, 0, &to), 1);
    assert_int_equal(bonnet_send(p.a, connected, "x", 1, 0), 1);
    bonnet_close(p.a, closed);
    pair_advance(&p, 5 * BONNET_S);
    assert_int_equal(pair_get(p.a, a, BONNET_SO_ERROR), EHOSTUNREACH);
    assert_int_equal(pair_get(p.a, deaf, BONNET_SO_ERROR), 0);
    assert_int_equal(pair_get(p.a, connected, BONNET_SO_ERROR), EHOSTUNREACH);
    assert_int_equal(bonnet_totals(p.a, &totals), 0);
    assert_int_equal(totals.datagram_sockets, 3);
    pair_end(&p);
}

/* One host that is dead takes nothing with it that goes to another. */
static void those_behind_an_unreachable_one_go_on(void **state)
{
    (void)state;
    char c;
    pair_begin(&p, &(struct pair_options){.ethernet = true});
    int a = bound(p.a, 5000), b = bound(p.b, 53);
    const struct bonnet_endpoint dead = {.addr = bonnet_ip4(10, 0, 0, 77), .port = 53};
    for (int i = 0; i < 2; i++)
        assert_int_equal(bonnet_sendto(p.a, a, "x", 1, 0, &dead), 1);
    send_to_b(a, "y", 1, 53);
    pair_advance(&p, 5 * BONNET_S);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_NEIGHBOUR_FAILED), 2);
    assert_int_equal(bonnet_recv(p.b, b, &c, 1, 0), 1);
    assert_int_equal(c, 'y');
    pair_end(&p);
}

static uint16_t ids[4];
static unsigned ids_n;

static bool note_id(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    if (ids_n < 4 && f->len > 20) ids[ids_n++] = get_u16(f->bytes + 4);
    return true;
}

/* RFC 6864 4.1: who may be cut on the way has an identification of his own. */
static void what_may_be_cut_has_an_identification(void **state)
{
    (void)state;
    for (int mode = BONNET_PMTUDISC_DONT; mode <= BONNET_PMTUDISC_WANT; mode++) {
        pair_begin(&p, NULL);
        int a = bound(p.a, 5000);
        (void)bound(p.b, 53);
        pair_set(p.a, a, BONNET_IP_MTU_DISCOVER, mode);
        p.hook = note_id;
        ids_n = 0;
        for (int i = 0; i < 4; i++)
            send_to_b(a, "x", 1, 53);
        pair_run(&p);
        assert_int_equal(ids_n, 4);
        bool cut = mode == BONNET_PMTUDISC_DONT;
        assert_true((ids[0] != ids[1]) == cut && (ids[2] != ids[3]) == cut);
        pair_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_arrives_whole_and_in_order),
        cmocka_unit_test(what_has_no_room_is_cut_off),
        cmocka_unit_test(nobody_there_is_an_error),
        cmocka_unit_test(a_peer_is_the_only_one_that_is_heard),
        cmocka_unit_test(large_ones_go_in_pieces),
        cmocka_unit_test(broadcasts_reach_the_wildcard),
        cmocka_unit_test(what_the_program_does_not_read_is_dropped),
        cmocka_unit_test(a_closed_socket_sends_what_it_was_given),
        cmocka_unit_test(an_unreachable_neighbour_is_told),
        cmocka_unit_test(those_behind_an_unreachable_one_go_on),
        cmocka_unit_test(what_may_be_cut_has_an_identification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
