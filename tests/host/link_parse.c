/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words for a link: what each means, and which is blamed when one is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bonnet/host.h>
#include <cmocka.h>
#include <errno.h>

#define C(...)                                                 \
    {                                                          \
        .size = sizeof(struct bonnet_link_config), __VA_ARGS__ \
    }

static const struct {
    const char *words;
    struct bonnet_link_config expected;
} good[] = {
    {"", C(.seed = 0)},
    {"  \t\n", C(.seed = 0)},
    {"delay 20ms", C(.delay = 20000000)},
    {"delay 20ms 5ms", C(.delay = 20000000, .jitter = 5000000)},
    {"delay 1.5us", C(.delay = 1500)},
    {"delay 7ns", C(.delay = 7)},
    {"delay 2s", C(.delay = 2000000000)},
    {"delay 2sec 3msecs", C(.delay = 2000000000, .jitter = 3000000)},
    {"DELAY 2S", C(.delay = 2000000000)},
    {"delay 0 4usec", C(.jitter = 4000)},
    {"delay 3600s", C(.delay = 3600000000000)},
    {"rate 100mbit", C(.rate_bps = 100000000)},
    {"rate 0", C(.rate_bps = 0)},
    {"rate 8bit", C(.rate_bps = 8)},
    {"rate 64kbit", C(.rate_bps = 64000)},
    {"rate 2.5Gbit", C(.rate_bps = 2500000000)},
    {"rate 1tbit", C(.rate_bps = 1000000000000)},
    {"rate 1mibit", C(.rate_bps = 1048576)},
    {"rate 100bps", C(.rate_bps = 800)},
    {"rate 1kbps", C(.rate_bps = 8000)},
    {"rate 10mbps", C(.rate_bps = 80000000)},
    {"rate 1gbps", C(.rate_bps = 8000000000)},
    {"rate 1kibps", C(.rate_bps = 8192)},
    {"limit 1", C(.limit = 1)},
    {"limit 65536", C(.limit = 65536)},
    {"loss 1%", C(.loss = 0.01)},
    {"loss 0.5%", C(.loss = 0.005)},
    {"loss 100%", C(.loss = 1)},
    {"loss 0", C(.loss = 0)},
    {"loss 1% burst 4", C(.loss = 0.01, .loss_burst = 4)},
    {"burst 2.5 loss 1%", C(.loss = 0.01, .loss_burst = 2.5)},
    {"loss 1% loss 2%", C(.loss = 0.02)},
    {"duplicate 25%", C(.duplicate = 0.25)},
    {"corrupt 50%", C(.corrupt = 0.5)},
    {"delay 1ms reorder 50%", C(.delay = 1000000, .reorder = 0.5)},
    {"reorder 50% delay 1ms", C(.delay = 1000000, .reorder = 0.5)},
    {"delay 9ms reorder 5% 3ms loss 1%",
     C(.delay = 9000000, .reorder = 0.05, .reorder_by = 3000000, .loss = 0.01)},
    {"delay 9ms reorder 5% 3ms reorder 6%", C(.delay = 9000000, .reorder = 0.06)},
    {"ce_threshold 5ms rate 8bit", C(.ce_threshold = 5000000, .rate_bps = 8)},
    {"seed 18446744073709551615", C(.seed = UINT64_MAX)},
    {"delay 20ms 5ms loss 25% rate 100mbit limit 1000 duplicate 25% corrupt 25% reorder 75% "
     "loss 50% burst 4 seed 7",
     C(.seed = 7, .delay = 20000000, .jitter = 5000000, .rate_bps = 100000000, .limit = 1000,
       .loss = 0.5, .loss_burst = 4, .reorder = 0.75, .duplicate = 0.25, .corrupt = 0.25)},
};

static bool is_close(double a, double b)
{
    return a - b < 1e-12 && b - a < 1e-12;
}

