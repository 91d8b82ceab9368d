#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Options of the vendor dialect; a refused command has no effect.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device

v store option first opt=2
v store option second opt=2 want=0x380
v get option 5 data=first
v store option third opt=8
v get option 5 data=third
v del option opt=1
v store option never opt=8 want=0x310
v get option 5 want=0x310
# both conditions can never hold at once
v store option never opt=0x0a want=any
v store option first
v store option never opt=0x0a want=any
v get option 16 data=first
# compressed or not, the retrieved value is the stored one
for opt in 1 4 5; do
	v store option "rep:z:50000" opt=$opt
	v get option 50000 opt=1 data=rep:z:50000
	v get option 50000 opt=0 data=rep:z:50000
	v get option 0 opt=2 result=50000
done
# update in place of a shorter and a longer value
for len in 100 10 1000 1 100000 0 50; do
	v store option "pat:3:$len"
	v get option 100000 "data=pat:3:$len"
done
v del option
