#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fifty times in and out, with a command on each; nothing is lost on the way.
# boot: reserved
source "$(dirname "$0")/lib.sh"

unload
modprobe nvme
# caches and per-CPU pages settle in the first rounds
for ((i = 0; i < 24; i++)); do
	insert memmap_start=4G memmap_size=64M
	wait_for 60 device_there || fail "round $i: no namespaces"
	v store cycle "round $i" >/dev/null
	s store cycle "round $i" >/dev/null
	v get cycle 32 "data=round $i" >/dev/null
	rmmod vkvssd
	if ((i == 8)); then before=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo); fi
done
after=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
echo "MemAvailable: $before kB after 8 rounds, $after kB after 24"
below "kB lost in 16 rounds" $((before - after)) 16000
# while probing is still under way
for _ in {1..5}; do
	insert memmap_start=4G memmap_size=64M
	rmmod vkvssd
done
