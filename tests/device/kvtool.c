// SPDX-License-Identifier: GPL-2.0
/*
 * kvtool - key-value commands in bulk, and each of them with every dword in
 * reach, over the nvme driver's passthrough ioctls.
 *
 * nvme-cli is what people use, and tests use it too; but it needs a process a
 * command, and throws away the data of a command that ends with a status.
 *
 * Both dialects: the vendor's on a block node, the standard one on a character
 * node, or what -D says.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/nvme_ioctl.h>

#define KEY_MAX 16u
#define VALUE_MAX (2u << 20)
#define BUF_SIZE (4u << 20)
#define ITER_BUF (32u << 10)
#define STATUS_MASK 0x7ffu

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum dialect { VENDOR, STANDARD };

enum {
	V_STORE = 0x81, V_APPEND = 0x83, V_BATCH = 0x85, V_RETRIEVE = 0x90,
	V_DELETE = 0xa1, V_ITER_REQ = 0xb1, V_ITER_READ = 0xb2, V_EXIST = 0xb3,
	S_STORE = 0x01, S_RETRIEVE = 0x02, S_LIST = 0x06, S_DELETE = 0x10,
	S_EXIST = 0x14,
};

struct node {
	int fd;
	uint32_t nsid;
	enum dialect dialect;
	const char *path;
};

struct blob {
	unsigned char *data;
	size_t len;
};

/* One command and what came of it. */
struct cmd {
	struct nvme_passthru_cmd64 c;
	bool admin;
	int status;		/* NVMe status, without DNR and the like */
	bool dnr;
	uint64_t result;
};

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "kvtool: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(2);
}

static void *xmalloc(size_t len)
{
	void *p = malloc(len ? len : 1);

	if (!p)
		die("out of memory");
	return p;
}

/*
 * Scattered pages run out of the driver's 127 segments long before 2 MiB:
 * big buffers want huge pages, reserved or (not with PREEMPT_RT) on demand.
 */
