// SPDX-License-Identifier: GPL-2.0
/*
 * The namespaces of a device, as its user sees and changes them.
 *
 * While the device is down, its setting "namespaces" says which there will be, and a
 * change changes that setting. While it is up, the device knows which there are, since
 * its host can change them, too. Then a change is made in the device first, and in the
 * setting if it was made. So the device comes up again with what its user wanted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/namespaces.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "shell/device.h"
#include "shell/params.h"
#include "shell/settings.h"
#include "shell/shell.h"
#include "vkv.h"
#include "vkv_assert.h"

/* The longest text of the setting: a word, a size and a comma for each. */
#define SETTING_SIZE (VKV_NR_NAMESPACES * 32u)

/* ---- the setting ---- */

static struct vkv_params *get_plan(struct vkv_device *d)
{
	struct vkv_params *p = kzalloc(sizeof(*p), GFP_KERNEL);

	lockdep_assert_held(&d->lock);
	if (p && vkv_params_namespaces(p, &d->settings)) {
		kfree(p);
		return NULL;
	}
	return p;
}

static unsigned int nr_planned(const struct vkv_params *plan)
{
	unsigned int nr = VKV_NR_NAMESPACES;

	while (nr > 1 && plan->ns[nr - 1].kind == VKV_NS_NONE)
		nr--;
	return nr;
}

static void print_plan(const struct vkv_params *plan, char *buf)
{
	unsigned int i, nr = nr_planned(plan);
	size_t n = 0;

	for (i = 0; i < nr; i++) {
		const struct vkv_ns_config *ns = &plan->ns[i];

		n += scnprintf(buf + n, SETTING_SIZE - n, "%s%s", i ? "," : "",
			       vkv_ns_kind_name(ns->kind));
		if (ns->kind != VKV_NS_NONE && ns->cap)
			n += scnprintf(buf + n, SETTING_SIZE - n, ":%llu",
				       ns->cap);
	}
}

