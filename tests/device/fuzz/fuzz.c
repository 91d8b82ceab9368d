// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz - random and mutated commands at the real driver's passthrough: every
 * opcode, in reach of the ioctls and of io_uring, from several threads.
 *
 * A command takes three steps. draw() picks an opcode and gives it either
 * plausible fields, perhaps with one of them spoilt, or wild ones. fence() then
 * changes commands that would do harm by design, with any device; fence.c lists
 * them. issue() sends the command one of five ways. Any status will do, as long
 * as there is one.
 *
 * Timeouts are long or the default: a command that the driver gives up brings a
 * reset, which other tests do on purpose.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <linux/fs.h>

#include "device/fuzz/dice.h"
#include "device/fuzz/draw.h"
#include "device/fuzz/fence.h"
#include "device/fuzz/issue.h"

#define THREADS_MAX 64
#define MISMATCHES 8	/* commands to another node's namespace, a thread */

struct options opt = { .seconds = 60, .threads = 4, .lies = 1 };
struct node nodes[NR_KINDS];
uint32_t driver_queues;
uint64_t blocks;

static uint64_t end_ms;

/* ---- threads ---- */

static void *fuzz_main(void *arg)
{
	struct fuzzer *f = arg;

	while (now_ms() < end_ms) {
		/* mostly namespaces */
		enum kind kind = below(f, 5) % NR_KINDS;
		struct nvme_passthru_cmd64 c = draw(f, kind);

		if (fence(f, kind, &c))
			issue(f, kind, &c);
	}
	return NULL;
}

static void start(struct fuzzer *f, uint64_t i)
{
	f->rng = mix(opt.seed * 1000003 + i);
	f->buf = buffer_alloc();
	f->sink = buffer_alloc();
	f->mismatches = MISMATCHES;
	f->has_ring = !ring_init(&f->ring, 4, false);
	if (pthread_create(&f->id, NULL, fuzz_main, f))
		die("cannot create a thread");
}

static void add(struct counts *sum, const struct counts *n)
{
	sum->sent += n->sent;
	sum->refused += n->refused;
	sum->good += n->good;
	sum->bad += n->bad;
	time_one(sum, n->slowest_kind, n->slowest_opcode, n->slowest_ms);
	for (unsigned int k = 0; k < NR_KINDS; k++)
		for (unsigned int i = 0; i < 256; i++)
			sum->opcode[k][i] |= n->opcode[k][i];
	for (unsigned int i = 0; i < ARRAY_SIZE(sum->status); i++)
		sum->status[i] |= n->status[i];
}

static unsigned int used(const uint8_t *marks, unsigned int n)
{
	unsigned int sum = 0;

	while (n--)
		sum += marks[n];
	return sum;
}

static void report(const struct counts *n)
{
	printf("%llu commands, %llu refused by the kernel, %llu successes, %llu other statuses\n",
	       (unsigned long long)n->sent, (unsigned long long)n->refused,
	       (unsigned long long)n->good, (unsigned long long)n->bad);
	printf("opcodes: %u admin, %u block and vendor, %u standard; %u different statuses\n",
	       used(n->opcode[ADMIN], 256), used(n->opcode[BLOCK], 256),
	       used(n->opcode[KV], 256),
	       used(n->status, ARRAY_SIZE(n->status)));
	printf("slowest: opcode 0x%02x of %s, %llu ms\n", n->slowest_opcode,
	       nodes[n->slowest_kind].name,
	       (unsigned long long)n->slowest_ms);
}

/* ---- the device ---- */

static int open_format(const char *format, const char *number)
{
	char *path = NULL;

	if (asprintf(&path, format, number) < 0)
		die("out of memory");
	return node_open(path);
}

static void open_nodes(void)
{
	const char *number = opt.ctrl + strlen("nvme");
	uint64_t bytes;
	char path[64];
	FILE *file;

	nodes[ADMIN].fd = open_format("/dev/nvme%s", number);
	nodes[ADMIN].ring_fd = nodes[ADMIN].fd;
	nodes[BLOCK].fd = open_format("/dev/nvme%sn1", number);
	nodes[BLOCK].ring_fd = open_format("/dev/ng%sn1", number);
	nodes[KV].fd = open_format("/dev/ng%sn2", number);
	nodes[KV].ring_fd = nodes[KV].fd;
	for (unsigned int i = 0; i < NR_KINDS; i++) {
		nodes[i].name = (const char *[]){ "the controller",
						  "namespace 1",
						  "namespace 2" }[i];
		nodes[i].nsid = i;
	}
	if (ioctl(nodes[BLOCK].fd, BLKGETSIZE64, &bytes))
		die("no size: %s", strerror(errno));
	blocks = bytes / 512;
	snprintf(path, sizeof(path), "/sys/class/nvme/%s/queue_count",
		 opt.ctrl);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%u", &driver_queues) != 1)
		die("%s cannot be read", path);
	fclose(file);
	driver_queues--;
}

static void parse(const char *text)
{
	const struct word words[] = {
		{ "seconds", &opt.seconds }, { "seed", &opt.seed },
		{ "threads", &opt.threads }, { "destroy", &opt.destroy },
		{ "metadata", &opt.metadata }, { "lies", &opt.lies },
	};

	if (word_parse(text, words, ARRAY_SIZE(words)))
		return;
	if (strncmp(text, "nvme", 4))
		die("usage: fuzz nvmeN [seconds= seed= threads= destroy= metadata= lies=]");
	opt.ctrl = text;
}

int main(int argc, char **argv)
{
	static struct fuzzer fuzzers[THREADS_MAX];
	struct counts sum = { 0 };

	opt.seed = time(NULL);
	while (argc-- > 1)
		parse(*++argv);
	if (!opt.ctrl || !opt.threads || opt.threads > THREADS_MAX)
		die("which controller? (fuzz nvme0)");
	open_nodes();
	printf("seed=%llu, %llu s, %llu threads%s\n",
	       (unsigned long long)opt.seed, (unsigned long long)opt.seconds,
	       (unsigned long long)opt.threads,
	       opt.destroy ? ", format and sanitize too" : "");
	fflush(stdout);
	end_ms = now_ms() + opt.seconds * 1000;
	for (uint64_t i = 0; i < opt.threads; i++)
		start(&fuzzers[i], i);
	for (uint64_t i = 0; i < opt.threads; i++) {
		pthread_join(fuzzers[i].id, NULL);
		add(&sum, &fuzzers[i].n);
	}
	report(&sum);
	/* all refused, or nothing understood: then nothing was tested */
	return !(sum.good && sum.bad && sum.sent > sum.refused);
}
