#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random and mutated commands of every opcode, from several threads, over the
# ioctls and io_uring. Values stored before are there afterwards, and the device goes
# on. FUZZ_SECONDS and FUZZ_SEED come from the environment. The test has a guest of its
# own, which checks its slabs, so that damage to the host's memory is found here.
# boot: fuzz
source "$(dirname "$0")/lib.sh"

FUZZ_SECONDS=${FUZZ_SECONDS:-0}
((FUZZ_SECONDS)) || skip "runs with FUZZ_SECONDS=N"
KNOWN=(n=200 size=5000 prefix=Known)

fuzz() {
	"$FUZZ" "$CTRL" threads=4 "${options[@]}" "$@" || fail "fuzz $*"
}

check_known() {
	v bulk-verify "${KNOWN[@]}"
	s bulk-verify "${KNOWN[@]}"
	dd if="$BLK" of="$TMP/back" bs=1M skip="$half" count=4 iflag=direct status=none
	cmp "$TMP/blocks" "$TMP/back" || fail "the blocks are not what they were"
}

# Succeeds if the device takes commands; a Sanitize may have to end first.
serves() {
	"$KVTOOL" "$NG" store served yes >/dev/null && "$KVTOOL" "$NG" get served 3 data=yes >/dev/null &&
		"$KVTOOL" "$BLK" store served yes >/dev/null
}

options=(${FUZZ_SEED:+"seed=$FUZZ_SEED"})
# Linux 6.1 loses requests that it refuses for their metadata.
if [[ $SERIES != 6.1 ]]; then options+=(metadata=1); fi
# KASAN would take a read that a lie provokes for an error of the kernel.
if [[ $KERNEL == *-* ]]; then options+=(lies=0); fi
device
wipe
head -c 4M /dev/urandom >"$TMP/blocks"
v bulk-store "${KNOWN[@]}"
s bulk-store "${KNOWN[@]}"
# the fuzzer leaves the upper half of the blocks alone
half=$((($(blockdev --getsize64 "$BLK") / 2 >> 20) + 1))
dd if="$TMP/blocks" of="$BLK" bs=1M seek="$half" oflag=direct status=none

# the kernel refuses a command for the other node's namespace
expect_log 'in cmd does not match nsid'
fuzz seconds="$FUZZ_SECONDS"
check_known
# after a reset, features are as the driver found them
reset_device
check_known
wipe
v torture 500 1 "$NG"

# with commands that destroy the known values
fuzz seconds=$((FUZZ_SECONDS / 3 + 1)) destroy=1
wait_for 60 serves || fail "the device does not serve any more"
load "${DEFAULT[@]}"
v torture 500 2 "$NG"
