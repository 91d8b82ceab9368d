#!/bin/bash
# The first command after a pause does not wait for a sleeping dispatcher: the
# nvme driver's tracepoint announces it.
# boot: reserved
source "$(dirname "$0")/lib.sh"

# Prints the median time in ms of commands that come after a pause of SECONDS.
after_pause() {
	local begin
	for _ in {1..9}; do
		sleep "$1"
		begin=$(now_ms)
		v get wake 1 data=x >/dev/null
		echo $(($(now_ms) - begin))
	done | sort -n | sed -n 5p
}

# Sleeps become a sixteenth of the pause, 100 ms: who is not woken takes half of
# that more in the median.
load "${DEFAULT[@]}" poll_idle_us=100000
v store wake x
short=$(after_pause 0.01)
long=$(after_pause 1.6)
echo "median time of a command after 10 ms: $short ms, after 1,600 ms: $long ms"
below "ms for a command after a long pause" "$long" $((short + 25))
unload
