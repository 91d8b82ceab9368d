#!/bin/bash
# An idle device costs next to nothing, and no command leaves a line in the log.
# boot: reserved
source "$(dirname "$0")/lib.sh"

# Ticks of CPU time that the module's kernel threads have used, all together.
thread_ticks() {
	local stat sum=0
	for stat in /proc/[0-9]*/stat; do
		if grep -q '(vkv' "$stat" 2>/dev/null; then
			sum=$((sum + $(sed 's/.*) //' "$stat" | awk '{ print $12 + $13 }')))
		fi
	done
	echo "$sum"
}

device
wipe
lines() { dmesg | wc -l; }
v store quiet x
before=$(lines)
v bulk-store n=200 prefix=qt
v bulk-exist n=200 prefix=qt
v iterate n=201
v bulk-delete n=200 prefix=qt opt=1
v bulk-delete n=50 prefix=qt opt=1 want=0x310
v raw op=0xc1 want=1
s bulk-store n=50 prefix=qt
s list-all n=50
s bulk-delete n=50 prefix=qt
v garbage 200 4
same "lines in the kernel's log after some 1,000 commands" "$(lines)" "$before"

sleep 3
threads=$(grep -l '(vkv' /proc/[0-9]*/stat 2>/dev/null | wc -l)
((threads >= 2)) || fail "$threads kernel threads of the module found"
before=$(thread_ticks)
sleep 5
used=$(($(thread_ticks) - before))
echo "$threads threads used $used ticks of 10 ms in 5 s"
# Expected: under 1 % of one CPU; polling would be 500.
below "ticks of an idle device in 5 s" "$used" 50
v get quiet 1 data=x
v del quiet
