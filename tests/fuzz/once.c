// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A main() for the fuzz targets where libFuzzer is not: runs each file that it is given, once.
 */
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "support/fuzz.h"

static int run(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct str s = {0};
	char part[4096];
	size_t n;

	if (!f) {
		perror(path);
		return 1;
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		str_add_bytes(&s, part, n);
	fclose(f);
	LLVMFuzzerTestOneInput((const uint8_t *)str_text(&s), s.len);
	str_free(&s);
	return 0;
}

int main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad |= run(argv[i]);
	return bad;
}
