// SPDX-License-Identifier: GPL-2.0
/*
 * rawhost - an NVMe host of its own, in user space. It does things that the
 * kernel's driver does not let through: bare submission entries, PRPs of every
 * kind, doorbells and registers.
 *
 * It maps BAR 0 of a function that no driver is bound to, keeps queues and
 * buffers in locked memory whose physical addresses it reads from pagemap, and
 * polls completions. With PEER, which names the folder of a PCI function, queues
 * and buffers lie in that function's BAR 2. Each check begins with a controller
 * just enabled, one I/O queue pair, and all memory free.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/rawhost/check.h"

static const struct check * const checks[] = {
	admin_checks, command_checks, data_checks, queue_checks, reset_checks,
	garbage_checks,
};

/* All, unless some are named. */
static bool wanted(const struct check *check, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, check->name))
			return true;
	return false;
}

static void run_check(const struct check *check)
{
	unsigned int before = failures;
	uint64_t start = now_ms();

	die_about = check->name;
	fresh();
	check->fn();
	printf("%s - %s (%llu ms)\n", failures == before ? "ok" : "not ok",
	       check->name, (unsigned long long)(now_ms() - start));
}

int main(int argc, char **argv)
{
	const char *peer = getenv("PEER");

	if (argc < 2) {
		fprintf(stderr,
			"usage: [PEER=FOLDER] rawhost /sys/bus/pci/devices/FUNCTION [CHECK...]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	controller_map(argv[1]);
	if (peer)
		memory_init_bar(peer, 2);
	else
		memory_init();
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		for (const struct check *c = checks[i]; c->name; c++)
			if (wanted(c, argv + 2))
				run_check(c);
	disable();
	printf("%u expectations, %u failed\n", tests, failures);
	return failures || !tests;
}
