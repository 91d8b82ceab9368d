// SPDX-License-Identifier: GPL-2.0
#include "device/ring.h"

#include <string.h>

#include "device/tool.h"

int ring_init(struct io_uring *ring, unsigned int depth, bool poll)
{
	return io_uring_queue_init(depth, ring,
				   IORING_SETUP_SQE128 | IORING_SETUP_CQE32 |
				   (poll ? IORING_SETUP_IOPOLL : 0));
}

struct io_uring_sqe *ring_entry(struct io_uring *ring, int fd,
				unsigned int cmd_op)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (!sqe)
		die("the ring is full");
	memset(sqe, 0, 2 * sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = cmd_op;
	return sqe;
}
