#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's NVMe target hands the whole controller on to another host (passthru), here
# over its loop transport. Both dialects and blocks work from there.
# boot: relaxed
source "$(dirname "$0")/lib.sh"
requires nvme

modprobe -a nvmet nvme-loop 2>/dev/null || skip "needs nvme-loop"
TARGET=/sys/kernel/config/nvmet
NQN=nqn.2026-11.test:passthru
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config

clean_up() {
	nvme disconnect -n "$NQN" >/dev/null 2>&1 || true
	rm -f "$TARGET/ports/1/subsystems/$NQN"
	echo 0 >"$TARGET/subsystems/$NQN/passthru/enable" || true
	rmdir "$TARGET/ports/1" "$TARGET/subsystems/$NQN" || true
	rm -rf "$TMP"
}

device
mkdir "$TARGET/subsystems/$NQN"
[[ -d $TARGET/subsystems/$NQN/passthru ]] || { rmdir "$TARGET/subsystems/$NQN"; skip "needs NVME_TARGET_PASSTHRU"; }
trap clean_up EXIT
s store before here
echo 1 >"$TARGET/subsystems/$NQN/attr_allow_any_host"
echo "/dev/$CTRL" >"$TARGET/subsystems/$NQN/passthru/device_path"
echo 1 >"$TARGET/subsystems/$NQN/passthru/enable"
mkdir "$TARGET/ports/1"
echo loop >"$TARGET/ports/1/addr_trtype"
ln -s "$TARGET/subsystems/$NQN" "$TARGET/ports/1/subsystems/$NQN"
# One queue: with one for each CPU, a kernel that isolates CPUs cannot connect theirs.
nvme connect -t loop -n "$NQN" --nr-io-queues=1

# Prints the remote controller's node of the namespace with this number. The kernel numbers
# nodes in the order in which it finds namespaces.
node_of() {
	local dir node
	for dir in /sys/class/nvme/nvme*; do
		if [[ $(<"$dir/transport") != loop ]]; then continue; fi
		for node in /dev/ng"${dir##*/nvme}"n*; do
			if [[ $(nvme get-ns-id "$node") == *"namespace-id:$1" ]]; then echo "$node"; fi
		done
	done
}

remote_there() {
	FAR_BLOCK=$(node_of 1)
	FAR_KV=$(node_of 2)
	[[ -c $FAR_BLOCK && -c $FAR_KV ]]
}

far() {
	"$KVTOOL" "$@" || fail "from there: $*"
}

wait_for 30 remote_there || { ls /dev/ng* /dev/nvme*; fail "the remote controller has no namespaces"; }
far "$FAR_KV" get before 4 data=here
far "$FAR_KV" bulk-store n=50 size=20000 prefix=far
far "$FAR_KV" bulk-verify n=50 size=20000 prefix=far
far -D vendor "$FAR_BLOCK" store vendor dialect
far -D vendor "$FAR_BLOCK" get vendor 8 data=dialect
far -D vendor "$FAR_BLOCK" bulk-store n=50 size=3000 prefix=far
far -D vendor "$FAR_BLOCK" bulk-verify n=50 size=3000 prefix=far
s bulk-verify n=50 size=20000 prefix=far
v bulk-verify n=50 size=3000 prefix=far
