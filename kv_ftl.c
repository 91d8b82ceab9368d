// SPDX-License-Identifier: GPL-2.0
/*
 * The FTL core: its creation, and the tables of its parts.
 *
 * A key is an entry of its keyspace's index, and leads to a record of the log.
 * A value of more than one fragment has its fragments under hidden keys
 * {object, number}, in the same log and in an index of their own. Only its head
 * is under the user's key. So the collector knows but one kind of thing.
 *
 * Indexes. There is one for each keyspace, and one for all fragments. A lookup
 * in one keyspace never meets the keys of another. All indexes take their pages
 * from the space manager. The space manager's cookie for a page is the cookie
 * that the index gave it, and the number of the index.
 *
 * Versions. A record that a reader found stays where it is until the reader's
 * next quiescent point. Records do not change while an index leads to them, but
 * for their state (ftl/record.h), which readers do not look at.
 *
 * Files, from top to bottom. ftl/store.c reserves and ftl/commit.c commits;
 * ftl/txn.c is what they share. ftl/lookup.c, ftl/delete.c and ftl/list.c read,
 * remove and list. ftl/gc.c is the collector, and ftl/check.c verifies
 * everything. Below them are ftl/object.c (fragments of large values),
 * ftl/usage.c (charges), ftl/ctx.c (threads), ftl/probe.c (where index and log
 * meet), ftl/intact.c (damage) and ftl/hash.c. At the bottom are the indexes in
 * ftl/index/ and the space manager in ftl/space/.
 */
#include "kv_ftl.h"

#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/hash.h"
#include "ftl/layout.h"
#include "ftl/object.h"
#include "ftl/space/victim.h"
#include "ftl/usage.h"
#include "vkv_assert.h"

#define FRAGMENT_MIN 8192u
#define SEGMENT_SHIFT_MIN 18
#define SEGMENT_SHIFT_MAX 22
/* Over-provisioning in thousandths, when the caller does not say. */
#define DEFAULT_OP 70u

static_assert(VKV_NR_PIECES > VKV_IO_MAX / FRAGMENT_MIN + 1);
static_assert(VKV_FTL_SIZE_MAX >> VKV_LOC_SHIFT == 1ull << VKV_LOC_BITS);

static const struct vkv_index_ops *const indexes[] = {
	&vkv_index_extendible,
	&vkv_index_plain,
};

static const struct vkv_space_ops *const spaces[] = {
	&vkv_space_log,
};

/* Names */

static const struct vkv_index_ops *find_index(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(indexes); i++)
		if (!name || !strcmp(name, indexes[i]->name))
			return indexes[i];
	return NULL;
}

static const struct vkv_space_ops *find_space(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spaces); i++)
		if (!name || !strcmp(name, spaces[i]->name))
			return spaces[i];
	return NULL;
}

const char *vkv_ftl_index_name(const char *name)
{
	const struct vkv_index_ops *ops = find_index(name);

	return ops ? ops->name : NULL;
}

const char *vkv_ftl_space_name(const char *name)
{
	const struct vkv_space_ops *ops = find_space(name);

	return ops ? ops->name : NULL;
}

const char *vkv_ftl_victim_name(const char *name)
{
	const struct vkv_victim_ops *ops = vkv_victim_find(name);

	return ops ? ops->name : NULL;
}

void vkv_ftl_set_victim(struct vkv_ftl *ftl, const char *name)
{
	const struct vkv_victim_ops *policy = vkv_victim_find(name);

	VKV_ASSERT(policy);
	ftl->space_ops->policy(ftl->space, policy);
}

unsigned int vkv_ftl_op_permille(const struct vkv_ftl *ftl)
{
	return vkv_usage_op(ftl);
}

/* Life */

u32 vkv_ftl_segment(const struct vkv_ftl *ftl)
{
	return 1u << ftl->segment_shift;
}

