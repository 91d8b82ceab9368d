// SPDX-License-Identifier: GPL-2.0
/*
 * memory=file: the device's contents are those of a file, of hugetlbfs, tmpfs or a
 * DAX file system.
 *
 * The file is mapped into the process that powers the device up. Its pages are
 * pinned there, which all three kinds of file systems allow, and mapped into the
 * kernel. Then the process does not need its mapping any more.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/numa.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "shell/mem.h"
#include "shell/mem/bars.h"
#include "shell/mem/kind.h"
#include "shell/params.h"

/* Pages that are pinned at a time. */
#define BATCH 512u

/**
 * struct backing - an open file and its pages
 * @all: in the list of all
 * @file: the file
 * @page: its pages, pinned
 * @nr: how many of @page are pinned
 * @total: how many @page has room for
 */
struct backing {
	struct list_head all;
	struct file *file;
	struct page **page;
	unsigned long nr;
	unsigned long total;
};

/* The files of all devices. One device at a time comes or goes. */
static LIST_HEAD(backings);

/* Two devices would write over each other's data. A file can have several paths. */
static bool is_taken(const struct file *file)
{
	const struct backing *b;

	list_for_each_entry(b, &backings, all)
		if (file_inode(b->file) == file_inode(file))
			return true;
	return false;
}

/* Other file systems keep their contents elsewhere, and memory is a copy. */
static bool is_memory(const struct file *file)
{
	const struct inode *inode = file_inode(file);
	unsigned long magic = inode->i_sb->s_magic;

	return S_ISREG(inode->i_mode) &&
	       (magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC ||
		IS_DAX(inode));
}

static int open_backing(struct backing *b, const struct vkv_params *p)
{
	b->file = filp_open(p->path, O_RDWR | O_LARGEFILE, 0);
	if (IS_ERR(b->file)) {
		vkv_params_err(p, "path=%s cannot be opened for writing (error %ld); run: truncate -s %s %s\n",
			       p->path, PTR_ERR(b->file), p->size_text,
			       p->path);
		return PTR_ERR(b->file);
	}
	if (!is_memory(b->file)) {
		vkv_params_err(p, "path=%s is no file of hugetlbfs, tmpfs or a DAX file system; give one\n",
			       p->path);
		return -EINVAL;
	}
	if (is_taken(b->file)) {
		vkv_params_err(p, "path=%s has the contents of another device; give another file\n",
			       p->path);
		return -EBUSY;
	}
	if (i_size_read(file_inode(b->file)) < p->size) {
		vkv_params_err(p, "path=%s has %lld bytes, less than memmap_size=%s; run: truncate -s %s %s\n",
			       p->path, i_size_read(file_inode(b->file)),
			       p->size_text, p->size_text, p->path);
		return -EINVAL;
	}
	return 0;
}

/* DAX file systems do not allow long pins, though they wait for a short one's end. */
static int pin_pages(struct backing *b, unsigned long at)
{
	unsigned int flags = FOLL_WRITE;
	long got;

	if (!IS_DAX(file_inode(b->file)))
		flags |= FOLL_LONGTERM;
	while (b->nr < b->total) {
		if (fatal_signal_pending(current))
			return -EINTR;
		got = pin_user_pages_fast(at + (b->nr << PAGE_SHIFT),
					  min(b->total - b->nr,
					      (unsigned long)BATCH),
					  flags, b->page + b->nr);
		if (got <= 0)
			return got ?: -EFAULT;
		b->nr += got;
		cond_resched();
	}
	return 0;
}

static int find_pages(struct backing *b, const struct vkv_params *p)
{
	unsigned long at;
	int err;

	b->total = p->size >> PAGE_SHIFT;
	b->page = kvcalloc(b->total, sizeof(*b->page), GFP_KERNEL);
	if (!b->page)
		return -ENOMEM;
	at = vm_mmap(b->file, 0, p->size, PROT_READ | PROT_WRITE, MAP_SHARED,
		     0);
	if (IS_ERR_VALUE(at))
		return at;
	err = pin_pages(b, at);
	vm_munmap(at, p->size);
	return err;
}

static void close_backing(struct backing *b)
{
	if (b->nr)
		unpin_user_pages_dirty_lock(b->page, b->nr, true);
	kvfree(b->page);
	if (!IS_ERR_OR_NULL(b->file))
		fput(b->file);
	kfree(b);
}

static int map_backing(struct backing *b, struct vkv_mem *mem,
		       const struct vkv_params *p)
{
	int err = open_backing(b, p);

	if (err)
		return err;
	err = find_pages(b, p);
	if (!err) {
		mem->storage = vmap(b->page, b->total, VM_MAP, PAGE_KERNEL);
		err = mem->storage ? 0 : -ENOMEM;
	}
	if (err)
		vkv_params_err(p, "path=%s: its pages cannot be had (error %d); is there memory for all of memmap_size=%s?\n",
			       p->path, err, p->size_text);
	return err;
}

static int file_get(struct vkv_mem *mem, const struct vkv_params *p)
{
	struct backing *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int err;

	if (!b)
		return -ENOMEM;
	mem->own = b;
	mem->storage_size = p->size;
	err = map_backing(b, mem, p);
	if (err)
		goto close;
	mem->nid = page_to_nid(b->page[0]);
	err = vkv_bars_get(mem, p);
	if (err)
		goto unmap;
	list_add(&b->all, &backings);
	return 0;
unmap:
	vunmap(mem->storage);
close:
	close_backing(b);
	return err;
}

static void file_put(struct vkv_mem *mem)
{
	struct backing *b = mem->own;

	list_del(&b->all);
	vkv_bars_put(mem);
	vunmap(mem->storage);
	close_backing(b);
}

const struct vkv_mem_kind vkv_mem_file = {
	.name = "file",
	.get = file_get,
	.put = file_put,
};
