/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The FTL core keeps keys and values in the reserved memory.
 *
 * It knows nothing of NVMe, PCI, host memory or the clock. A store has three
 * steps: the core reserves places, the caller copies the value there, and the
 * core commits. A retrieve has two: the core looks the value up, and the caller
 * copies it. All steps happen between two quiescent points of one context.
 * Pointers into the reserved memory are valid until the next quiescent point.
 *
 * Unless something else is said, the functions that take a context are called
 * by the context's thread, do not sleep, and need no lock. Functions that take
 * the core alone can be called by any thread.
 */
#ifndef VKV_KV_FTL_H
#define VKV_KV_FTL_H

#include <linux/types.h>

#include "ftl/footprint.h"

struct vkv_ftl;
struct vkv_ftl_ctx;

#define VKV_KEY_MAX 255u
/*
 * Bytes of value in one reserve or lookup, at most. Appends make longer values.
 */
#define VKV_IO_MAX (2u << 20)
/* Bytes of a value, at most, however many appends made it. */
#define VKV_VALUE_MAX (2ull << 30)
/* Stores that are reserved together, at most. */
#define VKV_STORES_MAX 8u
/* Pieces of value in one command, at most: the smallest fragment is 8 KiB. */
#define VKV_NR_PIECES (VKV_IO_MAX / 8192u + 2u)

/**
 * struct vkv_key - a key as a command names it
 * @data: the bytes; any values
 * @len: 1..VKV_KEY_MAX bytes
 * @keyspace: below vkv_ftl_config.nr_keyspaces; equal bytes in two keyspaces
 *	are two keys
 * @hash: 0, or the value that vkv_ftl_prefetch() returned for these bytes
 */
struct vkv_key {
	const u8 *data;
	u8 len;
	u8 keyspace;
	u64 hash;
};

/**
 * struct vkv_ftl_config - what a core is made from
 * @mem: the reserved memory, 4 KiB aligned; need not be zeroed
 * @size: its length in bytes, from VKV_FTL_SIZE_MIN to VKV_FTL_SIZE_MAX
 * @nr_ctx: contexts: one for each thread that will call in
 * @nr_keyspaces: keyspaces, up to VKV_NR_KEYSPACES; 0 means 1. Each has an
 *	index of its own, which costs some space
 * @index: name of the index, NULL for the default
 * @space: name of the space manager, NULL for the default
 * @victim: name of the victim policy, NULL for the default
 * @op_permille: over-provisioning: thousandths of the space that are held back
 *	for the collector, 10..500; 0 for the default of 70
 * @value_crc: computes the CRC-32C of values, which whoever reads them compares;
 *	NULL: values have no sum
 * @seed: secret of the hashes; random in the kernel, fixed in tests
 */
struct vkv_ftl_config {
	void *mem;
	u64 size;
	unsigned int nr_ctx;
	unsigned int nr_keyspaces;
	const char *index;
	const char *space;
	const char *victim;
	unsigned int op_permille;
	u32 (*value_crc)(u32 crc, const void *bytes, size_t len);
	u64 seed[2];
};

#define VKV_FTL_SIZE_MIN (16ull << 20)
/* An entry of an index has room for so large locations. */
#define VKV_FTL_SIZE_MAX (1ull << 40)

/**
 * struct vkv_piece - a contiguous run of value bytes in the reserved memory
 * @data: first byte
 * @len: bytes
 */
struct vkv_piece {
	void *data;
	u32 len;
};

/**
 * struct vkv_view - one version of a value, or a part of it
 * @size: size of the whole value in bytes
 * @nr: number of pieces
 * @piece: the bytes asked for, in order; fewer where the value ends
 * @loc: belongs to the core: which version this is
 */
struct vkv_view {
	u64 size;
	unsigned int nr;
	struct vkv_piece piece[VKV_NR_PIECES];
	u64 loc;
};

/* Conditions and kinds of a store; they can be combined. */
enum vkv_store_flags {
	VKV_STORE_IF_ABSENT = 1 << 0,	/* -EEXIST when the key is there */
	VKV_STORE_IF_PRESENT = 1 << 1,	/* -ENOENT when it is not */
	VKV_STORE_APPEND = 1 << 2,	/* add @size bytes to the value */
};

/**
 * struct vkv_ask - one of the stores that are reserved together
 * @key: its bytes must stay until the commit
 * @size: bytes of value
 * @flags: of enum vkv_store_flags, without VKV_STORE_APPEND
 */
