#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Stores a random value under a key of its own with the vendor dialect's store
# (81h), retrieves it (90h), and compares.
set -euo pipefail

MODEL='vKVSSD Virtual SSD'

usage() {
	cat <<'USAGE'
Usage: scripts/store_retrieve.sh [NODE]

NODE is the block node of a vKVSSD, such as /dev/nvme0n1; by default the first one
found. Exit status: 0 if the retrieved value is the stored one.
USAGE
}

find_node() {
	local dir
	for dir in /sys/class/nvme/nvme*; do
		if [[ -r $dir/model && $(<"$dir/model") == "$MODEL"* && -b /dev/${dir##*/}n1 ]]; then
			echo "/dev/${dir##*/}n1"
			return
		fi
	done
	echo "store_retrieve.sh: no vKVSSD found (is the module loaded?)" >&2
	return 1
}

# dword TEXT : four characters as a command dword, the first one lowest
dword() {
	echo "0x$(echo -n "$1" | rev | tr -d '\n' | xxd -p)"
}

case ${1:-} in
-h | --help) usage; exit ;;
esac
NODE=${1:-$(find_node)}

VALUE=$(uuidgen)
KEY=$(echo -n "$VALUE" | tr -d '-' | cut -c 1-16)
# Lengths: the value's in dwords, the key's less one.
COMMAND=(--namespace-id=1 --data-len=${#VALUE}
	--cdw10=$(((${#VALUE} + 3) / 4)) --cdw11=$((${#KEY} - 1))
	--cdw12="$(dword "${KEY:0:4}")" --cdw13="$(dword "${KEY:4:4}")"
	--cdw14="$(dword "${KEY:8:4}")" --cdw15="$(dword "${KEY:12:4}")")

echo "key    $KEY"
echo "stored $VALUE"
echo -n "$VALUE" | nvme io-passthru "$NODE" --opcode=0x81 --write "${COMMAND[@]}"
BACK=$(nvme io-passthru "$NODE" --opcode=0x90 --read --raw-binary "${COMMAND[@]}")
echo "read   $BACK"
if [[ $BACK != "$VALUE" ]]; then
	echo "store_retrieve.sh: the retrieved value is not the stored one" >&2
	exit 1
fi
echo "the same"
