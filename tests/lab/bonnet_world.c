/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of bonnet's stacks: connections as events tell of them, time, chance, power.
 */
#include "libbonnet_world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_connection_is_told_from_handshake_to_time_wait(void **state)
{
    (void)state;
    char c;
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    int l = listen_on(t, SERVER, 80, 5);
    tells(t, "server CLOSED > LISTEN by listen()\n");
    int s = connect_to(t, CLIENT, 80);
    tells(t, "client CLOSED > SYN-SENT by connect()\n");
    run(t);
    assert_int_equal(ops->now(t->world), 30 * BONNET_MS);
    tells(t, "client [S]\n"
             "server LISTEN > SYN-RECEIVED by [S]\n"
             "server [S.]\n"
             "client SYN-SENT > ESTABLISHED by [S.]\n"
             "client [.]\n"
             "server SYN-RECEIVED > ESTABLISHED by [.]\n");
    int a = ops->accept(t->world, SERVER, l, NULL);
    shut(t, SERVER, a);
    tells(t, "server ESTABLISHED > FIN-WAIT-1 by close()\n");
    run(t);
    tells(t, "server [F.]\n"
             "client ESTABLISHED > CLOSE-WAIT by [F.]\n"
             "client [.]\n"
             "server FIN-WAIT-1 > FIN-WAIT-2 by [.]\n");
    assert_int_equal(get(t, CLIENT, s, &c, 1), 0);
    shut(t, CLIENT, s);
    run(t);
    tells(t, "client CLOSE-WAIT > LAST-ACK by close()\n"
             "client [F.]\n"
             "server FIN-WAIT-2 > TIME-WAIT by [F.]\n"
             "server [.]\n"
             "client LAST-ACK > CLOSED by [.]\n");
    run_for(t, 61 * BONNET_S);
    tells(t, "server TIME-WAIT > CLOSED by timer\n");
    shut(t, SERVER, l);
    tells(t, "server LISTEN > CLOSED by close()\n");
    assert_int_equal(rows_of(t, SERVER) + rows_of(t, CLIENT), 0);
    stage_free(t);
}

/* A refusal is one event, and the reset that answers it has a reason of its own. */
static void a_closed_port_refuses(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 10ms", 1);
    int s = connect_to(t, CLIENT, 80);
    forget(t);
    run(t);
    tells(t, "client [S]\n"
             "server drops [S]: tcp_no_socket\n"
             "server [R.]\n"
             "client SYN-SENT > CLOSED by [R.]\n"
             "client connection_refused\n");
    assert_int_equal(count_of(t, SERVER, "OutRsts"), 1);
    assert_int_equal(count_of(t, SERVER, "TcpOutRsts"), 1);
    assert_int_equal(count_of(t, SERVER, "tcp_no_socket"), 1);
    assert_int_equal(count_of(t, CLIENT, "AttemptFails"), 1);
    uint64_t n;
    assert_int_equal(t->world->ops->counter(t->world, CLIENT, "NoSuch", &n), -ENOENT);
    shut(t, CLIENT, s);
    stage_free(t);
}

/* The answer comes at the very instant at which the SYN would go again. */
static void a_frame_comes_before_the_timer_of_its_instant(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 500ms", 1);
    listen_on(t, SERVER, 80, 5);
    int s = connect_to(t, CLIENT, 80);
    run_for(t, BONNET_S);
    assert_int_equal(state_of(t, CLIENT, s), BONNET_ESTABLISHED);
    assert_int_equal(count_of(t, CLIENT, "RetransSegs"), 0);
    stage_free(t);

    t = stage_new("delay 500001us", 1);
    listen_on(t, SERVER, 80, 5);
    connect_to(t, CLIENT, 80);
    run_for(t, BONNET_S);
    assert_int_equal(count_of(t, CLIENT, "RetransSegs"), 1);
    stage_free(t);
}

