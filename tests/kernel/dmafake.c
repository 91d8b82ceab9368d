// SPDX-License-Identifier: GPL-2.0
/*
 * A fake DMA engine for tests of engine=. The kernel makes its copies, in order
 * and with a delay. The engine has few descriptors, so that it often refuses a
 * copy. Every fail_nth-th copy fails, and the engine says so at once, also to
 * those who ask for a copy that it has not made yet. It goes on with the others
 * unless it is stopped. The parameter "copied" counts the bytes that were copied,
 * "stops" how often the engine was stopped.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#define NR_DESCRIPTORS 16u

static ulong copied;
module_param(copied, ulong, 0444);
MODULE_PARM_DESC(copied, "bytes that were copied");

static uint fail_nth;
module_param(fail_nth, uint, 0644);
MODULE_PARM_DESC(fail_nth, "every so-many-th copy fails; 0: none");

static uint delay_us = 20;
module_param(delay_us, uint, 0644);
MODULE_PARM_DESC(delay_us, "how long a copy takes");

static uint stops;
module_param(stops, uint, 0444);
MODULE_PARM_DESC(stops, "how often the engine was stopped");

struct descriptor {
	struct dma_async_tx_descriptor tx;
	struct list_head link;
	dma_addr_t to;
	dma_addr_t from;
	size_t len;
};

struct engine {
	struct dma_device dma;
	struct dma_chan chan;
	struct work_struct work;
	spinlock_t lock;	/* protects all fields below */
	struct list_head free;
	struct list_head submitted;
	dma_cookie_t failed;
	unsigned int nr;
	struct descriptor d[NR_DESCRIPTORS];
};

static struct platform_device *pdev;
static struct engine *the_engine;

static struct engine *to_engine(struct dma_chan *chan)
{
	return container_of(chan, struct engine, chan);
}

/* Without an IOMMU, a DMA address is a physical address. */
static void copy(const struct descriptor *d)
{
	void *to = memremap(d->to, d->len, MEMREMAP_WB);
	void *from = memremap(d->from, d->len, MEMREMAP_WB);

	if (to && from)
		memcpy(to, from, d->len);
	if (to)
		memunmap(to);
	if (from)
		memunmap(from);
	copied += d->len;
}

static struct descriptor *take_first(struct engine *e, struct list_head *list)
{
	struct descriptor *d;

	spin_lock_bh(&e->lock);
	d = list_first_entry_or_null(list, struct descriptor, link);
	if (d)
		list_del(&d->link);
	spin_unlock_bh(&e->lock);
	return d;
}

static void end_copy(struct engine *e, struct descriptor *d, bool failed)
{
	dma_descriptor_unmap(&d->tx);
	spin_lock_bh(&e->lock);
	if (failed)
		e->failed = d->tx.cookie;
	e->chan.completed_cookie = d->tx.cookie;
	list_add_tail(&d->link, &e->free);
	spin_unlock_bh(&e->lock);
}

static void run(struct work_struct *work)
{
	struct engine *e = container_of(work, struct engine, work);
	struct descriptor *d;

	while ((d = take_first(e, &e->submitted))) {
		bool failed = fail_nth && !(++e->nr % fail_nth);

		fsleep(delay_us);
		if (!failed)
			copy(d);
		end_copy(e, d, failed);
	}
}

static dma_cookie_t submit(struct dma_async_tx_descriptor *tx)
{
	struct descriptor *d = container_of(tx, struct descriptor, tx);
	struct engine *e = to_engine(tx->chan);

	spin_lock_bh(&e->lock);
	if (++e->chan.cookie < DMA_MIN_COOKIE)
		e->chan.cookie = DMA_MIN_COOKIE;
	tx->cookie = e->chan.cookie;
	list_add_tail(&d->link, &e->submitted);
	spin_unlock_bh(&e->lock);
	return tx->cookie;
}

