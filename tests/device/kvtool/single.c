// SPDX-License-Identifier: GPL-2.0
/*
 * Words after a verb's own arguments are NAME=VALUE: a field of the command to
 * override, or an expectation.
 */
#include "device/kvtool/single.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device/kvtool/blob.h"

#define WORDS_MAX 64u

/**
 * struct single - a command, and expectations of its end
 * @cmd: the command
 * @want: the status, -1 for any
 * @want_errno: the errno of a command that the kernel is to refuse
 * @check_result: @want_result counts
 * @want_result: dword 0 of the completion
 * @want_data: the first bytes that are returned, as a word; NULL for any
 * @whole: and no more: the result is their number
 * @out: the file for the returned data; NULL for none
 * @room: bytes that the command may return; 0 for as many as the buffer has
 */
struct single {
	struct cmd cmd;
	int want;
	int want_errno;
	bool check_result;
	uint32_t want_result;
	const char *want_data;
	bool whole;
	const char *out;
	size_t room;
};

static unsigned char *single_buf(const struct single *s)
{
	return (void *)(uintptr_t)s->cmd.c.addr;
}

/* ---- words ---- */

static bool take_field(struct single *s, const char *name, const char *value)
{
	struct {
		const char *name;
		uint32_t *field;
	} fields[] = {
		{ "nsid", &s->cmd.c.nsid }, { "cdw2", &s->cmd.c.cdw2 },
		{ "cdw3", &s->cmd.c.cdw3 }, { "cdw10", &s->cmd.c.cdw10 },
		{ "cdw11", &s->cmd.c.cdw11 }, { "cdw12", &s->cmd.c.cdw12 },
		{ "cdw13", &s->cmd.c.cdw13 }, { "cdw14", &s->cmd.c.cdw14 },
		{ "cdw15", &s->cmd.c.cdw15 },
		{ "timeout", &s->cmd.c.timeout_ms },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(name, fields[i].name)) {
			*fields[i].field = number(value);
			return true;
		}
	return false;
}

static void take_op(struct single *s, const char *value)
{
	s->cmd.c.opcode = number(value);
}

static void take_flags(struct single *s, const char *value)
{
	s->cmd.c.flags = number(value);
}

static void take_admin(struct single *s, const char *value)
{
	s->cmd.admin = number(value);
}

static void take_opt(struct single *s, const char *value)
{
	s->cmd.c.cdw11 |= number(value) << 8;
}

static void take_len(struct single *s, const char *value)
{
	cmd_set_data(&s->cmd, io_buf, number(value));
}

/* A buffer that starts inside a page. */
static void take_off(struct single *s, const char *value)
{
	char *at = (char *)io_buf + number(value);

	memmove(at, io_buf, s->cmd.c.data_len);
	s->cmd.c.addr = (uintptr_t)at;
}

static void take_want(struct single *s, const char *value)
{
	s->want = strcmp(value, "any") ? (int)number(value) : -1;
}

static void take_errno(struct single *s, const char *value)
{
	s->want_errno = number(value);
}

static void take_result(struct single *s, const char *value)
{
	s->check_result = true;
	s->want_result = number(value);
}

static void take_data(struct single *s, const char *value)
{
	s->want_data = value;
	s->whole = true;
}

static void take_head(struct single *s, const char *value)
{
	s->want_data = value;
}

static void take_in(struct single *s, const char *value)
{
	struct blob b = blob_parse(value);

	memcpy(io_buf, b.data, b.len);
	cmd_set_data(&s->cmd, io_buf, b.len);
}

static void take_out(struct single *s, const char *value)
{
	s->out = value;
}

static const struct {
	const char *name;
	void (*take)(struct single *s, const char *value);
} takers[] = {
	{ "op", take_op }, { "flags", take_flags }, { "admin", take_admin },
	{ "opt", take_opt }, { "len", take_len }, { "off", take_off },
	{ "want", take_want }, { "errno", take_errno },
	{ "result", take_result }, { "data", take_data },
	{ "head", take_head }, { "in", take_in }, { "out", take_out },
};

