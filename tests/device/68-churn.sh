#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Reset, unbind, removal by hand and rmmod come one after the other, and each meets the
# effects of the last one. Clients come back as soon as there is a device. No client
# has /dev/ng* open: 62-rmmod-io.sh says why.
# boot: parallel
source "$(dirname "$0")/lib.sh"
requires nvme fio

# The driver's messages about a device that goes while it is being brought up.
expect_log 'I/O error, dev nvme' 'Buffer I/O error' 'lost async page write' 'resetting controller$' \
	'nvme.*(Removing after probe failure|Device not ready|probe failure|failed to mark controller|Identify .*failed|Could not set queue count|reset: controller|could not|D3 .* entered)'

clean_up() {
	touch "$TMP/stop"
	wait || true
	rm -rf "$TMP"
}

# again COMMAND... : runs it again and again, on any node there is, until told to stop
again() {
	local name
	until [[ -e $TMP/stop ]]; do
		name=$(controller 2>/dev/null) || { sleep 0.1; continue; }
		"$@" "$name" >/dev/null 2>&1 || sleep 0.05
	done
}

# A device that goes can leave fio waiting for ever, so fio is killed then. This is no
# failure.
blocks() {
	[[ -b /dev/$1n1 ]] || return 1
	timeout -s KILL 60 fio --filename="/dev/$1n1" --allow_file_create=0 --name=churn --direct=1 --ioengine=libaio \
		--iodepth=32 --rw=randrw --bs=4k --size=32M --time_based --runtime=1
}

vendor() {
	[[ -b /dev/$1n1 ]] && "$KVTOOL" "/dev/$1n1" race n=200 loops=2 threads=2 prefix=churn
}

# Each of these actions may find the device half gone, and then fails.
act() {
	local dir=
	dir=$(pci_function) || dir=
	case $1 in
	reset) nvme reset "/dev/$(controller)" ;;
	unbind) echo "${dir##*/}" >/sys/bus/pci/drivers/nvme/unbind ;;
	bind) echo "${dir##*/}" >/sys/bus/pci/drivers/nvme/bind ;;
	remove) echo 1 >"$dir/remove" ;;
	rescan) echo 1 >/sys/bus/pci/rescan ;;
	reload) unload && insert "${DEFAULT[@]}" ;;
	esac
}

# The device may well stay away, so this does not wait long.
wait_a_little() {
	local end=$((SECONDS + 5))
	until device_there || ((SECONDS > end)); do sleep 0.1; done
}

load "${DEFAULT[@]}"
trap clean_up EXIT
for client in blocks vendor; do again "$client" & done
RANDOM=${SEED:-1}
for what in reset unbind bind remove rescan reset reload reset unbind bind reload; do
	sleep "0.$((RANDOM % 10))"
	if ((RANDOM % 2)); then wait_a_little; fi
	act "$what" >/dev/null 2>&1 || true
done
act rescan || true
act bind >/dev/null 2>&1 || true
wait_for 60 device_there || fail "no device"
touch "$TMP/stop"
wait
load "${DEFAULT[@]}"
v torture 300 6 "$NG"
