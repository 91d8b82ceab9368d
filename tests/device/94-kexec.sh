#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kexec under I/O: the driver shuts the controller down in order, and the next kernel
# has a device in the same memory. That kernel runs this script once more, from its
# beginning, because scripts/dev/vm gives it the same command.
# boot: kexec
source "$(dirname "$0")/lib.sh"
requires fio

SECOND=vkvssd_second
REG_CC=$((0x14)) REG_CSTS=$((0x1c))

# Prints a register that the last device left in its memory.
register() {
	od -An -v -j $(((5 << 30) - (1 << 20) + $1)) -N 4 -t u4 /dev/mem | tr -d ' '
}

first_kernel() {
	[[ -r ${VKVSSD_IMAGE:-} && -r ${VKVSSD_INITRD:-} ]] || skip "needs the guest's kernel, and sees other files"
	load "${DEFAULT[@]}"
	v store before kexec
	begin_busy
	fio --filename="$BLK" --name=kexec --direct=1 --ioengine=libaio --iodepth=16 --rw=randrw --bs=16k --size=32M \
		--loops=1000 --time_based --runtime=3600 >"$TMP/fio" 2>&1 &
	sleep 3
	"$KEXEC" "$VKVSSD_IMAGE" "$VKVSSD_INITRD" "$(</proc/cmdline) $SECOND" || skip "this kernel does not take another: $?"
}

# The memory was reserved, so its registers are as the last kernel left them.
second_kernel() {
	local cc csts
	cc=$(register $REG_CC) csts=$(register $REG_CSTS)
	printf 'left by the first kernel: CC %#x, CSTS %#x\n' "$cc" "$csts"
	same "CC.SHN, a normal shutdown" $(((cc >> 14) & 3)) 1
	same "CSTS.SHST, it is complete" $(((csts >> 2) & 3)) 2
	load "${DEFAULT[@]}"
	v torture 300 6 "$NG"
	v bulk-store n=200 size=20000 prefix=second
	v bulk-verify n=200 size=20000 prefix=second
	v exist before want=0x310
	unload
}

if grep -qw $SECOND /proc/cmdline; then second_kernel; else first_kernel; fi
