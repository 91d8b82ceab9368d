#!/bin/bash
# Resets, idle and under load: what was stored stays, what runs goes on.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme fio

device
wipe
v bulk-store n=300 size=1500 prefix=rst
s bulk-store n=300 size=1500 prefix=rst
for _ in {1..5}; do
	reset_device
done
v bulk-verify n=300 size=1500 prefix=rst
s bulk-verify n=300 size=1500 prefix=rst

# under load the block layer repeats what a reset cancels; passthrough commands
# end with an error, which is for their sender to repeat
fio --filename="$BLK" --verify_state_save=0 "$TOP/scripts/fio/verify.fio" >"$TMP/fio" 2>&1 &
job=$!
expect_log 'nvme.*resetting controller$'
(while :; do "$KVTOOL" "$BLK" bulk-verify n=300 size=1500 prefix=rst || true; done) >/dev/null 2>&1 &
reader=$!
for _ in {1..8}; do
	sleep 0.7
	nvme reset "/dev/$CTRL" || true
done
kill "$reader"
wait "$reader" 2>/dev/null || true
wait "$job" || { cat "$TMP/fio"; fail "fio under resets"; }
wait_for 60 device_there || fail "not live after resets under load"
v bulk-verify n=300 size=1500 prefix=rst
s bulk-verify n=300 size=1500 prefix=rst
echo 1 >"$PCI/reset" 2>/dev/null || echo "no function level reset"
wait_for 60 device_there || fail "not live after a function level reset"
v bulk-verify n=300 size=1500 prefix=rst
wipe
