// SPDX-License-Identifier: GPL-2.0
#include "native/fuzz/ctrl_fence.h"

#include <sys/mman.h>

#include "native/ctrl/loopback.h"
#include "native/fuzz/ctrl_entry.h"

#include "ctrl/mapping.h"

#define NR_MAPPINGS 32u

/* One call of the host; nr is 0 when there is none. */
struct mapping {
	u32 first;
	u32 nr;
	enum vkv_access access;
};

static struct {
	u8 *view;
	struct vkv_mappings *table;
	struct mapping mapping[NR_MAPPINGS];
	/* How many mappings let a page be read, and be written. */
	unsigned int readable[FUZZ_HOST_PAGES];
	unsigned int writable[FUZZ_HOST_PAGES];
} fence;

void fence_init(int fd)
{
	fence.view = mmap(NULL, FUZZ_HOST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, 0);
	MUST(fence.view != MAP_FAILED, "mmap");
}

u64 fence_offset(const void *p)
{
	return (const u8 *)p - fence.view;
}

static void protect(u32 page)
{
	int prot = fence.writable[page] ? PROT_READ | PROT_WRITE :
		   fence.readable[page] ? PROT_READ : PROT_NONE;

	MUST(!mprotect(fence.view + page * LOOP_PAGE, LOOP_PAGE, prot), "mprotect");
}

static void note(const struct mapping *m, int by)
{
	u32 i;

	for (i = m->first; i < m->first + m->nr; i++) {
		if (m->access & VKV_FROM_HOST)
			fence.readable[i] += by;
		if (m->access & VKV_TO_HOST)
			fence.writable[i] += by;
		protect(i);
	}
}

static void map(const struct mapping *m)
{
	note(m, 1);
	MUST(!vkv_mappings_add(fence.table, LOOP_BASE + m->first * LOOP_PAGE,
			       m->nr * LOOP_PAGE, m->access), "map");
}

static void unmap(struct mapping *m)
{
	if (!m->nr)
		return;
	vkv_mappings_remove(fence.table, LOOP_BASE + m->first * LOOP_PAGE,
			    m->nr * LOOP_PAGE, m->access);
	note(m, -1);
	m->nr = 0;
}

static void unmap_all(void)
{
	unsigned int i;

	for (i = 0; i < NR_MAPPINGS; i++)
		unmap(&fence.mapping[i]);
	MUST(!vkv_mappings_count(fence.table), "pages are mapped that are not");
}

/* The first mappings cover all pages, in equal parts. */
static void map_all(void)
{
	u32 i, nr = FUZZ_HOST_PAGES / NR_MAPPINGS;

	for (i = 0; i < NR_MAPPINGS; i++) {
		fence.mapping[i] = (struct mapping){ i * nr, nr, VKV_BOTH_WAYS };
		map(&fence.mapping[i]);
	}
}

struct vkv_mappings *fence_begin(void)
{
	MUST(!vkv_mappings_create(LOOP_BASE + FUZZ_HOST_SIZE,
				  (uintptr_t)fence.view - LOOP_BASE, &fence.table),
	     "no memory");
	map_all();
	return fence.table;
}

void fence_change(struct fuzz_input *in)
{
	struct mapping *m = &fence.mapping[fuzz_u8(in) % NR_MAPPINGS];
	u8 how = fuzz_u8(in);

	unmap(m);
	if (how % 4 == 0)
		return;
	m->access = how % 4;
	m->first = fuzz_u8(in) % FUZZ_HOST_PAGES;
	m->nr = min_t(u32, 1 + how / 16, FUZZ_HOST_PAGES - m->first);
	map(m);
}

void fence_open(void)
{
	unmap_all();
	map_all();
}

void fence_end(void)
{
	u32 i;

	unmap_all();
	for (i = 0; i < FUZZ_HOST_PAGES; i++)
		MUST(!atomic64_read(vkv_mapping_find(fence.table,
						     LOOP_BASE + i * LOOP_PAGE)),
		     "page %u is in use", i);
	vkv_mappings_destroy(fence.table);
	fence.table = NULL;
}
