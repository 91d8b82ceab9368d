#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The driver goes and comes back; the values stay.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
v bulk-store n=200 size=3000 prefix=bnd
s bulk-store n=200 size=3000 prefix=bnd
slot=$(basename "$PCI")
gone() { ! controller >/dev/null; }
for _ in 1 2 3; do
	echo "$slot" >/sys/bus/pci/drivers/nvme/unbind
	wait_for 30 gone || fail "the controller stays"
	echo "$slot" >/sys/bus/pci/drivers/nvme/bind
	wait_for 60 device_there || fail "no namespaces after bind"
	v bulk-verify n=200 size=3000 prefix=bnd
	s bulk-verify n=200 size=3000 prefix=bnd
done
# with I/O running
expect_log 'I/O error, dev nvme' 'Buffer I/O error' 'lost async page write'
(dd if=/dev/zero of="$BLK" bs=64k count=100000 oflag=direct 2>/dev/null || true) &
writer=$!
("$KVTOOL" "$BLK" bulk-verify n=200 size=3000 prefix=bnd loops=1000 || true) >/dev/null 2>&1 &
reader=$!
sleep 1
echo "$slot" >/sys/bus/pci/drivers/nvme/unbind
wait "$writer" "$reader" || true
echo "$slot" >/sys/bus/pci/drivers/nvme/bind
wait_for 60 device_there || fail "no namespaces after bind"
v bulk-verify n=200 size=3000 prefix=bnd
# the function removed by hand, found again by a rescan
for _ in 1 2; do
	echo 1 >"$PCI/remove"
	wait_for 30 gone || fail "the controller stays"
	echo 1 >/sys/bus/pci/rescan
	wait_for 60 device_there || fail "no namespaces after a rescan"
	v bulk-verify n=200 size=3000 prefix=bnd
done
# no driver at all: this is said once, and the device is there when the driver comes
unload
modprobe -r nvme
expect_log 'no driver has taken the device within 10 seconds'
no_driver_said() { dmesg | grep -q "no driver has taken the device.*modprobe nvme"; }
insert "${DEFAULT[@]}"
wait_for 20 no_driver_said || fail "nobody says that there is no driver"
modprobe nvme
wait_for 60 device_there || fail "no device when the driver came late"
# the function removed, and then the module
echo 1 >"$PCI/remove"
wait_for 30 gone || fail "the controller stays"
load "${DEFAULT[@]}"
