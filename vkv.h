/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam between the kernel shell and the device.
 *
 * The device (ctrl/, admin/, io/, ftl/ and timing/) is plain C over this
 * interface. The shell gives it memory, access to the host, interrupts and
 * time, and calls its rounds from threads. In the kernel the shell is main.c,
 * pci.c and shell/; in the native tests it is tests/native/ctrl/loopback.c.
 */
#ifndef VKV_VKV_H
#define VKV_VKV_H

#include <linux/types.h>

struct vkv_dev;
struct vkv_dispatcher;
struct vkv_mappings;
struct vkv_worker;

/* The module's version, and the firmware revision that the host is told. */
#define VKV_VERSION "1.0"

/*
 * BAR 0 holds the registers, then the doorbells, then the MSI-X structures.
 * Each doorbell has a cache line of its own (CAP.DSTRD = 4). Only the PCI
 * function uses the MSI-X structures.
 */
#define VKV_BAR_SIZE 0x10000u
#define VKV_BAR_DOORBELLS 0x1000u
#define VKV_BAR_MSIX_TABLE 0xa000u
#define VKV_BAR_MSIX_PBA 0xb000u

/* The largest numbers of each. Queue 0 is the admin queue. */
#define VKV_NR_IO_QUEUES 127u
#define VKV_NR_QUEUES (VKV_NR_IO_QUEUES + 1)
#define VKV_NR_VECTORS VKV_NR_QUEUES
#define VKV_NR_WORKERS 64u
#define VKV_NR_DISPATCHERS 8u
#define VKV_NR_NAMESPACES 16u

enum vkv_ns_kind {
	VKV_NS_BLOCK,	/* a block device with the vendor dialect */
	VKV_NS_KV,	/* the standard Key Value Command Set */
	VKV_NR_NS_KINDS,
	VKV_NS_NONE = VKV_NR_NS_KINDS, /* no namespace has this NSID */
};

/**
 * struct vkv_ns_config - one namespace
 * @kind: its command set, or VKV_NS_NONE
 * @cap: the bytes that it may hold; 0: all that the device has
 * @nr_lbas: the size of a block namespace in blocks of 512 bytes; 0: as many as
 *	@cap has room for
 */
struct vkv_ns_config {
	enum vkv_ns_kind kind;
	u64 cap;
	u64 nr_lbas;
};

/**
 * struct vkv_ns_state - a namespace, as vkv_dev_ns() found it
 * @kind: its command set; VKV_NS_NONE when there is no namespace
 * @attached: does the host see it?
 * @size: bytes that it may hold
 * @used: bytes that it holds
 * @nguid: its NGUID
 */
struct vkv_ns_state {
	enum vkv_ns_kind kind;
	bool attached;
	u64 size;
	u64 used;
	u8 nguid[16];
};

/* What the shell can change while a device works. */
enum vkv_change_kind {
	VKV_CHANGE_NS_ADD,	/* make a namespace, which the host does not see yet */
	VKV_CHANGE_NS_REMOVE,	/* delete it and all that it holds */
	VKV_CHANGE_NS_ATTACH,	/* the host sees it */
	VKV_CHANGE_NS_DETACH,	/* the host does not see it; it keeps all */
	VKV_CHANGE_NS_RESIZE,	/* what lies behind a smaller size goes */
	VKV_CHANGE_NS_FORMAT,	/* all that it holds goes */
	VKV_CHANGE_OP,		/* the over-provisioning */
	VKV_CHANGE_TIMING,
};

/**
 * struct vkv_change - a change that the shell asks for
 * @kind: which
 * @nsid: of the namespace, 1..VKV_NR_NAMESPACES
 * @ns: of a namespace that is added; of one that is resized, only cap counts
 * @op_permille: see vkv_dev_config
 * @timing: see vkv_dev_config; it stays as it is until the change is done
 * @done: called in a round of the first dispatcher when the change is done, or
 *	cannot be done. @err is 0; -EEXIST or -ENODEV when there is such a
 *	namespace, or none; -EALREADY when it is attached or detached already;
 *	-ENOSPC when it does not fit; -EBUSY while a sanitize operation runs or has
 *	failed; -EAGAIN when the collector has to free memory first; -EINVAL;
 *	-ENOMEM
 */
struct vkv_change {
	enum vkv_change_kind kind;
	u32 nsid;
	struct vkv_ns_config ns;
	unsigned int op_permille;
	const char *timing;
	void (*done)(struct vkv_change *change, int err);
};

/**
 * struct vkv_offload - the copies of one command that a DMA engine makes
 * @nr: how many copies were begun and have not been waited for
 * @last: the latest copy; only the shell knows what the number means
 * @stops: how often the engine had been stopped before the first copy
 */
struct vkv_offload {
	u32 nr;
	s32 last;
	u32 stops;
};

