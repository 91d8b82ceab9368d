// SPDX-License-Identifier: GPL-2.0
/* Random commands of the NVM Command Set. */
#include "native/oracle/run.h"

#include <string.h>
#include <linux/minmax.h>

#include "native/ctrl/world.h"

#define RANGES 256u

struct range {
	u32 lba;
	u32 nr;
};

static struct range any_range(struct run *r)
{
	struct range range = { .lba = roll(&r->dice, ORACLE_LBAS) };
	u32 most = one_in(&r->dice, 3) ? 400 : 20;

	range.nr = 1 + roll(&r->dice, min(ORACLE_LBAS - range.lba, most));
	return range;
}

/* The bits Force Unit Access and Limited Retry are random. */
static struct nvme_sqe command(struct run *r, u8 opcode, struct range range)
{
	u64 lba = r->first_lba + range.lba;
	struct nvme_sqe sqe = entry(opcode, NSID_BLOCK, (u32)lba, lba >> 32);

	sqe.cdw12 = cpu_to_le32((range.nr - 1) | roll(&r->dice, 4) << 30);
	sqe.mptr = cpu_to_le64(dice_next(&r->dice));
	return sqe;
}

void block_write(struct run *r)
{
	struct range range = any_range(r);
	u32 len = range.nr * ORACLE_LBA;
	struct nvme_sqe sqe = command(r, NVME_NVM_WRITE, range);
	const u8 *data = run_bytes(r, len);
	struct oracle_answer a = {};
	struct loop_answer answer;

	run_give(r, &sqe, data, len);
	oracle_write(&r->oracle, range.lba, range.nr, &a);
	run_spoil(r, &sqe, &a);
	if (run_ask(r, &sqe, &a, "write", &answer))
		oracle_written(&r->oracle, range.lba, range.nr, data);
	run_take(r, len);
}

void block_read(struct run *r)
{
	struct range range = any_range(r);
	u32 len = range.nr * ORACLE_LBA;
	struct nvme_sqe sqe = command(r, NVME_NVM_READ, range);
	struct oracle_answer a = {};
	struct loop_answer answer;

	run_offer(r, &sqe, len);
	run_ask(r, &sqe, &a, "read", &answer);
	run_take(r, len);
	run_expect(r, !memcmp(r->got, r->oracle.disk + range.lba * ORACLE_LBA, len),
		   "read of %u blocks at %u: other bytes", range.nr, range.lba);
}

void block_zero(struct run *r)
{
	struct range range = any_range(r);
	struct nvme_sqe sqe = command(r, NVME_NVM_WRITE_ZEROES, range);
	struct oracle_answer a = {};
	struct loop_answer answer;

	if (run_ask(r, &sqe, &a, "write zeroes", &answer))
		oracle_zeroed(&r->oracle, range.lba, range.nr);
}

/* Ranges may overlap, and may have no block. */
void block_deallocate(struct run *r)
{
	u32 most = one_in(&r->dice, 4) ? RANGES : 4;
	u32 nr = 1 + roll(&r->dice, 1 + roll(&r->dice, most)), i;
	u32 attributes = one_in(&r->dice, 8) ? 3 : NVME_DSM_DEALLOCATE;
	struct nvme_sqe sqe = entry(NVME_NVM_DSM, NSID_BLOCK, nr - 1, attributes);
	struct nvme_dsm_range *wire = (void *)r->payload;
	struct range range[RANGES];
	struct oracle_answer a = {};
	struct loop_answer answer;

	for (i = 0; i < nr; i++) {
		range[i] = any_range(r);
		range[i].nr -= one_in(&r->dice, 8) ? range[i].nr : 0;
		wire[i] = (struct nvme_dsm_range){
			.cattr = cpu_to_le32(dice_next(&r->dice)),
			.nlb = cpu_to_le32(range[i].nr),
			.slba = cpu_to_le64(r->first_lba + range[i].lba),
		};
	}
	run_give(r, &sqe, r->payload, nr * sizeof(*wire));
	run_spoil(r, &sqe, &a);
	if (run_ask(r, &sqe, &a, "deallocate", &answer) &&
	    attributes == NVME_DSM_DEALLOCATE)
		for (i = 0; i < nr; i++)
			oracle_zeroed(&r->oracle, range[i].lba, range[i].nr);
	run_take(r, nr * sizeof(*wire));
}
