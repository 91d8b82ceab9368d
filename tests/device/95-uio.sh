#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A driver in user space: uio_pci_generic holds the function, and the program maps BAR 0
# and writes physical addresses. SPDK does so where there is no IOMMU. It needs dma=open;
# a confined device refuses its queues.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

modprobe uio_pci_generic 2>/dev/null || skip "needs uio_pci_generic"
echo 0 >/proc/sys/vm/compact_unevictable_allowed

# drive_by STATUS : binds uio_pci_generic, runs some checks, and gives the function back
drive_by() {
	local status=0 slot
	slot=$(basename "$PCI")
	echo "$slot" >/sys/bus/pci/drivers/nvme/unbind
	echo uio_pci_generic >"$PCI/driver_override"
	echo "$slot" >/sys/bus/pci/drivers/uio_pci_generic/bind
	[[ -e $PCI/uio/uio0 ]] || fail "uio_pci_generic does not take the function"
	"$RAWHOST" "$PCI" 'identify and PRPs' 'many queues' || status=$?
	echo "$slot" >/sys/bus/pci/drivers/uio_pci_generic/unbind
	echo >"$PCI/driver_override"
	echo "$slot" >/sys/bus/pci/drivers/nvme/bind
	wait_for 60 device_there || fail "the nvme driver does not find the device any more"
	[[ $status == "$1" ]] || fail "rawhost: status $status, expected $1"
}

load "${DEFAULT[@]}" dma=open
v store survivor yes
drive_by 0
v get survivor 3 data=yes
load "${DEFAULT[@]}"
v store survivor yes
expect_log 'ACQ points to where'
drive_by 2
v get survivor 3 data=yes
modprobe -r uio_pci_generic