struct vkv_ask {
	struct vkv_key key;
	u64 size;
	u32 flags;
};

/**
 * struct vkv_txn - a store between reserve and commit
 * @nr: number of pieces
 * @piece: where the caller puts the bytes of the value; in an append, the new
 *	ones
 *
 * The other fields belong to the core.
 */
struct vkv_txn {
	unsigned int nr;
	struct vkv_piece piece[VKV_NR_PIECES];

	/* private: */
	struct vkv_key key;
	const struct vkv_txn *base;
	u64 hash;
	u64 size;
	u64 charge;
	u64 before;
	u64 after;
	u64 old_loc;
	u64 old_object;
	u32 old_bytes;
	u64 head_loc;
	u32 flags;
	unsigned int nr_locs;
	u64 loc[VKV_NR_PIECES];
	u64 object;
	u32 first_fragment;
	u32 carry;
	u64 carry_loc;
};

/**
 * struct vkv_cursor - a place in the core's order of keys
 * @pos: position in the index of the keyspace (vkv_index_ops.position)
 * @done: there are no more keys
 * @before: @key itself is still to come; otherwise it was the last key returned
 * @key_len: length of @key, 0 when all keys at @pos are still to come
 * @key: see @before
 *
 * The order is that of positions, and of the bytes of keys where positions are
 * equal. It follows from the name of the index, the seed and the bytes of the
 * keys alone. So growth, collection and other clients do not disturb it. A
 * cursor that is all zero is at the beginning.
 */
struct vkv_cursor {
	u64 pos;
	u8 done;
	u8 before;
	u8 key_len;
	u8 key[VKV_KEY_MAX];
};

/**
 * struct vkv_usage - space, in bytes unless said otherwise
 * @capacity: bytes that can be charged in all
 * @used: bytes that are charged now: records with their headers, padding and
 *	index entries; a block unit counts as 4,096 bytes
 * @keys: number of keys in all keyspaces
 * @physical: bytes of the whole log
 * @free: bytes in free segments
 * @live: bytes in live records
 * @index: bytes in index pages
 * @host_written: record bytes appended for stores since the start
 * @gc_written: record bytes moved by the collector since the start
 * @collected: number of segments collected since the start
 * @segment: bytes of a segment
 */
struct vkv_usage {
	u64 capacity;
	u64 used;
	u64 keys;
	u64 physical;
	u64 free;
	u64 live;
	u64 index;
	u64 host_written;
	u64 gc_written;
	u64 collected;
	u64 segment;
};

/**
 * vkv_ftl_index_name() - the name of an index
 * @name: any, or NULL for the default
 *
 * Context: any.
 * Return: a constant string, NULL when there is none of this name.
 */
const char *vkv_ftl_index_name(const char *name);

/**
 * vkv_ftl_space_name() - the name of a space manager
 * @name: any, or NULL for the default
 *
 * Context: any.
 * Return: a constant string, NULL when there is none of this name.
 */
const char *vkv_ftl_space_name(const char *name);

/**
 * vkv_ftl_victim_name() - the name of a victim policy
 * @name: any, or NULL for the default
 *
 * Context: any.
 * Return: a constant string, NULL when there is none of this name.
 */
const char *vkv_ftl_victim_name(const char *name);

/**
 * vkv_ftl_set_victim() - collect by another policy from now on
 * @ftl: the core
 * @name: the name of a victim policy, or NULL for the default
 *
 * Context: any; takes locks of the space manager.
 */
void vkv_ftl_set_victim(struct vkv_ftl *ftl, const char *name);

/**
 * vkv_ftl_op_permille() - the over-provisioning in effect
 * @ftl: the core
 *
 * Context: any.
 * Return: thousandths of the space that are held back.
 */
unsigned int vkv_ftl_op_permille(const struct vkv_ftl *ftl);

/**
 * vkv_ftl_create() - make an empty core over reserved memory
 * @cfg: see there; copied
 * @out: becomes the core
 *
 * Writes to a part of the reserved memory in proportion to its metadata only.
 * Context: may sleep.
 * Return: 0, -ENOMEM, -EFBIG when there is more memory than
 * VKV_FTL_SIZE_MAX, or -EINVAL: a size, a number, a name or the
 * over-provisioning is out of range, or the memory is too small for so many
 * contexts and keyspaces.
 */
