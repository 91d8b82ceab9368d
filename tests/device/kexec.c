// SPDX-License-Identifier: GPL-2.0
/*
 * kexec - starts another kernel in the place of the running one.
 *
 *	kexec IMAGE INITRD ARGUMENTS
 *
 * Other programs are not ended before. Their work at that moment is cut off.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "device/tool.h"

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		die("usage: kexec IMAGE INITRD ARGUMENTS");
	if (syscall(SYS_kexec_file_load, open_file(argv[1]), open_file(argv[2]),
		    strlen(argv[3]) + 1, argv[3], 0ul))
		die("kexec_file_load: %s", strerror(errno));
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_KEXEC, NULL);
	die("reboot: %s", strerror(errno));
}
