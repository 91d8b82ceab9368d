// SPDX-License-Identifier: GPL-2.0
#include "device/fuzz/dice.h"

uint64_t random64(struct fuzzer *f)
{
	uint64_t x = mix(f->rng);

	f->rng += 0x9e3779b97f4a7c15ull;
	return x;
}

uint32_t below(struct fuzzer *f, uint32_t n)
{
	return (random64(f) >> 32) * n >> 32;
}

bool once_in(struct fuzzer *f, uint32_t n)
{
	return !below(f, n);
}

uint32_t wild(struct fuzzer *f)
{
	uint32_t x = random64(f);

	switch (below(f, 8)) {
	case 0:
		return 0;
	case 1:
		return ~0u >> below(f, 32);
	case 2:
		return 1u << below(f, 32);
	case 3:
		return (1u << below(f, 32)) - 1 + below(f, 3);
	default:
		return x >> below(f, 32);
	}
}
