/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The FTL core: keys and values in the reserved memory.
 *
 * It knows nothing of NVMe, PCI, host memory or the clock. A store is
 * reserve -> the caller copies -> commit; a retrieve is lookup -> the caller
 * copies. Both happen between two quiescent points of one context, and
 * pointers into the reserved memory are good until the next of them.
 */
#ifndef VKV_KV_FTL_H
#define VKV_KV_FTL_H

#include <linux/types.h>

#include "ftl/footprint.h"

struct vkv_ftl;
struct vkv_ftl_ctx;

#define VKV_KEY_MAX 255u
/* The most that one reserve or lookup carries; appended values grow beyond. */
#define VKV_IO_MAX (2u << 20)
/* The most that a value may grow to by appending. */
#define VKV_VALUE_MAX (2ull << 30)
/* Stores that are reserved together. */
#define VKV_STORES_MAX 8u
/* Value pieces of one command: the smallest fragment is 8 KiB. */
#define VKV_NR_PIECES (VKV_IO_MAX / 8192u + 2u)

/**
 * struct vkv_key - a key as a command names it
 * @data: the bytes; any values
 * @len: 1..VKV_KEY_MAX bytes
 * @keyspace: below vkv_ftl_config.nr_keyspaces; equal bytes in two keyspaces
 *	are two keys
 * @hash: 0, or what vkv_ftl_prefetch() said of these bytes
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
 * @size: its length in bytes, at least VKV_FTL_SIZE_MIN
 * @nr_ctx: contexts, one a thread that will call in (workers, dispatcher,
 *	collector)
 * @nr_keyspaces: keyspaces there are, up to VKV_NR_KEYSPACES; 0 means 1. Each
 *	has an index of its own, which costs some space
 * @index: name of the index, NULL for the default
 * @space: name of the space manager, NULL for the default
 * @victim: name of the victim policy, NULL for the default
 * @op_permille: over-provisioning, thousandths of the space held back for the
 *	collector, 10..500; 0 for the default of 70
 * @seed: key of the hash; random in the kernel, fixed in tests
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
	u64 seed[2];
};

#define VKV_FTL_SIZE_MIN (16ull << 20)

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
 * struct vkv_view - one whole version of a value, or a part of it
 * @size: size of the whole value in bytes
 * @nr: pieces in @piece
 * @piece: the bytes asked for, in order; fewer where the value ends
 * @loc: the core's: which version this is
 */
struct vkv_view {
	u64 size;
	unsigned int nr;
	struct vkv_piece piece[VKV_NR_PIECES];
	u64 loc;
};

/* Conditions and kinds of a store, or-ed. */
enum vkv_store_flags {
	VKV_STORE_IF_ABSENT = 1 << 0,	/* -EEXIST when the key is there */
	VKV_STORE_IF_PRESENT = 1 << 1,	/* -ENOENT when it is not */
	VKV_STORE_APPEND = 1 << 2,	/* @size bytes behind what is there */
};

/**
 * struct vkv_ask - one of the stores that are reserved together
 * @key: copied by the commit, must stay till then
 * @size: bytes of value
 * @flags: of enum vkv_store_flags, but VKV_STORE_APPEND
 */
struct vkv_ask {
	struct vkv_key key;
	u64 size;
	u32 flags;
};

/**
 * struct vkv_txn - a store between reserve and commit
 * @nr: pieces in @piece
 * @piece: where the caller puts the value's bytes (an append's: the new ones)
 *
 * The rest is the core's.
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
 * @done: there is no more
 * @before: @key itself is still to come; else it was the last key returned
 * @key_len: length of @key, 0 when everything at @pos is still to come
 * @key: see @before
 *
 * The order is that of positions, and of the bytes of keys whose positions are
 * equal. It follows from the index's name, the seed and the key's bytes alone,
 * so growth, collection and other clients do not disturb it. Zeroed, a cursor is
 * at the beginning.
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
 * @capacity: what can be charged in all
 * @used: what is charged now: records with their headers, padding and index
 *	entries; a block unit counts as its 4,096 bytes
 * @keys: keys stored, all keyspaces
 * @physical: the whole log
 * @free: in free segments
 * @live: in live records
 * @index: in index pages
 * @host_written: record bytes appended for stores since the start
 * @gc_written: record bytes moved by the collector since the start
 * @collected: segments collected since the start (a number)
 * @segment: of a segment
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
 * vkv_ftl_has_index() - is there an index of this name?
 * @name: any
 */
bool vkv_ftl_has_index(const char *name);

