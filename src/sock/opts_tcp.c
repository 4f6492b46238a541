/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of the level IPPROTO_TCP (tcp(7)), and the settings a stream begins with. A listener's
 * settings are those of its connections.
 */
#include "sock/opts.h"

#define KEEP_IDLE_S     7200 /* RFC 9293 MUST-28 */
#define KEEP_INTERVAL_S 75
#define KEEP_COUNT      9
#define SYN_RETRIES     6 /* 127 s in all; RFC 9293 MUST-23 asks for 180: 7 would take 255 */
#define LINGER2_S       60
#define LINGER2_MAX_S   120

#define SECONDS_MAX 32767
#define COUNT_MAX   127
#define MAXSEG_MIN  88
#define MAXSEG_MAX  32767
#define MSS_DEFAULT 536

void settings_default(struct tcp_settings *set, const struct env *e)
{
    *set = (struct tcp_settings){
        .rcvbuf = e->limits.rcvbuf_default,
        .sndbuf = e->limits.sndbuf_default,
        .notsent_lowat = UINT32_MAX,
        .keep_idle_s = KEEP_IDLE_S,
        .keep_interval_s = KEEP_INTERVAL_S,
        .keep_count = KEEP_COUNT,
        .syn_retries = SYN_RETRIES,
        .linger2_s = LINGER2_S,
    };
}

/* ---- when to send ---- */

static int get_nodelay(const struct target *t, union value *v)
{
    v->number = t->set->nodelay;
    return 0;
}

static int set_nodelay(const struct target *t, const union value *v)
{
    t->set->nodelay = v->number;
    option_apply(t);
    return 0;
}

static int get_cork(const struct target *t, union value *v)
{
    v->number = t->set->cork;
    return 0;
}

static int set_cork(const struct target *t, const union value *v)
{
    t->set->cork = v->number;
    option_apply(t);
    return 0;
}

static int get_notsent_lowat(const struct target *t, union value *v)
{
    bool none = t->set->notsent_lowat == UINT32_MAX;
    v->number = none ? 0 : (int32_t)t->set->notsent_lowat;
    return 0;
}

static int set_notsent_lowat(const struct target *t, const union value *v)
{
    t->set->notsent_lowat = v->number ? (uint32_t)v->number : UINT32_MAX;
    option_wake(t);
    return 0;
}

static int get_quickack(const struct target *t, union value *v)
{
    v->number = sock_stream(t->sock)->tcp.quickack;
    return 0;
}

/* Off is off, the quick ones of a beginning included; on, and an acknowledgment that is waiting for
 * company waits no longer. */
static int set_quickack(const struct target *t, const union value *v)
{
    struct stream *s = sock_stream(t->sock);
    s->tcp.quickack = v->number;
    s->tcp.interactive = !v->number;
    if (!v->number || s->tcp.ack_at == BONNET_NEVER) return 0;
    s->tcp.ack_at = t->bn->env.now;
    stream_arm(t->bn, s);
    return 0;
}

/* ---- how much ---- */

static bool is_open(const struct target *t)
{
    const struct stream *s = sock_stream(t->sock);
    return s && s->tcp.state != BONNET_CLOSED && s->tcp.state != BONNET_TIME_WAIT;
}

static int get_maxseg(const struct target *t, union value *v)
{
    v->number = t->set->maxseg ? t->set->maxseg : MSS_DEFAULT;
    if (is_open(t)) v->number = sock_stream(t->sock)->tcp.snd.mss;
    return 0;
}

static int set_maxseg(const struct target *t, const union value *v)
{
    t->set->maxseg = (uint16_t)v->number;
    option_apply(t);
    return 0;
}

static int get_window_clamp(const struct target *t, union value *v)
{
    v->number = (int32_t)t->set->window_clamp;
    return 0;
}

static int set_window_clamp(const struct target *t, const union value *v)
{
    t->set->window_clamp = (uint32_t)v->number;
    return 0;
}

/* ---- how long ---- */

static int get_keepidle(const struct target *t, union value *v)
{
    v->number = t->set->keep_idle_s;
    return 0;
}

static int set_keepidle(const struct target *t, const union value *v)
{
    t->set->keep_idle_s = (uint16_t)v->number;
    option_apply(t);
    return 0;
}

static int get_keepintvl(const struct target *t, union value *v)
{
    v->number = t->set->keep_interval_s;
    return 0;
}

static int set_keepintvl(const struct target *t, const union value *v)
{
    t->set->keep_interval_s = (uint16_t)v->number;
    return 0;
}

static int get_keepcnt(const struct target *t, union value *v)
{
    v->number = t->set->keep_count;
    return 0;
}

