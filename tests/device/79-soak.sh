#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sixteen devices of different kinds are made, changed, loaded and removed at random for
# SOAK_SECONDS. SOAK_SEED repeats the choices. The devices beside the one that changes
# keep their data, and nothing is left behind.
# boot: reserved
source "$(dirname "$0")/lib.sh"
source "$HERE/settings.sh"
requires dd truncate cmp

SOAK_SECONDS=${SOAK_SECONDS:-25}
((SOAK_SECONDS)) || skip "SOAK_SECONDS is 0"
SOAK_SEED=${SOAK_SEED:-$((EPOCHSECONDS % 32768))}
NR=16
NR_HUGE=4		# devices that may have a file of hugetlbfs
BLOCK=65536		# bytes of data of a block namespace
KINDS=(reserved pages tmpfs huge blocks pages tmpfs pages)

# What a device has: power (UP: 0, 1, or - without a directory), the generation of its
# data (DATA, 0: none), its namespaces' kinds (SPACES), and the job that loads it (JOB).
declare -a UP DATA SPACES JOB OWN
GENERATION=0 STEPS=0 CHANGED=''
declare -A COUNT

# ---- chance ----

# chance N : sets R to a number below N. A subshell would not move the sequence on.
chance() {
	R=$((RANDOM % $1))
}

# one_of WORD... : sets R to one of them
one_of() {
	chance $#
	R=${*:R+1:1}
}

