#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A command passes each tracepoint once, and the collector passes its own.
# boot: reserved
source "$(dirname "$0")/lib.sh"

T=/sys/kernel/tracing
tracing || skip "needs a kernel with tracing"

trap 'echo 0 >$T/events/vkvssd/enable; rm -rf "$TMP"' EXIT

# traced COMMAND... : copies its events to $TMP/trace
traced() {
	echo >$T/trace
	echo 1 >$T/events/vkvssd/enable
	"$@"
	echo 0 >$T/events/vkvssd/enable
	grep -v '^#' $T/trace >"$TMP/trace" || true
	echo >$T/trace
}

# passes OPCODE STATUS : one command with this opcode passed all of them, in order
passes() {
	local id
	id=$(sed -n "s/.*vkv_fetch: \(qid=[1-9][0-9]* cid=[0-9]*\) opcode=$1 .*/\1/p" "$TMP/trace")
	[[ $(wc -l <<<"$id") == 1 && -n $id ]] || fail "fetched with opcode $1: '$id'"
	same "events of $id" "$(grep "$id " "$TMP/trace" | sed 's/.* vkv_\([a-z]*\): .*/\1/' | paste -sd ' ')" \
		'fetch execute schedule complete'
	grep "vkv_complete: $id .*status=$2 " "$TMP/trace" >/dev/null || fail "no completion of $id with status $2"
	awk -v id="$id" '/vkv_complete/ && index($0, id " ") { sub(/.*latency=/, ""); exit !($0 + 0 > 0) }' "$TMP/trace" ||
		fail "no latency in the completion of $id"
}

device
for event in fetch execute schedule complete collect; do
	[[ -d $T/events/vkvssd/vkv_$event ]] || fail "no tracepoint vkv_$event"
done
traced "$KV" -d "$BLK" put traced value
passes 0x81 0x000
traced "$KV" -d "$NG" put traced value
passes 0x01 0x000
traced "$KV" -d "$NG" exists traced
passes 0x14 0x000
traced "$KV" -d "$BLK" del traced
passes 0xa1 0x000
"$KV" -d "$NG" del traced

load memmap_start=4G memmap_size=32M
overwrite() {
	local i
	for i in 1 2 3 4; do v bulk-store n=2000 size=4000 prefix=co seed="$i"; done
}
traced overwrite
grep 'vkv_collect: more=[01] collected=[0-9]* written=[0-9]* free=[0-9]*' "$TMP/trace" >/dev/null ||
	fail "nothing was collected, or not seen"
