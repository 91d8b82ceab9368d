#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/trace shows the way of a store and of a retrieve, in both dialects.
# boot: reserved
source "$(dirname "$0")/lib.sh"

T=/sys/kernel/tracing

# expect_calls FUNCTION... : they are in $TMP/tree, in this order
expect_calls() {
	local function
	awk -v functions="$*" '
		BEGIN { n = split(functions, want, " "); i = 1 }
		$NF == want[i] { i++ }
		END { if (i <= n) print want[i]; exit i <= n }' "$TMP/tree" >"$TMP/missing" || {
		cat "$TMP/tree"
		fail "not in the tree, or not in this order: $(cat "$TMP/missing")"
	}
	for function in vkv_dispatcher_round vkv_worker_round; do
		if grep -q "$function" "$TMP/tree"; then fail "the tree has polling in it"; fi
	done
}

nothing_left() {
	same "tracer" "$(<$T/current_tracer)" nop
	same "filter" "$(grep -c vkv $T/set_ftrace_filter || true)" 0
	same "roots" "$(grep -cE 'vkv|execute' $T/set_graph_function || true)" 0
	same "events" "$(<$T/events/vkvssd/enable)" 0
	same "tracing_on" "$(<$T/tracing_on)" 1
}

trace() {
	"$TOP/scripts/trace" "$@" >"$TMP/tree" || fail "trace $*: $(cat "$TMP/tree")"
}

device
tracing || skip "needs a kernel with tracing"
grep -qw function_graph $T/available_tracers || skip "needs a kernel with the function graph tracer"

trace -d "$BLK" put traced value
cat "$TMP/tree"
expect_calls vkv_cmd_dispatch vkv_io_decode execute vkv_io_exec vkv_kv_store vkv_ftl_reserve \
	vkv_xfer_from_host vkv_ftl_commit vkv_cmd_end finish_or_hold vkv_cq_post
nothing_left
trace -d "$BLK" get traced
expect_calls vkv_cmd_dispatch vkv_io_decode execute vkv_io_exec vkv_kv_retrieve vkv_ftl_lookup \
	vkv_xfer_to_host vkv_cmd_end finish_or_hold vkv_cq_post
trace -d "$NG" put traced value
expect_calls vkv_cmd_dispatch vkv_io_decode execute vkv_io_exec vkv_kv_store vkv_ftl_reserve \
	vkv_xfer_from_host vkv_ftl_commit vkv_cmd_end finish_or_hold vkv_cq_post
trace -d "$NG" get traced
expect_calls vkv_cmd_dispatch vkv_io_decode execute vkv_io_exec vkv_kv_retrieve vkv_ftl_lookup \
	vkv_xfer_to_host vkv_cmd_end finish_or_hold vkv_cq_post
if grep -q vkv_timing_schedule "$TMP/tree"; then fail "timing=none, and a model is asked"; fi
nothing_left
"$KV" -d "$BLK" del traced
"$KV" -d "$NG" del traced

# It is interrupted in the middle. Standard input does not end, as this shell could
# still write to it. A background job ignores SIGINT, so another signal stands for it.
mkfifo "$TMP/endless"
exec 3<>"$TMP/endless"
"$TOP/scripts/trace" put endless - <&3 >/dev/null 2>&1 &
wait_for 60 pgrep -f 'scripts/kv put endless' >"$TMP/pid" || fail "it does not begin to trace"
same "tracer" "$(<$T/current_tracer)" function_graph
kill -TERM $!
exec 3>&-
wait $! || true
nothing_left

# Each namespace has a model of its own, and the first one has none.
load "${DEFAULT[@]}" timing=none,simple
trace -d "$NG" put traced value
expect_calls vkv_cmd_dispatch execute vkv_io_exec vkv_ftl_commit vkv_timing_schedule vkv_cmd_end finish_or_hold
trace -d "$BLK" put traced value
if grep -q vkv_timing_schedule "$TMP/tree"; then fail "timing=none,simple, and the model is asked for namespace 1"; fi

if "$TOP/scripts/trace" >/dev/null 2>&1; then fail "trace without a command"; fi
