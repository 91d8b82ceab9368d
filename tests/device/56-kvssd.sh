#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Devices that a file describes, as the service makes them, and their names in /dev/vkvssd.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme udevadm addpart

CONFIG=/sys/kernel/config/vkvssd
LINKS=/dev/vkvssd
FILE=$TMP/devices.conf
UDEVD=$(command -v /usr/lib/systemd/systemd-udevd /lib/systemd/systemd-udevd | head -n 1)
[[ -n $UDEVD ]] || skip "needs systemd-udevd"
export VKVSSD_KO=$MODULE

clean_up() {
	local dir
	exec 8<&-
	for dir in "$CONFIG"/*/; do rmdir "$dir" 2>/dev/null || true; done
	unload
	other_drive_away
	udevadm control --exit || true
	rm -rf "$TMP"
}

kvssd() {
	"$TOP/scripts/kvssd" "$@"
}

# run STATUS ARGUMENT... : kvssd ends so; its output is in $TMP/out, errors in $TMP/err
run() {
	local expected=$1 status=0
	shift
	kvssd "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	[[ $status == "$expected" ]] || { cat "$TMP/out" "$TMP/err"; fail "kvssd $*: status $status, not $expected"; }
}

# says TEXT : an error has it
says() {
	grep -qF -- "$1" "$TMP/err" || { cat "$TMP/err"; fail "no error with '$1'"; }
}

# ---- another NVMe drive: the kernel's target over a file ----

TARGET=/sys/kernel/config/nvmet
NQN=nqn.2026-11.test:other

other_drive() {
	modprobe -a nvmet nvme-loop 2>/dev/null || return 0
	truncate -s 16M "$TMP/disk"
	mkdir "$TARGET/subsystems/$NQN" "$TARGET/subsystems/$NQN/namespaces/1" "$TARGET/ports/1"
	echo 1 >"$TARGET/subsystems/$NQN/attr_allow_any_host"
	echo "$TMP/disk" >"$TARGET/subsystems/$NQN/namespaces/1/device_path"
	echo 1 >"$TARGET/subsystems/$NQN/namespaces/1/enable"
	echo loop >"$TARGET/ports/1/addr_trtype"
	ln -s "$TARGET/subsystems/$NQN" "$TARGET/ports/1/subsystems/$NQN"
	nvme connect -t loop -n "$NQN" --nr-io-queues=1
	wait_for 30 other_drive_there || fail "the other NVMe drive does not come"
}

# Linux 7.3 takes no namespace of its own target over a file. The controller is there.
other_drive_there() {
	grep -qsx loop /sys/class/nvme/nvme*/transport
}

other_drive_away() {
	[[ -d $TARGET/subsystems/$NQN ]] || return 0
	nvme disconnect -n "$NQN" >/dev/null 2>&1 || true
	rm -f "$TARGET/ports/1/subsystems/$NQN"
	rmdir "$TARGET/ports/1" "$TARGET/subsystems/$NQN/namespaces/1" "$TARGET/subsystems/$NQN" || true
}

# ---- names ----

# links NAME... : these are in /dev/vkvssd, and no others
links() {
	local expected
	expected=$(printf '%s\n' "$@" | sort)
	udevadm settle
	same "names in $LINKS" "$(find "$LINKS" -mindepth 1 -printf "%P\n" 2>/dev/null | sort)" "$expected"
}

# The names of the device real, as the file has it.
REAL=(real-ctrl real-kv1 real-n3 real-ng3)

# names_of NAME : the names of a device with two namespaces
names_of() {
	printf '%s\n' "$1-ctrl" "$1-n1" "$1-ng1" "$1-kv2"
}

