// SPDX-License-Identifier: GPL-2.0
/*
 * Format NVM and Sanitize: every key of some namespaces goes.
 *
 * The deletion of a namespace goes the same way (admin/namespace.c), and so does the
 * cut of a block namespace that gets smaller (admin/change.c).
 *
 * One erasure at a time, in these steps:
 *
 *   dispatcher	marks the namespaces as blocked: workers end their commands with a
 *		status instead of executing them;
 *   workers	confirm that they have ended the round that they were in, so that
 *		none executes a command that found them unblocked; then a Sanitize
 *		command completes, since the operation goes on in the background;
 *   worker 0	deletes keys, a bounded number a round, keyspace by keyspace, and
 *		then what damage has made of others; for a Sanitize, it then zeroes
 *		the segments that the collector frees, one a round;
 *   dispatcher	is woken, sees that the job is done, unblocks the namespaces, and
 *		completes the Format, or reports that the sanitize operation has ended.
 *
 * A controller reset drops the Format command and nothing else: the erasure is
 * carried to its end, and so is a sanitize operation. Namespaces are never seen
 * half erased.
 *
 * A Format does not fail. A Sanitize fails only when it cannot get at the old
 * values in damaged memory. A failed sanitize operation keeps
 * user data out of reach until another one succeeds. A host that had asked for
 * an unrestricted operation may also leave the failure mode.
 */
#include "admin/erase.h"

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "admin.h"
#include "admin/changed.h"
#include "admin/event.h"
#include "admin/feature.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/ns.h"
#include "ctrl/quiesce.h"
#include "ctrl/worker.h"
#include "kv_ftl.h"

/*
 * A step deletes so many keys at most, and looks at so many parts of the index.
 */
#define KEYS_PER_STEP 64u
#define PARTS_PER_STEP 16u
#define KEYSPACES 3u			/* of a namespace, at most */
/* For the estimated times. */
#define KEYS_PER_SECOND 500000u
#define WIPE_SHIFT 30			/* log2 of the bytes a second */

/* Format NVM, CDW10. */
#define FORMAT_INDEX(dw) ((dw) & 0x300f)	/* in two parts */
#define FORMAT_PI(dw) (((dw) >> 5) & 0x7)
#define FORMAT_SES(dw) (((dw) >> 9) & 0x7)
#define SES_USER_DATA 1

/* Sanitize, CDW10. */
#define SANITIZE_ACTION(dw) ((dw) & 0x7)
#define SANITIZE_UNRESTRICTED BIT(3)
#define SANITIZE_NO_DEALLOCATE BIT(9)

#define FIELD_LBAF VKV_FIELD(40, 0)
#define FIELD_PI VKV_FIELD(40, 5)
#define FIELD_SES VKV_FIELD(41, 1)
#define FIELD_SANACT VKV_FIELD(40, 0)
#define FIELD_NODAS VKV_FIELD(41, 1)

void vkv_erase_init(struct vkv_dev *dev)
{
	INIT_LIST_HEAD(&dev->erase->waiting);
	dev->erase->erased = true;
}

void vkv_erase_note(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	if (cmd->op->effects & NVME_EFFECT_LBCC)
		WRITE_ONCE(dev->erase->erased, false);
}

/* --- blocked namespaces --- */

static void block(struct vkv_erase *e, u32 namespaces, u16 status)
{
	WRITE_ONCE(e->blocked_status, status);
	/* Pairs with vkv_erase_blocks(). */
	smp_store_release(&e->blocked, namespaces);
}

/* A command without a namespace may mean any of them. */
u16 vkv_erase_blocks(const struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	/* Pairs with block(). */
	u32 blocked = smp_load_acquire(&dev->erase->blocked);

	if (likely(!blocked) ||
	    (cmd->ns && !(blocked & BIT(cmd->ns->nsid - 1))))
		return NVME_SC_SUCCESS;
	return READ_ONCE(dev->erase->blocked_status);
}

static u64 bytes_left(const struct vkv_dev *dev)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		if (dev->erase->what.namespaces & BIT(i))
			sum += vkv_ns_used(dev, &dev->ns[i]);
	return sum;
}

static u64 part_left(const struct vkv_dev *dev, u32 whole)
{
	u64 total = dev->erase->total;

	return total ? div64_u64(min(bytes_left(dev), total) * whole, total) : 0;
}

u8 vkv_erase_left(const struct vkv_dev *dev, const struct vkv_ns *ns)
{
	const struct vkv_erase *e = dev->erase;

	if (e->state == VKV_ERASE_IDLE || e->what.sanitize || e->what.from ||
	    !(e->what.namespaces & BIT(ns->nsid - 1)))
		return 0;
	/* At least 1 % until the Format has ended. */
	return max_t(u64, 1, part_left(dev, 100));
}

