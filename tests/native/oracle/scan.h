/* SPDX-License-Identifier: GPL-2.0 */
/* What the oracle expects of iterators and of List: which keys, in which order. */
#ifndef ORACLE_SCAN_H
#define ORACLE_SCAN_H

#include "native/oracle/model.h"

/* Opening and closing iterators, and what they are afterwards. */
void oracle_open(const struct oracle *o, const struct oracle_iterator *it,
		 struct oracle_answer *a);
/* False: a handle that nobody may be given. */
bool oracle_opened(struct oracle *o, u32 handle, const struct oracle_iterator *it);
void oracle_close(const struct oracle *o, u32 handle, struct oracle_answer *a);
void oracle_closed(struct oracle *o, u32 handle);
void oracle_close_all(struct oracle *o);
/* A delete iterator has ended. */
void oracle_swept(struct oracle *o, u32 handle);

/* What a read with @len bytes of buffer may be answered. */
void oracle_read(const struct oracle *o, u32 handle, u32 len,
		 struct oracle_answer *a);
/* A key that it returned; NULL, or what is wrong with that. */
const char *oracle_returned(struct oracle *o, u32 handle, struct oracle_key *k);
/* At its end: NULL, or what is wrong with that. */
const char *oracle_ended(const struct oracle *o, u32 handle);

/**
 * struct oracle_list - what a List has returned
 * @nr: keys
 * @bytes: of the buffer
 * @key: the keys
 */
struct oracle_list {
	u32 nr;
	u32 bytes;
	struct oracle_key *key[ORACLE_KEYS];
};

/*
 * Reads @list out of @buf, @len bytes, after a List from @from (NULL: from the
 * beginning). NULL, or what is wrong with it.
 */
const char *oracle_listed(struct oracle *o, const struct oracle_key *from,
			  const u8 *buf, u32 len, struct oracle_list *list);

/* Keys of the standard dialect that are stored. */
u32 oracle_stored_keys(const struct oracle *o);

#endif
