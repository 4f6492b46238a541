/* SPDX-License-Identifier: BSD-2-Clause */
/* See libwire.h. */
#define _GNU_SOURCE
#include "libwire.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void *object;

void *wire_symbol(const char *name)
{
    void *symbol = dlsym(object, name);
    assert_non_null(symbol);
    return symbol;
}

void wire_begin(struct interface *i)
{
    char path[4096];
    const char *build = getenv("BONNET_BUILD");
    snprintf(path, sizeof path, "%s/libbonnet-packetdrill.so", build ? build : ".");
    object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!object) fail_msg("%s", dlerror());
    memset(i, 0, sizeof *i);
    void (*init)(const char *, struct interface *);
    *(void **)&init = wire_symbol("packetdrill_interface_init");
    init(NULL, i);
}

static void put16(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint32_t v)
{
    put16(at, v >> 16);
    put16(at + 2, v);
}

static uint32_t sum_of(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return sum;
}

static uint16_t folded(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

void wire_send(struct interface *i, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
    static const uint8_t head[] = {0x45, 0, 0,   0, 0, 0, 0,   0,   64, IPPROTO_TCP,
                                   0,    0, 192, 0, 2, 1, 192, 168, 0,  1};
    uint8_t packet[1500] = {0};
    uint8_t *tcp = packet + sizeof head;
    memcpy(packet, head, sizeof head);
    put16(packet + 2, 40 + len);
    put16(packet + 10, folded(sum_of(packet, sizeof head)));
    put16(tcp, 40000);
    put16(tcp + 2, 8080);
    put32(tcp + 4, PEER_ISN + seq);
    put32(tcp + 8, ack);
    put16(tcp + 12, 0x5000u | flags);
    put16(tcp + 14, 32767);
    put16(tcp + 16, folded(sum_of(packet + 12, 28 + len) + IPPROTO_TCP + 20 + len));
    assert_int_equal(i->netdev_send(i->world, packet, 40 + len), 0);
}

struct bonnet_packet wire_receive(struct interface *i, long long *at_us)
{
    static uint8_t packet[65536];
    size_t len = sizeof packet;
    struct bonnet_packet p;
    long long at;
    assert_int_equal(i->netdev_receive(i->world, packet, &len, at_us ? at_us : &at), 0);
    assert_true(len > 0);
    bonnet_packet_parse(BONNET_IF_IP, packet, (uint32_t)len, &p);
    assert_int_equal(p.kind, BONNET_PACKET_TCP);
    assert_int_equal(p.flaw, BONNET_FLAW_NONE);
    size_t text = len - 20;
    uint32_t sum = sum_of(packet + 12, 8) + sum_of(packet + 20, text) + IPPROTO_TCP;
    assert_int_equal(folded(sum + (uint32_t)text), 0);
    return p;
}

long long wire_now(struct interface *i)
{
    struct timeval t;
    assert_int_equal(i->gettimeofday(i->world, &t, NULL), 0);
    return t.tv_sec * 1000000LL + t.tv_usec;
}

int wire_listener(struct interface *i)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(8080)};
    int fd = i->socket(i->world, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    assert_true(fd >= 0);
    a.sin_addr.s_addr = inet_addr("192.168.0.1");
    assert_int_equal(i->bind(i->world, fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(i->listen(i->world, fd, 1), 0);
    return fd;
}

int wire_connection(struct interface *i, uint32_t *isn)
{
    int listener = wire_listener(i);
    wire_send(i, BONNET_SYN, 0, 0, 0);
    struct bonnet_packet p = wire_receive(i, NULL);
    assert_int_equal(p.flags, BONNET_SYN | BONNET_ACK);
    assert_int_equal(p.ack, PEER_ISN + 1);
    *isn = p.seq;
    wire_send(i, BONNET_ACK, 1, *isn + 1, 0);
    struct sockaddr_in peer;
    socklen_t n = sizeof peer;
    int fd = i->accept(i->world, listener, (struct sockaddr *)&peer, &n);
    assert_true(fd >= 0);
    assert_int_equal(peer.sin_addr.s_addr, inet_addr("192.0.2.1"));
    assert_int_equal(ntohs(peer.sin_port), 40000);
    assert_int_equal(i->close(i->world, listener), 0);
    return fd;
}
