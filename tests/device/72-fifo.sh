#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Real-time threads (fifo=): other tasks on their CPUs still get some time, though the
# kernel does not stop real-time tasks that take all of it.
# boot: reserved
source "$(dirname "$0")/lib.sh"

# policy THREAD CLASS PRIORITY
policy() {
	same "class and priority of $1" "$(ps -o cls=,rtprio= -p "$(pgrep -x "$1")" | tr -s ' ' | sed 's/^ //')" "$2 $3"
}

# Does other work on CPUs 1 and 2. It takes a part of a second of a CPU, and many times
# that beside real-time threads.
others_work() {
	local cpu jobs=()
	for cpu in 1 2; do
		taskset -c $cpu timeout 3000 bash -c 'for ((i = 0; i < 4000; i++)); do :; done' &
		jobs+=($!)
	done
	wait "${jobs[@]}" || fail "others got nowhere beside real-time threads, $*"
}

[[ -e /sys/devices/system/cpu/cpu2 ]] || skip "needs three CPUs"
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
trap 'echo 950000 >/proc/sys/kernel/sched_rt_runtime_us; rm -rf "$TMP"' EXIT
for poll in adaptive busy; do
	load "${DEFAULT[@]}" cpus=1,2 fifo=50 poll=$poll
	policy vkv_dispatcher FF 50
	policy vkv_worker/0 FF 50
	policy vkv_collector TS -
	others_work "poll=$poll, idle"
	v bulk-store n=500 size=3000 prefix=rt &
	client=$!
	others_work "poll=$poll, with commands"
	wait $client
	v bulk-verify n=200 size=3000 prefix=rt
	v bulk-delete n=500 prefix=rt opt=1
done
# The dispatcher and its worker on one CPU take turns, and rest together.
load "${DEFAULT[@]}" cpus=1 fifo=99 poll=busy
v bulk-store n=200 size=3000 prefix=rt
others_work "on the same CPU"
v bulk-delete n=200 prefix=rt opt=1
unload
