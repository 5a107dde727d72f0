// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints as people write them: host:port, [v6]:port, a.b.c.d:port or srv:NAME.
 *
 * In goes one word from a configuration file, ours or somebody else's; out comes a spec whose
 * host has one spelling only, so that two specs that mean the same compare equal. Nothing is
 * looked up here. What is wrong is said in words that a person can act on.
 */
#include "codec/import.h"

#include <errno.h>
#include <string.h>

#define SRV_SCHEME "srv:"

/* RFC 1035, section 2.3.4, without the root's empty label. */
#define NAME_MAX_LEN  253
#define LABEL_MAX_LEN 63

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool all_digits(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Names with an underscore are not host names, but they are in people's DNS. */
static bool is_label_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

/* NULL, or what is wrong with a lower-case name without a trailing dot. */
static const char *name_problem(const char *name)
{
	const char *label = name;

	if (strlen(name) > NAME_MAX_LEN)
		return "the name is longer than 253 characters";
	for (const char *p = name;; p++) {
		if (*p == '.' || !*p) {
			if (p == label)
				return "the name has an empty label";
			if (p - label > LABEL_MAX_LEN)
				return "a label of the name is longer than 63 characters";
			if (!*p)
				break;
			label = p + 1;
		} else if ((unsigned char)*p >= 0x80) {
			return "the name has letters that need IDNA: write the xn-- form";
		} else if (!is_label_char(*p)) {
			return "the name has a character that no host name has";
		}
	}
	if (all_digits(label)) /* no top-level domain is a number: a mistyped address */
		return "this is neither an IPv4 address nor a host name";
	return NULL;
}

/* A name in its one spelling: lower case, no trailing dot. NULL, or what is wrong with it. */
static const char *name_parse(char out[HOST_LEN], const char *name, size_t len)
{
	if (len && name[len - 1] == '.')
		len--;
	if (len >= HOST_LEN)
		return "the name is longer than 253 characters";
	for (size_t i = 0; i < len; i++)
		out[i] = lower(name[i]);
	out[len] = '\0';
	return name_problem(out);
}

/* 1..65535, or 0 for anything else. */
static uint16_t port_parse(const char *text)
{
	unsigned int n = 0;

	if (!all_digits(text) || strlen(text) > 5)
		return 0;
	for (; *text; text++)
		n = n * 10 + (unsigned int)(*text - '0');
	return n > 65535 ? 0 : (uint16_t)n;
}

/* "[v6]:port"; text begins with the bracket. */
static const char *bracketed_parse(struct endpoint_spec *out, const char *text)
{
	const char *close = strchr(text, ']');

	if (!close)
		return "the closing bracket is missing";
	if (close[1] != ':' || !port_parse(close + 2))
		return "a port from 1 to 65535 is missing after the bracket";
	if (memchr(text, '%', (size_t)(close - text)))
		return "an address with a scope (%) is not supported";
	if (endpoint_parse(&out->address, text))
		return "what stands in brackets is no IPv6 address";
	out->kind = ENDPOINT_ADDRESS;
	return NULL;
}

/* "host:port" and "a.b.c.d:port". */
static const char *host_parse(struct endpoint_spec *out, char *host, const char *text)
{
	const char *colon = strchr(text, ':');
	const char *why;

	if (!colon)
		return "the port is missing: write host:port";
	if (strchr(colon + 1, ':'))
		return "an IPv6 address has to be in brackets: [address]:port";
	out->port = port_parse(colon + 1);
	if (!out->port)
		return "the port is not a number from 1 to 65535";
	if (!endpoint_parse(&out->address, text)) {
		out->kind = ENDPOINT_ADDRESS;
		out->port = 0;
		return NULL;
	}
	why = name_parse(host, text, (size_t)(colon - text));
	out->kind = ENDPOINT_HOST;
	out->host = host;
	return why;
}

/* "srv:51820" is a host called srv with a port; a service's name is never a bare number. */
static bool is_srv(const char *text)
{
	size_t n = strlen(SRV_SCHEME);

	return !strncmp(text, SRV_SCHEME, n) && text[n] && !all_digits(text + n);
}

int endpoint_spec_parse(struct endpoint_spec *out, char host[HOST_LEN], const char *text,
			const char **why)
{
	struct endpoint_spec spec = {.host = ""};
	const char *problem;

	if (is_srv(text)) {
		const char *name = text + strlen(SRV_SCHEME);

		spec.kind = ENDPOINT_SRV;
		spec.host = host;
		problem = name_parse(host, name, strlen(name));
	} else if (*text == '[') {
		problem = bracketed_parse(&spec, text);
	} else {
		problem = host_parse(&spec, host, text);
	}
	if (problem) {
		*why = problem;
		return -EINVAL;
	}
	*out = spec;
	return 0;
}