/* The way that bytes take between the host's memory and the device. */
enum vkv_access {
	VKV_FROM_HOST = 1,
	VKV_TO_HOST = 2,
	VKV_BOTH_WAYS = VKV_FROM_HOST | VKV_TO_HOST,
};

/**
 * struct vkv_host_ops - the services that the shell gives to the device
 * @map: returns the memory behind a bus address. It can be read and written up
 *	to the end of its 4 KiB page. NULL when the host has no memory there. Only
 *	a device without a table of mappings (vkv_dev_config.mappings) asks
 * @unmap: ends the use of a pointer that @map returned
 * @reachable: is bus mastering enabled? If not, the device must not touch host
 *	memory, and no queue is served. May be NULL: always
 * @raise: raises an MSI-X vector. Called with a spinlock held; must not sleep
 * @wake: wakes a worker (below vkv_dev_config.nr_workers) because commands wait
 *	for it. Must not sleep
 * @wake_dispatcher: wakes a dispatcher (below vkv_dev_config.nr_dispatchers) to
 *	make a round. Must not sleep
 * @wake_collector: wakes the collector because there is garbage. Must not sleep
 * @copy: begins a copy between a host page and the reserved memory.
 *	Returns false when it cannot begin now. May be NULL: the device makes
 *	all copies itself
 * @copied: waits for the copies that @copy began. Returns 0 or -EIO
 * @warn: writes one line to the log. A device calls it a few times in its life
 * @clock: returns the time in ns, of the same clock as the time that rounds are
 *	given. May be NULL: the time of a round's beginning stands for all of it
 *
 * Any thread that runs a round may call each of them but @warn.
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
 * struct vkv_dev_config - the settings that a device is made from
 * @bar: BAR 0, of VKV_BAR_SIZE bytes; vkv_dev_create() zeroes it
 * @bar_simple: @bar takes aligned loads and stores only, no atomic access
 * @mem: the reserved memory for the FTL, 4 KiB aligned
 * @mem_size: the length of @mem in bytes
 * @nr_workers: how many workers, 1..VKV_NR_WORKERS
 * @nr_dispatchers: how many dispatchers, 1..VKV_NR_DISPATCHERS; 0 means 1
 * @inline_bytes: when few commands come at once, a dispatcher itself executes
 *	brief commands of up to so many bytes; 0: none. It does so only with the
 *	timing model "none"
 * @nr_vectors: how many MSI-X vectors, 1..VKV_NR_VECTORS
 * @ops: the services of the shell
 * @host: the first argument of each of @ops
 * @mappings: the pages that the host has mapped; the device touches no others.
 *	NULL: vkv_host_ops.map() says what may be touched
 * @ns: the namespaces that it begins with, all attached; namespace i+1 is ns[i]
 * @nr_ns: how many of @ns, 1..VKV_NR_NAMESPACES
 * @index: the name of the index, NULL for the default
 * @space: the name of the space manager, NULL for the default
 * @victim: the name of the victim policy, NULL for the default
 * @timing: the timing, as vkv_timing_check() takes it; NULL for "none"
 * @op_permille: over-provisioning in thousandths, 0 for the default
 * @value_crc: computes the CRC-32C of values (the first argument is ~0, or the
 *	CRC of the bytes before); NULL: values have no checksums
 * @seed: the key of the hash function
 * @serial: the serial number, up to 20 characters
 * @number: the number of the device, which tracepoints show
 * @pci_id: the vendor and subsystem vendor ID in Identify Controller
 *
 * vkv_dev_create() copies the structure, but not the strings and not the memory
 * that it points to.
 */
struct vkv_dev_config {
	void *bar;
	bool bar_simple;
	void *mem;
	u64 mem_size;
	unsigned int nr_workers;
	unsigned int nr_dispatchers;
	u32 inline_bytes;
	u16 nr_vectors;
	const struct vkv_host_ops *ops;
	void *host;
	struct vkv_mappings *mappings;
	struct vkv_ns_config ns[VKV_NR_NAMESPACES];
	unsigned int nr_ns;
	const char *index;
	const char *space;
	const char *victim;
	const char *timing;
	unsigned int op_permille;
	u32 (*value_crc)(u32 crc, const void *bytes, size_t len);
	u64 seed[2];
	char serial[21];
	u32 number;
	u16 pci_id;
};

/**
 * vkv_mappings_create() - a table of the pages that the host has mapped
 * @end: no bus address is as high as this; 2^48 at most
 * @to_pointer: what is added to a bus address to get a pointer to its memory
 * @out: set to the table; nothing is mapped
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_mappings_create(u64 end, uintptr_t to_pointer,
				     struct vkv_mappings **out);

/**
 * vkv_mappings_destroy() - free the table
 * @m: not used any more; may be NULL
 *
 * Context: may sleep.
 */
