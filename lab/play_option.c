/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket options as scenarios write them. A time is told in milliseconds when it is asked for;
 * SO_LINGER is its seconds, or 0 when it is off.
 *
 * The world is told every option. The two timeouts are kept as well: waiting is done here.
 */
#include "player.h"
#include "words.h"

#include <errno.h>
#include <string.h>

static void keep_timeout(const struct player *p, struct play_socket *s, enum bonnet_option option,
                         bonnet_time duration)
{
    bonnet_time timeout = duration ? play_scaled(p, duration) : 0;
    if (option == BONNET_SO_RCVTIMEO) s->receive_timeout = timeout;
    if (option == BONNET_SO_SNDTIMEO) s->send_timeout = timeout;
}

int64_t play_setsockopt(struct player *p, struct play_program *of)
{
    const struct lab_step *step = of->call.step;
    struct play_socket *s = of->call.socket;
    struct bonnet_linger linger = step->linger;
    uint64_t duration = step->duration;
    int value = 0;
    struct world_option option = {step->option, &value, sizeof value};
    switch (word_option_kind(step->option)) {
    case WORD_OPTION_LINGER:
        option.data = &linger;
        option.len = sizeof linger;
        break;
    case WORD_OPTION_TIME:
        keep_timeout(p, s, step->option, duration);
        option.data = &duration;
        option.len = sizeof duration;
        break;
    case WORD_OPTION_NAME:
        option.data = step->pieces[0].text;
        option.len = step->pieces[0].text_len;
        break;
    case WORD_OPTION_NUMBER:
    case WORD_OPTION_SECONDS:
    case WORD_OPTION_MS: value = (int)play_amount(p, of, &step->amount); break;
    case WORD_OPTION_STRUCT: return -ENOPROTOOPT;
    }
    return p->world->ops->setsockopt(p->world, s->host, s->handle, &option);
}

/* A text goes where bytes that were read go. */
static int64_t get_name(struct player *p, struct play_program *of)
{
    enum { NAME_MAX_N = 64 };
    struct play_call *call = &of->call;
    if (play_grow(&p->buffer, NAME_MAX_N + 1, 1, &p->buffer_room) < 0) return -ENOMEM;
    struct world_option option = {call->step->option, p->buffer, NAME_MAX_N};
    int r = p->world->ops->getsockopt(p->world, call->socket->host, call->socket->handle, &option);
    if (r < 0) return r;
    p->buffer[option.len] = 0;
    call->data = (char *)p->buffer;
    call->data_len = strlen(call->data);
    call->is_text = true;
    return (int64_t)call->data_len;
}

int64_t play_getsockopt(struct player *p, struct play_program *of)
{
    union {
        int number;
        uint64_t duration;
        struct bonnet_linger linger;
    } value = {0};
    const struct lab_step *step = of->call.step;
    const struct play_socket *s = of->call.socket;
    enum word_option_kind kind = word_option_kind(step->option);
    if (kind == WORD_OPTION_NAME) return get_name(p, of);
    if (kind == WORD_OPTION_STRUCT) return -ENOPROTOOPT;
    struct world_option option = {step->option, &value, sizeof value};
    int r = p->world->ops->getsockopt(p->world, s->host, s->handle, &option);
    if (r < 0) return r;
    if (kind == WORD_OPTION_LINGER) return value.linger.onoff ? value.linger.linger : 0;
    if (kind == WORD_OPTION_TIME) return (int64_t)(value.duration / BONNET_MS);
    return value.number;
}
