#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Unloads the module, unless its device is in use.
set -euo pipefail

usage() {
	cat <<'USAGE'
Usage: scripts/unload.sh [--force]

Unloads vkvssd. Everything that is stored on the device is lost, and its memory is
given back. Refuses while the device is mounted, used as swap, part of another
block device, or open in a process. Needs root.

  --force   unloads it even then, as if the device were pulled out
USAGE
}

die() {
	echo "unload.sh: $*" >&2
	exit 1
}

functions() {
	local dir
	for dir in /sys/bus/pci/devices/*; do
		if [[ $(cat "$dir/vendor" "$dir/device") == $'0x564b\n0x5653' ]]; then echo "$dir"; fi
	done
}

# The device nodes of a function, one a line.
nodes() {
	local ctrl name node
	for ctrl in "$1"/nvme/nvme*; do
		echo "/dev/${ctrl##*/}"
		for name in $(cd "$ctrl" && ls -d nvme*n* 2>/dev/null); do
			for node in "/dev/$name" "/dev/ng${name#nvme}"; do
				if [[ -e $node ]]; then echo "$node"; fi
			done
		done
	done
}

check_block_device() {
	local node=$1 mounts holders
	mounts=$(lsblk -nro MOUNTPOINTS "$node" | grep . | tr '\n' ' ') || true
	[[ -z $mounts ]] || die "$node is in use: ${mounts}(umount or swapoff it first)"
	holders=$(lsblk -nro NAME,TYPE "$node" | awk '$2 != "disk" && $2 != "part" { print $1 }' | tr '\n' ' ')
	[[ -z $holders ]] || die "$node is part of ${holders}(take that apart first)"
}

check_open() {
	local node=$1 pids
	pids=$(find /proc/[0-9]*/fd -lname "$node" -o -lname "${node}p[0-9]*" 2>/dev/null |
		cut -d / -f 3 | sort -un | tr '\n' ' ') || true
	[[ -z $pids ]] || die "$node is open in process ${pids}(end that first)"
}

check_unused() {
	local function node
	for function in $(functions); do
		for node in $(nodes "$function"); do
			if [[ -b $node ]]; then check_block_device "$node"; fi
			check_open "$node"
		done
	done
}

main() {
	case ${1:-} in
	-h | --help) usage; exit ;;
	'' | --force) ;;
	*) usage >&2; exit 2 ;;
	esac
	((EUID == 0)) || die "only root can unload modules; try: sudo scripts/unload.sh"
	[[ -e /sys/module/vkvssd ]] || die "vkvssd is not loaded"
	if [[ ${1:-} != --force ]]; then check_unused; fi
	rmmod vkvssd || die "rmmod failed; see dmesg"
	echo "unload.sh: vkvssd is unloaded, its memory given back"
}

main "$@"