/* --- the job --- */

bool vkv_erase_idle(const struct vkv_dev *dev)
{
	return dev->erase->state == VKV_ERASE_IDLE;
}

void vkv_erase_begin(struct vkv_dev *dev, const struct vkv_erasure *what)
{
	struct vkv_erase *e = dev->erase;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	VKV_ASSERT(vkv_erase_idle(dev) && e->job == VKV_JOB_NONE);
	e->what = *what;
	if (what->blocked)
		block(e, what->namespaces, what->blocked);
	e->total = bytes_left(dev);
	e->next = 0;
	e->failed = false;
	memset(&e->cursor, 0, sizeof(e->cursor));
	memset(&e->purge, 0, sizeof(e->purge));
	memset(&e->wipe, 0, sizeof(e->wipe));
	e->state = VKV_ERASE_FENCING;
	vkv_fence_begin(dev);
}

bool vkv_erase_pending(const struct vkv_worker *w)
{
	/* Pairs with vkv_erase_round(): namespaces and cursor are there. */
	return !w->id && smp_load_acquire(&w->dev->erase->job) == VKV_JOB_GO;
}

static bool erase_is_through(const struct vkv_dev *dev)
{
	return dev->erase->next >= VKV_NR_NAMESPACES * KEYSPACES;
}

/*
 * The keyspace that is next. Returns false when the namespace has fewer, or nothing
 * is to be erased there.
 */
static bool this_keyspace(const struct vkv_dev *dev, u8 *keyspace)
{
	const struct vkv_erase *e = dev->erase;
	const struct vkv_ns *ns = &dev->ns[e->next / KEYSPACES];
	u32 nr = e->next % KEYSPACES;

	*keyspace = ns->keyspace + nr;
	return e->what.namespaces & BIT(ns->nsid - 1) && nr < ns->nr_keyspaces &&
	       (!e->what.from || *keyspace == ns->keyspace_block);
}

static bool is_empty(const struct vkv_dev *dev, u8 keyspace)
{
	u64 bytes, keys;

	vkv_ftl_keyspace_usage(dev->ftl, keyspace, &bytes, &keys);
	return !keys;
}

static void next_keyspace(struct vkv_erase *e)
{
	e->next++;
	memset(&e->cursor, 0, sizeof(e->cursor));
	memset(&e->purge, 0, sizeof(e->purge));
}

/* Called at the end of a keyspace, and for a keyspace without keys. */
static void purge_some(struct vkv_worker *w, u8 keyspace)
{
	struct vkv_erase *e = w->dev->erase;

	if (!vkv_ftl_purge(w->ctx, keyspace, &e->purge))
		next_keyspace(e);
}

/* Is it the key of a unit that goes? */
static bool goes(const struct vkv_key *key, void *arg)
{
	const struct vkv_erase *e = arg;
	__le64 unit = 0;

	memcpy(&unit, key->data, min_t(size_t, key->len, sizeof(unit)));
	return le64_to_cpu(unit) >= e->what.from;
}

static void delete_some(struct vkv_worker *w, u8 keyspace)
{
	struct vkv_erase *e = w->dev->erase;
	struct vkv_footprint fp = { 0 };
	u32 budget = PARTS_PER_STEP;
	struct vkv_key key;
	unsigned int n;

	for (n = 0; n < KEYS_PER_STEP && !e->cursor.done; n++) {
		if (vkv_ftl_next(w->ctx, keyspace, &e->cursor,
				 e->what.from ? goes : NULL, e, &budget,
				 &key, &fp))
			break;
		/* An iterator that deletes may have deleted the key first. */
		if (vkv_ftl_delete(w->ctx, &key, &fp))
			continue;
	}
	if (n && vkv_ftl_wants_collect(w->dev->ftl))
		w->dev->cfg.ops->wake_collector(w->dev->cfg.host);
}

static void erase_some(struct vkv_worker *w)
{
	struct vkv_erase *e = w->dev->erase;
	u8 keyspace;

	if (!this_keyspace(w->dev, &keyspace) ||
	    (e->cursor.done && e->what.from))
		next_keyspace(e);
	else if (e->cursor.done || is_empty(w->dev, keyspace))
		purge_some(w, keyspace);
	else
		delete_some(w, keyspace);
}

/* Returns false when all old data are overwritten, or cannot be. */
static bool wipe_some(struct vkv_worker *w)
{
	struct vkv_erase *e = w->dev->erase;
	bool first = !e->wipe.next;
	int ret;

	if (!e->what.sanitize || e->failed)
		return false;
	ret = vkv_ftl_wipe(w->dev->ftl, &e->wipe);
	if (first)
		w->dev->cfg.ops->wake_collector(w->dev->cfg.host);
	e->failed = ret == -EIO;
	return ret == -EAGAIN;
}

