// SPDX-License-Identifier: GPL-2.0
#include "native/bench/memory.h"

#include <stdio.h>
#include <sys/mman.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/string.h>

#define HUGE_BYTES (2ull << 20)

int memory_map(struct memory *m, u64 size)
{
	void *p;

	size = ALIGN(size, HUGE_BYTES);
	p = mmap(NULL, size + HUGE_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	m->base = (u8 *)ALIGN((uintptr_t)p, HUGE_BYTES);
	m->size = size;
	m->ready = 0;
	/* A failure is harmless: the report shows the number of huge pages. */
	madvise(m->base, size, MADV_HUGEPAGE);
	return 0;
}

int memory_populate(struct memory *m, u64 bytes)
{
	bytes = ALIGN(bytes, HUGE_BYTES);
	if (bytes > m->size)
		return -ENOMEM;
	if (bytes > m->ready) {
		memset(m->base + m->ready, 0, bytes - m->ready);
		m->ready = bytes;
	}
	return 0;
}

void memory_unmap(struct memory *m)
{
	munmap(m->base, m->size);
}

/* Returns the bytes in the line of a /proc file that begins with @name. */
static u64 proc_bytes(const char *file, const char *name)
{
	FILE *f = fopen(file, "r");
	u64 kib = 0;
	char line[256];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), " %llu", &kib);
	fclose(f);
	return kib << 10;
}

u64 memory_available(void)
{
	return proc_bytes("/proc/meminfo", "MemAvailable:");
}

u64 memory_huge(void)
{
	return proc_bytes("/proc/self/smaps_rollup", "AnonHugePages:");
}
