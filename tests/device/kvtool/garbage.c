// SPDX-License-Identifier: GPL-2.0
#include "device/kvtool/garbage.h"

#include <stdio.h>

static const uint8_t known[2][8] = {
	[VENDOR] = { V_STORE, V_APPEND, V_BATCH, V_RETRIEVE, V_DELETE,
		     V_ITER_REQ, V_ITER_READ, V_EXIST },
	[STANDARD] = { S_STORE, S_RETRIEVE, S_LIST, S_DELETE, S_EXIST, S_STORE,
		       S_RETRIEVE, S_LIST },
};

static void garbage_dwords(struct cmd *cmd, uint64_t *x)
{
	uint32_t *dw[] = { &cmd->c.cdw2, &cmd->c.cdw3, &cmd->c.cdw10,
			   &cmd->c.cdw11, &cmd->c.cdw12, &cmd->c.cdw13,
			   &cmd->c.cdw14, &cmd->c.cdw15 };

	for (size_t i = 0; i < ARRAY_SIZE(dw); i++) {
		*x = mix(*x);
		*dw[i] = *x >> (*x >> 8 & 31);
	}
	*x = mix(*x);
}

/*
 * Half of the opcodes exist. Writes and copies of blocks are not among them,
 * since other tests have data there. A key PRP of random bytes may point to
 * somebody's memory. The device only reads there, since keys only flow to the
 * device.
 */
static struct cmd garbage_cmd(const struct node *n, uint64_t *state)
{
	struct cmd cmd = cmd_init(n, 0);
	uint64_t x;

	garbage_dwords(&cmd, state);
	x = *state;
	cmd.c.opcode = x >> 40 & 1 ? known[n->dialect][x >> 41 & 7] : x;
	if (n->dialect == VENDOR && cmd.c.opcode < 0x80)
		cmd.c.opcode |= 0x80;
	if (x >> 20 & 1)
		cmd.c.cdw10 = x >> 24 & 0xff;
	cmd_set_data(&cmd, io_buf, x >> 8 & 0xffc);
	return cmd;
}

int do_garbage(const struct node *n, char **argv)
{
	uint64_t count = number(argv[0]), state = mix(number(argv[1]));
	uint64_t refused = 0, ok = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct cmd cmd = garbage_cmd(n, &state);

		if (cmd_send(n, &cmd))
			refused++;
		else if (!cmd.status)
			ok++;
	}
	printf("garbage: %llu commands, %llu refused by the kernel, %llu successes\n",
	       (unsigned long long)count, (unsigned long long)refused,
	       (unsigned long long)ok);
	return refused == count;
}
