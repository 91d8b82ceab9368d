#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Commands of a user without privileges, who may open the nodes. On 6.12 the kernel
# allows them if the effects log of the KV namespace does; on 6.1 it allows none.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires setpriv

EACCES=13

# nobody NODE WORD... : runs kvtool as a user without privileges
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$KVTOOL" "$@"
}

# may NODE WORD... : is allowed, if this kernel allows anything
may() {
	if [[ $SERIES == 6.1 ]]; then
		nobody "$@" errno=$EACCES || fail "6.1 allows: $*"
	else
		nobody "$@" || fail "not allowed: $*"
	fi
}

# may_not NODE WORD... : is not allowed on any kernel
may_not() {
	nobody "$@" errno=$EACCES || fail "allowed: $*"
}

clean_up() {
	chmod 600 "/dev/$CTRL" "$NG" "$GENERIC"
	chmod 660 "$BLK"
	rm -rf "$TMP"
}

device
GENERIC=${NG%n2}n1
trap clean_up EXIT
wipe
s store here value
v store here value

# a user who may not open a node gets nowhere
for node in "$NG" "$GENERIC" "/dev/$CTRL"; do
	chmod 600 "$node"
	if nobody "$node" raw op=0x14 2>"$TMP/err"; then fail "$node is open to everybody"; fi
	grep -q 'Permission denied' "$TMP/err" || fail "$node: $(<"$TMP/err")"
done

chmod 666 "$NG" "$GENERIC" "$BLK" "/dev/$CTRL"
may "$NG" store mine word
may "$NG" get mine 8 data=word
may "$NG" exist mine
may "$NG" list '' 4096
may "$NG" raw op=0x00
may "$NG" del here
may "$NG" exist absent want=0x87
# commands that the log lacks, and vendor commands, of which the kernel knows nothing
may_not "$NG" raw op=0x05
may_not "$NG" raw op=0x08
for op in 0x81 0x90 0xa1 0xb1 0xb2 0xb3; do
	may_not "$NG" raw op=$op len=64
	may_not "$GENERIC" raw op=$op len=64
	may_not "$BLK" raw op=$op len=64
done
# block commands, which the same log covers
may "$GENERIC" raw op=0x02 cdw10=0 cdw12=0 len=512
may "$GENERIC" raw op=0x01 cdw10=0 cdw12=0 len=512

# the controller: only Identify, as far as I/O needs it
for cns in 0 1 5 6 8; do
	may "/dev/$CTRL" raw admin=1 op=0x06 nsid=1 cdw10=$cns len=4096
done
may_not "/dev/$CTRL" raw admin=1 op=0x06 nsid=1 cdw10=3 len=4096
may_not "/dev/$CTRL" raw admin=1 op=0x02 nsid=0 cdw10=0x7f0002 len=512
may_not "/dev/$CTRL" raw admin=1 op=0x09 nsid=2 cdw10=0x20 cdw11=1
may_not "/dev/$CTRL" raw admin=1 op=0x80 nsid=2
may_not "/dev/$CTRL" raw admin=1 op=0x84 nsid=0 cdw10=2
may_not "$NG" raw admin=1 op=0x80 nsid=2

# a node open for reading only: commands that change nothing
s store still value
chmod 444 "$NG"
may "$NG" get still 8 data=value
may "$NG" exist still
may "$NG" list '' 4096
may_not "$NG" store still other
may_not "$NG" del still
chmod 600 "$NG"

# refused commands have had no effect
s get still 8 data=value
v get here 8 data=value
if [[ $SERIES != 6.1 ]]; then
	s exist here want=0x87
	s get mine 8 data=word
fi
