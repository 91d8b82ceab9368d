// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations beside an oracle, which has a copy of each value. Half of
 * the keys share their bytes with others of another length.
 */
#include "device/kvtool/torture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/kvtool/blob.h"
#include "device/kvtool/keys.h"

#define NR_KEYS 96u
#define NODES_MAX 8u
#define LEN_MAX (160u << 10)
#define PREFIX "torT"
#define PREFIX_LEN 4u

/* The state that a key should have. */
struct oracle {
	unsigned char key[KEY_MAX];
	size_t klen;
	bool there;
	size_t len;
	unsigned char *data;
};

struct torture {
	const struct node *n;
	struct oracle o[NR_KEYS];
	uint64_t *rng;
	unsigned long op;
};

static uint64_t rnd(struct torture *t, uint64_t below)
{
	*t->rng = *t->rng * 6364136223846793005ull + 1442695040888963407ull;
	return (*t->rng >> 33) % below;
}

static void torture_init(struct torture *t, const struct node *n,
			 uint64_t *rng, uint64_t seed)
{
	t->n = n;
	t->rng = rng;
	for (unsigned int i = 0; i < NR_KEYS; i++) {
		struct oracle *o = &t->o[i];

		pattern(o->key, KEY_MAX, mix(seed ^ i / 6));
		memcpy(o->key, PREFIX, PREFIX_LEN);
		o->klen = 6 + i % 6 * 2;
		o->data = xmalloc(LEN_MAX);
	}
}

static void __attribute__((format(printf, 3, 4), noreturn))
torture_fail(const struct torture *t, const struct oracle *o, const char *fmt,
	     ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "kvtool: operation %lu on %s, key ", t->op, t->n->path);
	for (size_t i = 0; i < o->klen; i++)
		fprintf(stderr, "%02x", o->key[i]);
	fprintf(stderr, " (%s, %zu bytes): ", o->there ? "stored" : "absent",
		o->len);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

/* Sends a command that has to end with status @want. */
static void torture_send(const struct torture *t, const struct oracle *o,
			 struct cmd *cmd, int want)
{
	cmd_must_send(t->n, cmd);
	if (cmd->status != want)
		torture_fail(t, o, "opcode 0x%02x, dword 11 0x%08x: status 0x%03x, expected 0x%03x",
			     cmd->c.opcode, cmd->c.cdw11, cmd->status, want);
}

static int status_of(const struct torture *t, const struct oracle *o)
{
	return o->there ? 0 : absent_status(t->n);
}

/* ---- operations ---- */

enum condition { PLAIN, IF_ABSENT, IF_PRESENT, COMPRESSION };

static size_t value_len(struct torture *t)
{
	switch (rnd(t, 8)) {
	case 0:
		return rnd(t, 8);
	case 1:
		return 4090 + rnd(t, 12);
	case 2:
		return rnd(t, LEN_MAX);
	default:
		return rnd(t, 2048);
	}
}

static int store_status(const struct torture *t, const struct oracle *o,
			enum condition condition)
{
	if (condition == IF_ABSENT && o->there)
		return t->n->dialect == VENDOR ? V_EXISTS : S_EXISTS;
	return condition == IF_PRESENT ? status_of(t, o) : 0;
}

static void torture_store(struct torture *t, struct oracle *o)
{
	static const unsigned int opts[2][4] = {
		{ 0, 2, 8, 1 }, { 0, 2, 1, 4 }
	};
	enum condition condition = rnd(t, 4);
	size_t len = value_len(t);
	int want = store_status(t, o, condition);
	struct cmd cmd;

	pattern(io_buf, len, rnd(t, 1u << 30));
	cmd = cmd_store(t->n, o->key, o->klen, io_buf, len,
			opts[t->n->dialect][condition]);
	torture_send(t, o, &cmd, want);
	if (want)
		return;
	o->there = true;
	o->len = len;
	memcpy(o->data, io_buf, len);
}

static void torture_append(struct torture *t, struct oracle *o)
{
	size_t len = rnd(t, 3000);
	size_t old = o->there ? o->len : 0;
	struct cmd cmd;

	if (t->n->dialect != VENDOR || old + len > LEN_MAX)
		return;
	pattern(io_buf, len, rnd(t, 1u << 30));
	cmd = cmd_store(t->n, o->key, o->klen, io_buf, len, 0);
	cmd.c.opcode = V_APPEND;
	torture_send(t, o, &cmd, 0);
	memcpy(o->data + old, io_buf, len);
	o->there = true;
	o->len = old + len;
}

