// SPDX-License-Identifier: GPL-2.0
/*
 * The controller's registers and its states.
 *
 * The registers are memory that the host writes and the dispatcher polls, so
 * nothing happens at the moment of a write: vkv_ctrl_round() compares CC with
 * the value that it last acted on.
 *
 *   DISABLED --EN=1--> READY --SHN!=0--> SHUTTING --drained--> SHUT
 *       ^                |                   |                   |
 *       |                +-------EN=0--------+-------EN=0--------+
 *       |                            v
 *       +---------drained------- RESETTING
 *
 * FATAL is entered instead of READY when the host's settings cannot be used; it
 * ends like READY. A reset of the PCI function leads to RESETTING from any
 * state.
 *
 * Draining waits until no worker holds a command: the submission queues are
 * marked, the workers are told to sweep, and they end the commands of these
 * queues at once. Queues are freed only after that, so no command ever points
 * to a queue that is gone. While RESETTING, CC is not looked at.
 *
 * States change, and queues come and go, in pauses: no other dispatcher looks
 * at either then (ctrl/quiesce.c).
 */
#include "ctrl/ctrl.h"

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "admin.h"
#include "admin/feature.h"
#include "admin/identify.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/doorbell.h"
#include "ctrl/error_log.h"
#include "ctrl/host.h"
#include "ctrl/quiesce.h"
#include "io/iterator.h"
#include "vkv_assert.h"

/* Registers of the first cache line, which has all but CRTO, and the rest. */
#define NR_NEAR 16u
#define NR_FAR (VKV_BAR_DOORBELLS / sizeof(u32) - NR_NEAR)

/* How long a host waits for CSTS.RDY to change, in units of 500 ms. */
#define READY_TIMEOUT 60

/*
 * Bits that a host can write. Other bits are read-only, most of them reserved.
 * Controllers with MSI-X do not use the interrupt masks, and there is no NSSR.
 */
static const u32 writable[NVME_REG_END / sizeof(u32)] = {
	[NVME_REG_CC / 4] = 0x00fffff1,
	[NVME_REG_AQA / 4] = 0x0fff0fff,
	[NVME_REG_ASQ / 4] = 0xfffff000,
	[NVME_REG_ASQ / 4 + 1] = 0xffffffff,
	[NVME_REG_ACQ / 4] = 0xfffff000,
	[NVME_REG_ACQ / 4 + 1] = 0xffffffff,
};

static u32 writable_bits(unsigned int reg)
{
	return reg < NVME_REG_END ? writable[reg / sizeof(u32)] : 0;
}

static u32 read_all(const struct vkv_dev *dev, unsigned int reg)
{
	const __le32 *p = dev->cfg.bar + reg;

	/* Earlier writes of the host, such as AQA before CC.EN, are seen. */
	return le32_to_cpu(smp_load_acquire(p));
}

/* Reads the bits of a register that the host can write. */
static u32 read_reg(const struct vkv_dev *dev, unsigned int reg)
{
	return read_all(dev, reg) & writable_bits(reg);
}

static u64 read_reg64(const struct vkv_dev *dev, unsigned int reg)
{
	return read_reg(dev, reg) | (u64)read_reg(dev, reg + 4) << 32;
}

/* A read-only register is written only where the host has spoilt it. */
static void write_reg(struct vkv_dev *dev, unsigned int reg, u32 value)
{
	__le32 *p = dev->cfg.bar + reg;

	if (read_all(dev, reg) != value)
		/* Pairs with the host's read of the new value. */
		smp_store_release(p, cpu_to_le32(value));
}

static void restore_read_only(struct vkv_dev *dev)
{
	write_reg(dev, NVME_REG_CAP, (u32)dev->ctrl.cap);
	write_reg(dev, NVME_REG_CAP + 4, dev->ctrl.cap >> 32);
	write_reg(dev, NVME_REG_VS, NVME_VS_2_0);
	write_reg(dev, NVME_REG_CSTS, dev->ctrl.csts);
}

/* CRTO.CRWMT; the controller has no other ready mode (CAP.CRMS). */
static void restore_timeout(struct vkv_dev *dev)
{
	write_reg(dev, NVME_REG_CRTO, READY_TIMEOUT);
}

/* Makes reserved bits read zero again; a write of the host meanwhile stays. */
static void clear_reserved(struct vkv_dev *dev, unsigned int reg)
{
	u32 value = read_all(dev, reg), mask = writable_bits(reg);

	if (likely(!(value & ~mask)))
		return;
	vkv_bar_replace(dev, dev->cfg.bar + reg, value, value & mask);
}

