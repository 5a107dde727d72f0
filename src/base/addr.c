// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses, prefixes and endpoints: parsing, printing, ordering, and the few questions that
 * the rest asks about them. Pure values, no name is ever resolved here.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

size_t addr_size(const struct addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

unsigned int addr_bits(const struct addr *a)
{
	return (unsigned int)addr_size(a) * 8;
}

/* Bytes in the order of what they mean: an address, and a prefix, compare as they stand. */
_Static_assert(sizeof(struct addr) == 17 && sizeof(struct prefix) == 18, "no padding");

int addr_cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a));
}

int endpoint_cmp(const struct endpoint *a, const struct endpoint *b)
{
	int c = addr_cmp(&a->addr, &b->addr);

	if (c)
		return c;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return (a->scope_id > b->scope_id) - (a->scope_id < b->scope_id);
}

struct addr addr_from(uint8_t family, const void *bytes)
{
	struct addr a = {.family = family};

	memcpy(a.bytes, bytes, addr_size(&a));
	return a;
}

int addr_parse(struct addr *out, const char *text)
{
	uint8_t bytes[16];
	uint8_t family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, bytes) != 1)
		return -EINVAL;
	*out = addr_from(family, bytes);
	return 0;
}

void prefix_mask(uint8_t len, size_t size, uint8_t *mask)
{
	for (size_t i = 0; i < size; i++) {
		unsigned int bits = len > i * 8 ? (unsigned int)(len - i * 8) : 0;

		mask[i] = (uint8_t)(bits >= 8 ? 0xff : 0xff << (8 - bits));
	}
}

struct prefix prefix_from(const struct addr *a, uint8_t len)
{
	struct prefix p = {.addr = *a, .len = len};
	uint8_t mask[16];

	prefix_mask(len, sizeof(mask), mask);
	for (size_t i = 0; i < sizeof(mask); i++)
		p.addr.bytes[i] &= mask[i];
	return p;
}

/* A decimal number of at most five digits, nothing before or after it; -1 when it is not one. */
static long number_parse(const char *text, long max)
{
	char *end;
	long n;

	if (*text < '0' || *text > '9' || strlen(text) > 5)
		return -1;
	n = strtol(text, &end, 10);
	return *end || n > max ? -1 : n;
}

int prefix_parse(struct prefix *out, const char *text, bool *masked)
{
	char buf[PREFIX_STRLEN];
	struct addr a;
	char *slash;
	long len;

	if (!mem_copy_str(buf, sizeof(buf), text))
		return -EINVAL;
	slash = strchr(buf, '/');
	if (slash)
		*slash = '\0';
	if (addr_parse(&a, buf))
		return -EINVAL;
	len = slash ? number_parse(slash + 1, addr_bits(&a)) : (long)addr_bits(&a);
	if (len < 0)
		return -EINVAL;
	*out = prefix_from(&a, (uint8_t)len);
	if (masked)
		*masked = addr_cmp(&a, &out->addr) != 0;
	return 0;
}

int endpoint_parse(struct endpoint *out, const char *text)
{
	struct endpoint e = {0};
	char buf[ENDPOINT_STRLEN];
	char *host = buf, *colon;
	long port;

	if (!mem_copy_str(buf, sizeof(buf), text))
		return -EINVAL;
	colon = strrchr(buf, ':');
	if (!colon || colon == buf)
		return -EINVAL;
	*colon = '\0';
	if (*host == '[') {
		if (colon[-1] != ']')
			return -EINVAL;
		colon[-1] = '\0';
		host++;
	}
	port = number_parse(colon + 1, 65535);
	if (port < 1 || addr_parse(&e.addr, host) || (e.addr.family == AF_INET6) == (host == buf))
		return -EINVAL;
	e.port = (uint16_t)port;
	*out = e;
	return 0;
}

/* As snprintf(3)'s %u; returns what is behind it, which is not terminated. */
static char *number_add(char *at, unsigned int n)
{
	char digits[10];
	unsigned int count = 0;

	do
		digits[count++] = (char)('0' + n % 10);
	while (n /= 10);
	while (count)
		*at++ = digits[--count];
	return at;
}

/* inet_ntop(3) goes by printf, which is felt with ten thousands of peers. */
static const char *addr4_format(const uint8_t *bytes, char *buf)
{
	char *at = number_add(buf, bytes[0]);

	for (int i = 1; i < 4; i++) {
		*at++ = '.';
		at = number_add(at, bytes[i]);
	}
	*at = '\0';
	return buf;
}

