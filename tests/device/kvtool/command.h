/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Key-value commands of both dialects, for one node of the device.
 */
#ifndef KVTOOL_COMMAND_H
#define KVTOOL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/nvme_ioctl.h>

#include "device/tool.h"

#define KEY_MAX 16u		/* bytes that a command carries itself */
#define VALUE_MAX (2u << 20)	/* bytes that a command moves */

enum dialect { VENDOR, STANDARD };

enum {
	V_STORE = 0x81, V_APPEND = 0x83, V_BATCH = 0x85, V_RETRIEVE = 0x90,
	V_DELETE = 0xa1, V_ITER_REQ = 0xb1, V_ITER_READ = 0xb2, V_EXIST = 0xb3,
	S_STORE = 0x01, S_RETRIEVE = 0x02, S_LIST = 0x06, S_DELETE = 0x10,
	S_EXIST = 0x14,
};

/* Statuses that no test takes for an error. */
enum {
	V_EXISTS = 0x380, S_EXISTS = 0x89,
	V_ITER_END = 0x393,
};

/**
 * struct node - a device node, open
 * @fd: its file descriptor
 * @nsid: its namespace, 0 for the controller
 * @dialect: the dialect that it speaks
 * @path: its name, for messages
 */
struct node {
	int fd;
	uint32_t nsid;
	enum dialect dialect;
	const char *path;
};

/**
 * struct cmd - one command, and its result
 * @c: the command as the driver takes it
 * @admin: it is the controller's, and no I/O command
 * @status: NVMe status, without its flags
 * @dnr: the flag "do not retry"
 * @result: dwords 0 and 1 of the completion
 */
struct cmd {
	struct nvme_passthru_cmd64 c;
	bool admin;
	int status;
	bool dnr;
	uint64_t result;
};

/**
 * struct verb - a thing that the program does
 * @name: the word that stands behind the node
 * @args: how many words it needs at least
 * @fn: does it with the words behind the verb, which NULL ends; returns the
 *	exit status: 0 as expected, 1 not
 * @help: its words, for the usage text
 */
struct verb {
	const char *name;
	int args;
	int (*fn)(const struct node *n, char **argv);
	const char *help;
};

/* The buffer of commands that the first thread sends: BUFFER_SIZE bytes. */
extern void *io_buf;

/**
 * node_of - open a node; block devices speak the vendor dialect, others do not
 * @path: the node; the program ends if it cannot be opened
 */
struct node node_of(const char *path);

/**
 * cmd_init - a command of nothing but an opcode
 * @n: the node that it will be sent to
 * @opcode: the opcode
 */
struct cmd cmd_init(const struct node *n, uint8_t opcode);

/**
 * cmd_set_data - give a command a buffer
 * @cmd: the command
 * @buf: the buffer, ignored if @len is 0
 * @len: its size in bytes
 */
void cmd_set_data(struct cmd *cmd, void *buf, size_t len);

/**
 * cmd_store - store a value
 * @n: the node
 * @key: the key
 * @klen: its bytes; no more than KEY_MAX of them are put into the command
 * @value: the value, with room for whole dwords
 * @len: its bytes
 * @opt: the options of the dialect
 */
struct cmd cmd_store(const struct node *n, const void *key, size_t klen,
		     void *value, size_t len, unsigned int opt);

/**
 * cmd_get - retrieve a value
 * @n: the node
 * @key: the key
 * @klen: its bytes
 * @buf: takes the value; it has room for whole dwords
 * @len: bytes wanted
 * @opt: the options of the dialect
 */
struct cmd cmd_get(const struct node *n, const void *key, size_t klen,
		   void *buf, size_t len, unsigned int opt);

/** cmd_delete - delete the key of @klen bytes at @key, with options @opt */
struct cmd cmd_delete(const struct node *n, const void *key, size_t klen,
		      unsigned int opt);

/** cmd_exist - ask for the key of @klen bytes at @key, with options @opt */
struct cmd cmd_exist(const struct node *n, const void *key, size_t klen,
		     unsigned int opt);

/**
 * cmd_list - list keys in the standard dialect, into io_buf
 * @n: the node
 * @key: the key to begin with
 * @klen: its bytes, 0 to begin at the beginning
 * @len: bytes of the buffer
 */
struct cmd cmd_list(const struct node *n, const void *key, size_t klen,
		    size_t len);

/**
 * cmd_iter_open - open an iterator of the vendor dialect
 * @n: the node
 * @prefix: first four bytes of the keys
 * @mask: which bits of these count
 * @kind: 4 gives keys, 8 keys and values, 16 deletes
 */
struct cmd cmd_iter_open(const struct node *n, uint32_t prefix, uint32_t mask,
			 unsigned int kind);

/** cmd_iter_read - read up to @len bytes of iterator @handle into io_buf */
struct cmd cmd_iter_read(const struct node *n, unsigned int handle,
			 size_t len);

/** cmd_iter_close - close iterator @handle */
struct cmd cmd_iter_close(const struct node *n, unsigned int handle);

/**
 * cmd_send - send a command, and wait for its end
 * @n: the node
 * @cmd: the command; takes status and result
 *
 * Return: 0, or the errno of a command that the kernel refused.
 */
int cmd_send(const struct node *n, struct cmd *cmd);

/** cmd_must_send - cmd_send() that ends the program if the kernel refuses */
void cmd_must_send(const struct node *n, struct cmd *cmd);

/** absent_status - the status of a key that is not there */
int absent_status(const struct node *n);

/** full_status - the status of a store for which there is no room */
int full_status(const struct node *n);

#endif