/* Each of two segments that come at once is taken on its own. */
static void segments_do_not_come_in_bursts(void **state)
{
    (void)state;
    static char text[2 * 1448 + 1];
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    memset(text, 'x', sizeof text - 1);
    t->kinds = KIND(LAB_EVENT_PACKET);
    for (int i = 0; i < 2; i++)
        assert_int_equal(put(t, CLIENT, s[CLIENT], text), 2 * 1448);
    run(t);
    const char *story = t->story;
    unsigned acks = 0;
    while ((story = strstr(story, "server [.]")))
        story++, acks++;
    assert_int_equal(acks, 4);
    stage_free(t);
}

static void time_goes_where_it_is_sent(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    assert_int_equal(ops->step(t->world, BONNET_NEVER), 0);
    assert_int_equal(ops->now(t->world), 0);
    assert_int_equal(ops->step(t->world, 3 * BONNET_S), 0);
    assert_int_equal(ops->now(t->world), 3 * BONNET_S);
    assert_int_equal(ops->step(t->world, BONNET_S), 0);
    assert_int_equal(ops->now(t->world), 3 * BONNET_S);
    connect_to(t, CLIENT, 80);
    assert_int_equal(ops->flush(t->world), 0);
    assert_int_equal(ops->now(t->world), 3 * BONNET_S);
    assert_false(ops->is_silent(t->world));
    assert_int_equal(ops->step(t->world, BONNET_NEVER), 1);
    assert_int_equal(ops->now(t->world), 3 * BONNET_S + 10 * BONNET_MS);
    stage_free(t);
}

/* Without delay a whole exchange takes no time at all. */
static void a_perfect_link_takes_no_time(void **state)
{
    (void)state;
    static char text[1000001], back[2000000];
    int s[2];
    struct stage *t = stage_new("", 1);
    join(t, s);
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(put(t, CLIENT, s[CLIENT], text), sizeof text - 1);
    int64_t got = 0, n;
    do {
        assert_int_equal(t->world->ops->flush(t->world), 0);
        n = get(t, SERVER, s[SERVER], back, sizeof back);
        got += n > 0 ? n : 0;
    } while (n > 0);
    assert_int_equal(got, sizeof text - 1);
    assert_int_equal(t->world->ops->now(t->world), 0);
    assert_int_equal(count_of(t, CLIENT, "RetransSegs"), 0);
    stage_free(t);
}

/* ---- timers ---- */

static void nothing_happens_by_itself_when_all_is_said(void **state)
{
    (void)state;
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    int on = 1;
    const struct world_option keepalive = {BONNET_SO_KEEPALIVE, &on, sizeof on};
    join(t, s);
    assert_int_equal(ops->setsockopt(t->world, CLIENT, s[CLIENT], &keepalive), 0);
    assert_false(ops->has_timers(t->world));
    put(t, CLIENT, s[CLIENT], "hello");
    assert_int_equal(ops->flush(t->world), 0);
    assert_true(ops->has_timers(t->world));
    run_for(t, BONNET_S);
    assert_false(ops->has_timers(t->world));
    stage_free(t);
}

/* A closed window is asked about for ever: that is no hope. */
static void window_probes_are_no_timers(void **state)
{
    (void)state;
    static char text[300000];
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    int size = 1000;
    const struct world_option room = {BONNET_SO_RCVBUF, &size, sizeof size};
    join(t, s);
    assert_int_equal(ops->setsockopt(t->world, SERVER, s[SERVER], &room), 0);
    memset(text, 'x', sizeof text - 1);
    put(t, CLIENT, s[CLIENT], text);
    run_for(t, 5 * BONNET_S);
    struct bonnet_row row;
    assert_int_equal(ops->row(t->world, CLIENT, s[CLIENT], &row), 0);
    assert_int_equal(row.socket, s[CLIENT]);
    assert_true(row.timers_armed & 1u << BONNET_TIMER_PERSIST);
    assert_false(ops->has_timers(t->world));
    stage_free(t);
}

