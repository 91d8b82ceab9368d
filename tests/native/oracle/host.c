// SPDX-License-Identifier: GPL-2.0
#include "native/oracle/host.h"

#include <string.h>
#include <linux/align.h>
#include <linux/minmax.h>

#define SOIL 0xee
#define LIST_PAGES 16u
#define SGL_EXTENTS 300u
#define SGL_TYPE_UNKNOWN 0x50

struct sgl_descriptor {
	__le64 addr;
	__le32 len;
	u8 rsvd12[3];
	u8 type;
};

void host_init(struct host *h, struct loop *l, struct dice *dice)
{
	u32 i;

	h->l = l;
	h->dice = dice;
	h->region = loop_pages(l, HOST_PAGES);
	h->lists = loop_pages(l, LIST_PAGES);
	h->keys = loop_pages(l, 4);
	h->nr = 0;
	memset(loop_at(l, h->region), SOIL, HOST_PAGES * LOOP_PAGE);
	for (i = 0; i < HOST_PAGES; i++)
		h->page[i] = i;
}

static void add_extent(struct host *h, u64 addr, u32 len, __le64 *pointer)
{
	h->extent[h->nr++] = (struct host_extent){ addr, len, pointer };
}

/* --- PRPs --- */

/* Chooses a page that the buffer does not have yet. */
static u64 any_page(struct host *h, u32 nr)
{
	u32 other = nr + roll(h->dice, HOST_PAGES - nr);
	u16 page = h->page[other];

	h->page[other] = h->page[nr];
	h->page[nr] = page;
	return h->region + page * LOOP_PAGE;
}

/* Chooses a place in a page of lists, often just before its end. */
static u64 list_begin(struct host *h)
{
	if (one_in(h->dice, 4))
		return h->lists;
	if (one_in(h->dice, 3))
		return h->lists + LOOP_PAGE - 8 * (1 + roll(h->dice, 4));
	return h->lists + 8 * roll(h->dice, LOOP_PAGE / 8);
}

/* The last entry of each page but the last one points to the next page. */
static void list_prps(struct host *h, struct nvme_sqe *sqe)
{
	u64 at = list_begin(h), next;
	u32 i;

	sqe->prp2 = cpu_to_le64(at);
	for (i = 1; i < h->nr; i++, at += 8) {
		if (at % LOOP_PAGE == LOOP_PAGE - 8 && i + 1 < h->nr) {
			next = at + 8 + LOOP_PAGE * roll(h->dice, 2);
			*(__le64 *)loop_at(h->l, at) = cpu_to_le64(next);
			at = next;
		}
		h->extent[i].pointer = loop_at(h->l, at);
		*h->extent[i].pointer = cpu_to_le64(h->extent[i].addr);
	}
}

static void set_prps(struct host *h, struct nvme_sqe *sqe, u32 len)
{
	u32 offset = one_in(h->dice, 3) ? 0 : 4 * roll(h->dice, LOOP_PAGE / 4);
	u32 here;

	for (; len; len -= here, offset = 0) {
		here = min(len, LOOP_PAGE - offset);
		add_extent(h, any_page(h, h->nr) + offset, here, NULL);
	}
	/* The device must not look at a pointer that it does not need. */
	sqe->prp1 = cpu_to_le64(h->nr ? h->extent[0].addr : HOST_NOWHERE + 3);
	sqe->prp2 = cpu_to_le64(HOST_NOWHERE + 3);
	h->extent[0].pointer = &sqe->prp1;
	if (h->nr == 2) {
		h->extent[1].pointer = &sqe->prp2;
		sqe->prp2 = cpu_to_le64(h->extent[1].addr);
	} else if (h->nr > 2) {
		list_prps(h, sqe);
	}
}

/* --- SGLs --- */

