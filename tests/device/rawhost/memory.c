// SPDX-License-Identifier: GPL-2.0
#include "device/rawhost/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define POOL_PAGES 4096u

static char *pool;
static uint64_t pool_pa[POOL_PAGES];
static unsigned int pool_next;

/* Entries of pagemap: the page is there in bit 63, its number below bit 55. */
static uint64_t look_up(int fd, unsigned int page)
{
	off_t at = ((uintptr_t)pool / PAGE + page) * 8;
	uint64_t entry;

	if (pread(fd, &entry, 8, at) != 8 || !(entry >> 63) ||
	    !(entry & ((1ull << 55) - 1)))
		die("no physical address of page %u", page);
	return (entry & ((1ull << 55) - 1)) * PAGE;
}

void memory_init(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);

	pool = mmap(NULL, POOL_PAGES * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1,
		    0);
	if (pool == MAP_FAILED || fd < 0)
		die("no locked memory or no pagemap: %s", strerror(errno));
	memset(pool, 0xa5, POOL_PAGES * PAGE);
	for (unsigned int i = 0; i < POOL_PAGES; i++)
		pool_pa[i] = look_up(fd, i);
	close(fd);
}

void memory_reset(void)
{
	pool_next = 0;
}

void *pages(unsigned int nr)
{
	char *p = pool + (size_t)pool_next * PAGE;

	if (pool_next + nr > POOL_PAGES)
		die("out of pool pages");
	pool_next += nr;
	memset(p, 0, (size_t)nr * PAGE);
	return p;
}

uint64_t pa(const void *p)
{
	size_t at = (const char *)p - pool;

	return pool_pa[at / PAGE] + at % PAGE;
}

bool all(const void *p, size_t len, unsigned char byte)
{
	const unsigned char *at = p;

	for (size_t i = 0; i < len; i++)
		if (at[i] != byte)
			return false;
	return true;
}
