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
# who is told that there is no memory says so; and pci_device_add(), which has no
# way to return an error, warns when its device_add() fails
expect_log 'failload: (vmalloc error|page allocation failure)' 'Call Trace:' 'RIP: 0033:' \
	'WARNING: CPU: [0-9]+ PID: [0-9]+ at (drivers/pci/probe\.c:[0-9]+ )?pci_device_add\+' 'RIP: 0010:pci_device_add\+' \
	'^kern *:warn *: \[[ .0-9]+\]  (\? )?[a-z_0-9.]+\+0x[0-9a-f]+/0x[0-9a-f]+( \[vkvssd\])?$' 'Modules linked in: .*vkvssd' \
	'(vkvssd|nvme|pci|debugfs|kobject|sysfs).*([Ff]ail|[Cc]annot|[Uu]nable|[Oo]ut of memory|not enough memory|-12)'
"$FAILLOAD" "$MODULE" vkvssd "memmap_start=4G memmap_size=64M cpus=1,2" memmap_size=1 || fail "a load that ends as it should not"
! loaded || fail "still loaded"
no_leaks
load "${DEFAULT[@]}"
v torture 300 5 "$NG"
