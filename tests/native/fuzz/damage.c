// SPDX-License-Identifier: GPL-2.0
/*
 * Flips bits anywhere in the reserved memory, while a workload runs on the FTL
 * core beside a model.
 *
 * Every answer must be right, or a refusal: a value may be lost, but no other
 * may be returned in its place. A bit in a record loses no key silently. A bit
 * in an index may lose the one key whose entry it hits: such a key is a ghost
 * from then on. Its old entry may still be there, so a listing may show it, and
 * it may be counted twice. A key that is stored again is repaired. In the end
 * nothing of the damage may be left: a sanitize operation empties the device,
 * and then it can be filled.
 *
 * Each round has a seed, which repeats it: build/damage.asan SEED. Rounds go on
 * until DAMAGE_SECONDS of CPU time are used.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <linux/array_size.h>
#include <linux/crc32c.h>
#include <linux/minmax.h>

#include "native/dice.h"
#include "native/fuzz/fuzz.h"
#include "native/ftl/variants.h"
#include "ftl/core.h"
#include "ftl/record.h"
#include "ftl/space/log.h"

#define SECONDS 60

#define DEVICE VKV_FTL_SIZE_MIN
#define FRAGMENT 8192u
#define KEYS 1500u
/* Keys of the last keyspace are those of blocks. */
#define KEYSPACES 3u
#define BLOCKS (KEYSPACES - 1)
#define VALUE_MAX (300u << 10)
#define STEPS 12000u
/* Bits of a word that may be wrong where values have no sum. */
#define BITS_MAX 6

struct key {
	struct vkv_key key;
	u8 name[40];
	bool there;
	bool ghost;
	u64 seed;
	u32 size;
	u32 step;		/* of a listing that returned the key */
};

struct fuzz {
	struct dice dice;
	struct vkv_ftl *ftl;
	struct vkv_ftl_ctx *ctx;
	struct vkv_ftl_ctx *gc;
	u8 *mem;
	bool exact;		/* values have sums */
	struct vkv_footprint fp;
	struct vkv_view view;
	struct vkv_txn txn;
	u32 listings;
	u32 lost;		/* keys, since all of them were there */
	struct key key[KEYS];
	u8 data[VALUE_MAX];
	u8 got[VALUE_MAX];
};

/* What was done in all rounds. */
struct sums {
	u64 rounds, steps, flips, index_flips, lost, refused, full, cleared;
};

static struct fuzz fuzz;
static struct sums sums;

/* Values */

/* The bytes of a value follow from its seed; each word differs from all others. */
static void make_value(u8 *data, u64 seed, u32 size)
{
	fuzz_fill(data, size, seed * 0x100000001ull);
}

static bool is_like(const u8 *a, const u8 *b, u32 len)
{
	u64 x = 0, y = 0;

	memcpy(&x, a, len);
	memcpy(&y, b, len);
	return __builtin_popcountll(x ^ y) <= BITS_MAX;
}

static void expect_value(const struct fuzz *f, u32 size)
{
	u32 at;

	if (f->exact) {
		MUST(!memcmp(f->got, f->data, size), "another value");
		return;
	}
	for (at = 0; at < size; at += sizeof(u64))
		MUST(is_like(f->got + at, f->data + at,
			     min_t(u32, size - at, sizeof(u64))),
		     "another value, at %u of %u", at, size);
}

static bool is_right(const struct key *k, int err)
{
	if (!err || err == -EIO)
		return k->there || k->ghost;
	return err == -ENOENT && !k->there;
}

/* Looks a key up. Returns 0 or -EIO. */
static int check_key(struct fuzz *f, struct key *k)
{
	int err = vkv_ftl_lookup(f->ctx, &k->key, 0, VKV_IO_MAX, &f->view,
				 &f->fp);

	MUST(is_right(k, err), "lookup of a key that is%s there: %d",
	     k->there ? "" : " not", err);
	if (!err) {
		MUST(f->view.size == k->size, "size %llu, not %u", f->view.size,
		     k->size);
		MUST(fuzz_get(&f->view, f->got, k->size) == k->size, "short");
		make_value(f->data, k->seed, k->size);
		expect_value(f, k->size);
	}
	sums.refused += err == -EIO;
	vkv_ftl_quiesce(f->ctx);
	return err == -ENOENT ? 0 : err;
}

static struct key *any_key(struct fuzz *f)
{
	return &f->key[roll(&f->dice, KEYS)];
}

