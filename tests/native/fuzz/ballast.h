/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys of fuzz/ftl.c that only fill the device. Each key is a number, and
 * another number stands for its whole value.
 */
#ifndef FUZZ_BALLAST_H
#define FUZZ_BALLAST_H

#include <linux/types.h>

#include "native/fuzz/model.h"
#include "kv_ftl.h"

/* They have a keyspace of their own. */
#define BALLAST_KEYSPACE MODEL_KEYSPACES
#define BALLAST_MAX 2048u

struct ballast {
	struct vkv_ftl *ftl;
	struct vkv_ftl_ctx *ctx;
	u32 nr;
	u32 stamps;
	u32 stamp[BALLAST_MAX];	/* number of each key's value; 0: absent */
	struct vkv_footprint fp;
	struct vkv_view view;
	struct vkv_txn txn;
};

/* All functions but ballast_keys() end in a quiescent point of the context. */

/* Stores keys until fewer than @leave bytes are left. */
void ballast_fill(struct ballast *b, u64 leave);

/* Returns 0, -EAGAIN or -ENOSPC. */
int ballast_store(struct ballast *b, u32 nr);

void ballast_delete(struct ballast *b, u32 nr);
void ballast_expect(struct ballast *b, u32 nr);

/* Returns the number of keys that are stored. */
u32 ballast_keys(const struct ballast *b);

#endif
