/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines about packets are tcpdump's, word for word. Each row says what a frame holds and how it is
 * printed; then the real tcpdump reads the same frames, whole and cut at every length, and has to
 * say the same.
 */
#define _GNU_SOURCE
#include "bonnet/packet.h"
#include "libwire.h"
#include "wire/addr.h"
#include "wire/eth.h"
#include "wire/ip4.h"

#include <stdio.h>
#include <unistd.h>

#define FRAME_MAX    256
#define LINE_MAX     512
#define DLT_ETHERNET 1
#define DLT_RAW_IP   101

/* An IPv4 packet: bytes of the payload in hexadecimal, spaces as one likes. */
struct row {
    uint8_t protocol;
    uint16_t fragment;  /* flags and offset field */
    int longer;         /* the IP length says so many bytes more than there are */
    const char *hex;    /* from the header of the transport on */
    const char *expect; /* behind "IP " */
};

#define PORTS     "9c40 1389 "
#define SEQ_ACK   "000003e8 000007d0 "
#define TAIL      "01f6 0000 0000 "
#define FROM_TO   "10.0.0.1.40000 > 10.0.0.2.5001: "
#define HOSTS     "10.0.0.1 > 10.0.0.2: "
#define QUOTE_IP  "4500001c 00000000 4011 0000 0a000001 0a000002 "
#define QUOTE_UDP QUOTE_IP PORTS "0008 0000"
#define QUOTE_TCP "45000028 00000000 4006 0000 0a000001 0a000002 " PORTS "000003e8"
#define QUOTE_99  "45000028 00000000 4063 0000 0a000001 0a000002 0102030405060708"