static u32 any_size(struct fuzz *f, const struct key *k)
{
	static const u32 sizes[] = {
		0, 1, 100, 500, 1000, 4000, FRAGMENT, FRAGMENT + 1, 20000,
	};

	if (k->key.keyspace == BLOCKS)
		return VKV_BLOCK_BYTES;
	if (one_in(&f->dice, 50))
		return roll(&f->dice, VALUE_MAX + 1);
	return sizes[roll(&f->dice, ARRAY_SIZE(sizes))];
}

/* Operations */

static int try_store(struct fuzz *f, struct key *k, u32 size, u32 flags)
{
	int err = vkv_ftl_reserve(f->ctx, &k->key, size, flags, &f->txn,
				  &f->fp);

	if (!err) {
		fuzz_put(&f->txn, f->data, size);
		err = vkv_ftl_commit(f->ctx, &f->txn, &f->fp);
	}
	vkv_ftl_quiesce(f->ctx);
	return err;
}

static int store_bytes(struct fuzz *f, struct key *k, u32 size, u32 flags)
{
	int err = -EAGAIN;
	u32 i;

	for (i = 0; err == -EAGAIN; i++) {
		MUST(i < FUZZ_PATIENCE, "a store of %u bytes starves", size);
		err = try_store(f, k, size, flags);
		if (err == -EAGAIN)
			vkv_ftl_collect(f->gc, false);
	}
	return err;
}

static void op_store(struct fuzz *f)
{
	struct key *k = any_key(f);
	u32 size = any_size(f, k);
	u64 seed = dice_next(&f->dice);
	int err;

	make_value(f->data, seed, size);
	err = store_bytes(f, k, size, 0);
	MUST(!err || err == -ENOSPC, "store: %d", err);
	sums.full += !!err;
	if (!err) {
		k->there = true;
		k->seed = seed;
		k->size = size;
		MUST(!check_key(f, k), "a key that was stored is refused");
	}
}

/* The value grows by what follows from the same seed. */
static void op_append(struct fuzz *f)
{
	struct key *k = any_key(f);
	u32 size = any_size(f, k);
	int err;

	if (!k->there || k->key.keyspace == BLOCKS || k->size % sizeof(u64) ||
	    k->size + size > VALUE_MAX)
		return;
	make_value(f->data, k->seed, k->size + size);
	memmove(f->data, f->data + k->size, size);
	err = store_bytes(f, k, size, VKV_STORE_APPEND);
	MUST(!err || err == -ENOSPC || err == -EIO, "append: %d", err);
	if (!err)
		k->size += size;
	check_key(f, k);
}

static void op_lookup(struct fuzz *f)
{
	check_key(f, any_key(f));
}

static void op_delete(struct fuzz *f)
{
	struct key *k = any_key(f);
	int err = vkv_ftl_delete(f->ctx, &k->key, &f->fp);

	MUST(err == (k->there ? 0 : -ENOENT) || (!err && k->ghost),
	     "delete: %d", err);
	vkv_ftl_quiesce(f->ctx);
	k->there = false;
	check_key(f, k);
}

/* The number of a key is in its name. */
static struct key *find_key(struct fuzz *f, const struct vkv_key *key)
{
	struct key *k;
	u32 nr;

	memcpy(&nr, key->data, sizeof(nr));
	if (nr >= KEYS)
		return NULL;
	k = &f->key[nr];
	return k->key.keyspace == key->keyspace && k->key.len == key->len &&
	       !memcmp(k->name, key->data, key->len) ? k : NULL;
}

static void list(struct fuzz *f, u8 keyspace, bool delete)
{
	struct vkv_cursor cursor = {};
	u32 budget = 100000;
	struct vkv_key key;
	struct key *k;
	int err;

	f->listings++;
	while (!(err = vkv_ftl_next(f->ctx, keyspace, &cursor, NULL, NULL,
				    &budget, &key, &f->fp))) {
		k = find_key(f, &key);
		MUST(k && (k->there || k->ghost),
		     "a key that is not there is listed");
		MUST(k->step != f->listings || k->ghost,
		     "a key is listed twice");
		k->step = f->listings;
		if (delete) {
			err = vkv_ftl_delete(f->ctx, &k->key, &f->fp);
			MUST(!err || (err == -ENOENT && k->ghost),
			     "delete of a listed key: %d", err);
			k->there = false;
		}
		vkv_ftl_quiesce(f->ctx);
	}
	MUST(err == -ENOENT, "next: %d", err);
}

