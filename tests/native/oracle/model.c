// SPDX-License-Identifier: GPL-2.0
#include "native/oracle/model.h"

#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "nvme_kv.h"

/*
 * A value that is larger than FRAGMENT bytes is stored in fragments. Each is a
 * record of its own, and the last one is shorter. One more record leads to
 * them.
 */
#define FRAGMENT 8192u
#define FRAGMENT_NAME 12u
#define LEADER 24u

#define STANDARD_BOTH (NVME_KV_STORE_IF_PRESENT | NVME_KV_STORE_IF_ABSENT)
#define VENDOR_BOTH (NVME_VENDOR_STORE_IDEMPOTENT | NVME_VENDOR_STORE_UPDATE_ONLY)

bool oracle_permits(const struct oracle_answer *a, u16 status)
{
	u32 i;

	for (i = 0; i < a->nr; i++)
		if (a->status[i] == status)
			return true;
	return !a->nr && !status;
}

void oracle_may(struct oracle_answer *a, u16 status)
{
	if (!a->nr || !oracle_permits(a, status))
		a->status[a->nr++] = status;
}

/* --- keys --- */

/* Names begin alike, and some names are the beginning of others. */
static void invent_name(struct oracle_key *k, struct dice *dice)
{
	bool any = k->space != SPACE_STANDARD && one_in(dice, 2);
	u32 i;

	k->name_len = 1 + roll(dice, any ? sizeof(k->name) : 16);
	for (i = 0; i < k->name_len; i++)
		k->name[i] = one_in(dice, 3) ? 'a' + roll(dice, 2) : roll(dice, 2);
}

struct oracle_key *oracle_find(struct oracle *o, enum oracle_space space,
			       const void *name, u32 len)
{
	struct oracle_key *k;

	for (k = o->key[space]; k < o->key[space] + ORACLE_KEYS; k++)
		if (k->name_len == len && !memcmp(k->name, name, len))
			return k;
	return NULL;
}

void oracle_init(struct oracle *o, struct dice *dice, u64 capacity)
{
	struct oracle_key *k;
	u32 space, nr;

	memset(o, 0, sizeof(*o));
	o->capacity = capacity;
	for (space = 0; space < ORACLE_SPACES; space++)
		for (nr = 0; nr < ORACLE_KEYS; nr++) {
			k = &o->key[space][nr];
			k->space = space;
			k->nr = nr;
			do {
				invent_name(k, dice);
			} while (oracle_find(o, space, k->name, k->name_len) != k);
		}
}

void oracle_free(struct oracle *o)
{
	u32 space, nr;

	for (space = 0; space < ORACLE_SPACES; space++)
		for (nr = 0; nr < ORACLE_KEYS; nr++)
			free(o->key[space][nr].value);
}

/* --- the space that values are charged --- */

/*
 * A record has a header, the key and the value. Its index entry is charged,
 * too.
 */
static u64 record(u32 name_len, u32 len)
{
	return ALIGN(24 + name_len + len, 16) + 16;
}

static u64 charge(const struct oracle_key *k, u64 size)
{
	u32 rest = size % FRAGMENT;

	if (size <= FRAGMENT)
		return record(k->name_len, size);
	return record(k->name_len, LEADER) +
	       size / FRAGMENT * record(FRAGMENT_NAME, FRAGMENT) +
	       (rest ? record(FRAGMENT_NAME, rest) : 0);
}

static u64 charged(const struct oracle_key *k)
{
	return k->there ? charge(k, k->size) : 0;
}

static bool fits(const struct oracle *o, const struct oracle_key *k, u64 size)
{
	u64 before = charged(k), after = charge(k, size);

	return after <= before || o->used - before + after <= o->capacity;
}

u32 oracle_most(const struct oracle *o, const struct oracle_key *k)
{
	u32 fitting = 0, too_many = ORACLE_COMMAND_MAX, size;

	while (fitting + 1 < too_many) {
		size = (fitting + too_many) / 2;
		if (fits(o, k, size))
			fitting = size;
		else
			too_many = size;
	}
	return fitting;
}

