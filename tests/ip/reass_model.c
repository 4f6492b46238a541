/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reassembly against a model of it that is too simple to be wrong: one array of octets per datagram
 * that says which piece each of them came with. Random pieces of a few short datagrams, good and
 * bad mixed.
 */
#include <string.h>

#include "ip/libip.h"

#define IDS    3
#define SPACE  256 /* octets of a datagram, at most */
#define PIECES 40

static struct host h;

struct model {
    uint8_t owner[SPACE]; /* number of the piece that brought it, from 1; 0: not here */
    uint16_t at[PIECES], end[PIECES];
    bool more[PIECES];
    unsigned n;
    uint16_t total; /* 0: not known */
    enum bonnet_reason refused;
};

static struct model models[IDS];

static bool overlaps(const struct model *m, uint16_t at, uint16_t end)
{
    for (unsigned i = at; i < end; i++) {
        if (m->owner[i]) return true;
    }
    return false;
}

static bool contradicts(const struct model *m, uint16_t end, bool more)
{
    if (m->total && (end > m->total || !more)) return true;
    for (unsigned i = 0; i < m->n; i++) {
        if (!more && m->end[i] > end) return true;
    }
    return false;
}

static bool is_duplicate(const struct model *m, uint16_t at, uint16_t end, bool more)
{
    for (unsigned i = 0; i < m->n; i++) {
        if (m->at[i] == at && m->end[i] == end && m->more[i] == more) return true;
    }
    return false;
}

static bool is_complete(const struct model *m)
{
    for (unsigned i = 0; i < m->total; i++) {
        if (!m->owner[i]) return false;
    }
    return m->total != 0;
}

/* What must come of a piece. */
static enum bonnet_reason expect(struct model *m, uint16_t at, uint16_t end, bool more)
{
    if (more && (end - at) % 8 != 0) return BONNET_R_FRAGMENT_SIZE;
    if (end == at || (at == 0 && end < 8)) return BONNET_R_FRAGMENT_SIZE;
    if (m->refused) return m->refused;
    if (is_duplicate(m, at, end, more)) return BONNET_R_FRAGMENT_HELD;
    if (overlaps(m, at, end) || contradicts(m, end, more)) {
        m->refused = BONNET_R_FRAGMENT_OVERLAP;
        return m->refused;
    }
    m->at[m->n] = at;
    m->end[m->n] = end;
    m->more[m->n] = more;
    memset(m->owner + at, (int)++m->n, (size_t)(end - at));
    if (!more) m->total = end;
    return is_complete(m) ? BONNET_R_NONE : BONNET_R_FRAGMENT_HELD;
}

/* One piece of a datagram; mostly of sizes that fit together. Was the datagram completed? */
static bool step(uint64_t *seed)
{
    uint16_t id = (uint16_t)draw_below(seed, IDS);
    uint32_t unit = draw_below(seed, 4) ? 64 : 8;
    uint16_t at = (uint16_t)(draw_below(seed, SPACE / unit) * unit);
    uint32_t len = draw_below(seed, 8) ? unit : draw_below(seed, 65);
    if (at + len > SPACE) len = SPACE - at;
    bool more = at + len < SPACE && draw_below(seed, 16) != 0;
    if (!more && len > 0 && draw_below(seed, 2)) len--;
    if (at == 0 && !more) return false; /* a whole packet is no fragment */
    struct model *m = &models[id];
    enum bonnet_reason want = expect(m, at, (uint16_t)(at + len), more);
    assert_int_equal(piece(&h, id, at, len, more), want);
    if (want != BONNET_R_NONE) return false;
    is_whole(&h, m->total);
    memset(m, 0, sizeof(*m));
    return true;
}

static void random_pieces_do_what_the_model_does(void **state)
{
    (void)state;
    uint32_t completed = 0, refused = 0;
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        host_begin(&h);
        memset(models, 0, sizeof(models));
        for (int i = 0; i < 20; i++)
            completed += step(&seed);
        for (unsigned i = 0; i < IDS; i++)
            refused += models[i].refused != BONNET_R_NONE;
        host_end(&h);
    }
    assert_true(completed > 1000);
    assert_true(refused > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pieces_do_what_the_model_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
