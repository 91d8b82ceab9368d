// SPDX-License-Identifier: GPL-2.0
/*
 * A command's life, from the pool and back to it.
 *
 * The dispatcher takes a command from the pool, fills it, and puts it on one
 * worker's ring (ctrl/handover.c); from then on it is the worker's
 * (ctrl/worker.c). In the worker it is
 *
 *   on the ring -> executed -> in the heap until due -> posted -> in the pool
 *                    |  ^                           |     ^
 *                    v  |                           v     |
 *                   parked                           held
 *
 * A command is parked when its execution said -EAGAIN: there is no free segment
 * until the collector has run, or another command changed its key meanwhile. It
 * is executed again in the next round. A command is held while its completion
 * queue is full. A round never waits for anything.
 *
 * A command can end in these ways:
 *
 *   vkv_cmd_complete()	is posted now, or held
 *   vkv_cmd_end()	is posted with others, by the next vkv_cmds_flush(), or held
 *   vkv_cmds_retry()	is posted after it was held
 *   vkv_cmds_drop()	ends because its queue goes away; if its execution has not
 *			ended, vkv_cmd_release() gives back what it holds
 *
 * Commands that the dispatcher ends itself (admin commands, decoding errors) go
 * the same last steps, with the dispatcher's own list of held ones.
 */
#include "ctrl/command.h"

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/error_log.h"
#include "ctrl/host.h"
#include "ctrl/stats.h"
#include "ctrl/status.h"
#include "ctrl/trace.h"
#include "ctrl/worker.h"

/* The thread that owns a command is in its round. */
static void assert_owner(const struct vkv_cmd *cmd)
{
	if (cmd->worker)
		vkv_worker_assert(cmd->worker);
	else
		vkv_dispatcher_assert(cmd->sq->dispatcher);
}

/* The time for a command, in ns: never before its arrival. */
static u64 now_for(const struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	u64 now = cmd->worker ? cmd->worker->now :
				vkv_dev_clock(dev, cmd->sq->dispatcher->now);

	return max(now, cmd->arrival);
}

/*
 * The fields are set one by one. Some compilers make a slow loop of an
 * assignment of the whole structure.
 */
static void clear(struct vkv_cmd *cmd)
{
	cmd->row = VKV_ROW_UNKNOWN;
	cmd->status = 0;
	cmd->location = 0;
	cmd->lookup = 0;
	cmd->executed = false;
	cmd->aborted = false;
	cmd->progressed = false;
	cmd->timed = false;
	cmd->indexed = false;
	cmd->way = NULL;
	cmd->op = NULL;
	cmd->ns = NULL;
	cmd->worker = NULL;
	cmd->begun = 0;
	cmd->bytes = 0;
	cmd->due = 0;
	cmd->result = 0;
	cmd->result1 = 0;
}

static void clear_request(struct vkv_cmd *cmd)
{
	cmd->req.key = (struct vkv_key){ NULL };
	cmd->req.key_by_prp = false;
	cmd->req.option = 0;
	cmd->req.flags = 0;
	cmd->req.offset = 0;
	cmd->req.len = 0;
	cmd->req.lba = 0;
	cmd->req.nr_lbas = 0;
	cmd->req.progress = 0;
	cmd->req.aside = 0;
	cmd->req.count = 0;
}

/*
 * A command that an Abort asks about stays in the pool until the Abort is
 * answered, which the dispatcher does in its next round.
 */
unsigned int vkv_cmds_alloc(struct vkv_sq *sq, struct vkv_cmd **out,
			    unsigned int nr)
{
	struct vkv_cmd_pool *pool = sq->pool;
	struct llist_node *here = pool->here;
	unsigned int i;

	vkv_dispatcher_assert(sq->dispatcher);
	for (i = 0; i < nr; i++) {
		struct vkv_cmd *cmd;

		if (unlikely(!here))
			here = llist_del_all(&pool->back);
		if (unlikely(!here))
			break;
		cmd = llist_entry(here, struct vkv_cmd, free);
		here = here->next;
		/* Pairs with resolve() of admin/abort.c. */
		if (unlikely(smp_load_acquire(&cmd->abort))) {
			llist_add(&cmd->free, &pool->back);
			break;
		}
		clear(cmd);
		clear_request(cmd);
		cmd->sq = sq;
		cmd->arrival = sq->dispatcher->now;
		out[i] = cmd;
	}
	pool->here = here;
	sq->fetched += i;
	return i;
}

/*
 * Commands of one queue go back to the pool. Their queue is used for the last
 * time when they are counted: it may be freed once no command is in flight.
 */
static void free_cmds(struct vkv_cmd *const *cmd, unsigned int nr)
{
	struct vkv_sq *sq = cmd[0]->sq;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (i)
			cmd[i]->free.next = &cmd[i - 1]->free;
		/* Pairs with the dispatcher's look at one to be aborted. */
		smp_store_release(&cmd[i]->live, false);
	}
	llist_add_batch(&cmd[nr - 1]->free, &cmd[0]->free, &sq->pool->back);
	atomic_add_return_release(nr, &sq->ended);
}

