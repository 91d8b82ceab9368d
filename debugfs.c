// SPDX-License-Identifier: GPL-2.0
/* What a device says about itself. */
#include "debugfs.h"

#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "mem.h"
#include "params.h"
#include "vkv.h"

/* A page for every few lines; vkv_dev_stats() never writes more. */
#define STATS_SIZE SZ_64K

static int stats_show(struct seq_file *m, void *unused)
{
	struct vkv_debugfs *d = m->private;
	char *buf;
	size_t size = seq_get_buf(m, &buf);

	seq_commit(m, size ? vkv_dev_stats(d->dev, buf, size) : -1);
	return 0;
}

static int stats_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, stats_show, inode->i_private, STATS_SIZE);
}

static const struct file_operations stats_fops = {
	.owner = THIS_MODULE,
	.open = stats_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static void show_namespaces(struct seq_file *m, const struct vkv_params *p)
{
	unsigned int i;

	for (i = 0; i < p->nr_ns; i++)
		seq_printf(m, "namespace_%u %s %llu\n", i + 1,
			   p->ns[i].kind == VKV_NS_BLOCK ? "block" : "kv",
			   p->ns[i].cap);
}

/* Like the module parameters, but with what was chosen for those left out. */
static int info_show(struct seq_file *m, void *unused)
{
	const struct vkv_debugfs *d = m->private;
	const struct vkv_params *p = d->params;
	unsigned int i;

	seq_printf(m, "memory_source %s\n",
		   d->mem->from_system ? "system" : "boot");
	seq_printf(m, "memory_start %#llx\n", d->mem->start);
	seq_printf(m, "memory_size %llu\n", d->mem->size);
	seq_printf(m, "memory_node %d\n", d->mem->nid);
	seq_printf(m, "dispatcher_cpu %u\n", p->dispatcher_cpu);
	for (i = 0; i < p->nr_workers; i++)
		seq_printf(m, "worker_%u_cpu %u\n", i, p->worker_cpu[i]);
	show_namespaces(m, p);
	seq_printf(m, "index %s\n", p->index ?: "default");
	seq_printf(m, "space %s\n", p->space ?: "default");
	seq_printf(m, "victim %s\n", p->victim ?: "default");
	seq_printf(m, "timing %s\n", p->timing ?: "default");
	seq_printf(m, "op_permille %u\n", p->op_permille);
	seq_printf(m, "poll %s\n", p->busy ? "busy" : "adaptive");
	seq_printf(m, "poll_idle_us %u\n", p->idle_us);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(info);

/* What tests ask for before they skip. */
static int features_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "block\n"
		    "vendor_kv\n"
		    "standard_kv\n"
		    "memory_boot\n"
		    "memory_system\n"
		    "poll_adaptive\n"
		    "poll_busy\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(features);

static const struct {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
} files[] = {
	{ "stats", 0444, &stats_fops },
	{ "info", 0444, &info_fops },
	{ "features", 0444, &features_fops },
};

void vkv_debugfs_create(struct vkv_debugfs *d, const char *name)
{
	struct dentry *dir;
	unsigned int i;

	d->top = debugfs_create_dir(KBUILD_MODNAME, NULL);
	dir = debugfs_create_dir(name, d->top);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_create_file(files[i].name, files[i].mode, dir, d,
				    files[i].fops);
}

void vkv_debugfs_destroy(struct vkv_debugfs *d)
{
	debugfs_remove(d->top);
}