static void op_list(struct fuzz *f)
{
	list(f, roll(&f->dice, KEYSPACES), false);
}

static void op_collect(struct fuzz *f)
{
	bool eager = one_in(&f->dice, 2);
	u32 steps = 1 + roll(&f->dice, 64);

	vkv_ftl_idle(f->ctx);
	while (steps-- && vkv_ftl_collect(f->gc, eager))
		;
}

static u32 count_keys(const struct fuzz *f)
{
	u32 nr = 0, i;

	for (i = 0; i < KEYS; i++)
		nr += f->key[i].there;
	return nr;
}

static void op_count(struct fuzz *f)
{
	u32 keys = count_keys(f);
	struct vkv_usage usage;

	vkv_ftl_usage(f->ftl, &usage);
	MUST(usage.keys >= keys && usage.keys <= keys + f->lost,
	     "%llu keys, not %u", usage.keys, keys);
}

/* As Format does it. */
static void empty(struct fuzz *f, u8 keyspace)
{
	struct vkv_purge purge = {};
	u64 bytes, keys;
	u32 i;

	list(f, keyspace, true);
	for (i = 0; vkv_ftl_purge(f->ctx, keyspace, &purge); i++) {
		MUST(i < FUZZ_PATIENCE, "a purge without end");
		vkv_ftl_quiesce(f->ctx);
	}
	vkv_ftl_keyspace_usage(f->ftl, keyspace, &bytes, &keys);
	MUST(!bytes && !keys, "%llu bytes and %llu keys left", bytes, keys);
	for (i = 0; i < KEYS; i++)
		if (f->key[i].key.keyspace == keyspace) {
			f->key[i].there = false;
			f->key[i].ghost = false;
			check_key(f, &f->key[i]);
		}
}

static void op_format(struct fuzz *f)
{
	if (one_in(&f->dice, 200))
		empty(f, roll(&f->dice, KEYSPACES));
}

/* As Sanitize does it. */
static void sanitize(struct fuzz *f)
{
	struct vkv_wipe wipe = {};
	struct vkv_usage usage;
	int err = -EAGAIN;
	u32 i;

	for (i = 0; i < KEYSPACES; i++)
		empty(f, i);
	vkv_ftl_idle(f->ctx);
	for (i = 0; err == -EAGAIN; i++) {
		MUST(i < FUZZ_PATIENCE, "a wipe without end");
		err = vkv_ftl_wipe(f->ftl, &wipe);
		if (i % 7 == 0)
			vkv_ftl_collect(f->gc, false);
	}
	MUST(!err, "wipe: %d", err);
	vkv_ftl_usage(f->ftl, &usage);
	MUST(!usage.used && !usage.keys, "%llu bytes used", usage.used);
	f->lost = 0;
	sums.cleared++;
}

static void op_sanitize(struct fuzz *f)
{
	if (one_in(&f->dice, 500))
		sanitize(f);
}

/* Damage */

static bool is_index_page(const struct fuzz *f, u64 at)
{
	const struct vkv_segment *seg =
		&f->ftl->space->seg[at >> f->ftl->segment_shift];

	return seg->state == VKV_SEG_META &&
	       at % (1u << f->ftl->segment_shift) >= VKV_PAGE_SIZE;
}

/* Is the key gone, without an answer that says so? */
static bool is_lost(struct fuzz *f, struct key *k)
{
	int err = vkv_ftl_lookup(f->ctx, &k->key, 0, 0, &f->view, &f->fp);

	vkv_ftl_quiesce(f->ctx);
	return k->there && err == -ENOENT;
}

/* One bit of an index was flipped: it loses one key at most. */
static void note_index_flip(struct fuzz *f)
{
	u32 lost = 0;
	u32 i;

	sums.flips++;
	sums.index_flips++;
	for (i = 0; i < KEYS; i++) {
		struct key *k = &f->key[i];

		if (!is_lost(f, k))
			continue;
		k->there = false;
		k->ghost = true;
		lost++;
	}
	MUST(lost <= 1, "a bit of an index loses %u keys", lost);
	f->lost += lost;
	sums.lost += lost;
}

static void flip(struct fuzz *f, u64 at)
{
	if (at >= DEVICE)
		return;
	f->mem[at] ^= 1 << roll(&f->dice, 8);
	if (is_index_page(f, at))
		note_index_flip(f);
	else
		sums.flips++;
}

