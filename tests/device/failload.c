// SPDX-License-Identifier: GPL-2.0
/*
 * failload - loads a module with its first allocation failing, then with its
 * second, and so on, until it loads without any being left to fail.
 *
 *	failload FILE NAME PARAMETERS WRONG [FIRST]
 *
 * /proc/self/fail-nth (fault-injection.rst) counts this task's allocations.
 * Each load either ends with an error that says so or succeeds in spite of it,
 * and then the module is unloaded again. The kernel's own allocations, before
 * it calls the module, are not of interest: a load with the WRONG parameters,
 * which the module refuses at once, tells how many these are. With FIRST, it is
 * not begun before that allocation.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "device/tool.h"

#define MANY 100000u

static unsigned int errors[256];
static const char *name;
static int module, nth;

static void set_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth, text, len, 0) != len)
		die("fail-nth: %s", strerror(errno));
}

/* How many allocations were left to go. */
static unsigned int get_nth(void)
{
	char text[16] = "";

	if (pread(nth, text, sizeof(text) - 1, 0) < 1)
		die("fail-nth: %s", strerror(errno));
	return strtoul(text, NULL, 10);
}

/* Loads, and unloads: returns how many allocations were left to go. */
static unsigned int load(unsigned int n, const char *how, int *err)
{
	unsigned int left;

	*err = 0;
	set_nth(n);
	if (syscall(SYS_finit_module, module, how, 0))
		*err = errno;
	left = get_nth();
	set_nth(0);
	if (!*err && syscall(SYS_delete_module, name, 0))
		die("allocation %u: the module does not go: %s", n,
		    strerror(errno));
	return left;
}

/* The first load takes some that stay for the next. */
static unsigned int count(const char *how)
{
	int err;

	load(MANY, how, &err);
	return MANY - load(MANY, how, &err);
}

static void report(void)
{
	for (unsigned int i = 0; i < 256; i++)
		if (errors[i])
			printf("%u times: %s\n", errors[i],
			       i ? strerror(i) : "loaded");
}

/*
 * An allocation that fails is no other kind of error, except where the PCI core
 * only says that it found no function, or takes a name that it could not
 * allocate for an invalid one.
 */
static int all_right(void)
{
	for (unsigned int i = 1; i < 256; i++)
		if (errors[i] && i != ENOMEM && i != ENODEV && i != EINVAL)
			return 0;
	return errors[ENOMEM] > 0;
}

int main(int argc, char **argv)
{
	unsigned int n, last, left, first = 0;
	int err;

	if (argc != 5 && argc != 6)
		die("usage: failload FILE NAME PARAMETERS WRONG [FIRST]");
	if (argc == 6)
		first = strtoul(argv[5], NULL, 10);
	module = open(argv[1], O_RDONLY);
	name = argv[2];
	nth = open("/proc/self/fail-nth", O_RDWR);
	if (module < 0 || nth < 0)
		die("%s", strerror(errno));
	setvbuf(stdout, NULL, _IOLBF, 0);
	n = count(argv[4]);
	last = count(argv[3]);
	printf("allocations of a load: %u before the module's own, %u in all\n",
	       n, last);
	if (last <= n || last >= MANY || last <= first)
		die("that cannot be");
	if (n < first)
		n = first;
	do {
		left = load(n, argv[3], &err);
		if (left && err)
			die("allocation %u was not reached, and yet: %s", n,
			    strerror(err));
		if (!left)
			errors[err & 0xff]++;
		if (!(n % 50))
			printf("allocation %u\n", n);
	} while (++n < 2 * last && !left);
	report();
	if (!left)
		die("a load has more than %u allocations", 2 * last);
	return !all_right();
}
