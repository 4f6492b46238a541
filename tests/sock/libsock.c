/* SPDX-License-Identifier: BSD-2-Clause */
/* A stack's tables without the stack. */
#include "libsock.h"

#include <string.h>

static void add_interface(struct bonnet *bn, struct bonnet_addr addr)
{
    const struct bonnet_if_config config = {.size = sizeof(config), .kind = BONNET_IF_IP};
    int ifx = link_if_add(&bn->link, &bn->env, &config);
    assert_true(ifx > 0);
    assert_int_equal(ip_addr_add(&bn->ip, &bn->env, ifx, &addr, 24), 0);
}

void shop_begin(struct shop *s)
{
    memset(s, 0, sizeof(*s));
    world_begin(&s->w);
    struct bonnet_config config;
    bonnet_config_init(&config);
    config.seed[0] = 7;
    config.alloc = s->w.env.alloc;
    env_init(&s->bn.env, &config);
    ip_init(&s->bn.ip);
    assert_int_equal(link_init(&s->bn.link, &s->bn.env), 0);
    assert_int_equal(sock_init(&s->bn.socks, &s->bn.env), 0);
    add_interface(&s->bn, ONE);
    add_interface(&s->bn, TWO);
}

void shop_end(struct shop *s)
{
    struct env *e = &s->bn.env;
    sock_fini(&s->bn);
    ip_fini(&s->bn.ip, e);
    link_fini(&s->bn.link, e);
    pool_trim(&e->pages, e);
    pool_trim(&e->records, e);
    pool_trim(&s->bn.socks.reply_pool, e);
    assert_int_equal(e->memory_bytes, 0);
    assert_int_equal(s->w.bytes, 0);
    assert_int_equal(s->w.blocks, 0);
}

int stream(struct shop *s)
{
    int socket = bonnet_socket(&s->bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(socket >= 0);
    return socket;
}

int dgram(struct shop *s)
{
    int socket = bonnet_socket(&s->bn, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    assert_true(socket >= 0);
    return socket;
}

int listener(struct shop *s, struct bonnet_addr addr, uint16_t port)
{
    int socket = stream(s);
    assert_int_equal(bind_to(s, socket, addr, port), 0);
    assert_int_equal(bonnet_listen(&s->bn, socket, 1), 0);
    return socket;
}

int bind_to(struct shop *s, int socket, struct bonnet_addr addr, uint16_t port)
{
    const struct bonnet_endpoint at = {.addr = addr, .port = port};
    return bonnet_bind(&s->bn, socket, &at);
}

int connect_to(struct shop *s, int socket, struct bonnet_addr addr, uint16_t port)
{
    const struct bonnet_endpoint to = {.addr = addr, .port = port};
    return bonnet_connect(&s->bn, socket, &to);
}

uint16_t port_of(struct shop *s, int socket)
{
    struct bonnet_endpoint at;
    assert_int_equal(bonnet_getsockname(&s->bn, socket, &at), 0);
    return at.port;
}

int set(struct shop *s, int socket, int option, int value)
{
    return bonnet_setsockopt(&s->bn, socket, option, &value, sizeof(value));
}

int get(struct shop *s, int socket, int option)
{
    int value = -12345;
    size_t len = sizeof(value);
    assert_int_equal(bonnet_getsockopt(&s->bn, socket, option, &value, &len), 0);
    assert_int_equal(len, sizeof(value));
    return value;
}
