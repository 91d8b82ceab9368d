#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every engine of fio that can use this device, with eight jobs each, which verify
# their data. (fio 3.33 has two errors, which ordinary files and RAM disks show as
# well: mmap maps the wrong part for verifying jobs that do not begin at 0, and vsync
# does not verify queued data.)
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires fio

ENGINES=(sync psync vsync pvsync pvsync2 mmap splice posixaio libaio io_uring)

# engine NAME NODE [OPTION...] : no error, and all was written and read back
engine() {
	local name=$1 node=$2
	shift 2
	fio --name="$name" --filename="$node" --ioengine="$name" --numjobs=8 --group_reporting --size=256K \
		--offset_increment=256K --rw=randwrite --bs=4k --iodepth=8 --verify=crc32c --verify_fatal=1 \
		--verify_dump=0 --output-format=terse --terse-version=3 "$@" >"$TMP/out" 2>"$TMP/err" || {
		cat "$TMP/out" "$TMP/err"
		fail "fio $name"
	}
	# terse fields: 5 error, 6 KiB read, 47 KiB written
	awk -F';' -v name="$name" '$1 == 3 { error += $5; read += $6; written += $47 }
		END { print name ":", written, "KiB written,", read, "read, error", error + 0
		      exit !(written == 2048 && read == 2048 && !error) }' "$TMP/out" || fail "fio $name"
}

# Written through a mapping, verified past the page cache.
mapped() {
	local job=(--name=mmap --filename="$BLK" --size=2M --rw=randwrite --bs=4k --verify=crc32c --verify_fatal=1 --verify_dump=0)
	fio "${job[@]}" --ioengine=mmap --do_verify=0 >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "fio mmap"; }
	fio "${job[@]}" --ioengine=psync --direct=1 --verify_only >"$TMP/out" 2>&1 || {
		cat "$TMP/out"
		fail "what fio wrote with mmap"
	}
	grep -q 'io=2048KiB' "$TMP/out" || { cat "$TMP/out"; fail "nothing was verified"; }
	echo "mmap: 2048 KiB written, 2048 read"
}

device
wipe
fio --enghelp | tr -d '\t ' >"$TMP/engines"
for name in "${ENGINES[@]}"; do
	grep -qx "$name" "$TMP/engines" || { echo "no engine $name"; continue; }
	case $name in
	mmap) mapped ;;
	vsync) engine "$name" "$BLK" --direct=1 --iodepth=1 ;;
	splice) engine "$name" "$BLK" ;;
	*) engine "$name" "$BLK" --direct=1 ;;
	esac
done
engine io_uring_cmd "${NG%n2}n1" --cmd_type=nvme
# through the page cache, and read back past it
engine psync "$BLK" --fsync=16
dd if="$BLK" of=/dev/null bs=1M count=2 iflag=direct status=none
v torture 200 5 "$NG"
blkdiscard -f "$BLK"
