#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The commands that README.md and docs/ show do what these pages say.
#
# A block of code that begins with ```sh is run; a block ```output behind it is what
# it prints, with "..." for anything in a line, and a line "..." for any lines. Blocks
# that cannot be run here begin with ```sh no-test: and a reason.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme fio jq xxd perl

PAGES=(README.md docs/*.md)

# Writes each block to run to $TMP/blocks/NUMBER.sh, and what it prints beside it.
extract() {
	rm -rf "$TMP/blocks"
	mkdir "$TMP/blocks"
	awk -v dir="$TMP/blocks" '
		function fail(why) { print FILENAME ":" FNR ": " why; failed = 1; exit 1 }
		/^```/ && !code {
			code = 1
			kind = substr($0, 4)
			file = ""
			if (kind == "sh") {
				file = sprintf("%s/%03d.sh", dir, ++n)
				print "# line " FNR >file
				ran = 1
			} else if (kind == "output") {
				if (!ran) fail("output of no block")
				file = sprintf("%s/%03d.output", dir, n)
				printf "" >file
				ran = 0
			} else if (kind ~ /^sh/) {
				if (kind !~ /^sh no-test: ./) fail("neither sh nor sh no-test: REASON")
				ran = 0
			} else {
				ran = 0
			}
			next
		}
		/^```$/ { code = 0; if (file != "") close(file); file = ""; next }
		code && file != "" { print >file }
		!code && NF { ran = 0 }
		END { if (!failed && code) { print FILENAME ": a block does not end"; exit 1 } }' "$1"
}

# matches PATTERNS TEXT: two files
matches() {
	local line regex='' any='(.*\n)*' escaped
	while IFS= read -r line; do
		if [[ $line == ... ]]; then
			regex+=$any
			continue
		fi
		escaped=$(sed 's/\.\.\./\x01/g; s/[][\.*^$+?(){}|/]/\\&/g; s/\x01/.*/g' <<<"$line")
		regex+=$escaped'[ \t]*\n'
	done <"$1"
	REGEX=$regex perl -0777 -e '$_ = <STDIN> // ""; exit !/\A$ENV{REGEX}\z/' < <(awk 1 "$2")
}

# The tree as a reader has it: with vkvssd.ko, and what blocks write goes elsewhere.
make_tree() {
	mkdir "$TMP/tree"
	ln -s "$TOP"/* "$TMP/tree"
	ln -sf "$MODULE" "$TMP/tree/vkvssd.ko"
}

run_block() {
	local page=$1 block=$2 line
	line=$page:$(sed -n '1s/# line //p' "$block")
	echo "$line"
	(cd "$TMP/tree" && VKVSSD_KO=$MODULE timeout $((1000 * SLOW)) bash -euo pipefail "$block" >"$TMP/out" 2>&1 </dev/null) || {
		cat "$block" "$TMP/out"
		fail "$line: the block fails"
	}
	if [[ -e ${block%.sh}.output ]] && ! matches "${block%.sh}.output" "$TMP/out"; then
		cat "$block"
		diff "${block%.sh}.output" "$TMP/out"
		fail "$line: the output differs"
	fi
	NR=$((NR + 1))
}

# Each page finds an empty device.
run_page() {
	local page=$1 block
	extract "$TOP/$page" >"$TMP/why" || fail "$(cat "$TMP/why")"
	if ! compgen -G "$TMP/blocks/*.sh" >/dev/null; then return; fi
	load "${DEFAULT[@]}"
	[[ $CTRL == nvme0 ]] || fail "the device is $CTRL, and the pages say nvme0"
	for block in "$TMP"/blocks/*.sh; do
		run_block "$page" "$block"
	done
}

cd "$TOP"
make_tree
NR=0
expect_log 'nvme.*resetting controller$'
for page in "${PAGES[@]}"; do
	run_page "$page"
done
echo "$NR blocks"
((NR >= 15)) || fail "only $NR blocks were run"
load "${DEFAULT[@]}"
