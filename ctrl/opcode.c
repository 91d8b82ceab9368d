// SPDX-License-Identifier: GPL-2.0
/*
 * Every command that the device knows, one row each.
 *
 * To add a command, write its functions in the file of its command set, declare
 * them in that file's header, and add a row here. The names in traces, in the
 * statistics and in the commands supported and effects log come from these
 * rows.
 */
#include "ctrl/opcode.h"

#include <linux/build_bug.h>
#include <linux/kernel.h>

#include "admin.h"
#include "admin/abort.h"
#include "admin/erase.h"
#include "admin/event.h"
#include "admin/feature.h"
#include "admin/identify.h"
#include "admin/log.h"
#include "admin/namespace.h"
#include "admin/queue.h"
#include "ctrl/status.h"
#include "io/batch.h"
#include "io/block.h"
#include "io/iterator.h"
#include "io/standard.h"
#include "io/vendor.h"
#include "io/verbs.h"
#include "nvme_kv.h"

#define SUPPORTED NVME_EFFECT_CSUPP
#define CHANGES NVME_EFFECT_CHANGES
#define ERASES (NVME_EFFECT_CHANGES | NVME_EFFECT_ALONE)

static const struct vkv_opcode admin_ops[] = {
	{ NVME_ADMIN_DELETE_SQ, "delete I/O SQ", SUPPORTED,
	  .admin = vkv_delete_sq },
	{ NVME_ADMIN_CREATE_SQ, "create I/O SQ", SUPPORTED,
	  .admin = vkv_create_sq },
	{ NVME_ADMIN_GET_LOG, "get log page", SUPPORTED,
	  .admin = vkv_get_log },
	{ NVME_ADMIN_DELETE_CQ, "delete I/O CQ", SUPPORTED,
	  .admin = vkv_delete_cq },
	{ NVME_ADMIN_CREATE_CQ, "create I/O CQ", SUPPORTED,
	  .admin = vkv_create_cq },
	{ NVME_ADMIN_IDENTIFY, "identify", SUPPORTED,
	  .admin = vkv_identify },
	{ NVME_ADMIN_ABORT, "abort", SUPPORTED,
	  .admin = vkv_abort },
	{ NVME_ADMIN_SET_FEATURES, "set features", SUPPORTED,
	  .admin = vkv_set_features },
	{ NVME_ADMIN_GET_FEATURES, "get features", SUPPORTED,
	  .admin = vkv_get_features },
	{ NVME_ADMIN_ASYNC_EVENT, "async event request", SUPPORTED,
	  .admin = vkv_event_request },
	{ NVME_ADMIN_NS_MANAGEMENT, "namespace management",
	  SUPPORTED | NVME_EFFECT_NCC | NVME_EFFECT_NIC,
	  .admin = vkv_namespace_management },
	{ NVME_ADMIN_NS_ATTACHMENT, "namespace attachment",
	  SUPPORTED | NVME_EFFECT_NIC,
	  .admin = vkv_namespace_attachment },
	{ NVME_ADMIN_KEEP_ALIVE, "keep alive", SUPPORTED,
	  .admin = vkv_keep_alive },
	{ NVME_ADMIN_FORMAT, "format NVM", ERASES | NVME_EFFECT_NCC,
	  .admin = vkv_format },
	{ NVME_ADMIN_SANITIZE, "sanitize", ERASES,
	  .admin = vkv_sanitize },
};
static_assert(ARRAY_SIZE(admin_ops) == VKV_NR_ADMIN_OPCODES);

static const struct vkv_opcode block_ops[] = {
	{ NVME_NVM_FLUSH, "flush", SUPPORTED,
	  .decode = vkv_block_decode_flush,
	  .exec = vkv_io_flush, .brief = true },
	{ NVME_NVM_WRITE, "write", CHANGES,
	  .decode = vkv_block_decode_transfer,
	  .exec = vkv_block_write, .drop = vkv_io_give_back, .brief = true },
	{ NVME_NVM_READ, "read", SUPPORTED,
	  .decode = vkv_block_decode_transfer,
	  .exec = vkv_block_read, .brief = true },
	{ NVME_NVM_WRITE_ZEROES, "write zeroes", CHANGES,
	  .decode = vkv_block_decode_range,
	  .exec = vkv_block_write_zeroes },
	{ NVME_NVM_DSM, "dataset management", CHANGES,
	  .decode = vkv_block_decode_dsm,
	  .exec = vkv_block_dsm },
};

