/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Can a record be believed? The reserved memory may have been damaged.
 *
 * There are some questions, each with a stronger answer than the one before.
 * vkv_record_fits() asks whether the fields of a header are in their ranges and
 * the record ends in the room that there is. vkv_location_readable() asks the
 * same of a location, whose room is the rest of its segment: then it is safe to
 * read the key. vkv_location_intact() also asks the checksum: then the header,
 * the key and a head are what the commit wrote. The state of a record is part
 * of none of these: it tells the collector what to look at, and nothing else.
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
 * @loc: not 0; may lie outside of the memory
 *
 * Return: true when the fields of its header are in range, and it ends in the
 * segment in which it begins. The key may still be a damaged one.
 */
bool vkv_location_readable(const struct vkv_ftl *ftl, u64 loc);

/**
 * vkv_location_intact() - is the record there what was committed?
 * @ftl: the core
 * @loc: not 0; may lie outside of the memory
 * @hash: hash of its key
 *
 * Return: true when it is readable and its checksum agrees.
 */
bool vkv_location_intact(const struct vkv_ftl *ftl, u64 loc, u64 hash);

/**
 * vkv_location_sound() - is there a record that was committed, of any key?
 * @ftl: the core
 * @loc: not 0; may lie outside of the memory
 *
 * It hashes the record's key, so it takes longer than vkv_location_intact().
 * Return: true when the record is readable, and its checksum agrees.
 */
bool vkv_location_sound(const struct vkv_ftl *ftl, u64 loc);

#endif
