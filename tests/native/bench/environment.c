// SPDX-License-Identifier: GPL-2.0
/* Reports CPU, kernel, compiler, memory and load of the machine. */
#include "native/bench/environment.h"

#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/string.h>
#include <linux/types.h>

#include "native/bench/clock.h"
#include "native/bench/memory.h"
#include "native/bench/team.h"

/* Writes a string in quotes, without the characters that need an escape. */
static void json_string(FILE *f, const char *name, const char *text)
{
	fprintf(f, "    \"%s\": \"", name);
	for (; *text; text++)
		if (*text >= ' ' && *text != '"' && *text != '\\')
			fputc(*text, f);
	fprintf(f, "\",\n");
}

static const char *cpu_model(char *line, size_t len)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	const char *model = "";

	while (f && fgets(line, len, f)) {
		if (!strncmp(line, "model name", 10) && strchr(line, ':')) {
			model = strchr(line, ':') + 2;
			break;
		}
	}
	if (f)
		fclose(f);
	return model;
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static u64 memory_bytes(void)
{
	return (u64)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
}

void json_environment(FILE *f, unsigned int threads)
{
	double load[3] = {};
	struct utsname uts;
	char line[256];

	uname(&uts);
	if (getloadavg(load, 3) != 3)
		memset(load, 0, sizeof(load));
	fprintf(f, "  \"environment\": {\n");
	json_string(f, "cpu", cpu_model(line, sizeof(line)));
	json_string(f, "machine", uts.machine);
	json_string(f, "kernel", uts.release);
	json_string(f, "compiler", "gcc " __VERSION__);
	json_string(f, "commit", variable("BENCH_COMMIT"));
	json_string(f, "date", variable("BENCH_DATE"));
	fprintf(f, "    \"cpus\": %u,\n    \"threads\": %u,\n", team_cpus(),
		threads);
	fprintf(f, "    \"memory_bytes\": %llu,\n    \"huge_page_bytes\": %llu,\n",
		memory_bytes(), memory_huge());
	fprintf(f, "    \"clock_ns\": %.3f,\n    \"clock_cost_ns\": %.2f,\n",
		clock_to_ns(1), clock_to_ns(clock_cost()));
	fprintf(f, "    \"load_average\": [%.2f, %.2f, %.2f]\n  },\n", load[0],
		load[1], load[2]);
}
