/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages for an index that is tested alone. A page comes from a random place, and
 * its content is arbitrary.
 */
#ifndef VKV_TESTS_INDEX_PAGES_H
#define VKV_TESTS_INDEX_PAGES_H

#include <stdlib.h>
#include <linux/string.h>
#include <linux/types.h>

#include "ftl/index/index.h"

#define INDEX_PAGES_MAX 4096u

/**
 * struct index_pages - the pages; number 0 is none
 * @mem: where they lie
 * @nr: how many there are, INDEX_PAGES_MAX at most
 * @limit: most pages in use at a time
 * @refuse: one in so many requests fails; 0: none
 * @used: pages in use
 * @rng: decides what is random
 * @cookie: of each page, plus 1; 0: it is free
 */
struct index_pages {
	u8 *mem;
	u32 nr;
	u32 limit;
	u32 refuse;
	u32 used;
	u64 rng;
	u32 cookie[INDEX_PAGES_MAX];
};

static inline u64 index_pages_random(struct index_pages *p)
{
	p->rng = p->rng * 6364136223846793005ull + 1442695040888963407ull;
	return p->rng >> 24;
}

/* vkv_index_env.page_alloc and page_free; the argument is the struct */
static inline u32 index_page_alloc(void *arg, u32 cookie)
{
	struct index_pages *p = arg;
	u32 i;

	if (p->used >= p->limit ||
	    (p->refuse && index_pages_random(p) % p->refuse == 0))
		return 0;
	for (i = 1 + index_pages_random(p) % (p->nr - 1); p->cookie[i];)
		i = i % (p->nr - 1) + 1;
	p->cookie[i] = cookie + 1;
	p->used++;
	memset(p->mem + i * VKV_PAGE_SIZE, 0xee, VKV_PAGE_SIZE);
	return i;
}

static inline void index_page_free(void *arg, u32 page)
{
	struct index_pages *p = arg;

	if (!page || page >= p->nr || !p->cookie[page])
		abort();
	p->cookie[page] = 0;
	p->used--;
	memset(p->mem + page * VKV_PAGE_SIZE, 0xdd, VKV_PAGE_SIZE);
}

#endif
