// SPDX-License-Identifier: GPL-2.0
#include "native/fuzz/fuzz.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/minmax.h>

#define GUARD 4096u

/* libFuzzer keeps the input of a process that aborts. */
static void cpu_time_is_over(int signal)
{
	static const char what[] = "the input has used all its CPU time\n";

	(void)!write(STDERR_FILENO, what, sizeof(what) - 1);
	abort();
}

struct fuzz_input fuzz_begin(const u8 *data, size_t size)
{
	static const struct itimerval limit = {
		.it_value.tv_sec = FUZZ_CPU_SECONDS,
	};
	struct sigaction action = { .sa_handler = cpu_time_is_over };

	MUST(!sigaction(SIGPROF, &action, NULL), "sigaction");
	MUST(!setitimer(ITIMER_PROF, &limit, NULL), "setitimer");
	return (struct fuzz_input){ data, size };
}

u8 fuzz_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

u16 fuzz_u16(struct fuzz_input *in)
{
	u16 low = fuzz_u8(in);

	return low | fuzz_u8(in) << 8;
}

u32 fuzz_u32(struct fuzz_input *in)
{
	u32 low = fuzz_u16(in);

	return low | (u32)fuzz_u16(in) << 16;
}

static void *map_guarded(u64 size)
{
	u8 *mem = mmap(NULL, size + 2 * GUARD, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	MUST(mem != MAP_FAILED, "no memory");
	MUST(!mprotect(mem + GUARD, size, PROT_READ | PROT_WRITE), "mprotect");
	return mem + GUARD;
}

void *fuzz_memory(u64 size)
{
	static void *mem;
	static u64 mapped;

	if (!mem) {
		mem = map_guarded(size);
		mapped = size;
	}
	MUST(size == mapped, "one size only");
	/* Zeroes the memory, so that runs do not depend on one another. */
	MUST(!madvise(mem, size, MADV_DONTNEED), "madvise");
	return mem;
}

void fuzz_fill(u8 *data, u64 size, u64 seed)
{
	u64 i, x;

	for (i = 0; i < size; i += sizeof(x)) {
		x = (seed + (i << 8)) * 0x9e3779b97f4a7c15ull;
		x ^= x >> 29;
		memcpy(data + i, &x, size - i < sizeof(x) ? size - i : sizeof(x));
	}
}

void fuzz_put(const struct vkv_txn *txn, const u8 *data, u64 size)
{
	u64 at = 0;
	u32 i;

	for (i = 0; i < txn->nr; i++) {
		const struct vkv_piece *piece = &txn->piece[i];

		MUST(piece->len <= size - at, "piece %u", i);
		memcpy(piece->data, data + at, piece->len);
		at += piece->len;
	}
	MUST(at == size, "%llu bytes of pieces, not %llu", at, size);
}

u64 fuzz_get(const struct vkv_view *view, u8 *to, u64 max)
{
	u64 at = 0;
	u32 i;

	for (i = 0; i < view->nr && at < max; i++) {
		u64 len = min_t(u64, view->piece[i].len, max - at);

		memcpy(to + at, view->piece[i].data, len);
		at += len;
	}
	return at;
}

void fuzz_expect(const struct vkv_view *view, const u8 *data, u64 size)
{
	u64 at = 0;
	u32 i;

	for (i = 0; i < view->nr; i++) {
		const struct vkv_piece *piece = &view->piece[i];

		MUST(piece->len <= size - at, "piece %u", i);
		MUST(!memcmp(piece->data, data + at, piece->len),
		     "a byte of piece %u", i);
		at += piece->len;
	}
	MUST(at == size, "%llu bytes, not %llu", at, size);
}
