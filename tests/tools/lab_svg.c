/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of pictures: time with breaks, stairs, broken lines, arrivals, and what stands where. */
#include "liblab.h"

#include "lab_svg.h"

#include <string.h>

static const char story[] = "question Who?\nhost client 10.0.0.1\nhost server 10.0.0.2\n"
                            "link client -- server delay 10ms\nclient: s = socket()\n"
                            "client: connect(s, server:80)\nclient: close(s)\n";

struct drawn {
    struct told *told; /* for its scenario */
    struct svg_story story;
};

static void tell_story(struct drawn *d, struct lab_event e)
{
    e.scenario = d->told->scenario;
    svg_story_sink(&d->story, &e);
}
#define happens(d, ...) tell_story(d, (struct lab_event){__VA_ARGS__})

static void begin(struct drawn *d)
{
    d->told = told_new(story);
    svg_story_init(&d->story);
    happens(d, .kind = LAB_EVENT_BEGIN, .begin = {"bonnet", 1});
}

static void end(struct drawn *d)
{
    svg_story_fini(&d->story);
    told_free(d->told);
}

static void sent(struct drawn *d, bonnet_time at, unsigned host, struct bonnet_packet *p)
{
    happens(d, .kind = LAB_EVENT_PACKET, .at = at, .host = host,
            .wire = {.packet = p, .to = !host});
}

static void arrives(struct drawn *d, bonnet_time at, unsigned host, struct bonnet_packet *p)
{
    happens(d, .kind = LAB_EVENT_ARRIVAL, .at = at, .host = host,
            .wire = {.packet = p, .to = host});
}

static void an_arrival_belongs_to_the_first_packet_with_its_numbers(void **state)
{
    struct drawn d;
    (void)state;
    begin(&d);
    sent(&d, 0, 0, segment(.flags = BONNET_ACK, .seq = 1, .text_len = 10));
    sent(&d, 0, 0, segment(.flags = BONNET_ACK, .seq = 11, .text_len = 10));
    sent(&d, 5 * BONNET_MS, 0, segment(.flags = BONNET_ACK, .seq = 1, .text_len = 10));
    arrives(&d, 10 * BONNET_MS, 1, segment(.flags = BONNET_ACK, .seq = 11, .text_len = 10));
    arrives(&d, 12 * BONNET_MS, 1, segment(.flags = BONNET_ACK, .seq = 1, .text_len = 10));
    const struct svg_packet *p = d.story.packets;
    assert_int_equal(d.story.packets_n, 3);
    assert_int_equal(p[0].arrived_at, 12 * BONNET_MS);
    assert_int_equal(p[1].arrived_at, 10 * BONNET_MS);
    assert_true(p[2].arrived_at == BONNET_NEVER);
    assert_false(p[0].again || p[1].again);
    assert_true(p[2].again);
    assert_int_equal(d.story.flows[0].sent, 20);
    end(&d);
}

static void a_window_is_scaled_if_both_agreed(void **state)
{
    static const struct {
        int8_t ours, theirs;
        uint32_t window;
    } rows[] = {{3, 7, 800}, {3, -1, 100}, {-1, 7, 100}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct drawn d;
        begin(&d);
        struct bonnet_packet ours = *segment(.flags = BONNET_SYN);
        struct bonnet_packet theirs = *answer(.flags = BONNET_SYN | BONNET_ACK);
        struct bonnet_packet text = *segment(.flags = BONNET_ACK, .seq = 1, .text_len = 1);
        ours.wscale = rows[i].ours;
        theirs.wscale = rows[i].theirs;
        ours.window = text.window = 100;
        sent(&d, 0, 0, &ours);
        sent(&d, 0, 1, &theirs);
        sent(&d, 0, 0, &text);
        assert_int_equal(d.story.packets[0].window, 100);
        assert_int_equal(d.story.packets[2].window, rows[i].window);
        end(&d);
    }
}

static void a_call_stands_above_what_it_did(void **state)
{
    struct drawn d;
    const struct lab_subject s = {LIBLAB_A, LIBLAB_B, "client", "s"};
    (void)state;
    begin(&d);
    happens(&d, .kind = LAB_EVENT_STATE, .subject = s,
            .state = {BONNET_ESTABLISHED, BONNET_FIN_WAIT_1, LAB_BY_CALL, "close()"});
    sent(&d, 0, 0, segment(.flags = BONNET_FIN | BONNET_ACK, .seq = 1));
    happens(&d, .kind = LAB_EVENT_CALL, .subject = s, .line = 7,
            .call = {.step = told_step(d.told, 7, 0), .program = "client"});
    assert_int_equal(d.story.items_n, 3);
    assert_int_equal(d.story.items[0].kind, SVG_CALL);
    assert_int_equal(d.story.items[1].kind, SVG_STATE);
    assert_int_equal(d.story.items[2].kind, SVG_SENT);
    end(&d);
}

