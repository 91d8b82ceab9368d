# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Steps whose results are added up, for scripts/dev/check and scripts/dev/lint.

PASSED=0 FAILED=0 SKIPPED=0 FAILED_STEPS=()

# count STATUS LOG : adds the last "N passed, N failed[, N skipped]" of a step.
# A step that prints no such line counts as one test, and so does one that fails
# without naming a failed test.
count() {
	local status=$1 line passed failed skipped
	line=$(grep -oE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' "$2" | tail -n 1) || true
	read -r passed failed skipped _ < <(sed -E 's/[^0-9]+/ /g' <<<"${line:-0 0} 0")
	PASSED=$((PASSED + passed))
	SKIPPED=$((SKIPPED + skipped))
	if ((status != 0 && failed == 0)); then
		failed=1
	elif [[ -z $line ]]; then
		PASSED=$((PASSED + 1))
	fi
	FAILED=$((FAILED + failed))
}

# step NAME COMMAND... : a step that fails does not keep the others from running,
# if the caller goes on.
step() {
	local name=$1 status=0 start=$SECONDS log
	shift
	log=$(mktemp)
	printf '\n==> %s\n' "$name"
	"$@" 2>&1 | tee "$log" || status=$?
	ended "$name" "$status" $((SECONDS - start)) "$log"
	rm -f "$log"
	return "$status"
}

# ended NAME STATUS SECONDS LOG : adds the results of a step to the sums
ended() {
	local name=$1 status=$2 seconds=$3 log=$4
	count "$status" "$log"
	if ((status != 0)); then FAILED_STEPS+=("$name"); fi
	printf '==> %s: %s after %d s\n' "$name" "$( ((status)) && echo FAILED || echo "done")" "$seconds"
}

# ---- steps side by side ----

QUEUE=() QUEUED_NAMES=()

# queue NAME COMMAND... : a step for run_queue
queue() {
	QUEUED_NAMES+=("$1")
	shift
	QUEUE+=("$(printf '%q ' "$@")")
}

# run_queue NR : runs the queued steps in their order, NR at a time. Their output is not
# mixed: that of the first appears as it comes, that of the others when their turn has
# come.
run_queue() {
	local i
	QUEUE_DIR=$(mktemp -d)
	run_queued_steps "$1" &
	for i in "${!QUEUE[@]}"; do show_queued "$i"; done
	wait
	rm -rf "$QUEUE_DIR"
	QUEUE=() QUEUED_NAMES=()
}

run_queued_steps() {
	local i
	for i in "${!QUEUE[@]}"; do
		if ((i >= $1)); then wait -n || true; fi
		run_queued "$i" &
	done
	wait
}

run_queued() {
	local status=0 start=$SECONDS
	: >"$QUEUE_DIR/$1.log"
	echo "$BASHPID" >"$QUEUE_DIR/$1.begun"
	mv "$QUEUE_DIR/$1.begun" "$QUEUE_DIR/$1.pid"
	eval "${QUEUE[$1]}" >>"$QUEUE_DIR/$1.log" 2>&1 </dev/null || status=$?
	echo "$status $((SECONDS - start))" >"$QUEUE_DIR/$1.status"
}

show_queued() {
	local at=$QUEUE_DIR/$1 status=1 seconds=0
	printf '\n==> %s\n' "${QUEUED_NAMES[$1]}"
	until [[ -e $at.pid ]]; do sleep 0.1; done
	tail -n +1 -f -s 0.2 --pid="$(<"$at.pid")" "$at.log"
	if [[ -e $at.status ]]; then read -r status seconds <"$at.status"; fi
	ended "${QUEUED_NAMES[$1]}" "$status" "$seconds" "$at.log"
}

# Prints the steps that failed and, last, the sum. Succeeds if all steps did.
sum_up() {
	echo
	if ((${#FAILED_STEPS[@]})); then printf 'failed: %s\n' "${FAILED_STEPS[@]}"; fi
	echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
	((FAILED == 0 && ${#FAILED_STEPS[@]} == 0))
}