static void close_waits_as_so_linger_says(void **state)
{
    (void)state;
    struct bonnet_linger linger = {1, 5};
    const struct world_option option = {BONNET_SO_LINGER, &linger, sizeof linger};
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    join(t, s);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ops->setsockopt(t->world, (unsigned)i, s[i], &option), 0);
    assert_int_equal(ops->close(t->world, CLIENT, s[CLIENT]), -EINPROGRESS);
    assert_int_equal(ops->close_end(t->world, CLIENT, s[CLIENT], 0), -EAGAIN);
    run_for(t, 20 * BONNET_MS);
    assert_int_equal(ops->close_end(t->world, CLIENT, s[CLIENT], 20 * BONNET_MS), 0);
    assert_int_equal(ops->close_end(t->world, CLIENT, s[CLIENT], 20 * BONNET_MS), -EBADF);
    assert_int_equal(ops->power(t->world, CLIENT, false), 0);
    assert_int_equal(ops->close(t->world, SERVER, s[SERVER]), -EINPROGRESS);
    run_for(t, 5 * BONNET_S);
    assert_int_equal(ops->close_end(t->world, SERVER, s[SERVER], 5 * BONNET_S - 1), -EAGAIN);
    assert_int_equal(ops->close_end(t->world, SERVER, s[SERVER], 5 * BONNET_S), 0);
    stage_free(t);
}

/* ---- hosts ---- */

/* All addresses of a host are on its first interface, and peers find them over any link. */
static void hosts_find_each_other_over_every_link(void **state)
{
    (void)state;
    struct stage *t = stage_begin("delay 1ms");
    stage_host(t, "other", bonnet_ip4(172, 16, 1, 10));
    stage_link(t, SERVER, OTHER, "delay 2ms");
    stage_make(t, 1, NULL);
    const struct world_ops *ops = t->world->ops;
    listen_on(t, SERVER, 80, 5);
    int a = connect_to(t, CLIENT, 80), b = connect_to(t, OTHER, 80);
    const struct bonnet_endpoint second = at(10, 1, 2, 3, 80);
    int c = ops->socket(t->world, CLIENT, BONNET_SOCK_STREAM);
    assert_int_equal(ops->connect(t->world, CLIENT, c, &second), -EINPROGRESS);
    run(t);
    assert_int_equal(state_of(t, CLIENT, a), BONNET_ESTABLISHED);
    assert_int_equal(state_of(t, OTHER, b), BONNET_ESTABLISHED);
    assert_int_equal(state_of(t, CLIENT, c), BONNET_ESTABLISHED);
    assert_int_equal(rows_of(t, SERVER), 4);
    stage_free(t);
}

static void settings_are_limits(void **state)
{
    (void)state;
    struct stage *t = stage_begin("delay 1ms");
    stage_set(t, SERVER, "somaxconn", 1);
    stage_make(t, 1, NULL);
    listen_on(t, SERVER, 80, 100);
    for (int i = 0; i < 4; i++)
        connect_to(t, CLIENT, 80);
    run(t);
    assert_int_equal(count_of(t, SERVER, "ListenOverflows"), 2);
    stage_free(t);

    char why[256] = "";
    struct world *w;
    t = stage_begin("delay 1ms");
    stage_set(t, SERVER, "tcp_wishes", 1);
    const struct world_config config = {.scenario = &t->scenario};
    assert_int_equal(bonnet_world_new(&config, &w, why, sizeof why), -EINVAL);
    assert_non_null(strstr(why, "tcp_wishes"));
    free(t);
}

/* ---- chance ---- */

static uint64_t live(uint64_t seed, uint32_t *iss)
{
    static char text[50000];
    struct stage *t = stage_new("delay 10ms 2ms loss 5% duplicate 2%", seed);
    struct bonnet_row row;
    memset(text, 'x', sizeof text - 1);
    listen_on(t, SERVER, 80, 5);
    int s = connect_to(t, CLIENT, 80);
    run_for(t, 10 * BONNET_S);
    put(t, CLIENT, s, text);
    run_for(t, 10 * BONNET_S);
    assert_int_equal(t->world->ops->row(t->world, CLIENT, s, &row), 0);
    *iss = row.iss;
    assert_in_range(t->events, 20, 100000);
    uint64_t hash = t->hash;
    stage_free(t);
    return hash;
}

