/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks, each of which begins with a fresh() controller. They are made of
 * commands, and of expectations of their ends.
 */
#ifndef RAWHOST_CHECK_H
#define RAWHOST_CHECK_H

#include "device/rawhost/controller.h"

/**
 * struct check - a check
 * @name: its name, also to choose it on the command line
 * @fn: does it
 */
struct check {
	const char *name;
	void (*fn)(void);
};

/* Arrays that an entry without name ends. */
extern const struct check admin_checks[];	/* registers, admin commands */
extern const struct check command_checks[];	/* I/O commands, keys */
extern const struct check data_checks[];	/* PRPs, values, blocks */
extern const struct check queue_checks[];	/* queues and doorbells */
extern const struct check reset_checks[];	/* CC, and commands under way */
extern const struct check garbage_checks[];	/* entries without sense */

extern unsigned int failures, tests;	/* expectations that failed, and all */

/** expect - count an expectation, and print the message if it is not @ok */
void expect(bool ok, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** expect_status - run an I/O command @what, which has to end with @want */
void expect_status(struct sqe s, unsigned int want, const char *what);

/** expect_admin - run an admin command @what, which has to end with @want */
void expect_admin(struct sqe s, unsigned int want, const char *what);

/** expect_alive - a value can be stored and retrieved, after an event @after */
void expect_alive(const char *after);

/**
 * set_prps - describe data by PRPs
 * @s: the command
 * @p: the data, which lie in consecutive pages of pages()
 * @len: bytes
 * @first: where in its page a list begins, so that a high one is chained soon
 */
void set_prps(struct sqe *s, const void *p, size_t len, unsigned int first);

/** vendor - a vendor command on a key of up to 16 bytes */
struct sqe vendor(uint8_t opcode, uint32_t nsid, const char *key);

/** vendor_far - a vendor command on a key in memory, of @len bytes */
struct sqe vendor_far(uint8_t opcode, uint32_t nsid, const void *key,
		      size_t len);

/** with_data - @s with a value of @len bytes at @p; see set_prps() */
struct sqe with_data(struct sqe s, const void *p, size_t len,
		     unsigned int first);

#endif
