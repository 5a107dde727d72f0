// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes and durations in the words of wg(8), so that what one tool says can be searched for in
 * what the other does.
 */
#include "human.h"

#include <stdio.h>

#include "base/mem.h"

const char *human_bytes(uint64_t bytes, char *buf)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double n = (double)bytes / 1024;
	size_t u = 0;

	if (bytes < 1024) {
		snprintf(buf, HUMAN_LEN, "%u B", (unsigned int)bytes);
		return buf;
	}
	for (; n >= 1024 && u < 3; u++)
		n /= 1024;
	snprintf(buf, HUMAN_LEN, "%.2f %s", n, units[u]);
	return buf;
}

const char *human_duration(int64_t seconds, int units, char *buf)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} unit[] = {{"year", 365 * 86400},
		    {"day", 86400},
		    {"hour", 3600},
		    {"minute", 60},
		    {"second", 1}};
	size_t len = 0;

	mem_copy_str(buf, HUMAN_LEN, "0 seconds");
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]) && units > 0; i++) {
		long long n = seconds / unit[i].seconds;

		if (n <= 0)
			continue;
		len += (size_t)snprintf(buf + len, HUMAN_LEN - len, "%s%lld %s%s", len ? ", " : "",
					n, unit[i].name, n == 1 ? "" : "s");
		seconds %= unit[i].seconds;
		units--;
	}
	return buf;
}
