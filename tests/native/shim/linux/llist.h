/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_LLIST_H
#define SHIM_LINUX_LLIST_H

#include <linux/types.h>
#include <linux/container_of.h>

struct llist_head {
	struct llist_node *first;
};

struct llist_node {
	struct llist_node *next;
};

#define LLIST_HEAD_INIT(name) { NULL }
#define LLIST_HEAD(name) struct llist_head name = LLIST_HEAD_INIT(name)
#define llist_entry(ptr, type, member) container_of(ptr, type, member)

static inline void init_llist_head(struct llist_head *head)
{
	head->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return !__atomic_load_n(&head->first, __ATOMIC_RELAXED);
}

static inline bool llist_add_batch(struct llist_node *new_first,
				   struct llist_node *new_last,
				   struct llist_head *head)
{
	struct llist_node *first = __atomic_load_n(&head->first,
						   __ATOMIC_RELAXED);

	do {
		new_last->next = first;
	} while (!__atomic_compare_exchange_n(&head->first, &first, new_first,
					      true, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	return !first;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return __atomic_exchange_n(&head->first, NULL, __ATOMIC_ACQUIRE);
}

static inline struct llist_node *llist_reverse_order(struct llist_node *node)
{
	struct llist_node *out = NULL;

	while (node) {
		struct llist_node *next = node->next;

		node->next = out;
		out = node;
		node = next;
	}
	return out;
}

#define llist_for_each(pos, node) \
	for ((pos) = (node); (pos); (pos) = (pos)->next)
#define __shim_llist_entry(ptr, type, member) __extension__({	\
	struct llist_node *__p = (ptr);				\
	__p ? llist_entry(__p, type, member) : (type *)NULL; })
#define llist_for_each_entry(pos, node, member)				\
	for ((pos) = __shim_llist_entry(node, __typeof__(*(pos)), member); \
	     (pos);							\
	     (pos) = __shim_llist_entry((pos)->member.next,		\
					__typeof__(*(pos)), member))
#define llist_for_each_entry_safe(pos, n, node, member)			\
	for ((pos) = __shim_llist_entry(node, __typeof__(*(pos)), member); \
	     (pos) && ((n) = __shim_llist_entry((pos)->member.next,	\
				__typeof__(*(pos)), member), true);	\
	     (pos) = (n))

#endif
