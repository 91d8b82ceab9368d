#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The driver goes and comes back, and so does the function; the values stay.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
v bulk-store n=200 size=3000 prefix=bnd
s bulk-store n=200 size=3000 prefix=bnd
slot=$(basename "$PCI")
gone() { ! controller >/dev/null; }
for _ in 1 2; do
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
rescan() {
	echo 1 >/sys/bus/pci/rescan
	wait_for 60 device_there || fail "no namespaces after a rescan"
	v bulk-verify n=200 size=3000 prefix=bnd
}
remove() {
	echo 1 >"$PCI/remove"
	wait_for 30 gone || fail "the controller stays"
	[[ ! -e $PCI ]] || fail "the function stays"
	# The module's own files stay, with the name of the function.
	cat "/sys/kernel/debug/vkvssd/$slot/"{info,space} >/dev/null || fail "debugfs without a function"
}
remove
rescan
# with I/O running
for _ in 1 2; do
	(dd if=/dev/zero of="$BLK" bs=64k count=100000 oflag=direct 2>/dev/null || true) &
	writer=$!
	sleep 1
	remove
	wait "$writer" || true
	rescan
done
# While there is no function, nobody misses its driver. When it is found, somebody does.
remove
modprobe -r nvme
echo 1 >/sys/bus/pci/rescan
function_back() { [[ -d $PCI ]]; }
wait_for 30 function_back || fail "the function does not come back"
missed() { dmesg | grep -c "$slot: no driver has taken the device" || true; }
expect_log 'no driver has taken the device within 10 seconds'
before=$(missed)
echo 1 >"$PCI/remove"
sleep 12
same "lines about a function that is not there" "$(missed)" "$before"
echo 1 >/sys/bus/pci/rescan
missed_now() { (($(missed) == before + 1)); }
wait_for 20 missed_now || fail "nobody says that there is no driver after a rescan"
modprobe nvme
wait_for 60 device_there || fail "no device when the driver came after a rescan"
v bulk-verify n=200 size=3000 prefix=bnd
# a device that is not confined asks for its function
load "${DEFAULT[@]}" dma=open
v bulk-store n=200 size=3000 prefix=bnd
remove
rescan
# no driver at all: this is said once, and the device is there when the driver comes
unload
modprobe -r nvme
before=$(missed)
insert "${DEFAULT[@]}"
wait_for 20 missed_now || fail "nobody says that there is no driver"
dmesg | grep "no driver has taken the device" | tail -n 1 | grep -q 'run: modprobe nvme' || fail "no remedy"
modprobe nvme
wait_for 60 device_there || fail "no device when the driver came late"
# the function removed, and then the module
remove
load "${DEFAULT[@]}"