static bool is_read_only(unsigned int reg)
{
	return reg == NVME_REG_CAP || reg == NVME_REG_CAP + 4 ||
	       reg == NVME_REG_VS || reg == NVME_REG_CSTS;
}

/* Looks at one register of the first cache line, and at one of the rest. */
static void clear_some_reserved(struct vkv_dev *dev)
{
	unsigned int n = dev->ctrl.next_register++;
	unsigned int reg = n % NR_NEAR * sizeof(u32);
	unsigned int far = (NR_NEAR + n % NR_FAR) * sizeof(u32);

	if (!is_read_only(reg))
		clear_reserved(dev, reg);
	if (far == NVME_REG_CRTO)
		restore_timeout(dev);
	else
		clear_reserved(dev, far);
}

static void set_csts(struct vkv_dev *dev, u32 csts)
{
	dev->ctrl.csts = csts;
	write_reg(dev, NVME_REG_CSTS, csts);
}

void vkv_ctrl_reset_registers(struct vkv_dev *dev)
{
	dev->ctrl.cap = NVME_CAP_MQES(VKV_QUEUE_DEPTH) | NVME_CAP_CQR |
			NVME_CAP_TO(READY_TIMEOUT) | NVME_CAP_DSTRD(4) |
			NVME_CAP_CSS_NVM | NVME_CAP_CSS_CSI |
			NVME_CAP_CRMS_CRWMS;
	dev->ctrl.csts = 0;
	vkv_bar_zero(dev, 0, VKV_BAR_SIZE);
	restore_read_only(dev);
	restore_timeout(dev);
}

void vkv_dev_function_reset(struct vkv_dev *dev)
{
	unsigned int reg;

	for (reg = 0; reg < NVME_REG_END; reg += sizeof(u32))
		if (writable_bits(reg))
			write_reg(dev, reg, 0);
	/* Pairs with reset_function(). */
	smp_store_release(&dev->ctrl.function_reset, true);
	dev->cfg.ops->wake_dispatcher(dev->cfg.host, 0);
}

static void fatal(struct vkv_dev *dev, const char *why)
{
	dev->ctrl.state = VKV_CTRL_FATAL;
	set_csts(dev, dev->ctrl.csts | NVME_CSTS_CFS);
	dev->cfg.ops->warn(dev->cfg.host, why);
}

/* Says why CC cannot be used (base specification, section 3.1.3.5), or NULL. */
static const char *cc_error(u32 cc)
{
	switch (NVME_CC_CSS(cc)) {
	case NVME_CC_CSS_NVM:
	case NVME_CC_CSS_CSI:
		break;
	default:
		return "CC.CSS names command sets that CAP.CSS does not offer";
	}
	if (NVME_CC_MPS(cc))
		return "CC.MPS is above CAP.MPSMAX: pages have 4 KiB";
	if (NVME_CC_AMS(cc))
		return "CC.AMS is an arbitration that CAP.AMS does not offer";
	return NULL;
}

static void read_admin_registers(const struct vkv_dev *dev,
				 struct vkv_admin_registers *r)
{
	r->aqa = read_reg(dev, NVME_REG_AQA);
	r->asq = read_reg64(dev, NVME_REG_ASQ);
	r->acq = read_reg64(dev, NVME_REG_ACQ);
}

static const char *create_admin_queues(struct vkv_dev *dev,
				       const struct vkv_admin_registers *r)
{
	u32 sq_size = (r->aqa & 0xfff) + 1;
	u32 cq_size = ((r->aqa >> 16) & 0xfff) + 1;

	if (sq_size < 2 || cq_size < 2)
		return "AQA gives an admin queue one entry";
	if (vkv_cq_create(dev, 0, cq_size, r->acq, 0, true))
		return "ACQ points to where the host has no memory";
	if (vkv_sq_create(dev, 0, sq_size, r->asq, dev->queues.cq[0])) {
		vkv_cq_free(dev, 0);
		return "ASQ points to where the host has no memory";
	}
	return NULL;
}

