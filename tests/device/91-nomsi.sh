#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On a kernel without MSI the module says why it cannot be loaded, and load.sh
# prints it.
# boot: nomsi
source "$(dirname "$0")/lib.sh"

modprobe nvme
expect_log 'this kernel has no MSI'
if said=$(insert "${DEFAULT[@]}" 2>&1); then fail "loaded without MSI"; fi
[[ $said == *'Operation not supported'* ]] || fail "insmod says '$said'"
dmesg | grep 'vkvssd: this kernel has no MSI.*pci=nomsi' || fail "no line that names pci=nomsi"
! pci_function || fail "a PCI function stayed"
echo 'vkvssd: a line of before' >/dev/kmsg
# shellcheck disable=SC2016 # no expansion wanted
printf '%s\n' 'the last line before, with memmap=1G\\\$4G' >/dev/kmsg
if said=$(VKVSSD_KO=$MODULE "$TOP/scripts/load.sh" "${DEFAULT[@]}" 2>&1); then fail "load.sh: loaded"; fi
echo "$said"
[[ $said == *'this kernel has no MSI'* ]] || fail "load.sh does not say why"
[[ $said != *'a line of before'* ]] || fail "load.sh shows lines of before"
