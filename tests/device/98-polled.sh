#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The driver polls some of its queues (poll_queues), which have no interrupt then.
# boot: relaxed
source "$(dirname "$0")/lib.sh"
requires fio

unload
modprobe -r nvme || skip "the nvme driver is in use"
modprobe nvme poll_queues=2
clean_up() {
	unload
	modprobe -r nvme
	modprobe nvme
	rm -rf "$TMP"
}
trap clean_up EXIT
load "${DEFAULT[@]}"
[[ $(<"/sys/block/$(basename "$BLK")/queue/io_poll") == 1 ]] || fail "the block queue is not polled"

# Polled completions raise no interrupt. (Admin commands go on to raise some.)
interrupts() {
	awk -v want="${CTRL}q[1-9]" '$0 ~ want { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) sum += $i } END { print sum + 0 }' /proc/interrupts
}

GENERIC=${NG%n2}n1
for node in "$GENERIC vendor" "$NG standard"; do
	read -r path dialect <<<"$node"
	before=$(interrupts)
	for verb in store verify; do
		"$URING" "$path" $verb "$dialect" n=500 size=20000 depth=16 poll=1 || fail "uring $verb, polled"
	done
	below "interrupts of 1000 polled commands" $(($(interrupts) - before)) 100
	before=$(interrupts)
	"$URING" "$path" verify "$dialect" n=500 size=20000 depth=1 || fail "uring verify"
	((500 <= $(interrupts) - before)) || fail "commands that are not polled raise no interrupts"
done
fio --filename="$BLK" --name=polled --direct=1 --ioengine=io_uring --hipri=1 --rw=randwrite --bs=4k --size=8M --iodepth=8 \
	--verify=crc32c --verify_state_save=0 --output="$TMP/fio" || { cat "$TMP/fio"; fail "fio, polled"; }
