/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that the device reaches: locked pages, whose physical addresses are
 * known, or the memory of another PCI device.
 */
#ifndef RAWHOST_MEMORY_H
#define RAWHOST_MEMORY_H

#include "device/tool.h"

#define PAGE 4096u
#define NO_MEMORY 0x200000000000ull	/* 32 TiB: nothing is there */

/** memory_init - lock the pages, and look up where they are; needs root */
void memory_init(void);

/**
 * memory_init_bar - use the memory of another PCI device instead
 * @function: its folder in sysfs
 * @bar: the number of the BAR, which has 16 MiB
 */
void memory_init_bar(const char *function, unsigned int bar);

/** memory_reset - take back all pages that pages() gave */
void memory_reset(void);

/**
 * pages - zeroed pages with consecutive virtual addresses
 * @nr: how many; the program ends if there are not that many
 */
void *pages(unsigned int nr);

/** pa - the physical address of a byte of the pages */
uint64_t pa(const void *p);

/** all - true if all @len bytes at @p are @byte */
bool all(const void *p, size_t len, unsigned char byte);

#endif
