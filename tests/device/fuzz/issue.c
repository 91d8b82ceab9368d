// SPDX-License-Identifier: GPL-2.0
#include "device/fuzz/issue.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "device/fuzz/dice.h"

static int send_ring(struct fuzzer *f, enum kind kind,
		     const struct nvme_passthru_cmd64 *c, unsigned int *status)
{
	struct io_uring_sqe *sqe =
		ring_entry(&f->ring, nodes[kind].ring_fd, kind == ADMIN ?
			   NVME_URING_CMD_ADMIN : NVME_URING_CMD_IO);
	struct nvme_uring_cmd *cmd = (void *)sqe->cmd;
	struct io_uring_cqe *cqe;
	int res;

	memcpy(cmd, c, offsetof(struct nvme_passthru_cmd64, result));
	cmd->rsvd2 = 0;
	if (io_uring_submit_and_wait(&f->ring, 1) < 0 ||
	    io_uring_wait_cqe(&f->ring, &cqe))
		die("the ring fails");
	res = cqe->res;
	io_uring_cqe_seen(&f->ring, cqe);
	*status = res > 0 ? res : 0;
	return res < 0 ? -res : 0;
}

static int send_ioctl(struct fuzzer *f, enum kind kind,
		      struct nvme_passthru_cmd64 *c, unsigned int *status)
{
	static const unsigned long requests[2][2] = {
		{ NVME_IOCTL_IO_CMD, NVME_IOCTL_IO64_CMD },
		{ NVME_IOCTL_ADMIN_CMD, NVME_IOCTL_ADMIN64_CMD },
	};
	int fd = once_in(f, 2) ? nodes[kind].fd : nodes[kind].ring_fd;

	return passthru(fd, requests[kind == ADMIN][below(f, 2)], c, status);
}

void time_one(struct counts *n, enum kind kind, uint8_t opcode, uint64_t ms)
{
	if (ms <= n->slowest_ms)
		return;
	n->slowest_ms = ms;
	n->slowest_kind = kind;
	n->slowest_opcode = opcode;
}

void issue(struct fuzzer *f, enum kind kind, struct nvme_passthru_cmd64 *c)
{
	uint64_t start = now_ms();
	unsigned int status;
	int err;

	f->n.opcode[kind][c->opcode] = 1;
	if (f->has_ring && once_in(f, 3))
		err = send_ring(f, kind, c, &status);
	else
		err = send_ioctl(f, kind, c, &status);
	time_one(&f->n, kind, c->opcode, now_ms() - start);
	f->n.sent++;
	if (err == ENODEV || err == ENXIO)
		die("%s is gone", nodes[kind].name);
	if (err) {
		f->n.refused++;
		return;
	}
	f->n.status[status & STATUS_MASK] = 1;
	if (status & STATUS_MASK)
		f->n.bad++;
	else
		f->n.good++;
}
