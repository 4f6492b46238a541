/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `ss -i` tells of a connection: TCP_INFO in iproute2's words, order and units.
 *
 * A word is left out when its value says nothing (0, or the kernel's initial value), as ss does.
 * Times are milliseconds with their fraction, rates bits per second.
 */
#include "ss.h"

#include <bonnet/socket.h>

enum {
    OPTION_TIMESTAMPS = 1,
    OPTION_SACK = 2,
    OPTION_WSCALE = 4,
    OPTION_ECN = 8,
    OPTION_ECN_SEEN = 16,
};

static void add_count(struct text *t, const char *word, uint64_t n)
{
    if (n) text_addf(t, " %s:%llu", word, (unsigned long long)n);
}

/* us as ms */
static void add_ms(struct text *t, const char *word, uint32_t us)
{
    if (us) text_addf(t, " %s:%g", word, us / 1000.0);
}

static void add_bps(struct text *t, const char *word, double bps, bool numeric)
{
    static const struct {
        double above;
        const char *unit;
    } units[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "K"}};
    if (bps <= 0) return;
    text_addf(t, " %s ", word);
    for (size_t i = 0; !numeric && i < sizeof(units) / sizeof(units[0]); i++) {
        if (bps <= units[i].above) continue;
        text_addf(t, "%.3g%sbps", bps / units[i].above, units[i].unit);
        return;
    }
    text_addf(t, "%.0fbps", bps);
}

static void add_options(struct text *t, const struct bonnet_tcp_info *i)
{
    if (i->tcpi_options & OPTION_TIMESTAMPS) text_add(t, " ts");
    if (i->tcpi_options & OPTION_SACK) text_add(t, " sack");
    if (i->tcpi_options & OPTION_ECN) text_add(t, " ecn");
    if (i->tcpi_options & OPTION_ECN_SEEN) text_add(t, " ecnseen");
}

static void add_sizes(struct text *t, const struct bonnet_tcp_info *i)
{
    if (i->tcpi_options & OPTION_WSCALE)
        text_addf(t, " wscale:%u,%u", i->tcpi_wscale & 15u, (unsigned)i->tcpi_wscale >> 4);
    add_ms(t, "rto", i->tcpi_rto);
    add_count(t, "backoff", i->tcpi_backoff);
    if (i->tcpi_rtt) text_addf(t, " rtt:%g/%g", i->tcpi_rtt / 1000.0, i->tcpi_rttvar / 1000.0);
    add_ms(t, "ato", i->tcpi_ato);
    add_count(t, "mss", i->tcpi_snd_mss);
    add_count(t, "pmtu", i->tcpi_pmtu);
    add_count(t, "rcvmss", i->tcpi_rcv_mss);
    add_count(t, "advmss", i->tcpi_advmss);
    add_count(t, "cwnd", i->tcpi_snd_cwnd);
    if (i->tcpi_snd_ssthresh < 0xffff) add_count(t, "ssthresh", i->tcpi_snd_ssthresh);
}

static void add_traffic(struct text *t, const struct bonnet_tcp_info *i)
{
    add_count(t, "bytes_sent", i->tcpi_bytes_sent);
    add_count(t, "bytes_retrans", i->tcpi_bytes_retrans);
    add_count(t, "bytes_acked", i->tcpi_bytes_acked);
    add_count(t, "bytes_received", i->tcpi_bytes_received);
    add_count(t, "segs_out", i->tcpi_segs_out);
    add_count(t, "segs_in", i->tcpi_segs_in);
    add_count(t, "data_segs_out", i->tcpi_data_segs_out);
    add_count(t, "data_segs_in", i->tcpi_data_segs_in);
}

static void add_rates(struct text *t, const struct bonnet_tcp_info *i, bool numeric)
{
    double window = (double)i->tcpi_snd_cwnd * i->tcpi_snd_mss * 8e6;
    if (i->tcpi_rtt) add_bps(t, "send", window / i->tcpi_rtt, numeric);
    add_count(t, "lastsnd", i->tcpi_last_data_sent);
    add_count(t, "lastrcv", i->tcpi_last_data_recv);
    add_count(t, "lastack", i->tcpi_last_ack_recv);
    if (i->tcpi_pacing_rate != UINT64_MAX)
        add_bps(t, "pacing_rate", (double)i->tcpi_pacing_rate * 8, numeric);
    add_bps(t, "delivery_rate", (double)i->tcpi_delivery_rate * 8, numeric);
    add_count(t, "delivered", i->tcpi_delivered);
    add_count(t, "delivered_ce", i->tcpi_delivered_ce);
    if (i->tcpi_delivery_rate_app_limited & 1) text_add(t, " app_limited");
}

static void add_limited(struct text *t, const char *word, uint64_t us, uint64_t busy_us)
{
    if (us)
        text_addf(t, " %s:%llums(%.1f%%)", word, (unsigned long long)(us / 1000),
                  100.0 * (double)us / (double)busy_us);
}

static void add_losses(struct text *t, const struct bonnet_tcp_info *i)
{
    if (i->tcpi_busy_time) {
        text_addf(t, " busy:%llums", (unsigned long long)(i->tcpi_busy_time / 1000));
        add_limited(t, "rwnd_limited", i->tcpi_rwnd_limited, i->tcpi_busy_time);
        add_limited(t, "sndbuf_limited", i->tcpi_sndbuf_limited, i->tcpi_busy_time);
    }
    add_count(t, "unacked", i->tcpi_unacked);
    if (i->tcpi_retrans || i->tcpi_total_retrans)
        text_addf(t, " retrans:%u/%u", (unsigned)i->tcpi_retrans, (unsigned)i->tcpi_total_retrans);
    add_count(t, "lost", i->tcpi_lost);
    add_count(t, "sacked", i->tcpi_sacked);
    add_count(t, "dsack_dups", i->tcpi_dsack_dups);
    add_count(t, "fackets", i->tcpi_fackets);
    if (i->tcpi_reordering != 3) add_count(t, "reordering", i->tcpi_reordering);
    add_count(t, "reord_seen", i->tcpi_reord_seen);
}

static void add_receiver(struct text *t, const struct bonnet_tcp_info *i)
{
    add_ms(t, "rcv_rtt", i->tcpi_rcv_rtt);
    add_count(t, "rcv_space", i->tcpi_rcv_space);
    add_count(t, "rcv_ssthresh", i->tcpi_rcv_ssthresh);
    add_count(t, "notsent", i->tcpi_notsent_bytes);
    if (i->tcpi_min_rtt != UINT32_MAX) add_ms(t, "minrtt", i->tcpi_min_rtt);
    add_count(t, "rcv_ooopack", i->tcpi_rcv_ooopack);
    add_count(t, "snd_wnd", i->tcpi_snd_wnd);
}

void ss_add_info(struct text *t, const struct ss_options *o, const struct ss_row *row)
{
    const struct bonnet_tcp_info *i = &row->row.info;
    if (o->timers) add_options(t, i);
    if (row->congestion[0]) text_addf(t, " %s", row->congestion);
    add_sizes(t, i);
    add_traffic(t, i);
    add_rates(t, i, o->numeric);
    add_losses(t, i);
    add_receiver(t, i);
}
