#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every status of the vendor dialect that stock passthrough can provoke; the device
# goes on after each.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
v store here value

# 301 invalid value size: above 2 MiB, or fewer bytes than those to leave out
v raw op=0x81 cdw10=0x80001 cdw11=3 cdw12=0x61616161 len=4096 want=0x301
v raw op=0x81 cdw10=0xffffffff cdw11=3 cdw12=0x61616161 len=4096 want=0x301
v raw op=0x81 cdw10=0x40000001 cdw11=3 cdw12=0x61616161 len=4096 want=0x301
v raw op=0x81 cdw10=0 cdw11=0x30003 cdw12=0x61616161 want=0x301
v raw op=0x90 cdw10=0xffffffff cdw11=3 cdw12=0x65726568 len=4096 want=0x301
v exist aaaa want=0x310
# 303 invalid key size: 256 bytes
v raw op=0x81 cdw10=1 cdw11=0xff len=4 want=0x303
v raw op=0x90 cdw10=1 cdw11=0xff len=4 want=0x303
v raw op=0xa1 cdw11=0xff want=0x303
v raw op=0xb3 cdw11=0xff want=0x303
# 304 invalid option
v store here other opt=0x10 want=0x304
v store here other opt=0x80 want=0x304
v store here other opt=0xff want=0x304
v get here 16 opt=0x80 want=0x304
v get here 16 opt=0x04 want=0x304
v del here opt=0x02 want=0x304
v del here opt=0xff want=0x304
v get here 5 data=value
# 310 key does not exist
v get absent 16 want=0x310
v get absent 16 opt=2 want=0x310
v exist absent want=0x310
v del absent
v del absent opt=1 want=0x310
v store absent x opt=8 want=0x310
v exist absent want=0x310
# 380 idempotent
v store here other opt=2 want=0x380
v get here 5 data=value
# 390 bad handle, for reading and closing
for handle in 0 1 16 17 100 255; do
	v iter-read $handle 4096 want=0x390
	v iter-close $handle want=0x390
done
# 391 no handle free, 392 already open
handles=()
for i in {1..16}; do
	handles+=($(($(result_of "$BLK" iter-open "$i" 0xff 4) & 0xff)))
done
same "handles" "$(printf '%s\n' "${handles[@]}" | sort -n | tr '\n' ' ')" "$(echo {1..16} '')"
v iter-open 99 0xff 4 want=0x391
v iter-close 5
v iter-open 7 0xff 4 want=0x392
v iter-open 7 0xffff 4
v iter-open 98 0xff 4 want=0x391
for i in "${handles[@]}"; do v iter-close "$i"; done
v iter-close 1 want=0x390
# 301: the buffer of an iterator is too small for one key
handle=$(result_of "$BLK" iter-open 0x65726568 0xffffffff 4)
v iter-read "$handle" 4 want=0x301
v iter-read "$handle" 8 want=0x301
v iter-read "$handle" 4096 want=0x393 head=hex:010000000400000068657265
# 393 again and again, with nothing
v iter-read "$handle" 4096 want=0x393 head=hex:00000000
v iter-close "$handle"
# iterate requests that neither open nor close, or have no kind
v raw op=0xb1 cdw11=0 want=0x304
v raw op=0xb1 cdw11=0x0300 want=0x304
v raw op=0xb1 cdw11=0x0100 want=0x304
v raw op=0xb1 cdw11=0xff00 want=0x304

v get here 5 data=value
v del here
same "iterators left" "$(open_iterators)" ''
