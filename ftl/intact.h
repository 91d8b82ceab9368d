/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Can a record be believed? The reserved memory may have been damaged.
 *
 * There are three questions, each with a stronger answer than the one before.
 * vkv_record_fits() asks whether the fields of a header are in their ranges and
 * the record ends in the room that there is. vkv_location_readable() asks the
 * same of a location, whose room is the rest of its segment: then it is safe to
 * read the key. vkv_location_intact() also asks the checksum: then the header,
 * the key and a head are what the commit wrote.
 */
#ifndef VKV_FTL_INTACT_H
#define VKV_FTL_INTACT_H

#include <linux/types.h>

struct vkv_ftl;
struct vkv_record;

/**
 * vkv_record_fits() - are the fields in range, and does the record fit?
 * @ftl: the core
 * @rec: what may be a record; need not be one
 * @room: bytes from @rec to where it has to end
 *
 * Return: true when the fields are in range and the record fits.
 */
bool vkv_record_fits(const struct vkv_ftl *ftl, const struct vkv_record *rec,
		     u64 room);

/**
 * vkv_location_readable() - can the key of the record there be read?
 * @ftl: the core
 * @loc: not 0
 *
 * Return: true when the fields of its header are in range, and it ends in the
 * segment in which it begins. The key may still be a damaged one.
 */
bool vkv_location_readable(const struct vkv_ftl *ftl, u64 loc);

/**
 * vkv_location_intact() - is the record there what was committed?
 * @ftl: the core
 * @loc: not 0; location of a record that is or was in an index
 * @hash: hash of its key
 *
 * Return: true when it is readable and its checksum agrees.
 */
bool vkv_location_intact(const struct vkv_ftl *ftl, u64 loc, u64 hash);

#endif