static void torture_get(struct torture *t, struct oracle *o)
{
	size_t len = rnd(t, 3) ? LEN_MAX : rnd(t, 4096) & ~3ul;
	struct cmd cmd = cmd_get(t->n, o->key, o->klen, io_buf, len, 0);
	size_t n = o->len < len ? o->len : len;

	memset(io_buf, 0xee, len);
	torture_send(t, o, &cmd, status_of(t, o));
	if (!o->there)
		return;
	if (cmd.result != o->len)
		torture_fail(t, o, "retrieve says %llu bytes",
			     (unsigned long long)cmd.result);
	if (memcmp(io_buf, o->data, n))
		torture_fail(t, o, "retrieve gives other bytes");
}

static void torture_delete(struct torture *t, struct oracle *o)
{
	bool strict = t->n->dialect == VENDOR && rnd(t, 2);
	struct cmd cmd = cmd_delete(t->n, o->key, o->klen, strict);

	torture_send(t, o, &cmd, strict ? status_of(t, o) : 0);
	o->there = false;
	o->len = 0;
}

static void torture_exist(struct torture *t, struct oracle *o)
{
	struct cmd cmd = cmd_exist(t->n, o->key, o->klen, 0);

	torture_send(t, o, &cmd, status_of(t, o));
}

/* ---- walks ---- */

/* The keys of ours that the device has, sorted. */
static struct keys walk_got(const struct torture *t)
{
	struct keys got;
	uint32_t prefix;
	size_t nr = 0;

	memcpy(&prefix, PREFIX, PREFIX_LEN);
	if (t->n->dialect == VENDOR)
		got = keys_iterate(t->n, prefix, 0xffffffff, 1024);
	else
		got = keys_list(t->n, 1024);
	for (size_t i = 0; i < got.nr; i++)
		if (!memcmp(got.at[i].data, PREFIX, PREFIX_LEN))
			got.at[nr++] = got.at[i];
	got.nr = nr;
	keys_sort(&got);
	return got;
}

static struct keys walk_want(const struct torture *t)
{
	struct keys want = { 0 };

	for (unsigned int i = 0; i < NR_KEYS; i++)
		if (t->o[i].there)
			keys_add(&want, t->o[i].key, t->o[i].klen);
	keys_sort(&want);
	return want;
}

/* Every key is there, and no other of ours, exactly once. */
static void torture_walk(struct torture *t)
{
	struct keys got = walk_got(t), want = walk_want(t);

	if (got.nr != want.nr)
		torture_fail(t, &t->o[0], "walk gives %zu keys of %zu", got.nr,
			     want.nr);
	for (size_t i = 0; i < got.nr; i++)
		if (entry_cmp(&got.at[i], &want.at[i]))
			torture_fail(t, &t->o[0], "walk gives another key");
	free(got.at);
	free(want.at);
}

/* ---- the whole ---- */

static void torture_one(struct torture *t)
{
	struct oracle *o = &t->o[rnd(t, NR_KEYS)];

	switch (rnd(t, 16)) {
	case 0 ... 5:
		torture_store(t, o);
		break;
	case 6:
		torture_append(t, o);
		break;
	case 7 ... 8:
		torture_delete(t, o);
		break;
	case 9 ... 10:
		torture_exist(t, o);
		break;
	default:
		torture_get(t, o);
	}
	if (!rnd(t, 500))
		torture_walk(t);
}

/* Looks at everything once more, and leaves nothing. */
static void torture_end(struct torture *t)
{
	torture_walk(t);
	for (unsigned int i = 0; i < NR_KEYS; i++) {
		torture_get(t, &t->o[i]);
		torture_delete(t, &t->o[i]);
	}
	torture_walk(t);
}

int do_torture(const struct node *n, char **argv)
{
	uint64_t ops = number(argv[0]), seed = number(argv[1]), rng = mix(seed);
	static struct torture t[NODES_MAX];
	struct node extra[NODES_MAX];
	size_t nr = 0;

	torture_init(&t[nr++], n, &rng, seed);
	for (argv += 2; *argv && nr < NODES_MAX; argv++, nr++) {
		extra[nr] = node_of(*argv);
		torture_init(&t[nr], &extra[nr], &rng, seed);
	}
	for (uint64_t i = 0; i < ops; i++) {
		t[i % nr].op = i;
		torture_one(&t[i % nr]);
	}
	for (size_t i = 0; i < nr; i++)
		torture_end(&t[i]);
	printf("torture: %llu operations, seed %llu, all as the oracle says\n",
	       (unsigned long long)ops, (unsigned long long)seed);
	return 0;
}
