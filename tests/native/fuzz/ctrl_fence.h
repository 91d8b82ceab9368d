/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host memory as a confined device sees it. The host maps and unmaps pages, for
 * one direction or both. A page faults when it is touched otherwise. (A page that
 * the device may only write can be read, too: processors have no such pages.)
 */
#ifndef FUZZ_CTRL_FENCE_H
#define FUZZ_CTRL_FENCE_H

#include "native/fuzz/fuzz.h"

#include "vkv.h"

/* Maps the host's memory once more, as the device sees it. */
void fence_init(int fd);

/* A table of mappings for a new device. All pages are mapped, both ways. */
struct vkv_mappings *fence_begin(void);

/* Maps or unmaps some pages. */
void fence_change(struct fuzz_input *in);

/* Takes all mappings back, and maps all pages, both ways. */
void fence_open(void);

/* Frees the table. No page may be in use. */
void fence_end(void);

/* The offset of a byte that the device sees at @p. */
u64 fence_offset(const void *p);

#endif
