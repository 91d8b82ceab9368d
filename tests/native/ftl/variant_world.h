/* SPDX-License-Identifier: GPL-2.0 */
/* Makes a world of the smallest size for a variant. */
#ifndef VARIANT_WORLD_H
#define VARIANT_WORLD_H

#include "native/ftl/world.h"
#include "native/ftl/variants.h"

static inline int world_of(struct world *w, const struct variant *variant,
			   unsigned int nr_ctx)
{
	struct vkv_ftl_config cfg;
	int err;

	memset(w, 0, sizeof(*w));
	w->rng = 0x9e3779b97f4a7c15ull;
	w->size = VKV_FTL_SIZE_MIN;
	w->mem = mmap(NULL, w->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (w->mem == MAP_FAILED)
		return -ENOMEM;
	cfg = variant_config(variant, w->mem, w->size, nr_ctx);
	err = vkv_ftl_create(&cfg, &w->ftl);
	if (err) {
		munmap(w->mem, w->size);
		return err;
	}
	w->ctx = vkv_ftl_ctx(w->ftl, 0);
	w->other = vkv_ftl_ctx(w->ftl, 1);
	w->gc = vkv_ftl_ctx(w->ftl, nr_ctx - 1);
	return 0;
}

#endif
