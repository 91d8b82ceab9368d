/* SPDX-License-Identifier: GPL-2.0 */
/* The oracle of iterators and of List: it knows which keys they may return. */
#ifndef ORACLE_SCAN_H
#define ORACLE_SCAN_H

#include "native/oracle/model.h"

/*
 * oracle_open() and oracle_close() add the statuses that may be answered. The
 * others note a success.
 */
void oracle_open(const struct oracle *o, const struct oracle_iterator *it,
		 struct oracle_answer *a);
/* Returns false when the device must not give this handle. */
bool oracle_opened(struct oracle *o, u32 handle, const struct oracle_iterator *it);
void oracle_close(const struct oracle *o, u32 handle, struct oracle_answer *a);
void oracle_closed(struct oracle *o, u32 handle);
void oracle_close_all(struct oracle *o);
/* A delete iterator has ended. */
void oracle_swept(struct oracle *o, u32 handle);

/* Adds the statuses that a read with a buffer of @len bytes may have. */
void oracle_read(const struct oracle *o, u32 handle, u32 len,
		 struct oracle_answer *a);
/* The iterator returned a key. Returns NULL, or what is wrong with that. */
const char *oracle_returned(struct oracle *o, u32 handle, struct oracle_key *k);
/* The iterator is at its end. Returns NULL, or what is wrong with that. */
const char *oracle_ended(const struct oracle *o, u32 handle);

/**
 * struct oracle_list - the keys that a List has returned
 * @nr: how many keys
 * @bytes: how many bytes of the buffer they take
 * @key: the keys
 */
struct oracle_list {
	u32 nr;
	u32 bytes;
	struct oracle_key *key[ORACLE_KEYS];
};

/*
 * Reads @list out of @buf, which has @len bytes. The List was one from the key
 * @from on, or from the beginning (NULL). Returns NULL, or what is wrong with
 * the list.
 */
const char *oracle_listed(struct oracle *o, const struct oracle_key *from,
			  const u8 *buf, u32 len, struct oracle_list *list);

/* Counts the keys of the standard dialect that are stored. */
u32 oracle_stored_keys(const struct oracle *o);

#endif
