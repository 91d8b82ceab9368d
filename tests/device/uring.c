// SPDX-License-Identifier: GPL-2.0
/*
 * uring - key-value commands over io_uring's passthrough, many at a time.
 *
 *	uring NODE store|verify|delete|exist|retrieve|empty|carry vendor|standard
 *		[n=1000 depth=256 size=4096 seconds=0 fixed=0 vec=0 poll=0]
 *
 * Commands that end out of order are the point: each has a slot with a buffer
 * of its own, and a value that its key's number determines. Retrieve is verify
 * without a look at the bytes, and empty is a Flush, which does nothing; carry
 * is a Flush with a buffer that the kernel maps and the device leaves alone.
 * With seconds=, the keys come again and again for so long, and the rate is
 * told. With fixed=1, buffers are registered: the kernel maps them once, not
 * for each command. With vec=N, a buffer is handed over as N pieces. With poll=1,
 * completions are polled for (parameter poll_queues of the nvme driver).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "device/ring.h"
#include "device/tool.h"

#define KEY_LEN 16
#define SIZE_MAX_BYTES (128u << 10)
#define DEPTH_MAX 1024u
#define PIECES_MAX 16u

enum verb { STORE, VERIFY, DELETE, EXIST, RETRIEVE, EMPTY, CARRY, NR_VERBS };

static const char * const verbs[NR_VERBS] = {
	"store", "verify", "delete", "exist", "retrieve", "empty",
	"carry"
};
static const uint8_t opcodes[2][NR_VERBS] = {
	{ 0x81, 0x90, 0xa1, 0xb3, 0x90, 0x00, 0x00 },	/* vendor */
	{ 0x01, 0x02, 0x10, 0x14, 0x02, 0x00, 0x00 },	/* standard */
};

struct slot {
	unsigned char *buf;
	struct iovec piece[PIECES_MAX];
	uint64_t key;
	struct slot *next;
};

static struct io_uring ring;
static struct slot slots[DEPTH_MAX], *idle;
static const char *path;
static int fd;
static uint32_t nsid;
static enum verb verb;
static bool standard;
static uint64_t count = 1000, depth = 256, size = 4096, seconds, fixed;
static uint64_t vec, poll;
static uint32_t (*keys)[KEY_LEN / 4];
static uint64_t begun, most, under_way, wrong;

/* Each key has a value of its own. */
static uint64_t seed_of(uint64_t key)
{
	return (key + 1) * 0x9e3779b97f4a7c15ull;
}

/* Ahead of time: printing takes as long as a command. */
static void make_keys(void)
{
	char text[KEY_LEN + 10];

	keys = calloc(count, sizeof(*keys));
	if (!keys)
		die("out of memory");
	for (uint64_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "uring%011llu", (unsigned long long)i);
		memcpy(keys[i], text, KEY_LEN);
	}
}

static void set_key(struct nvme_uring_cmd *cmd, uint64_t key)
{
	const uint32_t *dw = keys[key];

	if (standard) {
		cmd->cdw2 = dw[0];
		cmd->cdw3 = dw[1];
		cmd->cdw11 = KEY_LEN;
	} else {
		cmd->cdw12 = dw[0];
		cmd->cdw13 = dw[1];
		cmd->cdw11 = KEY_LEN - 1;
	}
	cmd->cdw14 = dw[2];
	cmd->cdw15 = dw[3];
}

/* Cuts the buffer into pieces, of which only the last may end within a page. */
static void set_pieces(struct nvme_uring_cmd *cmd, struct slot *s)
{
	uint64_t len = (size / vec + 4095) & ~4095ull, at = 0;

	cmd->addr = (uintptr_t)s->piece;
	for (cmd->data_len = 0; at < size; at += len)
		s->piece[cmd->data_len++] = (struct iovec){
			s->buf + at, size - at < len ? size - at : len
		};
}

static void prepare(struct slot *s)
{
	struct io_uring_sqe *sqe = ring_entry(&ring, fd, vec ?
					      NVME_URING_CMD_IO_VEC :
					      NVME_URING_CMD_IO);
	struct nvme_uring_cmd *cmd = (void *)sqe->cmd;

	sqe->user_data = (uintptr_t)s;
	cmd->opcode = opcodes[standard][verb];
	cmd->nsid = nsid;
	if (verb != EMPTY && verb != CARRY)
		set_key(cmd, s->key);
	if (verb == DELETE || verb == EXIST || verb == EMPTY)
		return;
	if (verb == STORE)
		fill(s->buf, size, seed_of(s->key));
	else if (verb == VERIFY)
		memset(s->buf, 0xee, size);
	if (fixed) {
		sqe->uring_cmd_flags = IORING_URING_CMD_FIXED;
		sqe->buf_index = s - slots;
	}
	cmd->addr = (uintptr_t)s->buf;
	cmd->data_len = size;
	if (vec)
		set_pieces(cmd, s);
	cmd->cdw10 = standard ? size : size / 4;
}

