#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each allocation of the load fails once. The load then fails, or succeeds without the
# memory. Nothing leaks, and the module can be loaded afterwards.
# boot: reserved
source "$(dirname "$0")/lib.sh"

DEBUG=/sys/kernel/debug
[[ -e /proc/self/fail-nth && -d $DEBUG/failslab ]] || skip "needs a kernel with fault injection (6.1-debug)"

# Lets every kind of allocation fail for a task that asks for it, quietly.
let_fail() {
	echo N >$DEBUG/failslab/ignore-gfp-wait
	echo N >$DEBUG/fail_page_alloc/ignore-gfp-wait
	echo N >$DEBUG/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$DEBUG/fail_page_alloc/min-order
	echo 0 >$DEBUG/failslab/verbose
	echo 0 >$DEBUG/fail_page_alloc/verbose
}

# fail_each [FIRST] : loads until no allocation is left to fail
fail_each() {
	"$FAILLOAD" "$MODULE" vkvssd "memmap_start=4G memmap_size=64M cpus=1,2" memmap_size=1 "$@" | tee "$TMP/loads" ||
		fail "a load that ends as it should not"
	! loaded || fail "still loaded"
}

# leaked PATTERN : how many leaked objects have it in their backtrace
leaked() {
	awk -v RS='unreferenced object ' -v what="$1" '$0 ~ what { n++ } END { print n + 0 }' "$TMP/leaks"
}

# Code that gets no memory says so. And pci_device_add(), which has no way to return
# an error, warns when its device_add() fails.
expect_log 'failload: (vmalloc error|page allocation failure)' 'Call Trace:' 'RIP: 0033:' \
	'WARNING: CPU: [0-9]+ PID: [0-9]+ at (drivers/pci/probe\.c:[0-9]+ )?pci_device_add\+' 'RIP: 0010:pci_device_add\+' \
	'^kern *:warn *: \[[ .0-9]+\]  (\? )?[a-z_0-9.]+\+0x[0-9a-f]+/0x[0-9a-f]+( \[vkvssd\])?$' 'Modules linked in: .*vkvssd' \
	'(vkvssd|nvme|pci|debugfs|kobject|sysfs|ioremap).*([Ff]ail|[Cc]an ?not|[Uu]nable|[Oo]ut of (memory|free dentries)|not enough memory|-12)' \
	"(PCI|pci_bus .*): can't add " "BAR 0: can't reserve " 'buffer not found in pci_save_pcie_state' 'memmap_size=1 is too small'

unload
let_fail

# Loads without the driver, so that only the load itself can leak.
modprobe -r nvme
forget_leaks
fail_each
no_leaks

# Loads with the driver, from the driver's first allocation on. Linux 6.1's
# nvme_probe() keeps a reference to its
# controller when it fails behind nvme_init_ctrl() (nvme_async_probe() would put it),
# and with that the function, the bus and the bridge. No other bus may be left.
with_driver() {
	fail_each $(($(sed -n 's/.* \([0-9]*\) in all$/\1/p' "$TMP/loads") - 200))
	take_leaks
	controllers=$(leaked 'dev_set_name.*nvme_init_ctrl')
	echo "controllers that the driver keeps: $controllers"
	same "leaked buses" "$(leaked pci_alloc_bus)" "$controllers"
}

# Linux 6.12's nvme_probe() keeps none. There, nvme_init_subsystem() waits for itself:
# when the link from a new subsystem fails, it puts the last reference and so takes
# nvme_subsystems_lock again.
modprobe nvme
case $(uname -r) in
6.1.*) with_driver ;;
*) echo "with the driver: not on this kernel, whose nvme_init_subsystem() waits for itself" ;;
esac
load "${DEFAULT[@]}"
v torture 300 5 "$NG"
