#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The output of nvme-cli, command by command, is the one that was once found right.
# So are the statuses of everything that the device does not have.
# boot: reserved
source "$(dirname "$0")/lib.sh"
source "$HERE/golden.sh"
requires nvme

# on_each NAME COMMAND... : on both namespaces
on_each() {
	golden "$1" nvme "${@:2}" "/dev/$CTRL" -n 1
	golden "$1" nvme "${@:2}" "/dev/$CTRL" -n 2
}

identify() {
	golden list nvme list
	golden list nvme list-subsys "$BLK"
	golden list nvme list-ns "/dev/$CTRL"
	golden list nvme list-ns "/dev/$CTRL" --all
	golden list nvme list-ns "/dev/$CTRL" --csi=1
	golden list nvme list-ctrl "/dev/$CTRL"
	golden list nvme list-ctrl "/dev/$CTRL" -n 1
	golden list nvme get-ns-id "$BLK"
	golden list nvme get-ns-id "$NG"
	golden id-ctrl nvme id-ctrl "/dev/$CTRL"
	golden id-ctrl nvme nvm-id-ctrl "/dev/$CTRL"
	on_each id-ns id-ns
	golden id-ns nvme id-ns "/dev/$CTRL" -n 3
	on_each id-ns cmdset-ind-id-ns
	on_each id-ns ns-descs
	on_each id-ns nvm-id-ns
	golden id-ns nvme id-ns-lba-format "/dev/$CTRL" -i 0
	golden id-iocs nvme id-iocs "/dev/$CTRL"
	local command
	for command in id-ns-granularity id-nvmset id-uuid id-domain list-endgrp primary-ctrl-caps list-secondary; do
		golden id-others nvme "$command" "/dev/$CTRL"
	done
}

logs() {
	local command log
	golden error-log nvme error-log "/dev/$CTRL" -e 2
	golden smart-log nvme smart-log "/dev/$CTRL"
	golden smart-log nvme smart-log "/dev/$CTRL" -n 1
	golden fw-log nvme fw-log "/dev/$CTRL"
	golden supported-logs nvme supported-log-pages "/dev/$CTRL"
	golden effects-log nvme effects-log "/dev/$CTRL" --csi=0 -H
	golden effects-log nvme effects-log "/dev/$CTRL" --csi=1 -H
	golden effects-log nvme effects-log "/dev/$CTRL" --csi=2
	for command in changed-ns-list-log self-test-log sanitize-log ana-log resv-notif-log \
		mi-cmd-support-effects-log fid-support-effects-log media-unit-stat-log supported-cap-config-log \
		"endurance-log -g 1" "predictable-lat-log -i 1" pred-lat-event-agg-log endurance-event-agg-log \
		"persistent-event-log -a 0" "lba-status-log" "telemetry-log -o $TMP/telemetry" "boot-part-log -f $TMP/boot-part"; do
		# shellcheck disable=SC2086 # words
		golden log-others nvme ${command%% *} "/dev/$CTRL" ${command#"${command%% *}"}
	done
	for log in {0..32} 112 128 129 192 202 208 255; do
		printf 'admin=1 op=2 nsid=0 cdw10=%#x len=512\n' $((log | 127 << 16))
	done | golden_raw log-statuses "/dev/$CTRL"
}

# get_features SELECT : every feature, with a buffer, since some features have data
get_features() {
	local fid nsid
	for fid in {1..35} {120..132} 192 255; do
		for nsid in 0 1 2; do
			printf 'admin=1 op=0x0a nsid=%d cdw10=%#x len=4096\n' $nsid $((fid | $1 << 8))
		done
	done
}

features() {
	local fid
	for fid in {1..11} 14 {16..22} 25 32 129; do
		golden features nvme get-feature "/dev/$CTRL" -f "$fid" -H
	done
	get_features 0 | golden_raw feature-values "/dev/$CTRL"
	get_features 1 | golden_raw feature-defaults "/dev/$CTRL"
	get_features 3 | golden_raw feature-capabilities "/dev/$CTRL"
}

# Identify structures by number, and opcodes that only other devices have.
statuses() {
	local cns nsid
	for cns in {0..32}; do
		for nsid in 0 1 2 3 0xffffffff; do
			printf 'admin=1 op=6 nsid=%s cdw10=%#x len=4096\n' $nsid "$cns"
		done
	done | golden_raw identify-statuses "/dev/$CTRL"
	printf 'admin=1 op=%s nsid=1\n' 0x10 0x14 0x19 0x1a 0x1c 0x1e 0x24 0x7f 0x82 0x86 0xc0 |
		golden_raw admin-statuses "/dev/$CTRL"
	# a deallocate or write would do something
	printf 'op=%#x cdw2=0x78\n' {4..7} {10..127} | golden_raw block-statuses "$BLK"
	printf 'op=%#x cdw2=0x78\n' {3..31} {128..255} | golden_raw kv-statuses "$NG"
	golden others nvme resv-report "$BLK"
	golden others nvme get-lba-status "/dev/$CTRL" -n 1 --action=16 --max-dw=16
	golden others nvme dir-receive "/dev/$CTRL" -n 1 -D 0 -O 1 -H
	golden others nvme io-mgmt-recv "$BLK" --mo=1
}

[[ $(nvme version) == *"nvme version 2.3 "* ]] || skip "the golden files are of nvme-cli 2.3"
unload
load "${DEFAULT[@]}" cpus=1,2
identify
logs
features
statuses
golden_check
