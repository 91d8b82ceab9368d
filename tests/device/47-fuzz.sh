#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random and mutated commands of every opcode, from several threads, over the
# ioctls and io_uring. What was stored before is there afterwards, and the device
# goes on. FUZZ_SECONDS and FUZZ_SEED come from the environment. It has a guest of
# its own, which checks its slabs: should any of this damage the host's memory, it
# is found here.
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
	dd if="$BLK" of="$TMP/back" bs=1M skip="$half" count=32 iflag=direct status=none
	cmp "$TMP/blocks" "$TMP/back" || fail "the blocks are not what they were"
}

# Whether it takes commands, after what a Sanitize may have begun.
serves() {
	"$KVTOOL" "$NG" store served yes >/dev/null && "$KVTOOL" "$NG" get served 3 data=yes >/dev/null &&
		"$KVTOOL" "$BLK" store served yes >/dev/null
}

options=(${FUZZ_SEED:+"seed=$FUZZ_SEED"})
# 6.1 loses the requests that it refuses for their metadata.
if [[ $SERIES != 6.1 ]]; then options+=(metadata=1); fi
# KASAN would take what the device is lured to read for an error of the kernel.
if [[ $KERNEL == *-* ]]; then options+=(lies=0); fi
device
wipe
head -c 32M /dev/urandom >"$TMP/blocks"
v bulk-store "${KNOWN[@]}"
s bulk-store "${KNOWN[@]}"
# the upper half of the blocks is not the fuzzer's
half=$((($(blockdev --getsize64 "$BLK") / 2 >> 20) + 1))
dd if="$TMP/blocks" of="$BLK" bs=1M seek="$half" oflag=direct status=none

# a command for the other node's namespace is the kernel's to refuse
expect_log 'in cmd does not match nsid'
fuzz seconds="$FUZZ_SECONDS"
check_known
# features are what they were when the driver found them
reset_device
check_known
wipe
v torture 500 1 "$NG"

# with what would have destroyed the known values
fuzz seconds=$((FUZZ_SECONDS / 3 + 1)) destroy=1
wait_for 60 serves || fail "the device does not serve any more"
load "${DEFAULT[@]}"
v torture 500 2 "$NG"