static void *buffer_alloc(void)
{
	size_t align = 2u << 20;
	char *p = mmap(NULL, BUF_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (p != MAP_FAILED)
		return p;
	p = mmap(NULL, BUF_SIZE + align, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		die("no memory for a buffer");
	p = (char *)(((uintptr_t)p + align - 1) & ~(align - 1));
	madvise(p, BUF_SIZE, MADV_HUGEPAGE);
	memset(p, 0, BUF_SIZE);
	return p;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		die("'%s' is not a number", text);
	return n;
}

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static void pattern(unsigned char *p, size_t len, uint64_t seed)
{
	uint64_t x = mix(seed);

	for (size_t i = 0; i < len; i += 8) {
		size_t n = len - i < 8 ? len - i : 8;

		x = x * 6364136223846793005ull + 1442695040888963407ull;
		memcpy(p + i, &x, n);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	die("'%c' is not a hex digit", c);
}

static struct blob blob_hex(const char *hex)
{
	struct blob b = { .len = strlen(hex) / 2 };

	if (strlen(hex) % 2)
		die("odd number of hex digits in '%s'", hex);
	b.data = xmalloc(b.len);
	for (size_t i = 0; i < b.len; i++)
		b.data[i] = hex_digit(hex[2 * i]) << 4 |
			    hex_digit(hex[2 * i + 1]);
	return b;
}

static struct blob blob_file(const char *path)
{
	struct blob b = { .data = xmalloc(BUF_SIZE) };
	FILE *f = fopen(path, "rb");

	if (!f)
		die("%s: %s", path, strerror(errno));
	b.len = fread(b.data, 1, BUF_SIZE, f);
	fclose(f);
	return b;
}

/* text | hex:AABB | rep:CHAR:COUNT | pat:SEED:COUNT | @FILE */
static struct blob blob_parse(const char *spec)
{
	struct blob b;

	if (!strncmp(spec, "hex:", 4))
		return blob_hex(spec + 4);
	if (spec[0] == '@')
		return blob_file(spec + 1);
	if (!strncmp(spec, "rep:", 4) && spec[4] && spec[5] == ':') {
		b.len = number(spec + 6);
		b.data = xmalloc(b.len);
		memset(b.data, spec[4], b.len);
		return b;
	}
	if (!strncmp(spec, "pat:", 4) && strchr(spec + 4, ':')) {
		char *seed = strdup(spec + 4);
		char *len = strchr(seed, ':');

		*len++ = '\0';
		b.len = number(len);
		b.data = xmalloc(b.len);
		pattern(b.data, b.len, number(seed));
		free(seed);
		return b;
	}
	b.len = strlen(spec);
	b.data = (unsigned char *)strdup(spec);
	return b;
}

static struct node node_open(const char *path)
{
	struct node n = { .path = path };
	struct stat st;
	int nsid;

	n.fd = open(path, O_RDWR);
	if (n.fd < 0)
		n.fd = open(path, O_RDONLY);
	if (n.fd < 0 || fstat(n.fd, &st) < 0)
		die("%s: %s", path, strerror(errno));
	n.dialect = S_ISBLK(st.st_mode) ? VENDOR : STANDARD;
	nsid = ioctl(n.fd, NVME_IOCTL_ID);
	n.nsid = nsid > 0 ? nsid : 0;
	return n;
}

/* Returns 0, or the errno of a command that the kernel refused. */
static int cmd_send(const struct node *n, struct cmd *cmd)
{
	unsigned long req = cmd->admin ? NVME_IOCTL_ADMIN64_CMD :
					 NVME_IOCTL_IO64_CMD;
	int ret = ioctl(n->fd, req, &cmd->c);

	if (ret < 0)
		return errno;
	cmd->status = ret & STATUS_MASK;
	cmd->dnr = ret & 0x4000;
	cmd->result = cmd->c.result;
	return 0;
}

static void cmd_must_send(const struct node *n, struct cmd *cmd)
{
	int err = cmd_send(n, cmd);

	if (err)
		die("opcode 0x%02x on %s: %s", cmd->c.opcode, n->path,
		    strerror(err));
}

static void cmd_set_key(const struct node *n, struct cmd *cmd,
			const void *key, size_t len)
{
	uint32_t dw[4] = { 0 };

	memcpy(dw, key, len < KEY_MAX ? len : KEY_MAX);
	if (n->dialect == VENDOR) {
		cmd->c.cdw11 |= (len - 1) & 0xff;
		cmd->c.cdw12 = dw[0];
		cmd->c.cdw13 = dw[1];
	} else {
		cmd->c.cdw11 |= len & 0xff;
		cmd->c.cdw2 = dw[0];
		cmd->c.cdw3 = dw[1];
	}
	cmd->c.cdw14 = dw[2];
	cmd->c.cdw15 = dw[3];
}

static void cmd_set_data(struct cmd *cmd, void *buf, size_t len)
{
	cmd->c.addr = len ? (uintptr_t)buf : 0;
	cmd->c.data_len = len;
}

static struct cmd cmd_init(const struct node *n, uint8_t opcode)
{
	struct cmd cmd = { .c = { .opcode = opcode, .nsid = n->nsid } };

	return cmd;
}

/*
 * Whole dwords move, whatever the command's own length: the kernel would bounce
 * others, through more pages than the driver has segments for.
 */
static struct cmd store_cmd(const struct node *n, const void *key, size_t klen,
			    void *value, size_t len, unsigned int opt)
{
	bool vendor = n->dialect == VENDOR;
	struct cmd cmd = cmd_init(n, vendor ? V_STORE : S_STORE);
	size_t dwords = (len + 3) / 4;

	cmd_set_key(n, &cmd, key, klen);
	cmd.c.cdw10 = vendor ? dwords : len;
	cmd.c.cdw11 |= opt << 8;
	if (vendor)
		cmd.c.cdw11 |= (dwords * 4 - len) << 16;
	cmd_set_data(&cmd, value, dwords * 4);
	return cmd;
}

static struct cmd get_cmd(const struct node *n, const void *key, size_t klen,
			  void *buf, size_t len, unsigned int opt)
{
	bool vendor = n->dialect == VENDOR;
	struct cmd cmd = cmd_init(n, vendor ? V_RETRIEVE : S_RETRIEVE);
	size_t dwords = (len + 3) / 4;

	cmd_set_key(n, &cmd, key, klen);
	cmd.c.cdw10 = vendor ? dwords : len;
	cmd.c.cdw11 |= opt << 8;
	cmd_set_data(&cmd, buf, dwords * 4);
	return cmd;
}

static struct cmd key_cmd(const struct node *n, uint8_t vendor_op,
			  uint8_t standard_op, const void *key, size_t klen,
			  unsigned int opt)
{
	struct cmd cmd = cmd_init(n, n->dialect == VENDOR ? vendor_op :
							    standard_op);

	cmd_set_key(n, &cmd, key, klen);
	cmd.c.cdw11 |= opt << 8;
	return cmd;
}

static int absent_status(const struct node *n)
{
	return n->dialect == VENDOR ? 0x310 : 0x87;
}

static int full_status(const struct node *n)
{
	return n->dialect == VENDOR ? 0x312 : 0x81;
}

/*
 * Single commands. Words after the verb's own arguments are NAME=VALUE: a field
 * of the command to override, or what is expected of it.
 */
struct single {
	struct cmd cmd;
	int want;		/* expected status, -1 for any */
	int want_errno;
	bool check_result;
	uint32_t want_result;
	const char *want_data;	/* exactly these bytes come first */
	bool whole;		/* and the result dword is their number */
	const char *out;
	size_t room;		/* bytes that the command may return, 0: any */
};

static void *io_buf;

static bool single_field(struct single *s, const char *name, const char *value)
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

static void single_word(struct single *s, const char *word)
{
	char name[16];
	const char *eq = strchr(word, '=');

	if (!eq || eq - word >= (long)sizeof(name))
		die("expected NAME=VALUE, got '%s'", word);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - word), word);
	eq++;
	if (single_field(s, name, eq))
		return;
	if (!strcmp(name, "op")) {
		s->cmd.c.opcode = number(eq);
	} else if (!strcmp(name, "flags")) {
		s->cmd.c.flags = number(eq);
	} else if (!strcmp(name, "admin")) {
		s->cmd.admin = number(eq);
	} else if (!strcmp(name, "opt")) {
		s->cmd.c.cdw11 |= number(eq) << 8;
	} else if (!strcmp(name, "len")) {
		cmd_set_data(&s->cmd, io_buf, number(eq));
	} else if (!strcmp(name, "off")) {
		/* a buffer that starts inside a page */
		memmove((char *)io_buf + number(eq), io_buf,
			s->cmd.c.data_len);
		s->cmd.c.addr = (uintptr_t)io_buf + number(eq);
	} else if (!strcmp(name, "want")) {
		s->want = strcmp(eq, "any") ? (int)number(eq) : -1;
	} else if (!strcmp(name, "errno")) {
		s->want_errno = number(eq);
	} else if (!strcmp(name, "result")) {
		s->check_result = true;
		s->want_result = number(eq);
	} else if (!strcmp(name, "data")) {
		s->want_data = eq;
		s->whole = true;
	} else if (!strcmp(name, "head")) {
		s->want_data = eq;
	} else if (!strcmp(name, "in")) {
		struct blob b = blob_parse(eq);

		memcpy(io_buf, b.data, b.len);
		cmd_set_data(&s->cmd, io_buf, b.len);
	} else if (!strcmp(name, "out")) {
		s->out = eq;
	} else {
		die("unknown word '%s'", word);
	}
}

static void single_save(const struct single *s)
{
	FILE *f = fopen(s->out, "wb");

	if (!f)
		die("%s: %s", s->out, strerror(errno));
	fwrite((void *)(uintptr_t)s->cmd.c.addr, 1, s->cmd.c.data_len, f);
	fclose(f);
}

static int single_check_data(const struct single *s)
{
	const unsigned char *got = (void *)(uintptr_t)s->cmd.c.addr;
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

static int single_finish(const struct node *n, struct single *s, char **words)
{
	int bad = 0;
	int err;

	for (; *words; words++)
		single_word(s, *words);
	if (s->cmd.c.opcode & 1 || !s->cmd.c.data_len)
		;	/* the device does not write */
	else
		memset((void *)(uintptr_t)s->cmd.c.addr, 0xee,
		       s->cmd.c.data_len);
	err = cmd_send(n, &s->cmd);
	if (err != s->want_errno) {
		printf("opcode 0x%02x: errno %d (%s), expected %d\n",
		       s->cmd.c.opcode, err, strerror(err), s->want_errno);
		return 1;
	}
	if (err) {
		printf("errno=%d\n", err);
		return 0;
	}
	printf("status=0x%03x%s result=0x%08llx\n", s->cmd.status,
	       s->cmd.dnr ? " dnr" : "", (unsigned long long)s->cmd.result);
	if (s->want >= 0 && s->cmd.status != s->want) {
		printf("  opcode 0x%02x: status 0x%03x, expected 0x%03x\n",
		       s->cmd.c.opcode, s->cmd.status, s->want);
		bad = 1;
	}
	if (s->check_result && (uint32_t)s->cmd.result != s->want_result) {
		printf("  result 0x%08llx, expected 0x%08x\n",
		       (unsigned long long)s->cmd.result, s->want_result);
		bad = 1;
	}
	if (s->want_data && !bad)
		bad = single_check_data(s);
	if (s->out)
		single_save(s);
	return bad;
}

static int do_raw(const struct node *n, char **argv)
{
	struct single s = { .cmd = cmd_init(n, 0) };

	return single_finish(n, &s, argv);
}

/* Raw commands, one a line of a file: a process for each would take longer. */
static int do_script(const struct node *n, char **argv)
{
	FILE *f = fopen(argv[0], "r");
	char line[256], *words[32];
	int bad = 0;

	if (!f)
		die("%s: %s", argv[0], strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		size_t nr = 0;

		line[strcspn(line, "\n")] = '\0';
		printf("%s: ", line);
		for (char *word = strtok(line, " "); word && nr < 31;
		     word = strtok(NULL, " "))
			words[nr++] = word;
		words[nr] = NULL;
		bad |= do_raw(n, words);
	}
	fclose(f);
	return bad;
}

static int do_store(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]), val = blob_parse(argv[1]);
	struct single s = { 0 };

	if (val.len > BUF_SIZE)
		die("value too long");
	memcpy(io_buf, val.data, val.len);
	memset((char *)io_buf + val.len, 0xcc, 4);
	s.cmd = store_cmd(n, key.data, key.len, io_buf, val.len, 0);
	return single_finish(n, &s, argv + 2);
}

