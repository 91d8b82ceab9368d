#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vfio-pci cannot have the function, which has no IOMMU group (docs/limits.md). It says
# so, and the nvme driver takes the device back.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

modprobe vfio-pci 2>/dev/null || skip "needs vfio-pci"
device
v store survivor yes
[[ ! -e $PCI/iommu_group ]] || fail "the function has an IOMMU group"
expect_log 'vfio-pci.*(failed|error)'

bind_vfio() {
	local status=0
	echo vfio-pci >"$PCI/driver_override"
	if ! echo "${PCI##*/}" >/sys/bus/pci/drivers/vfio-pci/bind; then status=1; fi
	echo >"$PCI/driver_override"
	return $status
}

without_driver bind_vfio
((status != 0)) || fail "vfio-pci took the function"
v get survivor 3 data=yes
