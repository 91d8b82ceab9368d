#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The registers, read by nvme-cli from BAR 0.
# boot: relaxed
source "$(dirname "$0")/lib.sh"
requires nvme

device
# Newer versions of nvme-cli put 0x before each value.
nvme show-regs "/dev/$CTRL" | sed 's/: 0x/: /' | tee "$TMP/regs"
for want in '^cap *: [0-9a-f]*[1-9a-f]' '^version *: 20000' '^cc *: 460061' '^csts *: 1$'; do
	grep -Eq "$want" "$TMP/regs" || fail "show-regs: no '$want'"
done
nvme show-regs "/dev/$CTRL" -H >"$TMP/regs"
grep -q 'Enable (EN)' "$TMP/regs" || fail "show-regs -H"

# without --csi it reads the registers, then asks for the zoned command set, too
nvme effects-log "/dev/$CTRL" >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "nvme effects-log"; }
same "pages of nvme effects-log" "$(grep -c 'Admin Commands' "$TMP/out")" 2
