// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SRV records out of DNS messages (RFC 1035, section 4; RFC 2782).
 *
 * c-ares can parse them too, but does not tell their TTL. The bytes come from a network, so every
 * step forward is checked against the end; only names are left to c-ares, for their compression.
 */
#include "srv.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <string.h>

/* What is left of a message. */
struct reader {
	const unsigned char *message, *at;
	size_t len;
};

static size_t left(const struct reader *r)
{
	return r->len - (size_t)(r->at - r->message);
}

/* A big-endian number of two or four bytes; false at the end. */
static bool read_number(struct reader *r, size_t size, uint32_t *out)
{
	*out = 0;
	if (left(r) < size)
		return false;
	for (size_t i = 0; i < size; i++)
		*out = *out << 8 | *r->at++;
	return true;
}

static bool skip(struct reader *r, size_t size)
{
	if (left(r) < size)
		return false;
	r->at += size;
	return true;
}

/* A name that is too long for us is left empty. host may be NULL. */
static bool read_name(struct reader *r, char *host)
{
	long size;
	char *name;

	if (!left(r) || ares_expand_name(r->at, r->message, (int)r->len, &name, &size))
		return false;
	if (host && !mem_copy_str(host, HOST_LEN, name))
		*host = '\0';
	ares_free_string(name);
	return skip(r, (size_t)size);
}

static bool read_srv(struct reader *r, struct srv_records *out)
{
	struct srv_record *rec;
	uint32_t priority, weight, port;
	char host[HOST_LEN];

	if (!read_number(r, 2, &priority) || !read_number(r, 2, &weight) ||
	    !read_number(r, 2, &port) || !read_name(r, host))
		return false;
	if (!*host || !port || out->len >= SRV_RECORDS_MAX)
		return true;
	rec = vec_add(out);
	rec->priority = (uint16_t)priority;
	rec->weight = (uint16_t)weight;
	rec->port = (uint16_t)port;
	memcpy(rec->host, host, sizeof(rec->host));
	return true;
}

/* One record of the answer section: SRV, or the CNAME that led to it, or anything else. */
static bool read_record(struct reader *r, struct srv_records *out, uint32_t *ttl)
{
	uint32_t type, class, own_ttl, size;
	struct reader data;

	if (!read_name(r, NULL) || !read_number(r, 2, &type) || !read_number(r, 2, &class) ||
	    !read_number(r, 4, &own_ttl) || !read_number(r, 2, &size))
		return false;
	data = *r;
	if (!skip(r, size))
		return false;
	if (class != ns_c_in || (type != ns_t_srv && type != ns_t_cname))
		return true;
	*ttl = own_ttl < *ttl ? own_ttl : *ttl;
	return type != ns_t_srv || (read_srv(&data, out) && data.at <= r->at);
}

static bool read_message(struct reader *r, struct srv_records *out, uint32_t *ttl)
{
	uint32_t questions, answers;

	if (!skip(r, 4) || !read_number(r, 2, &questions) || !read_number(r, 2, &answers) ||
	    !skip(r, 4))
		return false;
	while (questions--)
		if (!read_name(r, NULL) || !skip(r, 4))
			return false;
	while (answers--)
		if (!read_record(r, out, ttl))
			return false;
	return true;
}

int srv_parse(struct srv_records *out, uint32_t *ttl, const unsigned char *bytes, size_t len)
{
	struct reader r = {bytes, bytes, len};
	uint32_t before = out->len;

	*ttl = INT32_MAX; /* RFC 2181, section 8: the most that a TTL can be */
	if (len <= 65535 && read_message(&r, out, ttl))
		return 0;
	out->len = before;
	return -EBADMSG;
}

/* Those without a weight first, where the draw below gives them their very small chance. */
static int record_cmp(const void *va, const void *vb)
{
	const struct srv_record *a = va, *b = vb;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return (a->weight > 0) - (b->weight > 0);
}

/* RFC 2782, "Weight": of n records, the first whose running sum reaches a random number. */
static size_t draw(const struct srv_record *records, size_t n, struct rng *rng)
{
	uint32_t sum = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < n; k++)
		sum += records[k].weight;
	at = rng_below(rng, sum + 1);
	for (sum = records[0].weight; sum < at; sum += records[i].weight)
		i++;
	return i;
}

/* Moves record i of the array to its front; the others keep their order. */
static void to_front(struct srv_record *records, size_t i)
{
	struct srv_record chosen = records[i];

	memmove(records + 1, records, i * sizeof(*records));
	records[0] = chosen;
}

void srv_order(struct srv_records *records, struct rng *rng)
{
	vec_sort(records, record_cmp);
	for (size_t i = 0; i < records->len; i++) {
		size_t n = 1;

		while (i + n < records->len &&
		       records->at[i + n].priority == records->at[i].priority)
			n++;
		to_front(records->at + i, draw(records->at + i, n, rng));
	}
}
