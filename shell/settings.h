/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The settings of a device, as their user wrote them.
 *
 * This file has the one table of settings. Each of them is a parameter of the
 * module (shell/insmod.c), and a file of each device in configfs
 * (shell/configfs.c). The parser of a text decides what it means and whether it is
 * right (shell/params.c).
 */
#ifndef VKV_SETTINGS_H
#define VKV_SETTINGS_H

#include <linux/types.h>

/*
 * VKV_SETTINGS(PLAIN, LIVE, HARD, LIST) lists all settings, in the order in which they
 * are checked:
 *
 *	PLAIN(name, default, help)
 *	LIVE(name, default, help)		it may change while the device runs
 *	HARD(name, default, help, kind)		it chooses hardware of this kind
 *	LIST(name, default, help)		in configfs, it is the file "list" in a
 *						directory of its name
 *
 * A kernel in lockdown refuses parameters that choose hardware, because they
 * could make a module write to memory that is not its own. With dma=open,
 * commands read and write all memory.
 */
#define VKV_SETTINGS(PLAIN, LIVE, HARD, LIST)				\
	PLAIN(memmap_size, NULL,					\
	      "memory for the device (K, M, G, T); required")		\
	HARD(memmap_start, NULL,					\
	     "start of memory reserved at boot, on x86 with the kernel argument memmap=SIZE$START (K, M, G, T)", \
	     iomem)							\
	PLAIN(path, NULL,						\
	      "file of hugetlbfs, tmpfs or a DAX file system that has the device's contents") \
	PLAIN(memory, NULL,						\
	      "where memory comes from: pages (ordinary memory), reserved (memmap_start=), blocks (taken out of the running system in one piece), file (path=); default: pages, unless memmap_start or path is given") \
	HARD(bar_start, NULL,						\
	     "64K of memory reserved at boot for the registers of a device that has pages or a file; default: a memory block taken out of the running system, which all such devices share", \
	     iomem)							\
	PLAIN(node, NULL,						\
	      "NUMA node that pages come from; default: any")		\
	PLAIN(dispatchers, "1",						\
	      "threads that fetch commands, each from I/O queues of its own, 1..8; default: 1") \
	PLAIN(cpus, NULL,						\
	      "CPUs: the first run a dispatcher each, the others a worker each; default: the last ones") \
	PLAIN(share, NULL,						\
	      "name of a device whose threads this one uses, too; default: threads of its own") \
	LIST(namespaces, "block,kv",					\
	      "namespaces 1.. of the device: block, kv or none, each optionally :CAP; default: block,kv") \
	PLAIN(index, NULL, "name of the index")				\
	PLAIN(space, NULL, "name of the space manager")			\
	LIVE(victim, "cost-benefit", "name of the victim policy")		\
	LIVE(op, NULL, "over-provisioning in percent, 1..50; default: 7") \
	PLAIN(verify, "header",						\
	      "what is checked when it is read: header (default), or value: values have a CRC-32C, too") \
	LIVE(timing, NULL,						\
	      "timing: NAME[:KEY=VALUE...], a model or a profile, one for all namespaces or a list; default: none") \
	LIVE(poll, "adaptive",						\
	      "adaptive: sleep when idle (default); busy: never sleep")	\
	LIVE(poll_idle_us, "40000",					\
	      "longest sleep of an idle dispatcher in us, 20..100000; default: 40000") \
	LIVE(inline_bytes, "4096",					\
	      "brief commands of up to so many bytes are carried out by their dispatcher, 0 (none) to 65536; default: 4096") \
	HARD(dma, NULL,							\
	     "confined: the device reaches the memory that its driver has mapped; open: all memory; default: confined", \
	     dma_addr)							\
	HARD(engine, NULL,						\
	     "channel of a DMA engine that copies values of 16K and more, such as dma0chan0; default: none", \
	     dma)							\
	LIVE(nice, "0",						\
	      "nice value of the dispatchers and the workers, -20..19; default: 0") \
	LIVE(fifo, "0",						\
	      "real-time priority (SCHED_FIFO) of the dispatchers and the workers, 1..99; default: 0, none")

#define VKV_SETTING_NUMBER(name, ...) VKV_SETTING_##name,
enum vkv_setting {
	VKV_SETTINGS(VKV_SETTING_NUMBER, VKV_SETTING_NUMBER,
		     VKV_SETTING_NUMBER, VKV_SETTING_NUMBER)
	VKV_NR_SETTINGS,
};

/**
 * struct vkv_settings - a text for each setting
 * @text: NULL or empty: the default
 */
struct vkv_settings {
	char *text[VKV_NR_SETTINGS];
};

/**
 * vkv_setting_name() - the name of a setting
 * @setting: below VKV_NR_SETTINGS
 *
 * Return: a constant string.
 */
const char *vkv_setting_name(enum vkv_setting setting);

/**
 * vkv_setting_is_live() - may a setting change while the device runs?
 * @setting: below VKV_NR_SETTINGS
 */
bool vkv_setting_is_live(enum vkv_setting setting);

/**
 * vkv_setting() - the text of a setting
 * @s: the settings
 * @setting: below VKV_NR_SETTINGS
 *
 * Return: the text, the default if there is none, NULL if there is no default
 * either. The text is good until the settings change.
 */
const char *vkv_setting(const struct vkv_settings *s, enum vkv_setting setting);

/**
 * vkv_settings_copy() - copy settings
 * @to: filled; zeroed before; vkv_settings_clear() frees what it gets
 * @from: the settings to copy
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM, with nothing to free.
 */
int __must_check vkv_settings_copy(struct vkv_settings *to,
				   const struct vkv_settings *from);

/**
 * vkv_settings_set() - give one setting another text
 * @s: settings that were copied
 * @setting: below VKV_NR_SETTINGS
 * @text: the text; this function copies it
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int __must_check vkv_settings_set(struct vkv_settings *s,
				  enum vkv_setting setting, const char *text);

/**
 * vkv_settings_clear() - free the texts of settings that were copied
 * @s: zeroed afterwards
 *
 * Context: may sleep.
 */
void vkv_settings_clear(struct vkv_settings *s);

#endif
