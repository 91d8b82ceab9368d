#!/bin/bash
# The fio jobs as they are, smaller.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires fio

device
# job NAME OPTION... : no error, and something was done
job() {
	local name=$1
	shift
	fio --filename="$BLK" --output-format=terse --terse-version=3 "$@" "$TOP/scripts/fio/$name.fio" >"$TMP/$name" 2>"$TMP/err" || {
		cat "$TMP/$name" "$TMP/err"
		fail "fio $name"
	}
	# terse fields: 5 error, 6 KiB read, 47 KiB written
	awk -F';' -v job="$name" '$1 == 3 { error += $5; work += $6 + $47 }
		END { print job ":", work, "KiB, error", error + 0; exit !(work > 0 && !error) }' "$TMP/$name" ||
		fail "fio $name"
}

job verify --size=16M
job jobs8 --size=2M
job randread --runtime=3
job randwrite --runtime=3
job mixed --runtime=3
# the same under io_uring and with polling for completions off the device
job verify --size=8M --ioengine=io_uring
job jobs8 --size=2M --ioengine=libaio
