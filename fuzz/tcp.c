/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP segments with their options: what was read keeps the promises of struct tcp_seg, prints
 * within its buffer, and once written is read, and written again, as the same. Inputs go in twice,
 * as they are and with a checksum made right.
 */
#include "wire/tcp.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "libfuzz.h"
#include "wire/print.h"

#define OF_SYN (TCP_OPT_MSS | TCP_OPT_WSCALE | TCP_OPT_SACK_PERMITTED)

static void promises(const struct tcp_seg *s, const uint8_t *p, uint32_t len)
{
    bool syn = (s->flags & TCP_SYN) != 0;
    check(s->sport != 0 && s->dport != 0 && s->flags < 0x200);
    check(s->header_len >= TCP_HEADER && s->header_len <= TCP_HEADER_MAX);
    check(s->text == p + s->header_len && s->len == len - s->header_len);
    check(s->gso_size == 0);
    check(syn || !(s->has & OF_SYN));
    check(!syn || !(s->has & TCP_OPT_SACK));
    check(((s->has & TCP_OPT_SACK) != 0) == (s->sack_n > 0) && s->sack_n <= TCP_SACK_BLOCKS_MAX);
    check(!(s->has & TCP_OPT_WSCALE) || s->wscale <= TCP_WSCALE_MAX);
    check(!(s->has & TCP_OPT_MSS) || s->mss >= 64 || s->note != BONNET_R_NONE);
}

static void same(const struct tcp_seg *a, const struct tcp_seg *b)
{
    check(a->sport == b->sport && a->dport == b->dport && seq_eq(a->seq, b->seq));
    check(a->flags == b->flags && a->wnd == b->wnd);
    check(!(a->flags & TCP_ACK) || seq_eq(a->ack, b->ack));
    check(!(a->flags & TCP_URG) || a->urg == b->urg);
    check(a->has == b->has && a->sack_n == b->sack_n);
    check(!(a->has & TCP_OPT_MSS) || a->mss == b->mss);
    check(!(a->has & TCP_OPT_WSCALE) || a->wscale == b->wscale);
    check(!(a->has & TCP_OPT_TIMESTAMPS) || (a->ts_val == b->ts_val && a->ts_ecr == b->ts_ecr));
    for (unsigned i = 0; i < b->sack_n; i++)
        check(seq_eq(a->sack[i].from, b->sack[i].from) && seq_eq(a->sack[i].to, b->sack[i].to));
}

static void print(const struct tcp_seg *s)
{
    char *line = malloc(WIRE_PRINT_MAX);
    check(line != NULL);
    check(strlen(tcp_print(s, seq(0), seq(0), line)) < WIRE_PRINT_MAX);
    free(line);
}

static void parse(const uint8_t *p, uint32_t len, bonnet_checksum_fn checksum)
{
    struct tcp_seg s, back;
    uint8_t once[TCP_HEADER_MAX], twice[TCP_HEADER_MAX];
    memset(&s, 0xee, sizeof(s));
    if (tcp_parse(&s, p, len, 0, checksum) != BONNET_R_NONE) return;
    promises(&s, p, len);
    print(&s);
    uint32_t n = tcp_emit(&s, once);
    check(n == tcp_header_len(&s) && n % 4 == 0 && n >= TCP_HEADER && n <= TCP_HEADER_MAX);
    check(tcp_parse(&back, once, n, 0, NULL) == BONNET_R_NONE);
    same(&s, &back);
    check(tcp_emit(&back, twice) == n);
    check(memcmp(once, twice, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t len = (uint32_t)size;
    parse(data, len, NULL);
    parse(data, len, checksum_sum);
    if (len < TCP_HEADER) return 0;
    uint8_t *p = malloc(size);
    check(p != NULL);
    memcpy(p, data, size);
    put_u16(p + TCP_CHECKSUM_AT, 0);
    put_raw16(p + TCP_CHECKSUM_AT, checksum_finish(checksum_sum(p, size)));
    struct tcp_seg s;
    check(tcp_parse(&s, p, len, 0, checksum_sum) == tcp_parse(&s, p, len, 0, NULL));
    parse(p, len, checksum_sum);
    free(p);
    return 0;
}