/* --- stores --- */

u64 oracle_size_after(const struct oracle_key *k, const struct oracle_store *s)
{
	u32 size = k->there ? k->size : 0;

	if (s->append)
		return (u64)size + s->len;
	return s->offset ? max((u64)s->offset + s->len, (u64)size) : s->len;
}

void oracle_standard_store(const struct oracle *o, const struct oracle_key *k,
			   const struct oracle_store *s, struct oracle_answer *a)
{
	if ((s->option & STANDARD_BOTH) == STANDARD_BOTH || s->option > 7)
		oracle_may(a, NVME_SC_INVALID_FIELD);
	else if ((s->option & NVME_KV_STORE_IF_PRESENT) && !k->there)
		oracle_may(a, NVME_SC_KV_NO_KEY);
	else if ((s->option & NVME_KV_STORE_IF_ABSENT) && k->there)
		oracle_may(a, NVME_SC_KV_KEY_EXISTS);
	if (!fits(o, k, s->len))
		oracle_may(a, NVME_SC_CAPACITY);
}

/* Adds the statuses for conditions that options set. Wrong options set none. */
static void vendor_conditions(bool there, u32 option, struct oracle_answer *a)
{
	if ((option & VENDOR_BOTH) == VENDOR_BOTH || option > 15)
		oracle_may(a, NVME_SC_VENDOR_OPTION);
	else if ((option & NVME_VENDOR_STORE_UPDATE_ONLY) && !there)
		oracle_may(a, NVME_SC_VENDOR_NO_KEY);
	else if ((option & NVME_VENDOR_STORE_IDEMPOTENT) && there)
		oracle_may(a, NVME_SC_VENDOR_EXISTS);
}

void oracle_vendor_store(const struct oracle *o, const struct oracle_key *k,
			 const struct oracle_store *s, struct oracle_answer *a)
{
	u64 size = oracle_size_after(k, s);

	vendor_conditions(k->there, s->option, a);
	if (s->offset % 512)
		oracle_may(a, NVME_SC_VENDOR_OFFSET_ALIGN);
	if (s->offset && (!k->there || s->offset > k->size))
		oracle_may(a, NVME_SC_VENDOR_VALUE_OFFSET);
	if (s->offset && size > ORACLE_COMMAND_MAX)
		oracle_may(a, NVME_SC_VENDOR_VALUE_SIZE);
	if (!fits(o, k, size))
		oracle_may(a, NVME_SC_VENDOR_CAPACITY);
}

/* An iterator in the space of the key may return it from now on. */
static void appears(const struct oracle *o, struct oracle_key *k)
{
	u32 handle;

	k->there = true;
	k->size = 0;
	for (handle = 1; handle <= ORACLE_ITERATORS; handle++)
		if (o->iterator[handle].open && o->iterator[handle].space == k->space)
			k->allowed |= 1u << handle;
}

void oracle_stored(struct oracle *o, struct oracle_key *k,
		   const struct oracle_store *s)
{
	u64 size = oracle_size_after(k, s);

	o->used -= charged(k);
	if (!k->there)
		appears(o, k);
	k->value = realloc(k->value, size + 1);
	memcpy(k->value + (s->append ? k->size : s->offset), s->data, s->len);
	k->size = size;
	o->used += charged(k);
}

/*
 * Returns the last store before @i that has the same key, or @i when there is
 * none.
 */
static u32 earlier(struct oracle_key *const *k, u32 i)
{
	u32 j = i;

	while (j--)
		if (k[j] == k[i])
			return j;
	return i;
}

/*
 * Each store finds the values that the stores before it have left. A batch fits
 * for certain when there is room for the new values beside all old ones. It
 * does not fit when there is no room even after the stores have freed the old
 * values. In between the device may decide.
 */