/**
 * struct sgl - the SGL that is being written
 * @h: the host
 * @link: the descriptor that points to this segment
 * @begin: the beginning of this segment
 * @at: the place of the next descriptor
 * @left: how many more descriptors fit, apart from the one that points to the
 *	next segment
 */
struct sgl {
	struct host *h;
	struct sgl_descriptor *link;
	u64 begin;
	u64 at;
	u32 left;
};

static void end_segment(struct sgl *sgl, enum nvme_sgl_type type)
{
	*sgl->link = (struct sgl_descriptor){
		.addr = cpu_to_le64(sgl->begin),
		.len = cpu_to_le32(sgl->at - sgl->begin),
		.type = type,
	};
}

static struct sgl_descriptor *put_descriptor(struct sgl *sgl, u64 addr, u32 len,
					     enum nvme_sgl_type type)
{
	struct sgl_descriptor *d = loop_at(sgl->h->l, sgl->at);

	sgl->at += sizeof(*d);
	if (!sgl->left--) {
		end_segment(sgl, NVME_SGL_SEGMENT);
		sgl->link = d;
		sgl->begin = sgl->at;
		sgl->left = roll(sgl->h->dice, 200);
		d = loop_at(sgl->h->l, sgl->at);
		sgl->at += sizeof(*d);
	}
	*d = (struct sgl_descriptor){
		.addr = cpu_to_le64(addr), .len = cpu_to_le32(len), .type = type };
	return d;
}

/* Pieces have any length and alignment. There are gaps between them. */
static void cut(struct host *h, u32 len)
{
	u32 at = roll(h->dice, 5000), here;

	for (; len; len -= here) {
		here = 1 + roll(h->dice, one_in(h->dice, 4) ? 20000 : 700);
		if (here > len || h->nr == SGL_EXTENTS)
			here = len;
		add_extent(h, h->region + at, here, NULL);
		at += here + (one_in(h->dice, 2) ? roll(h->dice, 300) : 0);
	}
}

static void put_extent(struct sgl *sgl, struct host_extent *e, bool reading)
{
	struct dice *dice = sgl->h->dice;
	bool last = e == sgl->h->extent + sgl->h->nr - 1;
	struct sgl_descriptor *d;

	if (one_in(dice, 8))
		put_descriptor(sgl, HOST_NOWHERE, 0, NVME_SGL_DATA_BLOCK);
	if (!reading && one_in(dice, 10))
		put_descriptor(sgl, 0, roll(dice, 9999), NVME_SGL_BIT_BUCKET);
	/* An SGL may have more room than the data needs. */
	d = put_descriptor(sgl, e->addr, e->len + (last ? roll(dice, 300) : 0),
			   NVME_SGL_DATA_BLOCK);
	e->pointer = &d->addr;
}

static void set_sgl(struct host *h, struct nvme_sqe *sqe, u32 len, bool reading)
{
	struct sgl_descriptor *first = (struct sgl_descriptor *)&sqe->prp1;
	struct sgl sgl = { .h = h, .link = first };
	u32 i;

	sqe->flags = NVME_SQE_PSDT_SGL;
	cut(h, len);
	if (h->nr < 2 && one_in(h->dice, 2)) {
		*first = (struct sgl_descriptor){
			.addr = cpu_to_le64(h->nr ? h->extent[0].addr : HOST_NOWHERE),
			.len = cpu_to_le32(len) };
		h->extent[0].pointer = &first->addr;
		return;
	}
	sgl.begin = h->lists + 8 * roll(h->dice, LOOP_PAGE / 8);
	sgl.at = sgl.begin;
	sgl.left = roll(h->dice, 200);
	if (!h->nr)
		put_descriptor(&sgl, HOST_NOWHERE, 0, NVME_SGL_DATA_BLOCK);
	for (i = 0; i < h->nr; i++)
		put_extent(&sgl, &h->extent[i], reading);
	end_segment(&sgl, NVME_SGL_LAST_SEGMENT);
}

