// SPDX-License-Identifier: GPL-2.0
/*
 * kvtool - key-value commands in bulk, and each of them with every dword in
 * reach, over the nvme driver's passthrough ioctls.
 *
 * People use nvme-cli, and tests use it too. But it needs a process a command,
 * and throws away the data of a command that ends with a status.
 *
 * It speaks both dialects: the vendor's on a block node, the standard one on a
 * character node, or the one that -D names.
 */
#include <stdio.h>
#include <string.h>

#include "device/kvtool/bulk.h"
#include "device/kvtool/garbage.h"
#include "device/kvtool/single.h"
#include "device/kvtool/torture.h"

static const struct verb random_verbs[] = {
	{ "torture", 2, do_torture, "OPS SEED [NODE ...]" },
	{ "garbage", 2, do_garbage, "COUNT SEED" },
	{ 0 }
};

static const struct verb * const verbs[] = {
	single_verbs, bulk_verbs, random_verbs
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
		for (const struct verb *v = verbs[i]; v->name; v++)
			fprintf(stderr, "  %-12s %s\n", v->name, v->help);
	return 2;
}

static const struct verb *verb_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		for (const struct verb *v = verbs[i]; v->name; v++)
			if (!strcmp(name, v->name))
				return v;
	return NULL;
}

int main(int argc, char **argv)
{
	const char *dialect = NULL;
	const struct verb *verb;
	struct node n;

	if (argc > 2 && !strcmp(argv[1], "-D")) {
		dialect = argv[2];
		argc -= 2;
		argv += 2;
	}
	verb = argc < 3 ? NULL : verb_of(argv[2]);
	if (!verb || argc - 3 < verb->args)
		return usage();
	n = node_of(argv[1]);
	if (dialect)
		n.dialect = *dialect == 'v' ? VENDOR : STANDARD;
	io_buf = buffer_alloc();
	return verb->fn(&n, argv + 3);
}
