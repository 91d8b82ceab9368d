/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KVTOOL_TORTURE_H
#define KVTOOL_TORTURE_H

#include "device/kvtool/command.h"

/**
 * do_torture - random commands on one or more nodes, beside an oracle
 * @n: the first node
 * @argv: commands in all, a seed, and other nodes
 *
 * Return: 0. An answer that differs from the oracle's ends the program.
 */
int do_torture(const struct node *n, char **argv);

#endif