static const struct row rows[] = {
    {IP_TCP, 0, 0,
     PORTS "000003e8 00000000 a002 " TAIL "020405b4 0402 080a 0000004d 00000000 01 030307",
     FROM_TO
     "Flags [S], seq 1000, win 502, options [mss 1460,sackOK,TS val 77 ecr 0,nop,wscale 7], "
     "length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "8012 " TAIL "020405b4 01010402 01030307",
     FROM_TO "Flags [S.], seq 1000, ack 2000, win 502, options [mss 1460,nop,nop,sackOK,nop,wscale "
             "7], length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "8018 " TAIL "0101080a 0000004d 00000058 61626364",
     FROM_TO "Flags [P.], seq 1000:1004, ack 2000, win 502, options [nop,nop,TS val 77 ecr 88], "
             "length 4"},
    {IP_TCP, 0, 0,
     PORTS SEQ_ACK "d010 " TAIL "0101080a 0000004d 00000058 01010512 00000bb8 00000fa0 00001388 "
                   "00001770 ",
     FROM_TO "Flags [.], ack 2000, win 502, options [nop,nop,TS val 77 ecr 88,nop,nop,sack 2 "
             "{3000:4000}{5000:6000}], length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "5010 " TAIL, FROM_TO "Flags [.], ack 2000, win 502, length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "5011 " TAIL,
     FROM_TO "Flags [F.], seq 1000, ack 2000, win 502, length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "5004 " TAIL, FROM_TO "Flags [R], seq 1000, win 502, length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "5014 0000 0000 0000",
     FROM_TO "Flags [R.], seq 1000, ack 2000, win 0, length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "5030 01f6 0000 0003 616263",
     FROM_TO "Flags [.U], seq 1000:1003, ack 2000, win 502, urg 3, length 3"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "50c2 " TAIL, FROM_TO "Flags [SEW], seq 1000, win 502, length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "5090 " TAIL "61",
     FROM_TO "Flags [.W], seq 1000:1001, ack 2000, win 502, length 1"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "5000 " TAIL, FROM_TO "Flags [none], win 502, length 0"},
    {IP_TCP, 0, 0, PORTS "ffffffff 00000000 5008 " TAIL "6162",
     FROM_TO "Flags [P], seq 4294967295:1, win 502, length 2"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "6002 " TAIL "22020101",
     FROM_TO "Flags [S], seq 1000, win 502, options [tfo  cookiereq,nop,nop], length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "8002 " TAIL "220a 0102030405060708 0101",
     FROM_TO "Flags [S], seq 1000, win 502, options [tfo  cookie 0102030405060708,nop,nop], length "
             "0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "7010 " TAIL "1c048003 63040506",
     FROM_TO "Flags [.], ack 2000, win 502, options [uto 0x8003 983100,unknown-99 0x0506], length "
             "0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "6010 " TAIL "01000000",
     FROM_TO "Flags [.], ack 2000, win 502, options [nop,eol], length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "6010 " TAIL "01020000",
     FROM_TO "Flags [.], ack 2000, win 502, options [nop,[bad opt]]"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "6010 " TAIL "02000000",
     FROM_TO "Flags [.], ack 2000, win 502, options [[bad opt]"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "7010 " TAIL "05060102 01010101",
     FROM_TO "Flags [.], ack 2000, win 502, options [sack invalid sack,nop,nop], length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "7010 " TAIL "020605b4 01010101",
     FROM_TO "Flags [.], ack 2000, win 502, options [mss 1460[len 6],nop,nop,nop,nop], length 0"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "6010 " TAIL "01010102 61",
     FROM_TO "Flags [.], seq 1000:1001, ack 2000, win 502, options [nop,nop,nop,[bad opt]]"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "3010 " TAIL,
     FROM_TO " tcp 8 [bad hdr length 12 - too short, < 20]"},
    {IP_TCP, 0, 0, PORTS SEQ_ACK "8010 " TAIL,
     FROM_TO "Flags [.] [bad hdr length 32 - too long, > 20]"},
    {IP_TCP, 0, 80, PORTS SEQ_ACK "5010 " TAIL,
     "truncated-ip - 80 bytes missing! " FROM_TO
     "Flags [.], seq 1000:1080, ack 2000, win 502, length 80"},
    {IP_TCP, 0x2000, 0, PORTS SEQ_ACK "5010 " TAIL "61626364",
     FROM_TO "Flags [.], seq 1000:1004, ack 2000, win 502, length 4"},
    {IP_TCP, 0x2001, 0, "6162636465666768", HOSTS "ip-proto-6"},
    {IP_UDP, 0, 0, PORTS "000a 0000 6162", FROM_TO "UDP, length 2"},
    {IP_UDP, 0, 0, PORTS "0008 0000", FROM_TO "UDP, length 0"},
    {IP_UDP, 0, 0, PORTS "0008 0000 6162", FROM_TO "UDP, length 0"},
    {IP_UDP, 0, 0, PORTS "0004 0000", FROM_TO "truncated-udplength 4"},
    {IP_UDP, 0, 0, PORTS "00", FROM_TO "truncated-udp 5"},
    {IP_UDP, 0, 0, PORTS "0190 0000", FROM_TO "UDP, bad length 392 > 0"},
    {IP_UDP, 0x2000, 0, PORTS "0190 0000", FROM_TO "UDP, length 392"},
    {IP_UDP, 0x0001, 0, "61", HOSTS "ip-proto-17"},
    {IP_ICMP, 0, 0, "0800 0000 0005 0006 616263",
     HOSTS "ICMP echo request, id 5, seq 6, length 11"},
    {IP_ICMP, 0, 0, "0000 0000 0005 0006", HOSTS "ICMP echo reply, id 5, seq 6, length 8"},
    {IP_ICMP, 0, 0, "0300 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP net 10.0.0.2 unreachable, length 36"},
    {IP_ICMP, 0, 0, "0301 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP host 10.0.0.2 unreachable, length 36"},
    {IP_ICMP, 0, 0, "0302 0000 00000000 " QUOTE_99,
     HOSTS "ICMP 10.0.0.2 protocol 99 unreachable, length 36"},
    {IP_ICMP, 0, 0, "0303 0000 00000000 " QUOTE_UDP,
     HOSTS "ICMP 10.0.0.2 udp port 5001 unreachable, length 36"},
    {IP_ICMP, 0, 0, "0303 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP 10.0.0.2 tcp port 5001 unreachable, length 36"},
    {IP_ICMP, 0, 0, "0303 0000 00000000 " QUOTE_99,
     HOSTS "ICMP 10.0.0.2 protocol 99 port 772 unreachable, length 36"},
    {IP_ICMP, 0, 0, "0304 0000 0000 0564 " QUOTE_TCP,
     HOSTS "ICMP 10.0.0.2 unreachable - need to frag (mtu 1380), length 36"},
    {IP_ICMP, 0, 0, "0304 0000 0000 0000 " QUOTE_TCP,
     HOSTS "ICMP 10.0.0.2 unreachable - need to frag, length 36"},
    {IP_ICMP, 0, 0, "0305 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP 10.0.0.2 unreachable - source route failed, length 36"},
    {IP_ICMP, 0, 0, "030d 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP host 10.0.0.2 unreachable - admin prohibited filter, length 36"},
    {IP_ICMP, 0, 0, "0310 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP 10.0.0.2 unreachable - #16, length 36"},
    {IP_ICMP, 0, 0, "0400 0000 00000000 " QUOTE_TCP, HOSTS "ICMP source quench, length 36"},
    {IP_ICMP, 0, 0, "0500 0000 0a000009 " QUOTE_TCP,
     HOSTS "ICMP redirect 10.0.0.2 to net 10.0.0.9, length 36"},
    {IP_ICMP, 0, 0, "0501 0000 0a000009 " QUOTE_TCP,
     HOSTS "ICMP redirect 10.0.0.2 to host 10.0.0.9, length 36"},
    {IP_ICMP, 0, 0, "0503 0000 0a000009 " QUOTE_TCP,
     HOSTS "ICMP redirect-tos 10.0.0.2 to host 10.0.0.9, length 36"},
    {IP_ICMP, 0, 0, "0509 0000 0a000009 " QUOTE_TCP,
     HOSTS "ICMP redirect-#9 10.0.0.2 to 10.0.0.9, length 36"},
    {IP_ICMP, 0, 0, "0b00 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP time exceeded in-transit, length 36"},
    {IP_ICMP, 0, 0, "0b01 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP ip reassembly time exceeded, length 36"},
    {IP_ICMP, 0, 0, "0b02 0000 00000000 " QUOTE_TCP, HOSTS "ICMP time exceeded-#2, length 36"},
    {IP_ICMP, 0, 0, "0c00 0000 0a000000 " QUOTE_TCP,
     HOSTS "ICMP parameter problem - octet 10, length 36"},
    {IP_ICMP, 0, 0, "0c01 0000 00000000 " QUOTE_TCP,
     HOSTS "ICMP parameter problem - code 1, length 36"},
    {99, 0, 0, "616263", HOSTS " ip-proto-99 3"},
};

