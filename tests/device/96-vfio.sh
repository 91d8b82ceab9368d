#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vfio-pci cannot have the function, which has no IOMMU group (docs/limits.md). It says
# so, and the nvme driver takes the device back.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

modprobe vfio-pci 2>/dev/null || skip "needs vfio-pci"
device
v store survivor yes
slot=$(basename "$PCI")
echo "$slot" >/sys/bus/pci/drivers/nvme/unbind
echo vfio-pci >"$PCI/driver_override"
[[ ! -e $PCI/iommu_group ]] || fail "the function has an IOMMU group"
expect_log 'vfio-pci.*(failed|error)'
if echo "$slot" >/sys/bus/pci/drivers/vfio-pci/bind; then fail "vfio-pci took the function"; fi
echo >"$PCI/driver_override"
echo "$slot" >/sys/bus/pci/drivers/nvme/bind
wait_for 60 device_there || fail "the nvme driver does not take the device back"
v get survivor 3 data=yes