/**
 * vkv_ftl_has_space() - is there a space manager of this name?
 * @name: any
 */
bool vkv_ftl_has_space(const char *name);

/**
 * vkv_ftl_has_victim() - is there a victim policy of this name?
 * @name: any
 */
bool vkv_ftl_has_victim(const char *name);

/**
 * vkv_ftl_create() - make an empty core over reserved memory
 * @cfg: see there; copied
 * @out: the core
 *
 * Touches memory in proportion to its metadata only, never all of @cfg->mem.
 * Context: may sleep.
 * Return: 0, -EINVAL (size, number of keyspaces, name or over-provisioning; or
 * too many contexts and keyspaces for the size), -ENOMEM.
 */
int __must_check vkv_ftl_create(const struct vkv_ftl_config *cfg,
				struct vkv_ftl **out);

/**
 * vkv_ftl_destroy() - free what vkv_ftl_create() made
 * @ftl: may be NULL; no context may be in use
 *
 * Context: may sleep. The reserved memory is the caller's.
 */
void vkv_ftl_destroy(struct vkv_ftl *ftl);

/**
 * vkv_ftl_ctx() - the context of one thread
 * @ftl: the core
 * @i: below vkv_ftl_config.nr_ctx
 *
 * A context is used by one thread at a time and is born idle.
 */
struct vkv_ftl_ctx *vkv_ftl_ctx(struct vkv_ftl *ftl, unsigned int i);

/**
 * vkv_ftl_quiesce() - a quiescent point: all views and transactions are over
 * @ctx: this thread's
 *
 * Call once a round. Context: any, no lock needed.
 */
void vkv_ftl_quiesce(struct vkv_ftl_ctx *ctx);

/**
 * vkv_ftl_idle() - like vkv_ftl_quiesce(), and nobody waits for this context
 * until its next call
 * @ctx: this thread's
 */
void vkv_ftl_idle(struct vkv_ftl_ctx *ctx);

/**
 * vkv_ftl_prefetch() - this key will be asked for soon
 * @ctx: this thread's
 * @key: need not be stored; may be out of range
 *
 * Fetches the key's place in the index. Return: what is known of the key now, for
 * vkv_key.hash; 0 when there is none.
 */
u64 vkv_ftl_prefetch(struct vkv_ftl_ctx *ctx, const struct vkv_key *key);

/**
 * vkv_ftl_prefetch_record() - this key will be asked for very soon
 * @ctx: this thread's
 * @key: its hash is set
 *
 * Fetches the key's record. To be called some time after vkv_ftl_prefetch(), and
 * before the next quiescent point.
 */
void vkv_ftl_prefetch_record(struct vkv_ftl_ctx *ctx,
			     const struct vkv_key *key);

/**
 * vkv_ftl_lookup() - find a value and pin one version of it
 * @ctx: this thread's
 * @key: what to find
 * @offset: first byte wanted; at or past the end gives no pieces
 * @len: bytes wanted, 0..VKV_IO_MAX; 0 only asks for existence and size
 * @view: filled; the pieces stay valid and unchanged until the next quiescent
 *	point
 * @fp: added to
 *
 * A key that is there all along is found, whatever happens to others, to the
 * index and to its place in the log meanwhile. With the default index no lock is
 * taken.
 * Return: 0, -ENOENT, -EAGAIN when the value kept changing (ask again next
 * round), -EIO when the reserved memory has been damaged, -EINVAL when @key or
 * @len is out of range.
 */
int __must_check vkv_ftl_lookup(struct vkv_ftl_ctx *ctx,
				const struct vkv_key *key, u64 offset, u32 len,
				struct vkv_view *view, struct vkv_footprint *fp);

/**
 * vkv_ftl_reserve() - begin a store
 * @ctx: this thread's
 * @key: copied by the commit, must stay till then
 * @size: bytes of value, 0..VKV_IO_MAX
 * @flags: of enum vkv_store_flags
 * @txn: filled; end it with commit or abort before the next quiescent point
 * @fp: added to
 *
 * Return: 0; -EEXIST or -ENOENT for the conditions; -ENOSPC when the capacity or
 * the quota does not hold it; -EFBIG when an append would pass VKV_VALUE_MAX;
 * -EAGAIN when the collector must run first (ask again next round, before anything
 * new; what it needs is left to it till then); -EINVAL when @key or @size is out of
 * range; -EIO when an append finds damage. Nothing is changed on any error.
 */
