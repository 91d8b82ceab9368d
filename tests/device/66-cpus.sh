#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CPUs go offline and come back under I/O: the dispatcher's, the worker's, and the
# CPUs of the queues' interrupts. A thread goes back to its CPU.
# boot: parallel
source "$(dirname "$0")/lib.sh"
requires fio pgrep

online() {
	echo "$2" >"/sys/devices/system/cpu/cpu$1/online"
}

# Checks that the device still makes progress, at any speed.
goes_on() {
	v bulk-verify n=50 size=3000 prefix=cpu
	s bulk-verify n=50 size=3000 prefix=cpu
	dd if="$BLK" of=/dev/null bs=64k count=4 iflag=direct status=none
}

# Prints the name of each thread that has a CPU, and the CPUs that it may run on.
threads() {
	local pid
	for pid in $(pgrep '^vkv_(disp|worker)'); do
		sed -n 's/^\(Name\|Cpus_allowed_list\):[[:space:]]*//p' "/proc/$pid/status" | paste -sd ' '
	done | sort
}

threads_are_back() { [[ $(threads) == "$THREADS" ]]; }

clean_up() {
	local cpu
	for cpu in 1 2 3; do online $cpu 1 2>/dev/null || true; done
	rm -rf "$TMP"
}

[[ -e /sys/devices/system/cpu/cpu3/online ]] || skip "needs four CPUs that can go offline"
trap clean_up EXIT
load "${DEFAULT[@]}" cpus=1,2
THREADS=$(threads)
same "threads and their CPUs" "$THREADS" $'vkv_dispatcher 1\nvkv_worker/0 2'
v bulk-store n=50 size=3000 prefix=cpu
s bulk-store n=50 size=3000 prefix=cpu

fio --filename="$BLK" --name=cpus --direct=1 --ioengine=libaio --iodepth=16 --rw=randwrite --bs=4k --size=32M \
	--verify=crc32c --verify_backlog=256 --loops=1000 --time_based --runtime=3600 >"$TMP/fio" 2>&1 &
jobs=($!)
for node in "$BLK" "$NG"; do
	"$KVTOOL" "$node" race n=400 loops=100000 threads=4 prefix=race >"$TMP/race${#jobs[@]}" 2>&1 &
	jobs+=($!)
done
for cpus in 1 2 3 "1 2" "2 3" "1 2 3"; do
	echo "offline: $cpus"
	for cpu in $cpus; do online "$cpu" 0; done
	goes_on
	for cpu in $cpus; do online "$cpu" 1; done
	wait_for 10 threads_are_back || fail "threads and their CPUs: $(threads), expected $THREADS"
	goes_on
done
for job in "${jobs[@]}"; do
	kill -0 "$job" || { tail -n 5 "$TMP"/{fio,race1,race2}; fail "a client ended"; }
done
kill -INT "${jobs[0]}"
kill "${jobs[@]:1}" 2>/dev/null || true
wait "${jobs[@]}" 2>/dev/null || true
if grep -iE 'verify.*fail|bad magic|err= *[1-9]' "$TMP/fio"; then fail "fio found errors"; fi

# loaded while one is away, which comes back later
unload
online 3 0
load "${DEFAULT[@]}"
v torture 300 3 "$NG"
online 3 1
v torture 300 4 "$NG"
load "${DEFAULT[@]}"