/* Ethernet frames as they are. */
static const struct {
    const char *hex, *expect;
} ethernet[] = {
    {"ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 "
     "0a000002",
     "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"},
    {"ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 020000000002 "
     "0a000002 0000",
     "ARP, Request who-has 10.0.0.2 (02:00:00:00:00:02) tell 10.0.0.1, length 30"},
    {"020000000001 0200000000ab 0806 0001 0800 06 04 0002 0200000000ab 0a000002 020000000001 "
     "0a000001",
     "ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:ab, length 28"},
    {"020000000001 020000000002 0800 45000014 00000000 4063 0000 0a000001 0a000002 00000000",
     "IP " HOSTS " ip-proto-99 0"},
    {"020000000001 020000000002 0800 44000014 00000000 4063 0000 0a000001 0a000002",
     "IP bad-hlen 16"},
    {"020000000001 020000000002 0800 45000010 00000000 4063 0000 0a000001 0a000002",
     "IP bad-len 16"},
    {"020000000001 020000000002 0800 55000010", "IP5 (invalid)"},
    {"020000000001 020000000002 86dd 60000000 0004fd40 fe800000000000000000000000000001 "
     "ff020000000000000000000000000016 01020304",
     "IP6 fe80::1 > ff02::16:  ip-proto-253 4"},
    {"020000000001 020000000002 0800 65000010", "IP6, wrong link-layer encapsulation (invalid)"},
};

static uint32_t unhex(const char *hex, uint8_t *p)
{
    uint32_t n = 0;
    for (; *hex; hex++) {
        if (*hex == ' ') continue;
        char two[3] = {hex[0], hex[1], '\0'};
        p[n++] = (uint8_t)strtoul(two, NULL, 16);
        hex++;
    }
    return n;
}

static uint32_t packet_of(const struct row *row, uint8_t *p)
{
    uint32_t n = IP4_HEADER + unhex(row->hex, p + IP4_HEADER);
    struct ip4_header h = {
        .src = bonnet_ip4(10, 0, 0, 1),
        .dst = bonnet_ip4(10, 0, 0, 2),
        .total_len = (uint16_t)((int)n + row->longer),
        .ttl = 64,
        .protocol = row->protocol,
    };
    ip4_emit(&h, p);
    put_u16(p + 6, row->fragment);
    return n;
}

static void line_of(enum bonnet_if_kind kind, const uint8_t *p, uint32_t len, char line[LINE_MAX])
{
    struct bonnet_packet k;
    uint8_t *copy = exactly(p, len);
    bonnet_packet_parse(kind, copy, len, &k);
    size_t n = bonnet_packet_print(&k, NULL, line, LINE_MAX);
    assert_int_equal(n, strlen(line));
    give_back(copy, len);
}

