// SPDX-License-Identifier: GPL-2.0
#include "device/kvtool/bulk.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "device/kvtool/blob.h"
#include "device/kvtool/keys.h"

#define THREADS_MAX 64u
#define ANY_COUNT UINT64_MAX

/**
 * struct bulk - the settings of a bulk verb, all NAME=VALUE
 * @n: the node
 * @prefix: beginning of the keys; their number follows in seven digits
 * @count: how many keys
 * @size: bytes of a value
 * @start: number of the first key
 * @seed: other seeds make other values
 * @threads: how many share the keys
 * @loops: how often each key comes
 * @max: keys that are stored at most, to fill the device
 * @buf: bytes of the buffer of an iterator or a list
 * @opt: options of the commands
 * @want: the status of each command
 * @print: print the keys, not their number
 * @exact: no key may come twice
 * @iter_prefix: first bytes of the keys of an iterator
 * @mask: which bits of these count
 */
struct bulk {
	const struct node *n;
	const char *prefix;
	uint64_t count, size, start, seed, threads, loops, max, buf;
	uint64_t opt, want, print, exact, iter_prefix, mask;
};

static void bulk_word(struct bulk *b, const char *text)
{
	const struct word words[] = {
		{ "n", &b->count }, { "size", &b->size },
		{ "start", &b->start }, { "seed", &b->seed },
		{ "threads", &b->threads }, { "loops", &b->loops },
		{ "max", &b->max }, { "buf", &b->buf }, { "opt", &b->opt },
		{ "want", &b->want }, { "print", &b->print },
		{ "exact", &b->exact }, { "iter", &b->iter_prefix },
		{ "mask", &b->mask },
	};

	if (!strchr(text, '='))
		die("expected NAME=VALUE, got '%s'", text);
	if (!strncmp(text, "prefix=", 7))
		b->prefix = text + 7;
	else if (!word_parse(text, words, ARRAY_SIZE(words)))
		die("unknown word '%s'", text);
}

static struct bulk bulk_parse(const struct node *n, char **words)
{
	struct bulk b = { .n = n, .prefix = "k", .count = ANY_COUNT,
			  .size = 64, .threads = 1, .buf = 32u << 10,
			  .loops = 1, .max = 1u << 24 };

	for (; *words; words++)
		bulk_word(&b, *words);
	if (b.size > VALUE_MAX || b.buf > BUFFER_SIZE || !b.threads ||
	    b.threads > THREADS_MAX)
		die("size, buf or threads out of range");
	return b;
}

/* ---- one key ---- */

struct bulk_key {
	char text[KEY_MAX + 1];
	size_t len;
};

static struct bulk_key bulk_key(const struct bulk *b, uint64_t i)
{
	struct bulk_key key;
	int len = snprintf(key.text, sizeof(key.text), "%s%07llu", b->prefix,
			   (unsigned long long)i);

	if (len < 1 || len > (int)KEY_MAX)
		die("prefix '%s' makes keys longer than %u", b->prefix, KEY_MAX);
	key.len = len;
	return key;
}

static uint64_t bulk_seed(const struct bulk *b, uint64_t i)
{
	return mix(b->seed * 1000003 + i) ^ b->size;
}

/*
 * Does something with key @i; false if the device answers otherwise than
 * wanted.
 */
typedef bool (*bulk_fn)(const struct bulk *b, uint64_t i, unsigned char *buf);

static bool ends_as_wanted(const struct bulk *b, struct cmd *cmd)
{
	cmd_must_send(b->n, cmd);
	return (uint64_t)cmd->status == b->want;
}

static bool store_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	struct bulk_key key = bulk_key(b, i);
	struct cmd cmd = cmd_store(b->n, key.text, key.len, buf, b->size,
				   b->opt);

	pattern(buf, b->size, bulk_seed(b, i));
	return ends_as_wanted(b, &cmd);
}

