// SPDX-License-Identifier: GPL-2.0
#include "native/fuzz/ballast.h"

#include <string.h>
#include <linux/errno.h>

#include "native/fuzz/fuzz.h"

/* Size of a value, which is one record. */
#define BYTES 8192u

static struct vkv_key key_of(const u32 *nr)
{
	return (struct vkv_key){
		.data = (const u8 *)nr,
		.len = sizeof(*nr),
		.keyspace = BALLAST_KEYSPACE,
	};
}

/* Writes only the first bytes of the value, to be quick. */
int ballast_store(struct ballast *b, u32 nr)
{
	struct vkv_key key = key_of(&nr);
	u32 stamp = ++b->stamps;
	int err = vkv_ftl_reserve(b->ctx, &key, BYTES, 0, &b->txn, &b->fp);

	if (!err) {
		memcpy(b->txn.piece[0].data, &stamp, sizeof(stamp));
		err = vkv_ftl_commit(b->ctx, &b->txn, &b->fp);
	}
	if (!err)
		b->stamp[nr] = stamp;
	MUST(!err || err == -EAGAIN || err == -ENOSPC, "ballast: %d", err);
	vkv_ftl_quiesce(b->ctx);
	return err;
}

void ballast_fill(struct ballast *b, u64 leave)
{
	while (b->nr < BALLAST_MAX && vkv_ftl_room(b->ftl) >= leave)
		if (ballast_store(b, b->nr++))
			break;
}

void ballast_expect(struct ballast *b, u32 nr)
{
	struct vkv_key key = key_of(&nr);
	u32 stamp = 0;
	int err = vkv_ftl_lookup(b->ctx, &key, 0, sizeof(stamp), &b->view,
				 &b->fp);

	MUST(err == (b->stamp[nr] ? 0 : -ENOENT), "ballast %u: %d", nr, err);
	if (!err)
		fuzz_get(&b->view, (u8 *)&stamp, sizeof(stamp));
	MUST(stamp == b->stamp[nr], "ballast %u", nr);
	vkv_ftl_quiesce(b->ctx);
}

void ballast_delete(struct ballast *b, u32 nr)
{
	struct vkv_key key = key_of(&nr);
	int err = vkv_ftl_delete(b->ctx, &key, &b->fp);

	MUST(err == (b->stamp[nr] ? 0 : -ENOENT), "ballast %u: %d", nr, err);
	b->stamp[nr] = 0;
	vkv_ftl_quiesce(b->ctx);
}

u32 ballast_keys(const struct ballast *b)
{
	u32 keys = 0;
	u32 i;

	for (i = 0; i < b->nr; i++)
		keys += !!b->stamp[i];
	return keys;
}
