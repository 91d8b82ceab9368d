#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Without bus mastering the device leaves host memory alone: it fetches nothing and
# completes nothing. With bus mastering it goes on.
# boot: reserved
source "$(dirname "$0")/lib.sh"

# command VALUE : the low byte of the command register; 2 memory, 4 bus master
command_register() {
	printf '%b' "\\x0$1" | dd of="$PCI/config" bs=1 seek=4 conv=notrunc status=none
}

device
v store master value
same "command register" "$(($(dd if="$PCI/config" bs=1 skip=4 count=1 status=none | od -An -tu1) & 6))" 6
command_register 2
v get master 5 data=value >"$TMP/out" &
command=$!
sleep 2
kill -0 $command || fail "answered without bus mastering: $(cat "$TMP/out")"
command_register 6
wait $command || fail "not answered with bus mastering: $(cat "$TMP/out")"

# The driver turns bus mastering off when it lets go of the device, and on again later.
echo "${PCI##*/}" >/sys/bus/pci/drivers/nvme/unbind
same "bus mastering without a driver" "$(($(dd if="$PCI/config" bs=1 skip=4 count=1 status=none | od -An -tu1) & 4))" 0
echo "${PCI##*/}" >/sys/bus/pci/drivers/nvme/bind
wait_for 60 device_there || fail "no namespaces after bind"
v get master 5 data=value >/dev/null
