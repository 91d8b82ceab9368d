#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A DMA engine copies large values (engine=). The engine is in tests/kernel/, as virtual
# machines have none that copies memory.
# boot: reserved
source "$(dirname "$0")/lib.sh"

FAKE=${MODULE%/*}/tests/vkvssd_dmafake.ko
P=/sys/module/vkvssd_dmafake/parameters
[[ -e $FAKE ]] || skip "needs a kernel with DMA engines"

unload
insmod "$FAKE"
trap 'unload; rmmod vkvssd_dmafake; rm -rf "$TMP"' EXIT
channel=$(basename /sys/class/dma/dma*chan*)
echo "channel $channel"

expect_log 'vkvssd: vkvssd0: (dma|engine)='
modprobe nvme
if insert "${DEFAULT[@]}" engine=nosuch 2>"$TMP/err"; then fail "a channel that is not there was accepted"; fi
cat "$TMP/err"
# This parameter had the name dma once.
if insert "${DEFAULT[@]}" dma="$channel"; then fail "dma= takes a channel"; fi
dmesg | grep -q "dma=$channel is unknown.*engine=" || fail "nothing says what engine= is for"

load "${DEFAULT[@]}" engine="$channel" cpus=1,2
grep "^engine $channel\$" "/sys/kernel/debug/vkvssd/$(basename "$PCI")/info" || fail "info does not say engine=$channel"
if rmmod vkvssd_dmafake 2>/dev/null; then fail "the channel is not held"; fi
v bulk-store n=100 size=3000 prefix=small
same "bytes that the engine copied of small values" "$(<$P/copied)" 0
v bulk-store n=60 size=200000 prefix=dma
stored=$(<$P/copied)
((stored > 60 * 50000)) || fail "the engine copied $stored of $((60 * 200000)) bytes that were stored"
v bulk-verify n=60 size=200000 prefix=dma
((stored + 60 * 50000 < $(<$P/copied))) || fail "the engine copied nothing that was retrieved"
v bulk-verify n=100 size=3000 prefix=small
s bulk-store n=60 size=100001 prefix=dma
s bulk-verify n=60 size=100001 prefix=dma
v torture 300 2 "$NG"
echo "the engine copied $(<$P/copied) bytes"

# If the engine fails, commands end with Data Transfer Error, and stored values stay.
head -c 100000 /dev/urandom >"$TMP/value"
v store fails @"$TMP/value"
echo 1 >$P/fail_nth
v store fails pat:1:100000 want=0x004
v store fails2 pat:1:100000 want=0x004
v get fails 100000 want=0x004

# The engine copies nothing any more when the host has its pages back, although it had
# more copies to make when the first one failed.
expect_log 'vkvssd: engine=.* has failed'
echo 50000 >$P/delay_us
echo 2 >$P/fail_nth
stops=$(<$P/stops)
v get fails 100000 want=0x004
copied=$(<$P/copied)
sleep 1
same "bytes that were copied after the command's end" "$(<$P/copied)" "$copied"
(($(<$P/stops) > stops)) || fail "the engine was not stopped"
echo 20 >$P/delay_us
# Commands of others fail with it or are right.
echo 40 >$P/fail_nth
for i in 1 2 3 4; do
	(for _ in {1..20}; do "$KVTOOL" "$BLK" bulk-verify n=10 start=$((i * 10)) size=200000 prefix=dma; done) >/dev/null 2>&1 &
done
wait
echo 0 >$P/fail_nth
v get fails 100000 data=@"$TMP/value"
v exist fails2 want=0x310
v bulk-verify n=60 size=200000 prefix=dma
wipe
unload
rmmod vkvssd_dmafake
trap 'rm -rf "$TMP"' EXIT
