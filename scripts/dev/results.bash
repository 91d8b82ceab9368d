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
	count "$status" "$log"
	rm -f "$log"
	if ((status != 0)); then FAILED_STEPS+=("$name"); fi
	printf '==> %s: %s after %d s\n' "$name" "$( ((status)) && echo FAILED || echo "done")" $((SECONDS - start))
	return "$status"
}

# Prints the steps that failed and, last, the sum. Succeeds if all steps did.
sum_up() {
	echo
	if ((${#FAILED_STEPS[@]})); then printf 'failed: %s\n' "${FAILED_STEPS[@]}"; fi
	echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
	((FAILED == 0 && ${#FAILED_STEPS[@]} == 0))
}
