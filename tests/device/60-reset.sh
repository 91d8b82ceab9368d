#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Resets, idle and under load: stored values stay, and running jobs go on.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme fio

device
wipe
v bulk-store n=300 size=1500 prefix=rst
s bulk-store n=300 size=1500 prefix=rst
for _ in {1..3}; do
	reset_device
done
v bulk-verify n=300 size=1500 prefix=rst
s bulk-verify n=300 size=1500 prefix=rst

reset_under_load 5 rst nvme reset "/dev/$CTRL"
v bulk-verify n=300 size=1500 prefix=rst
s bulk-verify n=300 size=1500 prefix=rst
wipe
