#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One MSI-X vector a queue, with affinity.
# boot: reserved
source "$(dirname "$0")/lib.sh"
source "$HERE/vectors.sh"
requires taskset

device
check_vectors
