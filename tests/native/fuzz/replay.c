// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a fuzz target without libFuzzer. It runs the given files, or all of
 * fuzz/corpus/<name of the program up to its first dot>. It prints TAP.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "native/fuzz/fuzz.h"

#define FILES_MAX 4096
#define BYTES_MAX (1u << 20)

static char *files[FILES_MAX];
static int nr_files;

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_files(const char *program)
{
	const char *base = strrchr(program, '/');
	char dir[NAME_MAX], path[PATH_MAX];
	struct dirent *entry;
	DIR *d;

	base = base ? base + 1 : program;
	snprintf(dir, sizeof(dir), "fuzz/corpus/%.*s", (int)strcspn(base, "."), base);
	d = opendir(dir);
	if (!d) {
		printf("Bail out! %s: %s\n", dir, strerror(errno));
		exit(1);
	}
	while ((entry = readdir(d)) && nr_files < FILES_MAX) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		files[nr_files++] = strdup(path);
	}
	closedir(d);
	qsort(files, nr_files, sizeof(files[0]), compare);
}

/* The buffer is exactly as large as the file, to catch reads past its end. */
static bool run_file(const char *path)
{
	static u8 buf[BYTES_MAX];
	FILE *file = fopen(path, "rb");
	size_t size;
	u8 *data;

	if (!file)
		return false;
	size = fread(buf, 1, sizeof(buf), file);
	fclose(file);
	data = malloc(size);
	if (!data)
		return false;
	memcpy(data, buf, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return true;
}

/* Each file runs in a process of its own, so that a failure stops no other. */
static bool run(const char *path)
{
	int status = 1;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child)
		exit(!run_file(path));
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

int main(int argc, char **argv)
{
	int i, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc && nr_files < FILES_MAX; i++)
		files[nr_files++] = strdup(argv[i]);
	if (argc < 2)
		find_files(argv[0]);
	printf("1..%d\n", nr_files);
	for (i = 0; i < nr_files; i++) {
		bool ok = run(files[i]);

		printf("%sok %d %s\n", ok ? "" : "not ", i + 1, files[i]);
		failed |= !ok;
		free(files[i]);
	}
	return failed || !nr_files;
}