/*
 * The Abort that asks for this looks at cmd->aborted when the command is gone.
 */
static __always_inline void take_abort(struct vkv_cmd *cmd)
{
	if (likely(!READ_ONCE(cmd->abort)))
		return;
	cmd->aborted = true;
	cmd->status = NVME_SC_ABORT_REQUESTED;
	cmd->result = 0;
	cmd->result1 = 0;
}

/*
 * Posts the completions of commands of one queue. Returns how many of them are
 * gone, from the first on; the completion queue has no room for the others.
 */
static unsigned int finish(struct vkv_dev *dev, struct vkv_cmd *const *cmd,
			   unsigned int nr)
{
	u8 state = READ_ONCE(cmd[0]->sq->state);
	unsigned int gone = 0;

	if (state != VKV_SQ_DROPPING)
		gone = vkv_cq_post(dev, cmd, nr);
	if (state != VKV_SQ_LIVE)
		gone = nr;
	if (gone)
		free_cmds(cmd, gone);
	return gone;
}

/* The last word on commands before they are posted: statuses and statistics. */
static void note_end(struct vkv_dev *dev, struct vkv_cmd *const *cmd,
		     unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		take_abort(cmd[i]);
		if (unlikely(cmd[i]->status) &&
		    vkv_status_is_error(cmd[i]->status))
			vkv_error_log_add(dev, cmd[i]);
		trace_vkv_complete(dev, cmd[i]);
	}
	vkv_stats_record(cmd, nr);
}

/*
 * Not inline, so that it has a line of its own in a call graph (scripts/trace).
 */
static noinline void finish_or_hold(struct vkv_dev *dev,
				    struct vkv_cmd *const *cmd,
				    unsigned int nr, struct list_head *held)
{
	unsigned int i;

	note_end(dev, cmd, nr);
	for (i = finish(dev, cmd, nr); i < nr; i++) {
		vkv_stats_held(cmd[i]);
		list_add_tail(&cmd[i]->link, held);
	}
}

void vkv_cmd_complete(struct vkv_dev *dev, struct vkv_cmd *cmd, u16 status,
		      struct list_head *held)
{
	assert_owner(cmd);
	VKV_ASSERT(cmd->live);
	cmd->status = status;
	cmd->ended = now_for(dev, cmd);
	finish_or_hold(dev, &cmd, 1, held);
}

void vkv_cmd_end(struct vkv_dev *dev, struct vkv_cmd *cmd, u16 status,
		 struct vkv_ended *ended, struct list_head *held)
{
	assert_owner(cmd);
	VKV_ASSERT(cmd->live && ended->nr < VKV_ENDED_MAX);
	cmd->status = status;
	cmd->ended = max(cmd->worker->now, cmd->arrival);
	ended->cmd[ended->nr++] = cmd;
	/* To copy a long command's data took time; nothing waits any longer. */
	if (unlikely(ended->nr == VKV_ENDED_MAX || cmd->req.len > VKV_PAGE))
		vkv_cmds_flush(dev, ended, held);
}

void vkv_cmds_flush(struct vkv_dev *dev, struct vkv_ended *ended,
		    struct list_head *held)
{
	struct vkv_cmd **cmd = ended->cmd;
	unsigned int i, n;

	for (i = 0; i < ended->nr; i += n) {
		n = 1;
		while (i + n < ended->nr && cmd[i + n]->sq == cmd[i]->sq)
			n++;
		finish_or_hold(dev, &cmd[i], n, held);
	}
	ended->nr = 0;
}

bool vkv_cmds_retry(struct vkv_dev *dev, struct list_head *held)
{
	struct vkv_cmd *cmd, *next;
	bool worked = false;

	list_for_each_entry_safe(cmd, next, held, link) {
		list_del(&cmd->link);
		take_abort(cmd);
		if (finish(dev, &cmd, 1)) {
			worked = true;
			continue;
		}
		/* Goes back to where it was. */
		list_add_tail(&cmd->link, &next->link);
	}
	return worked;
}

void vkv_cmd_release(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	if (cmd->op && cmd->op->drop)
		cmd->op->drop(dev, cmd);
}

void vkv_cmds_drop(struct vkv_dev *dev, struct list_head *list)
{
	struct vkv_cmd *cmd, *next;

	list_for_each_entry_safe(cmd, next, list, link) {
		if (READ_ONCE(cmd->sq->state) == VKV_SQ_LIVE)
			continue;
		list_del(&cmd->link);
		if (!cmd->executed) {
			cmd->status = NVME_SC_ABORT_SQ_DELETED;
			vkv_cmd_release(dev, cmd);
		}
		finish(dev, &cmd, 1);
	}
}

bool vkv_list_contains(const struct list_head *list, const struct vkv_cmd *cmd)
{
	const struct vkv_cmd *c;

	list_for_each_entry(c, list, link)
		if (c == cmd)
			return true;
	return false;
}

bool vkv_list_take(struct list_head *list, struct vkv_cmd *cmd)
{
	if (!vkv_list_contains(list, cmd))
		return false;
	list_del(&cmd->link);
	return true;
}
