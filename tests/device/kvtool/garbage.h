/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KVTOOL_GARBAGE_H
#define KVTOOL_GARBAGE_H

#include "device/kvtool/command.h"

/**
 * do_garbage - commands of random dwords, each of which has to get a status
 * @n: the node
 * @argv: how many, and a seed
 *
 * Return: 0, or 1 if the kernel refused all of them.
 */
int do_garbage(const struct node *n, char **argv);

#endif
