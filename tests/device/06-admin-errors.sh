#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The controller answers unknown commands with a status, and goes on.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme

device

admin op=0x02 cdw10=0x007f00ee len=512 want=0x109
admin op=0x02 cdw10=0x007f0077 len=512 want=0x109
admin op=0x0a cdw10=0x7e want=0x002
admin op=0x09 cdw10=0x7e want=0x002
admin op=0x06 cdw10=0xff len=4096 want=0x002
admin op=0x06 cdw10=0 nsid=17 len=4096 want=0x00b
admin op=0x06 cdw10=0 nsid=0 len=4096 want=0x00b
admin op=0x06 cdw10=0 nsid=0xffffff00 len=4096 want=0x00b
admin op=0x7f want=0x001
admin op=0xc0 want=0x001
admin op=0xff want=0x001
admin op=0x18 want=any		# keep alive: known or not, it is answered
admin op=0x80 want=any		# format: a status either way
admin op=0x05 cdw10=0xffff0001 cdw11=1 want=any
# abort of a command that is not there: success, and "not aborted"
admin op=0x08 cdw10=0x12340001 result=1
# nvme-cli exits with an error for unknown commands, and for nothing else
if nvme get-log "/dev/$CTRL" --log-id=0xee --log-len=512 >"$TMP/out" 2>&1; then fail "unknown log page read"; fi
grep -qi 'log page' "$TMP/out" || { cat "$TMP/out"; fail "not the status of an unknown log page"; }

# I/O commands that do not exist in either namespace
v raw op=0xc1 want=0x001
v raw op=0x7d want=0x001
v raw op=0x06 len=4096 want=0x001
s raw op=0x81 len=8 want=0x001
s raw op=0x90 len=8 want=0x001
s raw op=0x05 want=0x001
s raw op=0x08 want=0x001
s raw op=0x00
# the kernel itself refuses other namespaces' numbers
expect_log 'in cmd does not match nsid'
v raw op=0xb3 nsid=2 errno=22
blocks=$(blockdev --getsz "$BLK")
v raw op=0x02 cdw10="$blocks" cdw12=0 len=512 want=0x080
v raw op=0x02 cdw10=0xffffffff cdw11=0xffffffff cdw12=0 len=512 want=0x080

# features: values that are set are read back
result=$(result_of "/dev/$CTRL" raw admin=1 nsid=0 op=0x0a cdw10=7)
echo "number of queues: $result"
admin op=0x09 cdw10=4 cdw11=0x0150
admin op=0x0a cdw10=4 result=0x150
admin op=0x09 cdw10=0x0b cdw11=0x100 want=any
device_there || fail "the device is gone"
v store admin ok
v get admin 2 data=ok
