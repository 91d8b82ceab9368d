#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Measures the module, beside an empty command and null_blk. scripts/dev/bench runs it
# in a guest. Writes one JSON object a measurement.
source "$(dirname "$0")/lib.sh"
requires fio jq

OUT=$1
DEPTHS=(1 32 256)
SECONDS_EACH=5
if [[ ${QUICK:-} == 1 ]]; then SECONDS_EACH=2; fi
KEYS=20000

# record COMMAND DEPTH RATE
record() {
	printf '%-10s depth %3s %10s a second\n' "$1" "$2" "$3"
	jq -cn --arg command "$1" --argjson depth "$2" --argjson rate "$3" \
		--arg kernel "$(uname -r)" --arg inline "${INLINE:-4096}" \
		'{command: $command, depth: $depth, per_second: $rate, kernel: $kernel, inline: $inline}' >>"$OUT"
}

# command_rate NODE VERB DIALECT DEPTH [NAME [WORD...]]
command_rate() {
	local rate
	rate=$("$URING" "$1" "$2" "$3" n=$KEYS depth="$4" size=64 seconds=$SECONDS_EACH "${@:6}" |
		sed -n 's/^commands_per_second //p')
	record "${5:-$2}" "$4" "${rate:-0}"
}

# fio_rate NAME FILE DEPTH
fio_rate() {
	local rate
	rate=$(fio --name="$1" --filename="$2" --direct=1 --ioengine=io_uring --rw=randread --bs=4k --size=64M \
		--iodepth="$3" --time_based --runtime=$SECONDS_EACH --output-format=json |
		jq '.jobs[0].read.iops | round')
	record "$1" "$3" "$rate"
}

# The same commands with dma=confined and dma=open, in turn.
for dma in confined open confined open; do
	load "${DEFAULT[@]}" cpus=2,3 dma=$dma
	"$URING" "$NG" store standard n=$KEYS size=4096
	for depth in 1 32; do
		for verb in empty exist retrieve; do
			command_rate "$NG" $verb standard "$depth" "$verb-$dma" size=4096
		done
	done
done

load "${DEFAULT[@]}" cpus=2,3 inline_bytes="${INLINE:-4096}"
GENERIC=${NG%n2}n1
"$URING" "$NG" store standard n=$KEYS size=64
"$URING" "$GENERIC" store vendor n=$KEYS size=64
fio --name=fill --filename="$BLK" --direct=1 --rw=write --bs=128k --size=64M --output=/dev/null
modprobe null_blk nr_devices=1 queue_mode=2 irqmode=0 completion_nsec=0 submit_queues=4 size=1 2>/dev/null || true
for depth in "${DEPTHS[@]}"; do
	command_rate "$NG" empty standard "$depth"
	command_rate "$NG" carry standard "$depth"
	command_rate "$NG" exist standard "$depth"
	command_rate "$NG" retrieve standard "$depth"
	command_rate "$NG" retrieve standard "$depth" registered fixed=1
	command_rate "$NG" store standard "$depth"
	command_rate "$GENERIC" retrieve vendor "$depth" vendor
	fio_rate randread "$BLK" "$depth"
	if [[ -b /dev/nullb0 ]]; then fio_rate null_blk /dev/nullb0 "$depth"; fi
done
unload
