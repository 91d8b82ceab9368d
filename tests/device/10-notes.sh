#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The script of the notes that this project started from. It is as it was written
# there, but for the device, sudo (where there is none), and -v, which nvme-cli 2.3 lacks.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme uuidgen xxd rev

device
cat >"$TMP/notes.sh" <<'NOTES'
#!/bin/bash

set -e

DEV=/dev/nvme1n1

VAL="$(uuidgen)"
VAL_LEN=$(echo -n "${VAL}" | wc -c)

UUID=$(echo -n "${VAL}" | tr -d '-')
KEY0=$(echo -n "${UUID}" | sed -E 's|(.{4})(.{4})(.{4})(.{3})(.*)|\1|g')
KEY1=$(echo -n "${UUID}" | sed -E 's|(.{4})(.{4})(.{4})(.{3})(.*)|\2|g')
KEY2=$(echo -n "${UUID}" | sed -E 's|(.{4})(.{4})(.{4})(.{3})(.*)|\3|g')
KEY3=$(echo -n "${UUID}" | sed -E 's|(.{4})(.{4})(.{4})(.{3})(.*)|\4|g')

KEY="${KEY0}${KEY1}${KEY2}${KEY3}"
KEY_LEN=$(echo -n "${KEY}" | wc -c)

echo -n "${VAL}" | \
sudo nvme io-passthru ${DEV} \
--opcode="0x81" \
--cdw10="${VAL_LEN}" \
--cdw11="${KEY_LEN}" \
--cdw12="0x$(echo -n "${KEY0}" | rev | xxd -p)" \
--cdw13="0x$(echo -n "${KEY1}" | rev | xxd -p)" \
--cdw14="0x$(echo -n "${KEY2}" | rev | xxd -p)" \
--cdw15="0x$(echo -n "${KEY3}" | rev | xxd -p)" \
--namespace-id=1 \
--data-len="${VAL_LEN}" \
-svw

sudo nvme io-passthru ${DEV} \
--opcode="0x90" \
--cdw10="${VAL_LEN}" \
--cdw11="${KEY_LEN}" \
--cdw12="0x$(echo -n "${KEY0}" | rev | xxd -p)" \
--cdw13="0x$(echo -n "${KEY1}" | rev | xxd -p)" \
--cdw14="0x$(echo -n "${KEY2}" | rev | xxd -p)" \
--cdw15="0x$(echo -n "${KEY3}" | rev | xxd -p)" \
--namespace-id=1 \
--data-len="${VAL_LEN}" \
-svr
NOTES
sed -i -e "s|/dev/nvme1n1|$BLK|" -e 's/^-sv\([wr]\)/-s\1/' -e 's/^sudo //' "$TMP/notes.sh"
for _ in 1 2; do
	bash -x "$TMP/notes.sh" >"$TMP/out" 2>"$TMP/trace" || { cat "$TMP/out" "$TMP/trace"; fail "the notes' script"; }
	value=$(sed -n "s/^+ VAL=//p" "$TMP/trace")
	# the hex dump that nvme prints, as bytes
	back=$(sed -n 's/^[0-9a-f]\{4\}: \(.\{48\}\).*/\1/p' "$TMP/out" | tr -d ' ' | xxd -r -p | tr -d '\0' | head -c 36)
	same "value read back" "$back" "$value"
done
