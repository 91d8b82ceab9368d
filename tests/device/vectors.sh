# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Every queue has its own MSI-X vector, whose interrupts arrive on the CPU that its
# affinity names. The kernel chooses which CPUs use which queue.

irq_of() {
	awk -v name="${CTRL}q$1" '$NF == name { sub(":", "", $1); print $1 }' /proc/interrupts
}

# Interrupts of a queue so far, on each CPU.
counts_of() {
	awk -v name="${CTRL}q$1" -v cpus="$CPUS" '$NF == name { for (i = 0; i < cpus; i++) print $(i + 2) }' /proc/interrupts
}

# in_list NUMBER LIST : a list is such as "0-2, 5"
in_list() {
	local part
	for part in ${2//,/ }; do
		if (($1 >= ${part%-*} && $1 <= ${part#*-})); then return 0; fi
	done
	return 1
}

# affinity_of QUEUE smp|effective
affinity_of() {
	local file=/proc/irq/${IRQS[$1]}/smp_affinity_list
	if [[ $2 == effective ]]; then file=${file/smp/effective}; fi
	echo "$(<"$file")"
}

# Prints the queues that a CPU submits to. Queue 0 is the admin queue.
queues_of_cpu() {
	local dir
	for dir in "/sys/block/${CTRL}n1/mq"/*; do
		if in_list "$1" "$(<"$dir/cpu_list")"; then echo $((${dir##*/} + 1)); fi
	done
}

check_every_queue_has_a_vector() {
	local queues q
	grep "${CTRL}q" /proc/interrupts
	queues=$(grep -c "${CTRL}q" /proc/interrupts)
	((queues == CPUS + 1)) || fail "$queues vectors for $CPUS CPUs and the admin queue"
	same queue_count "$(<"/sys/class/nvme/$CTRL/queue_count")" "$queues"
	same "pin interrupts instead of MSI-X" "$(grep "${CTRL}q" /proc/interrupts | grep -Ec 'IO-APIC|INTx' || true)" 0
	for ((q = 0; q < queues; q++)); do
		IRQS[q]=$(irq_of "$q")
		[[ -n ${IRQS[q]} ]] || fail "queue $q has no interrupt"
		echo "queue $q: irq ${IRQS[q]}, affinity $(affinity_of "$q" smp), effective $(affinity_of "$q" effective)"
	done
}

# check_affinity CPU QUEUE : the CPUs that submit to a queue are those of its affinity, and
# one of them takes its interrupts
check_affinity() {
	local smp effective taker
	smp=$(affinity_of "$2" smp)
	effective=$(affinity_of "$2" effective)
	in_list "$1" "$smp" || fail "CPU $1 submits to queue $2, whose affinity is $smp"
	for ((taker = 0; taker < CPUS; taker++)); do
		if in_list "$taker" "$effective" && ! in_list "$taker" "$smp"; then
			fail "queue $2 interrupts CPU $taker, but its affinity is $smp"
		fi
	done
}

# check_arrival CPU QUEUE : commands of a CPU cause interrupts of its queue, on no other
# CPU than the affinity says
check_arrival() {
	local before after i arrived=0 effective
	effective=$(affinity_of "$2" effective)
	mapfile -t before < <(counts_of "$2")
	taskset -c "$1" "$KVTOOL" "$BLK" bulk-store n=20 prefix=vec
	mapfile -t after < <(counts_of "$2")
	for i in "${!after[@]}"; do
		if in_list "$i" "$effective"; then
			arrived=$((arrived + after[i] - before[i]))
		else
			same "interrupts of queue $2 on CPU $i" "${after[i]}" "${before[i]}"
		fi
	done
	((arrived >= 10)) || fail "queue $2 of CPU $1: $arrived interrupts for 20 commands"
}

check_vectors() {
	local cpu queues used=()
	CPUS=$(nproc) IRQS=()
	check_every_queue_has_a_vector
	for ((cpu = 0; cpu < CPUS; cpu++)); do
		mapfile -t queues < <(queues_of_cpu "$cpu")
		same "number of queues of CPU $cpu" "${#queues[@]}" 1
		check_affinity "$cpu" "${queues[0]}"
		check_arrival "$cpu" "${queues[0]}"
		used+=("${queues[0]}")
	done
	same "queues in use" "$(printf '%s\n' "${used[@]}" | sort -u | wc -l)" "$CPUS"
	v bulk-delete n=20 prefix=vec
}