static int do_append(const struct node *n, char **argv)
{
	char *op = "op=0x83", **words = xmalloc(64 * sizeof(*words));
	size_t i = 0;

	for (; argv[i] && i < 62; i++)
		words[i] = argv[i];
	words[i] = op;
	words[i + 1] = NULL;
	return do_store(n, words);
}

static int do_get(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]);
	struct single s = { .room = number(argv[1]) };

	s.cmd = get_cmd(n, key.data, key.len, io_buf, number(argv[1]), 0);
	return single_finish(n, &s, argv + 2);
}

static int do_del(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]);
	struct single s = { 0 };

	s.cmd = key_cmd(n, V_DELETE, S_DELETE, key.data, key.len, 0);
	return single_finish(n, &s, argv + 1);
}

static int do_exist(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]);
	struct single s = { 0 };

	s.cmd = key_cmd(n, V_EXIST, S_EXIST, key.data, key.len, 0);
	return single_finish(n, &s, argv + 1);
}

/* Iterators and lists. */

static struct cmd iter_open_cmd(const struct node *n, uint32_t prefix,
				uint32_t mask, unsigned int kind)
{
	struct cmd cmd = cmd_init(n, V_ITER_REQ);

	cmd.c.cdw11 = (0x01 | kind) << 8;
	cmd.c.cdw12 = prefix;
	cmd.c.cdw13 = mask;
	return cmd;
}

