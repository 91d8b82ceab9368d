#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Hibernation is refused while the device exists, with one line that says why. The test
# stops the kernel before it would write an image.
# boot: reserved
source "$(dirname "$0")/lib.sh"

POWER=/sys/power
[[ -e $POWER/pm_test && $(<$POWER/state) == *disk* ]] || skip "needs a kernel that hibernates, and CONFIG_PM_DEBUG"

clean_up() {
	echo none >$POWER/pm_test
	rm -rf "$TMP"
}

hibernate() {
	(echo disk >$POWER/state) 2>"$TMP/err"
}

refusals() {
	dmesg | grep -c 'hibernation is refused' || true
}

trap clean_up EXIT
expect_log 'hibernation is refused'
echo freezer >$POWER/pm_test
device
v store sleep pat:1:5000
before=$(refusals)
if hibernate; then fail "the machine hibernates"; fi
cat "$TMP/err"
grep -q 'resource busy' "$TMP/err" || fail "the error is not EBUSY"
same "lines about it" "$(refusals)" $((before + 1))
dmesg | grep 'hibernation is refused' | tail -n 1 | grep 'unload vkvssd first' || fail "the line names no remedy"
v get sleep 5000 data=pat:1:5000

# It is refused without a function, too.
slot=$PCI
echo 1 >"$slot/remove"
if hibernate; then fail "the machine hibernates without a function"; fi
same "lines about it" "$(refusals)" $((before + 2))
echo 1 >/sys/bus/pci/rescan
wait_for 60 device_there || fail "no namespaces after a rescan"

unload
hibernate || fail "the machine does not hibernate without the module: $(<"$TMP/err")"
same "lines about it" "$(refusals)" $((before + 2))
