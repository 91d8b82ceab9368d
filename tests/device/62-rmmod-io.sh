#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rmmod while fio and key-value clients run: all of them end, and nothing breaks.
# boot: parallel
source "$(dirname "$0")/lib.sh"
requires fio

# Nobody has /dev/ng* open then: Linux, up to 6.12 at least, touches the character
# device after it has freed it (__fput() calls cdev_put() behind the release).
expect_log 'I/O error, dev nvme' 'Buffer I/O error' 'lost async page write'
for _ in 1 2; do
	load "${DEFAULT[@]}"
	fio --filename="$BLK" --allow_file_create=0 --name=load --direct=1 --ioengine=libaio --iodepth=32 --rw=randwrite --bs=4k --size=64M --time_based --runtime=3000 >/dev/null 2>&1 &
	jobs=($!)
	for prefix in rmm rnn; do
		"$KVTOOL" "$BLK" bulk-store n=100 size=20000 loops=100000 threads=2 prefix=$prefix >/dev/null 2>&1 &
		jobs+=($!)
	done
	sleep 1.5
	timeout 600 rmmod vkvssd || fail "rmmod under load"
	begin=$SECONDS
	for job in "${jobs[@]}"; do wait "$job" || true; done
	below "seconds until the clients ended" $((SECONDS - begin)) 450
	! loaded || fail "still loaded"
done
load "${DEFAULT[@]}"
v torture 200 1 "$NG"
