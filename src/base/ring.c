/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place in a ring is its distance from the beginning of the head's page: skip + offset. Its high
 * bits number a page, counted from the head's, its low bits a byte of that page.
 *
 * The directory is circular, so that pages leave at the head and come at the tail without moving. A
 * directory of one entry lies in the ring itself: what fits into a page needs no second allocation.
 * Pages come on writing only, and where something is written: between the tail and text beyond it
 * there may be entries without a page. Every page between head and tail is there.
 *
 * Every byte of every stream goes through here; the case that a piece lies in one page comes first.
 */
#include "base/ring.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/env.h"
#include "base/minmax.h"

#define DIR_MAX 32768u
#define DIR_MIN 16u /* entries of the first directory outside of the ring: 64 KiB of text */

_Static_assert(sizeof(struct ring) <= 24, "two of them in each connection");

void ring_init(struct ring *r)
{
    *r = (struct ring){.dir_n = 1};
}

/* The entry of page number k, counted from the head's; k < dir_n. */
static inline uint8_t **entry_of(struct ring *r, uint32_t k)
{
    return r->dir_n == 1 ? &r->page : &r->dir[(r->first + k) & (r->dir_n - 1)];
}

/* The page with this number; NULL: there is none. */
static inline uint8_t *page_of(const struct ring *r, uint32_t k)
{
    if (k >= r->dir_n) return NULL;
    return r->dir_n == 1 ? r->page : r->dir[(r->first + k) & (r->dir_n - 1)];
}

/* memcpy whose size passes through an empty asm: from a size known to be at most a page, gcc makes
 * string instructions (rep movs), which take several times as long as the library's memcpy. */
static inline void copy(void *to, const void *from, uint32_t n)
{
    size_t size = n;
    __asm__("" : "+r"(size));
    memcpy(to, from, size);
}

static void give_page(struct ring *r, struct env *e, uint8_t **entry)
{
    pool_give(&e->pages, e, *entry);
    *entry = NULL;
    r->pages--;
}

/* Gives the directory back; no page is left in it. */
static void free_dir(struct ring *r, struct env *e)
{
    if (r->dir_n > 1) env_free(e, r->dir, r->dir_n * sizeof(uint8_t *));
    r->dir_n = 1;
    r->page = NULL;
    r->first = 0;
}

void ring_clear(struct ring *r, struct env *e)
{
    if (r->pages == 0 && r->dir_n == 1) return; /* it has nothing, and is empty */
    for (uint32_t k = 0; r->pages > 0; k++)
        if (*entry_of(r, k)) give_page(r, e, entry_of(r, k));
    free_dir(r, e);
    ring_init(r);
}

/* Makes a directory of at least n entries, the head's page being the first. */
static bool grow_dir(struct ring *r, struct env *e, uint32_t n)
{
    uint32_t dir_n = DIR_MIN;
    bonnet_assert(n <= DIR_MAX);
    while (dir_n < n)
        dir_n *= 2;
    uint8_t **dir = env_alloc_zero(e, dir_n * sizeof(*dir));
    if (!dir) return false;
    for (uint32_t k = 0; k < r->dir_n; k++)
        dir[k] = *entry_of(r, k);
    if (r->dir_n > 1) env_free(e, r->dir, r->dir_n * sizeof(*dir));
    r->dir = dir;
    r->dir_n = (uint16_t)dir_n;
    r->first = 0;
    return true;
}

/* The page with this number, taken from the pool if it is not there; NULL without memory. */
static uint8_t *need_page(struct ring *r, struct env *e, uint32_t k)
{
    if (k >= r->dir_n && !grow_dir(r, e, k + 1)) return NULL;
    uint8_t **entry = entry_of(r, k);
    if (*entry) return *entry;
    uint8_t *page = pool_take(&e->pages, e);
    *entry = page;
    if (page) {
        r->pages++;
    } else if (r->pages == 0) {
        free_dir(r, e);
    }
    return page;
}

/* A chain of pages through their first words: a page for the chain; false without memory. */
static bool chain_page(uint8_t **chain, struct env *e)
{
    uint8_t *page = pool_take(&e->pages, e);
    if (!page) return false;
    memcpy(page, chain, sizeof(*chain));
    *chain = page;
    return true;
}

static uint8_t *unchain_page(uint8_t **chain)
{
    uint8_t *page = *chain;
    memcpy(chain, page, sizeof(*chain));
    return page;
}

/* Takes the pages that are missing among those numbered from to last: all or none, so they are
 * chained until there are enough. */
static bool need_pages(struct ring *r, struct env *e, uint32_t from, uint32_t last)
{
    uint8_t *chain = NULL;
    bool enough = last < r->dir_n || grow_dir(r, e, last + 1);
    for (uint32_t k = from; enough && k <= last; k++)
        if (!*entry_of(r, k)) enough = chain_page(&chain, e);
    for (uint32_t k = from; enough && chain; k++) {
        if (*entry_of(r, k)) continue;
        *entry_of(r, k) = unchain_page(&chain);
        r->pages++;
    }
    while (chain)
        pool_give(&e->pages, e, unchain_page(&chain));
    if (r->pages == 0) free_dir(r, e);
    return enough;
}