/* The offset of a record of a key; DEVICE if there is none. */
static u64 any_record(struct fuzz *f, struct key *k)
{
	const u32 hidden = sizeof(struct vkv_record) +
			   sizeof(struct vkv_fragment_key);
	int err = vkv_ftl_lookup(f->ctx, &k->key, 0, VKV_IO_MAX, &f->view,
				 &f->fp);
	u64 at = DEVICE;

	if (!err && k->size > FRAGMENT && one_in(&f->dice, 2))
		at = f->view.piece[roll(&f->dice, f->view.nr)].data - hidden -
		     (void *)f->mem;
	else if (!err)
		at = f->view.loc << VKV_LOC_SHIFT;
	vkv_ftl_quiesce(f->ctx);
	return at;
}

/* One bit of a record, or all of its header. */
static void damage_record(struct fuzz *f)
{
	struct key *k = any_key(f);
	u64 at = any_record(f, k);
	u32 len = sizeof(struct vkv_record) + k->key.len;
	u32 i;

	if (at == DEVICE)
		return;
	if (f->exact && one_in(&f->dice, 2)) {
		flip(f, at + roll(&f->dice, len + min(k->size, FRAGMENT)));
		return;
	}
	if (!one_in(&f->dice, 4)) {
		flip(f, at + roll(&f->dice, len + sizeof(struct vkv_head)));
		return;
	}
	for (i = 0; i < sizeof(struct vkv_record) + 4; i++)
		flip(f, at + i);
}

static void damage_any(struct fuzz *f)
{
	flip(f, dice_next(&f->dice) % DEVICE);
}

/* A segment of index pages, NULL when there is none. */
static struct vkv_segment *any_meta(struct fuzz *f)
{
	struct vkv_space *sp = f->ftl->space;
	u32 first = roll(&f->dice, sp->nr_segments), i;

	for (i = 0; i < sp->nr_segments; i++) {
		struct vkv_segment *seg =
			&sp->seg[(first + i) % sp->nr_segments];

		if (seg->state == VKV_SEG_META)
			return seg;
	}
	return NULL;
}

/* The words of index pages, which the space manager keeps. */
static void damage_word(struct fuzz *f, const struct vkv_segment *meta)
{
	struct vkv_space *sp = f->ftl->space;
	u32 *words = vkv_page_words(sp, meta);

	flip(f, (u8 *)&words[roll(&f->dice, vkv_pages_per_segment(sp) + 1)] -
		f->mem + roll(&f->dice, sizeof(u32)));
}

static bool is_directory(u32 word)
{
	return ((word & ~VKV_PAGE_USED) - 1) >> VKV_INDEX_BITS;
}

/* The location in an entry of an index. A location of 0 would be no entry. */
static void damage_location(struct fuzz *f, const struct vkv_segment *meta)
{
	bool plain = f->ftl->index_ops == &vkv_index_plain;
	u32 bits = plain ? VKV_LOC_BITS : ilog2(DEVICE / VKV_ALIGN);
	struct vkv_space *sp = f->ftl->space;
	u32 *words = vkv_page_words(sp, meta);
	u32 nr = 1 + roll(&f->dice, vkv_pages_per_segment(sp));
	u64 *page = (void *)words + nr * VKV_PAGE_SIZE;
	u32 first = plain ? 1 : sizeof(u64);
	u64 *entry = &page[first + roll(&f->dice, VKV_PAGE_SIZE / 8 - first)];
	u64 mask = (1ull << bits) - 1;
	u64 flipped = *entry ^ 1ull << roll(&f->dice, bits);

	/* A directory has no locations. */
	if (!(words[nr] & VKV_PAGE_USED) || (!plain && is_directory(words[nr])))
		return;
	if (!(*entry & mask) || !(flipped & mask))
		return;
	*entry = flipped;
	note_index_flip(f);
}

/* Any bit of an index page. */
static void damage_page(struct fuzz *f, const struct vkv_segment *meta)
{
	struct vkv_space *sp = f->ftl->space;
	const u32 *words = vkv_page_words(sp, meta);
	u32 nr = 0, tries = 20;

	do
		nr = 1 + roll(&f->dice, vkv_pages_per_segment(sp));
	while (!(words[nr] & VKV_PAGE_USED) && --tries);
	flip(f, (u8 *)words - f->mem + nr * VKV_PAGE_SIZE +
		roll(&f->dice, VKV_PAGE_SIZE));
}

