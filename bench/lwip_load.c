/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads instances of lwIP, and removes from the tuned ones what their package puts in their way.
 *
 * Debian builds lwIP for many threads and for any processor: its checksum is a 16-bit loop in C,
 * every reference count is guarded by a mutex, and buffers come from malloc. None of this is
 * lwIP's design, and an embedder would choose otherwise in lwipopts.h and arch/cc.h. A prebuilt
 * library has neither any more, but it calls these functions through its global offset table, where
 * other addresses can be stored: the vectorised sum that bonnet uses, a guard that does nothing,
 * since one thread runs the stack, and lists of free blocks. The tuned lwIP is the rival that the
 * ratio is taken against; the shipped one is shown beside it.
 */
#define _GNU_SOURCE
#include "lwip_load.h"

#include <bonnet/host.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIBRARY   "liblwip.so.0"
#define INSTANCES 2

static u16_t sum_fast(const void *bytes, int n)
{
    static bonnet_checksum_fn sum;
    if (!sum) sum = bonnet_host_checksum();
    uint32_t s = sum(bytes, (size_t)n);
    s = (s & 0xffff) + (s >> 16);
    return (u16_t)(s + (s >> 16));
}

static u16_t copy_sum_fast(void *to, const void *from, u16_t n)
{
    memcpy(to, from, n);
    return sum_fast(to, n);
}

/* Zero, to whatever is asked: callers leave arguments in registers, and this looks at none. */
static unsigned nothing(void)
{
    return 0;
}

static u16_t copy_sum_nothing(void *to, const void *from, u16_t n)
{
    memcpy(to, from, n);
    return 0;
}

/* What lwIP's own pools would be: a list of free blocks for each size in steps of 64 bytes. */
#define POOL_STEP  64
#define POOL_SIZES 64

union block {
    union block *next; /* while it is free */
    size_t list;       /* while it is not: which list it goes back to */
    max_align_t align;
};

static union block *free_blocks[POOL_SIZES];

static void *pool_malloc(size_t size)
{
    size_t list = (size + sizeof(union block)) / POOL_STEP;
    union block *b = list < POOL_SIZES ? free_blocks[list] : NULL;
    if (b)
        free_blocks[list] = b->next;
    else
        b = malloc((list + 1) * POOL_STEP);
    if (!b) return NULL;
    b->list = list;
    return b + 1;
}

static void pool_free(void *p)
{
    if (!p) return;
    union block *b = (union block *)p - 1;
    size_t list = b->list;
    if (list >= POOL_SIZES) {
        free(b);
        return;
    }
    b->next = free_blocks[list];
    free_blocks[list] = b;
}

/* A slot of the offset table and what is stored there; NULL leaves what the library came with. */
struct replacement {
    const char *symbol;
    void (*tuned)(void);
    void (*no_checksum)(void);
};

#define FUNCTION(f) ((void (*)(void))(f))
static const struct replacement replacements[] = {
    {"lwip_standard_chksum", FUNCTION(sum_fast), FUNCTION(nothing)},
    {"lwip_chksum_copy", FUNCTION(copy_sum_fast), FUNCTION(copy_sum_nothing)},
    {"ip_chksum_pseudo", NULL, FUNCTION(nothing)},
    {"ip_chksum_pseudo_partial", NULL, FUNCTION(nothing)},
    {"inet_chksum", NULL, FUNCTION(nothing)},
    {"malloc", FUNCTION(pool_malloc), FUNCTION(pool_malloc)},
    {"free", FUNCTION(pool_free), FUNCTION(pool_free)},
    {"sys_arch_protect", FUNCTION(nothing), FUNCTION(nothing)},
    {"sys_arch_unprotect", FUNCTION(nothing), FUNCTION(nothing)},
    {"sys_check_core_locking", FUNCTION(nothing), FUNCTION(nothing)},
};

/* The parts of a loaded library that name its calls. */
struct offsets {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * calls;
    size_t calls_n;
    ElfW(Addr) base;
};

