/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of the stream `packets`, taken apart. The contract is in dump.h; the members are
 * described in host/door.c. What a line lacks is empty or zero: the program behind the door may be
 * of another version.
 */
#include "dump.h"

#include <json-c/json.h>
#include <string.h>

/* 0 to 63, or -1. */
static int letter(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

/* Base64 of RFC 4648. Returns the number of bytes; what does not fit, or is none, ends it. */
static uint32_t decode(const char *text, uint8_t *out, uint32_t max)
{
    uint32_t bits = 0, bits_n = 0, n = 0;
    for (; letter(*text) >= 0 && n < max; text++) {
        bits = bits << 6 | (uint32_t)letter(*text);
        bits_n += 6;
        if (bits_n < 8) continue;
        bits_n -= 8;
        out[n++] = (uint8_t)(bits >> bits_n);
    }
    return n;
}

static bool is_true(struct json_object *object, const char *key)
{
    json_object *value;
    return json_object_object_get_ex(object, key, &value) && json_object_get_boolean(value);
}

bool dump_read(struct json_object *object, struct dump_packet *out)
{
    json_object *data;
    if (!json_object_object_get_ex(object, "data", &data)) return false;
    bool ethernet = strcmp(glass_text(object, "link"), "ethernet") == 0;
    out->object = object;
    out->at = glass_number(object, "at");
    out->interface = glass_text(object, "interface");
    out->link = ethernet ? BONNET_IF_ETHERNET : BONNET_IF_IP;
    out->is_out = is_true(object, "out");
    out->reason = glass_text(object, "reason");
    out->kind = glass_text(object, "kind");
    out->text = glass_text(object, "text");
    out->cause = glass_text(object, "cause");
    out->cause_text = glass_text(object, "cause_text");
    out->len = decode(json_object_get_string(data), out->frame, sizeof(out->frame));
    out->whole_len = (uint32_t)glass_number(object, "len");
    if (out->whole_len < out->len) out->whole_len = out->len;
    bonnet_packet_parse_front(out->link, out->frame, out->len, out->whole_len, &out->packet);
    return true;
}

bool dump_is_retransmission(const struct dump_packet *p)
{
    static const char *const reasons[] = {"send_tail_probe", "syn_duplicate", "seq_old"};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(p->reason, reasons[i]) == 0) return true;
    return strncmp(p->text, "retransmission", 14) == 0;
}

bool dump_is_reset(const struct dump_packet *p)
{
    bool has_flag = p->packet.kind == BONNET_PACKET_TCP && (p->packet.flags & BONNET_RST);
    return has_flag || strcmp(p->kind, "reset") == 0;
}

bool dump_is_dropped(const struct dump_packet *p)
{
    return strcmp(p->kind, "drop") == 0;
}
