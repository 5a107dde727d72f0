/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmocka with its long list of includes, and TEST_MAIN(a, b, c): a main() that runs the tests
 * named in it (up to 32).
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define TEST_EACH_1(a)	     cmocka_unit_test(a)
#define TEST_EACH_2(a, ...)  cmocka_unit_test(a), TEST_EACH_1(__VA_ARGS__)
#define TEST_EACH_3(a, ...)  cmocka_unit_test(a), TEST_EACH_2(__VA_ARGS__)
#define TEST_EACH_4(a, ...)  cmocka_unit_test(a), TEST_EACH_3(__VA_ARGS__)
#define TEST_EACH_5(a, ...)  cmocka_unit_test(a), TEST_EACH_4(__VA_ARGS__)
#define TEST_EACH_6(a, ...)  cmocka_unit_test(a), TEST_EACH_5(__VA_ARGS__)
#define TEST_EACH_7(a, ...)  cmocka_unit_test(a), TEST_EACH_6(__VA_ARGS__)
#define TEST_EACH_8(a, ...)  cmocka_unit_test(a), TEST_EACH_7(__VA_ARGS__)
#define TEST_EACH_9(a, ...)  cmocka_unit_test(a), TEST_EACH_8(__VA_ARGS__)
#define TEST_EACH_10(a, ...) cmocka_unit_test(a), TEST_EACH_9(__VA_ARGS__)
#define TEST_EACH_11(a, ...) cmocka_unit_test(a), TEST_EACH_10(__VA_ARGS__)
#define TEST_EACH_12(a, ...) cmocka_unit_test(a), TEST_EACH_11(__VA_ARGS__)
#define TEST_EACH_13(a, ...) cmocka_unit_test(a), TEST_EACH_12(__VA_ARGS__)
#define TEST_EACH_14(a, ...) cmocka_unit_test(a), TEST_EACH_13(__VA_ARGS__)
#define TEST_EACH_15(a, ...) cmocka_unit_test(a), TEST_EACH_14(__VA_ARGS__)
#define TEST_EACH_16(a, ...) cmocka_unit_test(a), TEST_EACH_15(__VA_ARGS__)
#define TEST_EACH_17(a, ...) cmocka_unit_test(a), TEST_EACH_16(__VA_ARGS__)
#define TEST_EACH_18(a, ...) cmocka_unit_test(a), TEST_EACH_17(__VA_ARGS__)
#define TEST_EACH_19(a, ...) cmocka_unit_test(a), TEST_EACH_18(__VA_ARGS__)
#define TEST_EACH_20(a, ...) cmocka_unit_test(a), TEST_EACH_19(__VA_ARGS__)
#define TEST_EACH_21(a, ...) cmocka_unit_test(a), TEST_EACH_20(__VA_ARGS__)
#define TEST_EACH_22(a, ...) cmocka_unit_test(a), TEST_EACH_21(__VA_ARGS__)
#define TEST_EACH_23(a, ...) cmocka_unit_test(a), TEST_EACH_22(__VA_ARGS__)
#define TEST_EACH_24(a, ...) cmocka_unit_test(a), TEST_EACH_23(__VA_ARGS__)
#define TEST_EACH_25(a, ...) cmocka_unit_test(a), TEST_EACH_24(__VA_ARGS__)
#define TEST_EACH_26(a, ...) cmocka_unit_test(a), TEST_EACH_25(__VA_ARGS__)
#define TEST_EACH_27(a, ...) cmocka_unit_test(a), TEST_EACH_26(__VA_ARGS__)
#define TEST_EACH_28(a, ...) cmocka_unit_test(a), TEST_EACH_27(__VA_ARGS__)
#define TEST_EACH_29(a, ...) cmocka_unit_test(a), TEST_EACH_28(__VA_ARGS__)
#define TEST_EACH_30(a, ...) cmocka_unit_test(a), TEST_EACH_29(__VA_ARGS__)
#define TEST_EACH_31(a, ...) cmocka_unit_test(a), TEST_EACH_30(__VA_ARGS__)
#define TEST_EACH_32(a, ...) cmocka_unit_test(a), TEST_EACH_31(__VA_ARGS__)
#define TEST_COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17,   \
		    a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, n, \
		    ...)                                                                          \
	n
#define TEST_COUNT(...)                                                                          \
	TEST_COUNT_(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, \
		    16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define TEST_JOIN_(a, b) a##b
#define TEST_JOIN(a, b)	 TEST_JOIN_(a, b)

#define TEST_MAIN(...)                                                                \
	int main(void)                                                                \
	{                                                                             \
		const struct CMUnitTest tests_[] = {                                  \
			TEST_JOIN(TEST_EACH_, TEST_COUNT(__VA_ARGS__))(__VA_ARGS__)}; \
		return cmocka_run_group_tests(tests_, NULL, NULL);                    \
	}

#endif
