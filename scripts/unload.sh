#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Unloads the module, unless its device is in use.
set -euo pipefail

# shellcheck source=scripts/use.bash
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/use.bash"

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

# A directory of configfs keeps the module in use, except that of the module's parameters.
check_directories() {
	local dir names=''
	for dir in /sys/kernel/config/vkvssd/*/; do
		if [[ -d $dir ]]; then names+=" $(basename "$dir")"; fi
	done
	[[ -z $names || $(</sys/module/vkvssd/refcnt) == 0 ]] ||
		die "there are devices that were made at run time, of$names (kvssd remove takes them away)"
}

main() {
	local function
	case ${1:-} in
	-h | --help) usage; exit ;;
	'' | --force) ;;
	*) usage >&2; exit 2 ;;
	esac
	((EUID == 0)) || die "only root can unload modules; try: sudo scripts/unload.sh"
	[[ -e /sys/module/vkvssd ]] || die "vkvssd is not loaded"
	check_directories
	if [[ ${1:-} != --force ]]; then
		for function in $(functions); do check_unused "$function"; done
	fi
	rmmod vkvssd || die "rmmod failed; see dmesg"
	echo "unload.sh: vkvssd is unloaded, its memory given back"
}

main "$@"
