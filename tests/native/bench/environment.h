/* SPDX-License-Identifier: GPL-2.0 */
/* Describes the machine and the software of a measurement. */
#ifndef BENCH_ENVIRONMENT_H
#define BENCH_ENVIRONMENT_H

#include <stdio.h>

/**
 * json_environment() - write the environment as a JSON member, and a comma
 * @f: the file
 * @threads: the largest number of threads that was used
 *
 * BENCH_COMMIT and BENCH_DATE are taken from the program's environment.
 */
void json_environment(FILE *f, unsigned int threads);

#endif
