#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random operations on both namespaces, beside an oracle, and several clients on the
# same keys at once.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
v torture 4000 "${SEED:-1}" "$NG"
v torture 2000 $((${SEED:-1} + 1)) "$NG" >"$TMP/one" &
# other keys beside the torture's
v bulk-store n=1000 size=2000 prefix=par threads=4
v bulk-verify n=1000 size=2000 prefix=par threads=4
v race n=400 loops=2 threads=4 prefix=race
s race n=400 loops=2 threads=4 prefix=race
wait $! || { cat "$TMP/one"; fail "torture beside others"; }
v bulk-delete n=1000 prefix=par threads=4 opt=1
wipe