static int set_keepcnt(const struct target *t, const union value *v)
{
    t->set->keep_count = (uint8_t)v->number;
    return 0;
}

static int get_syncnt(const struct target *t, union value *v)
{
    v->number = t->set->syn_retries;
    return 0;
}

static int set_syncnt(const struct target *t, const union value *v)
{
    t->set->syn_retries = (uint8_t)v->number;
    return 0;
}

static int get_linger2(const struct target *t, union value *v)
{
    v->number = t->set->linger2_s;
    return 0;
}

/* Linux: 0 is the default, below it not at all. */
static int set_linger2(const struct target *t, const union value *v)
{
    int32_t s = v->number ? v->number : LINGER2_S;
    if (s > LINGER2_MAX_S) s = LINGER2_MAX_S;
    t->set->linger2_s = s < 0 ? -1 : (int16_t)s;
    return 0;
}

static int get_user_timeout(const struct target *t, union value *v)
{
    v->number = (int32_t)t->set->user_timeout_ms;
    return 0;
}

static int set_user_timeout(const struct target *t, const union value *v)
{
    t->set->user_timeout_ms = (uint32_t)v->number;
    return 0;
}

/* ---- the rest ---- */

static int get_info(const struct target *t, union value *v)
{
    const struct listener *l = sock_listener(t->sock);
    if (!l) {
        tcp_info(&sock_stream(t->sock)->tcp, &t->bn->env, &v->info);
        return 0;
    }
    v->info = (struct bonnet_tcp_info){.tcpi_state = BONNET_LISTEN};
    v->info.tcpi_unacked = l->accept_n; /* as Linux shows the accept queue */
    v->info.tcpi_sacked = l->backlog;
    return 0;
}

static int get_congestion(const struct target *t, union value *v)
{
    const char *name = cc_ops(t->set->cc)->name;
    memset(v->text, 0, sizeof(v->text));
    for (size_t i = 0; i < sizeof(v->text) - 1 && name[i]; i++)
        v->text[i] = name[i];
    return 0;
}

/* A connection that is open keeps what it has learned, and its algorithm. */
static int set_congestion(const struct target *t, const union value *v)
{
    size_t len = 0;
    while (len < sizeof(v->text) && v->text[len])
        len++;
    int i = cc_find(v->text, len);
    if (i < 0) return -ENOENT;
    if (is_open(t) && i != t->set->cc) return -EISCONN;
    t->set->cc = (uint8_t)i;
    return 0;
}

const struct option opts_tcp[] = {
    {BONNET_TCP_NODELAY, FOR_TCP, SHAPE_BOOL, get_nodelay, set_nodelay, 0, 0},
    {BONNET_TCP_CORK, FOR_TCP, SHAPE_BOOL, get_cork, set_cork, 0, 0},
    {BONNET_TCP_MAXSEG, FOR_TCP, SHAPE_INT, get_maxseg, set_maxseg, MAXSEG_MIN, MAXSEG_MAX},
    {BONNET_TCP_KEEPIDLE, FOR_TCP, SHAPE_INT, get_keepidle, set_keepidle, 1, SECONDS_MAX},
    {BONNET_TCP_KEEPINTVL, FOR_TCP, SHAPE_INT, get_keepintvl, set_keepintvl, 1, SECONDS_MAX},
    {BONNET_TCP_KEEPCNT, FOR_TCP, SHAPE_INT, get_keepcnt, set_keepcnt, 1, COUNT_MAX},
    {BONNET_TCP_SYNCNT, FOR_TCP, SHAPE_INT, get_syncnt, set_syncnt, 1, COUNT_MAX},
    {BONNET_TCP_LINGER2, FOR_TCP, SHAPE_INT, get_linger2, set_linger2, INT32_MIN, INT32_MAX},
    {BONNET_TCP_WINDOW_CLAMP, FOR_TCP, SHAPE_INT, get_window_clamp, set_window_clamp, 0, INT32_MAX},
    {BONNET_TCP_INFO, FOR_TCP, SHAPE_INFO, get_info, NULL, 0, 0},
    {BONNET_TCP_QUICKACK, FOR_STREAMS, SHAPE_BOOL, get_quickack, set_quickack, 0, 0},
    {BONNET_TCP_CONGESTION, FOR_TCP, SHAPE_TEXT, get_congestion, set_congestion, 0, 0},
    {BONNET_TCP_USER_TIMEOUT, FOR_TCP, SHAPE_INT, get_user_timeout, set_user_timeout, 0, INT32_MAX},
    {BONNET_TCP_NOTSENT_LOWAT, FOR_TCP, SHAPE_INT, get_notsent_lowat, set_notsent_lowat, 0,
     INT32_MAX},
    {0, 0, 0, NULL, NULL, 0, 0},
};