/* The first dispatcher may have fallen asleep over a long erasure. */
static void erase_is_done(struct vkv_dev *dev)
{
	/* Pairs with vkv_erase_round(): the outcome is there. */
	smp_store_release(&dev->erase->job, VKV_JOB_DONE);
	dev->cfg.ops->wake_dispatcher(dev->cfg.host, 0);
}

bool vkv_erase_step(struct vkv_worker *w)
{
	if (likely(!vkv_erase_pending(w)))
		return false;
	if (!erase_is_through(w->dev))
		erase_some(w);
	else if (!wipe_some(w))
		erase_is_done(w->dev);
	return true;
}

/* --- its end --- */

void vkv_erase_complete(struct vkv_dev *dev, u16 status)
{
	struct vkv_cmd *cmd = list_first_entry_or_null(&dev->erase->waiting,
						       struct vkv_cmd, link);

	if (!cmd)
		return;
	list_del(&cmd->link);
	vkv_cmd_complete(dev, cmd, status, &dev->admin->held);
}

static bool end_format(struct vkv_dev *dev, bool failed)
{
	vkv_changed(dev, dev->erase->what.namespaces);
	vkv_erase_complete(dev, failed ? NVME_SC_INTERNAL : NVME_SC_SUCCESS);
	return true;
}

/* A failed one keeps all user data out of reach. */
static bool end_sanitize(struct vkv_dev *dev, bool failed)
{
	struct vkv_erase *e = dev->erase;
	bool kept = e->scdw10 & SANITIZE_NO_DEALLOCATE;

	if (failed) {
		e->status = NVME_SANITIZE_FAILED;
	} else {
		e->status = kept ? NVME_SANITIZE_DEALLOCATED :
				   NVME_SANITIZE_DONE;
		WRITE_ONCE(e->erased, true);
	}
	vkv_event(dev, kept && !failed ? NVME_AEN_SANITIZE_DEALLOCATED :
					 NVME_AEN_SANITIZE);
	return true;
}

/* True when no worker executes a command that found its namespace unblocked. */
static bool pass_fence(struct vkv_dev *dev)
{
	struct vkv_erase *e = dev->erase;

	if (!vkv_fence_passed(dev))
		return false;
	e->state = VKV_ERASE_RUNNING;
	if (e->what.sanitize)
		vkv_erase_complete(dev, NVME_SC_SUCCESS);
	/* Pairs with vkv_erase_pending(). */
	smp_store_release(&e->job, VKV_JOB_GO);
	dev->cfg.ops->wake(dev->cfg.host, 0);
	return true;
}

bool vkv_erase_ends(const struct vkv_dev *dev)
{
	/* Pairs with erase_is_done(). */
	return dev->erase->state == VKV_ERASE_RUNNING &&
	       smp_load_acquire(&dev->erase->job) == VKV_JOB_DONE;
}

bool vkv_erase_round(struct vkv_dev *dev)
{
	struct vkv_erase *e = dev->erase;

	if (likely(e->state == VKV_ERASE_IDLE))
		return false;
	if (e->state == VKV_ERASE_FENCING)
		return pass_fence(dev);
	if (!vkv_erase_ends(dev) || !e->what.end(dev, e->failed))
		return false;
	WRITE_ONCE(e->job, VKV_JOB_NONE);
	e->state = VKV_ERASE_IDLE;
	if (e->status == NVME_SANITIZE_FAILED)
		block(e, e->what.namespaces, NVME_SC_SANITIZE_FAILED);
	else
		block(e, 0, 0);
	return true;
}

/* --- Format NVM --- */

static u32 visible_namespaces(struct vkv_dev *dev)
{
	u32 set = 0;
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		if (vkv_ns_find(dev, i + 1))
			set |= BIT(i);
	return set;
}

static u16 check_format(struct vkv_cmd *cmd)
{
	u32 dw10 = vkv_cmd_cdw10(cmd);

	/* There is one format, without metadata, so without protection. */
	if (FORMAT_INDEX(dw10))
		return vkv_reject(cmd, FIELD_LBAF, NVME_SC_INVALID_FORMAT);
	if (FORMAT_PI(dw10))
		return vkv_reject(cmd, FIELD_PI, NVME_SC_INVALID_FORMAT);
	if (FORMAT_SES(dw10) > SES_USER_DATA)
		return vkv_reject(cmd, FIELD_SES, NVME_SC_INVALID_FIELD);
	return NVME_SC_SUCCESS;
}

