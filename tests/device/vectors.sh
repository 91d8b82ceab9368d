# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Every queue has its own MSI-X vector, whose interrupts arrive on the CPU that its
# affinity names.

irq_of() {
	awk -v name="${CTRL}q$1" '$NF == name { sub(":", "", $1); print $1 }' /proc/interrupts
}

# Interrupts of a queue on one CPU so far.
count_on() {
	awk -v name="${CTRL}q$1" -v column="$(($2 + 2))" '$NF == name { print $column }' /proc/interrupts
}

# Finds by trial which queue a CPU submits to, and so where its interrupts arrive.
check_vectors() {
	local cpus queues q irq cpu before after
	cpus=$(nproc)
	grep "${CTRL}q" /proc/interrupts
	queues=$(grep -c "${CTRL}q" /proc/interrupts)
	((queues == cpus + 1)) || fail "$queues vectors for $cpus CPUs and the admin queue"
	same queue_count "$(<"/sys/class/nvme/$CTRL/queue_count")" "$queues"
	same "pin interrupts instead of MSI-X" "$(grep "${CTRL}q" /proc/interrupts | grep -Ec 'IO-APIC|INTx' || true)" 0
	for ((q = 0; q < queues; q++)); do
		irq=$(irq_of "$q")
		[[ -n $irq ]] || fail "queue $q has no interrupt"
		echo "queue $q: irq $irq, affinity $(<"/proc/irq/$irq/smp_affinity_list"), effective $(<"/proc/irq/$irq/effective_affinity_list")"
	done
	for ((cpu = 0; cpu < cpus; cpu++)); do
		q=$((cpu + 1))
		same "effective affinity of queue $q" "$(<"/proc/irq/$(irq_of "$q")/effective_affinity_list")" "$cpu"
		before=$(count_on "$q" "$cpu")
		taskset -c "$cpu" "$KVTOOL" "$BLK" bulk-store n=20 prefix=vec
		after=$(count_on "$q" "$cpu")
		((after >= before + 10)) || fail "queue $q on CPU $cpu: from $before to $after interrupts for 20 commands"
	done
	v bulk-delete n=20 prefix=vec
}
