# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # its users are elsewhere
# The settings of a device in configfs: a right and a wrong value of each, for tests of
# devices. A test sources this file after lib.sh.

CONFIG=/sys/kernel/config/vkvssd
# Files of a device that are no settings.
NO_SETTINGS='power function'

# Each line is a setting:
#
#	NAME WHEN RIGHT WRONG ERRNO [power]
#
# WHEN	"live": it may change while the device runs; "fixed": it may not
# RIGHT	values that are taken while the device is down, separated by |
# WRONG	a value that is refused with ERRNO, when it is written or, with the last word
#	"power", when the device is powered up
#
# A setting without a line fails the test "devices".
SETTINGS='
memmap_size	fixed	24M|32M|48M|64M			banana	EINVAL
memmap_start	fixed	5G				1G1	EINVAL
path		fixed	/dev/shm/vkv-some		/vkv-no	ENOENT	power
memory		fixed	pages|reserved|blocks|file	stone	EINVAL
bar_start	fixed	5G				1000	EINVAL
node		fixed	0				here	EINVAL
dispatchers	fixed	1|2|4				9	ERANGE
cpus		fixed	3|1,2|3,2,1,0			99	ENODEV
share		fixed	one				spoon	ENODEV	power
namespaces	fixed	block,kv|kv,block|block,kv:8M,kv:6M,block:7M|block|kv	disk	EINVAL
index		fixed	extendible|plain		nosuch	EINVAL
space		fixed	log				nosuch	EINVAL
victim		live	greedy|cost-benefit		nosuch	EINVAL
op		live	12|30|9				51	ERANGE
verify		fixed	header|value			all	EINVAL
timing		live	simple:read_delay=15000|pm983-kv|none	nosuch	EINVAL
poll		live	busy|adaptive			never	EINVAL
poll_idle_us	live	1000|20|100000|40000		19	ERANGE
inline_bytes	live	0|65536|512|4096		65537	ERANGE
dma		fixed	confined|open			closed	EINVAL
engine		fixed	dma0chan0			nosuch	EINVAL	power
nice		live	5|-20|19|0			20	ERANGE
fifo		live	1|0				100	ERANGE
'

# What the shell says for an errno.
declare -A ERRNO_TEXT=(
	[EACCES]='Permission denied'
	[EBUSY]='resource busy'
	[EINVAL]='Invalid argument'
	[ENODEV]='No such device'
	[ENOENT]='No such file'
	[ERANGE]='out of range'
)

# Kernels of our own that check themselves have no DMA operations of devices, so the
# device cannot be confined there.
#
# setting NAME : sets WHEN, RIGHT (an array), WRONG, ERRNO and AT from its line, or fails
setting() {
	local name right
	while read -r name WHEN right WRONG ERRNO AT; do
		if [[ $name == "$1" ]]; then
			IFS='|' read -ra RIGHT <<<"$right"
			if [[ $name == dma && $KERNEL == *-@(debug|kcsan) ]]; then RIGHT=(open); fi
			return
		fi
	done <<<"$SETTINGS"
	return 1
}

# settings_of DIRECTORY : prints the names of a device's settings. A list has a directory
# of its name, and a file in there.
settings_of() {
	local file
	for file in "$1"/* "$1"/*/list; do
		if [[ -f $file && " $NO_SETTINGS " != *" ${file##*/} "* ]]; then
			file=${file#"$1"/}
			echo "${file%/list}"
		fi
	done
}

# file_of DIRECTORY NAME : sets FILE to the file of a setting
file_of() {
	FILE=$1/$2
	if [[ -d $FILE ]]; then FILE+=/list; fi
}

# A line of the log has to say what can be done about a wrong value.
REMEDY='give |say |see |choose |leave |write |name |run: | from -?[0-9]+ to -?[0-9]+'

# Prints the lines that the module has written to the log since the marker.
said() {
	dmesg | awk '/vkvssd-test: settings/ { out = ""; next } /vkvssd: / { out = out $0 "\n" } END { printf "%s", out }'
}

# refused ERRNO WORDS VALUE FILE : the write fails, nothing changes, and one line of the
# log has the name of the device, then the words, and a remedy. Without words, the log
# says nothing
refused() {
	local line old device
	device=${4#"$CONFIG"/}
	device=${device%%/*}
	old=$(<"$4")
	echo "vkvssd-test: settings" >/dev/kmsg
	if (echo "$3" >"$4") 2>"$TMP/err"; then fail "$4 takes '$3'"; fi
	grep -q "${ERRNO_TEXT[$1]}" "$TMP/err" || fail "$4: '$3': $(<"$TMP/err"), not $1"
	same "$4 after '$3' was refused" "$(<"$4")" "$old"
	line=$(said)
	if [[ -z $2$line ]]; then return; fi
	[[ $line == *"$device: $2"* && $line =~ $REMEDY && $line != *$'\n'* ]] || fail "$4: '$3': the log says '$line'"
}

# Mounts configfs, which Debian's kernels have as a module.
configfs() {
	modprobe configfs
	mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
}
