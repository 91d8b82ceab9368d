#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/top shows and records the activity of a device, and scripts/plot draws it.
# boot: reserved
source "$(dirname "$0")/lib.sh"

top() {
	"$TOP/scripts/top" "$@"
}

device
wipe
traffic() {
	while [[ ! -e $TMP/enough ]]; do
		v bulk-store n=200 size=2000 prefix=to
		v bulk-verify n=200 size=2000 prefix=to
		s bulk-store n=100 size=100 prefix=to
	done
}
traffic >/dev/null &
top -b -n 3 -i 1 -r "$TMP/one.record" -l 'first run' >"$TMP/screen" || fail "top"
top -b -n 2 -i 0.7 -r "$TMP/two.record" -l 'second run' >/dev/null || fail "top"
touch "$TMP/enough"
wait
cat "$TMP/screen"
same "screens" "$(grep -c '^vKVSSD ' "$TMP/screen")" 3
grep -Eq '^ns1 0x81 store +[0-9.]+ k?/s +[0-9.]+ [kM]?B/s +[0-9.m]+ ' "$TMP/screen" || fail "no line of stores"
grep -Eq '^ns2 0x01 store ' "$TMP/screen" || fail "no line of standard stores"
grep -Eq '^worker 0 .*busy .*asleep .*ring [0-9]+' "$TMP/screen" || fail "no line of a worker"
grep -Eq '^fill [0-9.]+ %.*write amplification [0-9.]+' "$TMP/screen" || fail "no fill"
if grep -q $'\033' "$TMP/screen"; then fail "batch mode clears the screen"; fi

for wrong in '-n x' '-i 0' '-i -1' '--nothing' '-n'; do
	# shellcheck disable=SC2086 # two words
	if top -b $wrong >/dev/null 2>"$TMP/why"; then fail "top took '$wrong'"; fi
	grep -q 'try --help' "$TMP/why" || fail "top $wrong: $(cat "$TMP/why")"
done
if top -b -n 1 -d nothere >/dev/null 2>&1; then fail "top found a device that is not there"; fi

requires gnuplot
plot() {
	"$TOP/scripts/plot" "$@"
}
plot -o "$TMP/one.svg" "$TMP/one.record" || fail "plot"
plot -o "$TMP/two.svg" "$TMP/one.record" "$TMP/two.record" || fail "plot of two"
plot -c store -o "$TMP/store.svg" "$TMP/one.record" || fail "plot of stores"
for word in 'first run' 'second run' total queueing 'ns1 store' 'ns2 store' 'ns1 retrieve' 'median' '99.9 %' throughput; do
	grep -q "$word" "$TMP/two.svg" || fail "the picture has no '$word'"
done
if grep -q 'second run' "$TMP/one.svg"; then fail "the first picture has the second run"; fi
for wrong in "$TMP/nothere" "$TMP/screen" "-o $TMP/x.gif $TMP/one.record" "-c nothing $TMP/one.record" '-o'; do
	# shellcheck disable=SC2086
	if plot $wrong >/dev/null 2>&1; then fail "plot took '$wrong'"; fi
done
if [[ -n ${KEEP:-} ]]; then cp "$TMP"/*.record "$KEEP"; fi
wipe
