#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Lockdown refuses parameters that choose hardware, and modules without a signature.
# scripts/load.sh says what to do. Lockdown lasts until the next boot, so this is the last
# test of its boot.
# boot: nomsi
source "$(dirname "$0")/lib.sh"

FAILCALL=${MODULE%/*}/tests/vkvssd_failcall.ko
LOCKDOWN=/sys/kernel/security/lockdown
mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security 2>/dev/null || true
[[ -w $LOCKDOWN ]] || skip "needs a kernel with lockdown"

# refused WORD... : scripts/load.sh with these parameters ends with a remedy in one line
refused() {
	local remedy=$1
	shift
	if VKVSSD_KO=$MODULE "$TOP/scripts/load.sh" "$@" 2>"$TMP/err"; then fail "loaded with: $*"; fi
	cat "$TMP/err"
	same "lines with a remedy, with: $*" "$(grep -vc '^load.sh: |\|^load.sh: the kernel says:$\|could not insert\|Operation not permitted' "$TMP/err")" 1
	grep -q "$remedy" "$TMP/err" || fail "no remedy, with: $*"
	if loaded; then fail "loaded with: $*"; fi
}

expect_log 'vkvssd: .*invalid for parameter' 'vkvssd: this kernel'

# A module that is signed gets as far as its parameters. Ours is not, so the kernel's
# answer about parameters is made to be the one of lockdown.
if [[ -e $FAILCALL ]]; then
	insmod "$FAILCALL" call=security_locked_down
	for parameter in memmap_start=4G dma=open engine=dma0chan0; do
		refused "lockdown.*: leave ${parameter%=*}= out\$" memmap_size=1G "$parameter"
		dmesg | tail -n 3 | grep "invalid for parameter .${parameter%=*}" || fail "the kernel does not name $parameter"
	done
	# Other parameters are taken. (This kernel cannot have the device.)
	if insert memmap_size=1G cpus=1,2 fifo=1 2>"$TMP/err"; then fail "loaded without MSI"; fi
	cat "$TMP/err"
	if grep -q 'not permitted' "$TMP/err"; then fail "lockdown refuses a parameter that it should not"; fi
	rmmod vkvssd_failcall
fi

echo integrity >$LOCKDOWN
refused 'signed modules only.*mokutil --import' memmap_size=1G
dmesg | tail -n 5 | grep 'Lockdown: insmod: unsigned module loading is restricted' || fail "the kernel does not say why"