# one_with PATTERN : sets I to one of the devices whose power matches it, or fails
one_with() {
	local i some=()
	for ((i = 0; i < NR; i++)); do
		# shellcheck disable=SC2053 # a pattern
		if [[ ${UP[i]} == $1 ]]; then some+=("$i"); fi
	done
	((${#some[@]})) || return 1
	one_of "${some[@]}"
	I=$R
}

# note WORD... : counts and prints what happens
note() {
	COUNT[$1]=$((${COUNT[$1]:-0} + 1))
	echo "step $STEPS: $*"
}

# ---- nodes ----

# node CTRL KIND NAMESPACE : sets NODE
node() {
	if [[ $2 == block ]]; then NODE=/dev/${1}n$3; else NODE=/dev/ng${1#nvme}n$3; fi
}

# Sets CTRL, if the driver has all namespaces of the device.
device_live() {
	local function state n=0 kind dir
	read -r function <"$CONFIG/s$1/function" || return 1
	for dir in /sys/bus/pci/devices/"$function"/nvme/nvme*; do CTRL=${dir##*/}; done
	read -r state 2>/dev/null <"$dir/state" && [[ $state == live ]] || return 1
	for kind in ${SPACES[$1]//,/ }; do
		n=$((n + 1))
		node "$CTRL" "$kind" $n
		[[ -b $NODE || -c $NODE ]] || return 1
	done
}

# first_node I : sets NODE to that of its first namespace
first_node() {
	device_live "$1" || fail "s$1 is not live"
	node "$CTRL" "${SPACES[$1]%%,*}" 1
}

# ---- data: the content follows from the generation ----

# text GENERATION NAMESPACE : makes the data of a block namespace
text() {
	printf "%0${BLOCK}d" $(($1 * 16 + $2)) >"$TMP/text-$1-$2"
}

# keys VERB NODE GENERATION NAMESPACE
keys() {
	"$KVTOOL" "$2" "$1" n=12 size=3000 "prefix=d$3-" "seed=$(($3 * 16 + $4))" >"$TMP/keys" 2>&1 || { cat "$TMP/keys"; return 1; }
}

# fill I : gives all namespaces of a device data of a new generation
fill() {
	local kind n=0
	forget "$1"
	GENERATION=$((GENERATION + 1))
	device_live "$1" || fail "s$1 is not live"
	for kind in ${SPACES[$1]//,/ }; do
		n=$((n + 1))
		node "$CTRL" "$kind" $n
		keys bulk-store "$NODE" "$GENERATION" $n || fail "s$1: keys in namespace $n"
		if [[ $kind != block ]]; then continue; fi
		text "$GENERATION" $n
		dd if="$TMP/text-$GENERATION-$n" of="$NODE" bs=$BLOCK oflag=direct conv=nocreat status=none || fail "s$1: blocks in namespace $n"
	done
	DATA[$1]=$GENERATION
}

# forget I : its data does not count any more
forget() {
	rm -f "$TMP/text-${DATA[$1]}-"*
	DATA[$1]=0
}

# namespace_whole I NAMESPACE KIND
namespace_whole() {
	node "$CTRL" "$3" "$2"
	keys bulk-verify "$NODE" "${DATA[$1]}" "$2" || fail "s$1: keys in namespace $2 have changed"
	if [[ $3 != block ]]; then return; fi
	dd if="$NODE" of="$TMP/read" bs=$BLOCK count=1 iflag=direct status=none || fail "s$1: namespace $2 cannot be read"
	cmp "$TMP/text-${DATA[$1]}-$2" "$TMP/read" || fail "s$1: blocks of namespace $2 have changed"
}

# whole I [N] : fails unless the data is there, of all namespaces or of one
whole() {
	local n spaces
	if [[ ${UP[$1]} != 1 ]]; then return; fi
	device_live "$1" || fail "s$1 is not live any more"
	still_loaded "$1"
	IFS=, read -ra spaces <<<"${SPACES[$1]}"
	for ((n = 0; n < ${#spaces[@]}; n++)); do
		if [[ -z ${2:-} ]] || (($2 % ${#spaces[@]} == n)); then namespace_whole "$1" $((n + 1)) "${spaces[n]}"; fi
	done
}

# all_whole [N] : checks all namespaces of all devices. With N it checks one of each, and
# on a slow kernel those of a quarter of the devices.
all_whole() {
	local i turns=$((SLOW > 1 ? 4 : 1))
	for ((i = 0; i < NR; i++)); do
		if (($# && (i + ${1:-0}) % turns)); then continue; fi
		whole "$i" "$@"
	done
}

# ---- load ----

# Reads and writes the first namespace, until it has gone or the file "stop" is there.
# Nobody has /dev/ng* open when a device goes: see 62-rmmod-io.sh. And nobody makes an
# ordinary file in the place of a node that has gone.
run_load() {
	local at=$1 stop=$2
	until [[ -e $stop ]]; do
		"$KVTOOL" "$at" bulk-store n=30 size=9000 threads=2 prefix=load || return 1
		"$KVTOOL" "$at" bulk-verify n=30 size=9000 threads=2 prefix=load || return 1
		if [[ $at == /dev/ng* ]]; then continue; fi
		dd if=/dev/zero of="$at" bs=16k seek=8 count=64 oflag=direct conv=nocreat status=none || return 1
		dd if="$at" of=/dev/null bs=16k skip=8 count=64 iflag=direct status=none || return 1
	done
}

begin_load() {
	if [[ -n ${JOB[$1]} ]]; then return; fi
	first_node "$1"
	rm -f "$TMP/stop-$1"
	run_load "$NODE" "$TMP/stop-$1" >"$TMP/load-$1" 2>&1 &
	JOB[$1]=$!
}

end_load() {
	if [[ -z ${JOB[$1]} ]]; then return; fi
	touch "$TMP/stop-$1"
	wait "${JOB[$1]}" || { tail "$TMP/load-$1"; fail "s$1: its load has failed"; }
	JOB[$1]=''
}

# The device has gone, and its load with it.
lose_load() {
	if [[ -z ${JOB[$1]} ]]; then return; fi
	touch "$TMP/stop-$1"
	wait "${JOB[$1]}" || true
	JOB[$1]=''
}

still_loaded() {
	if [[ -z ${JOB[$1]} ]]; then return; fi
	kill -0 "${JOB[$1]}" 2>/dev/null || { tail "$TMP/load-$1"; fail "s$1: its load has ended"; }
}

# ---- devices ----

# place I KIND : writes the settings that this kind of memory needs; sets KIND
place() {
	local dir=$CONFIG/s$1 size
	KIND=$2
	if [[ $KIND == huge ]] && (($1 >= NR_HUGE)); then KIND=tmpfs; fi
	if [[ $KIND == blocks && $BLOCKS == none ]]; then KIND=pages; fi
	one_of 24 32 48 64
	size=$R
	echo "${size}M" >"$dir/memmap_size"
	case $KIND in
	reserved) echo $((4096 + 64 * $1))M >"$dir/memmap_start" ;;
	blocks) echo blocks >"$dir/memory" ;;
	tmpfs | huge)
		truncate -s "${size}M" "$TMP/$KIND/s$1"
		echo "$TMP/$KIND/s$1" >"$dir/path"
		;;
	esac
	one_of own own shared
	if [[ $R == own || $BLOCKS == none ]]; then
		case $KIND in reserved | blocks) return ;; esac
		echo $((5 * 1024 * 1024 + 64 * $1))K >"$dir/bar_start"
	fi
}

# Settings that a device gets when it is made: right values of settings.sh.
DRAWN=(namespaces index victim op verify timing cpus dispatchers dma poll_idle_us nice)

# draw I : gives a device some settings. The list of CPUs has to be long enough.
draw() {
	local name dir=$CONFIG/s$1
	echo >"$dir/share"
	echo >"$dir/dispatchers"
	for name in "${DRAWN[@]}"; do
		chance 3
		if ((R)); then continue; fi
		setting "$name"
		one_of "${RIGHT[@]}"
		file_of "$dir" "$name"
		echo "$R" >"$FILE" || fail "s$1: $name=$R"
	done
	if [[ $(<"$dir/dispatchers") != 1 ]]; then echo >"$dir/cpus"; fi
	SPACES[$1]=$(sed -e 's/:[0-9]*[KMG]*//g' -e 's/,none.*//' "$dir/namespaces/list")
	chance 4
	if ((!R)); then share "$1"; fi
}

# The threads of another device, and nothing that says how threads should be.
THREADS=(cpus dispatchers poll poll_idle_us nice fifo)

share() {
	local name i=$1 I
	one_with 1 || return 0
	for name in "${THREADS[@]}"; do echo >"$CONFIG/s$i/$name"; done
	echo "s$I" >"$CONFIG/s$i/share"
}

shares() {
	[[ -n $(<"$CONFIG/s$1/share") ]]
}

# The system may have no memory block left that it can spare. That is no fault.
power_up() {
	local dir=$CONFIG/s$1 timing
	timing=$(<"$dir/timing")
	OWN[$1]=yes
	if [[ -n $timing && $timing != none || $(<"$dir/inline_bytes") == 0 ]]; then OWN[$1]=no; fi
	echo "vkvssd-test: settings" >/dev/kmsg
	if (echo 1 >"$dir/power") 2>"$TMP/err"; then return; fi
	[[ $(said) == *"s$1: "*(can spare|memory blocks of)* ]] ||
		fail "s$1: no power: $(<"$TMP/err"): $(said)"
	note "no-block" "s$1"
	echo >"$dir/memory"
	echo $((5 * 1024 * 1024 + 64 * $1))K >"$dir/bar_start"
	echo 1 >"$dir/power" || fail "s$1: no power: $(said)"
}

start() {
	power_up "$1"
	UP[$1]=1 CHANGED=1
	wait_for 60 device_live "$1" || fail "s$1: no namespaces ${SPACES[$1]}"
	fill "$1"
}

# create I KIND
create() {
	mkdir "$CONFIG/s$1"
	place "$1" "$2"
	draw "$1"
	note create "s$1" "$KIND" "${SPACES[$1]}"
	start "$1"
}

# gone I REMOVED : what is left to do after a device has lost its power or its directory
gone() {
	lose_load "$1"
	forget "$1"
	UP[$1]=$2 CHANGED=1
	if [[ $2 == - ]]; then rm -f "$TMP"/{tmpfs,huge}/"s$1"; fi
}

# A load that has a node of the namespace's character device open has to end before.
before_going() {
	if [[ ${SPACES[$1]%%,*} != block ]]; then end_load "$1"; fi
}

# ---- steps: each does one thing to one device ----

step_create() {
	one_with - || return 0
	one_of "${KINDS[@]}"
	create "$I" "$R"
}

step_remove() {
	one_with '[01]' || return 0
	note remove "s$I" "${JOB[I]:+under load}"
	before_going "$I"
	rmdir "$CONFIG/s$I" || fail "rmdir s$I"
	gone "$I" -
}

step_down() {
	one_with 1 || return 0
	note down "s$I" "${JOB[I]:+under load}"
	before_going "$I"
	echo 0 >"$CONFIG/s$I/power" || fail "s$I: power=0"
	gone "$I" 0
	same "function of s$I" "$(<"$CONFIG/s$I/function")" ''
}

# The data of the time before is not there any more.
step_up() {
	local absent
	one_with 0 || return 0
	note up "s$I"
	chance 2
	if ((R)) || shares "$I"; then draw "$I"; fi
	start "$I"
	first_node "$I"
	absent=0x310
	if [[ $NODE == /dev/ng* ]]; then absent=0x087; fi
	"$KVTOOL" "$NODE" bulk-exist n=12 prefix=load want=$absent >"$TMP/keys" || fail "s$I: data from the time before"
}

# One goes while another one comes.
step_swap() {
	local old job
	one_with 1 || return 0
	old=$I
	one_with - || return 0
	note swap "s$old" "s$I"
	before_going "$old"
	UP[old]=going
	rmdir "$CONFIG/s$old" &
	job=$!
	one_of "${KINDS[@]}"
	create "$I" "$R"
	wait "$job" || fail "rmdir s$old"
	gone "$old" -
}

step_fill() {
	one_with 1 || return 0
	note fill "s$I"
	fill "$I"
}

step_load() {
	one_with 1 || return 0
	note load "s$I"
	begin_load "$I"
}

step_unload() {
	one_with 1 || return 0
	note unload "s$I"
	end_load "$I"
}

# no_inline I NAME VALUE : dispatchers that were made without workers of their own, as
# with a timing model, get none while the device runs
no_inline() {
	[[ $2 == inline_bytes && $3 != 0 && ${OWN[$1]} == no ]]
}

# A setting changes, or is refused, as settings.sh says. Sixteen threads that never sleep
# would take all CPUs, so that one is taken back.
step_set() {
	local name file all
	one_with 1 || return 0
	mapfile -t all < <(settings_of "$CONFIG/s$I")
	one_of "${all[@]}"
	name=$R
	file_of "$CONFIG/s$I" "$name"
	file=$FILE
	setting "$name"
	one_of "${RIGHT[@]}" "$WRONG"
	note "set-$WHEN" "s$I" "$name=$R"
	if [[ $WHEN == fixed ]] || { [[ $R != "$WRONG" ]] && no_inline "$I" "$name" "$R"; }; then
		refused EBUSY "$name=$R cannot change" "$R" "$file"
	elif [[ " ${THREADS[*]} " == *" $name "* && $R != "$WRONG" ]] && shares "$I"; then
		refused EINVAL "$name=$R beside share=" "$R" "$file"
		return
	elif [[ $R == "$WRONG" ]]; then
		refused "$ERRNO" "$name=$R" "$R" "$file"
	else
		echo "$R" >"$file" || fail "s$I: $name=$R while it runs"
		same "s$I: $name" "$(<"$file")" "$R"
	fi
	if [[ $name == poll && $R == busy ]]; then echo adaptive >"$file"; fi
	if [[ $name == fifo ]]; then echo 0 >"$file"; fi
	whole "$I" "$STEPS"
}

# A namespace behind those that have data comes, changes or goes.
step_namespace() {
	local dir kind
	one_with 1 || return 0
	one_of 9 10 11 12
	dir=$CONFIG/s$I/namespaces/$R
	kind=$(<"$dir/kind")
	if [[ $kind == none ]]; then
		echo 2M >"$dir/size"
		one_of kind=kv kind=block
	else
		one_of size=1M size=4M attached=0 attached=1 format=1 kind=none kind=none
	fi
	note "namespace-${R%=*}" "s$I" "${dir##*/} $R"
	echo "${R#*=}" >"$dir/${R%=*}" || fail "s$I: namespace ${dir##*/}, which is $kind: $R: $(dmesg | tail -n 1)"
	whole "$I" "$STEPS"
}

step_reset() {
	one_with 1 || return 0
	end_load "$I"
	note reset "s$I"
	first_node "$I"
	echo 1 >"/sys/class/nvme/$CTRL/reset_controller" || fail "s$I: reset"
	wait_for 60 device_live "$I" || fail "s$I: not live after a reset"
	whole "$I"
}

# Several processes use one device's files at once.
step_race() {
	local dir jobs=() job
	one_with '[01]' || return 0
	if shares "$I"; then return; fi
	note race "s$I"
	end_load "$I"
	dir=$CONFIG/s$I
	(for _ in 1 2; do echo 0 >"$dir/power" && echo 1 >"$dir/power" || exit 1; done) &
	jobs+=($!)
	(for _ in 1 2 3; do echo 1 >"$dir/power" && echo 3000 >"$dir/poll_idle_us" && echo greedy >"$dir/victim" || exit 1; done) &
	jobs+=($!)
	(for _ in 1 2 3; do cat "$dir"/* /sys/kernel/debug/vkvssd/*/info >/dev/null 2>&1 || true; done) &
	jobs+=($!)
	for job in "${jobs[@]}"; do wait "$job" || fail "s$I: several processes at once"; done
	gone "$I" 0
	start "$I"
}

# A new kind of change is a function step_NAME, and its name here, as often as it is likely.
ACTIONS=(create create create remove remove down up up swap fill load load load unload set set set set namespace namespace namespace reset race)

# ---- leaks ----

# Prints the numbers of things that devices have, a line each.
things() {
	echo "vmalloc $(grep -c 'vkv' /proc/vmallocinfo)"
	echo "iomem $(grep -c 'vkv' /proc/iomem)"
	echo "functions $(find /sys/bus/pci/devices -mindepth 1 | wc -l)"
	echo "buses $(find /sys/class/pci_bus -mindepth 1 | wc -l)"
	echo "controllers $(find /sys/class/nvme /sys/class/nvme-subsystem /sys/class/nvme-generic -mindepth 1 | wc -l)"
	echo "disks $(find /sys/block -name 'nvme*' | wc -l)"
	echo "interrupts $(grep -c 'nvme' /proc/interrupts)"
	echo "threads $(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^vkv')"
	echo "folders $(find /sys/kernel/debug/vkvssd 2>/dev/null | wc -l)"
	echo "huge pages $(awk '/^HugePages_Free|^HugePages_Rsvd/ { printf "%s ", $2 }' /proc/meminfo)"
}

# Sets FREE to the memory that is free or could be, in kB.
free_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	FREE=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
}

# nothing_left BEFORE : compares with the file of things() from before
nothing_left() {
	things >"$TMP/after"
	diff "$1" "$TMP/after"
}

check_memory() {
	local before=$FREE
	free_memory
	echo "memory available before: $before kB, after: $FREE kB, memory in slabs: $(awk '/^Slab/ { print $2 }' /proc/meminfo) kB"
	# Memory of devices is counted elsewhere: in areas of vmalloc, in resources, in huge pages.
	below "kB that are lost" $((before - FREE)) $(((48 << 10) * SLOW + 16 * COUNT[create]))
}

# ---- the whole ----

clean_up() {
	local status=$? i
	set +e
	for ((i = 0; i < NR; i++)); do touch "$TMP/stop-$i"; done
	if ((status)); then echo "repeat with SOAK_SEED=$SOAK_SEED (step $STEPS)"; fi
	wait
	for ((i = 0; i < NR; i++)); do rmdir "$CONFIG/s$i" 2>/dev/null; done
	unload
	umount "$TMP/huge" "$TMP/tmpfs"
	echo "$RESERVED" >/proc/sys/vm/nr_hugepages
	rm -rf "$TMP"
}

# arm64 takes no memory out of a running system.
BLOCKS=some
[[ $(uname -m) == x86_64 ]] || BLOCKS=none

shopt -s extglob
expect_log 'vkvssd: s[0-9]+: ' 'dma=open' 'I/O error, dev nvme' 'Buffer I/O error' 'nvme nvme[0-9]+: resetting controller$'
unload
modprobe nvme
configfs
RESERVED=$(</proc/sys/vm/nr_hugepages)
trap clean_up EXIT
mkdir "$TMP/tmpfs" "$TMP/huge"
mount -t tmpfs none "$TMP/tmpfs"
echo $((RESERVED + NR_HUGE * 32)) >/proc/sys/vm/nr_hugepages
mount -t hugetlbfs none "$TMP/huge"

echo "SOAK_SEED=$SOAK_SEED SOAK_SECONDS=$SOAK_SECONDS"
RANDOM=$SOAK_SEED
for ((i = 0; i < NR; i++)); do UP[i]=- DATA[i]=0 JOB[i]=''; done
total=$(mem_total_kb)
free_memory
things >"$TMP/before"
insert
things >"$TMP/loaded"

end=$((SECONDS + SOAK_SECONDS))
for ((i = 0; i < NR; i++)); do create "$i" "${KINDS[i % ${#KINDS[@]}]}"; done
all_whole
echo "$NR devices after $((SECONDS - end + SOAK_SECONDS)) s"
end=$((SECONDS + SOAK_SECONDS))
while ((SECONDS < end)); do
	STEPS=$((STEPS + 1))
	one_of "${ACTIONS[@]}"
	CHANGED=''
	"step_$R"
	if [[ -n $CHANGED ]]; then all_whole "$STEPS"; fi
	if ((STEPS % 50 == 0)); then all_whole; fi
done
all_whole
for word in "${!COUNT[@]}"; do echo "$word: ${COUNT[$word]}"; done | sort
for ((i = 0; i < NR; i++)); do
	if [[ ${UP[i]} == - ]]; then continue; fi
	before_going "$i"
	rmdir "$CONFIG/s$i"
	gone "$i" -
	if ((i % 4 == 3)); then all_whole "$i"; fi
done
wait_for 30 nothing_left "$TMP/loaded" || fail "devices have left something behind"
unload
wait_for 30 nothing_left "$TMP/before" || fail "the module has left something behind"
given_back "$total"
check_memory