static u32 alloc_index_page(void *arg, u32 cookie)
{
	const struct vkv_numbered_index *ni = arg;
	struct vkv_ftl *ftl = ni->ftl;
	u32 page;

	VKV_ASSERT(cookie < 1u << VKV_COOKIE_BITS);
	page = ftl->space_ops->page_alloc(ftl->space,
					  cookie << VKV_INDEX_BITS |
						  ni->number);
	if (page)
		WRITE_ONCE(ftl->hungry_since, 0);
	return page;
}

static void free_index_page(void *arg, u32 page)
{
	const struct vkv_numbered_index *ni = arg;
	struct vkv_ftl *ftl = ni->ftl;

	ftl->space_ops->page_free(ftl->space, page);
}

static int choose_ops(struct vkv_ftl *ftl, const char *index, const char *space)
{
	ftl->index_ops = find_index(index);
	ftl->space_ops = find_space(space);
	return ftl->index_ops && ftl->space_ops ? 0 : -EINVAL;
}

static int create_space(struct vkv_ftl *ftl, unsigned int nr_ctx,
			const char *victim)
{
	const u32 header = vkv_record_bytes_for(VKV_KEY_MAX, 0) + VKV_ALIGN;
	struct vkv_space_config cfg = {
		.mem = ftl->mem,
		.size = ftl->size,
		.nr_slots = nr_ctx,
		.segment_shift = ftl->segment_shift,
		.record_max = vkv_record_bytes_for(VKV_KEY_MAX, ftl->fragment),
		/* An append may carry a fragment on top of its own bytes. */
		.reserve_max = VKV_IO_MAX + ftl->fragment +
			       (VKV_IO_MAX / ftl->fragment + 2) * 64 + header,
		.index_pages = ftl->index_ops->base_pages(ftl->size) *
			       vkv_nr_indexes(ftl),
		.victim = vkv_victim_find(victim),
	};

	if (!cfg.victim)
		return -EINVAL;
	return ftl->space_ops->create(&cfg, &ftl->space);
}

static int create_index(struct vkv_ftl *ftl, u32 number)
{
	struct vkv_numbered_index *ni = &ftl->index[number];
	struct vkv_index_env env = {
		.mem = ftl->mem,
		/* Every location is in a segment. */
		.size = ftl->loc_end << VKV_LOC_SHIFT,
		.arg = ni,
		.page_alloc = alloc_index_page,
		.page_free = free_index_page,
	};

	ni->ftl = ftl;
	ni->number = number;
	vkv_hash_init(&ni->key, ftl->seed, number);
	return ftl->index_ops->create(&env, &ni->index);
}

static int create_indexes(struct vkv_ftl *ftl)
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < vkv_nr_indexes(ftl); i++)
		err = create_index(ftl, i);
	return err;
}

static void destroy_indexes(struct vkv_ftl *ftl)
{
	u32 i;

	for (i = 0; i < VKV_NR_INDEXES; i++)
		if (ftl->index[i].index)
			ftl->index_ops->destroy(ftl->index[i].index);
}

/* The collector may hold all pages for now, so that there is none for the index. */
static int open_index(struct vkv_ftl *ftl, u8 keyspace)
{
	int err = create_index(ftl, keyspace + 1);

	if (err)
		return err;
	/* Pairs with vkv_nr_keyspaces(). */
	smp_store_release(&ftl->nr_keyspaces, keyspace + 1);
	return 0;
}

/* The pages that an index has beside its entries lower the capacity. */
static void claim_index_pages(struct vkv_ftl *ftl, s32 sign)
{
	s32 pages = ftl->index_ops->base_pages(ftl->size);

	ftl->space_ops->claim(ftl->space, sign * pages);
}

int vkv_ftl_open_keyspace(struct vkv_ftl *ftl, bool block, u8 *keyspace)
{
	u32 next = ftl->nr_keyspaces;
	int err;

	if (next == VKV_NR_KEYSPACES)
		return -ENOSPC;
	ftl->block[next] = block;
	claim_index_pages(ftl, 1);
	err = vkv_usage_change_capacity(ftl);
	if (!err)
		err = open_index(ftl, next);
	if (!err) {
		*keyspace = next;
		return 0;
	}
	ftl->block[next] = false;
	claim_index_pages(ftl, -1);
	/* This raises it, which cannot fail. */
	return vkv_usage_change_capacity(ftl) ?: err;
}

