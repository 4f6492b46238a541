/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments to bytes and back, written for the tests alone, so that a mistake of the stack's own
 * reader and writer does not hide itself. IPv4 without options (RFC 791), TCP (RFC 9293 3.1).
 */
#include "libpacket.h"

#include <string.h>

#define IP_LEN  20u
#define TCP_LEN 20u

static uint32_t get16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* RFC 1071: what is 0 if the checksum inside is right, and belongs there if 0 is inside. */
static uint32_t checksum(const uint8_t *p, uint32_t len, uint32_t sum)
{
    for (uint32_t i = 0; i < len; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* Of the addresses, the protocol and the length, which TCP's checksum covers, too. */
static uint32_t pseudo_header(uint32_t tcp_len)
{
    return (PACKET_LOCAL_ADDR >> 16) + (PACKET_LOCAL_ADDR & 0xffff) + (PACKET_REMOTE_ADDR >> 16) +
           (PACKET_REMOTE_ADDR & 0xffff) + 6 + tcp_len;
}

static void encode_ip(uint8_t *ip, uint32_t len, uint8_t ecn)
{
    memset(ip, 0, IP_LEN);
    ip[0] = 0x45;
    ip[1] = ecn;
    put16(ip + 2, len);
    ip[8] = 64;
    ip[9] = 6;
    packet_put32(ip + 12, PACKET_REMOTE_ADDR);
    packet_put32(ip + 16, PACKET_LOCAL_ADDR);
    put16(ip + 10, checksum(ip, IP_LEN, 0));
}

uint32_t packet_encode(const struct packet *p, const uint8_t *text, uint8_t *frame)
{
    uint32_t header = TCP_LEN + p->options_n;
    uint32_t tcp_len = header + p->len;
    uint8_t *tcp = frame + IP_LEN;
    if (IP_LEN + tcp_len > PACKET_FRAME_MAX) return 0;
    encode_ip(frame, IP_LEN + tcp_len, p->ecn);
    memset(tcp, 0, TCP_LEN);
    put16(tcp, p->from);
    put16(tcp + 2, p->to);
    packet_put32(tcp + 4, p->seq);
    packet_put32(tcp + 8, p->ack);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = p->flags;
    put16(tcp + 14, p->win);
    put16(tcp + 18, p->urg);
    memcpy(tcp + TCP_LEN, p->options, p->options_n);
    memcpy(tcp + header, text, p->len);
    put16(tcp + 16, checksum(tcp, tcp_len, pseudo_header(tcp_len)));
    return IP_LEN + tcp_len;
}

static const char *check_ip(const uint8_t *ip, uint32_t len)
{
    if (len < IP_LEN || ip[0] != 0x45) return "not an IPv4 packet without options";
    if (get16(ip + 2) != len) return "IPv4 total length";
    if (checksum(ip, IP_LEN, 0)) return "IPv4 checksum";
    if (get16(ip + 6) & 0x3fff) return "an IPv4 fragment";
    if (ip[8] == 0) return "IPv4 time to live";
    if (ip[9] != 6) return "not a TCP segment";
    if (packet_get32(ip + 12) != PACKET_LOCAL_ADDR) return "IPv4 source address";
    if (packet_get32(ip + 16) != PACKET_REMOTE_ADDR) return "IPv4 destination address";
    return NULL;
}

const char *packet_decode(const uint8_t *frame, uint32_t len, struct packet *out,
                          const uint8_t **text)
{
    const uint8_t *tcp = frame + IP_LEN;
    const char *wrong = check_ip(frame, len);
    if (wrong) return wrong;
    uint32_t tcp_len = len - IP_LEN;
    if (tcp_len < TCP_LEN) return "TCP header is cut";
    uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
    if (header < TCP_LEN || header > tcp_len) return "TCP data offset";
    if (tcp[12] & 0xf) return "TCP reserved bits";
    if (checksum(tcp, tcp_len, pseudo_header(tcp_len))) return "TCP checksum";
    *out = (struct packet){
        .from = (uint16_t)get16(tcp),
        .to = (uint16_t)get16(tcp + 2),
        .seq = packet_get32(tcp + 4),
        .ack = packet_get32(tcp + 8),
        .flags = tcp[13],
        .has_win = true,
        .has_ecn = (frame[1] & 3) != 0,
        .ecn = frame[1] & 3,
        .win = (uint16_t)get16(tcp + 14),
        .urg = (uint16_t)get16(tcp + 18),
        .options_n = (uint8_t)(header - TCP_LEN),
        .len = tcp_len - header,
    };
    memcpy(out->options, tcp + TCP_LEN, out->options_n);
    *text = tcp + header;
    return NULL;
}
