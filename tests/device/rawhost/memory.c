// SPDX-License-Identifier: GPL-2.0
#include "device/rawhost/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define POOL_PAGES 4096u

static char *pool;
static uint64_t pool_pa[POOL_PAGES];
static unsigned int pool_next;

/* The address of a BAR is in the first words of a line of the file resource. */
static uint64_t bar_address(const char *function, unsigned int bar)
{
	char path[300];
	uint64_t start = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/resource", function);
	f = fopen(path, "r");
	for (unsigned int i = 0; f && i <= bar; i++)
		if (fscanf(f, "%" SCNx64 " %*x %*x", &start) != 1)
			start = 0;
	if (!start)
		die("no address of BAR %u of %s", bar, function);
	fclose(f);
	return start;
}

void memory_init_bar(const char *function, unsigned int bar)
{
	uint64_t start = bar_address(function, bar);
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/resource%u", function, bar);
	fd = open(path, O_RDWR);
	pool = mmap(NULL, POOL_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
	if (pool == MAP_FAILED || fd < 0)
		die("%s cannot be mapped: %s", path, strerror(errno));
	for (unsigned int i = 0; i < POOL_PAGES; i++)
		pool_pa[i] = start + (uint64_t)i * PAGE;
	close(fd);
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
		pool_pa[i] = physical_address(fd, pool + (size_t)i * PAGE);
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
