/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine and the software that something was measured on.
 */
#ifndef BENCH_ENVIRONMENT_H
#define BENCH_ENVIRONMENT_H

#include <stdio.h>

/**
 * json_environment() - write it as a JSON member, with a comma behind
 * @f: where to
 * @threads: most threads that there were
 *
 * BENCH_COMMIT and BENCH_DATE are taken from the program's environment.
 */
void json_environment(FILE *f, unsigned int threads);

#endif
