#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The driver describes buffers by SGLs instead of PRPs. (It always describes a buffer
# in one piece of up to two pages by PRPs.)
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires fio

threshold=/sys/module/nvme/parameters/sgl_threshold
trace=/sys/kernel/tracing

restore() {
	echo "$before" >"$threshold"
	if can_trace; then
		echo nop >"$trace/current_tracer"
		echo >"$trace/set_ftrace_filter"
	fi
}

# The debug kernels have no function tracer: the driver has the same setting.
can_trace() {
	[[ -e $trace/set_ftrace_filter ]]
}

# The driver chooses after its own trace event, so look which functions of the module
# walk an SGL.
trace_walks() {
	echo vkv_sgl_init >"$trace/set_ftrace_filter"
	echo function >"$trace/current_tracer"
}

check_walks() {
	grep -q 'vkv_sgl_init <-' "$trace/trace" || { tail -n 5 "$trace/trace"; fail "the driver did not use SGLs"; }
	echo nop >"$trace/current_tracer"
}

device
before=$(<"$threshold")
mountpoint -q "$trace" || mount -t tracefs tracefs "$trace" 2>/dev/null || true
trap 'restore; rm -rf "$TMP"' EXIT
echo 1 >"$threshold"
if can_trace; then trace_walks; fi
v bulk-store n=20 size=100000 prefix=sg
v bulk-verify n=20 size=100000 prefix=sg
if can_trace; then check_walks; fi

v bulk-delete n=20 prefix=sg
v torture 300 7 "$NG"
s bulk-store n=200 prefix=sg
s bulk-verify n=200 prefix=sg
s bulk-delete n=200 prefix=sg
fio --name=sgl --filename="$BLK" --size=32M --rw=randwrite --bsrange=512-1M --direct=1 --ioengine=libaio --iodepth=16 \
	--verify=crc32c --verify_fatal=1 --output="$TMP/fio" || { cat "$TMP/fio"; fail "fio"; }