/* A row that does not name a burst means 1. */
static bool is_equal(const struct bonnet_link_config *a, const struct bonnet_link_config *b)
{
    return a->size == b->size && a->seed == b->seed && a->delay == b->delay &&
           a->jitter == b->jitter && a->reorder_by == b->reorder_by &&
           a->ce_threshold == b->ce_threshold && a->rate_bps == b->rate_bps &&
           a->limit == b->limit && is_close(a->loss, b->loss) &&
           is_close(a->loss_burst, b->loss_burst > 0 ? b->loss_burst : 1) &&
           is_close(a->reorder, b->reorder) && is_close(a->duplicate, b->duplicate) &&
           is_close(a->corrupt, b->corrupt);
}

static void good_words_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct bonnet_link_config got;
        memset(&got, 0xa5, sizeof got);
        if (bonnet_link_parse(good[i].words, &got, NULL) != 0) fail_msg("%s", good[i].words);
        if (!is_equal(&got, &good[i].expected)) fail_msg("%s", good[i].words);
    }
}

/* where: the rest of the text from the word that is blamed. */
static const struct {
    const char *words, *where;
} bad[] = {
    {"speed 10mbit", "speed 10mbit"},
    {"delays 10ms", "delays 10ms"},
    {"delay", ""},
    {"delay ", ""},
    {"delay ms", "ms"},
    {"delay 20", "20"},
    {"delay 20 5ms", "20 5ms"},
    {"delay 20m", "20m"},
    {"delay 20mss", "20mss"},
    {"delay -1ms", "-1ms"},
    {"delay +1ms", "+1ms"},
    {"delay 1e3ms", "1e3ms"},
    {"delay 1,5ms", "1,5ms"},
    {"delay .5ms", ".5ms"},
    {"delay nan", "nan"},
    {"delay 3601s", "3601s"},
    {"delay 99999999999999999999999999s", "99999999999999999999999999s"},
    {"delay 20ms 5", "5"},
    {"delay 20ms 5% loss 1%", "5% loss 1%"},
    {"delay 20ms 5ms 7ms", "7ms"},
    {"loss 1% rate 10", "10"},
    {"rate 100mb", "100mb"},
    {"rate 100ms", "100ms"},
    {"rate 7bit", "7bit"},
    {"rate 101tbit", "101tbit"},
    {"rate -5mbit", "-5mbit"},
    {"limit 0", "0"},
    {"limit 65537", "65537"},
    {"limit 10frames", "10frames"},
    {"limit 1.5", "1.5"},
    {"limit 18446744073709551617", "18446744073709551617"},
    {"loss 1", "1"},
    {"loss 0.01", "0.01"},
    {"loss 101%", "101%"},
    {"loss 1% %", "%"},
    {"loss -1%", "-1%"},
    {"loss loss 1%", "loss 1%"},
    {"loss 1% burst 0", "0"},
    {"loss 1% burst 0.5", "0.5"},
    {"loss 1% burst 4x", "4x"},
    {"loss 1% burst", ""},
    {"loss 1% burst 65537", "65537"},
    {"duplicate 1.1.1%", "1.1.1%"},
    {"corrupt %", "%"},
    {"seed x", "x"},
    {"seed 18446744073709551616", "18446744073709551616"},
    {"reorder 5%", "reorder 5%"},
    {"loss 1% reorder 5% seed 3", "reorder 5% seed 3"},
    {"delay 9ms reorder 5% 3", "3"},
    {"delay 9ms reorder 5% 3601s", "3601s"},
    {"delay 9ms reorder 5% 3ms 1ms", "1ms"},
};

static void bad_words_are_pointed_at(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bonnet_link_config got;
        const char *where = NULL;
        if (bonnet_link_parse(bad[i].words, &got, &where) != -EINVAL) fail_msg("%s", bad[i].words);
        assert_non_null(where);
        assert_in_range(where - bad[i].words, 0, strlen(bad[i].words));
        assert_string_equal(where, bad[i].where);
        assert_int_equal(bonnet_link_parse(bad[i].words, &got, NULL), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_words_are_understood),
        cmocka_unit_test(bad_words_are_pointed_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