const char *addr_format(const struct addr *a, char *buf)
{
	if (a->family == AF_INET)
		return addr4_format(a->bytes, buf);
	if (!addr_size(a) || !inet_ntop(a->family, a->bytes, buf, ADDR_STRLEN))
		mem_copy_str(buf, ADDR_STRLEN, "(none)");
	return buf;
}

const char *prefix_format(const struct prefix *p, char *buf)
{
	char *at = buf + strlen(addr_format(&p->addr, buf));

	*at++ = '/';
	*number_add(at, p->len) = '\0';
	return buf;
}

const char *endpoint_format(const struct endpoint *e, char *buf)
{
	char a[ADDR_STRLEN];
	char scope[12] = "";

	if (!e->addr.family)
		return addr_format(&e->addr, buf);
	if (e->scope_id)
		snprintf(scope, sizeof(scope), "%%%u", e->scope_id);
	addr_format(&e->addr, a);
	snprintf(buf, ENDPOINT_STRLEN, e->addr.family == AF_INET6 ? "[%s%s]:%u" : "%s%s:%u", a,
		 scope, e->port);
	return buf;
}

bool prefix_has(const struct prefix *p, const struct addr *a)
{
	struct prefix host = {.addr = *a, .len = (uint8_t)addr_bits(a)};

	return prefix_covers(p, &host);
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	uint8_t bytes = outer->len / 8, bits = outer->len % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - bits));

	if (outer->addr.family != inner->addr.family || outer->len > inner->len)
		return false;
	if (memcmp(outer->addr.bytes, inner->addr.bytes, bytes) != 0)
		return false;
	return !bits || !((outer->addr.bytes[bytes] ^ inner->addr.bytes[bytes]) & mask);
}

socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	struct sockaddr_in *four = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	out->ss_family = e->addr.family;
	if (e->addr.family == AF_INET) {
		four->sin_port = htons(e->port);
		memcpy(&four->sin_addr, e->addr.bytes, 4);
		return sizeof(*four);
	}
	six->sin6_port = htons(e->port);
	six->sin6_scope_id = e->scope_id;
	memcpy(&six->sin6_addr, e->addr.bytes, 16);
	return sizeof(*six);
}

int endpoint_from_sockaddr(struct endpoint *e, const void *sa, size_t len)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	sa_family_t family;

	memset(e, 0, sizeof(*e));
	if (len < sizeof(family))
		return -EINVAL;
	memcpy(&family, sa, sizeof(family));
	if (family == AF_INET && len >= sizeof(four)) {
		memcpy(&four, sa, sizeof(four));
		e->addr = addr_from(AF_INET, &four.sin_addr);
		e->port = ntohs(four.sin_port);
		return 0;
	}
	if (family == AF_INET6 && len >= sizeof(six)) {
		memcpy(&six, sa, sizeof(six));
		e->addr = addr_from(AF_INET6, &six.sin6_addr);
		e->port = ntohs(six.sin6_port);
		e->scope_id = six.sin6_scope_id;
		return 0;
	}
	return -EINVAL;
}

/* The special-purpose networks of RFC 6890 that matter to an endpoint. */
static const struct {
	const char *kind;
	uint8_t family, len, bytes[4];
} special[] = {
	{"private", AF_INET, 8, {10}},
	{"private", AF_INET, 12, {172, 16}},
	{"private", AF_INET, 16, {192, 168}},
	{"private", AF_INET6, 7, {0xfc}},
	{"shared", AF_INET, 10, {100, 64}},
	{"link-local", AF_INET, 16, {169, 254}},
	{"link-local", AF_INET6, 10, {0xfe, 0x80}},
};

const char *addr_private_kind(const struct addr *a)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		struct prefix p = {.addr = {.family = special[i].family}, .len = special[i].len};

		memcpy(p.addr.bytes, special[i].bytes, sizeof(special[i].bytes));
		if (prefix_has(&p, a))
			return special[i].kind;
	}
	return NULL;
}

bool addr_is_private(const struct addr *a)
{
	return addr_private_kind(a) != NULL;
}

bool addr_is_clean(const struct addr *a)
{
	static const uint8_t zero[sizeof(a->bytes)];
	size_t size = addr_size(a);

	return !memcmp(a->bytes + size, zero, sizeof(zero) - size);
}

bool addr_is_unusable(const struct addr *a)
{
	static const uint8_t zero[16], loopback6[16] = {[15] = 1};
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (a->family == AF_INET)
		return a->bytes[0] == 0 || a->bytes[0] == 127 || a->bytes[0] >= 224;
	if (a->family == AF_INET6)
		return a->bytes[0] == 0xff || !memcmp(a->bytes, zero, 16) ||
		       !memcmp(a->bytes, loopback6, 16) || !memcmp(a->bytes, mapped, 12);
	return true;
}
