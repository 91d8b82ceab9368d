#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Several dispatchers: each fetches from queues of its own, on a CPU of its own,
# and resets, deletions of queues and admin commands go on beside all of them.
# boot: parallel
source "$(dirname "$0")/lib.sh"
requires fio

T=/sys/kernel/tracing
I=$T/instances/dispatchers
trap 'rmdir $I 2>/dev/null || true; rm -rf "$TMP"' EXIT

[[ -e /sys/devices/system/cpu/cpu3 ]] || skip "needs four CPUs"

# runs_on THREAD CPU
runs_on() {
	same "CPUs of $1" "$(taskset -pc "$(pgrep -x "$1")" | sed 's/.*: //')" "$2"
}

# Lines "THREAD qid=N" of the commands that every CPU's queue has got.
fetches() {
	local cpu
	mkdir $I
	echo 1 >$I/events/vkvssd/vkv_fetch/enable
	for cpu in 0 1 2 3; do
		taskset -c $cpu "$KVTOOL" "$BLK" exist nothere want=0x310 >/dev/null || fail "a command from CPU $cpu"
	done
	echo 0 >$I/events/enable
	sed -nE 's/^ *(vkv_[a-z]+(\/[0-9]+)?)-.*vkv_fetch: (qid=[1-9][0-9]*) .*/\1 \3/p' $I/trace
	rmdir $I
}

load "${DEFAULT[@]}" dispatchers=2 cpus=1,2,3
runs_on vkv_dispatcher 1
runs_on vkv_dispatch/1 2
runs_on vkv_worker/0 3

if tracing; then
	fetches >"$TMP/fetches"
	cat "$TMP/fetches"
	same "queues that had commands" "$(sort -u "$TMP/fetches" | wc -l)" 4
	awk '{ split($2, q, "="); if ($1 != (q[2] % 2 ? "vkv_dispatcher" : "vkv_dispatch/1")) exit 1 }' "$TMP/fetches" ||
		fail "a queue was looked at by the other dispatcher"
fi

# Every queue has commands while controllers are reset and queues come and go.
v bulk-store n=300 size=1500 prefix=dsp
reset_under_load 4 dsp nvme reset "/dev/$CTRL"
v bulk-verify n=300 size=1500 prefix=dsp
begin_busy
nvme format "$BLK" --force >/dev/null 2>&1 || fail "a format beside commands"
touch "$TMP/stop"
wait "${BUSY_JOBS[@]}" || true	# keys of a namespace that is formatted are lost
! "$KVTOOL" "$BLK" bulk-verify n=300 size=1500 prefix=dsp || fail "a format left keys"
wipe
unload

# With a timing model, dispatchers carry out no command. Then without CPUs for workers.
load "${DEFAULT[@]}" dispatchers=3 cpus=1,2,3 timing=simple
v bulk-store n=100 size=1500 prefix=tim
v bulk-verify n=100 size=1500 prefix=tim
v bulk-delete n=100 prefix=tim
unload
