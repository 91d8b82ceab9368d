#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Buffers in persistent memory: a file that is mapped from a file system without a page
# cache (DAX). Such memory is none of the running system's.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

modprobe -a nd_pmem nd_e820 ext4 2>/dev/null || skip "needs persistent memory (nd_e820)"
device
pmem_there() { [[ -b /dev/pmem0 ]]; }
wait_for 10 pmem_there || skip "needs persistent memory"
[[ $(</sys/block/pmem0/size) == $((128 << 11)) ]] || fail "/dev/pmem0 is not this guest's 128 MiB"
mkfs.ext4 -q -F -b 4096 /dev/pmem0
mkdir -p "$TMP/dax"
mount -o dax=always /dev/pmem0 "$TMP/dax"
trap 'umount "$TMP/dax"; rm -rf "$TMP"' EXIT

truncate -s 8M "$TMP/dax/file"
for node in "${NG%n2}n1 vendor" "$NG standard"; do
	read -r path dialect <<<"$node"
	for verb in store verify; do
		BUFFERS=$TMP/dax/file "$URING" "$path" $verb "$dialect" n=200 size=100000 depth=16 || fail "uring $verb $dialect"
	done
	"$URING" "$path" verify "$dialect" n=200 size=100000 depth=16 || fail "uring: the values are wrong"
done

# blocks, by O_DIRECT out of the mapped file and into it
requires fio
for rw in write read; do
	fio --filename="$BLK" --name=dax --direct=1 --ioengine=psync --rw=$rw --bs=64k --size=2M --iomem="mmap:$TMP/dax/$rw" \
		--verify=crc32c --verify_state_save=0 --output="$TMP/fio" || { cat "$TMP/fio"; fail "fio $rw"; }
done