u16 vkv_format(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u32 nsid = vkv_cmd_nsid(cmd);
	struct vkv_erasure what = { .namespaces = visible_namespaces(dev),
				    .blocked = NVME_SC_FORMATTING,
				    .end = end_format };
	u16 status = vkv_sanitize_status(dev);

	if (status)
		return status;
	if (nsid != NVME_NSID_ALL && !vkv_ns_find(dev, nsid))
		return vkv_reject(cmd, VKV_FIELD_NSID,
				  vkv_ns_status(nsid));
	status = check_format(cmd);
	if (status)
		return status;
	if (!vkv_erase_idle(dev))
		return NVME_SC_FORMATTING;
	if (nsid != NVME_NSID_ALL)
		what.namespaces = BIT(nsid - 1);
	list_add_tail(&cmd->link, &dev->erase->waiting);
	vkv_erase_begin(dev, &what);
	return VKV_HELD;
}

/* --- Sanitize --- */

u16 vkv_sanitize_status(const struct vkv_dev *dev)
{
	switch (dev->erase->status) {
	case NVME_SANITIZE_RUNNING:
		return NVME_SC_SANITIZING;
	case NVME_SANITIZE_FAILED:
		return NVME_SC_SANITIZE_FAILED;
	default:
		return NVME_SC_SUCCESS;
	}
}

/* The failure mode is left only if the failed operation was unrestricted. */
static u16 exit_failure(struct vkv_dev *dev)
{
	struct vkv_erase *e = dev->erase;

	if (e->status != NVME_SANITIZE_FAILED)
		return NVME_SC_SUCCESS;
	if (!(e->scdw10 & SANITIZE_UNRESTRICTED))
		return NVME_SC_SANITIZE_FAILED;
	e->status = NVME_SANITIZE_NEVER;
	block(e, 0, 0);
	return NVME_SC_SUCCESS;
}

/*
 * Erased blocks are always deallocated (SANICAP.NDI). A host that asks for no
 * deallocation is refused, or told afterwards, as feature 17h says.
 */
static u16 block_erase(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const struct vkv_erasure what = { .namespaces = vkv_ns_existing(dev),
					  .blocked = NVME_SC_SANITIZING,
					  .sanitize = true,
					  .end = end_sanitize };
	struct vkv_erase *e = dev->erase;

	if (vkv_cmd_cdw10(cmd) & SANITIZE_NO_DEALLOCATE &&
	    !vkv_feature_value(dev, NVME_FEAT_SANITIZE))
		return vkv_reject(cmd, FIELD_NODAS, NVME_SC_INVALID_FIELD);
	if (!vkv_erase_idle(dev))
		return NVME_SC_FORMATTING;
	e->scdw10 = vkv_cmd_cdw10(cmd);
	e->status = NVME_SANITIZE_RUNNING;
	WRITE_ONCE(e->erased, false);
	list_add_tail(&cmd->link, &e->waiting);
	vkv_erase_begin(dev, &what);
	return VKV_HELD;
}

u16 vkv_sanitize(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	if (dev->erase->status == NVME_SANITIZE_RUNNING)
		return NVME_SC_SANITIZING;
	switch (SANITIZE_ACTION(vkv_cmd_cdw10(cmd))) {
	case NVME_SANITIZE_EXIT_FAILURE:
		return exit_failure(dev);
	case NVME_SANITIZE_BLOCK_ERASE:
		return block_erase(dev, cmd);
	default:
		return vkv_reject(cmd, FIELD_SANACT, NVME_SC_INVALID_FIELD);
	}
}

static u16 progress(const struct vkv_dev *dev)
{
	if (dev->erase->status != NVME_SANITIZE_RUNNING)
		return 0xffff;
	/* All ones mean that it has ended. */
	return min_t(u64, 0xffff - part_left(dev, 0xffff), 0xfffe);
}

static u32 estimated_seconds(const struct vkv_dev *dev)
{
	struct vkv_usage usage;

	vkv_ftl_usage(dev->ftl, &usage);
	return div_u64(usage.keys, KEYS_PER_SECOND) +
	       (dev->cfg.mem_size >> WIPE_SHIFT) + 1;
}

u32 vkv_sanitize_page(struct vkv_dev *dev, struct nvme_sanitize_log *log)
{
	const struct vkv_erase *e = dev->erase;
	const __le32 never = cpu_to_le32(0xffffffff);

	log->sprog = cpu_to_le16(progress(dev));
	log->sstat = cpu_to_le16(e->status |
				 (READ_ONCE(e->erased) ? NVME_SANITIZE_ERASED : 0));
	log->scdw10 = cpu_to_le32(e->scdw10);
	log->overwrite_time = never;
	log->crypto_time = never;
	log->overwrite_keep_time = never;
	log->crypto_keep_time = never;
	log->block_time = cpu_to_le32(estimated_seconds(dev));
	log->block_keep_time = log->block_time;
	return sizeof(*log);
}
