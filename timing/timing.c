// SPDX-License-Identifier: GPL-2.0
/*
 * The instances of models that a device has, and the namespaces that use them.
 */
#include "timing/timing.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "timing/spec.h"
#include "vkv_assert.h"

/* One instance of the hardware. */
struct instance {
	struct vkv_timing_spec spec;
	char name[64];
	void *state;
};

/**
 * struct vkv_timing - the timing of a device
 * @nr: number of instances
 * @instance: the instances
 * @of_ns: for each namespace, the number of its instance
 * @of_keyspace: for each keyspace, the number of its instance
 * @nr_ns: number of namespaces
 * @part: belongs to vkv_timing_collect()
 */
struct vkv_timing {
	u32 nr;
	struct instance instance[VKV_TIMING_MAX];
	u8 of_ns[VKV_TIMING_MAX];
	u8 of_keyspace[VKV_NR_KEYSPACES];
	u32 nr_ns;
	struct vkv_touch part[VKV_TOUCHES];
};

/* The SPEC of a namespace. The last one is also that of all that follow. */
static const char *spec_of(const char *list, unsigned int ns)
{
	for (; ns && strchr(list, ','); ns--)
		list = strchr(list, ',') + 1;
	return list;
}

static unsigned int nr_specs(const char *list)
{
	unsigned int n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

int vkv_timing_check(const char *spec, unsigned int nr_ns, char *why,
		     size_t why_len)
{
	struct vkv_timing_spec parsed;
	unsigned int nr = nr_specs(spec);
	unsigned int i;
	int err = 0;

	if (nr > nr_ns) {
		scnprintf(why, why_len,
			  "%u for %u namespaces; give one, or one for each",
			  nr, nr_ns);
		return -EINVAL;
	}
	for (i = 0; i < nr && !err; i++)
		err = vkv_timing_spec_parse(spec_of(spec, i), &parsed, why,
					    why_len);
	return err;
}

/* The number of the instance of the same text, or timing->nr. */
static u32 find_same(const struct vkv_timing *timing,
		     const struct vkv_timing_spec *spec)
{
	u32 i;

	for (i = 0; i < timing->nr; i++) {
		const struct vkv_timing_spec *other = &timing->instance[i].spec;

		if (other->len == spec->len &&
		    !strncmp(other->text, spec->text, spec->len))
			break;
	}
	return i;
}

static int timing_choose(struct vkv_timing *timing,
			 const struct vkv_timing_config *cfg)
{
	struct instance *in;
	char why[8];
	u32 ns, i;
	int err;

	for (ns = 0; ns < cfg->nr_ns; ns++) {
		in = &timing->instance[timing->nr];
		err = vkv_timing_spec_parse(spec_of(cfg->spec ?: "none", ns),
					    &in->spec, why, sizeof(why));
		if (err)
			return err;
		i = find_same(timing, &in->spec);
		timing->of_ns[ns] = i;
		timing->nr += i == timing->nr;
	}
	return 0;
}

static int create_instance(struct vkv_timing *timing, struct instance *in,
			   const struct vkv_timing_config *cfg)
{
	const struct vkv_timing_layout layout = {
		.size = cfg->size,
		.segment = cfg->segment,
		.share = timing->nr,
	};

	in->state = in->spec.ops->create(in->spec.value, &layout);
	if (!in->state)
		return -ENOMEM;
	strscpy(in->name, in->spec.text,
		min(in->spec.len + 1, sizeof(in->name)));
	/* The text belongs to the caller. */
	in->spec.text = NULL;
	return 0;
}

int vkv_timing_create(const struct vkv_timing_config *cfg,
		      struct vkv_timing **out)
{
	struct vkv_timing *timing;
	int err;
	u32 i;

	if (!cfg->nr_ns || cfg->nr_ns > VKV_TIMING_MAX)
		return -EINVAL;
	timing = kvzalloc(sizeof(*timing), GFP_KERNEL);
	if (!timing)
		return -ENOMEM;
	timing->nr_ns = cfg->nr_ns;
	err = timing_choose(timing, cfg);
	for (i = 0; i < timing->nr && !err; i++)
		err = create_instance(timing, &timing->instance[i], cfg);
	if (err) {
		vkv_timing_destroy(timing);
		return err;
	}
	*out = timing;
	return 0;
}

void vkv_timing_destroy(struct vkv_timing *timing)
{
	u32 i;

	if (!timing)
		return;
	for (i = 0; i < timing->nr; i++) {
		const struct instance *in = &timing->instance[i];

		if (in->state)
			in->spec.ops->destroy(in->state);
	}
	kvfree(timing);
}

bool vkv_timing_wants_places(const struct vkv_timing *timing, unsigned int ns)
{
	return timing->instance[timing->of_ns[ns]].spec.ops->places;
}

static u64 timing_ask_model(const struct instance *in,
			    const struct vkv_footprint *fp, u64 arrival,
			    struct vkv_latency *latency)
{
	u64 end;

	memset(latency, 0, sizeof(*latency));
	end = in->spec.ops->schedule(in->state, fp, arrival, latency);
	VKV_ASSERT(end >= arrival);
	VKV_ASSERT(latency->queueing + latency->index + latency->media +
			   latency->transfer ==
		   end - arrival);
	return end;
}

u64 vkv_timing_schedule(struct vkv_timing *timing, unsigned int ns,
			const struct vkv_footprint *fp, u64 arrival,
			struct vkv_latency *latency)
{
	VKV_ASSERT(ns < timing->nr_ns);
	return timing_ask_model(&timing->instance[timing->of_ns[ns]], fp,
				arrival, latency);
}

/* Copies the places that concern instance @i; returns how many they are. */
static u32 take_part(struct vkv_timing *timing, const struct vkv_footprint *fp,
		     u32 i)
{
	u32 nr = 0;
	u32 t;

	VKV_ASSERT(fp->nr <= VKV_TOUCHES);
	for (t = 0; t < fp->nr && nr < VKV_TOUCHES; t++)
		if (fp->touch[t].kind == VKV_TOUCH_ERASE ||
		    READ_ONCE(timing->of_keyspace[fp->touch[t].keyspace]) == i)
			timing->part[nr++] = fp->touch[t];
	return nr;
}

u64 vkv_timing_collect(struct vkv_timing *timing,
		       const struct vkv_footprint *fp, u64 now)
{
	struct vkv_footprint part = {
		.touch = timing->part,
		.background = true,
	};
	struct vkv_latency latency;
	u64 end = now;
	u32 i;

	for (i = 0; i < timing->nr; i++) {
		const struct instance *in = &timing->instance[i];

		part.nr = in->spec.ops->places ? take_part(timing, fp, i) : 0;
		if (part.nr)
			end = max(end,
				  timing_ask_model(in, &part, now, &latency));
	}
	return end;
}

void vkv_timing_usage(struct vkv_timing *timing, struct vkv_timing_usage *usage)
{
	u32 i;

	memset(usage, 0, sizeof(*usage));
	for (i = 0; i < timing->nr; i++) {
		const struct instance *in = &timing->instance[i];

		if (in->spec.ops->usage)
			in->spec.ops->usage(in->state, usage);
	}
}

/* Dies are numbered through all instances. */
u64 vkv_timing_die_busy(struct vkv_timing *timing, unsigned int i)
{
	u32 n;

	for (n = 0; n < timing->nr; n++) {
		const struct instance *in = &timing->instance[n];
		struct vkv_timing_usage usage = {};

		if (!in->spec.ops->usage)
			continue;
		in->spec.ops->usage(in->state, &usage);
		if (i < usage.nr_dies)
			return in->spec.ops->die_busy(in->state, i);
		i -= usage.nr_dies;
	}
	return 0;
}

static size_t put_values(const struct vkv_timing *timing, u32 i, char *buf,
			 size_t len)
{
	const struct vkv_timing_spec *spec = &timing->instance[i].spec;
	size_t n;
	u32 k;

	n = scnprintf(buf, len, "timing#%u model=%s", i, spec->ops->name);
	for (k = 0; k < spec->ops->nr_keys; k++)
		n += scnprintf(buf + n, len - n, " %s=%llu",
			       spec->ops->keys[k].name, spec->value[k]);
	return n + scnprintf(buf + n, len - n, "\n");
}

void vkv_timing_own(struct vkv_timing *timing, u8 keyspace, unsigned int ns)
{
	VKV_ASSERT(keyspace < VKV_NR_KEYSPACES && ns < timing->nr_ns);
	WRITE_ONCE(timing->of_keyspace[keyspace], timing->of_ns[ns]);
}

size_t vkv_timing_info(const struct vkv_timing *timing, u32 namespaces, char *buf,
		       size_t len)
{
	size_t n = 0;
	u32 i;

	for (i = 0; i < timing->nr_ns; i++)
		if (namespaces & BIT(i))
			n += scnprintf(buf + n, len - n, "timing_%u %s #%u\n", i + 1,
			       timing->instance[timing->of_ns[i]].name,
			       timing->of_ns[i]);
	for (i = 0; i < timing->nr; i++)
		n += put_values(timing, i, buf + n, len - n);
	return n;
}
