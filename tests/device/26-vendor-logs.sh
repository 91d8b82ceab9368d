#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Logs that vendor tools read: use of the namespace, write amplification, iterators.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme jq

device
wipe

used() {
	nvme id-ns "$BLK" -o json | jq .nuse
}

before=$(used)
v bulk-store n=100 size=65536 prefix=use
after=$(used)
grown=$(((after - before) * 512))
((grown >= 6553600 && grown < 6553600 * 11 / 10)) || fail "6,553,600 bytes stored count as $grown"
# an update uses no more
v bulk-store n=100 size=65536 prefix=use seed=2
same "used after updates" "$(used)" "$after"
# the other namespace's values do not count here
s bulk-store n=20 size=65536 prefix=use
same "used after stores to namespace 2" "$(used)" "$after"
admin op=0x06 cdw10=5 cdw11=0x01000000 nsid=2 len=4096 out="$TMP/kv"
grown=$(field "$TMP/kv" 16 8)
((grown >= 20 * 65536 && grown < 22 * 65536)) || fail "20 values of 64 KiB in namespace 2 count as $grown"
v bulk-delete n=100 prefix=use opt=1
same "used after deletes" "$(used)" "$before"
s bulk-delete n=20 prefix=use
admin op=0x06 cdw10=5 cdw11=0x01000000 nsid=2 len=4096 out="$TMP/kv"
same "used in namespace 2" "$(field "$TMP/kv" 16 8)" 0

admin op=0x02 cdw10=0x007f00ca len=512 out="$TMP/waf"
waf=$(field "$TMP/waf" 256 4)
((waf >= 10 && waf < 1000)) || fail "write amplification of $waf tenths"
