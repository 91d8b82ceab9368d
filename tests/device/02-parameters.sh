#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A wrong parameter, and a module for another kernel: the right errno, and a line
# that names it and its value.
# boot: reserved
source "$(dirname "$0")/lib.sh"

unload
modprobe nvme
expect_log 'vkvssd'

# refused ERRNO-TEXT PARAMETER VALUE INSMOD-ARGUMENT...
refused() {
	local errno=$1 parameter=$2 value=$3 said line
	shift 3
	echo "vkvssd-test: parameters: $*" >/dev/kmsg
	if said=$(insert "$@" 2>&1); then
		rmmod vkvssd
		fail "accepted: $*"
	fi
	[[ $said =~ $errno ]] || fail "$*: insmod says '$said', expected $errno"
	line=$(dmesg | awk '/vkvssd-test: parameters/ { out = ""; next } /vkvssd/ { out = out $0 "\n" } END { printf "%s", out }')
	echo "$line"
	[[ $line == *"$parameter"* ]] || fail "$*: the log does not name $parameter: '$line'"
	[[ $line == *"$value"* ]] || fail "$*: the log does not name $value: '$line'"
	! loaded || fail "$*: the module stayed"
	! pci_function || fail "a PCI function stayed"
}

INVAL='Invalid (parameters|argument)'
BUSY='Device or resource busy'
CPU="$INVAL|No such device"
RANGE='Numerical result out of range'

# Without any parameter, devices are made in configfs, if it is there.
if modprobe -r configfs 2>/dev/null || [[ ! -e /sys/module/configfs ]]; then
	refused 'No such device' 'modprobe configfs' 'memmap_size='
fi
refused "$INVAL" memmap_size '' memmap_start=4G
refused "$INVAL" memmap_size banana memmap_start=4G memmap_size=banana
refused "$INVAL" memmap_size 1G1 memmap_start=4G memmap_size=1G1
refused "$INVAL" memmap_size 1M memmap_start=4G memmap_size=1M
refused "$INVAL" memmap_size -1 memmap_start=4G memmap_size=-1
refused "$INVAL" memmap_start 4G4 memmap_start=4G4 memmap_size=1G
refused "$INVAL" memmap_start 4294967297 memmap_start=4294967297 memmap_size=1G
# shellcheck disable=SC2016 # no expansion wanted
remedy='memmap=512M$' behind="$BUSY|$INVAL"
if [[ $(uname -m) == aarch64 ]]; then remedy='mem=' behind='No such device'; fi
refused "$BUSY|$INVAL" "$remedy" 1G memmap_start=1G memmap_size=512M
# half in the reserved gigabytes, half in System RAM; on arm64 there is no memory in the
# second half, where a read would stop the machine
refused "$behind" memmap_start 5G memmap_start=5G memmap_size=1G
# the I/O APIC and the registers behind it
refused "$BUSY|$INVAL" memmap_start 0xfec00000 memmap_start=0xfec00000 memmap_size=32M
# beyond every memory, and past the end of the address space
refused "$BUSY|$INVAL|Cannot allocate|No such device|Numerical result|Value too large|out of range" memmap_start \
	0xffffffffff000000 memmap_start=0xffffffffff000000 memmap_size=1G
refused "$CPU" cpus 99 memmap_start=4G memmap_size=1G cpus=1,99
refused "$INVAL" cpus 1,1 memmap_start=4G memmap_size=1G cpus=1,1
refused "$INVAL" cpus x memmap_start=4G memmap_size=1G cpus=1,x
refused "$INVAL" cpus -1 memmap_start=4G memmap_size=1G cpus=-1
refused "$INVAL" verify all memmap_start=4G memmap_size=1G verify=all
refused "$INVAL" dispatchers two memmap_start=4G memmap_size=1G dispatchers=two
refused "$INVAL|$RANGE" dispatchers=9 'from 1 to 8' memmap_start=4G memmap_size=1G dispatchers=9
refused "$INVAL" cpus=1 'dispatchers=2 need one each' memmap_start=4G memmap_size=1G dispatchers=2 cpus=1
refused "$INVAL" dispatchers=8 'need a CPU each' memmap_start=4G memmap_size=1G dispatchers=8
refused "$INVAL" namespaces disk memmap_start=4G memmap_size=1G namespaces=block,disk
refused "$INVAL" index nosuch memmap_start=4G memmap_size=1G index=nosuch
refused "$INVAL" space nosuch memmap_start=4G memmap_size=1G space=nosuch
refused "$INVAL" victim nosuch memmap_start=4G memmap_size=1G victim=nosuch
refused "$INVAL" memmap_sise '' memmap_sise=1G
refused "$INVAL" frobnicate 1 memmap_start=4G memmap_size=1G frobnicate=1
refused "$INVAL|Numerical result|out of range" nice 20 memmap_start=4G memmap_size=1G nice=20
refused "$INVAL" fifo high memmap_start=4G memmap_size=1G fifo=high
refused "$INVAL|$RANGE" fifo=100 'from 0 to 99' memmap_start=4G memmap_size=1G fifo=100
refused "$INVAL" inline_bytes many memmap_start=4G memmap_size=1G inline_bytes=many
refused "$INVAL|Numerical result|out of range" inline_bytes 65537 memmap_start=4G memmap_size=1G inline_bytes=65537
refused "$INVAL" timing nosuch memmap_start=4G memmap_size=1G timing=nosuch
refused "$INVAL" timing "'x' is no key of none" memmap_start=4G memmap_size=1G timing=none:x=1
refused "$INVAL" timing "'read_dela' is no key" memmap_start=4G memmap_size=1G timing=simple:read_dela=1
refused "$INVAL" timing "'dies=many'" memmap_start=4G memmap_size=1G timing=none,pm983-kv:dies=many
refused "$INVAL" timing '3 for 2 namespaces' memmap_start=4G memmap_size=1G timing=none,none,none
refused "$RANGE" timing 'from 1 to 64' memmap_start=4G memmap_size=1G timing=nand:dies=65

# A module that was built for another release. Kernels with symbol versions would
# load it; the others name both releases.
release=$(uname -r)
other=9${release:1}
sed "s/$release/$other/g" "$MODULE" >"$TMP/vkvssd.ko"
MODULE=$TMP/vkvssd.ko refused 'Invalid module format|Exec format error' vkvssd "$other" memmap_start=4G memmap_size=1G

# and after all that, the right ones work
load memmap_start=4G memmap_size=1G cpus=1,2 nice=-5 inline_bytes=0
same "nice value of the dispatcher" "$(ps -o ni= -p "$(pgrep -x vkv_dispatcher)" | tr -d ' ')" -5
v store params yes
v get params 3 data=yes
unload