static void op_damage(struct fuzz *f)
{
	const struct vkv_segment *meta = any_meta(f);

	switch (roll(&f->dice, 8)) {
	case 0:
		damage_any(f);
		break;
	case 1:
		if (meta)
			damage_word(f, meta);
		break;
	case 2:
		if (meta)
			damage_location(f, meta);
		break;
	case 3:
		if (meta)
			damage_page(f, meta);
		break;
	default:
		damage_record(f);
	}
}

/* Rounds */

typedef void (*operation)(struct fuzz *f);

static const operation operations[] = {
	op_store, op_store, op_store, op_store, op_append, op_lookup, op_lookup,
	op_delete, op_list, op_collect, op_count, op_format, op_sanitize,
	op_damage, op_damage, op_damage,
};

static void name_key(struct key *k, u32 nr)
{
	u8 keyspace = nr % KEYSPACES;
	u8 len = keyspace == BLOCKS ? 8 : 4 + nr % (sizeof(k->name) - 4);

	memset(k->name, 0x40 + nr % 7, sizeof(k->name));
	memcpy(k->name, &nr, sizeof(nr));
	k->key = (struct vkv_key){ .data = k->name, .len = len,
				   .keyspace = keyspace };
	k->there = false;
	k->ghost = false;
	k->step = 0;
}

static void start(struct fuzz *f, u64 seed)
{
	struct vkv_ftl_config cfg;
	u32 i;

	fuzz_begin(NULL, 0);
	f->dice.state = seed;
	f->listings = 0;
	f->lost = 0;
	f->mem = fuzz_memory(DEVICE);
	cfg = variant_config(&variants[roll(&f->dice, NR_VARIANTS)], f->mem,
			     DEVICE, 2);
	cfg.nr_keyspaces = KEYSPACES;
	f->exact = one_in(&f->dice, 2);
	cfg.value_crc = f->exact ? crc32c : NULL;
	MUST(!vkv_ftl_create(&cfg, &f->ftl), "create");
	vkv_ftl_set_block(f->ftl, BLOCKS);
	f->ctx = vkv_ftl_ctx(f->ftl, 0);
	f->gc = vkv_ftl_ctx(f->ftl, 1);
	for (i = 0; i < KEYS; i++)
		name_key(&f->key[i], i);
}

/* Nothing of the damage is left: nearly all of the device can be filled. */
static void finish(struct fuzz *f)
{
	struct vkv_usage usage;
	u32 i;

	sanitize(f);
	for (i = 0; i < KEYS; i++) {
		struct key *k = &f->key[i];

		if (k->key.keyspace == BLOCKS)
			continue;
		make_value(f->data, i, VALUE_MAX);
		if (store_bytes(f, k, VALUE_MAX, 0))
			break;
	}
	vkv_ftl_usage(f->ftl, &usage);
	MUST(usage.used + VALUE_MAX + FRAGMENT > usage.capacity,
	     "full with %llu of %llu bytes", usage.used, usage.capacity);
	vkv_ftl_destroy(f->ftl);
}

static void run_round(u64 seed)
{
	struct fuzz *f = &fuzz;
	u32 i;

	start(f, seed);
	for (i = 0; i < STEPS; i++)
		operations[roll(&f->dice, ARRAY_SIZE(operations))](f);
	finish(f);
	sums.rounds++;
	sums.steps += STEPS;
}

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static u64 number_from(const char *text, u64 otherwise)
{
	return text ? strtoull(text, NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	u64 seconds = number_from(getenv("DAMAGE_SECONDS"), SECONDS);
	u64 seed = number_from(getenv("SEED"), 1) << 32;

	printf("1..1\n");
	if (argc > 1) {
		run_round(strtoull(argv[1], NULL, 0));
	} else {
		while (cpu_seconds() < seconds) {
			fprintf(stderr, "# seed %#llx\n", ++seed);
			run_round(seed);
		}
	}
	printf("# %llu rounds, %llu operations, %llu bits flipped, %llu of them in "
	       "indexes\n", sums.rounds, sums.steps, sums.flips, sums.index_flips);
	printf("# %llu keys lost, %llu refused, %llu full, %llu cleared\n",
	       sums.lost, sums.refused, sums.full, sums.cleared);
	printf("ok 1 damage\n");
	return 0;
}
