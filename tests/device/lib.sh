# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # its users are elsewhere
# Functions of all device tests. A test sources this file, names the tools that it
# requires, and ends with 0 (passed), 77 (skipped) or anything else (failed).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
KERNEL=${VKVSSD_VM:?the device tests run in a guest of scripts/dev/vm, see tests/run-vm}
SERIES=${KERNEL%%-*}
MODULE=$TOP/build/$KERNEL/vkvssd.ko
PROGRAMS=$TOP/build/tests$([[ $(uname -m) != aarch64 ]] || echo -arm64)
KVTOOL=$PROGRAMS/kvtool
RAWHOST=$PROGRAMS/rawhost
FUZZ=$PROGRAMS/fuzz
URING=$PROGRAMS/uring
FAILLOAD=$PROGRAMS/failload
FORGE=$PROGRAMS/forge
KEXEC=$PROGRAMS/kexec
KV=$TOP/scripts/kv
MODEL='vKVSSD Virtual SSD'
STATE=/run/vkvssd-tests
BOOT=${BOOT:-reserved}
# A kernel that checks everything may take so many times as long.
case $KERNEL in
*-*) SLOW=6 ;;
*) SLOW=1 ;;
esac
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
mkdir -p "$STATE"

# Parameters of the module in each boot of tests/run-vm, unless a test wants others.
case $BOOT in
plain) DEFAULT=(memory=blocks memmap_size=512M) ;;
*) DEFAULT=(memmap_start=4G memmap_size=1G) ;;
esac

fail() {
	echo "FAILED (line ${BASH_LINENO[0]}): $*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# requires TOOL... : in the path, or the test is skipped
requires() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "needs $tool"
	done
}

# expect_log REGEX... : the test provokes lines of the kernel's log that match one of
# these extended regular expressions
expect_log() {
	printf '%s\n' "$@" >>"$STATE/expected-log"
}

# ---- leaks, on kernels that look for them ----

KMEMLEAK=/sys/kernel/debug/kmemleak

# Copies the list of unreferenced objects to $TMP/leaks, and forgets them. kmemleak
# looks at an object when it is five seconds old, and reports it when a second scan
# finds it unchanged.
take_leaks() {
	sleep 6
	echo scan >$KMEMLEAK
	echo scan >$KMEMLEAK
	cat $KMEMLEAK >"$TMP/leaks"
	echo clear >$KMEMLEAK
}

# Objects that are unreferenced before a test are not its leaks.
forget_leaks() {
	if [[ -w $KMEMLEAK ]]; then take_leaks; fi
}

# Every leak counts, whichever code allocated it. PCI core, irq core and driver core
# allocate for this module, and a report names only them once the module has gone.
# Nothing else that runs here leaks.
no_leaks() {
	local nr
	if [[ ! -w $KMEMLEAK ]]; then return; fi
	take_leaks
	nr=$(grep -c '^unreferenced object' "$TMP/leaks") || return 0
	head -n 100 "$TMP/leaks"
	fail "$nr leaked objects"
}

# ---- the device ----

loaded() {
	[[ -d /sys/module/vkvssd ]]
}

# Prints the name of the controller, such as nvme0.
controller() {
	local dir
	for dir in /sys/class/nvme/nvme*; do
		if [[ -r $dir/model && $(<"$dir/model") == "$MODEL"* ]]; then
			echo "${dir##*/}"
			return
		fi
	done
	return 1
}

# wait_for SECONDS COMMAND... : repeats it until it succeeds. A busy machine may take ten
# times as many seconds.
wait_for() {
	local end=$((SECONDS + $1 * SLOW * 10))
	shift
	until "$@"; do
		if ((SECONDS > end)); then return 1; fi
		sleep 0.1
	done
}

# Sets CTRL, BLK (namespace 1), NG (namespace 2) and PCI (its sysfs folder).
find_device() {
	CTRL=$(controller) || return 1
	[[ $(<"/sys/class/nvme/$CTRL/state") == live ]] || return 1
	BLK=/dev/${CTRL}n1
	NG=/dev/ng${CTRL#nvme}n2
	PCI=$(readlink -f "/sys/class/nvme/$CTRL/device")
}

device_there() {
	find_device && [[ -b $BLK && -c $NG ]]
}

pci_function() {
	local dir
	for dir in /sys/bus/pci/devices/*; do
		if [[ $(<"$dir/class") == 0x010802 && $(readlink -f "$dir") != *"/pci0000:"* ]]; then
			readlink -f "$dir"
			return
		fi
	done
	return 1
}

# Debug kernels have a part that the module needs as a module.
insert() {
	modprobe -q crypto_hash || true
	insmod "$MODULE" "$@"
}

# load [PARAMETER...] : loads the module, and waits for both namespaces
load() {
	unload
	modprobe nvme
	insert "$@"
	wait_for 60 device_there || {
		ls -d /sys/class/nvme/*/nvme*n* /dev/nvme* /dev/ng* 2>&1
		dmesg | tail -n 20
		fail "no $MODEL with both namespaces after loading with: $*"
	}
	echo "$*" >"$STATE/loaded-with"
}

unload() {
	if loaded; then rmmod vkvssd; fi
	rm -f "$STATE/loaded-with"
}

# The device as this boot's default has it, loaded now or by an earlier test.
device() {
	if loaded && device_there && [[ -e $STATE/loaded-with && $(<"$STATE/loaded-with") == "${DEFAULT[*]}" ]]; then
		return
	fi
	load "${DEFAULT[@]}"
}

# A controller reset, as nvme-cli asks for it.
reset_device() {
	expect_log 'nvme.*resetting controller$'
	nvme reset "/dev/$CTRL" || fail "nvme reset"
	wait_for 60 device_there || fail "not live after a reset"
}

