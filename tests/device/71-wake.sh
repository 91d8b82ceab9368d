#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The first command after a pause does not wait for a sleeping dispatcher: the
# nvme driver's tracepoint announces it. The test measures the time between the
# driver's tracepoint and the fetch. It does so once more with the function that a
# rescan finds after a removal.
# boot: reserved
source "$(dirname "$0")/lib.sh"

T=/sys/kernel/tracing
tracing || skip "needs a kernel with tracing"
modprobe nvme
[[ -d $T/events/nvme/nvme_setup_cmd ]] || skip "needs the tracepoints of the nvme driver"

I=$T/instances/wake
trap 'rmdir $I 2>/dev/null || true; rm -rf "$TMP"' EXIT

# Prints the us between the last command that the driver set up and its fetch.
wait_of_last() {
	awk '
	match($0, /[0-9]+\.[0-9]+: /) { now = substr($0, RSTART, RLENGTH - 2) }
	/nvme_setup_cmd: .*qid=[1-9]/ { setup = now }
	/vkv_fetch: qid=[1-9]/ && setup { wait = int((now - setup) * 1000000); setup = 0 }
	END { print wait }' $I/trace
}

# Prints the median of commands that come after a pause of SECONDS.
after_pause() {
	for _ in {1..9}; do
		sleep "$1"
		echo >$I/trace
		v get wake 1 data=x >/dev/null
		wait_of_last
	done | sort -n | sed -n 5p
}

# A sleep becomes a sixteenth of the pause, 100 ms. A dispatcher that is not woken
# takes half of that more, in the median.
load "${DEFAULT[@]}" poll_idle_us=100000
mkdir $I
echo mono >$I/trace_clock
echo 1 >$I/events/nvme/nvme_setup_cmd/enable
echo 1 >$I/events/vkvssd/vkv_fetch/enable
# A busy host delays any command, so it gets more tries.
is_woken() {
	local short long
	for _ in {1..5}; do
		short=$(after_pause 0.01)
		long=$(after_pause 1.6)
		[[ -n $short && -n $long ]] || fail "commands were not seen"
		echo "$1: median time from driver to device after 10 ms: $short us, after 1,600 ms: $long us"
		if ((long < short + 25000)); then break; fi
	done
	below "us for a command after a long pause, each of five times ($1)" "$long" $((short + 25000))
}

v store wake x
is_woken "after loading"
echo 1 >"$PCI/remove"
function_gone() { [[ ! -e $PCI ]]; }
wait_for 30 function_gone || fail "the function stays"
echo 1 >/sys/bus/pci/rescan
wait_for 60 device_there || fail "no namespaces after a rescan"
is_woken "after a rescan"
echo 0 >$I/events/enable
rmdir $I
unload