static struct cmd iter_read_cmd(const struct node *n, unsigned int handle,
				size_t len)
{
	struct cmd cmd = cmd_init(n, V_ITER_READ);

	cmd.c.cdw10 = len / 4;
	cmd.c.cdw11 = handle;
	cmd_set_data(&cmd, io_buf, len);
	return cmd;
}

static int do_iter_open(const struct node *n, char **argv)
{
	struct single s = { .cmd = iter_open_cmd(n, number(argv[0]),
						 number(argv[1]),
						 number(argv[2])) };

	return single_finish(n, &s, argv + 3);
}

static int do_iter_close(const struct node *n, char **argv)
{
	struct single s = { .cmd = cmd_init(n, V_ITER_REQ) };

	s.cmd.c.cdw11 = 0x02 << 8 | number(argv[0]);
	return single_finish(n, &s, argv + 1);
}

static int do_iter_read(const struct node *n, char **argv)
{
	struct single s = { .cmd = iter_read_cmd(n, number(argv[0]),
						 number(argv[1])) };

	return single_finish(n, &s, argv + 2);
}

static struct cmd list_cmd(const struct node *n, const void *key, size_t klen,
			   size_t len)
{
	struct cmd cmd = cmd_init(n, S_LIST);

	if (klen)
		cmd_set_key(n, &cmd, key, klen);
	cmd.c.cdw10 = len;
	cmd_set_data(&cmd, io_buf, len);
	return cmd;
}

static int do_list(const struct node *n, char **argv)
{
	struct blob key = blob_parse(argv[0]);
	struct single s = { 0 };

	s.cmd = list_cmd(n, key.data, key.len, number(argv[1]));
	return single_finish(n, &s, argv + 2);
}

/* A growing list of keys. */
struct keys {
	struct entry {
		unsigned char len;
		unsigned char data[255];
	} *at;
	size_t nr, room;
};

static void keys_add(struct keys *k, const void *data, size_t len)
{
	if (k->nr == k->room) {
		k->room = k->room ? k->room * 2 : 1024;
		k->at = realloc(k->at, k->room * sizeof(*k->at));
		if (!k->at)
			die("out of memory");
	}
	k->at[k->nr].len = len;
	memset(k->at[k->nr].data, 0, sizeof(k->at->data));
	memcpy(k->at[k->nr++].data, data, len);
}

static int entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = memcmp(x->data, y->data, sizeof(x->data));

	return c ? c : (int)x->len - (int)y->len;
}

static void keys_sort(struct keys *k)
{
	qsort(k->at, k->nr, sizeof(*k->at), entry_cmp);
}

static size_t keys_duplicates(const struct keys *k)
{
	size_t n = 0;

	for (size_t i = 1; i < k->nr; i++)
		n += !entry_cmp(&k->at[i - 1], &k->at[i]);
	return n;
}

/* u32 count, then per key a length of @width bytes and the key, padded to 4 */
static void keys_parse(struct keys *k, const unsigned char *buf, size_t size,
		       unsigned int width)
{
	uint32_t count, len;
	size_t at = 4;

	memcpy(&count, buf, 4);
	for (uint32_t i = 0; i < count; i++) {
		len = 0;
		if (at + width > size)
			die("record %u of %u lies past the buffer", i, count);
		memcpy(&len, buf + at, width);
		at += width;
		if (!len || len > 255 || at + len > size)
			die("record %u of %u has length %u", i, count, len);
		keys_add(k, buf + at, len);
		at = (at + len + 3) & ~(size_t)3;
	}
}

static struct keys iterate(const struct node *n, uint32_t prefix, uint32_t mask,
			   size_t len)
{
	struct keys keys = { 0 };
	struct cmd cmd = iter_open_cmd(n, prefix, mask, 0x04);
	unsigned int handle;

	cmd_must_send(n, &cmd);
	if (cmd.status)
		die("iterator open: status 0x%03x", cmd.status);
	handle = cmd.result & 0xff;
	if (!handle || handle > 16)
		die("iterator handle %u", handle);
	for (size_t rounds = 0;; rounds++) {
		cmd = iter_read_cmd(n, handle, len);
		memset(io_buf, 0, len);
		cmd_must_send(n, &cmd);
		if (cmd.status && cmd.status != 0x393)
			die("iterator read: status 0x%03x", cmd.status);
		if ((cmd.result & 0xffff) > len || cmd.result >> 16)
			die("iterator read: result 0x%llx of %zu bytes",
			    (unsigned long long)cmd.result, len);
		if (cmd.result & 0xffff)
			keys_parse(&keys, io_buf, len, 4);
		if (cmd.status == 0x393)
			break;
		if (rounds > 1000000)
			die("the iterator does not end");
	}
	cmd = cmd_init(n, V_ITER_REQ);
	cmd.c.cdw11 = 0x02 << 8 | handle;
	cmd_must_send(n, &cmd);
	if (cmd.status)
		die("iterator close: status 0x%03x", cmd.status);
	return keys;
}

/*
 * A List from a key that has been deleted meanwhile begins at the beginning: what
 * there was up to it comes again, so it is forgotten.
 */
static struct keys list_all(const struct node *n, size_t len)
{
	struct keys keys = { 0 };
	struct entry last = { 0 };

