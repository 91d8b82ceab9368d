/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam between the kernel shell and the device.
 *
 * The device (controller, FTL) is plain C over this interface: the
 * shell gives it memory, host access, interrupts and time, and calls its
 * rounds from threads. In the kernel the shell is main.c, pci.c and mem.c; in
 * the native tests it is a loopback host.
 */
#ifndef VKV_VKV_H
#define VKV_VKV_H

#include <linux/types.h>

struct vkv_dev;
struct vkv_dispatcher;
struct vkv_worker;

/*
 * BAR 0: registers, one doorbell a cache line (CAP.DSTRD = 4), then the MSI-X
 * structures, which only the PCI function touches.
 */
#define VKV_BAR_SIZE 0x10000u
#define VKV_BAR_DOORBELLS 0x1000u
#define VKV_BAR_MSIX_TABLE 0xa000u
#define VKV_BAR_MSIX_PBA 0xb000u

/* I/O queue pairs at most; queue 0 is the admin queue. */
#define VKV_NR_IO_QUEUES 127u
#define VKV_NR_QUEUES (VKV_NR_IO_QUEUES + 1)
#define VKV_NR_VECTORS VKV_NR_QUEUES
#define VKV_NR_WORKERS 64u
#define VKV_NR_DISPATCHERS 8u
#define VKV_NR_NAMESPACES 16u

enum vkv_ns_kind {
	VKV_NS_BLOCK,	/* block device and vendor dialect */
	VKV_NS_KV,	/* standard Key Value Command Set */
	VKV_NR_NS_KINDS,
};

/**
 * struct vkv_ns_config - one namespace
 * @kind: its command set
 * @cap: bytes it may hold; 0 for the whole pool
 */
struct vkv_ns_config {
	enum vkv_ns_kind kind;
	u64 cap;
};

/**
 * struct vkv_offload - copies that somebody makes for us
 * @nr: how many were begun and have not been waited for
 * @last: the latest of them; whoever makes them knows what this is
 */
struct vkv_offload {
	u32 nr;
	s32 last;
};

/**
 * struct vkv_host_ops - what the device asks of its surroundings
 * @map: the memory behind a bus address, readable and writable up to the end
 *	of its 4 KiB page; NULL when the host has no memory there
 * @unmap: ends the use of what @map returned
 * @reachable: may host memory be touched (bus mastering)? If not, @map returns
 *	NULL, and queues are left alone; NULL: always
 * @raise: raise an MSI-X vector; called with a spinlock held, must not sleep
 * @wake: commands wait for a worker (below vkv_dev_config.nr_workers), which
 *	may be asleep; must not sleep
 * @wake_dispatcher: a dispatcher (below vkv_dev_config.nr_dispatchers), which may
 *	be asleep, is to make a round; must not sleep
 * @wake_collector: there is garbage to collect; must not sleep
 * @copy: begin to copy between a page of the host's (from @map) and the reserved
 *	memory; false: not now. NULL: copies are always the device's own
 * @copied: wait for what @copy began; 0 or -EIO
 * @warn: one line for the log, at most a few in a device's life
 * @clock: the time in ns, as rounds are told it; NULL where what happens in a round
 *	takes no time
 *
 * All but @warn may be called from any thread that runs a round.
 */
struct vkv_host_ops {
	void *(*map)(void *host, u64 addr);
	void (*unmap)(void *host, void *ptr);
	bool (*reachable)(void *host);
	void (*raise)(void *host, u16 vector);
	void (*wake)(void *host, unsigned int worker);
	void (*wake_dispatcher)(void *host, unsigned int dispatcher);
	void (*wake_collector)(void *host);
	bool (*copy)(void *host, struct vkv_offload *o, void *theirs,
		     void *ours, u32 len, bool to_host);
	int (*copied)(void *host, struct vkv_offload *o);
	void (*warn)(void *host, const char *text);
	u64 (*clock)(void *host);
};

/**
 * struct vkv_dev_config - what a device is made from; copied
 * @bar: VKV_BAR_SIZE bytes, zeroed by vkv_dev_create()
 * @mem: the reserved memory for the FTL, 4 KiB aligned
 * @mem_size: its length in bytes
 * @nr_workers: 1..VKV_NR_WORKERS
 * @nr_dispatchers: 1..VKV_NR_DISPATCHERS; 0 means 1
 * @inline_bytes: the dispatcher itself carries out brief commands of up to so
 *	many bytes when few come at once; 0: none. Only with the timing model "none"
 * @nr_vectors: MSI-X vectors, 1..VKV_NR_VECTORS
 * @ops: see there
 * @host: first argument of @ops
 * @ns: the namespaces; namespace i+1 is ns[i]
 * @nr_ns: 1..VKV_NR_NAMESPACES
 * @index: index by name, NULL for the default
 * @space: space manager by name, NULL for the default
 * @victim: victim policy by name, NULL for the default
 * @timing: timing as vkv_timing_check() takes it, NULL for "none"
 * @op_permille: over-provisioning in thousandths, 0 for the default
 * @seed: hash key
 * @serial: serial number, up to 20 characters
 * @pci_id: vendor and subsystem vendor id for Identify Controller
 */
struct vkv_dev_config {
	void *bar;
	void *mem;
	u64 mem_size;
	unsigned int nr_workers;
	unsigned int nr_dispatchers;
	u32 inline_bytes;
	u16 nr_vectors;
	const struct vkv_host_ops *ops;
	void *host;
	struct vkv_ns_config ns[VKV_NR_NAMESPACES];
	unsigned int nr_ns;
	const char *index;
	const char *space;
	const char *victim;
	const char *timing;
	unsigned int op_permille;
	u64 seed[2];
	char serial[21];
	u16 pci_id;
};