static bool verify_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	struct bulk_key key = bulk_key(b, i);
	struct cmd cmd = cmd_get(b->n, key.text, key.len, buf, b->size, b->opt);
	unsigned char *want = buf + VALUE_MAX;

	memset(buf, 0xee, b->size);
	if (!ends_as_wanted(b, &cmd))
		return false;
	if (b->want)
		return true;
	pattern(want, b->size, bulk_seed(b, i));
	return cmd.result == b->size && !memcmp(buf, want, b->size);
}

static bool delete_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	struct bulk_key key = bulk_key(b, i);
	struct cmd cmd = cmd_delete(b->n, key.text, key.len, b->opt);

	(void)buf;
	return ends_as_wanted(b, &cmd);
}

static bool exist_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	struct bulk_key key = bulk_key(b, i);
	struct cmd cmd = cmd_exist(b->n, key.text, key.len, b->opt);

	(void)buf;
	return ends_as_wanted(b, &cmd);
}

/* ---- races ---- */

/*
 * A value that begins with its version, on which its length and its bytes
 * depend.
 */
static size_t race_value(unsigned char *buf, uint64_t version)
{
	size_t len = 64 + version * 4;

	pattern(buf, len, version);
	memcpy(buf, &version, 8);
	return len;
}

static bool race_store(const struct bulk *b, const struct bulk_key *key,
		       unsigned char *buf, uint64_t version)
{
	size_t len = race_value(buf, version);
	struct cmd cmd = cmd_store(b->n, key->text, key->len, buf, len, 0);

	cmd_must_send(b->n, &cmd);
	return !cmd.status;
}

static bool race_get(const struct bulk *b, const struct bulk_key *key,
		     unsigned char *buf)
{
	struct cmd cmd = cmd_get(b->n, key->text, key->len, buf, 8192, 0);
	unsigned char *want = buf + VALUE_MAX;
	uint64_t version;

	memset(buf, 0xee, 8192);
	cmd_must_send(b->n, &cmd);
	memcpy(&version, buf, 8);
	if (cmd.status || version > 1000)
		return false;
	return cmd.result == race_value(want, version) &&
	       !memcmp(buf, want, cmd.result);
}

/*
 * Several threads update the same keys and read them back. Every value read is
 * a written value, as a whole.
 */
static bool race_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	uint64_t x = mix((uintptr_t)buf ^ i ^ b->seed);
	struct bulk_key key = bulk_key(b, x % 4);

	return race_store(b, &key, buf, 1 + x / 4 % 1000) &&
	       race_get(b, &key, buf);
}

/* ---- many keys ---- */

struct bulk_thread {
	pthread_t id;
	const struct bulk *b;
	bulk_fn fn;
	uint64_t first, wrong;
};

static void *bulk_main(void *arg)
{
	struct bulk_thread *t = arg;
	unsigned char *buf = buffer_alloc();
	const struct bulk *b = t->b;

	for (uint64_t loop = 0; loop < b->loops; loop++)
		for (uint64_t i = t->first; i < b->count; i += b->threads)
			t->wrong += !t->fn(b, b->start + i, buf);
	return NULL;
}

static uint64_t bulk_threads(const struct bulk *b, bulk_fn fn)
{
	struct bulk_thread t[THREADS_MAX];
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < b->threads; i++) {
		t[i] = (struct bulk_thread){ .b = b, .fn = fn, .first = i };
		if (pthread_create(&t[i].id, NULL, bulk_main, &t[i]))
			die("cannot create a thread");
	}
	for (uint64_t i = 0; i < b->threads; i++) {
		pthread_join(t[i].id, NULL);
		wrong += t[i].wrong;
	}
	return wrong;
}

static int bulk_run(const struct node *n, char **words, bulk_fn fn,
		    const char *name)
{
	struct bulk b = bulk_parse(n, words);
	uint64_t wrong;

	if (b.count == ANY_COUNT)
		die("n= is missing");
	wrong = bulk_threads(&b, fn);
	printf("%s: %llu of %llu wrong\n", name, (unsigned long long)wrong,
	       (unsigned long long)(b.count * b.loops));
	return wrong ? 1 : 0;
}