# leads NAME KIND CLASS NSID : NAME-KINDnsid leads to a node of the device NAME, of this
# class and namespace
leads() {
	local node dir function
	node=$(basename "$(readlink -f "$LINKS/$1-$2$4")")
	dir=$(readlink -f "/sys/class/$3/$node")
	function=$(<"$CONFIG/$1/function")
	[[ $dir == */"$function"/* ]] || fail "$1-$2$4 leads to $node, of another device"
	if [[ -n $4 ]]; then same "namespace of $1-$2$4" "$(nvme get-ns-id "/dev/$node" | sed 's/.*namespace-id://')" "$4"; fi
}

all_lead() {
	leads "$1" ctrl nvme ''
	leads "$1" n block 1
	leads "$1" ng nvme-generic 1
	leads "$1" kv nvme-generic 2
	same "group of $1-kv2" "$(stat -Lc '%G %a' "$LINKS/$1-kv2")" 'disk 660'
}

unload
trap clean_up EXIT
modprobe -a nvme configfs
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
expect_log 'vkvssd: .*' 'nvmet: .*' 'nvme nvme[0-9]+: invalid LBA data size 0'
mkdir -p /run/udev/rules.d
cp "$TOP/packaging/70-vkvssd.rules" /run/udev/rules.d
"$UDEVD" --daemon
other_drive

# The file is read to its end, whatever is wrong in between.
cat >"$FILE" <<'LINES'
# devices of this test
fast memmap_size=64M memmap_start=4096M
bad memmap_size=64M
    memmap_start=4161M
    memmap_size=banana
real memmap_size=64M memmap_start=4224M
     op=12       # continued
     namespaces/1/kind=none namespaces/1/kind=kv namespaces/2/kind=none namespaces/3/kind=block namespaces/3/size=16M
late memmap_size=64M memmap_start=1M
LINES
run 1 start "$FILE"
(($(wc -l <"$TMP/err") == 2)) || { cat "$TMP/err"; fail "not two errors"; }
says "kvssd: $FILE:5: bad: memmap_size=banana"
says "kvssd: $FILE:9: late: memmap_start=1M"
grep -Eq '^fast: .*/dev/ng[0-9]+n[12]' "$TMP/out" || fail "start names no nodes of fast"
grep -q '^real: ' "$TMP/out" || fail "start names no nodes of real"
# shellcheck disable=SC2046 # words
links $(names_of fast) "${REAL[@]}"
all_lead fast
leads real ctrl nvme ''
leads real kv nvme-generic 1
leads real n block 3
leads real ng nvme-generic 3
same "settings" "$(kvssd show real op namespaces/1/kind namespaces/3/size)" $'12\nkv\n16777216'
same "what is not there" "$(cd $CONFIG && echo *)" 'fast real'

# Another time, it changes nothing.
sed -i '/^bad/,+2d; /^late/d' "$FILE"
on $LINKS/fast-n1 store vendor kept
on $LINKS/fast-kv2 store standard kept
run 0 start "$FILE"
on $LINKS/fast-n1 get vendor 4 data=kept
on $LINKS/fast-kv2 get standard 4 data=kept

# What cannot change while the device runs is refused, with what to do.
sed -i 's/op=12/op=13 verify=value/; s/^fast .*/& inline_bytes=0/' "$FILE"
run 1 start "$FILE"
says "kvssd: $FILE:4: real: verify=value cannot change while the device runs; run: kvssd down real"
same "inline_bytes" "$(kvssd show fast inline_bytes)" 0
run 0 down real
# shellcheck disable=SC2046
links $(names_of fast)
run 0 start "$FILE"
same "settings" "$(kvssd show real op verify namespaces/1/kind)" $'13\nvalue\nkv'
# shellcheck disable=SC2046
links $(names_of fast) "${REAL[@]}"

# Namespaces come and go, and so do their names.
kvssd set real namespaces/5/size=8M namespaces/5/kind=kv namespaces/3/kind=none
wait_for 30 test -e $LINKS/real-kv5 || fail "no name for namespace 5"
wait_for 30 test ! -e $LINKS/real-n3 || fail "the name of namespace 3 stays"
# shellcheck disable=SC2046
links $(names_of fast) real-ctrl real-kv1 real-kv5
leads real kv nvme-generic 5
[[ $(kvssd show real) != *namespaces/3/* ]] || fail "show has a namespace that is not there"
run 1 set real namespaces/4/attached=1
says 'namespaces/4/attached=1'
kvssd set real namespaces/5/kind=none namespaces/3/size=16M namespaces/3/kind=block
wait_for 30 test -e $LINKS/real-n3 || fail "no name for namespace 3"

# scripts/top shows both, or one.
"$TOP/scripts/top" -b -n 1 -i 0.5 >"$TMP/screen" || fail "top"
same "lines of top" "$(grep -cE '^(vKVSSD: 2 devices|fast|real) ' "$TMP/screen")" 3
"$TOP/scripts/top" -b -n 1 -i 0.5 -d real >"$TMP/screen" || fail "top -d real"
grep -qF "vKVSSD real ($(<"$CONFIG/real/function")) " "$TMP/screen" || { cat "$TMP/screen"; fail "top does not show real"; }

# A partition has a name, too.
addpart $LINKS/fast-n1 1 2048 8192
# shellcheck disable=SC2046
links $(names_of fast) fast-n1-part1 "${REAL[@]}"
[[ $(readlink -f $LINKS/fast-n1-part1) == "$(readlink -f $LINKS/fast-n1)p1" ]] || fail "the partition's name leads elsewhere"

# What is in use stays, and so does the module.
exec 8<$LINKS/fast-n1
run 1 remove fast
says 'is open in process'
run 1 down fast
says 'is open in process'
run 1 stop "$FILE"
says 'is open in process'
same "devices" "$(cd $CONFIG && echo *)" fast
if "$TOP/scripts/unload.sh" 2>"$TMP/err"; then fail "unload.sh unloads the module beside fast"; fi
says 'there are devices that were made at run time, of fast'
run 0 start "$FILE"
run 0 remove --force real
exec 8<&-
kvssd create hand memmap_size=64M memmap_start=4480M
run 0 stop "$FILE"
grep -q 'the module stays, for hand' "$TMP/out" || fail "stop does not say what is left"
run 0 remove hand
run 0 stop "$FILE"
if loaded; then fail "stop leaves the module"; fi
links

# With parameters, the device vkvssd0 is there besides, with its older names.
export VKVSSD_PARAMETERS='memmap_start=4G memmap_size=64M'
sed -i '/^fast/d; /^real/s/op=.*//' "$FILE"
sed -i '/^ /d' "$FILE"
run 0 start "$FILE"
# shellcheck disable=SC2046
links $(names_of real) $(names_of vkvssd0) ctrl block1 ng1 ng2
all_lead vkvssd0
all_lead real
for name in ctrl=ctrl block1=n1 ng1=ng1 ng2=kv2; do
	same "$name" "$(readlink -f "$LINKS/${name%=*}")" "$(readlink -f "$LINKS/vkvssd0-${name#*=}")"
done
run 0 start "$FILE"
run 0 stop "$FILE"
if loaded; then fail "stop leaves the module of the parameters"; fi
links