void vkv_mappings_destroy(struct vkv_mappings *m);

/**
 * vkv_mappings_add() - the host maps memory for the device
 * @m: the table
 * @addr: the first bus address
 * @len: bytes. The device may touch all of each page that they lie in
 * @access: the ways that are allowed
 *
 * Context: any, also in interrupts. The first mapping in 2 MiB allocates memory.
 * Return: 0; -ENOMEM; -ERANGE when no such addresses are in the table;
 * -EOVERFLOW when the page is mapped millions of times. Nothing is mapped then.
 */
int __must_check vkv_mappings_add(struct vkv_mappings *m, u64 addr, u64 len,
				  enum vkv_access access);

/**
 * vkv_mappings_remove() - the host takes a mapping back
 * @m: the table
 * @addr: as it was added
 * @len: as it was added
 * @access: as it was added
 *
 * When this returns, the device does not touch the pages any more, unless
 * another mapping has them.
 *
 * Context: any, also in interrupts. It spins while the device copies to or from
 * one of the pages.
 */
void vkv_mappings_remove(struct vkv_mappings *m, u64 addr, u64 len,
			 enum vkv_access access);

/**
 * vkv_mappings_count() - how much is mapped
 * @m: the table
 *
 * Context: any; it looks at all pages that were ever mapped.
 * Return: how many pages the device may touch now.
 */
u64 vkv_mappings_count(const struct vkv_mappings *m);

/*
 * A round returns the time at which its thread should run the next one. Two
 * values are special: at once, and not before another thread wakes it.
 */
#define VKV_NOW 0ull
#define VKV_NEVER (~0ull)

/**
 * vkv_dev_create() - make a device
 * @cfg: its settings
 * @out: set to the device, which is disabled and ready for its host
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a setting that is out of range or too little memory;
 * -ENOMEM.
 */
int __must_check vkv_dev_create(const struct vkv_dev_config *cfg,
				struct vkv_dev **out);

/**
 * vkv_dev_function_reset() - the host resets the PCI function
 * @dev: the device
 *
 * CC and the admin queue registers are zero when this returns (NVMe base
 * specification 2.0, section 3.7.2). The rest of the reset follows in a round
 * of the first dispatcher.
 *
 * Context: any; does not sleep.
 */
void vkv_dev_function_reset(struct vkv_dev *dev);

/**
 * vkv_dev_destroy() - free a device
 * @dev: the device, or NULL
 *
 * Context: may sleep. No round runs, and none begins afterwards.
 */
void vkv_dev_destroy(struct vkv_dev *dev);

/**
 * vkv_dispatcher_of() - which dispatcher serves a queue
 * @nr_dispatchers: how many dispatchers the device has
 * @qid: the queue's identifier, of any value
 *
 * The first dispatcher serves the admin queue (0). The I/O queues are dealt out
 * to the dispatchers in turn.
 *
 * Return: the dispatcher's number, below @nr_dispatchers.
 */
static inline unsigned int vkv_dispatcher_of(unsigned int nr_dispatchers,
					     unsigned int qid)
{
	return qid ? (qid - 1) % nr_dispatchers : 0;
}

/**
 * vkv_dev_dispatcher() - find a dispatcher
 * @dev: the device
 * @i: its number, below vkv_dev_config.nr_dispatchers
 *
 * Return: the dispatcher, never NULL.
 */
struct vkv_dispatcher *vkv_dev_dispatcher(struct vkv_dev *dev, unsigned int i);

/**
 * vkv_dispatcher_round() - look at the doorbells and fetch commands
 * @dispatcher: the dispatcher; one thread at a time runs its rounds
 * @now: the time in ns; it never goes back
 *
 * The first dispatcher also looks at the registers and executes admin commands.
 *
 * Context: may sleep.
 * Return: VKV_NOW when it did something; the time in ns at which it can go on
 * with a command that waits for the collector; VKV_NEVER when there was nothing
 * to do. A dispatcher has to look again even after VKV_NEVER: a host that rings
 * a doorbell writes to memory, which wakes nobody.
 */
u64 vkv_dispatcher_round(struct vkv_dispatcher *dispatcher, u64 now);

/**
 * vkv_dev_worker() - find a worker
 * @dev: the device
 * @i: its number, below vkv_dev_config.nr_workers
 *
 * Return: the worker, never NULL.
 */
struct vkv_worker *vkv_dev_worker(struct vkv_dev *dev, unsigned int i);

/**
 * vkv_worker_round() - execute waiting commands, complete those that are due
 * @worker: the worker; one thread at a time runs its rounds
 * @now: the time in ns, of the same clock as the dispatchers'
 *
 * Context: may sleep.
 * Return: VKV_NOW when it did something; the time in ns at which the next
 * completion is due; VKV_NEVER when no command is left.
 */
