# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Compares the output of commands with files, for 14-nvme-cli.sh and others. With
# GOLDEN=update, tests/run-vm writes the files instead.

GOLDEN_DIR=$HERE/golden

# Values that differ from run to run, and sizes, which other tests look at: a line
# "NAME : VALUE" loses its value if the name begins with one of these.
VOLATILE='temperature|data_units|Data Units|host_read|host_write|controller_busy|power_|unsafe_shutdowns|num_err_log'
VOLATILE+='|error_count|cmdid|The timestamp is|nsze|ncap|nvmcap|tnvmcap|unvmcap'

normalise() {
	sed -E -e "s/$CTRL/nvme0/g" -e "s#$TMP#TMP#g" -e 's/ want=any//' -e 's/\x00//g' -e 's/[[:space:]]+$//' \
		-e "s/^([[:space:]]*($VOLATILE)[^:]*:).*/\\1 #/" -e 's#B / [0-9. ]*[KMGT]B#B / \##'
}

# golden NAME COMMAND... : runs it; adds the command, its output and its status
golden() {
	local file=$TMP/golden/$1 status=0
	shift
	mkdir -p "$TMP/golden"
	echo "\$ ${*##*/tests/}" >>"$file"
	"$@" >>"$file" 2>&1 </dev/null || status=$?
	echo "= $status" >>"$file"
}

# golden_raw NAME NODE : the same for raw commands, from the input, one a line
golden_raw() {
	sed 's/$/ want=any/' >"$TMP/$1"
	golden "$1" "$KVTOOL" "$2" script "$TMP/$1"
}

# Compares everything that golden() gathered.
golden_check() {
	local file name differ=0
	for file in "$TMP"/golden/*; do
		name=${file##*/}
		normalise <"$file" >"$TMP/normal"
		if [[ ${GOLDEN:-} == update ]]; then
			cp "$TMP/normal" "$GOLDEN_DIR/$name"
		elif ! diff -u --label "golden/$name" --label "$name" "$GOLDEN_DIR/$name" "$TMP/normal"; then
			differ=1
		fi
	done
	((differ == 0)) || fail "other output than in tests/device/golden; if that is as it should be: make golden"
}