static void a_long_silence_is_cut_out(void **state)
{
    struct drawn d;
    struct svg_clock c;
    (void)state;
    begin(&d);
    sent(&d, 0, 0, segment(.flags = BONNET_ACK, .seq = 1, .text_len = 10));
    sent(&d, 100 * BONNET_MS, 0, segment(.flags = BONNET_ACK, .seq = 11, .text_len = 10));
    sent(&d, 60 * BONNET_S, 0, segment(.flags = BONNET_ACK, .seq = 21, .text_len = 10));
    sent(&d, 60100 * BONNET_MS, 0, segment(.flags = BONNET_ACK, .seq = 31, .text_len = 10));
    assert_true(svg_clock_of(&c, &d.story, 0));
    svg_clock_place(&c, 100, 424);
    assert_int_equal(c.spans_n, 2);
    assert_float_equal(svg_clock_x(&c, 0), 100, 0.01);
    assert_float_equal(svg_clock_x(&c, 50 * BONNET_MS), 200, 0.01);
    assert_float_equal(svg_clock_x(&c, 100 * BONNET_MS), 300, 0.01);
    assert_float_equal(svg_clock_x(&c, 30 * BONNET_S), 300, 0.01);
    assert_float_equal(svg_clock_x(&c, 60 * BONNET_S), 324, 0.01);
    assert_float_equal(svg_clock_x(&c, 60100 * BONNET_MS), 524, 0.01);
    end(&d);
}

static void packets_go_down_and_never_up(void **state)
{
    struct drawn d;
    struct svg_layout l;
    (void)state;
    begin(&d);
    for (uint32_t i = 0; i < 3; i++)
        sent(&d, 0, 0, segment(.flags = BONNET_ACK, .seq = 1 + 10 * i, .text_len = 10));
    for (uint32_t i = 0; i < 3; i++)
        arrives(&d, 10 * BONNET_MS, 1,
                segment(.flags = BONNET_ACK, .seq = 1 + 10 * i, .text_len = 10));
    happens(&d, .kind = LAB_EVENT_SAY, .at = 60 * BONNET_S, .host = LAB_HOSTS_MAX, .text = "Late.");
    assert_int_equal(svg_layout_init(&l, &d.story, 100), 0);
    assert_int_equal(l.breaks_n, 1);
    assert_int_equal(l.breaks[0].left_out, 60 * BONNET_S - 10 * BONNET_MS);
    assert_float_equal(l.places[0].y, 100, 0.01);
    for (int i = 0; i < 3; i++)
        assert_true(l.places[3 + i].y > l.places[i].y + 20);
    for (int i = 0; i < 2; i++)
        assert_true(l.places[i + 1].y > l.places[i].y && l.places[i + 4].y > l.places[i + 3].y);
    assert_true(l.places[6].y > l.places[5].y + 40 && l.bottom > l.places[6].y);
    svg_layout_fini(&l);
    end(&d);
}

static void lines_are_broken_at_blanks(void **state)
{
    struct text t;
    (void)state;
    assert_int_equal(svg_count_lines("one two three", 8), 2);
    assert_int_equal(svg_count_lines("one two three", 13), 1);
    assert_int_equal(svg_count_lines("onetwothree", 4), 3);
    assert_int_equal(svg_count_lines("", 4), 0);
    text_init(&t, 1 << 16);
    assert_int_equal(svg_add_lines(&t, &(struct svg_label){1, 2, "", "one two <three"}, 8, 10), 2);
    assert_string_equal(t.p, "<text x=\"1.0\" y=\"2.0\" >one two</text>\n"
                             "<text x=\"1.0\" y=\"12.0\" >&lt;three</text>\n");
    text_fini(&t);
}

static void steps_of_less_than_a_pixel_are_left_out(void **state)
{
    struct text t;
    struct svg_stairs s = {.begun = false};
    (void)state;
    text_init(&t, 1 << 16);
    svg_stairs_add(&t, &s, 0, 50);
    for (int i = 1; i <= 5; i++)
        svg_stairs_add(&t, &s, i / 10.0, 50 - i);
    svg_stairs_add(&t, &s, 10, 40);
    svg_stairs_add(&t, &s, 20, 30);
    assert_string_equal(t.p, "M0.0 50.0V45.0V50.0V45.0H10.0V40.0H20.0");
    text_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arrival_belongs_to_the_first_packet_with_its_numbers),
        cmocka_unit_test(a_window_is_scaled_if_both_agreed),
        cmocka_unit_test(a_call_stands_above_what_it_did),
        cmocka_unit_test(a_long_silence_is_cut_out),
        cmocka_unit_test(packets_go_down_and_never_up),
        cmocka_unit_test(lines_are_broken_at_blanks),
        cmocka_unit_test(steps_of_less_than_a_pixel_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