int __must_check vkv_ftl_create(const struct vkv_ftl_config *cfg,
				struct vkv_ftl **out);

/**
 * vkv_ftl_destroy() - free what vkv_ftl_create() made
 * @ftl: may be NULL; no context may be in use
 *
 * The reserved memory still belongs to the caller.
 * Context: may sleep.
 */
void vkv_ftl_destroy(struct vkv_ftl *ftl);

/**
 * vkv_ftl_ctx() - get the context of one thread
 * @ftl: the core
 * @i: below vkv_ftl_config.nr_ctx
 *
 * A context is used by one thread at a time. It is idle at first.
 * Return: the context, NULL when @i is too large.
 */
struct vkv_ftl_ctx *vkv_ftl_ctx(struct vkv_ftl *ftl, unsigned int i);

/**
 * vkv_ftl_quiesce() - a quiescent point: all views and transactions are over
 * @ctx: this thread's
 *
 * To be called once a round.
 */
void vkv_ftl_quiesce(struct vkv_ftl_ctx *ctx);

/**
 * vkv_ftl_idle() - a quiescent point before a pause
 * @ctx: this thread's
 *
 * Like vkv_ftl_quiesce(); nobody waits for this context until its next call.
 */
void vkv_ftl_idle(struct vkv_ftl_ctx *ctx);

/**
 * vkv_ftl_prefetch() - this key will be asked for soon
 * @ctx: this thread's
 * @key: need not be stored; may be out of range
 *
 * Prefetches the key's place in the index.
 * Return: a value for vkv_key.hash; 0 when @key is out of range.
 */
u64 vkv_ftl_prefetch(struct vkv_ftl_ctx *ctx, const struct vkv_key *key);

/**
 * vkv_ftl_prefetch_record() - this key will be asked for very soon
 * @ctx: this thread's
 * @key: its hash is set
 *
 * Prefetches the key's record. To be called some time after vkv_ftl_prefetch(),
 * and before the next quiescent point.
 */
void vkv_ftl_prefetch_record(struct vkv_ftl_ctx *ctx,
			     const struct vkv_key *key);

/**
 * vkv_ftl_lookup() - find a value and pin one version of it
 * @ctx: this thread's
 * @key: what to find
 * @offset: first byte wanted; at or past the end there are no pieces
 * @len: bytes wanted, 0..VKV_IO_MAX; 0 only asks for existence and size
 * @view: filled; the pieces stay valid and unchanged until the next quiescent
 *	point
 * @fp: added to
 *
 * A key that is there all along is found, whatever happens meanwhile to other
 * keys, to the index and to its place in the log. With the default index no
 * lock is taken.
 * Return: 0, -ENOENT, -EAGAIN when the value kept changing (ask again next
 * round), -EIO when the reserved memory has been damaged, -EINVAL when the key
 * or the length is out of range.
 */
int __must_check vkv_ftl_lookup(struct vkv_ftl_ctx *ctx,
				const struct vkv_key *key, u64 offset, u32 len,
				struct vkv_view *view,
				struct vkv_footprint *fp);

/**
 * vkv_ftl_reserve() - begin a store
 * @ctx: this thread's
 * @key: its bytes must stay until the commit
 * @size: bytes of value, 0..VKV_IO_MAX
 * @flags: of enum vkv_store_flags
 * @txn: filled; end it with commit or abort before the next quiescent point
 * @fp: added to
 *
 * Return: 0; -EEXIST or -ENOENT for the conditions; -ENOSPC when the capacity
 * or the quota does not hold it; -EFBIG when an append would pass
 * VKV_VALUE_MAX; -EINVAL when @key or @size is out of range; -EIO when an
 * append finds damage; -EAGAIN when the collector must run first. Then ask
 * again in the next round, before anything new: the space that it needs is kept
 * for it until then. Nothing is changed on any error.
 */
int __must_check vkv_ftl_reserve(struct vkv_ftl_ctx *ctx,
				 const struct vkv_key *key, u64 size, u32 flags,
				 struct vkv_txn *txn, struct vkv_footprint *fp);

/**
 * vkv_ftl_reserve_all() - begin several stores, all or none
 * @ctx: this thread's
 * @ask: the stores. A key may come more than once; the conditions of a store
 *	take the stores before it as done
 * @nr: how many, 1..VKV_STORES_MAX; the sizes add up to VKV_IO_MAX at most
 * @txn: one for each; end them with vkv_ftl_commit_all(), or abort each, before
 *	the next quiescent point
 * @fp: added to
 *
 * The places of all are taken in one step. So a thread that has to wait for the
 * collector leaves no garbage in the log, and holds nothing that others wait
 * for.
 * Return: like vkv_ftl_reserve(), of the first that fails.
 */
