/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run has a device, its host and the oracle. Each verb makes a random
 * command.
 */
#ifndef ORACLE_RUN_H
#define ORACLE_RUN_H

#include <kunit/test.h>

#include "native/oracle/host.h"
#include "native/oracle/model.h"

#define NSID_BLOCK 1u
#define NSID_STANDARD 2u
/* Appends make values no longer than this. */
#define RUN_VALUE_MAX (3u << 20)

/**
 * struct tally - the commands and answers of all runs with one kind of device
 * @commands: how many commands there were
 * @answers: how many commands had each status
 */
struct tally {
	u64 commands;
	u32 answers[0x800];
};

/**
 * struct run - the state of a run
 * @test: the test that it belongs to
 * @name: the name of its kind of device
 * @seed: the seed that repeats it
 * @step: how many steps it has made
 * @dice: the random numbers
 * @heavy: are values large?
 * @l: the device
 * @host: the host and its buffer
 * @mark: host memory below this stays in use over a reset
 * @first_lba: the block of the namespace that is the oracle's block 0
 * @oracle: the expected content of the device
 * @pool: random bytes to store
 * @payload: a batch, or the ranges of Dataset Management
 * @got: the bytes that were read
 * @tally: the counts of commands and answers
 * @wrong: how many expectations have failed
 */
struct run {
	struct kunit *test;
	const char *name;
	u64 seed;
	u64 step;
	struct dice dice;
	bool heavy;
	struct loop *l;
	struct host host;
	u64 mark;
	u64 first_lba;
	struct oracle oracle;
	u8 *pool;
	u8 *payload;
	u8 *got;
	struct tally *tally;
	unsigned int wrong;
};

/* Returns @good. If it is false, the test has failed. */
__printf(3, 4)
bool run_expect(struct run *r, bool good, const char *fmt, ...);

struct loop_answer run_do(struct run *r, struct nvme_sqe *sqe);
/*
 * Like run_do(), but also expects that the answer is one of @a. Returns true
 * when the command was a success, and could be one.
 */
bool run_ask(struct run *r, struct nvme_sqe *sqe, const struct oracle_answer *a,
	     const char *what, struct loop_answer *answer);

/* Makes a buffer from which the device reads @from. */
void run_give(struct run *r, struct nvme_sqe *sqe, const u8 *from, u32 len);
/* Sometimes makes the entry, or its buffer, a bad one. */
void run_spoil(struct run *r, struct nvme_sqe *sqe, struct oracle_answer *a);
/*
 * Makes a buffer that the device writes to; then copies its @n bytes to r->got.
 */
void run_offer(struct run *r, struct nvme_sqe *sqe, u32 len);
void run_take(struct run *r, u32 n);

/*
 * Random choices: a length; a length to store under a key, sometimes the
 * largest that fits, or one byte more; bytes of some length; a key of a space.
 */
u32 run_length(struct run *r);
u32 run_store_length(struct run *r, const struct oracle_key *k);
const u8 *run_bytes(struct run *r, u32 len);
struct oracle_key *run_key(struct run *r, enum oracle_space space);

/* The Key Value Command Set. */
void standard_store(struct run *r);
void standard_retrieve(struct run *r);
void standard_delete(struct run *r);
void standard_exist(struct run *r);
void standard_list(struct run *r);
void standard_pages(struct run *r);

/* The vendor dialect. */
void vendor_store(struct run *r);
void vendor_append(struct run *r);
void vendor_retrieve(struct run *r);
void vendor_delete(struct run *r);
void vendor_exist(struct run *r);
void vendor_batch(struct run *r);
void vendor_nowhere(struct run *r);

/* Its iterators. */
void iterator_open(struct run *r);
void iterator_close(struct run *r);
void iterator_read(struct run *r);
void iterator_log(struct run *r);

/* Blocks. */
void block_write(struct run *r);
void block_read(struct run *r);
void block_zero(struct run *r);
void block_deallocate(struct run *r);

#endif
