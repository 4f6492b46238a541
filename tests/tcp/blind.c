/* SPDX-License-Identifier: BSD-2-Clause */
/* What one who cannot see the wire must not achieve, though he may guess a number or two. */
#include "libtcp.h"

/* RFC 7323 4.3 with RFC 5961 5: a segment in the window whose ACK is not credible is dropped, and
 * its timestamp with it; otherwise it would let all that the peer says be taken for old (24 days
 * long). */
static void timestamp_of_a_segment_with_a_bad_ack_does_not_count(void **state)
{
    (void)state;
    static const struct {
        uint32_t ack;
        enum bonnet_reason why;
    } rows[] = {{2, BONNET_R_ACK_FUTURE}, {1u + 0x80000001u, BONNET_R_ACK_ANCIENT}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct t t;
        established(&t);
        rx(&t, ACK, .seq = 1, .ack = rows[i].ack, .ts_val = t.peer_ts + (1u << 30));
        reason_is(&t, rows[i].why);
        tx(&t, ACK, .seq = 1, .ack = 1);
        rx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
        tx(&t, ACK, .seq = 1, .ack = 11);
        user_read(&t, 10);
        quiet(&t);
        t_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timestamp_of_a_segment_with_a_bad_ack_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
