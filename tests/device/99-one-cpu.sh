#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A machine with one CPU, which the host, the dispatcher and the worker share.
# boot: bounced
source "$(dirname "$0")/lib.sh"
requires fio

same "CPUs" "$(nproc --all)" 1
device
v bulk-store n=100 size=3000 prefix=one
v bulk-verify n=100 size=3000 prefix=one
v torture 100 9 "$NG"
for words in 'fifo=0 poll=busy' 'fifo=50 poll=adaptive'; do
	# shellcheck disable=SC2086 # two words
	load "${DEFAULT[@]}" $words
	v torture 100 1 "$NG"
	fio --filename="$BLK" --name=one --direct=1 --ioengine=libaio --rw=randwrite --bs=4k --size=4M --iodepth=32 \
		--verify=crc32c --verify_state_save=0 --output="$TMP/fio" || { cat "$TMP/fio"; fail "fio, $words"; }
done
load "${DEFAULT[@]}"
for i in 1 2 3; do
	reset_device
	v torture 50 "$i" "$NG"
done
unload
