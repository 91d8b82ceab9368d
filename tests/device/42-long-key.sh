#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A key length of 17 means that dwords 12 to 15 are addresses. For any address there,
# the answer is a status, and the device goes on.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
v store before ok
for len in 17 32 200 255 256; do
	for op in 0x81 0x90 0xa1 0xb3 0x83; do
		size=64
		case $op in 0xa1 | 0xb3) size=0 ;; esac
		# text, an address with nothing behind it, and one beyond all memory
		v raw op=$op cdw10=$((size / 4)) cdw11=$((len - 1)) cdw12=0x61616161 cdw13=0x62626262 \
			cdw14=0x63636363 cdw15=0x64646464 len=$size want=any
		v raw op=$op cdw10=$((size / 4)) cdw11=$((len - 1)) cdw12=0xfffff000 cdw13=0xffffffff len=$size want=any
		v raw op=$op cdw10=$((size / 4)) cdw11=$((len - 1)) cdw12=0xff8 cdw13=0x7fff0000 \
			cdw14=0 cdw15=0x7fff0000 len=$size want=any
	done
done
# nothing is stored under an address without memory: a status, no success
for op in 0x81 0x90 0xa1 0xb3; do
	if "$KVTOOL" "$BLK" raw op=$op cdw10=1 cdw11=16 cdw12=0x61616160 cdw13=0x62626262 len=4 want=0; then
		fail "opcode $op succeeds with a key at an address without memory"
	fi
done
v get before 2 data=ok
v torture 200 3