	for (size_t rounds = 0;; rounds++) {
		struct cmd cmd = list_cmd(n, last.data, last.len, len);
		struct keys page = { 0 };
		size_t skip;

		cmd_must_send(n, &cmd);
		if (cmd.status)
			die("list: status 0x%03x", cmd.status);
		keys_parse(&page, io_buf, len, 2);
		skip = page.nr && last.len && !entry_cmp(&page.at[0], &last);
		if (last.len && !skip)
			keys.nr = 0;
		for (size_t i = skip; i < page.nr; i++)
			keys_add(&keys, page.at[i].data, page.at[i].len);
		if (page.nr <= skip) {
			free(page.at);
			return keys;
		}
		last = page.at[page.nr - 1];
		free(page.at);
		if (rounds > 1000000)
			die("the list does not end");
	}
}

/* Options of the bulk verbs, all NAME=VALUE. */
struct bulk {
	const struct node *n;
	const char *prefix;
	uint64_t count, size, start, seed, threads, loops;
	uint64_t max;
	uint64_t buf;
	uint32_t opt;
	int want;
	bool print;
	bool exact;
	uint32_t iter_prefix, mask;
};

static struct bulk bulk_parse(const struct node *n, char **words)
{
	struct bulk b = { .n = n, .prefix = "k", .count = ~0ull, .size = 64,
			  .threads = 1, .buf = ITER_BUF, .loops = 1,
			  .max = 1u << 24 };

	for (; *words; words++) {
		const char *eq = strchr(*words, '=');
		size_t len = eq ? (size_t)(eq - *words) : 0;

		if (!eq)
			die("expected NAME=VALUE, got '%s'", *words);
		eq++;
#define WORD(text) (len == strlen(text) && !strncmp(*words, text, len))
		if (WORD("prefix"))
			b.prefix = eq;
		else if (WORD("n"))
			b.count = number(eq);
		else if (WORD("size"))
			b.size = number(eq);
		else if (WORD("start"))
			b.start = number(eq);
		else if (WORD("seed"))
			b.seed = number(eq);
		else if (WORD("threads"))
			b.threads = number(eq);
		else if (WORD("loops"))
			b.loops = number(eq);
		else if (WORD("max"))
			b.max = number(eq);
		else if (WORD("buf"))
			b.buf = number(eq);
		else if (WORD("opt"))
			b.opt = number(eq);
		else if (WORD("want"))
			b.want = number(eq);
		else if (WORD("print"))
			b.print = number(eq);
		else if (WORD("exact"))
			b.exact = number(eq);
		else if (WORD("iter"))
			b.iter_prefix = number(eq);
		else if (WORD("mask"))
			b.mask = number(eq);
		else
			die("unknown word '%s'", *words);
#undef WORD
	}
	if (b.size > VALUE_MAX || b.buf > BUF_SIZE || !b.threads ||
	    b.threads > 64)
		die("size, buf or threads out of range");
	return b;
}

static size_t bulk_key(const struct bulk *b, char key[KEY_MAX + 1], uint64_t i)
{
	int len = snprintf(key, KEY_MAX + 1, "%s%07llu", b->prefix,
			   (unsigned long long)i);

	if (len < 1 || len > (int)KEY_MAX)
		die("prefix '%s' makes keys longer than %u", b->prefix, KEY_MAX);
	return len;
}

static uint64_t bulk_seed(const struct bulk *b, uint64_t i)
{
	return mix(b->seed * 1000003 + i) ^ b->size;
}

/* One key of a bulk run; true when all is as it should be. */
typedef bool (*bulk_fn)(const struct bulk *b, uint64_t i, unsigned char *buf);

static bool store_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	char key[KEY_MAX + 1];
	size_t klen = bulk_key(b, key, i);
	struct cmd cmd;

	pattern(buf, b->size, bulk_seed(b, i));
	cmd = store_cmd(b->n, key, klen, buf, b->size, b->opt);
	cmd_must_send(b->n, &cmd);
	return cmd.status == b->want;
}

static bool verify_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	unsigned char *want = buf + VALUE_MAX;
	char key[KEY_MAX + 1];
	size_t klen = bulk_key(b, key, i);
	struct cmd cmd = get_cmd(b->n, key, klen, buf, b->size, b->opt);

	memset(buf, 0xee, b->size);
	cmd_must_send(b->n, &cmd);
	if (cmd.status != b->want)
		return false;
	if (b->want)
		return true;
	pattern(want, b->size, bulk_seed(b, i));
	return cmd.result == b->size && !memcmp(buf, want, b->size);
}

static bool delete_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	char key[KEY_MAX + 1];
	size_t klen = bulk_key(b, key, i);
	struct cmd cmd = key_cmd(b->n, V_DELETE, S_DELETE, key, klen, b->opt);

	(void)buf;
	cmd_must_send(b->n, &cmd);
	return cmd.status == b->want;
}

static bool exist_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	char key[KEY_MAX + 1];
	size_t klen = bulk_key(b, key, i);
	struct cmd cmd = key_cmd(b->n, V_EXIST, S_EXIST, key, klen, b->opt);

	(void)buf;
	cmd_must_send(b->n, &cmd);
	return cmd.status == b->want;
}

/*
 * Several threads update the same keys and read them back: every value read is
 * one of those written, whole.
 */
