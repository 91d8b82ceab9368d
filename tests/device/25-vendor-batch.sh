#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Batches: eight stores in one command, and statuses of wrong batches.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires perl

device
for i in {1..9}; do v del "batch$i"; done

# batch FILE KEY VALUE ... : builds the payload
batch() {
	# shellcheck disable=SC2016 # perl's
	perl -e '
		my $out = shift;
		my ($head, $body) = ("", "");
		while (my ($key, $value) = splice(@ARGV, 0, 2)) {
			$head .= pack("CCSL CCSL", 0x81, length $key, 0, length $value, 0, 1, 0, 0);
			$body .= "\0" x 64;
			for ($key, $value) {
				$body .= $_ . "\0" x (-length($_) % 64);
			}
		}
		open(my $file, ">", $out) || die;
		print $file $head . "\0" x (512 - length $head) . $body;
	' "$@"
}

# send COUNT FILE WORD...
send() {
	local count=$1 file=$2 bytes
	shift 2
	bytes=$(stat -c %s "$file")
	v raw op=0x85 in="@$file" cdw10=$(((bytes + 3) / 4)) cdw11=$((count << 24)) "$@"
}

batch "$TMP/one" batch1 single
send 1 "$TMP/one"
v get batch1 16 data=single

words=()
for i in {1..8}; do words+=("batch$i" "value number $i $(printf '%*s' $((i * 40)) end)"); done
batch "$TMP/eight" "${words[@]}"
send 8 "$TMP/eight"
for i in {1..8}; do v get "batch$i" 512 "data=${words[i * 2 - 1]}"; done

# more sub-commands than eight, none, and lengths beyond the payload
batch "$TMP/other" batch9 x
send 9 "$TMP/eight" want=any
send 255 "$TMP/other" want=any
v exist batch9 want=0x310
printf '\xff\xff\xff\xff' | dd of="$TMP/other" bs=1 seek=4 conv=notrunc status=none
"$KVTOOL" "$BLK" raw op=0x85 in="@$TMP/other" cdw10=160 cdw11=0x01000000 want=0 &&
	fail "a batch with a value of 4 GiB in 640 bytes succeeds"
batch "$TMP/other" batch9 x
"$KVTOOL" "$BLK" raw op=0x85 in="@$TMP/other" cdw10=130 cdw11=0x01000000 want=0 &&
	fail "a batch that ends before its value succeeds"
"$KVTOOL" "$BLK" raw op=0x85 in="@$TMP/other" cdw10=4 cdw11=0x01000000 want=0 &&
	fail "a batch shorter than its head succeeds"
v exist batch9 want=0x310
# a key of no bytes, and one longer than any
printf '\x00' | dd of="$TMP/other" bs=1 seek=1 conv=notrunc status=none
send 1 "$TMP/other" want=0x303
# an opcode that no batch carries
batch "$TMP/other" batch9 x
printf '\x90' | dd of="$TMP/other" bs=1 conv=notrunc status=none
"$KVTOOL" "$BLK" raw op=0x85 in="@$TMP/other" cdw10=160 cdw11=0x01000000 want=0 &&
	fail "a batch of retrieves succeeds"
v exist batch9 want=0x310
for i in {1..8}; do v del "batch$i" opt=1; done