void host_describe(struct host *h, struct nvme_sqe *sqe, u32 len, bool reading)
{
	h->nr = 0;
	if (one_in(h->dice, 3))
		set_sgl(h, sqe, len, reading);
	else
		set_prps(h, sqe, len);
}

/* --- the content of the buffer --- */

void host_put(struct host *h, const u8 *from)
{
	u32 i;

	for (i = 0; i < h->nr; from += h->extent[i++].len)
		memcpy(loop_at(h->l, h->extent[i].addr), from, h->extent[i].len);
}

void host_get(struct host *h, u8 *to)
{
	u32 i;

	for (i = 0; i < h->nr; to += h->extent[i++].len)
		memcpy(to, loop_at(h->l, h->extent[i].addr), h->extent[i].len);
}

static bool soiled(struct host *h, u64 begin, u64 end)
{
	const u8 *p = loop_at(h->l, begin);

	return p[0] == SOIL && !memcmp(p, p + 1, end - begin - 1);
}

bool host_all_clean(struct host *h)
{
	u64 end = h->region + HOST_PAGES * LOOP_PAGE;

	if (soiled(h, h->region, end))
		return true;
	memset(loop_at(h->l, h->region), SOIL, end - h->region);
	return false;
}

bool host_clean(struct host *h, u32 n)
{
	bool good = true;
	u32 i, here;

	for (i = 0; i < h->nr; i++, n -= here) {
		here = min(n, h->extent[i].len);
		memset(loop_at(h->l, h->extent[i].addr), SOIL, here);
	}
	for (i = 0; i < h->nr && good; i++)
		good = soiled(h, ALIGN_DOWN(h->extent[i].addr, LOOP_PAGE),
			      ALIGN(h->extent[i].addr + h->extent[i].len, LOOP_PAGE));
	h->nr = 0;
	return good ? true : host_all_clean(h);
}

/* --- bad pointers --- */

u16 host_break(struct host *h, const struct nvme_sqe *sqe)
{
	struct host_extent *e = &h->extent[roll(h->dice, h->nr + !h->nr)];

	if (!h->nr)
		return 0;
	if (one_in(h->dice, 2)) {
		*e->pointer = cpu_to_le64(HOST_NOWHERE);
		return NVME_SC_DATA_TRANSFER;
	}
	if (sqe->flags & NVME_SQE_PSDT_SGL) {
		((struct sgl_descriptor *)e->pointer)->type = SGL_TYPE_UNKNOWN;
		return NVME_SC_SGL_TYPE;
	}
	/* Only the first entry may have an offset: a multiple of 4. */
	*e->pointer = cpu_to_le64(e->addr | (e == h->extent ? 1 : 4));
	return NVME_SC_PRP_OFFSET;
}

/* --- keys --- */

void host_name(struct host *h, struct nvme_sqe *sqe, const u8 *name, u32 len)
{
	u64 addr = h->keys + roll(h->dice, LOOP_PAGE);
	u64 next = h->keys + 2 * LOOP_PAGE;
	u32 i, here;

	for (i = 0; i < NVME_VENDOR_INLINE_KEY; i++)
		sqe->vendor_key[i] = roll(h->dice, 256);
	if (len <= NVME_VENDOR_INLINE_KEY) {
		memcpy(sqe->vendor_key, name, len);
		return;
	}
	if (one_in(h->dice, 2))
		addr = h->keys + LOOP_PAGE - roll(h->dice, len) - 1;
	here = min_t(u32, len, LOOP_PAGE - addr % LOOP_PAGE);
	memcpy(loop_at(h->l, addr), name, here);
	memcpy(loop_at(h->l, next), name + here, len - here);
	sqe->cdw12 = cpu_to_le32((u32)addr);
	sqe->cdw13 = cpu_to_le32(addr >> 32);
	sqe->cdw14 = cpu_to_le32((u32)next);
	sqe->cdw15 = cpu_to_le32(next >> 32);
}
