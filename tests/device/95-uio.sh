#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A driver in user space: uio_pci_generic holds the function, and the program maps BAR 0
# and writes physical addresses. SPDK does so where there is no IOMMU. It needs dma=open;
# a confined device refuses its queues.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

modprobe uio_pci_generic 2>/dev/null || skip "needs uio_pci_generic"
echo 0 >/proc/sys/vm/compact_unevictable_allowed

# Binds uio_pci_generic, runs some checks, and leaves the function without a driver.
drive() {
	local slot=${PCI##*/} status=0
	echo uio_pci_generic >"$PCI/driver_override"
	echo "$slot" >/sys/bus/pci/drivers/uio_pci_generic/bind
	[[ -e $PCI/uio/uio0 ]] || fail "uio_pci_generic does not take the function"
	"$RAWHOST" "$PCI" 'identify and PRPs' 'many queues' || status=$?
	echo "$slot" >/sys/bus/pci/drivers/uio_pci_generic/unbind
	echo >"$PCI/driver_override"
	return $status
}

load "${DEFAULT[@]}" dma=open
v store survivor yes
without_driver drive
same "status of rawhost" $status 0
v get survivor 3 data=yes
load "${DEFAULT[@]}"
v store survivor yes
expect_log 'ACQ points to where'
without_driver drive
same "status of rawhost, confined" $status 2
v get survivor 3 data=yes
modprobe -r uio_pci_generic