static bool race_one(const struct bulk *b, uint64_t i, unsigned char *buf)
{
	unsigned char *want = buf + VALUE_MAX;
	char key[KEY_MAX + 1];
	uint64_t version, x = mix((uintptr_t)buf ^ i ^ b->seed);
	size_t klen, len;
	struct cmd cmd;

	klen = bulk_key(b, key, x % 4);
	version = 1 + x / 4 % 1000;
	len = 64 + version * 4;
	pattern(buf, len, version);
	memcpy(buf, &version, 8);
	cmd = store_cmd(b->n, key, klen, buf, len, 0);
	cmd_must_send(b->n, &cmd);
	if (cmd.status)
		return false;
	cmd = get_cmd(b->n, key, klen, buf, 8192, 0);
	memset(buf, 0xee, 8192);
	cmd_must_send(b->n, &cmd);
	if (cmd.status)
		return false;
	memcpy(&version, buf, 8);
	len = 64 + version * 4;
	if (version > 1000 || cmd.result != len)
		return false;
	pattern(want, len, version);
	return !memcmp(buf + 8, want + 8, len - 8);
}

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

static int bulk_run(const struct bulk *b, bulk_fn fn, const char *what)
{
	struct bulk_thread t[64];
	uint64_t wrong = 0;

	if (b->count == ~0ull)
		die("n= is missing");
	for (uint64_t i = 0; i < b->threads; i++) {
		t[i] = (struct bulk_thread){ .b = b, .fn = fn, .first = i };
		if (pthread_create(&t[i].id, NULL, bulk_main, &t[i]))
			die("cannot create a thread");
	}
	for (uint64_t i = 0; i < b->threads; i++) {
		pthread_join(t[i].id, NULL);
		wrong += t[i].wrong;
	}
	printf("%s: %llu of %llu wrong\n", what, (unsigned long long)wrong,
	       (unsigned long long)(b->count * b->loops));
	return wrong ? 1 : 0;
}

static int do_bulk_store(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);

	return bulk_run(&b, store_one, "store");
}

static int do_bulk_verify(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);

	return bulk_run(&b, verify_one, "verify");
}

static int do_bulk_delete(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);

	return bulk_run(&b, delete_one, "delete");
}

static int do_bulk_exist(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);

	return bulk_run(&b, exist_one, "exist");
}

static int do_race(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);

	return bulk_run(&b, race_one, "race");
}

/* Stores until the device is full; prints how many fitted. */
static int do_fill(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);
	unsigned char *buf = buffer_alloc();

	for (uint64_t i = 0; i < b.max; i++) {
		char key[KEY_MAX + 1];
		size_t klen = bulk_key(&b, key, b.start + i);
		struct cmd cmd;

		pattern(buf, b.size, bulk_seed(&b, b.start + i));
		cmd = store_cmd(n, key, klen, buf, b.size, b.opt);
		cmd_must_send(n, &cmd);
		if (cmd.status == full_status(n)) {
			printf("%llu\n", (unsigned long long)i);
			return 0;
		}
		if (cmd.status)
			die("store %llu: status 0x%03x", (unsigned long long)i,
			    cmd.status);
	}
	die("not full after %llu values of %llu bytes",
	    (unsigned long long)b.max, (unsigned long long)b.size);
}

static void keys_print(const struct keys *k)
{
	for (size_t i = 0; i < k->nr; i++) {
		for (size_t j = 0; j < k->at[i].len; j++) {
			unsigned char c = k->at[i].data[j];

			if (c > ' ' && c < 0x7f && c != '\\')
				putchar(c);
			else
				printf("\\x%02x", c);
		}
		putchar('\n');
	}
}

/*
 * exact=1: no key may come twice. print=1: one key a line, else their number.
 * n=: the number expected.
 */
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
	if (b->count != ~0ull && k->nr - twice != b->count)
		die("%zu keys, expected %llu", k->nr - twice,
		    (unsigned long long)b->count);
	return 0;
}

static int do_iterate(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);
	struct keys k = iterate(n, b.iter_prefix, b.mask, b.buf);

	return keys_report(&b, &k);
}

static int do_list_all(const struct node *n, char **argv)
{
	struct bulk b = bulk_parse(n, argv);
	struct keys k = list_all(n, b.buf);

	return keys_report(&b, &k);
}

/* Deletes what the list or an iterator over everything gives. */
static int do_delete_all(const struct node *n, char **argv)
{
	struct keys k = n->dialect == VENDOR ? iterate(n, 0, 0, ITER_BUF) :
					       list_all(n, ITER_BUF);
	int bad = 0;

	(void)argv;
	for (size_t i = 0; i < k.nr; i++) {
		struct cmd cmd = key_cmd(n, V_DELETE, S_DELETE, k.at[i].data,
					 k.at[i].len, 0);

		cmd_must_send(n, &cmd);
		bad += !!cmd.status;
	}
	printf("deleted %zu keys, %d failed\n", k.nr, bad);
	return bad ? 1 : 0;
}

/*
 * Torture: random operations on both namespaces beside an oracle. Half of the
 * keys share their bytes with others of another length.
 */
#define T_KEYS 96u
#define T_MAX (160u << 10)

struct oracle {
	unsigned char key[KEY_MAX];
	size_t klen;
	bool there;
	size_t len;
	unsigned char *data;
};

