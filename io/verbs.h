/* SPDX-License-Identifier: GPL-2.0 */
/* The verbs that the command sets share. */
#ifndef VKV_VERBS_H
#define VKV_VERBS_H

struct vkv_cmd;
struct vkv_dev;
struct vkv_worker;

/**
 * vkv_kv_store() - store, append, or store at an offset
 * @w: this worker
 * @cmd: the command
 *
 * Like all verbs, the exec of a row of the opcode table.
 * Context: worker.
 *
 * Return: 0, an NVMe status, or a negative errno for the set's status().
 */
int vkv_kv_store(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_kv_retrieve() - value to the host, its whole size to DW0
 * @w: this worker
 * @cmd: the command
 *
 * Return: like vkv_kv_store().
 */
int vkv_kv_retrieve(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_kv_delete() - remove a key; an absent one matters by req.flags
 * @w: this worker
 * @cmd: the command
 *
 * Return: like vkv_kv_store().
 */
int vkv_kv_delete(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_kv_exist() - is the key there?
 * @w: this worker
 * @cmd: the command
 *
 * Return: like vkv_kv_store().
 */
int vkv_kv_exist(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_io_flush() - everything that was written before is on the media
 * @w: this worker
 * @cmd: the command
 *
 * Return: like vkv_kv_store().
 */
int vkv_io_flush(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_io_give_back() - give back the room that was set aside for a command
 * @dev: the device
 * @cmd: any; it has ended, or will not go on
 *
 * Context: the thread that owns the command.
 */
void vkv_io_give_back(struct vkv_dev *dev, struct vkv_cmd *cmd);

#endif
