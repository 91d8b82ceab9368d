#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A bit of a stored value flips in the device's memory. With verify=value the value is
# refused until it is stored again, and nothing else is lost. With verify=header it comes
# back with its wrong bit.
# boot: relaxed
source "$(dirname "$0")/lib.sh"
requires perl nvme jq

MIB=64
PARAMETERS=(memmap_start=4G "memmap_size=${MIB}M")

# flip TEXT : flips a bit behind each place of the text in the device's memory
flip() {
	perl -e '
		my ($text, $at, $mib, $found) = (shift, shift, shift, 0);
		open my $mem, "+<:raw", "/dev/mem" or die "/dev/mem: $!";
		for my $piece (0 .. $mib - 2) {
			my ($start, $bytes, $from) = ($at + ($piece << 20), "", 0);
			sysseek $mem, $start, 0 or die "seek: $!";
			(sysread($mem, $bytes, 1 << 20) // 0) == 1 << 20 or die "read: $!";
			while (($from = index $bytes, $text, $from) >= 0) {
				my $place = $from + length $text;
				sysseek $mem, $start + $place, 0 or die "seek: $!";
				syswrite $mem, chr(ord(substr $bytes, $place, 1) ^ 4) or die "write: $!";
				$found++;
				$from = $place;
			}
		}
		print "$found bits flipped behind $text\n";
		exit !$found;
	' "$1" $((4 << 30)) $MIB || fail "nothing is flipped"
}

# values : two that will be damaged, and others
values() {
	{ printf 'this-is-a-vendor-value'; head -c 5000 /dev/zero | tr '\0' q; } >"$TMP/vendor"
	{ printf 'this-is-a-standard-value'; head -c 30000 /dev/zero | tr '\0' z; } >"$TMP/standard"
	v store victim @"$TMP/vendor"
	s store victim @"$TMP/standard"
	v bulk-store n=100 size=3000 prefix=other
	s bulk-store n=100 size=20000 prefix=other
}

flip_both() {
	flip this-is-a-vendor-value
	flip this-is-a-standard-value
}

# media_errors : as the health log counts them
media_errors() {
	nvme smart-log "/dev/$CTRL" -o json | jq '.media_errors | tonumber'
}

load "${PARAMETERS[@]}" verify=value
values
v get victim 6000 data=@"$TMP/vendor"
s get victim 40000 data=@"$TMP/standard"
same "media errors before" "$(media_errors)" 0
flip_both
v get victim 6000 want=0x311
s get victim 40000 want=0x88
same "media errors" "$(media_errors)" 2
v bulk-verify n=100 size=3000 prefix=other
s bulk-verify n=100 size=20000 prefix=other
v store victim @"$TMP/vendor"
s store victim @"$TMP/standard"
v get victim 6000 data=@"$TMP/vendor"
s get victim 40000 data=@"$TMP/standard"
v torture 200 1 "$NG"

load "${PARAMETERS[@]}"
values
flip_both
v get victim 6000 out="$TMP/back" >/dev/null
if cmp -s -n 5000 "$TMP/back" "$TMP/vendor"; then fail "the bit is not where the device reads"; fi
same "media errors without checksums" "$(media_errors)" 0