static void rows_are_printed(void **state)
{
    (void)state;
    uint8_t p[FRAME_MAX];
    char line[LINE_MAX];
    for (size_t i = 0; i < LENGTH(rows); i++) {
        line_of(BONNET_IF_IP, p, packet_of(&rows[i], p), line);
        assert_memory_equal(line, "IP ", 3);
        assert_string_equal(line + 3, rows[i].expect);
    }
    for (size_t i = 0; i < LENGTH(ethernet); i++) {
        line_of(BONNET_IF_ETHERNET, p, unhex(ethernet[i].hex, p), line);
        assert_string_equal(line, ethernet[i].expect);
    }
}

/* ---- what tcpdump says ---- */

/* A capture of frames, and the line that belongs to each. */
struct book {
    char path[32];
    FILE *file;
    char **lines;
    size_t lines_n, lines_max;
};

static void book_open(struct book *b, uint32_t link_type)
{
    *b = (struct book){.path = "/tmp/bonnet-packet-XXXXXX"};
    int fd = mkstemp(b->path);
    assert_true(fd >= 0);
    b->file = fdopen(fd, "wb");
    assert_non_null(b->file);
    const uint32_t head[] = {0xa1b2c3d4, 4u << 16 | 2, 0, 0, 65535, link_type};
    assert_int_equal(fwrite(head, sizeof head, 1, b->file), 1);
}

static void book_add(struct book *b, enum bonnet_if_kind kind, const uint8_t *p, uint32_t len)
{
    const uint32_t head[] = {0, 0, len, len};
    char line[LINE_MAX];
    line_of(kind, p, len, line);
    assert_int_equal(fwrite(head, sizeof head, 1, b->file), 1);
    assert_int_equal(fwrite(p, 1, len, b->file), len);
    if (b->lines_n == b->lines_max) {
        b->lines_max = b->lines_max * 2 + 64;
        b->lines = realloc(b->lines, b->lines_max * sizeof *b->lines);
        assert_non_null(b->lines);
    }
    b->lines[b->lines_n] = strdup(line);
    assert_non_null(b->lines[b->lines_n++]);
}

/* A cut at every length from first on. */
static void book_add_cut(struct book *b, enum bonnet_if_kind kind, const uint8_t *p, uint32_t len)
{
    for (uint32_t n = 1; n <= len; n++)
        book_add(b, kind, p, n);
}

/* tcpdump shows what it can of an ICMP header that is cut: known, and not worth a copy. */
static bool is_known_to_differ(const char *ours, const char *theirs)
{
    return strstr(ours, " [|icmp]") && strstr(theirs, "ICMP ");
}

