/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common to all parts of the fuzzer. Several threads draw commands (draw.h),
 * fence them (fence.h) and issue them (issue.h).
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <pthread.h>

#include "device/ring.h"
#include "device/tool.h"

#define DATA_MAX (2u << 20)	/* bytes that a command moves */
#define PAGE 4096u
#define KNOWN 'K'		/* first byte of keys that are not ours */

enum kind { ADMIN, BLOCK, KV, NR_KINDS };

/**
 * struct node - where commands of a kind go
 * @name: for messages
 * @fd: the node that the ioctls use
 * @ring_fd: the character device
 * @nsid: its namespace
 */
struct node {
	const char *name;
	int fd;
	int ring_fd;
	uint32_t nsid;
};

/**
 * struct options - the settings of the command line
 * @ctrl: the controller, such as nvme0
 * @seconds: how long it goes on
 * @seed: where chance begins
 * @threads: how many threads send commands
 * @destroy: Format and Sanitize are sent, too
 * @metadata: commands have metadata
 * @lies: lengths and pointers of data from the host may be wrong
 */
struct options {
	const char *ctrl;
	uint64_t seconds, seed, threads, destroy, metadata, lies;
};

/**
 * struct counts - results of commands
 * @sent: commands in all
 * @refused: commands that the kernel refused
 * @good: commands that succeeded
 * @bad: commands that ended with another status
 * @slowest_ms: milliseconds that the slowest took
 * @slowest_kind: its kind
 * @slowest_opcode: its opcode
 * @opcode: 1 for each opcode that was sent
 * @status: 1 for each status that came
 */
struct counts {
	uint64_t sent, refused, good, bad;
	uint64_t slowest_ms;
	enum kind slowest_kind;
	uint8_t slowest_opcode;
	uint8_t opcode[NR_KINDS][256];
	uint8_t status[STATUS_MASK + 1];
};

/**
 * struct fuzzer - a thread that sends commands
 * @id: the thread
 * @rng: state of its chance
 * @buf: data to the device; no key of another's gets in
 * @sink: data from the device
 * @ring: its ring, if @has_ring
 * @has_ring: this kernel has rings for commands
 * @mismatches: commands to another node's namespace that it may still send
 * @n: results of its commands
 */
struct fuzzer {
	pthread_t id;
	uint64_t rng;
	unsigned char *buf;
	unsigned char *sink;
	struct io_uring ring;
	bool has_ring;
	unsigned int mismatches;
	struct counts n;
};

/* Set before the threads begin. Blocks have 512 bytes. */
extern struct options opt;
extern struct node nodes[NR_KINDS];
extern uint32_t driver_queues;	/* I/O queues 1 to this are the driver's */
extern uint64_t blocks;		/* that namespace 1 has */

#endif