/* Text now goes as far as the byte before offset end. */
static inline void reached(struct ring *r, uint32_t end)
{
    if (end > r->reach) r->reach = end;
}

/* ring_append where the text does not lie in one page, or the page is not there yet. */
static uint32_t append_pieces(struct ring *r, struct env *e, const uint8_t *p, uint32_t n)
{
    uint32_t left = n;
    while (left > 0) {
        uint32_t place = r->skip + r->len;
        uint8_t *page = need_page(r, e, place / RING_PAGE);
        if (!page) break;
        uint32_t piece = smaller(left, RING_PAGE - place % RING_PAGE);
        copy(page + place % RING_PAGE, p, piece);
        p += piece;
        left -= piece;
        r->len += piece;
    }
    reached(r, r->len);
    return n - left;
}

/* An empty ring's first page; NULL without memory. */
static inline uint8_t *first_page(struct ring *r, struct env *e)
{
    r->page = pool_take(&e->pages, e);
    r->pages = r->page != NULL;
    return r->page;
}

uint32_t ring_append(struct ring *r, struct env *e, const void *p, uint32_t n)
{
    uint32_t place = r->skip + r->len;
    uint8_t *page = page_of(r, place / RING_PAGE);
    if (!page && place == 0 && n > 0 && r->dir_n == 1) page = first_page(r, e);
    if (!page || n > RING_PAGE - place % RING_PAGE) return append_pieces(r, e, p, n);
    r->len += n;
    reached(r, r->len);
    copy(page + place % RING_PAGE, p, n);
    return n;
}

/* Copies text to a place whose pages are there. */
static void put(struct ring *r, uint32_t place, const uint8_t *p, uint32_t n)
{
    while (n > 0) {
        uint32_t piece = smaller(n, RING_PAGE - place % RING_PAGE);
        copy(page_of(r, place / RING_PAGE) + place % RING_PAGE, p, piece);
        place += piece;
        p += piece;
        n -= piece;
    }
}

int ring_write_at(struct ring *r, struct env *e, uint32_t at, const void *p, uint32_t n)
{
    if (n == 0) return 0;
    uint32_t place = r->skip + at;
    uint32_t from = place / RING_PAGE;
    uint32_t last = (place + n - 1) / RING_PAGE;
    if ((from != last || !page_of(r, from)) && !need_pages(r, e, from, last)) return -ENOMEM;
    put(r, place, p, n);
    reached(r, at + n);
    return 0;
}

uint32_t ring_reserve(struct ring *r, struct env *e, uint32_t at, uint8_t **p)
{
    bonnet_assert(at >= r->len);
    uint32_t place = r->skip + at;
    uint8_t *page = need_page(r, e, place / RING_PAGE);
    if (!page) return 0;
    *p = page + place % RING_PAGE;
    return RING_PAGE - place % RING_PAGE;
}

void ring_extend(struct ring *r, uint32_t n)
{
    uint32_t end = r->skip + r->len + n;
    for (uint32_t place = r->skip + r->len; place < end; place += RING_PAGE - place % RING_PAGE)
        bonnet_assert(page_of(r, place / RING_PAGE));
    r->len += n;
    reached(r, r->len);
}

void ring_copy(const struct ring *r, uint32_t at, void *p, uint32_t n)
{
    bonnet_assert(at <= r->len && n <= r->len - at);
    uint8_t *to = p;
    uint32_t place = r->skip + at;
    while (n > 0) {
        uint32_t piece = smaller(n, RING_PAGE - place % RING_PAGE);
        copy(to, page_of(r, place / RING_PAGE) + place % RING_PAGE, piece);
        place += piece;
        to += piece;
        n -= piece;
    }
}

int ring_slices(const struct ring *r, uint32_t at, uint32_t n, struct bonnet_slice *s, int max)
{
    bonnet_assert(at <= r->len && n <= r->len - at);
    uint32_t place = r->skip + at;
    int used = 0;
    for (; n > 0; used++) {
        if (used == max) return 0;
        uint32_t piece = smaller(n, RING_PAGE - place % RING_PAGE);
        s[used].data = page_of(r, place / RING_PAGE) + place % RING_PAGE;
        s[used].len = piece;
        place += piece;
        n -= piece;
    }
    return used;
}

void ring_drop(struct ring *r, struct env *e, uint32_t n)
{
    bonnet_assert(n <= r->len);
    if (n == r->reach) {
        if (r->dir_n == 1 && r->page)
            pool_give(&e->pages, e, r->page);
        else
            ring_clear(r, e);
        ring_init(r);
        return;
    }
    uint32_t skip = r->skip + n;
    r->len -= n;
    r->reach -= n;
    for (; skip >= RING_PAGE; skip -= RING_PAGE) {
        give_page(r, e, entry_of(r, 0));
        r->first = (uint16_t)((r->first + 1) & (r->dir_n - 1));
    }
    r->skip = (uint16_t)skip;
}
