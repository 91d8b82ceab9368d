#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The pages of a List fit together, in an order that nothing disturbs.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
s list-all n=0
s list '' 4096 head=hex:00000000
s store only one
s list '' 64 head=hex:0100000004006f6e6c790000
s list only 64 head=hex:0100000004006f6e6c790000
s list nothere 64 head=hex:0100000004006f6e6c790000
# a buffer without room for one key: the count is 0, or the command fails
s list '' 8 head=hex:00000000 want=any
s list '' 0 want=any
s del only

s bulk-store n=500 size=16 prefix=L
for len in 1 2 3 4 5 6 7; do s store "rep:m:$len" x; done
for buf in 4096 100 32768; do s list-all buf=$buf n=507 exact=1; done
s list-all print=1 | sort >"$TMP/before"
same "lengths" "$(grep -c '^m' "$TMP/before")" 7

# Other keys come and go, and each key that stays is listed exactly once. With small
# pages, a page now and then ends with a key that is deleted before the next page
# begins there.
churn() {
	local round
	for round in 1 2 3; do
		"$KVTOOL" "$NG" bulk-store n=400 size=900 prefix=churn seed="$round"
		"$KVTOOL" "$NG" bulk-delete n=400 prefix=churn
	done
}
churn >"$TMP/churn" &
for buf in 2048 64 2048 64 2048 64; do
	s list-all buf=$buf print=1 >"$TMP/list"
	grep -v ^churn "$TMP/list" | sort >"$TMP/stay"
	cmp "$TMP/before" "$TMP/stay" || { diff "$TMP/before" "$TMP/stay" | head; fail "keys that were there all along"; }
done
wait $! || { cat "$TMP/churn"; fail "stores beside the list"; }
s bulk-delete n=500 prefix=L
for len in 1 2 3 4 5 6 7; do s del "rep:m:$len"; done
s list-all n=0