int __must_check vkv_ftl_reserve_all(struct vkv_ftl_ctx *ctx,
				     const struct vkv_ask *ask, unsigned int nr,
				     struct vkv_txn *txn,
				     struct vkv_footprint *fp);

/**
 * vkv_ftl_commit() - make a store visible, all at once
 * @ctx: this thread's
 * @txn: from vkv_ftl_reserve(), its pieces filled
 * @fp: added to
 *
 * The conditions of the reserve hold at the moment of the change.
 * Return: 0; -EEXIST, -ENOENT when a condition fails by now; -ENOSPC when the
 * index finds no page, although everything was collected; -EAGAIN when the version that
 * an append or an update builds on has changed, or the index could not grow:
 * begin again in the next round. On an error the transaction is aborted.
 */
int __must_check vkv_ftl_commit(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				struct vkv_footprint *fp);

/**
 * vkv_ftl_commit_all() - make stores visible, one after the other
 * @ctx: this thread's
 * @txn: from vkv_ftl_reserve_all(), their pieces filled
 * @nr: how many
 * @done: becomes the number of those that are visible; fewer on an error
 * @fp: added to
 *
 * Return: like vkv_ftl_commit(). On an error the others are aborted. After
 * -EAGAIN they are to be reserved again in the next round: vkv_ftl_use_aside()
 * keeps their charge, whatever is stored meanwhile.
 */
int __must_check vkv_ftl_commit_all(struct vkv_ftl_ctx *ctx,
				    struct vkv_txn *txn, unsigned int nr,
				    unsigned int *done,
				    struct vkv_footprint *fp);

/**
 * vkv_ftl_abort() - drop a store
 * @ctx: this thread's
 * @txn: from vkv_ftl_reserve()
 */
void vkv_ftl_abort(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn);

/**
 * vkv_ftl_replace() - commit only over the version that was looked up
 * @ctx: this thread's
 * @txn: from vkv_ftl_reserve()
 * @base: the view that the new bytes were derived from, looked up in the same
 *	round; NULL when the key was not there
 * @fp: added to
 *
 * This is for block writes of less than a unit, which read, modify and write.
 * Return: like vkv_ftl_commit(); -EAGAIN when the key changed since.
 */
int __must_check vkv_ftl_replace(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				 const struct vkv_view *base,
				 struct vkv_footprint *fp);

/**
 * vkv_ftl_set_aside() - charge some stores beforehand
 * @ftl: the core
 * @keyspace: keyspace of their keys
 * @bytes: bytes that they will be charged together
 *
 * Then none of them fails for want of capacity when others are done already.
 * Return: 0, -ENOSPC.
 */
