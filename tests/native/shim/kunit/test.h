/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Native stand-in for KUnit: runs a suite and prints TAP. A failed expectation
 * is reported and the case goes on; a failed assertion ends the case.
 */
#ifndef SHIM_KUNIT_TEST_H
#define SHIM_KUNIT_TEST_H

#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <linux/slab.h>

struct kunit {
	void *priv;
	int failed;
	jmp_buf out;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char *name;
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(fn) { .run_case = fn, .name = #fn }

#define SHIM_CHECK(test, cond, end, fmt, ...) do {			\
	if (cond)							\
		break;							\
	printf("# %s:%d: " fmt "\n", __FILE__, __LINE__, ##__VA_ARGS__);	\
	(test)->failed = 1;						\
	if (end)							\
		longjmp((test)->out, 1);				\
} while (0)
#define SHIM_BINARY(test, a, op, b, end) do {				\
	__auto_type __l = (a);						\
	__auto_type __r = (b);						\
	SHIM_CHECK(test, __l op __r, end, "%s " #op " %s: %lld, %lld",	\
		   #a, #b, (long long)__l, (long long)__r);		\
} while (0)
#define KUNIT_EXPECT_EQ(test, a, b) SHIM_BINARY(test, a, ==, b, 0)
#define KUNIT_EXPECT_NE(test, a, b) SHIM_BINARY(test, a, !=, b, 0)
#define KUNIT_EXPECT_LE(test, a, b) SHIM_BINARY(test, a, <=, b, 0)
#define KUNIT_EXPECT_LT(test, a, b) SHIM_BINARY(test, a, <, b, 0)
#define KUNIT_EXPECT_GE(test, a, b) SHIM_BINARY(test, a, >=, b, 0)
#define KUNIT_EXPECT_GT(test, a, b) SHIM_BINARY(test, a, >, b, 0)
#define KUNIT_EXPECT_TRUE(test, c) SHIM_CHECK(test, c, 0, "%s", #c)
#define KUNIT_EXPECT_FALSE(test, c) SHIM_CHECK(test, !(c), 0, "not %s", #c)
#define KUNIT_EXPECT_STREQ(test, a, b) \
	SHIM_CHECK(test, !strcmp(a, b), 0, "\"%s\" is not \"%s\"", a, b)
#define KUNIT_ASSERT_EQ(test, a, b) SHIM_BINARY(test, a, ==, b, 1)
#define KUNIT_ASSERT_NE(test, a, b) SHIM_BINARY(test, a, !=, b, 1)
#define KUNIT_ASSERT_LE(test, a, b) SHIM_BINARY(test, a, <=, b, 1)
#define KUNIT_ASSERT_LT(test, a, b) SHIM_BINARY(test, a, <, b, 1)
#define KUNIT_ASSERT_GE(test, a, b) SHIM_BINARY(test, a, >=, b, 1)
#define KUNIT_ASSERT_GT(test, a, b) SHIM_BINARY(test, a, >, b, 1)
#define KUNIT_ASSERT_TRUE(test, c) SHIM_CHECK(test, c, 1, "%s", #c)
#define KUNIT_ASSERT_FALSE(test, c) SHIM_CHECK(test, !(c), 1, "not %s", #c)
#define KUNIT_ASSERT_NOT_NULL(test, p) SHIM_CHECK(test, p, 1, "%s is NULL", #p)
#define KUNIT_FAIL(test, fmt, ...) \
	SHIM_CHECK(test, 0, 0, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_TRUE_MSG(test, c, fmt, ...) \
	SHIM_CHECK(test, c, 1, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_TRUE_MSG(test, c, fmt, ...) \
	SHIM_CHECK(test, c, 0, fmt, ##__VA_ARGS__)
#define kunit_info(test, fmt, ...) \
	((void)(test), printf("# " fmt "\n", ##__VA_ARGS__))

static inline int shim_run_case(struct kunit_suite *suite,
				struct kunit_case *c)
{
	long live = shim_slab_live;
	struct kunit test;

	memset(&test, 0, sizeof(test));
	if (!setjmp(test.out)) {
		if (suite->init && suite->init(&test))
			test.failed = 1;
		else
			c->run_case(&test);
	}
	if (suite->exit)
		suite->exit(&test);
	if (!test.failed && shim_slab_live != live) {
		printf("# %ld objects left behind\n", shim_slab_live - live);
		test.failed = 1;
	}
	return test.failed;
}

/*
 * Runs the cases whose "suite.case" contains @only, or all cases for NULL.
 * Counts them in *@nr. Returns how many failed.
 */
static inline int kunit_run_cases(struct kunit_suite *suite, const char *only,
				  int *nr)
{
	struct kunit_case *c;
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (c = suite->test_cases; c->run_case; c++) {
		char name[100];
		int bad;

		snprintf(name, sizeof(name), "%s.%s", suite->name, c->name);
		if (only && !strstr(name, only))
			continue;
		bad = shim_run_case(suite, c);
		printf("%sok %d %s\n", bad ? "not " : "", ++*nr, name);
		failed += bad;
	}
	return failed;
}

/* Runs the suites of an array that ends with NULL. */
static inline int kunit_run(struct kunit_suite *const *suites,
			    const char *only)
{
	int failed = 0;
	int nr = 0;

	for (; *suites; suites++)
		failed += kunit_run_cases(*suites, only, &nr);
	printf("1..%d\n", nr);
	return failed ? 1 : 0;
}

#define kunit_test_suites(...)						\
	int main(int argc, char **argv)					\
	{								\
		struct kunit_suite *const suites[] = {			\
			__VA_ARGS__, NULL				\
		};							\
									\
		return kunit_run(suites, argc > 1 ? argv[1] : NULL);	\
	}
#define kunit_test_suite(suite) kunit_test_suites(&suite)

#endif
