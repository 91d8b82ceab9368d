// SPDX-License-Identifier: GPL-2.0
#include "device/kvtool/blob.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/tool.h"

void *xmalloc(size_t len)
{
	void *p = malloc(len ? len : 1);

	if (!p)
		die("out of memory");
	return p;
}

void pattern(unsigned char *p, size_t len, uint64_t seed)
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
	struct blob b = { .data = xmalloc(BUFFER_SIZE) };
	FILE *f = fopen(path, "rb");

	if (!f)
		die("%s: %s", path, strerror(errno));
	b.len = fread(b.data, 1, BUFFER_SIZE, f);
	fclose(f);
	return b;
}

/* CHAR:COUNT */
static struct blob blob_repeated(const char *spec)
{
	struct blob b = { .len = number(spec + 2) };

	b.data = xmalloc(b.len);
	memset(b.data, spec[0], b.len);
	return b;
}

/* SEED:COUNT */
static struct blob blob_pattern(const char *spec)
{
	char *seed = strdup(spec), *len = strchr(seed, ':');
	struct blob b;

	*len++ = '\0';
	b.len = number(len);
	b.data = xmalloc(b.len);
	pattern(b.data, b.len, number(seed));
	free(seed);
	return b;
}

static struct blob blob_text(const char *text)
{
	return (struct blob){ .data = (unsigned char *)strdup(text),
			      .len = strlen(text) };
}

struct blob blob_parse(const char *spec)
{
	if (!strncmp(spec, "hex:", 4))
		return blob_hex(spec + 4);
	if (spec[0] == '@')
		return blob_file(spec + 1);
	if (!strncmp(spec, "rep:", 4) && spec[4] && spec[5] == ':')
		return blob_repeated(spec + 4);
	if (!strncmp(spec, "pat:", 4) && strchr(spec + 4, ':'))
		return blob_pattern(spec + 4);
	return blob_text(spec);
}
