#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The fio jobs of scripts/fio, made smaller.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires fio

device
# job NAME FILE : no error, and something was done
job() {
	local name=$1
	fio --filename="$BLK" --output-format=terse --terse-version=3 "$2" >"$TMP/out" 2>"$TMP/err" || {
		head -n 50 "$TMP/out" "$TMP/err"
		fail "fio $name"
	}
	# terse fields: 5 error, 6 KiB read, 47 KiB written
	awk -F';' -v job="$name" '$1 == 3 { error += $5; work += $6 + $47 }
		END { print job ":", work, "KiB, error", error + 0; exit !(work > 0 && !error) }' "$TMP/out" ||
		fail "fio $name"
}

# The jobs as people have them, but shorter.
for file in "$TOP"/scripts/fio/*.fio; do
	sed 's/^runtime=5$/runtime=2/; s/=8M$/=2M/; s/^size=32M$/size=8M/' "$file" >"$TMP/${file##*/}"
	job "$(basename "$file" .fio)" "$TMP/${file##*/}"
done
# and the verifying jobs with the other engine
sed 's/=libaio/=io_uring/' "$TMP/verify.fio" >"$TMP/verify-io_uring.fio"
sed 's/=io_uring/=libaio/' "$TMP/jobs8.fio" >"$TMP/jobs8-libaio.fio"
job 'verify, io_uring' "$TMP/verify-io_uring.fio"
job 'jobs8, libaio' "$TMP/jobs8-libaio.fio"
