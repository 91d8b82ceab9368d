#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Devices made, described, changed and removed in configfs, beside one another.
# boot: reserved
source "$(dirname "$0")/lib.sh"
source "$HERE/settings.sh"
requires nvme

clean_up() {
	local dir
	for dir in "$CONFIG"/*/; do rmdir "$dir" 2>/dev/null || true; done
	unload
	rm -rf "$TMP"
}

# describe NAME NUMBER : a directory with a place in the reserved memory
describe() {
	mkdir "$CONFIG/$1"
	echo 64M >"$CONFIG/$1/memmap_size"
	echo $((4096 + 64 * $2))M >"$CONFIG/$1/memmap_start"
}

# Sets CTRL, BLK and NG to those of the device with this name, when they are there.
nodes_of() {
	local function
	function=$(<"$CONFIG/$1/function")
	CTRL=$(basename /sys/bus/pci/devices/"$function"/nvme/nvme*)
	[[ $CTRL != 'nvme*' && $(<"/sys/class/nvme/$CTRL/state") == live ]] || return 1
	BLK=/dev/${CTRL}n1 NG=/dev/ng${CTRL#nvme}n2
	[[ -b $BLK && -c $NG ]]
}

up() {
	echo 1 >"$CONFIG/$1/power" || fail "$1: no power: $(dmesg | tail -n 3)"
	wait_for 60 nodes_of "$1" || fail "$1: no namespaces"
}

unload
trap clean_up EXIT
modprobe nvme
configfs
expect_log 'vkvssd: .*'

# Without parameters there is no device, and a directory makes one.
insert
if pci_function; then fail "a device without parameters"; fi
describe one 0
same "power" "$(<$CONFIG/one/power)" 0
same "function" "$(<$CONFIG/one/function)" ''
same "a default" "$(<$CONFIG/one/namespaces/list)" block,kv
up one
same "power" "$(<$CONFIG/one/power)" 1
v store one first
if rmmod vkvssd 2>/dev/null; then fail "unloaded beside a directory"; fi

if mkdir "$CONFIG/no name" 2>/dev/null; then fail "a name with a space"; fi
refused EINVAL power=maybe maybe $CONFIG/one/power
refused EACCES '' 1 $CONFIG/one/function

# Every setting takes right values, and refuses a wrong one with a reason.
mkdir $CONFIG/wrong
for name in $(settings_of $CONFIG/wrong); do
	file_of $CONFIG/wrong "$name"
	setting "$name" || fail "tests/device/settings.sh has no line for the setting $name"
	default=$(<"$FILE")
	for value in "${RIGHT[@]}"; do
		echo "$value" >"$FILE" || fail "$name=$value: $(dmesg | tail -n 1)"
		same "$name" "$(<"$FILE")" "$value"
	done
	if [[ $name == memmap_size ]]; then
		refused EINVAL 'memmap_size is missing' '' "$FILE"
	else
		echo >"$FILE"
		same "default of $name" "$(<"$FILE")" "$default"
	fi
	if [[ -z $AT ]]; then refused "$ERRNO" "$name=$WRONG" "$WRONG" "$FILE"; fi
done
# Others are found to be wrong when the device is powered up.
echo 64M >$CONFIG/wrong/memmap_size
echo 5440M >$CONFIG/wrong/bar_start
for name in $(settings_of $CONFIG/wrong); do
	setting "$name"
	if [[ -z $AT ]]; then continue; fi
	echo "$WRONG" >"$CONFIG/wrong/$name"
	refused "$ERRNO" "$name=$WRONG" 1 "$CONFIG/wrong/$AT"
	echo >"$CONFIG/wrong/$name"
done
echo >$CONFIG/wrong/bar_start
echo 4G >$CONFIG/wrong/memmap_start
refused EBUSY memmap_start=4G 1 $CONFIG/wrong/power
rmdir $CONFIG/wrong

# Some settings change while it runs, and the values show that.
# in_effect NAME VALUE : the file says so, the device, and its threads
in_effect() {
	local line="$1 $2" task
	task=$(pgrep -x vkv_dispatcher)
	same "$1" "$(<"$CONFIG/one/$1")" "$2"
	case $1 in
	op) line="op_permille $((10 * $2))" ;;
	nice) same "nice value" "$(ps -o ni= -p "$task" | tr -d ' ')" "$2" ;;
	fifo) same "real-time priority" "$(ps -o rtprio= -p "$task" | tr -d ' -')" "${2#0}" ;;
	esac
	grep -qx "$line" "/sys/kernel/debug/vkvssd/$(<$CONFIG/one/function)/info" || fail "info: not $line"
}

change_live() {
	local value
	for value in "${RIGHT[@]}"; do
		echo "$value" >"$FILE" || fail "$1=$value while the device runs: $(dmesg | tail -n 1)"
		in_effect "$1" "$value"
		v bulk-verify n=100 size=3000 prefix=live
		s store live "$1=$value"
	done
}

nodes_of one
v bulk-store n=100 size=3000 prefix=live
changed=0
for name in $(settings_of $CONFIG/one); do
	file_of $CONFIG/one "$name"
	setting "$name"
	case $WHEN in
	live)
		change_live "$name"
		refused "$ERRNO" "$name=$WRONG" "$WRONG" "$FILE"
		in_effect "$name" "${RIGHT[-1]}"
		changed=$((changed + 1))
		;;
	fixed) refused EBUSY "$name=${RIGHT[0]} cannot change" "${RIGHT[0]}" "$FILE" ;;
	*) fail "tests/device/settings.sh: $name is $WHEN, neither live nor fixed" ;;
	esac
done
((changed >= 5)) || fail "only $changed settings change while the device runs"
v bulk-verify n=100 size=3000 prefix=live
v bulk-delete n=100 prefix=live

# The tool does the same in one line.
kvssd() { "$TOP/scripts/kvssd" "$@"; }
# fails TEXT ARGUMENT... : kvssd refuses, with a line that has the text
fails() {
	local text=$1
	shift
	if kvssd "$@" >"$TMP/out" 2>&1; then fail "kvssd $* succeeds"; fi
	grep -q "^kvssd: .*$text" "$TMP/out" || { cat "$TMP/out"; fail "kvssd $*: no line with '$text'"; }
}
kvssd create tool memmap_size=64M memmap_start=4160M op=9 | tee "$TMP/out"
grep -Eq '^tool: .*/dev/ng[0-9]+n2' "$TMP/out" || fail "kvssd create names no nodes"
grep -Eq '^tool +up +f00[0-9]:00:00.0 +64M +/dev/' <(kvssd list) || { kvssd list; fail "kvssd list"; }
same "kvssd show" "$(kvssd show tool op power)" $'9\n1'
grep -qx 'victim=cost-benefit' <(kvssd show tool) || { kvssd show tool; fail "kvssd show: no defaults"; }
kvssd set tool victim=greedy
same "victim" "$(<$CONFIG/tool/victim)" greedy
fails 'verify=value cannot change while the device runs' set tool verify=value
fails 'there is no setting opp' set tool opp=12
fails 'there is no device spoon' remove spoon
fails 'there is a device tool already' create tool
fails 'memmap_size=banana' create spoon memmap_size=banana
[[ ! -d $CONFIG/spoon ]] || fail "a device that could not be made is left"
kvssd down tool
kvssd set tool op=12 verify=value
kvssd up tool
kvssd remove tool

# A device that uses the threads of another one has none of its own.
threads() { pgrep -c '^vkv' || true; }
before=$(threads)
fails 'share=spoon: no device' create guest memmap_size=64M memmap_start=4160M share=spoon
fails 'nice=3 beside share=one' create guest memmap_size=64M memmap_start=4160M nice=3 share=one
kvssd create guest memmap_size=64M memmap_start=4160M share=one
same "threads" "$(threads)" "$before"
nodes_of guest
v bulk-store n=200 size=2000 prefix=guest &
worker=$!
(nodes_of one && v bulk-store n=200 size=2000 prefix=host)
wait "$worker" || fail "a store of the guest"
fails 'nice=3 beside share=one' set guest nice=3
# The threads live as long as a device uses them.
kvssd down one
nodes_of guest
v bulk-verify n=200 size=2000 prefix=guest
same "threads" "$(threads)" "$before"
v bulk-store n=200 size=2000 prefix=more
kvssd up one
(($(threads) > before)) || fail "the device has no threads of its own"
kvssd remove guest
as_before() { (($(threads) == before)); }
wait_for 10 as_before || fail "threads are left"
nodes_of one
v store one first

# Sixteen at once: each has a name of its own everywhere, and its own values.
for i in {1..15}; do
	describe "d$i" "$i"
	echo $((i % 3 + 1)) >"$CONFIG/d$i/op"
	up "d$i"
	v store whose "device $i" >/dev/null
	s store whose "device $i" >/dev/null
done
same "serial numbers" "$(cat /sys/class/nvme/nvme*/serial | sort -u | wc -l)" 16
same "subsystems" "$(cat /sys/class/nvme/nvme*/subsysnqn | sort -u | wc -l)" 16
same "block namespaces" "$(cat /sys/block/nvme*n1/wwid | sort -u | wc -l)" 16
same "folders" "$(find /sys/kernel/debug/vkvssd -mindepth 1 -maxdepth 1 | wc -l)" 16
same "dispatchers" "$(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^vkv.*_disp')" 16
grep -qx 'name d7' "/sys/kernel/debug/vkvssd/$(<$CONFIG/d7/function)/info" || fail "info: no name"

# When they are idle, each wakes up once in poll_idle_us, and no more often.
files() { grep -l '^vkv' /proc/[0-9]*/comm | sed "s/comm\$/$1/"; }
# Prints how often the threads have gone to sleep.
sleeps() { files status | xargs grep -h '^voluntary_ctxt' | awk '{ sum += $2 } END { print sum }'; }
# Prints the us of CPU time that they have used.
used() { files schedstat | xargs cat | awk '{ sum += $1 } END { printf "%d", sum / 1000 }'; }
# idle US : checks that they sleep for so long
idle() {
	local begin before cpu ms n
	sleep 2
	begin=$(now_ms) before=$(sleeps) cpu=$(used)
	sleep 5
	n=$(($(sleeps) - before)) cpu=$(($(used) - cpu)) ms=$(($(now_ms) - begin))
	echo "16 devices slept $n times in $ms ms, for up to $1 us; their threads used $cpu us of CPU time"
	below "times that 16 idle devices woke up in $ms ms" "$n" $((16 * ms * 1100 / $1))
	((n >= 16 * ms * 700 / $1 / 4)) || fail "16 idle devices woke up $n times in $ms ms: they are not seen"
}
idle 40000
for dir in "$CONFIG"/*/; do echo 100000 >"$dir/poll_idle_us"; done
idle 100000

# Removing some leaves the others alone.
for i in 1 5 9 15; do rmdir "$CONFIG/d$i"; done
for i in 2 3 4 6 7 8 10 11 12 13 14; do
	nodes_of "d$i" || fail "d$i has gone with others"
	v get whose 16 "data=device $i" >/dev/null
	s get whose 16 "data=device $i" >/dev/null
done
nodes_of one
v get one 5 data=first
v torture 200 1 "$NG"
# the numbers of removed devices are free again
describe again 5
up again
v exist whose want=0x310
for dir in "$CONFIG"/*/; do rmdir "$dir"; done
if pci_function; then fail "a function stays"; fi
unload

# The device of the parameters has a directory, which stays.
load "${DEFAULT[@]}" op=9
same "directories" "$(ls $CONFIG)" vkvssd0
same "op" "$(<$CONFIG/vkvssd0/op)" 9
same "power" "$(<$CONFIG/vkvssd0/power)" 1
if rmdir $CONFIG/vkvssd0 2>/dev/null; then fail "the directory of the parameters' device is removed"; fi
v store first there
echo 0 >$CONFIG/vkvssd0/power
if pci_function; then fail "a device without power"; fi
echo 11 >$CONFIG/vkvssd0/op
up vkvssd0
v exist first want=0x310
v torture 100 1 "$NG"
unload