static void single_word(struct single *s, const char *word)
{
	const char *eq = strchr(word, '=');
	char name[16];

	if (!eq || eq - word >= (long)sizeof(name))
		die("expected NAME=VALUE, got '%s'", word);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - word), word);
	if (take_field(s, name, eq + 1))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		if (!strcmp(name, takers[i].name)) {
			takers[i].take(s, eq + 1);
			return;
		}
	die("unknown word '%s'", word);
}

/* ---- sending ---- */

static void single_save(const struct single *s)
{
	FILE *f = fopen(s->out, "wb");

	if (!f)
		die("%s: %s", s->out, strerror(errno));
	fwrite(single_buf(s), 1, s->cmd.c.data_len, f);
	fclose(f);
}

static int check_data(const struct single *s)
{
	const unsigned char *got = single_buf(s);
	struct blob want = blob_parse(s->want_data);
	size_t room = s->room ? s->room : s->cmd.c.data_len;

	if (s->whole && s->cmd.result != want.len) {
		printf("  size %llu, expected %zu\n",
		       (unsigned long long)s->cmd.result, want.len);
		return 1;
	}
	if (want.len > room)
		want.len = room;
	for (size_t i = 0; i < want.len; i++)
		if (got[i] != want.data[i]) {
			printf("  byte %zu is %02x, expected %02x\n", i, got[i],
			       want.data[i]);
			return 1;
		}
	return 0;
}

static int check_status(const struct single *s)
{
	if (s->want < 0 || s->cmd.status == s->want)
		return 0;
	printf("  opcode 0x%02x: status 0x%03x, expected 0x%03x\n",
	       s->cmd.c.opcode, s->cmd.status, s->want);
	return 1;
}

static int check_result(const struct single *s)
{
	if (!s->check_result || (uint32_t)s->cmd.result == s->want_result)
		return 0;
	printf("  result 0x%08llx, expected 0x%08x\n",
	       (unsigned long long)s->cmd.result, s->want_result);
	return 1;
}

static int single_check(const struct single *s)
{
	int bad = check_status(s);

	bad |= check_result(s);
	if (s->want_data && !bad)
		bad = check_data(s);
	if (s->out)
		single_save(s);
	return bad;
}

/* The kernel refused the command, or was to refuse it. */
static int single_refused(const struct single *s, int err)
{
	if (err == s->want_errno) {
		printf("errno=%d\n", err);
		return 0;
	}
	printf("opcode 0x%02x: errno %d (%s), expected %d\n", s->cmd.c.opcode,
	       err, strerror(err), s->want_errno);
	return 1;
}

static int single_finish(const struct node *n, struct single *s, char **words)
{
	bool reads;
	int err;

	for (; *words; words++)
		single_word(s, *words);
	reads = !(s->cmd.c.opcode & 1);
	if (reads && s->cmd.c.data_len)
		memset(single_buf(s), 0xee, s->cmd.c.data_len);
	err = cmd_send(n, &s->cmd);
	if (err || s->want_errno)
		return single_refused(s, err);
	printf("status=0x%03x%s result=0x%08llx\n", s->cmd.status,
	       s->cmd.dnr ? " dnr" : "", (unsigned long long)s->cmd.result);
	return single_check(s);
}

/* ---- verbs ---- */

static int do_raw(const struct node *n, char **argv)
{
	struct single s = { .cmd = cmd_init(n, 0) };

	return single_finish(n, &s, argv);
}

static int do_line(const struct node *n, char *line)
{
	char *words[32];
	size_t nr = 0;

	line[strcspn(line, "\n")] = '\0';
	printf("%s: ", line);
	for (char *word = strtok(line, " "); word && nr < 31;
	     word = strtok(NULL, " "))
		words[nr++] = word;
	words[nr] = NULL;
	return do_raw(n, words);
}