static void enable(struct vkv_dev *dev, u32 cc)
{
	const char *error = cc_error(cc);

	vkv_features_reset(dev);
	vkv_identify_reset(dev);
	WRITE_ONCE(dev->ctrl.queue_lost, false);
	/* No doorbell has been rung. */
	vkv_bar_zero(dev, VKV_BAR_DOORBELLS, VKV_BAR_MSIX_TABLE);
	read_admin_registers(dev, &dev->ctrl.tried);
	if (!error)
		error = create_admin_queues(dev, &dev->ctrl.tried);
	if (error) {
		fatal(dev, error);
		return;
	}
	dev->ctrl.state = VKV_CTRL_READY;
	set_csts(dev, NVME_CSTS_RDY);
}

static void mark_queues(struct vkv_dev *dev, unsigned int first,
			enum vkv_sq_state state)
{
	unsigned int qid;

	for (qid = first; qid < dev->queues.nr_sq_slots; qid++)
		if (dev->queues.sq[qid])
			WRITE_ONCE(dev->queues.sq[qid]->state, state);
	vkv_drain_begin(dev);
}

static bool drained(const struct vkv_dev *dev, unsigned int first)
{
	unsigned int qid;

	for (qid = first; qid < dev->queues.nr_sq_slots; qid++)
		if (dev->queues.sq[qid] && vkv_sq_inflight(dev->queues.sq[qid]))
			return false;
	return true;
}

/* True when every command has ended, unanswered; the queues are marked. */
static bool drop_all(struct vkv_dev *dev)
{
	vkv_admin_drop(dev);
	vkv_doorbells_forget(dev);
	if (!drained(dev, 0))
		return false;
	vkv_drain_end(dev);
	return true;
}

static void begin_reset(struct vkv_dev *dev)
{
	dev->ctrl.state = VKV_CTRL_RESETTING;
	mark_queues(dev, 0, VKV_SQ_DROPPING);
}

/*
 * Section 3.7.2: only the registers AQA, ASQ and ACQ keep their values. A CC
 * that the host has written meanwhile stays, too: it is acted on next.
 */
static void reset_cc(struct vkv_dev *dev)
{
	u32 cc = read_all(dev, NVME_REG_CC);

	if ((cc & writable_bits(NVME_REG_CC)) == dev->ctrl.cc)
		vkv_bar_replace(dev, dev->cfg.bar + NVME_REG_CC, cc, 0);
	dev->ctrl.cc = 0;
}

static bool finish_reset(struct vkv_dev *dev)
{
	unsigned int qid;

	if (!vkv_pause(dev))
		return true;
	if (!drop_all(dev))
		return false;
	for (qid = dev->queues.nr_sq_slots; qid-- > 0;)
		vkv_sq_free(dev, qid);
	for (qid = dev->queues.nr_cq_slots; qid-- > 0;)
		vkv_cq_free(dev, qid);
	vkv_iter_close_all(dev);
	dev->ctrl.state = VKV_CTRL_DISABLED;
	reset_cc(dev);
	set_csts(dev, 0);
	return true;
}

static void reset_function(struct vkv_dev *dev)
{
	WRITE_ONCE(dev->ctrl.function_reset, false);
	dev->ctrl.cc = 0;
	if (dev->ctrl.state == VKV_CTRL_DISABLED)
		set_csts(dev, 0);
	else
		begin_reset(dev);
}

static void begin_shutdown(struct vkv_dev *dev)
{
	dev->ctrl.state = VKV_CTRL_SHUTTING;
	set_csts(dev,
		 (dev->ctrl.csts & ~NVME_CSTS_SHST_MASK) | NVME_CSTS_SHST_BUSY);
	mark_queues(dev, 1, VKV_SQ_DELETING);
}

static bool finish_shutdown(struct vkv_dev *dev)
{
	if (!vkv_pause(dev))
		return true;
	vkv_cmds_drop(dev, &dev->admin->held);
	if (!drained(dev, 1))
		return false;
	/*
	 * A host that has seen the end gets no more completions, events
	 * included.
	 */
	mark_queues(dev, 0, VKV_SQ_DROPPING);
	if (!drop_all(dev))
		return false;
	dev->ctrl.state = VKV_CTRL_SHUT;
	set_csts(dev,
		 (dev->ctrl.csts & ~NVME_CSTS_SHST_MASK) | NVME_CSTS_SHST_DONE);
	return true;
}

/*
 * The controller cannot read its queues before the host makes it a bus master.
 */
static bool waits_for_bus(const struct vkv_dev *dev, u32 cc)
{
	return dev->ctrl.state == VKV_CTRL_DISABLED && cc & NVME_CC_EN &&
	       !vkv_dev_reaches_host(dev);
}

