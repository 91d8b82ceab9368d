#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/store_retrieve.sh, with and without a node named.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme uuidgen xxd rev

device
"$TOP/scripts/store_retrieve.sh"
"$TOP/scripts/store_retrieve.sh" "$BLK"
if "$TOP/scripts/store_retrieve.sh" /dev/null; then fail "succeeds on /dev/null"; fi
