/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints on the way of a command: vkvssd:vkv_fetch, vkv_execute,
 * vkv_schedule and vkv_complete, and vkv_collect for the collector's steps. A
 * command is known by its device, its queue and its identifier (device, qid,
 * cid). Times are in ns.
 *
 * Off, each is a static branch. docs/statistics.md names the fields.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vkvssd

#if !defined(VKV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VKV_TRACE_H

#include <linux/tracepoint.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/queue.h"
#include "ctrl/worker.h"
#include "kv_ftl.h"

TRACE_EVENT(vkv_fetch,
	TP_PROTO(const struct vkv_dev *dev, const struct vkv_cmd *cmd),
	TP_ARGS(dev, cmd),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u16, qid)
		__field(u16, cid)
		__field(u8, opcode)
		__field(u32, nsid)
		__field(u64, arrival)
	),
	TP_fast_assign(
		__entry->device = dev->cfg.number;
		__entry->qid = cmd->sq->qid;
		__entry->cid = le16_to_cpu(cmd->sqe.cid);
		__entry->opcode = cmd->sqe.opcode;
		__entry->nsid = vkv_cmd_nsid(cmd);
		__entry->arrival = cmd->arrival;
	),
	TP_printk("qid=%u cid=%u opcode=0x%02x nsid=%u arrival=%llu device=%u",
		  __entry->qid, __entry->cid, __entry->opcode, __entry->nsid,
		  __entry->arrival, __entry->device)
);

TRACE_EVENT(vkv_execute,
	TP_PROTO(const struct vkv_worker *w, const struct vkv_cmd *cmd, int ret),
	TP_ARGS(w, cmd, ret),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u16, qid)
		__field(u16, cid)
		__field(u8, opcode)
		__field(u32, worker)
		__field(int, ret)
		__field(u64, waited)
		__field(u64, bytes)
		__field(u32, index_reads)
	),
	TP_fast_assign(
		__entry->device = w->dev->cfg.number;
		__entry->qid = cmd->sq->qid;
		__entry->cid = le16_to_cpu(cmd->sqe.cid);
		__entry->opcode = cmd->sqe.opcode;
		__entry->worker = w->id;
		__entry->ret = ret;
		__entry->waited = cmd->begun - cmd->arrival;
		__entry->bytes = cmd->bytes;
		__entry->index_reads = w->fp.index_reads;
	),
	TP_printk("qid=%u cid=%u opcode=0x%02x worker=%u ret=%d waited=%llu bytes=%llu index_reads=%u device=%u",
		  __entry->qid, __entry->cid, __entry->opcode, __entry->worker,
		  __entry->ret, __entry->waited, __entry->bytes,
		  __entry->index_reads, __entry->device)
);

TRACE_EVENT(vkv_schedule,
	TP_PROTO(const struct vkv_worker *w, const struct vkv_cmd *cmd),
	TP_ARGS(w, cmd),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u16, qid)
		__field(u16, cid)
		__field(u32, worker)
		__field(u64, after)
		__field(u64, queueing)
		__field(u64, index)
		__field(u64, media)
		__field(u64, transfer)
	),
	TP_fast_assign(
		bool timed = cmd->due > cmd->arrival;

		__entry->device = w->dev->cfg.number;
		__entry->qid = cmd->sq->qid;
		__entry->cid = le16_to_cpu(cmd->sqe.cid);
		__entry->worker = w->id;
		__entry->after = timed ? cmd->due - cmd->arrival : 0;
		__entry->queueing = timed ? cmd->latency.queueing : 0;
		__entry->index = timed ? cmd->latency.index : 0;
		__entry->media = timed ? cmd->latency.media : 0;
		__entry->transfer = timed ? cmd->latency.transfer : 0;
	),
	TP_printk("qid=%u cid=%u worker=%u after=%llu queueing=%llu index=%llu media=%llu transfer=%llu device=%u",
		  __entry->qid, __entry->cid, __entry->worker, __entry->after,
		  __entry->queueing, __entry->index, __entry->media,
		  __entry->transfer, __entry->device)
);

TRACE_EVENT(vkv_complete,
	TP_PROTO(const struct vkv_dev *dev, const struct vkv_cmd *cmd),
	TP_ARGS(dev, cmd),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u16, qid)
		__field(u16, cid)
		__field(u8, opcode)
		__field(u16, status)
		__field(u32, result)
		__field(u64, latency)
		__field(s64, late)
	),
	TP_fast_assign(
		__entry->device = dev->cfg.number;
		__entry->qid = cmd->sq->qid;
		__entry->cid = le16_to_cpu(cmd->sqe.cid);
		__entry->opcode = cmd->sqe.opcode;
		__entry->status = cmd->status;
		__entry->result = cmd->result;
		__entry->latency = cmd->ended - cmd->arrival;
		__entry->late = cmd->ended - (cmd->due ? cmd->due : cmd->arrival);
	),
	TP_printk("qid=%u cid=%u opcode=0x%02x status=0x%03x result=0x%08x latency=%llu late=%lld device=%u",
		  __entry->qid, __entry->cid, __entry->opcode, __entry->status,
		  __entry->result, __entry->latency, __entry->late, __entry->device)
);

TRACE_EVENT(vkv_collect,
	TP_PROTO(const struct vkv_dev *dev, bool more),
	TP_ARGS(dev, more),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(bool, more)
		__field(u64, collected)
		__field(u64, written)
		__field(u64, free)
	),
	TP_fast_assign(
		struct vkv_usage usage;

		vkv_ftl_usage(dev->ftl, &usage);
		__entry->device = dev->cfg.number;
		__entry->more = more;
		__entry->collected = usage.collected;
		__entry->written = usage.gc_written;
		__entry->free = usage.free;
	),
	TP_printk("more=%d collected=%llu written=%llu free=%llu device=%u",
		  __entry->more, __entry->collected, __entry->written,
		  __entry->free, __entry->device)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