int __must_check vkv_ftl_reserve(struct vkv_ftl_ctx *ctx,
				 const struct vkv_key *key, u64 size, u32 flags,
				 struct vkv_txn *txn, struct vkv_footprint *fp);

/**
 * vkv_ftl_reserve_all() - begin several stores, all or none
 * @ctx: this thread's
 * @ask: what is to be stored; a key may come more than once, and the conditions of
 *	each are those behind the ones before it
 * @nr: how many, 1..VKV_STORES_MAX; the sizes add up to VKV_IO_MAX at most
 * @txn: one for each; end them with vkv_ftl_commit_all(), or abort each, before
 *	the next quiescent point
 * @fp: added to
 *
 * The places of all are taken in one step. So who has to wait for the collector
 * leaves no garbage in the log, and holds nothing that others wait for.
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
 * The condition of the reserve holds at the moment of the change.
 * Return: 0; -EEXIST, -ENOENT when the condition fails by now; -EAGAIN when an
 * append's or an update's base changed meanwhile, or the index could not grow:
 * begin again next round; -ENOSPC when the index cannot tell the key from too
 * many others. On an error the transaction is aborted.
 */
int __must_check vkv_ftl_commit(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				struct vkv_footprint *fp);

/**
 * vkv_ftl_commit_all() - make stores visible, one after the other
 * @ctx: this thread's
 * @txn: from vkv_ftl_reserve_all(), their pieces filled
 * @nr: how many
 * @done: becomes how many are visible; fewer on an error
 * @fp: added to
 *
 * Return: like vkv_ftl_commit(); on an error the others are aborted. With -EAGAIN
 * they are to be reserved again next round: vkv_ftl_use_aside() keeps their charge,
 * whatever is stored meanwhile.
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
 * @base: the view the new bytes were derived from, looked up in this same
 *	round; NULL for "there was none"
 * @fp: added to
 *
 * For read-modify-write: sub-unit block writes.
 * Return: like vkv_ftl_commit(); -EAGAIN when the key changed since.
 */
int __must_check vkv_ftl_replace(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				 const struct vkv_view *base,
				 struct vkv_footprint *fp);

/**
 * vkv_ftl_set_aside() - charge beforehand what some stores will need
 * @ftl: the core
 * @keyspace: of their keys
 * @bytes: what they will be charged together
 *
 * So that none of them fails for want of capacity when others are done already.
 * Return: 0, -ENOSPC.
 */
