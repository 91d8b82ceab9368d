# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Every queue has its own MSI-X vector, whose interrupts arrive on the CPU that its
# affinity names. The kernel chooses which CPUs use which queue.

irq_of() {
	awk -v name="${CTRL}q$1" '$NF == name { sub(":", "", $1); print $1 }' /proc/interrupts
}

# Interrupts of a queue so far, on each CPU.
counts_of() {
	awk -v name="${CTRL}q$1" -v cpus="$(nproc)" '$NF == name { for (i = 0; i < cpus; i++) print $(i + 2) }' /proc/interrupts
}

# Prints the numbers of a list such as "0-2, 5".
numbers() {
	local part
	for part in ${1//,/ }; do seq "${part%-*}" "${part#*-}"; done
}

# in_list NUMBER LIST
in_list() {
	numbers "$2" | grep -qx "$1"
}

# affinity_of QUEUE smp|effective
affinity_of() {
	local file=smp_affinity_list
	if [[ $2 == effective ]]; then file=effective_affinity_list; fi
	cat "/proc/irq/$(irq_of "$1")/$file"
}

# Prints the queues that a CPU submits to. Queue 0 is the admin queue.
queues_of_cpu() {
	local dir
	for dir in "/sys/block/${CTRL}n1/mq"/*; do
		if in_list "$1" "$(<"$dir/cpu_list")"; then echo $((${dir##*/} + 1)); fi
	done
}

check_every_queue_has_a_vector() {
	local cpus queues q
	cpus=$(nproc)
	grep "${CTRL}q" /proc/interrupts
	queues=$(grep -c "${CTRL}q" /proc/interrupts)
	((queues == cpus + 1)) || fail "$queues vectors for $cpus CPUs and the admin queue"
	same queue_count "$(<"/sys/class/nvme/$CTRL/queue_count")" "$queues"
	same "pin interrupts instead of MSI-X" "$(grep "${CTRL}q" /proc/interrupts | grep -Ec 'IO-APIC|INTx' || true)" 0
	for ((q = 0; q < queues; q++)); do
		[[ -n $(irq_of "$q") ]] || fail "queue $q has no interrupt"
		echo "queue $q: irq $(irq_of "$q"), affinity $(affinity_of "$q" smp), effective $(affinity_of "$q" effective)"
	done
}

# The CPUs that submit to a queue are those of its affinity, and one of them takes its
# interrupts.
check_affinity() {
	local cpu=$1 q=$2 taker
	in_list "$cpu" "$(affinity_of "$q" smp)" || fail "CPU $cpu submits to queue $q, whose affinity is $(affinity_of "$q" smp)"
	for taker in $(numbers "$(affinity_of "$q" effective)"); do
		in_list "$taker" "$(affinity_of "$q" smp)" || fail "queue $q interrupts CPU $taker, not one of $(affinity_of "$q" smp)"
	done
}

# Commands of a CPU cause interrupts of its queue, on no other CPU than the affinity says.
check_arrival() {
	local cpu=$1 q=$2 before after i arrived=0
	mapfile -t before < <(counts_of "$q")
	taskset -c "$cpu" "$KVTOOL" "$BLK" bulk-store n=20 prefix=vec
	mapfile -t after < <(counts_of "$q")
	for i in "${!after[@]}"; do
		if in_list "$i" "$(affinity_of "$q" effective)"; then
			arrived=$((arrived + after[i] - before[i]))
		else
			same "interrupts of queue $q on CPU $i" "${after[i]}" "${before[i]}"
		fi
	done
	((arrived >= 10)) || fail "queue $q of CPU $cpu: $arrived interrupts for 20 commands"
}

check_vectors() {
	local cpu queues used=()
	check_every_queue_has_a_vector
	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		mapfile -t queues < <(queues_of_cpu "$cpu")
		same "number of queues of CPU $cpu" "${#queues[@]}" 1
		check_affinity "$cpu" "${queues[0]}"
		check_arrival "$cpu" "${queues[0]}"
		used+=("${queues[0]}")
	done
	same "queues in use" "$(printf '%s\n' "${used[@]}" | sort -u | wc -l)" "$(nproc)"
	v bulk-delete n=20 prefix=vec
}