struct torture {
	const struct node *n;
	struct oracle o[T_KEYS];
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
	for (unsigned int i = 0; i < T_KEYS; i++) {
		struct oracle *o = &t->o[i];

		pattern(o->key, KEY_MAX, mix(seed ^ i / 6));
		memcpy(o->key, "torT", 4);
		o->klen = 6 + i % 6 * 2;
		o->data = xmalloc(T_MAX);
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

static void torture_expect(const struct torture *t, const struct oracle *o,
			   const struct cmd *cmd, int want)
{
	if (cmd->status != want)
		torture_fail(t, o, "opcode 0x%02x, dword 11 0x%08x: status 0x%03x, expected 0x%03x",
			     cmd->c.opcode, cmd->c.cdw11, cmd->status, want);
}

static size_t torture_len(struct torture *t)
{
	switch (rnd(t, 8)) {
	case 0:
		return rnd(t, 8);
	case 1:
		return 4090 + rnd(t, 12);
	case 2:
		return rnd(t, T_MAX);
	default:
		return rnd(t, 2048);
	}
}

static void torture_store(struct torture *t, struct oracle *o)
{
	bool vendor = t->n->dialect == VENDOR;
	/* indexed by: plain, only if absent, only if there, (no) compression */
	static const unsigned int opts[2][4] = { { 0, 2, 8, 1 }, { 0, 2, 1, 4 } };
	unsigned int kind = rnd(t, 4);
	size_t len = torture_len(t);
	int want = 0;
	struct cmd cmd;

	pattern(io_buf, len, rnd(t, 1u << 30));
	cmd = store_cmd(t->n, o->key, o->klen, io_buf, len,
			opts[!vendor][kind]);
	if (kind == 1 && o->there)
		want = vendor ? 0x380 : 0x89;
	if (kind == 2 && !o->there)
		want = absent_status(t->n);
	cmd_must_send(t->n, &cmd);
	torture_expect(t, o, &cmd, want);
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

	if (t->n->dialect != VENDOR || old + len > T_MAX)
		return;
	pattern(io_buf, len, rnd(t, 1u << 30));
	cmd = store_cmd(t->n, o->key, o->klen, io_buf, len, 0);
	cmd.c.opcode = V_APPEND;
	cmd_must_send(t->n, &cmd);
	torture_expect(t, o, &cmd, 0);
	memcpy(o->data + old, io_buf, len);
	o->there = true;
	o->len = old + len;
}

static void torture_get(struct torture *t, struct oracle *o)
{
	size_t len = rnd(t, 3) ? T_MAX : rnd(t, 4096) & ~3ul;
	struct cmd cmd = get_cmd(t->n, o->key, o->klen, io_buf, len, 0);
	size_t n = o->len < len ? o->len : len;

	memset(io_buf, 0xee, len);
	cmd_must_send(t->n, &cmd);
	torture_expect(t, o, &cmd, o->there ? 0 : absent_status(t->n));
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
	struct cmd cmd = key_cmd(t->n, V_DELETE, S_DELETE, o->key, o->klen,
				 strict);

	cmd_must_send(t->n, &cmd);
	torture_expect(t, o, &cmd,
		       strict && !o->there ? absent_status(t->n) : 0);
	o->there = false;
	o->len = 0;
}

static void torture_exist(struct torture *t, struct oracle *o)
{
	struct cmd cmd = key_cmd(t->n, V_EXIST, S_EXIST, o->key, o->klen, 0);

	cmd_must_send(t->n, &cmd);
	torture_expect(t, o, &cmd, o->there ? 0 : absent_status(t->n));
}

/* Every key there, and no other of ours, exactly once. */
static void torture_walk(struct torture *t)
{
	uint32_t prefix;
	struct keys got, want = { 0 };
	size_t nr = 0;

	memcpy(&prefix, "torT", 4);
	if (t->n->dialect == VENDOR)
		got = iterate(t->n, prefix, 0xffffffff, 1024);
	else
		got = list_all(t->n, 1024);
	for (size_t i = 0; i < got.nr; i++)
		if (!memcmp(got.at[i].data, "torT", 4))
			got.at[nr++] = got.at[i];
	got.nr = nr;
	for (unsigned int i = 0; i < T_KEYS; i++)
		if (t->o[i].there)
			keys_add(&want, t->o[i].key, t->o[i].klen);
	keys_sort(&got);
	keys_sort(&want);
	if (got.nr != want.nr)
		torture_fail(t, &t->o[0], "walk gives %zu keys of %zu", got.nr,
			     want.nr);
	for (size_t i = 0; i < got.nr; i++)
		if (entry_cmp(&got.at[i], &want.at[i]))
			torture_fail(t, &t->o[0], "walk gives another key");
	free(got.at);
	free(want.at);
}

static void torture_one(struct torture *t)
{
	struct oracle *o = &t->o[rnd(t, T_KEYS)];

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

/* torture OPS SEED NODE... */
static int do_torture(const struct node *n, char **argv)
{
	uint64_t ops = number(argv[0]), seed = number(argv[1]);
	uint64_t rng = mix(seed);
	static struct torture t[8];
	struct node extra[8];
	size_t nr = 0;

	torture_init(&t[nr++], n, &rng, seed);
	for (argv += 2; *argv && nr < ARRAY_SIZE(t); argv++, nr++) {
		extra[nr] = node_open(*argv);
		torture_init(&t[nr], &extra[nr], &rng, seed);
	}
	for (uint64_t i = 0; i < ops; i++) {
		struct torture *one = &t[i % nr];

		one->op = i;
		torture_one(one);
	}
	for (size_t i = 0; i < nr; i++) {
		torture_walk(&t[i]);
		for (unsigned int k = 0; k < T_KEYS; k++) {
			torture_get(&t[i], &t[i].o[k]);
			torture_delete(&t[i], &t[i].o[k]);
		}
		torture_walk(&t[i]);
	}
	printf("torture: %llu operations, seed %llu, all as the oracle says\n",
	       (unsigned long long)ops, (unsigned long long)seed);
	return 0;
}

/* Random command dwords: any status will do, as long as there is one. */
static int do_garbage(const struct node *n, char **argv)
{
	static const uint8_t known[2][8] = {
		{ V_STORE, V_APPEND, V_BATCH, V_RETRIEVE, V_DELETE, V_ITER_REQ,
		  V_ITER_READ, V_EXIST },
		{ S_STORE, S_RETRIEVE, S_LIST, S_DELETE, S_EXIST, S_STORE,
		  S_RETRIEVE, S_LIST },
	};
	uint64_t count = number(argv[0]), x = mix(number(argv[1]));
	uint64_t refused = 0, ok = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct cmd cmd = cmd_init(n, 0);
		uint32_t *dw[] = { &cmd.c.cdw2, &cmd.c.cdw3, &cmd.c.cdw10,
				   &cmd.c.cdw11, &cmd.c.cdw12, &cmd.c.cdw13,
				   &cmd.c.cdw14, &cmd.c.cdw15 };
		size_t len;

		for (size_t j = 0; j < ARRAY_SIZE(dw); j++) {
			x = mix(x);
			*dw[j] = x >> (x >> 8 & 31);
		}
		x = mix(x);
		/* half of them opcodes that exist */
		cmd.c.opcode = x >> 40 & 1 ? known[n->dialect][x >> 41 & 7] : x;
		/* writes and copies of blocks would destroy what others test */
		if (n->dialect == VENDOR && cmd.c.opcode < 0x80)
			cmd.c.opcode |= 0x80;
		/* a key PRP of random bytes may hit somebody's memory to read,
		 * never to write: keys only flow to the device
		 */
		len = x >> 8 & 0xfff;
		if (x >> 20 & 1)
			cmd.c.cdw10 = x >> 24 & 0xff;
		cmd_set_data(&cmd, io_buf, len & ~3ul);
		if (cmd_send(n, &cmd))
			refused++;
		else if (!cmd.status)
			ok++;
	}
	printf("garbage: %llu commands, %llu refused by the kernel, %llu successes\n",
	       (unsigned long long)count, (unsigned long long)refused,
	       (unsigned long long)ok);
	return refused == count;
}

/* Mean time of a command, in ns: latency COUNT op=... */
static int do_latency(const struct node *n, char **argv)
{
	uint64_t count = number(argv[0]);
	struct single s = { .cmd = cmd_init(n, 0) };
	struct timespec a, b;

	for (argv++; *argv; argv++)
		single_word(&s, *argv);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (uint64_t i = 0; i < count; i++)
		cmd_must_send(n, &s.cmd);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%lld\n", ((b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec -
			  a.tv_nsec) / (long long)(count ? count : 1));
	return 0;
}