int __must_check vkv_ftl_set_aside(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_ftl_use_aside() - stores are charged to what was set aside for them
 * @ctx: this thread's
 * @aside: what is left of it; a store that is aborted adds its part again. NULL:
 *	from now on not any more
 *
 * What they need beyond is charged as ever.
 */
void vkv_ftl_use_aside(struct vkv_ftl_ctx *ctx, u64 *aside);

/**
 * vkv_ftl_give_back() - what is left is not needed
 * @ftl: the core
 * @keyspace: as it was set aside for
 * @bytes: what is left
 */
void vkv_ftl_give_back(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_ftl_delete() - remove a key
 * @ctx: this thread's
 * @key: what to remove
 * @fp: added to
 *
 * Return: 0, -ENOENT, -EINVAL when @key is out of range. Never fails for want
 * of space.
 */
int __must_check vkv_ftl_delete(struct vkv_ftl_ctx *ctx,
				const struct vkv_key *key,
				struct vkv_footprint *fp);

/**
 * vkv_ftl_seek() - put a cursor before a key
 * @ctx: this thread's
 * @key: need not be stored
 * @cursor: the next vkv_ftl_next() returns @key itself if it is stored, else
 *	what follows its place
 *
 * A key out of range is at the end of the order.
 */
void vkv_ftl_seek(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		  struct vkv_cursor *cursor);

/* vkv_ftl_next() looks only at keys this lets pass; may be NULL. */
typedef bool (*vkv_key_filter)(const struct vkv_key *key, void *arg);

/**
 * vkv_ftl_next() - the next key of a keyspace in the core's order
 * @ctx: this thread's
 * @keyspace: whose keys
 * @cursor: moved behind the key returned
 * @filter: skips keys; NULL for none
 * @arg: for @filter
 * @budget: how often it may still read a part of the index, for 64 keys at most;
 *	counted down, so that a command can pause with -EAGAIN and go on next
 *	round
 * @key: filled; its bytes are valid until the next quiescent point
 * @fp: added to
 *
 * A key that is there all along is returned exactly once. One that is removed
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
 * @eager: collect every bit of garbage, not only what the watermarks ask for
 * @fp: added to
 *
 * Ends in a quiescent point. Return: true when there is more to do now.
 */
bool vkv_ftl_collect_noting(struct vkv_ftl_ctx *ctx, bool eager,
			    struct vkv_footprint *fp);

/**
 * vkv_ftl_collect() - the same, when nobody asks what it touches
 * @ctx: the collector's own
 * @eager: as above
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
 * Cheap; ask it after a commit or a delete. A -EAGAIN of a store asks for the
 * collector as well.
 */
bool vkv_ftl_wants_collect(struct vkv_ftl *ftl);

/**
 * struct vkv_wipe - how far a wipe is; zeroed before its first step
 * @next: segment to look at
 * @busy: some could not be wiped in this pass
 * @waiting: some of these only because a thread has not passed by, which it will
 * @wiped: some were
 * @vain: passes in a row in which nothing happened
 */
struct vkv_wipe {
	u32 next;
	bool busy;
	bool waiting;
	bool wiped;
	u8 vain;
};

/**
 * vkv_ftl_wipe() - one bounded step of overwriting what is stored no more
 * @ftl: the core, without keys; its contexts go idle, and nobody stores
 * @wipe: where it is; at the beginning of a pass (@wipe->next is 0) the
 *	collector is to be woken
 *
 * Return: 0 when nothing is left of what was stored, -EAGAIN to be called again,
 * -EIO when something remains that cannot be collected, as memory is damaged.
 */
int __must_check vkv_ftl_wipe(struct vkv_ftl *ftl, struct vkv_wipe *wipe);

/**
 * vkv_ftl_usage() - space in use, a consistent enough snapshot
 * @ftl: the core
 * @usage: filled
 */
void vkv_ftl_usage(struct vkv_ftl *ftl, struct vkv_usage *usage);

/**
 * vkv_ftl_segment() - how the log is divided
 * @ftl: the core
 *
 * Return: bytes of a segment. Each begins with VKV_SEGMENT_HEAD bytes that are no
 * record's.
 */
u32 vkv_ftl_segment(const struct vkv_ftl *ftl);

/**
 * vkv_ftl_room() - bytes that can still be charged
 * @ftl: the core
 *
 * Cheap, unlike vkv_ftl_usage(): for use on the way of a command. Context: any.
 */
u64 vkv_ftl_room(struct vkv_ftl *ftl);

/**
 * vkv_ftl_keyspace_room() - the same for keys of one keyspace
 * @ftl: the core
 * @keyspace: which; its quota counts, too
 */
u64 vkv_ftl_keyspace_room(struct vkv_ftl *ftl, u8 keyspace);

/**
 * vkv_ftl_keyspace_usage() - what one keyspace holds
 * @ftl: the core
 * @keyspace: which
 * @bytes: bytes charged (as vkv_usage.used)
 * @keys: keys stored
 *
 * Summed over the contexts: exact when nobody stores or deletes meanwhile.
 */
void vkv_ftl_keyspace_usage(struct vkv_ftl *ftl, u8 keyspace, u64 *bytes,
			    u64 *keys);

/**
 * vkv_ftl_set_block() - declare a keyspace to hold 4,096-byte block units
 * @ftl: the core
 * @keyspace: its records are charged 4,096 bytes flat, so that a block
 *	namespace of the whole capacity can be written full; the headers come out
 *	of the over-provisioning. Keys there have at most 8 bytes and values at
 *	most 4,096 (-EINVAL)
 *
 * Context: before the first store.
 */
void vkv_ftl_set_block(struct vkv_ftl *ftl, u8 keyspace);

/**
 * vkv_ftl_set_quota() - limit what some keyspaces are charged
 * @ftl: the core
 * @keyspace: the first of them
 * @nr: how many, one after the other; of no other quota
 * @bytes: what they can be charged together. Stores that grow a key beyond are
 *	refused as if the device were full
 *
 * Context: before the first store.
 */
void vkv_ftl_set_quota(struct vkv_ftl *ftl, u8 keyspace, unsigned int nr,
		       u64 bytes);

/**
 * vkv_ftl_check() - verify every invariant of index and space
 * @ftl: the core; no other context may be in use
 * @why: buffer for a message
 * @why_len: its size
 *
 * Every index entry points to a live record of its key, and every live record
 * has an entry; live bytes, charges and index pages add up, no segment is lost or
 * shared. Context: may sleep; slow.
 * Return: 0, or -EUCLEAN or -ENOMEM with @why filled.
 */
int __must_check vkv_ftl_check(struct vkv_ftl *ftl, char *why, size_t why_len);

#endif
