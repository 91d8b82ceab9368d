/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes the entries that a program of the fuzzer submits, by a small grammar,
 * and the PRP lists and SGL segments that they point to. No key of the grammar
 * begins with an S, and no block is below FUZZ_FIRST_LBA, because those are
 * sacred (ctrl_sacred.h).
 */
#ifndef FUZZ_CTRL_ENTRY_H
#define FUZZ_CTRL_ENTRY_H

#include "native/fuzz/fuzz.h"
#include "native/ctrl/loopback.h"

#define FUZZ_HOST_PAGES 256u
#define FUZZ_HOST_SIZE (FUZZ_HOST_PAGES * LOOP_PAGE)
/* Data pointers expect lists and segments in the host pages from here on. */
#define FUZZ_FIRST_LIST 192u
#define FUZZ_NR_LISTS 32u
#define FUZZ_FIRST_LBA 4096u

/* Returns an address. Mostly there is memory at this address. */
u64 entry_address(struct fuzz_input *in);

void entry_io(struct fuzz_input *in, struct nvme_sqe *sqe);
void entry_admin(struct fuzz_input *in, struct nvme_sqe *sqe);
void entry_raw(struct fuzz_input *in, struct nvme_sqe *sqe);

/* Changes bytes in a few places. */
void entry_mutate(struct fuzz_input *in, struct nvme_sqe *sqe);

/* Fills a page with PRP entries or SGL descriptors; a few may be odd. */
void entry_prp_list(struct fuzz_input *in, __le64 *page);
void entry_sgl_segment(struct fuzz_input *in, __le64 *page);

#endif