u64 vkv_worker_round(struct vkv_worker *worker, u64 now);

/**
 * vkv_worker_pending() - do commands wait for this worker?
 * @worker: the worker
 *
 * Context: the worker's own thread, after it has set its task state and before
 * it sleeps.
 * Return: true when the thread must not sleep.
 */
bool vkv_worker_pending(struct vkv_worker *worker);

/**
 * vkv_collector_round() - make one bounded step of garbage collection
 * @dev: the device; one thread at a time runs these rounds
 * @now: the time in ns, of the same clock as the dispatchers'
 *
 * Context: may sleep.
 * Return: VKV_NOW when there is more to collect; the time in ns until which the
 * modelled media is busy with this step; VKV_NEVER when there is nothing to
 * collect.
 */
u64 vkv_collector_round(struct vkv_dev *dev, u64 now);

/**
 * vkv_dev_timing_info() - write the timing in effect as text
 * @dev: the device
 * @buf: filled with whole lines
 * @len: the size of @buf in bytes
 *
 * Context: may sleep.
 * Return: the characters written, never more than @len.
 */
size_t vkv_dev_timing_info(struct vkv_dev *dev, char *buf, size_t len);

/**
 * vkv_dispatcher_slept() - count that a dispatcher's thread slept
 * @dispatcher: the dispatcher
 * @ns: how long it slept
 *
 * Context: the dispatcher's own thread.
 */
void vkv_dispatcher_slept(struct vkv_dispatcher *dispatcher, u64 ns);

/**
 * vkv_worker_slept() - count that a worker's thread slept
 * @worker: the worker
 * @ns: how long it slept
 *
 * Context: the worker's own thread.
 */
void vkv_worker_slept(struct vkv_worker *worker, u64 ns);

/**
 * vkv_dev_set_inline() - change what dispatchers execute themselves
 * @dev: the device
 * @bytes: see vkv_dev_config.inline_bytes
 *
 * Context: any. Dispatchers may work meanwhile.
 * Return: 0; -EBUSY when the device was made for workers only and @bytes is not 0.
 */
int __must_check vkv_dev_set_inline(struct vkv_dev *dev, u32 bytes);

/**
 * vkv_dev_set_victim() - collect garbage by another policy from now on
 * @dev: the device
 * @name: the name of a victim policy, or NULL for the default
 *
 * Context: any.
 */
void vkv_dev_set_victim(struct vkv_dev *dev, const char *name);

/**
 * vkv_dev_change() - ask for a change
 * @dev: the device
 * @change: what to change; it belongs to the device until it calls done()
 *
 * Context: any. The first dispatcher has to make rounds.
 * Return: false when another change is under way; @change is the caller's again.
 */
bool vkv_dev_change(struct vkv_dev *dev, struct vkv_change *change);

/**
 * vkv_dev_ns() - what is there under an NSID?
 * @dev: the device
 * @nsid: 1..VKV_NR_NAMESPACES
 * @state: filled
 *
 * Context: any.
 */
void vkv_dev_ns(const struct vkv_dev *dev, u32 nsid, struct vkv_ns_state *state);

/**
 * vkv_dev_op_permille() - the over-provisioning in effect
 * @dev: the device
 *
 * Context: any.
 * Return: thousandths of the space that are held back.
 */
unsigned int vkv_dev_op_permille(const struct vkv_dev *dev);

/**
 * vkv_dev_reset_stats() - let all statistics begin at 0 again
 * @dev: the device
 *
 * Context: may sleep. Any number of threads may call this at the same time.
 */
void vkv_dev_reset_stats(struct vkv_dev *dev);

/* How many tables of statistics a device has (ctrl/report.c). */
#define VKV_NR_TABLES 9u

/**
 * vkv_table_name() - name a table of statistics
 * @table: its number, below VKV_NR_TABLES
 *
 * Context: any.
 * Return: the name of its file in debugfs.
 */
const char *vkv_table_name(unsigned int table);

/**
 * vkv_table_parts() - count the parts of a table
 * @dev: the device
 * @table: its number, below VKV_NR_TABLES
 *
 * A table is written part by part, so that no part needs a large buffer.
 *
 * Context: any.
 * Return: the number of parts.
 */
unsigned int vkv_table_parts(const struct vkv_dev *dev, unsigned int table);

/**
 * vkv_table_part() - write a part of a table as text
 * @dev: the device
 * @table: its number, below VKV_NR_TABLES
 * @part: below vkv_table_parts(); part 0 is the version and the header
 * @buf: filled with whole lines
 * @len: the size of @buf in bytes
 *
 * Context: may sleep.
 * Return: the characters written; @len when @buf is too small.
 */
size_t vkv_table_part(struct vkv_dev *dev, unsigned int table,
		      unsigned int part, char *buf, size_t len);

#endif