/* Raw commands, one a line of a file: a process for each would take longer. */
static int do_script(const struct node *n, char **argv)
{
	FILE *f = fopen(argv[0], "r");
	char line[256];
	int bad = 0;

	if (!f)
		die("%s: %s", argv[0], strerror(errno));
	while (fgets(line, sizeof(line), f))
		bad |= do_line(n, line);
	fclose(f);
	return bad;
}

static int do_store(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]), val = blob_parse(argv[1]);
	struct single s = { 0 };

	if (val.len + 4 > BUFFER_SIZE)
		die("value too long");
	memcpy(io_buf, val.data, val.len);
	memset((char *)io_buf + val.len, 0xcc, 4);
	s.cmd = cmd_store(n, key.data, key.len, io_buf, val.len, 0);
	return single_finish(n, &s, argv + 2);
}

static int do_append(const struct node *n, char **argv)
{
	char op[] = "op=0x83", *words[WORDS_MAX];
	size_t i = 0;

	for (; argv[i] && i < WORDS_MAX - 2; i++)
		words[i] = argv[i];
	words[i] = op;
	words[i + 1] = NULL;
	return do_store(n, words);
}

static int do_get(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]);
	struct single s = { .room = number(argv[1]) };

	s.cmd = cmd_get(n, key.data, key.len, io_buf, number(argv[1]), 0);
	return single_finish(n, &s, argv + 2);
}

static int do_del(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]);
	struct single s = { .cmd = cmd_delete(n, key.data, key.len, 0) };

	return single_finish(n, &s, argv + 1);
}

static int do_exist(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]);
	struct single s = { .cmd = cmd_exist(n, key.data, key.len, 0) };

	return single_finish(n, &s, argv + 1);
}

static int do_iter_open(const struct node *n, char **argv)
{
	struct single s = { .cmd = cmd_iter_open(n, number(argv[0]),
						 number(argv[1]),
						 number(argv[2])) };

	return single_finish(n, &s, argv + 3);
}

static int do_iter_close(const struct node *n, char **argv)
{
	struct single s = { .cmd = cmd_iter_close(n, number(argv[0])) };

	return single_finish(n, &s, argv + 1);
}

static int do_iter_read(const struct node *n, char **argv)
{
	struct single s = { .cmd = cmd_iter_read(n, number(argv[0]),
						 number(argv[1])) };

	return single_finish(n, &s, argv + 2);
}

static int do_list(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]);
	struct single s = { .cmd = cmd_list(n, key.data, key.len,
					    number(argv[1])) };

	return single_finish(n, &s, argv + 2);
}

/* Mean time of a command, in ns. */
static int do_latency(const struct node *n, char **argv)
{
	uint64_t count = number(argv[0]), begun;
	struct single s = { .cmd = cmd_init(n, 0) };

	for (argv++; *argv; argv++)
		single_word(&s, *argv);
	begun = now_ns();
	for (uint64_t i = 0; i < count; i++)
		cmd_must_send(n, &s.cmd);
	printf("%llu\n", (unsigned long long)((now_ns() - begun) /
					      (count ? count : 1)));
	return 0;
}

const struct verb single_verbs[] = {
	{ "raw", 0, do_raw, "op=N [nsid= cdw2= ... cdw15= len= in= admin=1]" },
	{ "script", 1, do_script, "FILE, of words for raw" },
	{ "store", 2, do_store, "KEY VALUE" },
	{ "append", 2, do_append, "KEY VALUE" },
	{ "get", 2, do_get, "KEY BYTES" },
	{ "del", 1, do_del, "KEY" },
	{ "exist", 1, do_exist, "KEY" },
	{ "iter-open", 3, do_iter_open, "PREFIX MASK KIND(4, 8, 16)" },
	{ "iter-close", 1, do_iter_close, "HANDLE" },
	{ "iter-read", 2, do_iter_read, "HANDLE BYTES" },
	{ "list", 2, do_list, "KEY BYTES" },
	{ "latency", 1, do_latency, "COUNT op= ..." },
	{ 0 }
};