# without_driver COMMAND... : takes the function away from the nvme driver, runs the
# command, whose exit status is in status, and gives it back
without_driver() {
	local slot=${PCI##*/}
	echo "$slot" >/sys/bus/pci/drivers/nvme/unbind
	status=0
	"$@" || status=$?
	echo "$slot" >/sys/bus/pci/drivers/nvme/bind
	wait_for 60 device_there || fail "the driver does not find the device any more"
}

# ---- commands: v on namespace 1 (vendor dialect), s on namespace 2 ----

v() {
	"$KVTOOL" "$BLK" "$@" || fail "v $*"
}

s() {
	"$KVTOOL" "$NG" "$@" || fail "s $*"
}

# on NODE VERB... : on the namespace of any node
on() {
	"$KVTOOL" "$@" || fail "$*"
}

admin() {
	"$KVTOOL" "/dev/$CTRL" raw admin=1 nsid=0 "$@" || fail "admin $*"
}

# Prints the result dword, as a number, of a command that must succeed.
result_of() {
	local out
	out=$("$KVTOOL" "$@") || fail "$*: $out"
	echo $((${out##*result=}))
}

# same WHAT GOT EXPECTED
same() {
	[[ $2 == "$3" ]] || fail "$1: '$2', expected '$3'"
}

# below WHAT GOT LIMIT
below() {
	(($2 < $3)) || fail "$1: $2, expected less than $3"
}

# ---- commands on both namespaces, in the background of a test ----

# Updates keys and reads them back until told to stop.
keep_busy() {
	until [[ -e $TMP/stop ]]; do
		"$KVTOOL" "$1" bulk-store n=40 size=20000 prefix="$2" || return 1
		"$KVTOOL" "$1" bulk-verify n=40 size=20000 prefix="$2" || return 1
		"$KVTOOL" "$1" bulk-delete n=20 prefix="$2" || return 1
		sleep 0.1
	done
}

begin_busy() {
	keep_busy "$BLK" busyv >"$TMP/vendor" 2>&1 &
	BUSY_JOBS=($!)
	keep_busy "$NG" busys >"$TMP/standard" 2>&1 &
	BUSY_JOBS+=($!)
}

end_busy() {
	touch "$TMP/stop"
	wait "${BUSY_JOBS[@]}" || { tail -n 5 "$TMP/vendor" "$TMP/standard"; fail "the commands beside it"; }
}

# Checks the values that the background jobs left, each after a complete round.
check_busy() {
	v bulk-verify n=20 start=20 size=20000 prefix=busyv
	s bulk-verify n=20 start=20 size=20000 prefix=busys
}

# reset_under_load N PREFIX COMMAND... : runs the command N times, while fio writes and
# verifies, and the 300 keys with this prefix are read. The block layer repeats commands
# that a reset cancels. Passthrough commands end with an error; their sender repeats
# them.
reset_under_load() {
	local n=$1 prefix=$2 job reader
	shift 2
	fio --filename="$BLK" --verify_state_save=0 "$TOP/scripts/fio/verify.fio" >"$TMP/fio" 2>&1 &
	job=$!
	expect_log 'nvme.*resetting controller$'
	(while :; do "$KVTOOL" "$BLK" bulk-verify n=300 size=1500 prefix="$prefix" || true; done) >/dev/null 2>&1 &
	reader=$!
	while ((n--)); do
		sleep 0.7
		"$@" || true
		nvme smart-log "/dev/$CTRL" >/dev/null || true
	done
	kill "$reader"
	wait "$reader" 2>/dev/null || true
	wait "$job" || { cat "$TMP/fio"; fail "fio under resets"; }
	wait_for 60 device_there || fail "not live after resets under load"
}

# ---- the rest ----

# Mounts the kernel's tracing, if this kernel has it.
tracing() {
	[[ -e /sys/kernel/tracing/trace ]] || mount -t tracefs none /sys/kernel/tracing 2>/dev/null
}

# Removes all keys that other tests left.
wipe() {
	local handle
	for handle in $(open_iterators); do v iter-close "$handle" >/dev/null; done
	handle=$(result_of "$BLK" iter-open 0 0 0x10)
	wait_for 60 iterator_done "$handle" || fail "the delete iterator does not end"
	v iter-close "$handle" >/dev/null
	s delete-all
}

# Copies log D0h, the iterators, to $TMP/iterators.
read_iterators() {
	admin op=0x02 cdw10=0x3f00d0 len=256 out="$TMP/iterators" >/dev/null
}

open_iterators() {
	read_iterators
	od -An -v -w16 -tu1 "$TMP/iterators" | awk '$2 == 1 { print $1 }'
}

# iterator_done HANDLE : succeeds if the log says so
iterator_done() {
	read_iterators
	[[ $(od -An -v -w16 -tu1 "$TMP/iterators" | awk -v h="$1" '$1 == h && $2 { print $13 }') == 1 ]]
}

# field FILE OFFSET BYTES : a little-endian number out of a page
field() {
	od -An -v -j "$2" -N "$3" -t "u$3" "$1" | tr -d ' '
}

now_ms() {
	local t=${EPOCHREALTIME/./}
	echo $((t / 1000))
}

# given_back KB : checks that MemTotal is KB again. The first time it may be more,
# because the page structs of memory that is there since boot are not counted, and
# later ones are.
given_back() {
	local now
	now=$(mem_total_kb)
	((now >= $1 && now <= $1 + (16 << 10))) || fail "MemTotal is $now kB, was $1 kB"
}

mem_total_kb() {
	awk '/^MemTotal/ { print $2 }' /proc/meminfo
}
