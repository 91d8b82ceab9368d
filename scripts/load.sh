#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loads the module on this machine, and says which devices appeared.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(dirname "$HERE")
KO=${VKVSSD_KO:-$TOP/vkvssd.ko}
WAIT=30 # seconds for the nvme driver

usage() {
	cat <<'USAGE'
Usage: scripts/load.sh [PARAMETER=VALUE...]

Builds vkvssd.ko if it is missing or old, loads it with the given parameters, and
prints the devices that appeared. Needs root.

Without parameters, the device has 1 GiB of ordinary memory. Usual parameters (modinfo -p vkvssd.ko names all of them):

  memmap_size=1G      memory for the device
  memmap_start=4G     where this memory is, if it was reserved at boot with the
                      kernel argument memmap=1G$4G
  cpus=1,2            the dispatcher's CPU, then one for each worker
  namespaces=block,kv kinds of the namespaces

Environment:
  KERNELDIR           kernel to build against [/lib/modules/$(uname -r)/build]
  VKVSSD_KO           loads this file, and builds nothing
USAGE
}

die() {
	echo "load.sh: $*" >&2
	exit 1
}

is_stale() {
	[[ ! -e $KO || -n $(find "$TOP" \( -path "$TOP/build" -o -path "$TOP/tests" \) -prune -o \
		-newer "$KO" \( -name '*.[ch]' -o -name Kbuild \) -print -quit) ]]
}

built_for() {
	modinfo -F vermagic "$KO" | cut -d ' ' -f 1
}

build() {
	local release headers
	release=$(uname -r)
	headers=${KERNELDIR:-/lib/modules/$release/build}
	if ! is_stale && [[ $(built_for) == "$release" ]]; then return; fi
	[[ -e $headers/Makefile ]] ||
		die "no kernel headers in $headers; run: apt-get install linux-headers-$release"
	echo "load.sh: building $KO"
	make -s -C "$TOP" KERNELDIR="$headers" >&2 || die "the build failed (above)"
}

# The device directories of our functions, one a line.
functions() {
	local dir
	for dir in /sys/bus/pci/devices/*; do
		if [[ $(cat "$dir/vendor" "$dir/device") == $'0x564b\n0x5653' ]]; then echo "$dir"; fi
	done
}

# Prints the kernel's lines about the device, or about loading it, since the module
# was loaded. (awk would expand backslashes in a variable that -v sets.)
kernel_lines() {
	dmesg | LAST_LINE=$LAST_LINE awk '{ out = out $0 "\n" } $0 == ENVIRON["LAST_LINE"] { out = "" } END { printf "%s", out }' |
		grep -iE 'vkvssd|nvme|lockdown|module verification|pci f[0-9a-f]{3}:' || true
}

show_kernel_lines() {
	echo "load.sh: the kernel says:" >&2
	kernel_lines | sed 's/^/load.sh: | /' >&2
}

# The kernel does not name a remedy for these errors of insmod.
say_remedy() {
	local forbidden
	forbidden=$(kernel_lines | sed -n "s/.*vkvssd: .* invalid for parameter .\([a-z_]*\).*/\1/p" | tail -n 1)
	if [[ $1 == *'Operation not permitted'* && -n $forbidden ]]; then
		echo "load.sh: this kernel is in lockdown and takes no parameters that choose hardware: leave $forbidden= out" >&2
		return
	fi
	case $1 in
	*'Key was rejected'* | *'Required key'* | *'Operation not permitted'*)
		echo "load.sh: this kernel takes signed modules only (secure boot, lockdown): sign $KO with a key that is enrolled (mokutil --import)" >&2
		;;
	*'Invalid module format'* | *'Exec format error'*)
		echo "load.sh: $KO is for Linux $(built_for), this is $(uname -r): build it again" >&2
		;;
	esac
}

load_module() {
	local said
	LAST_LINE=$(dmesg | tail -n 1)
	if said=$(insmod "$KO" "$@" 2>&1); then return; fi
	show_kernel_lines
	say_remedy "$said"
	die "${said#insmod: }"
}

# The controller is live when the driver has made its queues. Then the driver looks
# for namespaces, and udev waits for them.
wait_for_controller() {
	local i state
	for ((i = 0; i < WAIT * 10; i++)); do
		state=$(cat "$1"/nvme/nvme*/state 2>/dev/null || true)
		if [[ $state == live ]] || gave_up; then break; fi
		sleep 0.1
	done
	if [[ $state != live ]]; then
		show_kernel_lines
		die "the nvme driver did not take the device; scripts/unload.sh unloads the module"
	fi
	sleep 0.5
	if command -v udevadm >/dev/null; then udevadm settle || true; fi
}

# Has the kernel said that the driver will not come?
gave_up() {
	grep -q 'did not take the device\|Removing after probe failure' <<<"$(kernel_lines)"
}

# Prints the nodes of a controller: its own, and for each namespace the character
# device and, if there is one, the block device.
show_nodes() {
	local ctrl=$1 dir name node
	echo "/dev/${ctrl##*/}	controller"
	for dir in "$ctrl"/nvme*n*; do
		name=${dir##*/}
		for node in "/dev/$name" "/dev/ng${name#nvme}"; do
			if [[ -e $node ]]; then echo "$node	namespace $(<"$dir/nsid")"; fi
		done
	done
}

main() {
	local args=("$@") function
	if [[ ${1:-} == -h || ${1:-} == --help ]]; then
		usage
		exit
	fi
	((EUID == 0)) || die "only root can load modules; try: sudo scripts/load.sh $*"
	[[ ! -e /sys/module/vkvssd ]] || die "vkvssd is loaded already; run scripts/unload.sh first"
	if [[ ${args[*]} != *memmap_size=* ]]; then args+=(memmap_size=1G); fi
	if [[ -z ${VKVSSD_KO:-} ]]; then build; fi
	modprobe -a nvme configfs 2>/dev/null || true # they may be built in
	load_module "${args[@]}"
	for function in $(functions); do
		wait_for_controller "$function"
		show_nodes "$(echo "$function"/nvme/nvme*)"
	done
}

main "$@"