void oracle_batch(const struct oracle *o, struct oracle_key *const *k,
		  const struct oracle_store *s, u32 nr, struct oracle_answer *a)
{
	u64 most = o->used, least = o->used;
	bool room = true;
	u32 i;

	for (i = 0; i < nr; i++) {
		u32 j = earlier(k, i);

		most += charge(k[i], s[i].len);
		least += charge(k[i], s[i].len);
		least -= j < i ? charge(k[i], s[j].len) : charged(k[i]);
		room = room && least <= o->capacity;
		vendor_conditions(j < i || k[i]->there, s[i].option, a);
	}
	room = room && !a->nr;
	if (most > o->capacity)
		oracle_may(a, NVME_SC_VENDOR_CAPACITY);
	if (room)
		oracle_may(a, NVME_SC_SUCCESS);
}

/* --- the other verbs --- */

static u16 absent(const struct oracle_key *k)
{
	return k->space == SPACE_STANDARD ? NVME_SC_KV_NO_KEY :
					    NVME_SC_VENDOR_NO_KEY;
}

void oracle_vendor_retrieve(const struct oracle_key *k, u32 option, u32 offset,
			    struct oracle_answer *a)
{
	if (option > 3)
		oracle_may(a, NVME_SC_VENDOR_OPTION);
	if (offset % 512)
		oracle_may(a, NVME_SC_VENDOR_OFFSET_ALIGN);
	if (!k->there)
		oracle_may(a, absent(k));
	else if (offset && offset >= k->size)
		oracle_may(a, NVME_SC_VENDOR_VALUE_OFFSET);
}

void oracle_exist(const struct oracle_key *k, struct oracle_answer *a)
{
	if (!k->there)
		oracle_may(a, absent(k));
}

/* In the vendor dialect an option decides whether the key has to be stored. */
void oracle_delete(const struct oracle *o, const struct oracle_key *k, u32 option,
		   struct oracle_answer *a)
{
	bool standard = k->space == SPACE_STANDARD;

	if (!standard && option > 1)
		oracle_may(a, NVME_SC_VENDOR_OPTION);
	if (!k->there && (standard ? o->strict_delete : option & 1))
		oracle_may(a, absent(k));
}

void oracle_deleted(struct oracle *o, struct oracle_key *k)
{
	o->used -= charged(k);
	k->there = false;
	k->owed = 0;
}

/* --- blocks --- */

void oracle_write(const struct oracle *o, u32 lba, u32 nr, struct oracle_answer *a)
{
	u32 unit, last = (lba + nr - 1) / ORACLE_UNIT_LBAS;
	u64 more = 0;

	for (unit = lba / ORACLE_UNIT_LBAS; unit <= last; unit++)
		more += o->unit[unit] ? 0 : ORACLE_UNIT;
	if (more && o->used + more > o->capacity)
		oracle_may(a, NVME_SC_CAPACITY);
}

void oracle_written(struct oracle *o, u32 lba, u32 nr, const u8 *data)
{
	u32 unit, last = (lba + nr - 1) / ORACLE_UNIT_LBAS;

	memcpy(o->disk + lba * ORACLE_LBA, data, nr * ORACLE_LBA);
	for (unit = lba / ORACLE_UNIT_LBAS; unit <= last; unit++) {
		o->used += o->unit[unit] ? 0 : ORACLE_UNIT;
		o->unit[unit] = true;
	}
}

/* A unit that is zeroed as a whole is no longer stored. */
void oracle_zeroed(struct oracle *o, u32 lba, u32 nr)
{
	u32 unit, end = (lba + nr) / ORACLE_UNIT_LBAS;

	memset(o->disk + lba * ORACLE_LBA, 0, nr * ORACLE_LBA);
	for (unit = DIV_ROUND_UP(lba, ORACLE_UNIT_LBAS); unit < end; unit++) {
		o->used -= o->unit[unit] ? ORACLE_UNIT : 0;
		o->unit[unit] = false;
	}
}