static void a_seed_is_a_story(void **state)
{
    (void)state;
    uint32_t iss[3];
    uint64_t a = live(7, &iss[0]), b = live(7, &iss[1]), c = live(8, &iss[2]);
    assert_true(a == b && iss[0] == iss[1]);
    assert_true(a != c && iss[0] != iss[2]);
}

static void a_loss_by_chance_is_told(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 10ms loss 100%", 1);
    t->kinds = KIND(LAB_EVENT_PACKET);
    connect_to(t, CLIENT, 80);
    run_for(t, 1500 * BONNET_MS);
    tells(t, "client [S] lost\nclient [S] lost\n");
    stage_free(t);
}

/* ---- power ---- */

static void a_host_without_power_forgets_everything(void **state)
{
    (void)state;
    int s[2];
    struct bonnet_row row;
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    join(t, s);
    assert_int_equal(ops->power(t->world, SERVER, false), 0);
    assert_int_equal(ops->row(t->world, SERVER, s[SERVER], &row), -EBADF);
    assert_int_equal(ops->socket(t->world, SERVER, BONNET_SOCK_STREAM), -ENETDOWN);
    put(t, CLIENT, s[CLIENT], "a");
    run(t);
    tells(t, "client [P.] 1:2 cut\n");
    assert_int_equal(ops->power(t->world, SERVER, true), 0);
    assert_int_equal(ops->poll(t->world, SERVER, s[SERVER]), -EBADF);
    t->kinds = KIND(LAB_EVENT_PACKET) | KIND(LAB_EVENT_REASON);
    run_for(t, BONNET_S);
    tells(t, "client [P.] 1:2\n"
             "server [R]\n"
             "client rst_obeyed\n");
    listen_on(t, SERVER, 80, 1);
    shut(t, CLIENT, s[CLIENT]);
    int again = connect_to(t, CLIENT, 80);
    run(t);
    assert_int_equal(state_of(t, CLIENT, again), BONNET_ESTABLISHED);
    stage_free(t);
}

static void what_is_on_its_way_is_lost_with_the_cable(void **state)
{
    (void)state;
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    join(t, s);
    put(t, CLIENT, s[CLIENT], "a");
    assert_int_equal(ops->flush(t->world), 0);
    assert_int_equal(ops->cut(t->world, 0, false), 0);
    run_for(t, 250 * BONNET_MS);
    tells(t, "client [P.] 1:2\n"
             "server drops [P.]: cut\n"
             "client [P.] 1:2 cut\n");
    assert_int_equal(ops->cut(t->world, 0, true), 0);
    run_for(t, 5 * BONNET_S);
    assert_int_equal(count_of(t, SERVER, "InSegs"), 3);
    stage_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_told_from_handshake_to_time_wait),
        cmocka_unit_test(a_closed_port_refuses),
        cmocka_unit_test(a_frame_comes_before_the_timer_of_its_instant),
        cmocka_unit_test(segments_do_not_come_in_bursts),
        cmocka_unit_test(time_goes_where_it_is_sent),
        cmocka_unit_test(a_perfect_link_takes_no_time),
        cmocka_unit_test(nothing_happens_by_itself_when_all_is_said),
        cmocka_unit_test(window_probes_are_no_timers),
        cmocka_unit_test(close_waits_as_so_linger_says),
        cmocka_unit_test(hosts_find_each_other_over_every_link),
        cmocka_unit_test(settings_are_limits),
        cmocka_unit_test(a_seed_is_a_story),
        cmocka_unit_test(a_loss_by_chance_is_told),
        cmocka_unit_test(a_host_without_power_forgets_everything),
        cmocka_unit_test(what_is_on_its_way_is_lost_with_the_cable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