static void book_compare(struct book *b)
{
    char command[128], theirs[4096];
    assert_int_equal(fclose(b->file), 0);
    snprintf(command, sizeof command, "tcpdump -n -t -S -r %s 2>/dev/null", b->path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (size_t i = 0; i < b->lines_n; i++) {
        assert_non_null(fgets(theirs, sizeof theirs, pipe));
        theirs[strcspn(theirs, "\n")] = '\0';
        if (!is_known_to_differ(b->lines[i], theirs)) assert_string_equal(b->lines[i], theirs);
        free(b->lines[i]);
    }
    assert_null(fgets(theirs, sizeof theirs, pipe));
    assert_int_equal(pclose(pipe), 0);
    free(b->lines);
    unlink(b->path);
}

static void need_tcpdump(void)
{
    if (system("tcpdump --version >/dev/null 2>&1") == 0) return;
    print_message("no tcpdump here: apt-get install tcpdump\n");
    skip();
}

static void tcpdump_says_the_same_of_packets(void **state)
{
    (void)state;
    struct book b;
    uint8_t p[FRAME_MAX];
    need_tcpdump();
    book_open(&b, DLT_RAW_IP);
    for (size_t i = 0; i < LENGTH(rows); i++)
        book_add_cut(&b, BONNET_IF_IP, p, packet_of(&rows[i], p));
    book_compare(&b);
}

static void tcpdump_says_the_same_of_frames(void **state)
{
    (void)state;
    struct book b;
    uint8_t p[FRAME_MAX] = {[12] = ETH_TYPE_IP4 >> 8, [13] = ETH_TYPE_IP4 & 0xff};
    need_tcpdump();
    book_open(&b, DLT_ETHERNET);
    for (size_t i = 0; i < LENGTH(rows); i++)
        book_add_cut(&b, BONNET_IF_ETHERNET, p, ETH_HEADER + packet_of(&rows[i], p + ETH_HEADER));
    for (size_t i = 0; i < LENGTH(ethernet); i++)
        book_add_cut(&b, BONNET_IF_ETHERNET, p, unhex(ethernet[i].hex, p));
    book_compare(&b);
}

/* ---- what only the value and the style show ---- */

static void values_are_read(void **state)
{
    (void)state;
    uint8_t p[FRAME_MAX];
    struct bonnet_packet k;
    bonnet_packet_parse(BONNET_IF_IP, p, packet_of(&rows[0], p), &k);
    assert_int_equal(k.kind, BONNET_PACKET_TCP);
    assert_int_equal(k.flaw, BONNET_FLAW_NONE);
    assert_true(k.mss == 1460 && k.wscale == 7 && k.sack_ok && k.has_ts && k.ts_val == 77);
    assert_true(k.seq == 1000 && k.window == 502 && k.flags == BONNET_SYN && k.text_len == 0);
    assert_true(k.from.port == 40000 && k.to.port == 5001 && k.ttl == 64);
    bonnet_packet_parse(BONNET_IF_IP, p, packet_of(&rows[3], p), &k);
    assert_true(k.sacks_n == 2 && k.sacks[1].from == 5000 && k.sacks[1].to == 6000);
    assert_true(k.wscale == -1 && k.mss == 0);
    bonnet_packet_parse(BONNET_IF_IP, p, packet_of(&rows[2], p), &k);
    assert_int_equal(k.text_len, 4);
    assert_memory_equal(k.text, "abcd", 4);
    assert_false(k.is_cut);
}

/* What was not captured is not missing in the packet. */
static void a_front_knows_of_the_rest(void **state)
{
    (void)state;
    uint8_t p[FRAME_MAX];
    char line[LINE_MAX];
    struct bonnet_packet k;
    uint32_t len = packet_of(&rows[2], p);
    bonnet_packet_parse_front(BONNET_IF_IP, p, len - 3, len, &k);
    assert_true(k.is_cut && k.missing == 0 && k.flaw == BONNET_FLAW_NONE);
    assert_true(k.text_len == 4 && k.text_there == 1);
    bonnet_packet_print(&k, NULL, line, sizeof line);
    assert_string_equal(line + 3, rows[2].expect);
    bonnet_packet_parse_front(BONNET_IF_IP, p, len - 3, len - 1, &k);
    assert_true(k.missing == 1 && k.text_there == 1);
}

static void the_style_is_followed(void **state)
{
    (void)state;
    uint8_t p[FRAME_MAX];
    char line[LINE_MAX];
    struct bonnet_packet k;
    bonnet_packet_parse(BONNET_IF_IP, p, packet_of(&rows[3], p), &k);
    const struct bonnet_packet_style relative = {
        .relative = true, .seq_base = 999, .ack_base = 1999, .from = "client", .to = "server"};
    bonnet_packet_print(&k, &relative, line, sizeof line);
    assert_string_equal(line, "IP client.40000 > server.5001: Flags [.], ack 1, win 502, options "
                              "[nop,nop,TS val 77 ecr 88,nop,nop,sack 2 {1001:2001}{3001:4001}], "
                              "length 0");
    const struct bonnet_packet_style bare = {.no_options = true, .no_addresses = true};
    bonnet_packet_print(&k, &bare, line, sizeof line);
    assert_string_equal(line, "Flags [.], ack 2000, win 502, length 0");
}

static void a_short_buffer_is_kept_to(void **state)
{
    (void)state;
    uint8_t p[FRAME_MAX];
    char whole[LINE_MAX];
    struct bonnet_packet k;
    bonnet_packet_parse(BONNET_IF_IP, p, packet_of(&rows[0], p), &k);
    size_t n = bonnet_packet_print(&k, NULL, whole, sizeof whole);
    assert_int_equal(bonnet_packet_print(&k, NULL, NULL, 0), n);
    for (size_t max = 1; max <= n + 1; max++) {
        char *part = malloc(max);
        assert_non_null(part);
        assert_int_equal(bonnet_packet_print(&k, NULL, part, max), n);
        assert_int_equal(strlen(part), max - 1);
        assert_memory_equal(part, whole, max - 1);
        free(part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_printed),
        cmocka_unit_test(tcpdump_says_the_same_of_packets),
        cmocka_unit_test(tcpdump_says_the_same_of_frames),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(a_front_knows_of_the_rest),
        cmocka_unit_test(the_style_is_followed),
        cmocka_unit_test(a_short_buffer_is_kept_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
