// SPDX-License-Identifier: GPL-2.0
#include "device/kvtool/command.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

void *io_buf;

struct node node_of(const char *path)
{
	struct node n = { .path = path, .fd = node_open(path) };
	struct stat st;
	int nsid;

	if (fstat(n.fd, &st) < 0)
		die("%s has no properties", path);
	n.dialect = S_ISBLK(st.st_mode) ? VENDOR : STANDARD;
	nsid = ioctl(n.fd, NVME_IOCTL_ID);
	n.nsid = nsid > 0 ? nsid : 0;
	return n;
}

int cmd_send(const struct node *n, struct cmd *cmd)
{
	unsigned int status;
	int err = passthru(n->fd, cmd->admin ? NVME_IOCTL_ADMIN64_CMD :
					       NVME_IOCTL_IO64_CMD,
			   &cmd->c, &status);

	if (err)
		return err;
	cmd->status = status & STATUS_MASK;
	cmd->dnr = status & 0x4000;
	cmd->result = cmd->c.result;
	return 0;
}

void cmd_must_send(const struct node *n, struct cmd *cmd)
{
	int err = cmd_send(n, cmd);

	if (err)
		die("opcode 0x%02x on %s: %s", cmd->c.opcode, n->path,
		    strerror(err));
}

struct cmd cmd_init(const struct node *n, uint8_t opcode)
{
	struct cmd cmd = { .c = { .opcode = opcode, .nsid = n->nsid } };

	return cmd;
}

void cmd_set_data(struct cmd *cmd, void *buf, size_t len)
{
	cmd->c.addr = len ? (uintptr_t)buf : 0;
	cmd->c.data_len = len;
}

/* A command on a key, with options. */
static struct cmd key_cmd(const struct node *n, uint8_t vendor_op,
			  uint8_t standard_op, const void *key, size_t klen,
			  unsigned int opt)
{
	bool vendor = n->dialect == VENDOR;
	struct cmd cmd = cmd_init(n, vendor ? vendor_op : standard_op);
	uint32_t dw[4] = { 0 };

	memcpy(dw, key, klen < KEY_MAX ? klen : KEY_MAX);
	cmd.c.cdw11 = opt << 8 | ((vendor ? klen - 1 : klen) & 0xff);
	*(vendor ? &cmd.c.cdw12 : &cmd.c.cdw2) = dw[0];
	*(vendor ? &cmd.c.cdw13 : &cmd.c.cdw3) = dw[1];
	cmd.c.cdw14 = dw[2];
	cmd.c.cdw15 = dw[3];
	return cmd;
}

/*
 * Whole dwords move, even if the command's own length is odd. The kernel would
 * bounce other lengths, through more pages than the driver has segments for.
 */
static void set_value(const struct node *n, struct cmd *cmd, void *buf,
		      size_t len)
{
	size_t dwords = (len + 3) / 4;

	cmd->c.cdw10 = n->dialect == VENDOR ? dwords : len;
	cmd_set_data(cmd, buf, dwords * 4);
}

struct cmd cmd_store(const struct node *n, const void *key, size_t klen,
		     void *value, size_t len, unsigned int opt)
{
	struct cmd cmd = key_cmd(n, V_STORE, S_STORE, key, klen, opt);

	set_value(n, &cmd, value, len);
	if (n->dialect == VENDOR)
		cmd.c.cdw11 |= (cmd.c.cdw10 * 4 - len) << 16;
	return cmd;
}

struct cmd cmd_get(const struct node *n, const void *key, size_t klen,
		   void *buf, size_t len, unsigned int opt)
{
	struct cmd cmd = key_cmd(n, V_RETRIEVE, S_RETRIEVE, key, klen, opt);

	set_value(n, &cmd, buf, len);
	return cmd;
}

struct cmd cmd_delete(const struct node *n, const void *key, size_t klen,
		      unsigned int opt)
{
	return key_cmd(n, V_DELETE, S_DELETE, key, klen, opt);
}

struct cmd cmd_exist(const struct node *n, const void *key, size_t klen,
		     unsigned int opt)
{
	return key_cmd(n, V_EXIST, S_EXIST, key, klen, opt);
}

struct cmd cmd_list(const struct node *n, const void *key, size_t klen,
		    size_t len)
{
	struct cmd cmd = klen ? key_cmd(n, S_LIST, S_LIST, key, klen, 0) :
				cmd_init(n, S_LIST);

	cmd.c.cdw10 = len;
	cmd_set_data(&cmd, io_buf, len);
	return cmd;
}

struct cmd cmd_iter_open(const struct node *n, uint32_t prefix, uint32_t mask,
			 unsigned int kind)
{
	struct cmd cmd = cmd_init(n, V_ITER_REQ);

	cmd.c.cdw11 = (0x01 | kind) << 8;
	cmd.c.cdw12 = prefix;
	cmd.c.cdw13 = mask;
	return cmd;
}

struct cmd cmd_iter_read(const struct node *n, unsigned int handle, size_t len)
{
	struct cmd cmd = cmd_init(n, V_ITER_READ);

	cmd.c.cdw10 = len / 4;
	cmd.c.cdw11 = handle;
	cmd_set_data(&cmd, io_buf, len);
	return cmd;
}

struct cmd cmd_iter_close(const struct node *n, unsigned int handle)
{
	struct cmd cmd = cmd_init(n, V_ITER_REQ);

	cmd.c.cdw11 = 0x02 << 8 | handle;
	return cmd;
}

int absent_status(const struct node *n)
{
	return n->dialect == VENDOR ? 0x310 : 0x87;
}

int full_status(const struct node *n)
{
	return n->dialect == VENDOR ? 0x312 : 0x81;
}