static const struct vkv_opcode vendor_ops[] = {
	{ NVME_VENDOR_STORE, "store", CHANGES,
	  .decode = vkv_vendor_decode_store,
	  .exec = vkv_kv_store, .brief = true },
	{ NVME_VENDOR_APPEND, "append", CHANGES,
	  .decode = vkv_vendor_decode_append,
	  .exec = vkv_kv_store },
	{ NVME_VENDOR_BATCH, "batch", CHANGES,
	  .decode = vkv_vendor_decode_batch,
	  .exec = vkv_batch_store, .drop = vkv_io_give_back },
	{ NVME_VENDOR_RETRIEVE, "retrieve", SUPPORTED,
	  .decode = vkv_vendor_decode_retrieve,
	  .exec = vkv_kv_retrieve, .brief = true },
	{ NVME_VENDOR_DELETE, "delete", CHANGES,
	  .decode = vkv_vendor_decode_delete,
	  .exec = vkv_kv_delete, .brief = true },
	{ NVME_VENDOR_ITER_REQUEST, "iterate request", CHANGES,
	  .decode = vkv_vendor_decode_iter_request,
	  .exec = vkv_iter_request },
	{ NVME_VENDOR_ITER_READ, "iterate read", SUPPORTED,
	  .decode = vkv_vendor_decode_iter_read,
	  .exec = vkv_iter_read, .drop = vkv_iter_drop },
	{ NVME_VENDOR_EXIST, "exist", SUPPORTED,
	  .decode = vkv_vendor_decode_exist,
	  .exec = vkv_kv_exist, .brief = true },
};

static const struct vkv_opcode standard_ops[] = {
	{ NVME_KV_FLUSH, "flush", SUPPORTED,
	  .decode = vkv_standard_decode_flush,
	  .exec = vkv_io_flush, .brief = true },
	{ NVME_KV_STORE, "store", CHANGES,
	  .decode = vkv_standard_decode_store,
	  .exec = vkv_kv_store, .brief = true },
	{ NVME_KV_RETRIEVE, "retrieve", SUPPORTED,
	  .decode = vkv_standard_decode_retrieve,
	  .exec = vkv_kv_retrieve, .brief = true },
	{ NVME_KV_LIST, "list", SUPPORTED,
	  .decode = vkv_standard_decode_list,
	  .exec = vkv_standard_list, .drop = vkv_standard_drop_list },
	{ NVME_KV_DELETE, "delete", CHANGES,
	  .decode = vkv_standard_decode_delete,
	  .exec = vkv_kv_delete, .brief = true },
	{ NVME_KV_EXIST, "exist", SUPPORTED,
	  .decode = vkv_standard_decode_exist,
	  .exec = vkv_kv_exist, .brief = true },
};

static const struct vkv_command_set sets[VKV_NR_SETS] = {
	[VKV_SET_ADMIN] = { admin_ops, ARRAY_SIZE(admin_ops) },
	[VKV_SET_BLOCK] = { block_ops, ARRAY_SIZE(block_ops),
			    vkv_status_of_block },
	[VKV_SET_VENDOR] = { vendor_ops, ARRAY_SIZE(vendor_ops),
			     vkv_status_of_vendor },
	[VKV_SET_STANDARD] = { standard_ops, ARRAY_SIZE(standard_ops),
			       vkv_status_of_standard },
};

static void init_ways(struct vkv_way *way, const struct vkv_command_set *set,
		      u16 first_row)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		way[set->ops[i].opcode] = (struct vkv_way){
			.op = &set->ops[i],
			.set = set,
			.row = first_row + i,
		};
}

/* A block namespace has the vendor dialect's opcodes behind its own. */
void vkv_opcodes_init(struct vkv_opcodes *ops)
{
	ops->set = sets;
	init_ways(ops->way[VKV_NS_BLOCK], &sets[VKV_SET_BLOCK], 0);
	init_ways(ops->way[VKV_NS_BLOCK], &sets[VKV_SET_VENDOR],
		  sets[VKV_SET_BLOCK].nr);
	init_ways(ops->way[VKV_NS_KV], &sets[VKV_SET_STANDARD], 0);
}
