/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two TCP/IP stacks in one program, a bad wire between them, and a transfer in virtual time.
 *
 *     cc two_stacks.c -o two_stacks $(pkg-config --cflags --libs bonnet-host)
 */
#include <bonnet/host.h>
#include <stdio.h>

#define TOTAL        8000000u
#define BYTE_AT(pos) ((unsigned char)((pos)*2654435761u >> 16))

static struct bonnet *new_stack(struct bonnet_loop *loop, struct bonnet_driver *end, uint8_t host)
{
    struct bonnet_config config;
    struct bonnet *bn = NULL;
    if (bonnet_host_config(&config) == 0 && bonnet_new(&config, &bn) == 0)
        bonnet_loop_attach(loop, bn, end, bonnet_ip4(10, 0, 0, host), 24);
    return bn;
}

int main(void)
{
    struct bonnet_wire_config wire = {.size = sizeof wire, .kind = BONNET_IF_ETHERNET};
    struct bonnet_endpoint server = {.addr = bonnet_ip4(10, 0, 0, 2), .port = 80};
    struct bonnet_driver *end[2];
    struct bonnet_loop *loop;
    bonnet_link_parse("delay 10ms rate 100mbit loss 0.1%", &wire.link, NULL);
    if (bonnet_wire_pair(&wire, end) < 0 || bonnet_loop_new(BONNET_CLOCK_VIRTUAL, &loop) < 0)
        return 1;

    struct bonnet *a = new_stack(loop, end[0], 1), *b = new_stack(loop, end[1], 2);
    int from = bonnet_socket(a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    int listener = bonnet_socket(b, BONNET_AF_INET, BONNET_SOCK_STREAM, 0), to = -1;
    bonnet_bind(b, listener, &server);
    bonnet_listen(b, listener, 1);
    bonnet_connect(a, from, &server);

    static unsigned char text[TOTAL], buf[65536];
    for (uint32_t i = 0; i < TOTAL; i++)
        text[i] = BYTE_AT(i);
    uint32_t sent = 0, got = 0, wrong = 0;
    while (got < TOTAL && bonnet_loop_step(loop, BONNET_NEVER) > 0) {
        int64_t n = bonnet_send(a, from, text + sent, TOTAL - sent, 0);
        if (n > 0) sent += (uint32_t)n;
        if (to < 0) to = bonnet_accept(b, listener, NULL);
        while (to >= 0 && (n = bonnet_recv(b, to, buf, sizeof buf, 0)) > 0)
            for (int64_t i = 0; i < n; i++, got++)
                wrong += buf[i] != BYTE_AT(got);
    }
    printf("%u of %u bytes, %u wrong, in %.2f s of virtual time\n", got, TOTAL, wrong,
           (double)bonnet_loop_now(loop) / 1e9);
    bonnet_loop_free(loop);
    bonnet_free(a);
    bonnet_free(b);
    return got == TOTAL && wrong == 0 ? 0 : 1;
}
