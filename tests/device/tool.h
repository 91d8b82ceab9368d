/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of all programs of the device tests: ends, words of a command line,
 * time, pseudo-random bytes, buffers, and the nvme driver's passthrough.
 */
#ifndef DEVICE_TOOL_H
#define DEVICE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/nvme_ioctl.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BUFFER_SIZE (4u << 20)
#define STATUS_MASK 0x7ffu

/* A name for the present work, for messages of die(); NULL for none. */
extern const char *die_about;

/**
 * die - end the program, which could not do its work
 * @fmt: the reason, behind the program's name and @die_about
 *
 * The exit status is 2. Programs end with 1 for a device that answers wrongly.
 */
void die(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/**
 * number - the number that a word is, decimal, 0x... or 0...
 * @text: the word; any other ends the program
 */
uint64_t number(const char *text);

/**
 * struct word - a setting NAME=NUMBER of a command line
 * @name: its name, before the =
 * @value: where the number goes
 */
struct word {
	const char *name;
	uint64_t *value;
};

/**
 * word_parse - take a setting
 * @text: a word of the command line
 * @words: the settings that there are
 * @nr: how many these are
 *
 * Return: false if @text is none of them.
 */
bool word_parse(const char *text, const struct word *words, size_t nr);

/** now_ns - monotonic time in nanoseconds */
uint64_t now_ns(void);

/** now_ms - monotonic time in milliseconds */
uint64_t now_ms(void);

/**
 * mix - 64 bits that look random and follow from @x (splitmix64)
 * @x: any number; successors of it have nothing in common with it
 */
uint64_t mix(uint64_t x);

/**
 * physical_address - where a byte lies in the machine's memory; needs root
 * @pagemap: an open /proc/self/pagemap
 * @p: the byte, whose page is locked. Without a physical address the program ends
 */
uint64_t physical_address(int pagemap, const void *p);

/**
 * fill - write bytes that follow from a seed
 * @p: where to
 * @len: how many
 * @seed: other seeds make other bytes
 */
void fill(void *p, size_t len, uint64_t seed);

/**
 * filled - are these the bytes that fill() writes?
 * @p: the bytes
 * @len: how many
 * @seed: as fill() had it
 */
bool filled(const void *p, size_t len, uint64_t seed);

/**
 * buffer_alloc - BUFFER_SIZE zeroes, in huge pages if there are any
 *
 * Scattered pages run out of the driver's 127 segments long before 2 MiB. Huge
 * pages are reserved ones or, with any kernel but PREEMPT_RT, made on demand.
 * No buffer is ever freed.
 */
void *buffer_alloc(void);

/**
 * node_open - open a device node, for reading alone if that is all that is
 * allowed
 * @path: the node; the program ends if it cannot be opened
 *
 * Return: its file descriptor.
 */
int node_open(const char *path);

/**
 * passthru - send a command by an ioctl, and wait for its end
 * @fd: a node of the nvme driver
 * @request: NVME_IOCTL_...
 * @cmd: the command, in the layout that @request wants; takes the result
 * @status: takes the NVMe status with its flags, 0 if the kernel refused
 *
 * Return: 0, or the errno of a command that the kernel refused.
 */
int passthru(int fd, unsigned long request, struct nvme_passthru_cmd64 *cmd,
	     unsigned int *status);

#endif