static const struct verb {
	const char *name;
	int args;
	int (*fn)(const struct node *n, char **argv);
	const char *help;
} verbs[] = {
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
	{ "bulk-store", 0, do_bulk_store, "n= [size= prefix= seed= threads=]" },
	{ "bulk-verify", 0, do_bulk_verify, "n= [size= ...]" },
	{ "bulk-delete", 0, do_bulk_delete, "n= [...]" },
	{ "bulk-exist", 0, do_bulk_exist, "n= [want= ...]" },
	{ "race", 0, do_race, "n= threads=" },
	{ "fill", 0, do_fill, "size= [prefix= max=]" },
	{ "iterate", 0, do_iterate, "[iter= mask= buf= n= exact=1 print=1]" },
	{ "list-all", 0, do_list_all, "[buf= n= exact=1 print=1]" },
	{ "delete-all", 0, do_delete_all, "" },
	{ "torture", 2, do_torture, "OPS SEED [NODE ...]" },
	{ "garbage", 2, do_garbage, "COUNT SEED" },
	{ "latency", 1, do_latency, "COUNT op= ..." },
};

static int usage(void)
{
	fprintf(stderr,
		"usage: kvtool [-D vendor|standard] NODE VERB ...\n\n"
		"Single commands also take NAME=VALUE words: fields of the command (op nsid\n"
		"flags cdw2 cdw3 cdw10..cdw15 opt len off in timeout admin) and what to expect\n"
		"(want=STATUS, errno=, result=, data=BYTES, head=BYTES), and out=FILE.\n"
		"Bytes are text, hex:AABB, rep:CHAR:COUNT, pat:SEED:COUNT or @FILE.\n"
		"Exit status: 0 as expected, 1 not, 2 could not try.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(stderr, "  %-12s %s\n", verbs[i].name, verbs[i].help);
	return 2;
}

int main(int argc, char **argv)
{
	const char *dialect = NULL;
	struct node n;

	if (argc > 2 && !strcmp(argv[1], "-D")) {
		dialect = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3)
		return usage();
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[2], verbs[i].name))
			continue;
		if (argc - 3 < verbs[i].args)
			return usage();
		n = node_open(argv[1]);
		if (dialect)
			n.dialect = *dialect == 'v' ? VENDOR : STANDARD;
		io_buf = buffer_alloc();
		return verbs[i].fn(&n, argv + 3);
	}
	return usage();
}
