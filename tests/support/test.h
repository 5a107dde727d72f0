/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmocka with its long list of includes, and TEST_MAIN(a, b, c): a main() that runs the tests
 * named in it (up to 64).
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
#define TEST_EACH_33(a, ...) cmocka_unit_test(a), TEST_EACH_32(__VA_ARGS__)
#define TEST_EACH_34(a, ...) cmocka_unit_test(a), TEST_EACH_33(__VA_ARGS__)
#define TEST_EACH_35(a, ...) cmocka_unit_test(a), TEST_EACH_34(__VA_ARGS__)
#define TEST_EACH_36(a, ...) cmocka_unit_test(a), TEST_EACH_35(__VA_ARGS__)
#define TEST_EACH_37(a, ...) cmocka_unit_test(a), TEST_EACH_36(__VA_ARGS__)
#define TEST_EACH_38(a, ...) cmocka_unit_test(a), TEST_EACH_37(__VA_ARGS__)
#define TEST_EACH_39(a, ...) cmocka_unit_test(a), TEST_EACH_38(__VA_ARGS__)
#define TEST_EACH_40(a, ...) cmocka_unit_test(a), TEST_EACH_39(__VA_ARGS__)
#define TEST_EACH_41(a, ...) cmocka_unit_test(a), TEST_EACH_40(__VA_ARGS__)
#define TEST_EACH_42(a, ...) cmocka_unit_test(a), TEST_EACH_41(__VA_ARGS__)
#define TEST_EACH_43(a, ...) cmocka_unit_test(a), TEST_EACH_42(__VA_ARGS__)
#define TEST_EACH_44(a, ...) cmocka_unit_test(a), TEST_EACH_43(__VA_ARGS__)
#define TEST_EACH_45(a, ...) cmocka_unit_test(a), TEST_EACH_44(__VA_ARGS__)
#define TEST_EACH_46(a, ...) cmocka_unit_test(a), TEST_EACH_45(__VA_ARGS__)
#define TEST_EACH_47(a, ...) cmocka_unit_test(a), TEST_EACH_46(__VA_ARGS__)
#define TEST_EACH_48(a, ...) cmocka_unit_test(a), TEST_EACH_47(__VA_ARGS__)
#define TEST_EACH_49(a, ...) cmocka_unit_test(a), TEST_EACH_48(__VA_ARGS__)
#define TEST_EACH_50(a, ...) cmocka_unit_test(a), TEST_EACH_49(__VA_ARGS__)
#define TEST_EACH_51(a, ...) cmocka_unit_test(a), TEST_EACH_50(__VA_ARGS__)
#define TEST_EACH_52(a, ...) cmocka_unit_test(a), TEST_EACH_51(__VA_ARGS__)
#define TEST_EACH_53(a, ...) cmocka_unit_test(a), TEST_EACH_52(__VA_ARGS__)
#define TEST_EACH_54(a, ...) cmocka_unit_test(a), TEST_EACH_53(__VA_ARGS__)
#define TEST_EACH_55(a, ...) cmocka_unit_test(a), TEST_EACH_54(__VA_ARGS__)
#define TEST_EACH_56(a, ...) cmocka_unit_test(a), TEST_EACH_55(__VA_ARGS__)
#define TEST_EACH_57(a, ...) cmocka_unit_test(a), TEST_EACH_56(__VA_ARGS__)
#define TEST_EACH_58(a, ...) cmocka_unit_test(a), TEST_EACH_57(__VA_ARGS__)
#define TEST_EACH_59(a, ...) cmocka_unit_test(a), TEST_EACH_58(__VA_ARGS__)
#define TEST_EACH_60(a, ...) cmocka_unit_test(a), TEST_EACH_59(__VA_ARGS__)
#define TEST_EACH_61(a, ...) cmocka_unit_test(a), TEST_EACH_60(__VA_ARGS__)
#define TEST_EACH_62(a, ...) cmocka_unit_test(a), TEST_EACH_61(__VA_ARGS__)
#define TEST_EACH_63(a, ...) cmocka_unit_test(a), TEST_EACH_62(__VA_ARGS__)
#define TEST_EACH_64(a, ...) cmocka_unit_test(a), TEST_EACH_63(__VA_ARGS__)
#define TEST_COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, \
		    a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32,  \
		    a33, a34, a35, a36, a37, a38, a39, a40, a41, a42, a43, a44, a45, a46, a47,  \
		    a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, a62,  \
		    a63, a64, n, ...)                                                           \
	n
#define TEST_COUNT(...)                                                                          \
	TEST_COUNT_(__VA_ARGS__, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, \
		    48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30,  \
		    29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11,  \
		    10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
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