/* What a round answers: run again now, not before somebody wakes me, or when. */
#define VKV_NOW 0ull
#define VKV_NEVER (~0ull)

/**
 * vkv_dev_create() - make a device, disabled, ready for its host
 * @cfg: see there
 * @out: the device
 *
 * Context: may sleep. Return: 0, -EINVAL, -ENOMEM.
 */
int __must_check vkv_dev_create(const struct vkv_dev_config *cfg,
				struct vkv_dev **out);

/**
 * vkv_dev_function_reset() - the host resets the PCI function
 * @dev: the device
 *
 * CC and the admin queue registers are zero at once (section 3.7.2), the rest
 * follows in a round of the first dispatcher. Context: any, must not sleep.
 */
void vkv_dev_function_reset(struct vkv_dev *dev);

/**
 * vkv_dev_destroy() - free a device
 * @dev: may be NULL; no round may be running, and none comes after
 */
void vkv_dev_destroy(struct vkv_dev *dev);

/**
 * vkv_dispatcher_of() - whose a queue is
 * @nr_dispatchers: of the device
 * @qid: any; the admin queue (0) is the first one's, I/O queues take turns
 */
static inline unsigned int vkv_dispatcher_of(unsigned int nr_dispatchers,
					     unsigned int qid)
{
	return qid ? (qid - 1) % nr_dispatchers : 0;
}

/**
 * vkv_dev_dispatcher() - a dispatcher's handle
 * @dev: the device
 * @i: below vkv_dev_config.nr_dispatchers
 */
struct vkv_dispatcher *vkv_dev_dispatcher(struct vkv_dev *dev, unsigned int i);

/**
 * vkv_dispatcher_round() - doorbells, fetch; the first: registers, admin commands
 * @dispatcher: one thread at a time
 * @now: time in ns, never going back
 *
 * Return: VKV_NOW when it did something, the time in ns when it can go on with what
 * waits for others (the collector), VKV_NEVER when there was nothing to do. (A host
 * wakes no dispatcher: it writes memory, so they have to look again.)
 */
u64 vkv_dispatcher_round(struct vkv_dispatcher *dispatcher, u64 now);

/**
 * vkv_dev_worker() - a worker's handle
 * @dev: the device
 * @i: below vkv_dev_config.nr_workers
 */
struct vkv_worker *vkv_dev_worker(struct vkv_dev *dev, unsigned int i);

/**
 * vkv_worker_round() - execute what waits, complete what is due
 * @worker: one thread at a time
 * @now: time in ns, of the same clock as the dispatcher's
 *
 * Return: VKV_NOW, the time in ns of the next completion due, or VKV_NEVER.
 */
u64 vkv_worker_round(struct vkv_worker *worker, u64 now);

/**
 * vkv_worker_pending() - is there anything that a sleeper would miss?
 * @worker: asked by its own thread, after it has set its task state
 */
bool vkv_worker_pending(struct vkv_worker *worker);

/**
 * vkv_collector_round() - one bounded step of garbage collection
 * @dev: the device; one thread at a time
 * @now: time in ns, of the same clock as the dispatcher's
 *
 * Return: VKV_NOW when there is more, the time in ns when there will be, as the
 * media is busy until then, or VKV_NEVER to sleep until woken.
 */
u64 vkv_collector_round(struct vkv_dev *dev, u64 now);

/**
 * vkv_dev_timing_info() - the timing in effect, as text
 * @dev: the device
 * @buf: filled with lines
 * @len: its size
 *
 * Return: characters written, never more than @len.
 */
size_t vkv_dev_timing_info(const struct vkv_dev *dev, char *buf, size_t len);

/**
 * vkv_dispatcher_slept() - a dispatcher was away
 * @dispatcher: of this thread
 * @ns: how long
 */
void vkv_dispatcher_slept(struct vkv_dispatcher *dispatcher, u64 ns);

/**
 * vkv_worker_slept() - a worker was away
 * @worker: of this thread
 * @ns: how long
 */
void vkv_worker_slept(struct vkv_worker *worker, u64 ns);

/**
 * vkv_dev_reset_stats() - count from 0 again
 * @dev: the device
 *
 * Context: any number of threads; may sleep.
 */
void vkv_dev_reset_stats(struct vkv_dev *dev);

/* Tables of what the device did: report.c. */
#define VKV_NR_TABLES 9u

/**
 * vkv_table_name() - the name of a table
 * @table: below VKV_NR_TABLES
 */
const char *vkv_table_name(unsigned int table);

/**
 * vkv_table_parts() - how many parts a table has; none is large
 * @dev: the device
 * @table: below VKV_NR_TABLES
 */
unsigned int vkv_table_parts(const struct vkv_dev *dev, unsigned int table);

/**
 * vkv_table_part() - a part of a table, as text
 * @dev: the device
 * @table: below VKV_NR_TABLES
 * @part: below vkv_table_parts(); part 0 is the version and the header
 * @buf: filled with whole lines
 * @len: its size
 *
 * Context: any. Return: characters written; @len when it is too small.
 */
size_t vkv_table_part(struct vkv_dev *dev, unsigned int table,
		      unsigned int part, char *buf, size_t len);

#endif