/* ---- verbs ---- */

static int do_bulk_store(const struct node *n, char **argv)
{
	return bulk_run(n, argv, store_one, "store");
}

static int do_bulk_verify(const struct node *n, char **argv)
{
	return bulk_run(n, argv, verify_one, "verify");
}

static int do_bulk_delete(const struct node *n, char **argv)
{
	return bulk_run(n, argv, delete_one, "delete");
}

static int do_bulk_exist(const struct node *n, char **argv)
{
	return bulk_run(n, argv, exist_one, "exist");
}

static int do_race(const struct node *n, char **argv)
{
	return bulk_run(n, argv, race_one, "race");
}

/* The status of a store of key @i. */
static int fill_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	struct bulk_key key = bulk_key(b, i);
	struct cmd cmd = cmd_store(b->n, key.text, key.len, buf, b->size,
				   b->opt);

	pattern(buf, b->size, bulk_seed(b, i));
	cmd_must_send(b->n, &cmd);
	return cmd.status;
}

/* Stores until the device is full; prints how many fitted. */
static int do_fill(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);
	unsigned char *buf = buffer_alloc();

	for (uint64_t i = 0; i < b.max; i++) {
		int status = fill_one(&b, b.start + i, buf);

		if (status == full_status(n)) {
			printf("%llu\n", (unsigned long long)i);
			return 0;
		}
		if (status)
			die("store %llu: status 0x%03x", (unsigned long long)i,
			    status);
	}
	die("not full after %llu values of %llu bytes",
	    (unsigned long long)b.max, (unsigned long long)b.size);
}

static int keys_report(const struct bulk *b, struct keys *k)
{
	size_t twice;

	keys_sort(k);
	twice = keys_duplicates(k);
	if (b->exact && twice)
		die("%zu keys came twice", twice);
	if (b->print)
		keys_print(k);
	else
		printf("%zu\n", k->nr - twice);
	if (b->count != ANY_COUNT && k->nr - twice != b->count)
		die("%zu keys, expected %llu", k->nr - twice,
		    (unsigned long long)b->count);
	return 0;
}

static int do_iterate(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);
	struct keys k = keys_iterate(n, b.iter_prefix, b.mask, b.buf);

	return keys_report(&b, &k);
}

static int do_list_all(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);
	struct keys k = keys_list(n, b.buf);

	return keys_report(&b, &k);
}

static int do_delete_all(const struct node *n, char **argv)
{
	struct keys k = keys_all(n);
	int bad = 0;

	(void)argv;
	for (size_t i = 0; i < k.nr; i++) {
		struct cmd cmd = cmd_delete(n, k.at[i].data, k.at[i].len, 0);

		cmd_must_send(n, &cmd);
		bad += !!cmd.status;
	}
	printf("deleted %zu keys, %d failed\n", k.nr, bad);
	return bad ? 1 : 0;
}

const struct verb bulk_verbs[] = {
	{ "bulk-store", 0, do_bulk_store, "n= [size= prefix= seed= threads=]" },
	{ "bulk-verify", 0, do_bulk_verify, "n= [size= ...]" },
	{ "bulk-delete", 0, do_bulk_delete, "n= [...]" },
	{ "bulk-exist", 0, do_bulk_exist, "n= [want= ...]" },
	{ "race", 0, do_race, "n= threads=" },
	{ "fill", 0, do_fill, "size= [prefix= max=]" },
	{ "iterate", 0, do_iterate, "[iter= mask= buf= n= exact=1 print=1]" },
	{ "list-all", 0, do_list_all, "[buf= n= exact=1 print=1]" },
	{ "delete-all", 0, do_delete_all, "" },
	{ 0 }
};
