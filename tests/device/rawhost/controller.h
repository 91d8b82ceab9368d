/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The controller: its registers, its doorbells, and queues.
 */
#ifndef RAWHOST_CONTROLLER_H
#define RAWHOST_CONTROLLER_H

#include "device/rawhost/memory.h"

/* Registers, as offsets into BAR 0. */
enum { CAP = 0, VS = 8, CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28,
       ACQ = 0x30 };

/* An event that has not come after so long never will. The machine may be busy. */
#define PATIENCE_MS 300000

#define CC_ON (6u << 16 | 4u << 20 | 6u << 4 | 1)

struct sqe {
	uint8_t opcode, flags;
	uint16_t cid;
	uint32_t nsid, cdw2, cdw3, cdw4, cdw5;
	uint64_t prp1, prp2;
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};
_Static_assert(sizeof(struct sqe) == 64, "entry size");

struct cqe {
	uint32_t dw0, dw1;
	uint16_t sq_head, sq_id, cid, status;
};
_Static_assert(sizeof(struct cqe) == 16, "entry size");

/**
 * struct queue - a submission queue, and a completion queue of the same number
 * @id: the number
 * @depth: entries of the submission queue
 * @cq_depth: entries of the completion queue
 * @tail: the next entry to submit
 * @head: the next completion to come
 * @phase: phase of that completion
 * @sq: submission entries
 * @cq: completion entries
 */
struct queue {
	unsigned int id, depth, cq_depth, tail, head, phase;
	struct sqe *sq;
	volatile struct cqe *cq;
};

extern struct queue adm, io;	/* the queues that fresh() makes */
extern uint64_t cap;		/* the capabilities */
extern uint16_t next_cid;	/* the last command identifier that was used */

/**
 * controller_map - map BAR 0 of a PCI function, given by its folder in sysfs
 */
void controller_map(const char *function);

/** reg32 - read four bytes of a register at @at */
uint32_t reg32(unsigned int at);

/** set32 - write four bytes of a register at @at */
void set32(unsigned int at, uint32_t v);

/** reg64 - read a register of eight bytes at @at */
uint64_t reg64(unsigned int at);

/** set64 - write a register of eight bytes at @at */
void set64(unsigned int at, uint64_t v);

/** wait_csts - wait until CSTS has @value in @mask; false after 30 seconds */
bool wait_csts(uint32_t mask, uint32_t value);

/**
 * doorbell - ring the doorbell of queue @qid, of its completion queue if @cq
 */
void doorbell(unsigned int qid, bool cq, uint32_t value);

/** doorbell_stride - bytes from one doorbell to the next */
unsigned int doorbell_stride(void);

/** disable - clear CC.EN, and wait until the controller is off */
void disable(void);

/**
 * enable - set up admin queues, write @cc to CC; false if it does not get ready
 */
bool enable(uint32_t cc);

/**
 * fresh - an enabled controller with one I/O queue pair, and all memory free
 */
void fresh(void);

/**
 * queue_init - memory for a queue pair that the controller does not know yet
 * @q: the pair
 * @id: its number
 * @depth: entries of the submission queue
 * @cq_depth: entries of the completion queue
 */
void queue_init(struct queue *q, unsigned int id, unsigned int depth,
		unsigned int cq_depth);

/** queue_create - queue_init(), and the commands that create the two queues */
void queue_create(struct queue *q, unsigned int id, unsigned int depth,
		  unsigned int cq_depth);

/** create_cq - the command that creates the completion queue of @q as @id */
struct sqe create_cq(const struct queue *q, unsigned int id);

/** create_sq - the command that creates the submission queue of @q as @id */
struct sqe create_sq(const struct queue *q, unsigned int id,
		     unsigned int cqid);

/** submit_only - write an entry without ringing the doorbell; its identifier */
uint16_t submit_only(struct queue *q, struct sqe s);

/** submit - write an entry and ring the doorbell; its identifier */
uint16_t submit(struct queue *q, struct sqe s);

/** posted - true if a completion is there */
bool posted(const struct queue *q);

/** take - take the next completion, waiting up to PATIENCE_MS for it */
bool take(struct queue *q, struct cqe *out);

/** status_of - the status of a completion, without "do not retry" */
unsigned int status_of(const struct cqe *c);

/**
 * run - submit one command, and wait for it
 * @q: a queue pair without other commands
 * @s: the command
 * @out: takes the completion, unless NULL
 *
 * Return: the status, without "do not retry". A command that is not completed
 * ends the program.
 */
unsigned int run(struct queue *q, struct sqe s, struct cqe *out);

#endif
