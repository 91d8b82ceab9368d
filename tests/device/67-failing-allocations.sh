#!/bin/bash
# Each allocation of the load fails once. All that may come of it is a load that
# fails, or does without; no leak, and a module that loads afterwards.
# boot: reserved
source "$(dirname "$0")/lib.sh"

DEBUG=/sys/kernel/debug
[[ -e /proc/self/fail-nth && -d $DEBUG/failslab ]] || skip "needs a kernel with fault injection (6.1-debug)"

# What fails when a task says so: anything, quietly.
let_fail() {
	echo N >$DEBUG/failslab/ignore-gfp-wait
	echo N >$DEBUG/fail_page_alloc/ignore-gfp-wait
	echo N >$DEBUG/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$DEBUG/fail_page_alloc/min-order
	echo 0 >$DEBUG/failslab/verbose
	echo 0 >$DEBUG/fail_page_alloc/verbose
}

unload
modprobe nvme
let_fail
forget_leaks
# who is told that there is no memory says so
expect_log 'failload: (vmalloc error|page allocation failure)' 'Call Trace:' 'RIP: 0033:' \
	'(vkvssd|nvme|pci|debugfs|kobject|sysfs).*([Ff]ail|[Cc]annot|[Uu]nable|[Oo]ut of memory|not enough memory|-12)'
"$FAILLOAD" "$MODULE" vkvssd "memmap_start=4G memmap_size=64M cpus=1,2" memmap_size=1 || fail "a load that ends as it should not"
! loaded || fail "still loaded"
no_leaks
load "${DEFAULT[@]}"
v torture 300 5 "$NG"
