#!/bin/bash
# Resets, idle and under load: what was stored stays, what runs goes on.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme fio

device
wipe
v bulk-store n=300 size=1500 prefix=rst
s bulk-store n=300 size=1500 prefix=rst
for _ in {1..5}; do
	reset_device
done
v bulk-verify n=300 size=1500 prefix=rst
s bulk-verify n=300 size=1500 prefix=rst

reset_under_load 8 rst
v bulk-verify n=300 size=1500 prefix=rst
s bulk-verify n=300 size=1500 prefix=rst
echo 1 >"$PCI/reset" 2>/dev/null || echo "no function level reset"
wait_for 60 device_there || fail "not live after a function level reset"
v bulk-verify n=300 size=1500 prefix=rst
wipe