static void complain(const struct slot *s, const char *what, uint64_t value)
{
	if (++wrong <= 5)
		printf("key %llu: %s 0x%llx\n", (unsigned long long)s->key,
		       what, (unsigned long long)value);
}

static void reap(void)
{
	struct io_uring_cqe *cqe;
	struct slot *s;
	int err = io_uring_wait_cqe(&ring, &cqe);

	if (err)
		die("waiting: %s", strerror(-err));
	s = (void *)(uintptr_t)cqe->user_data;
	if (cqe->res < 0) {
		printf("errno=%d\n", -cqe->res);
		exit(1);
	}
	if (cqe->res)
		complain(s, "status", cqe->res);
	else if ((verb == VERIFY || verb == RETRIEVE) &&
		 cqe->big_cqe[0] != size)
		complain(s, "size", cqe->big_cqe[0]);
	else if (verb == VERIFY && !filled(s->buf, size, seed_of(s->key)))
		complain(s, "value differs, first byte", s->buf[0]);
	io_uring_cqe_seen(&ring, cqe);
	s->next = idle;
	idle = s;
	under_way--;
}

static bool is_more(uint64_t end)
{
	return seconds ? now_ns() < end : begun < count;
}

static void run(void)
{
	uint64_t end = now_ns() + seconds * 1000000000;
	struct slot *s;

	while (is_more(end) || under_way) {
		for (; idle && is_more(end); idle = s->next) {
			s = idle;
			s->key = begun++ % count;
			prepare(s);
			under_way++;
		}
		if (under_way > most)
			most = under_way;
		if (io_uring_submit(&ring) < 0)
			die("submitting: %s", strerror(errno));
		reap();
	}
}

static void register_buffers(void)
{
	static struct iovec iov[DEPTH_MAX];
	int err;

	for (uint64_t i = 0; i < depth; i++)
		iov[i] = (struct iovec){ slots[i].buf, SIZE_MAX_BYTES };
	err = io_uring_register_buffers(&ring, iov, depth);
	if (err)
		die("buffers cannot be registered: %s", strerror(-err));
}

/* The buffers lie in the file that BUFFERS names, if there is such a variable. */
static void *take_buffers(size_t len)
{
	const char *file = getenv("BUFFERS");
	int at = file ? open(file, O_RDWR) : -1;
	void *p;

	if (file && at < 0)
		die("%s: %s", file, strerror(errno));
	p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		 file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, at, 0);
	if (p == MAP_FAILED)
		die("no memory for buffers: %s", strerror(errno));
	return p;
}

static void set_up(void)
{
	unsigned char *buffers = take_buffers(depth * SIZE_MAX_BYTES);
	int err;

	fd = node_open(path);
	nsid = ioctl(fd, NVME_IOCTL_ID);
	err = ring_init(&ring, depth, poll);
	if (err)
		die("no ring: %s", strerror(-err));
	for (uint64_t i = 0; i < depth; i++) {
		slots[i].buf = buffers + i * SIZE_MAX_BYTES;
		slots[i].next = idle;
		idle = &slots[i];
	}
	if (fixed)
		register_buffers();
	make_keys();
}

static void parse(const char *text)
{
	const struct word words[] = {
		{ "n", &count }, { "depth", &depth }, { "size", &size },
		{ "seconds", &seconds }, { "fixed", &fixed },
		{ "vec", &vec }, { "poll", &poll },
	};

	if (!word_parse(text, words, ARRAY_SIZE(words)))
		die("unknown word '%s'", text);
}

int main(int argc, char **argv)
{
	uint64_t began;

	if (argc < 4)
		die("usage: uring NODE VERB vendor|standard [n= depth= size= seconds= fixed= vec= poll=]");
	path = argv[1];
	while (verb < NR_VERBS && strcmp(argv[2], verbs[verb]))
		verb++;
	standard = !strcmp(argv[3], "standard");
	for (int i = 4; i < argc; i++)
		parse(argv[i]);
	if (verb == NR_VERBS || !count || !depth || depth > DEPTH_MAX || !size ||
	    size > SIZE_MAX_BYTES || size % 4 || vec > PIECES_MAX)
		die("verb, depth or size out of range");
	set_up();
	began = now_ns();
	run();
	if (seconds)
		printf("commands_per_second %.0f\n", begun * 1e9 / (now_ns() - began));
	printf("%s: %llu of %llu wrong, up to %llu at once\n", verbs[verb],
	       (unsigned long long)wrong, (unsigned long long)begun,
	       (unsigned long long)most);
	return wrong ? 1 : 0;
}
