#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random operations on both namespaces, beside an oracle, and several clients on the
# same keys at once.
# boot: parallel
source "$(dirname "$0")/lib.sh"

device
wipe
v torture 1500 "${SEED:-1}" "$NG"
v torture 1000 $((${SEED:-1} + 1)) "$NG" >"$TMP/one" &
# other keys beside the torture's
v bulk-store n=400 size=2000 prefix=par threads=4
v bulk-verify n=400 size=2000 prefix=par threads=4
v race n=150 loops=2 threads=4 prefix=race
s race n=150 loops=2 threads=4 prefix=race
wait $! || { cat "$TMP/one"; fail "torture beside others"; }
v bulk-delete n=400 prefix=par threads=4 opt=1
wipe