static struct dma_async_tx_descriptor *
prep_memcpy(struct dma_chan *chan, dma_addr_t to, dma_addr_t from, size_t len,
	    unsigned long flags)
{
	struct engine *e = to_engine(chan);
	struct descriptor *d = take_first(e, &e->free);

	if (!d)
		return NULL;
	memset(&d->tx, 0, sizeof(d->tx));
	dma_async_tx_descriptor_init(&d->tx, chan);
	d->tx.flags = flags;
	d->tx.tx_submit = submit;
	d->to = to;
	d->from = from;
	d->len = len;
	return &d->tx;
}

static void issue_pending(struct dma_chan *chan)
{
	schedule_work(&to_engine(chan)->work);
}

/* A failure is reported to whoever asks for a status next. */
static enum dma_status tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				 struct dma_tx_state *state)
{
	struct engine *e = to_engine(chan);
	enum dma_status status;

	spin_lock_bh(&e->lock);
	status = dma_async_is_complete(cookie, chan->completed_cookie,
				       chan->cookie);
	if (e->failed) {
		e->failed = 0;
		status = DMA_ERROR;
	}
	spin_unlock_bh(&e->lock);
	dma_set_tx_state(state, chan->completed_cookie, chan->cookie, 0);
	return status;
}

/* Copies that have not begun never begin. */
static int terminate_all(struct dma_chan *chan)
{
	struct engine *e = to_engine(chan);
	struct descriptor *d;

	stops++;
	while ((d = take_first(e, &e->submitted)))
		end_copy(e, d, false);
	return 0;
}

static void synchronize(struct dma_chan *chan)
{
	struct engine *e = to_engine(chan);

	flush_work(&e->work);
	e->failed = 0;
}

static int alloc_resources(struct dma_chan *chan)
{
	return NR_DESCRIPTORS;
}

static void free_resources(struct dma_chan *chan)
{
	flush_work(&to_engine(chan)->work);
}

static void set_up(struct engine *e)
{
	unsigned int i;

	spin_lock_init(&e->lock);
	INIT_WORK(&e->work, run);
	INIT_LIST_HEAD(&e->free);
	INIT_LIST_HEAD(&e->submitted);
	for (i = 0; i < NR_DESCRIPTORS; i++)
		list_add_tail(&e->d[i].link, &e->free);
	e->chan.device = &e->dma;
	e->chan.cookie = DMA_MIN_COOKIE;
	e->chan.completed_cookie = DMA_MIN_COOKIE;
	INIT_LIST_HEAD(&e->dma.channels);
	list_add_tail(&e->chan.device_node, &e->dma.channels);
	dma_cap_set(DMA_MEMCPY, e->dma.cap_mask);
	e->dma.dev = &pdev->dev;
	e->dma.device_alloc_chan_resources = alloc_resources;
	e->dma.device_free_chan_resources = free_resources;
	e->dma.device_prep_dma_memcpy = prep_memcpy;
	e->dma.device_issue_pending = issue_pending;
	e->dma.device_tx_status = tx_status;
	e->dma.device_terminate_all = terminate_all;
	e->dma.device_synchronize = synchronize;
}

static int probe(struct platform_device *dev)
{
	return dma_coerce_mask_and_coherent(&dev->dev, DMA_BIT_MASK(64));
}

/*
 * The owner of a channel holds a reference to the engine's module. The driver
 * names that module.
 */
static struct platform_driver driver = {
	.driver = { .name = "vkvssd_dmafake" },
};

static int __init dmafake_init(void)
{
	int err = -ENOMEM;

	pdev = platform_create_bundle(&driver, probe, NULL, 0, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	the_engine = kzalloc(sizeof(*the_engine), GFP_KERNEL);
	if (!the_engine)
		goto unregister;
	set_up(the_engine);
	err = dma_async_device_register(&the_engine->dma);
	if (!err)
		return 0;
	kfree(the_engine);
unregister:
	platform_device_unregister(pdev);
	platform_driver_unregister(&driver);
	return err;
}

static void __exit dmafake_exit(void)
{
	dma_async_device_unregister(&the_engine->dma);
	kfree(the_engine);
	platform_device_unregister(pdev);
	platform_driver_unregister(&driver);
}

module_init(dmafake_init);
module_exit(dmafake_exit);

MODULE_DESCRIPTION("DMA engine for tests of vKVSSD");
MODULE_LICENSE("GPL");
