#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The timing model gives the same times in the kernel as natively, bit for bit.
# boot: reserved
source "$(dirname "$0")/lib.sh"

GOLDEN_MODULE=${MODULE%/*}/tests/vkvssd_golden.ko

insmod "$GOLDEN_MODULE" || fail "$(dmesg | grep 'the hash is' | tail -n 1)"
rmmod vkvssd_golden
dmesg | grep -q 'vkvssd_golden: the hash is' || fail "nothing was computed"