int __must_check vkv_ftl_set_aside(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_ftl_use_aside() - charge stores to the bytes that were set aside for them
 * @ctx: this thread's
 * @aside: the bytes that are left of them; a store that is aborted adds its
 *	part again. NULL ends it
 *
 * Bytes that the stores need beyond these are charged as usual.
 */
void vkv_ftl_use_aside(struct vkv_ftl_ctx *ctx, u64 *aside);

/**
 * vkv_ftl_give_back() - end vkv_ftl_set_aside()
 * @ftl: the core
 * @keyspace: the same keyspace
 * @bytes: bytes that were not needed
 */
void vkv_ftl_give_back(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_ftl_delete() - remove a key
 * @ctx: this thread's
 * @key: what to remove
 * @fp: added to
 *
 * It never fails for want of space.
 * Return: 0, -ENOENT, -EINVAL when @key is out of range.
 */
int __must_check vkv_ftl_delete(struct vkv_ftl_ctx *ctx,
				const struct vkv_key *key,
				struct vkv_footprint *fp);

/**
 * vkv_ftl_seek() - put a cursor before a key
 * @ctx: this thread's
 * @key: need not be stored
 * @cursor: filled; vkv_ftl_next() then returns @key itself if it is stored, or
 *	else the key behind it
 *
 * A key out of range is at the end of the order.
 */
void vkv_ftl_seek(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		  struct vkv_cursor *cursor);

/* vkv_ftl_next() returns only keys for which this is true. */
typedef bool (*vkv_key_filter)(const struct vkv_key *key, void *arg);

/**
 * vkv_ftl_next() - the next key of a keyspace in the core's order
 * @ctx: this thread's
 * @keyspace: the keyspace
 * @cursor: moved behind the key that is returned
 * @filter: keys for which it is false are skipped; NULL to skip none
 * @arg: argument of @filter
 * @budget: how often it may still read a part of the index, for 64 keys at
 *	most. It is counted down, so that a command can pause with -EAGAIN and
 *	go on in the next round
 * @key: filled; its bytes are valid until the next quiescent point
 * @fp: added to
 *
 * A key that is there all along is returned exactly once. A key that is removed
 * meanwhile may still be returned until the next quiescent point.
 * Return: 0, -ENOENT at the end (cursor->done is set), -EAGAIN when the budget
 * is used up, -EINVAL when there is no such keyspace.
 */
int __must_check vkv_ftl_next(struct vkv_ftl_ctx *ctx, u8 keyspace,
			      struct vkv_cursor *cursor, vkv_key_filter filter,
			      void *arg, u32 *budget, struct vkv_key *key,
			      struct vkv_footprint *fp);

/**
 * vkv_ftl_collect_noting() - one bounded step of garbage collection
 * @ctx: the collector's own
 * @eager: collect all garbage, even if enough segments are free
 * @fp: added to
 *
 * It ends in a quiescent point.
 * Return: true when there is more to do now.
 */
bool vkv_ftl_collect_noting(struct vkv_ftl_ctx *ctx, bool eager,
			    struct vkv_footprint *fp);

/**
 * vkv_ftl_collect() - a step of garbage collection without a footprint
 * @ctx: the collector's own
 * @eager: as for vkv_ftl_collect_noting()
 *
 * Return: true when there is more to do now.
 */
static inline bool vkv_ftl_collect(struct vkv_ftl_ctx *ctx, bool eager)
{
	struct vkv_footprint fp = {};

	return vkv_ftl_collect_noting(ctx, eager, &fp);
}

/**
 * vkv_ftl_wants_collect() - should the collector run?
 * @ftl: the core
 *
 * It is cheap; ask it after a commit or a delete. A store that returns -EAGAIN
 * needs the collector as well.
 * Return: true when the collector should run.
 */
bool vkv_ftl_wants_collect(struct vkv_ftl *ftl);

/**
 * struct vkv_purge - how far a purge is; zeroed before its first step
 * @pos: the position in the index that is looked at next
 * @fragments: the keyspace is done, and its fragments are looked for
 */
struct vkv_purge {
	u64 pos;
	bool fragments;
};

/**
 * vkv_ftl_purge() - one bounded step of removing what cannot be deleted
 * @ctx: this thread's
 * @keyspace: the keyspace; its keys were deleted, as far as they can be listed,
 *	and nobody stores or deletes in it
 * @purge: how far it is
 *
 * Damaged records cannot be listed. In the end, the keyspace has no keys and is
 * charged nothing. Without damage there is nothing to do.
 * Return: 0 when it is done; -EAGAIN to be called again.
 */
int __must_check vkv_ftl_purge(struct vkv_ftl_ctx *ctx, u8 keyspace,
			       struct vkv_purge *purge);

/**
 * struct vkv_wipe - how far a wipe is; zeroed before its first step
 * @next: number of the segment to look at next
 * @busy: some segments could not be wiped in this pass
 * @waiting: some of these only wait for a quiescent point of another thread
 * @wiped: some segments were wiped in this pass
 * @vain: passes without progress, in a row
 */
struct vkv_wipe {
	u32 next;
	bool busy;
	bool waiting;
	bool wiped;
	u8 vain;
};

/**
 * vkv_ftl_wipe() - one bounded step of overwriting removed values
 * @ftl: the core, without keys; nobody stores, and all contexts go idle in time
 * @wipe: how far it is. When a pass begins (@wipe->next is 0), wake the
 *	collector
 *
 * Context: one thread at a time.
 * Return: 0 when no stored byte is left; -EAGAIN to be called again; -EIO when
 * something is left that cannot be collected, as memory is damaged.
 */
int __must_check vkv_ftl_wipe(struct vkv_ftl *ftl, struct vkv_wipe *wipe);

/**
 * vkv_ftl_usage() - space in use
 * @ftl: the core
 * @usage: filled; numbers that change meanwhile may not fit together exactly
 */
void vkv_ftl_usage(struct vkv_ftl *ftl, struct vkv_usage *usage);

/**
 * vkv_ftl_segment() - bytes of a segment of the log
 * @ftl: the core
 *
 * Each begins with VKV_SEGMENT_HEAD bytes that are no record's.
 * Return: the bytes, a power of two.
 */
u32 vkv_ftl_segment(const struct vkv_ftl *ftl);

/**
 * vkv_ftl_room() - bytes that can still be charged
 * @ftl: the core
 *
 * It is cheap, unlike vkv_ftl_usage(), and can be called for every command.
 * Return: the bytes; 0 when the device is full.
 */
u64 vkv_ftl_room(struct vkv_ftl *ftl);

/**
 * vkv_ftl_keyspace_room() - bytes that can still be charged in a keyspace
 * @ftl: the core
 * @keyspace: the keyspace; its quota counts, too
 *
 * Return: the bytes; 0 when the device or the quota is full.
 */
u64 vkv_ftl_keyspace_room(struct vkv_ftl *ftl, u8 keyspace);

/**
 * vkv_ftl_keyspace_usage() - what one keyspace holds
 * @ftl: the core
 * @keyspace: the keyspace
 * @bytes: becomes the bytes charged (as vkv_usage.used)
 * @keys: becomes the number of keys
 *
 * It sums up the contexts, and is exact when nobody stores or deletes
 * meanwhile.
 */
void vkv_ftl_keyspace_usage(struct vkv_ftl *ftl, u8 keyspace, u64 *bytes,
			    u64 *keys);

/**
 * vkv_ftl_set_block() - declare a keyspace to hold 4,096-byte block units
 * @ftl: the core
 * @keyspace: the keyspace
 *
 * Each key there is charged 4,096 bytes, so that a block namespace of the whole
 * capacity can be written full. The headers are taken from the
 * over-provisioning. Keys have at most 8 bytes and values at most 4,096; else
 * stores return -EINVAL.
 * Context: before the first store.
 */
void vkv_ftl_set_block(struct vkv_ftl *ftl, u8 keyspace);

/**
 * vkv_ftl_open_keyspace() - one keyspace more, while the others are in use
 * @ftl: the core
 * @block: will it hold block units? See vkv_ftl_set_block()
 * @keyspace: its number
 *
 * The capacity shrinks by what its index needs.
 * Context: may sleep. One call at a time.
 * Return: 0; -ENOSPC when the capacity would be less than what is used, or there
 * are VKV_NR_KEYSPACES; -EAGAIN when the collector has to free pages first;
 * -ENOMEM.
 */
int __must_check vkv_ftl_open_keyspace(struct vkv_ftl *ftl, bool block,
				       u8 *keyspace);

/**
 * vkv_ftl_set_op() - change the over-provisioning
 * @ftl: the core
 * @permille: thousandths, 10..500; 0 for the default
 *
 * Context: any; stores may go on. One call at a time.
 * Return: 0; -ENOSPC when the capacity would be less than what is used.
 */
int __must_check vkv_ftl_set_op(struct vkv_ftl *ftl, unsigned int permille);

/**
 * vkv_ftl_set_quota() - limit what some keyspaces are charged
 * @ftl: the core
 * @keyspace: the first of them
 * @nr: how many, one after the other; none of them has another quota
 * @bytes: bytes that they can be charged together. Stores that would pass it
 *	are refused as if the device were full
 *
 * Context: any. The first time, nothing is stored in the keyspaces; afterwards
 * stores may go on. One call at a time.
 * Return: 0; -ENOSPC when they are charged more already.
 */
int __must_check vkv_ftl_set_quota(struct vkv_ftl *ftl, u8 keyspace,
				   unsigned int nr, u64 bytes);

/**
 * vkv_ftl_check() - verify every invariant of index and space
 * @ftl: the core; no other context may be in use
 * @why: buffer for a message
 * @why_len: its size
 *
 * Every index entry leads to a live record of its key, and every live record
 * has an entry. Live bytes, charges and index pages add up. No segment is lost,
 * and none is in two places. It is slow.
 * Context: may sleep.
 * Return: 0, or -EUCLEAN or -ENOMEM with @why filled.
 */
int __must_check vkv_ftl_check(struct vkv_ftl *ftl, char *why, size_t why_len);

#endif
