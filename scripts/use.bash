# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Finds the nodes of a device, and refuses to lose what is in use. Its users have die().

# nodes FUNCTION : the nodes of a PCI function, by its directory in sysfs, one a line
nodes() {
	local ctrl name node
	for ctrl in "$1"/nvme/nvme*; do
		[[ -e $ctrl ]] || continue
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

# check_unused FUNCTION : dies when a node of it is mounted, used as swap, part of another
# block device, or open
check_unused() {
	local node
	for node in $(nodes "$1"); do
		if [[ -b $node ]]; then check_block_device "$node"; fi
		check_open "$node"
	done
}
