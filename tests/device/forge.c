// SPDX-License-Identifier: GPL-2.0
/*
 * forge - passthrough commands whose pointers lead to memory that the driver has
 * not mapped for them, and a search for that memory in the device
 *
 *	forge BLOCKNODE KVNODE CONTROLLER COUNT SEED [secret=64 anywhere=0]
 *	forge scan ADDRESS BYTES
 *
 * Its secret is so many MiB of locked memory, full of a row of 16 bytes; each row
 * says where it is. The commands point to pages of the secret, and with
 * anywhere=1 to all physical addresses. The secret has to stay as it is: exit
 * status 1 if not. Scan looks in the device's own memory for a row, and prints
 * how many there are.
 *
 * A user of passthrough cannot write a data pointer, which is the driver's. But
 * a key of more than 16 bytes is a pointer in the command's own dwords. And a
 * length above that of the buffer makes its second page a list of pointers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device/tool.h"

#define PAGE 4096u
#define ROW "not for a drive"	/* with its zero byte, a row */
#define ROW_BYTES 16u

static unsigned char *secret, *buffer;
static uint64_t *secret_pa;
static uint64_t secret_mib = 64, anywhere, state;
static unsigned int refused, done;

/* ---- the secret ---- */

static size_t secret_bytes(void)
{
	return secret_mib << 20;
}

static void make_secret(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	size_t i;

	secret = mmap(NULL, secret_bytes(), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_LOCKED, -1, 0);
	secret_pa = calloc(secret_bytes() / PAGE, sizeof(*secret_pa));
	if (secret == MAP_FAILED || !secret_pa || fd < 0)
		die("no memory for a secret: %s", strerror(errno));
	for (i = 0; i < secret_bytes(); i += ROW_BYTES)
		memcpy(secret + i, ROW, ROW_BYTES);
	for (i = 0; i < secret_bytes(); i += PAGE)
		secret_pa[i / PAGE] = physical_address(fd, secret + i);
	close(fd);
}

static size_t changed_rows(void)
{
	size_t i, nr = 0;

	for (i = 0; i < secret_bytes(); i += ROW_BYTES)
		nr += memcmp(secret + i, ROW, ROW_BYTES) != 0;
	return nr;
}

/* ---- commands ---- */

static uint64_t dice(uint64_t below)
{
	return mix(state++) % below;
}

/* Aligned to a page, or to a word within it. */
static uint64_t pointer(bool aligned)
{
	uint64_t at = secret_pa[dice(secret_bytes() / PAGE)];

	if (anywhere && !dice(3))
		at = dice(1ull << 22) * PAGE;
	return aligned ? at : at + dice(PAGE / 8) * 8;
}

/* Either page of the buffer can be taken for a list of PRPs, or for an SGL. */
static void fill_buffer(void)
{
	uint64_t *word = (uint64_t *)buffer;
	unsigned int i, kind = dice(3);

	for (i = 0; i < 2 * PAGE / 8; i++)
		word[i] = kind == 0 ? pointer(true) :
			  kind == 1 ? pointer(false) :
			  i % 2 ? dice(PAGE) | dice(4) << 60 : pointer(false);
}

static void forge_io(struct nvme_passthru_cmd *c, bool kv)
{
	static const uint8_t standard[] = { 0x01, 0x02, 0x06, 0x10, 0x14 };
	static const uint8_t vendor[] = { 0x81, 0x83, 0x85, 0x90, 0xa1, 0xb1, 0xb2, 0xb3, 0x01, 0x02 };
	uint64_t low = pointer(!dice(4)), high = pointer(true);

	c->nsid = kv ? 2 : 1;
	c->opcode = kv ? standard[dice(sizeof(standard))] : vendor[dice(sizeof(vendor))];
	c->addr = (uintptr_t)buffer;
	c->data_len = PAGE << dice(2);
	c->cdw10 = dice(2) ? dice(4 * PAGE) : dice(PAGE);
	c->cdw11 = dice(2) ? 16 + dice(240) : dice(300);
	c->cdw12 = (uint32_t)low;
	c->cdw13 = low >> 32;
	c->cdw14 = (uint32_t)high;
	c->cdw15 = high >> 32;
	if (c->opcode <= 0x02 && !kv)	/* blocks: more of them than fit */
		c->cdw10 = dice(64), c->cdw11 = 0, c->cdw12 = dice(64);
}

/* Identify, Get Log Page, Get Features and Set Features, with larger sizes. */
static void forge_admin(struct nvme_passthru_cmd *c)
{
	static const uint8_t opcode[] = { 0x06, 0x02, 0x02, 0x0a, 0x09 };

	c->opcode = opcode[dice(sizeof(opcode))];
	c->nsid = dice(3);
	c->addr = (uintptr_t)buffer;
	c->data_len = PAGE << dice(2);
	c->cdw10 = c->opcode == 0x02 ? 1 + dice(5) + (dice(5000) << 16) :
		   c->opcode == 0x06 ? dice(9) : 0x0e;
}

static void forge(const int *fd)
{
	struct nvme_passthru_cmd c = { .timeout_ms = 60000 };
	unsigned int where = dice(8);
	int status;

	fill_buffer();
	if (!where)
		forge_admin(&c);
	else
		forge_io(&c, where % 2);
	status = where ? ioctl(fd[where % 2], NVME_IOCTL_IO_CMD, &c) :
			 ioctl(fd[2], NVME_IOCTL_ADMIN_CMD, &c);
	if (status < 0 && errno != EINVAL)
		die("opcode 0x%x: %s", c.opcode, strerror(errno));
	done += !status;
	refused += (status & STATUS_MASK) == 0x04;
}

/* ---- the search ---- */

static unsigned int rows_in(const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len;
	unsigned int nr = 0;

	while ((p = memmem(p, end - p, ROW, ROW_BYTES)))
		nr++, p += ROW_BYTES;
	return nr;
}

/* A row that lies across two pieces is not counted: there are always more. */
static int scan(uint64_t at, uint64_t bytes)
{
	static unsigned char piece[1 << 20];
	int fd = open("/dev/mem", O_RDONLY);
	uint64_t end = at + bytes;
	unsigned int nr = 0;

	for (; at < end; at += sizeof(piece)) {
		if (pread(fd, piece, sizeof(piece), at) != sizeof(piece))
			die("/dev/mem: %s", strerror(errno));
		nr += rows_in(piece, sizeof(piece));
	}
	printf("%u\n", nr);
	return 0;
}

int main(int argc, char **argv)
{
	const struct word words[] = { { "secret", &secret_mib }, { "anywhere", &anywhere } };
	uint64_t count;
	size_t changed;
	int fd[3];

	if (argc == 4 && !strcmp(argv[1], "scan"))
		return scan(number(argv[2]), number(argv[3]));
	if (argc < 6)
		die("usage: forge BLOCKNODE KVNODE CONTROLLER COUNT SEED [secret= anywhere=]");
	for (int i = 6; i < argc; i++)
		if (!word_parse(argv[i], words, ARRAY_SIZE(words)))
			die("unknown word '%s'", argv[i]);
	for (int i = 0; i < 3; i++)
		fd[i] = node_open(argv[1 + i]);
	count = number(argv[4]);
	state = number(argv[5]);
	buffer = buffer_alloc();
	make_secret();
	while (count--)
		forge(fd);
	changed = changed_rows();
	printf("%u commands succeeded, %u were refused, %zu rows of the secret were changed\n",
	       done, refused, changed);
	return changed ? 1 : 0;
}
