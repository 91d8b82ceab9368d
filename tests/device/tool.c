// SPDX-License-Identifier: GPL-2.0
#include "device/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HUGE_PAGE (2u << 20)
#define SMALL_PAGE 4096u

const char *die_about;

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	if (die_about)
		fprintf(stderr, "%s: ", die_about);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(2);
}

uint64_t number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		die("'%s' is not a number", text);
	return n;
}

bool word_parse(const char *text, const struct word *words, size_t nr)
{
	size_t len = strcspn(text, "=");

	if (!text[len])
		return false;
	for (; nr--; words++)
		if (strlen(words->name) == len &&
		    !strncmp(text, words->name, len)) {
			*words->value = number(text + len + 1);
			return true;
		}
	return false;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

uint64_t now_ms(void)
{
	return now_ns() / 1000000;
}

uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static unsigned char next_byte(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 56;
}

/* Entries of pagemap: the page is there in bit 63, its number below bit 55. */
uint64_t physical_address(int pagemap, const void *p)
{
	uint64_t at = (uintptr_t)p, page = at / SMALL_PAGE, entry;

	if (pread(pagemap, &entry, 8, page * 8) != 8 || !(entry >> 63) ||
	    !(entry & ((1ull << 55) - 1)))
		die("no physical address of %p", p);
	return (entry & ((1ull << 55) - 1)) * SMALL_PAGE + at % SMALL_PAGE;
}

void fill(void *p, size_t len, uint64_t seed)
{
	unsigned char *at = p;

	while (len--)
		*at++ = next_byte(&seed);
}

bool filled(const void *p, size_t len, uint64_t seed)
{
	const unsigned char *at = p;

	while (len--)
		if (*at++ != next_byte(&seed))
			return false;
	return true;
}

static void *map(size_t len, int flags)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

void *buffer_alloc(void)
{
	char *p = map(BUFFER_SIZE, MAP_HUGETLB);

	if (p != MAP_FAILED)
		return p;
	p = map(BUFFER_SIZE + HUGE_PAGE, 0);
	if (p == MAP_FAILED)
		die("no memory for a buffer");
	p += -(uintptr_t)p & (HUGE_PAGE - 1);
	madvise(p, BUFFER_SIZE, MADV_HUGEPAGE);
	memset(p, 0, BUFFER_SIZE);
	return p;
}

int node_open(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		fd = open(path, O_RDONLY);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

int passthru(int fd, unsigned long request, struct nvme_passthru_cmd64 *cmd,
	     unsigned int *status)
{
	int ret = ioctl(fd, request, cmd);

	*status = ret > 0 ? ret : 0;
	return ret < 0 ? errno : 0;
}
