#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Both dialects over io_uring's passthrough, 256 commands at a time, and the users who
# may send them.
# boot: parallel
source "$(dirname "$0")/lib.sh"
requires setpriv

GENERIC=''	# namespace 1's character device

ring() {
	"$URING" "$@" || fail "uring $*"
}

# Runs uring as a user without privileges, who may open the node.
unprivileged() {
	chmod 666 "$1"
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$URING" "$@" >"$TMP/out" 2>&1
}

# Nobody may send opcodes from 80h on without privileges, and on 6.1 no opcode at all.
not_allowed() {
	if unprivileged "$@"; then fail "allowed: $*"; fi
	grep -qx 'errno=13' "$TMP/out" || { cat "$TMP/out"; fail "not EACCES: $*"; }
}

device
wipe
GENERIC=${NG%n2}n1
for size in 4096 20000; do
	for node in "$GENERIC vendor" "$NG standard"; do
		read -r path dialect <<<"$node"
		ring "$path" store "$dialect" n=300 size=$size
		ring "$path" verify "$dialect" n=300 size=$size
	done
done
# the same, to and from buffers that the kernel has mapped before
for node in "$GENERIC vendor" "$NG standard"; do
	read -r path dialect <<<"$node"
	ring "$path" store "$dialect" n=300 size=20000 fixed=1
	ring "$path" verify "$dialect" n=300 size=20000 fixed=1
done
# the same, with buffers in several pieces
for node in "$GENERIC vendor" "$NG standard"; do
	read -r path dialect <<<"$node"
	ring "$path" store "$dialect" n=300 size=100000 vec=7
	ring "$path" verify "$dialect" n=300 size=100000
	ring "$path" store "$dialect" n=300 size=20000
	ring "$path" verify "$dialect" n=300 size=20000 vec=3
done
# both at once, updating and reading
ring "$GENERIC" store vendor n=300 size=20000 >"$TMP/one" &
ring "$NG" verify standard n=300 size=20000
wait $! || { cat "$TMP/one"; fail "storing beside"; }
# values stored over one way are read over the other
v iterate n=300
s list-all n=300

not_allowed "$GENERIC" verify vendor n=10 size=20000
if [[ $SERIES == 6.1 ]]; then
	not_allowed "$NG" verify standard n=10 size=20000
else
	unprivileged "$NG" verify standard n=10 size=20000 || { cat "$TMP/out"; fail "not allowed to read"; }
	unprivileged "$NG" store standard n=10 size=20000 || { cat "$TMP/out"; fail "not allowed to write"; }
fi
chmod 600 "$GENERIC" "$NG"
ring "$GENERIC" delete vendor n=300
ring "$NG" delete standard n=300
v iterate n=0
s list-all n=0
