#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Store and retrieve on memory taken from the system, while programs use the rest.
# boot: plain
source "$(dirname "$0")/lib.sh"
requires fio nvme

unload
total=$(mem_total_kb)
device
"$TOP/scripts/store_retrieve.sh"
fio --filename="$BLK" "$TOP/scripts/fio/verify.fio" >"$TMP/fio" 2>&1 || { cat "$TMP/fio"; fail fio; }
v bulk-store n=200 size=10000 prefix=pl
s bulk-store n=200 size=10000 prefix=pl
head -c 500M /dev/zero >/dev/shm/press
v bulk-verify n=200 size=10000 prefix=pl
s bulk-verify n=200 size=10000 prefix=pl
rm /dev/shm/press
# rmmod under load gives the memory back too
expect_log 'I/O error, dev nvme' 'Buffer I/O error' 'lost async page write'
fio --filename="$BLK" --name=load --direct=1 --ioengine=libaio --iodepth=32 --rw=randwrite --bs=4k --size=64M --time_based --runtime=60 >/dev/null 2>&1 &
sleep 1
timeout 600 rmmod vkvssd
wait || true
given_back "$total"
