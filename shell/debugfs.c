// SPDX-License-Identifier: GPL-2.0
/* The files of a device in debugfs: statistics, settings, features. */
#include "shell/debugfs.h"

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "shell/mem.h"
#include "shell/params.h"
#include "vkv_assert.h"

/* Room for the text of vkv_dev_timing_info(). */
#define INFO_SIZE SZ_16K

/* ---- tables of statistics: an item of the sequence is a part of one ---- */

static void *parts_at(struct seq_file *m, loff_t *pos)
{
	const struct vkv_debugfs_table *t = m->private;

	return *pos < vkv_table_parts(t->d->dev, t->table) ? pos : NULL;
}

static void *table_start(struct seq_file *m, loff_t *pos)
{
	return parts_at(m, pos);
}

static void *table_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return parts_at(m, pos);
}

static void table_stop(struct seq_file *m, void *v)
{
}

/* When a part does not fit, seq_file calls this again with a larger buffer. */
static int table_show(struct seq_file *m, void *v)
{
	const struct vkv_debugfs_table *t = m->private;
	unsigned int part = *(loff_t *)v;
	char *buf;
	size_t n, size = seq_get_buf(m, &buf);

	n = size ? vkv_table_part(t->d->dev, t->table, part, buf, size) : 0;
	seq_commit(m, n < size ? (int)n : -1);
	return 0;
}

static const struct seq_operations table_seq_ops = {
	.start = table_start,
	.next = table_next,
	.stop = table_stop,
	.show = table_show,
};

static int table_open(struct inode *inode, struct file *file)
{
	int err = seq_open(file, &table_seq_ops);

	if (!err)
		((struct seq_file *)file->private_data)->private =
			inode->i_private;
	return err;
}

static const struct file_operations table_fops = {
	.owner = THIS_MODULE,
	.open = table_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};

static ssize_t reset_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *pos)
{
	struct vkv_debugfs *d = file->private_data;
	bool yes;
	int err = kstrtobool_from_user(buf, count, &yes);

	if (err)
		return err;
	if (!yes)
		return -EINVAL;
	vkv_dev_reset_stats(d->dev);
	return count;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = reset_write,
	.llseek = noop_llseek,
};

/* ---- settings and features ---- */

static void show_namespaces(struct seq_file *m, const struct vkv_dev *dev)
{
	struct vkv_ns_state s;
	u32 nsid;

	for (nsid = 1; nsid <= VKV_NR_NAMESPACES; nsid++) {
		vkv_dev_ns(dev, nsid, &s);
		if (s.kind != VKV_NS_NONE)
			seq_printf(m, "namespace_%u %s %llu%s\n", nsid,
				   vkv_ns_kind_name(s.kind), s.size,
				   s.attached ? "" : " detached");
	}
}

/* Shows every key of the timing with its value, one a line. */
static void show_timing(struct seq_file *m, struct vkv_dev *dev)
{
	char *buf = kvzalloc(INFO_SIZE, GFP_KERNEL);
	size_t n;

	if (!buf)
		return;
	n = vkv_dev_timing_info(dev, buf, INFO_SIZE);
	VKV_ASSERT(n < INFO_SIZE - 1);
	seq_puts(m, buf);
	kvfree(buf);
}

static void show_place(struct seq_file *m, const struct vkv_debugfs *d)
{
	seq_printf(m, "name %s\n", d->name);
	seq_printf(m, "memory %s\n", vkv_mem_kind_name(d->mem->kind));
	seq_printf(m, "memory_start %#llx\n", d->mem->storage_start);
	seq_printf(m, "memory_size %llu\n", d->mem->storage_size);
	seq_printf(m, "bar_start %#llx\n", d->mem->bar_start);
	seq_printf(m, "memory_node %d\n", d->mem->nid);
}

static void show_cpus(struct seq_file *m, const struct vkv_params *p)
{
	unsigned int i;

	seq_printf(m, "share %s\n", p->share ?: "none");
	seq_printf(m, "dispatcher_cpu %u\n", p->dispatcher_cpu[0]);
	for (i = 1; i < p->nr_dispatchers; i++)
		seq_printf(m, "dispatcher_%u_cpu %u\n", i,
			   p->dispatcher_cpu[i]);
	for (i = 0; i < p->nr_workers; i++)
		seq_printf(m, "worker_%u_cpu %u\n", i, p->worker_cpu[i]);
}

static void show_settings(struct seq_file *m, const struct vkv_debugfs *d)
{
	const struct vkv_params *p = d->params;

	seq_printf(m, "index %s\n", p->index);
	seq_printf(m, "space %s\n", p->space);
	seq_printf(m, "victim %s\n", p->victim);
	seq_printf(m, "timing %s\n", p->timing ?: "none");
	show_timing(m, d->dev);
	seq_printf(m, "op_permille %u\n", vkv_dev_op_permille(d->dev));
	seq_printf(m, "verify %s\n", p->verify_values ? "value" : "header");
	seq_printf(m, "poll %s\n", p->busy ? "busy" : "adaptive");
	seq_printf(m, "poll_idle_us %u\n", p->idle_us);
	seq_printf(m, "inline_bytes %u\n", p->inline_bytes);
	seq_printf(m, "dma %s\n", p->confined ? "confined" : "open");
	if (d->mappings)
		seq_printf(m, "mapped_pages %llu\n",
			   vkv_mappings_count(d->mappings));
	seq_printf(m, "engine %s\n", p->engine ?: "none");
	seq_printf(m, "nice %d\n", p->nice);
	seq_printf(m, "fifo %u\n", p->fifo);
}

/* Shows the settings in effect: the user's, and the choices for those left out. */
static int info_show(struct seq_file *m, void *unused)
{
	const struct vkv_debugfs *d = m->private;

	mutex_lock(d->lock);
	show_place(m, d);
	show_cpus(m, d->params);
	show_namespaces(m, d->dev);
	show_settings(m, d);
	mutex_unlock(d->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(info);

/* Tests read this list, and are skipped when a feature is missing. */
static int features_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "block\n"
		    "vendor_kv\n"
		    "standard_kv\n"
		    "memory_pages\n"
		    "memory_reserved\n"
		    "memory_blocks\n"
		    "memory_file\n"
		    "poll_adaptive\n"
		    "poll_busy\n"
		    "statistics_tables\n"
		    "tracepoints\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(features);

static const struct {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
} files[] = {
	{ "info", 0444, &info_fops },
	{ "features", 0444, &features_fops },
	{ "reset", 0200, &reset_fops },
};

static void create_tables(struct vkv_debugfs *d, struct dentry *dir)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_TABLES; i++) {
		d->table[i].d = d;
		d->table[i].table = i;
		debugfs_create_file(vkv_table_name(i), 0444, dir, &d->table[i],
				    &table_fops);
	}
}

/* The folder of all devices. */
static struct dentry *top;

void vkv_debugfs_init(void)
{
	top = debugfs_create_dir(KBUILD_MODNAME, NULL);
}

void vkv_debugfs_exit(void)
{
	debugfs_remove(top);
}

void vkv_debugfs_create(struct vkv_debugfs *d, const char *function)
{
	unsigned int i;

	d->dir = debugfs_create_dir(function, top);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_create_file(files[i].name, files[i].mode, d->dir, d,
				    files[i].fops);
	create_tables(d, d->dir);
}

void vkv_debugfs_destroy(struct vkv_debugfs *d)
{
	debugfs_remove(d->dir);
}
