#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The machine is suspended and resumes under load, and nothing is lost. The kernel tests
# itself with steps of a suspend (pm_test): it turns back after devices, or after all CPUs
# but one are offline, or just before the firmware would be called. Suspend-to-idle is real.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires fio pgrep

AWAKE=${MODULE%/*}/tests/vkvssd_awake.ko
POWER=/sys/power
[[ -e $AWAKE && -e $POWER/pm_test ]] || skip "needs a kernel with CONFIG_PM_DEBUG, and the modules of tests/kernel"
[[ $(<$POWER/state) == *freeze* ]] || skip "needs a kernel that can be suspended"

clean_up() {
	echo none >$POWER/pm_test
	unload
	rmmod vkvssd_awake 2>/dev/null || true
	rm -rf "$TMP"
}

# Prints the name of each thread that has a CPU, and the CPUs that it may run on.
threads() {
	local pid
	for pid in $(pgrep '^vkv_(disp|worker)'); do
		sed -n 's/^\(Name\|Cpus_allowed_list\):[[:space:]]*//p' "/proc/$pid/status" | paste -sd ' '
	done | sort
}

threads_are_back() { [[ $(threads) == $'vkv_dispatcher 1\nvkv_worker/0 2' ]]; }

# suspend STATE STEP
suspend() {
	echo "$2" >$POWER/pm_test
	(echo "$1" >$POWER/state) || fail "$1, $2: not suspended"
	wait_for 60 device_there || fail "$1, $2: no device"
	wait_for 10 threads_are_back || fail "$1, $2: threads and their CPUs: $(threads)"
}

trap clean_up EXIT
insmod "$AWAKE"
echo 1 >/sys/module/suspend/parameters/pm_test_delay 2>/dev/null || true
load "${DEFAULT[@]}" cpus=1,2
threads_are_back || fail "threads and their CPUs: $(threads)"
v bulk-store n=200 size=3000 prefix=sleep
s bulk-store n=200 size=3000 prefix=sleep
begin_busy
fio --filename="$BLK" --name=sleep --direct=1 --ioengine=libaio --iodepth=16 --rw=randwrite --bs=4k --size=32M \
	--verify=crc32c --verify_backlog=256 --loops=1000 --time_based --runtime=3600 >"$TMP/fio" 2>&1 &
fio=$!
# Without S3 there is only suspend-to-idle, which has fewer steps.
steps=(freezer devices platform processors core) state=mem
if [[ ! -e $POWER/mem_sleep || $(<$POWER/mem_sleep) != *deep* ]]; then
	steps=(freezer devices platform) state=freeze
else
	echo deep >$POWER/mem_sleep
fi
for step in "${steps[@]}" "${steps[@]: -1}"; do
	echo "$state, $step"
	suspend "$state" "$step"
	sleep 0.5
done
echo 3000 >/sys/module/vkvssd_awake/parameters/wake_ms
slept=$(cat $POWER/suspend_stats/success 2>/dev/null || echo 0)
for _ in 1 2; do
	suspend freeze none
	sleep 0.5
done
if [[ -e $POWER/suspend_stats/success ]]; then
	same "times of suspend-to-idle" $(($(<$POWER/suspend_stats/success) - slept)) 2
fi
kill -0 "$fio" || { tail -n 5 "$TMP/fio"; fail "fio ended"; }
kill -INT "$fio"
wait "$fio" || true
if grep -iE 'verify.*fail|bad magic|err= *[1-9]' "$TMP/fio"; then fail "fio found errors"; fi
end_busy
check_busy
v bulk-verify n=200 size=3000 prefix=sleep
s bulk-verify n=200 size=3000 prefix=sleep
v torture 300 5 "$NG"
unload
rmmod vkvssd_awake
