/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The entries that a program of the fuzzer submits: they follow a small
 * grammar, and have the PRP lists and SGL segments that they point to. No key
 * of the grammar begins with an S, and no block is below FUZZ_FIRST_LBA: see
 * fuzz/ctrl_sacred.h.
 */
#ifndef FUZZ_CTRL_ENTRY_H
#define FUZZ_CTRL_ENTRY_H

#include "native/fuzz/fuzz.h"
#include "native/ctrl/loopback.h"

#define FUZZ_HOST_PAGES 256u
#define FUZZ_HOST_SIZE (FUZZ_HOST_PAGES * LOOP_PAGE)
/* Pages of the host's where data pointers expect lists and segments. */
#define FUZZ_FIRST_LIST 192u
#define FUZZ_NR_LISTS 32u
#define FUZZ_FIRST_LBA 4096u

/* An address of memory, mostly. */
u64 entry_address(struct fuzz_input *in);

void entry_io(struct fuzz_input *in, struct nvme_sqe *sqe);
void entry_admin(struct fuzz_input *in, struct nvme_sqe *sqe);
void entry_raw(struct fuzz_input *in, struct nvme_sqe *sqe);

/* Other bytes in a few places. */
void entry_mutate(struct fuzz_input *in, struct nvme_sqe *sqe);

/* A page of PRP entries or SGL descriptors, good or odd in some places. */
void entry_prp_list(struct fuzz_input *in, __le64 *page);
void entry_sgl_segment(struct fuzz_input *in, __le64 *page);

#endif