static struct offsets find_offsets(void *library)
{
    struct link_map *map = NULL;
    struct offsets o = {0};
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) < 0 || !map) return o;
    o.base = map->l_addr;
    for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_SYMTAB) o.symbols = (const ElfW(Sym) *)d->d_un.d_ptr;
        if (d->d_tag == DT_STRTAB) o.names = (const char *)d->d_un.d_ptr;
        if (d->d_tag == DT_JMPREL) o.calls = (const ElfW(Rela) *)d->d_un.d_ptr;
        if (d->d_tag == DT_PLTRELSZ) o.calls_n = d->d_un.d_val / sizeof(ElfW(Rela));
    }
    return o;
}

static bool store(ElfW(Addr) slot, void (*function)(void))
{
    uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)(slot & ~(page_bytes - 1));
    if (mprotect(page, page_bytes, PROT_READ | PROT_WRITE) < 0) return false;
    memcpy((void *)slot, &function, sizeof function);
    return true;
}

static bool replace(const struct offsets *o, const char *symbol, void (*function)(void))
{
    for (size_t i = 0; i < o->calls_n; i++) {
        const ElfW(Sym) *s = &o->symbols[ELF64_R_SYM(o->calls[i].r_info)];
        if (strcmp(o->names + s->st_name, symbol) == 0)
            return store(o->base + o->calls[i].r_offset, function);
    }
    return false;
}

/* The address of a function or of a variable; false if the library has none of that name. */
static bool find(void *library, const char *name, void *pointer)
{
    void *address = dlsym(library, name);
    memcpy(pointer, &address, sizeof address);
    return address;
}

static bool replace_all(void *library, enum lwip_variant variant)
{
    struct offsets o = find_offsets(library);
    for (size_t i = 0; i < sizeof replacements / sizeof *replacements; i++) {
        const struct replacement *r = &replacements[i];
        void (*function)(void) = variant == LWIP_TUNED ? r->tuned : r->no_checksum;
        if (!function && !find(library, r->symbol, &function)) return false;
        if (!replace(&o, r->symbol, function)) return false;
    }
    return true;
}

static bool find_all(struct lwip_api *api)
{
    bool all = find(api->library, "tcp_active_pcbs", &api->active_pcbs);
    all = all && find(api->library, "tcp_tw_pcbs", &api->time_wait_pcbs);
#define FIND(name) all = all && find(api->library, #name, &api->name);
    LWIP_FUNCTIONS(FIND)
#undef FIND
    return all;
}

const struct lwip_api *lwip_load(enum lwip_variant variant, unsigned number, struct bench_job *job)
{
    static struct lwip_api loaded[2][INSTANCES];
    static bool ready[2][INSTANCES];
    struct lwip_api *api = &loaded[variant != LWIP_SHIPPED][number];
    bool *is_ready = &ready[variant != LWIP_SHIPPED][number];
    if (!api->library) {
        api->library = dlmopen(LM_ID_NEWLM, LIBRARY, RTLD_NOW | RTLD_LOCAL);
        if (!api->library || !find_all(api)) {
            bench_fail(job, -ENOTSUP, "%s: %s", LIBRARY, dlerror());
            return NULL;
        }
    }
    if (variant != LWIP_SHIPPED && !replace_all(api->library, variant)) {
        bench_fail(job, -ENOTSUP, "%s cannot be tuned: a call is not where it was", LIBRARY);
        return NULL;
    }
    if (!*is_ready) api->lwip_init(); /* now, so that no block is older than its allocator */
    *is_ready = true;
    return api;
}

/* The namespace has a C library of its own, and that has its own account. */
uint64_t lwip_memory(const struct lwip_api *api)
{
    struct mallinfo2 (*account)(void);
    if (!find(api->library, "mallinfo2", &account)) return 0;
    struct mallinfo2 m = account();
    return m.uordblks + m.hblkhd;
}