int vkv_ftl_set_op(struct vkv_ftl *ftl, unsigned int permille)
{
	u32 before = ftl->op_permille;
	int err;

	ftl->op_permille = permille ?: DEFAULT_OP;
	err = vkv_usage_change_capacity(ftl);
	if (err)
		ftl->op_permille = before;
	return err;
}

static int create_contexts(struct vkv_ftl *ftl, unsigned int nr_ctx)
{
	unsigned int i;

	ftl->ctx = kvcalloc(nr_ctx, sizeof(*ftl->ctx), GFP_KERNEL);
	if (!ftl->ctx)
		return -ENOMEM;
	ftl->nr_ctx = nr_ctx;
	for (i = 0; i < nr_ctx; i++) {
		ftl->ctx[i].ftl = ftl;
		ftl->ctx[i].slot = i;
	}
	return 0;
}

static void ftl_set_geometry(struct vkv_ftl *ftl, u64 size)
{
	ftl->segment_shift = clamp(ilog2(size >> 8), SEGMENT_SHIFT_MIN,
				   SEGMENT_SHIFT_MAX);
	ftl->fragment = max(1u << (ftl->segment_shift - 6), FRAGMENT_MIN);
	ftl->size = size;
	ftl->loc_end = ALIGN_DOWN(size, 1ull << ftl->segment_shift) >>
		       VKV_LOC_SHIFT;
}

static struct vkv_ftl *new_ftl(const struct vkv_ftl_config *cfg)
{
	struct vkv_ftl *ftl = kvzalloc(sizeof(*ftl), GFP_KERNEL);

	if (!ftl)
		return NULL;
	ftl->mem = cfg->mem;
	ftl->op_permille = cfg->op_permille ?: DEFAULT_OP;
	ftl->nr_keyspaces = cfg->nr_keyspaces ?: 1;
	ftl->value_crc = cfg->value_crc;
	memcpy(ftl->seed, cfg->seed, sizeof(ftl->seed));
	ftl->gc.victim = VKV_NO_SEGMENT;
	ftl_set_geometry(ftl, cfg->size);
	return ftl;
}

static bool ftl_config_valid(const struct vkv_ftl_config *cfg)
{
	if (!cfg->mem || (unsigned long)cfg->mem & (VKV_PAGE_SIZE - 1) ||
	    cfg->size < VKV_FTL_SIZE_MIN || !cfg->nr_ctx ||
	    cfg->nr_keyspaces > VKV_NR_KEYSPACES)
		return false;
	return !cfg->op_permille ||
	       (cfg->op_permille >= 10 && cfg->op_permille <= 500);
}

int vkv_ftl_create(const struct vkv_ftl_config *cfg, struct vkv_ftl **out)
{
	struct vkv_ftl *ftl;
	int err;

	if (!ftl_config_valid(cfg))
		return -EINVAL;
	if (cfg->size > VKV_FTL_SIZE_MAX)
		return -EFBIG;
	ftl = new_ftl(cfg);
	if (!ftl)
		return -ENOMEM;
	err = choose_ops(ftl, cfg->index, cfg->space);
	if (!err)
		err = create_space(ftl, cfg->nr_ctx, cfg->victim);
	if (!err)
		err = create_indexes(ftl);
	if (!err)
		err = create_contexts(ftl, cfg->nr_ctx);
	if (!err)
		err = vkv_object_create(ftl);
	if (err) {
		vkv_ftl_destroy(ftl);
		return err;
	}
	err = vkv_usage_change_capacity(ftl);
	VKV_ASSERT(!err);
	*out = ftl;
	return 0;
}

void vkv_ftl_destroy(struct vkv_ftl *ftl)
{
	if (!ftl)
		return;
	kvfree(ftl->ctx);
	vkv_object_destroy(ftl);
	destroy_indexes(ftl);
	if (ftl->space)
		ftl->space_ops->destroy(ftl->space);
	kvfree(ftl);
}