static int put_plan(struct vkv_device *d, const struct vkv_params *plan)
{
	char *text = kzalloc(SETTING_SIZE, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	print_plan(plan, text);
	err = vkv_settings_set(&d->settings, VKV_SETTING_namespaces, text);
	kfree(text);
	return err;
}

/* ---- what there is ---- */

static void planned_state(struct vkv_device *d, u32 nsid, struct vkv_ns_state *s)
{
	struct vkv_params *plan = get_plan(d);

	memset(s, 0, sizeof(*s));
	s->kind = plan ? plan->ns[nsid - 1].kind : VKV_NS_NONE;
	s->size = plan ? plan->ns[nsid - 1].cap : 0;
	s->attached = s->kind != VKV_NS_NONE;
	kfree(plan);
}

static void ns_state(struct vkv_device *d, u32 nsid, struct vkv_ns_state *s)
{
	lockdep_assert_held(&d->lock);
	if (d->shell)
		vkv_shell_ns(d->shell, nsid, s);
	else
		planned_state(d, nsid, s);
	if (s->kind == VKV_NS_NONE)
		s->size = d->next_cap[nsid - 1];
}

static size_t put_state(const struct vkv_ns_state *s, enum vkv_ns_file file,
			char *buf, size_t size)
{
	switch (file) {
	case VKV_NS_FILE_KIND:
		return scnprintf(buf, size, "%s", vkv_ns_kind_name(s->kind));
	case VKV_NS_FILE_SIZE:
		return scnprintf(buf, size, "%llu", s->size);
	case VKV_NS_FILE_ATTACHED:
		return scnprintf(buf, size, "%d", s->attached);
	case VKV_NS_FILE_USED:
		return scnprintf(buf, size, "%llu", s->used);
	case VKV_NS_FILE_NGUID:
		return scnprintf(buf, size, "%16phN", s->nguid);
	default:
		return 0;
	}
}

size_t vkv_device_show_ns(struct vkv_device *d, u32 nsid, enum vkv_ns_file file,
			  char *buf, size_t size)
{
	struct vkv_ns_state s;

	mutex_lock(&d->lock);
	ns_state(d, nsid, &s);
	mutex_unlock(&d->lock);
	return put_state(&s, file, buf, size);
}

/* ---- changes ---- */

/**
 * struct wish - what the user wants
 * @d: of which device
 * @nsid: of which namespace
 * @text: as the user has written it
 * @state: what there is
 * @plan: the setting, parsed; it is written back when the wish has come true
 */
struct wish {
	struct vkv_device *d;
	u32 nsid;
	const char *text;
	struct vkv_ns_state state;
	struct vkv_params *plan;
};

#define say(w, file, fmt, ...)						\
	pr_err("%snamespaces/%u/" file "=%s " fmt "\n", (w)->d->label,	\
	       (w)->nsid, (w)->text, ##__VA_ARGS__)

static struct vkv_ns_config *planned(const struct wish *w)
{
	return &w->plan->ns[w->nsid - 1];
}

static int ask_device(const struct wish *w, enum vkv_change_kind kind,
	       enum vkv_ns_kind ns_kind, u64 cap)
{
	const struct vkv_change change = {
		.kind = kind,
		.nsid = w->nsid,
		.ns = { .kind = ns_kind, .cap = cap },
	};

	return w->d->shell ? vkv_shell_ask(w->d->shell, &change) : 0;
}

static const char *why_not(int err)
{
	switch (err) {
	case -ENOSPC:
		return "does not fit; give less, or delete something first";
	case -EAGAIN:
		return "has to wait for the collector; try again";
	case -EBUSY:
		return "cannot change while a sanitize operation or another change is under way; try again later";
	case -EINTR:
		return "is under way; a signal has ended the wait";
	case -ENODEV:
		return "has no namespace any more; the host has deleted it";
	default:
		return "failed";
	}
}

static int add(struct wish *w, enum vkv_ns_kind kind)
{
	u64 *cap = &w->d->next_cap[w->nsid - 1];
	int err = ask_device(w, VKV_CHANGE_NS_ADD, kind, *cap);

	if (!err)
		err = ask_device(w, VKV_CHANGE_NS_ATTACH, VKV_NS_NONE, 0);
	if (err)
		return err;
	planned(w)->kind = kind;
	planned(w)->cap = *cap;
	*cap = 0;
	return 0;
}

static int change_kind(struct wish *w)
{
	enum vkv_ns_kind kind;
	int err;

	if (vkv_ns_kind_parse(w->text, &kind)) {
		say(w, "kind", "is no kind; give block, kv or none");
		return -EINVAL;
	}
	if (kind == w->state.kind)
		return 0;
	if (kind != VKV_NS_NONE && w->state.kind != VKV_NS_NONE) {
		say(w, "kind", "would lose what the %s namespace holds; write none first",
		    vkv_ns_kind_name(w->state.kind));
		return -EBUSY;
	}
	if (kind != VKV_NS_NONE) {
		err = add(w, kind);
	} else {
		err = ask_device(w, VKV_CHANGE_NS_REMOVE, VKV_NS_NONE, 0);
		if (!err)
			*planned(w) = (struct vkv_ns_config){ .kind = VKV_NS_NONE };
	}
	if (err)
		say(w, "kind", "%s", why_not(err));
	return err;
}

static int change_size(struct wish *w)
{
	u64 cap = 0;
	int err = 0;

	if (strcmp(w->text, "0") && vkv_params_cap(w->plan, w->text, &cap)) {
		say(w, "size", "is no size; give one from 4K up to memmap_size, or 0 for all that the device has");
		return -EINVAL;
	}
	if (w->state.kind == VKV_NS_NONE) {
		w->d->next_cap[w->nsid - 1] = cap;
		return 0;
	}
	err = ask_device(w, VKV_CHANGE_NS_RESIZE, VKV_NS_NONE, cap);
	if (err) {
		say(w, "size", "%s", why_not(err));
		return err;
	}
	/* The host may have made one that the setting does not have. */
	if (planned(w)->kind != VKV_NS_NONE)
		planned(w)->cap = cap;
	return 0;
}

/* Files that change a namespace of a device that is up. */
static int need_namespace(const struct wish *w, const char *file)
{
	if (w->d->shell && w->state.kind != VKV_NS_NONE)
		return 0;
	pr_err("%snamespaces/%u/%s=%s needs a namespace of a device that is up; write %s first\n",
	       w->d->label, w->nsid, file, w->text,
	       w->d->shell ? "block or kv to kind" : "1 to power");
	return -ENODEV;
}

static int change_attached(struct wish *w)
{
	bool attached;
	int err;

	if (kstrtobool(w->text, &attached)) {
		say(w, "attached", "is neither 0 nor 1");
		return -EINVAL;
	}
	err = need_namespace(w, "attached");
	if (err || attached == w->state.attached)
		return err;
	err = ask_device(w, attached ? VKV_CHANGE_NS_ATTACH : VKV_CHANGE_NS_DETACH,
		  VKV_NS_NONE, 0);
	if (err && err != -EALREADY)
		say(w, "attached", "%s", why_not(err));
	return err == -EALREADY ? 0 : err;
}

static int format(struct wish *w)
{
	int err;

	if (strcmp(w->text, "1")) {
		say(w, "format", "is not 1; 1 deletes all that the namespace holds");
		return -EINVAL;
	}
	err = need_namespace(w, "format");
	if (err)
		return err;
	err = ask_device(w, VKV_CHANGE_NS_FORMAT, VKV_NS_NONE, 0);
	if (err)
		say(w, "format", "%s", why_not(err));
	return err;
}

static int change_file(struct wish *w, enum vkv_ns_file file)
{
	switch (file) {
	case VKV_NS_FILE_KIND:
		return change_kind(w);
	case VKV_NS_FILE_SIZE:
		return change_size(w);
	case VKV_NS_FILE_ATTACHED:
		return change_attached(w);
	case VKV_NS_FILE_FORMAT:
		return format(w);
	default:
		return -EINVAL;
	}
}

static int grant(struct wish *w, enum vkv_ns_file file)
{
	int err;

	w->plan = get_plan(w->d);
	if (!w->plan)
		return -ENOMEM;
	ns_state(w->d, w->nsid, &w->state);
	err = change_file(w, file);
	if (!err)
		err = put_plan(w->d, w->plan);
	kfree(w->plan);
	return err;
}

int vkv_device_change_ns(struct vkv_device *d, u32 nsid, enum vkv_ns_file file,
			 const char *text)
{
	struct wish w = { .d = d, .nsid = nsid, .text = text };
	int err;

	VKV_ASSERT(nsid && nsid <= VKV_NR_NAMESPACES);
	mutex_lock(&d->lock);
	err = grant(&w, file);
	mutex_unlock(&d->lock);
	return err;
}