/*
 * A controller that has failed to start is not ready. So a host that resets it
 * need not wait, and may enable it again before the dispatcher looks. But hosts
 * change the other registers only between a reset and the next start.
 */
static bool missed_reset(const struct vkv_dev *dev, u32 cc)
{
	const struct vkv_admin_registers *tried = &dev->ctrl.tried;
	struct vkv_admin_registers now;

	if (likely(dev->ctrl.state != VKV_CTRL_FATAL) ||
	    dev->ctrl.csts & NVME_CSTS_RDY || !(cc & NVME_CC_EN))
		return false;
	read_admin_registers(dev, &now);
	return ((cc ^ dev->ctrl.cc) & ~NVME_CC_SHN_MASK) ||
	       now.aqa != tried->aqa || now.asq != tried->asq ||
	       now.acq != tried->acq;
}

/* The value of CC that the host enables with is acted on after the reset. */
static void catch_up_reset(struct vkv_dev *dev)
{
	dev->ctrl.cc = 0;
	begin_reset(dev);
}

static void act_on_cc(struct vkv_dev *dev, u32 cc)
{
	bool enabled = dev->ctrl.state != VKV_CTRL_DISABLED;

	dev->ctrl.cc = cc;
	if (enabled && !(cc & NVME_CC_EN))
		begin_reset(dev);
	else if (!enabled && (cc & NVME_CC_EN))
		enable(dev, cc);
	else if (!enabled && NVME_CC_SHN(cc))
		set_csts(dev, NVME_CSTS_SHST_DONE);
	/*
	 * A host may enable and shut down at once: no command is served then.
	 */
	if (dev->ctrl.state == VKV_CTRL_READY && NVME_CC_SHN(cc))
		begin_shutdown(dev);
}

/* A controller that fails in service completes no more commands. */
static void fail_in_service(struct vkv_dev *dev, const char *why)
{
	fatal(dev, why);
	mark_queues(dev, 0, VKV_SQ_DROPPING);
}

/* Section 3.9: over PCIe the controller stops, as it does on a fatal error. */
static bool keep_alive_expired(struct vkv_dev *dev)
{
	if (likely(!dev->ctrl.keep_alive_ns) ||
	    dev->now - dev->ctrl.kept_alive_at <= dev->ctrl.keep_alive_ns)
		return false;
	if (!vkv_pause(dev))
		return true;
	vkv_error_log_alone(dev, NVME_SC_KEEP_ALIVE_EXPIRED);
	fail_in_service(dev,
			"no Keep Alive for longer than the host's own timeout");
	return true;
}

static bool has_lost_queue(const struct vkv_dev *dev)
{
	return unlikely(READ_ONCE(dev->ctrl.queue_lost)) &&
	       (dev->ctrl.state == VKV_CTRL_READY ||
		dev->ctrl.state == VKV_CTRL_SHUTTING);
}

/* A controller that cannot reach one of its queues stops. */
static bool stop_without_queue(struct vkv_dev *dev)
{
	if (vkv_pause(dev))
		fail_in_service(dev,
				"the host has unmapped a queue that it uses");
	return true;
}

static bool finish_fatal(struct vkv_dev *dev)
{
	return !vkv_pause(dev) || drop_all(dev);
}

bool vkv_ctrl_round(struct vkv_dev *dev)
{
	u32 cc = read_reg(dev, NVME_REG_CC);

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	restore_read_only(dev);
	clear_some_reserved(dev);
	/* Pairs with vkv_dev_function_reset(). */
	if (unlikely(smp_load_acquire(&dev->ctrl.function_reset))) {
		if (vkv_pause(dev))
			reset_function(dev);
		return true;
	}
	if (dev->ctrl.state == VKV_CTRL_RESETTING)
		return finish_reset(dev);
	if (unlikely(missed_reset(dev, cc))) {
		if (vkv_pause(dev))
			catch_up_reset(dev);
		return true;
	}
	if (cc != dev->ctrl.cc && !waits_for_bus(dev, cc)) {
		if (vkv_pause(dev))
			act_on_cc(dev, cc);
		return true;
	}
	if (has_lost_queue(dev))
		return stop_without_queue(dev);
	if (dev->ctrl.state == VKV_CTRL_SHUTTING)
		return finish_shutdown(dev);
	if (dev->ctrl.state == VKV_CTRL_FATAL)
		return dev->quiesce.drain && finish_fatal(dev);
	return dev->ctrl.state == VKV_CTRL_READY && keep_alive_expired(dev);
}
