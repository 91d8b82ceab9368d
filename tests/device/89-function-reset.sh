#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Function level resets, idle and under load. This has to be the last test of its boot.
# In Linux 6.12, a task that resets a function leaves queues frozen, which the driver's
# own work thaws. lockdep reports that, and then switches itself off.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme fio

# Resets through the PCI core, which asks the driver before and after.
function_reset() {
	echo 1 >"$PCI/reset" || fail "no function level reset"
}

expect_log 'WARNING: lock held when returning to user space' '#[0-9]: .*q_usage_counter.*at: nvme_start_freeze'
device
echo flr >"$PCI/reset_method" || fail "no function level reset: $(<"$PCI/reset_method")"
wipe
v bulk-store n=300 size=1500 prefix=flr
s bulk-store n=300 size=1500 prefix=flr
for _ in 1 2 3; do
	function_reset
	wait_for 60 device_there || fail "not live after a function level reset"
	v exist flr-none want=0x310
done
reset_under_load 6 flr function_reset
v bulk-verify n=300 size=1500 prefix=flr
s bulk-verify n=300 size=1500 prefix=flr
wipe
