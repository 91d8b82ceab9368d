#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# 2,000 keys are stored with 64 bytes, updated with 1,024, retrieved and deleted.
# Another emulator gets 1,999 of these values and 985 of these deletes wrong.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
for node in "$BLK" "$NG"; do
	absent=0x310 threads=1
	if [[ $node == "$NG" ]]; then absent=0x87 threads=4; fi
	on "$node" bulk-store threads=$threads n=500 size=64 prefix=upd
	on "$node" bulk-verify threads=$threads n=500 size=64 prefix=upd
	on "$node" bulk-store threads=$threads n=500 size=1024 prefix=upd
	on "$node" bulk-verify threads=$threads n=500 size=1024 prefix=upd
	# every second one goes, the others stay
	on "$node" bulk-store threads=$threads n=250 size=64 prefix=oth
	on "$node" bulk-delete threads=$threads n=500 prefix=upd
	on "$node" bulk-exist threads=$threads n=500 prefix=upd want=$absent
	on "$node" bulk-verify threads=$threads n=250 size=64 prefix=oth
	on "$node" bulk-delete threads=$threads n=250 prefix=oth
done
# a delete that checks finds all of them as well
v bulk-store n=500 size=64 prefix=upd threads=4
v bulk-delete n=500 prefix=upd opt=1 threads=4
v bulk-delete n=500 prefix=upd opt=1 want=0x310 threads=4
