// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Some thousand broken configurations, each refused at the line that was broken.
 *
 * Two good files are taken to pieces, and each piece is broken in every way that people break
 * such files: left out, doubled, mistyped, of a wrong type, out of range, without its quotes, with
 * bytes that are no text. Who breaks it knows the line. Where a bracket is gone, it is the line of
 * the bracket or of its other half, for nobody can tell which of them was meant.
 */
#include "../../src/codec/conf_tokens.h"
#include "codec/conf_memory.h"

#include "base/rng.h"

#define MAIN "/etc/wayside/wayside.conf"
#define PART "/etc/wayside/conf.d/zones.conf"

static const char main_file[] =
	"on_exit = \"keep\";\n"
	"state_dir = \"/var/lib/wayside\";\n"
	"socket = {\n"
	"  path = \"/run/wayside/wayside.sock\";\n"
	"  group = \"wayside\";\n"
	"};\n"
	"log_level = \"info\";\n"
	"@include \"conf.d/zones.conf\"\n"
	"\n"
	"defaults = {\n"
	"  poll_interval = 1.0;\n"
	"  poll_interval_max = 5;\n"
	"  import = [ \"wg-quick\", \"networkd\",\n"
	"             \"uci\" ];\n"
	"  endpoints = {\n"
	"    resolve = true; family = \"any\";\n"
	"    ttl_min = 30;\n"
	"    ttl_max = 3600;\n"
	"    dead_after = 20;\n"
	"    probe_interval = 0;\n"
	"    rebind_after = 180;\n"
	"    keep_listen_port = true;\n"
	"  };\n"
	"  keepalive = \"auto\";\n"
	"  routes = {\n"
	"    enabled = true;\n"
	"    table = \"main\";\n"
	"    metric = 0;\n"
	"    scope = \"link\";\n"
	"    source = [ \"10.0.0.1\", \"fd00::1\" ];\n"
	"    default_route = \"policy\";\n"
	"    withdraw_dead = false;\n"
	"    unreachable = ( \"10.20.0.0/16\",\n"
	"      { prefix = \"10.30.0.0/16\";\n"
	"        type = \"blackhole\"; } );\n"
	"  };\n"
	"  firewall = {\n"
	"    enabled = true;\n"
	"    default = \"drop\";\n"
	"    policy = (\n"
	"      { from = \"dc\"; to = \"sites\"; },\n"
	"      { from = \"sites\"; to = \"dc\";\n"
	"        ports = [ \"tcp/22\", \"udp/1000-2000\",\n"
	"                  \"icmp\" ];\n"
	"        log = 20; },\n"
	"      { from = \"london-gw\"; to = \"10.99.0.0/16\"; action = \"reject\"; log = true; }\n"
	"    );\n"
	"    input = ( { from = \"peers\"; ports = \"tcp/22\"; action = \"drop\"; } );\n"
	"    masquerade = [ \"peers\", \"10.21.0.0/16\" ];\n"
	"    peer_to_peer = false;\n"
	"    clamp_mss = true;\n"
	"    counters = false;\n"
	"    flowtable = false;\n"
	"    owner = false;\n"
	"    foreign_chains = [ \"ip filter FORWARD\",\n"
	"                       \"ip6 filter FORWARD\" ];\n"
	"  };\n"
	"  exchange = { serve = false; port = 51821; };\n"
	"};\n"
	"\n"
	"interfaces = (\n"
	"  {\n"
	"    name = \"wg0\";\n"
	"    keepalive = 25;\n"
	"    peers = (\n"
	"      {\n"
	"        public_key = \"" KEY_A "\";\n"
	"        name = \"london-gw\";\n"
	"        endpoint = \"london-gw.example.net:50501\";\n"
	"        zone = \"sites\";\n"
	"        netmap = (\n"
	"          { inside = \"192.168.1.0/24\"; outside = \"10.201.1.0/24\"; }\n"
	"        );\n"
	"        keepalive = 25;\n"
	"        routes = { metric = 50; };\n"
	"      },\n"
	"      { name = \"backup-gw\";\n"
	"        public_key = \"" KEY_B "\";\n"
	"        zone = \"sites\";\n"
	"        endpoint = [ \"[fd00::7]:51820\",\n"
	"                     \"srv:_wireguard._udp.example.net\" ];\n"
	"        return_after = 300;\n"
	"        standby_for = \"london-gw\";\n"
	"        netmap = ( { inside = \"192.168.1.0/24\"; outside = \"10.201.1.0/24\"; } );\n"
	"      },\n"
	"      { name = \"hub\"; exchange = \"10.49.0.1\"; },\n"
	"      {\n"
	"        name = \"clinic\"; direct = true;\n"
	"        allowed_ips = [\n"
	"          \"10.49.0.7/32\",\n"
	"          \"10.20.1.0/24\"\n"
	"        ];\n"
	"      }\n"
	"    );\n"
	"  },\n"
	"  { name = \"wg*\"; }\n"
	");\n";

static const char part_file[] = "zones = (\n"
				"  { name = \"dc\";\n"
				"    prefixes = [ \"10.10.0.0/16\", \"10.11.0.0/16\" ];\n"
				"  },\n"
				"  { name = \"lan\"; interfaces = [ \"br-lan\" ]; }\n"
				");\n";

/* --- the pieces ----------------------------------------------------------------------------- */

struct piece {
	struct conf_token t;
	char key[24];	/* what it is the value of, or itself */
	uint32_t other; /* of a bracket, its other half */
	bool is_key, in_list;
};

VEC_TYPE(pieces, struct piece);

/* @include "x" is no piece. */
static bool is_include(const struct conf_token *t, const struct conf_token *before)
{
	return *t->text == '@' || (before && *before->text == '@');
}

static void add_piece(struct pieces *all, const struct conf_token *t, uint32_t *open,
		      uint32_t *depth)
{
	struct piece *p = vec_add(all);
	const struct piece *before = all->len > 1 ? p - 1 : NULL;

	p->t = *t;
	p->is_key = t->kind == CONF_TOKEN_NAME;
	p->in_list = *depth && *all->at[open[*depth - 1]].t.text != '{';
	if (p->is_key)
		snprintf(p->key, sizeof(p->key), "%.*s", (int)t->len, t->text);
	else if (before)
		memcpy(p->key, before->key, sizeof(p->key));
	if (t->kind != CONF_TOKEN_MARK)
		return;
	if (strchr("{([", *t->text)) {
		open[(*depth)++] = all->len - 1;
	} else if (strchr("})]", *t->text)) {
		p->other = open[--*depth];
		all->at[p->other].other = all->len - 1;
		memcpy(p->key, all->at[p->other].key, sizeof(p->key));
	}
}

static struct pieces take_apart(const char *text)
{
	struct conf_scan scan = {.at = text, .line_start = text, .line = 1};
	struct conf_token t, before = {0};
	struct pieces all = {0};
	uint32_t open[16], depth = 0;

	while ((t = conf_token_next(&scan)).kind != CONF_TOKEN_END) {
		if (!is_include(&t, before.text ? &before : NULL))
			add_piece(&all, &t, open, &depth);
		before = t;
	}
	assert_int_equal(depth, 0);
	return all;
}

static bool is_mark(const struct piece *p, const char *marks)
{
	return p->t.kind == CONF_TOKEN_MARK && strchr(marks, *p->t.text);
}

static bool is_value(const struct piece *p)
{
	return p->t.kind == CONF_TOKEN_STRING || p->t.kind == CONF_TOKEN_SCALAR;
}

static bool is_key(const struct piece *p, const char *keys)
{
	size_t n = strlen(p->key);

	for (const char *at = keys; (at = strstr(at, p->key)); at += n)
		if ((at == keys || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

/* --- one broken file ------------------------------------------------------------------------ */

struct broken {
	bool part; /* it is the included file that is broken */
	struct pieces pieces;
	struct rng rng;
	uint32_t tried;
};

static struct conf_problems load_broken(const struct broken *b, const char *text, size_t len,
					int *err)
{
	const struct memory_file files[] = {{MAIN, b->part ? main_file : text, b->part ? 0 : len},
					    {PART, b->part ? text : part_file, b->part ? len : 0}};
	struct conf_problems problems = {0};
	struct config *config;

	*err = memory_load(files, 2, &config, &problems);
	config_free(config);
	return problems;
}

/* A message is one line that a person can read, and never only "syntax error". */
static void check_message(const struct conf_problem *p, const char *text)
{
	size_t n = strlen(p->message);

	if (n < 10 || n > 400 || strpbrk(p->message, "\n\r\x1b") || strstr(p->message, "syntax"))
		fail_msg("%s:%u: %s\n%s", p->file, p->line, p->message, text);
}

/* Breaks the file: `with` in place of `gone` bytes at `at`. Is that refused at lines `first` to
 * `last`? */
static void breaks(struct broken *b, const char *at, size_t gone, const char *with, size_t n,
		   unsigned int first, unsigned int last)
{
	const char *text = b->part ? part_file : main_file;
	const char *file = b->part ? PART : MAIN;
	struct conf_problems problems;
	struct str s = {0};
	bool found = false;
	int err;

	str_add_bytes(&s, text, (size_t)(at - text));
	str_add_bytes(&s, with, n);
	str_add(&s, "%s", at + gone);
	problems = load_broken(b, s.text, s.len, &err);
	if (!err)
		fail_msg("line %u is taken for good, with \"%s\" at \"%.30s\"", first, with, at);
	vec_each(&problems, p) {
		check_message(p, s.text);
		found = found ||
			(!p->note && !strcmp(p->file, file) && p->line >= first && p->line <= last);
	}
	assert_in_range(problems.len, 1, 4); /* one mistake is not told all over the file */
	if (!found)
		fail_msg("broken in %s:%u, with \"%s\" at \"%.30s\", but said is\n%s", file, first,
			 with, at, problems_text(&problems));
	conf_problems_free(&problems);
	str_free(&s);
	b->tried++;
}

/* In place of the piece. */
static void instead(struct broken *b, const struct piece *p, const char *with)
{
	breaks(b, p->t.text, p->t.len, with, strlen(with), p->t.line, p->t.line);
}

static void before(struct broken *b, const struct piece *p, const char *with)
{
	breaks(b, p->t.text, 0, with, strlen(with), p->t.line, p->t.line);
}

/* --- how they are broken -------------------------------------------------------------------- */

static void break_bracket(struct broken *b, const struct piece *p)
{
	static const char marks[] = "{}()[]";
	const struct piece *other = &b->pieces.at[p->other];
	unsigned int first = p->t.line < other->t.line ? p->t.line : other->t.line;
	unsigned int last = p->t.line < other->t.line ? other->t.line : p->t.line;
	char with[2] = {marks[rng_below(&b->rng, 6)], '\0'};

	breaks(b, p->t.text, 1, "", 0, first, last);
	if (strchr("})]", *with) && *with != *p->t.text && strchr("})]", *p->t.text))
		breaks(b, p->t.text, 1, with, 1, first, last);
	if (is_mark(p, "{(["))
		breaks(b, p->t.text, 0, p->t.text, 1, first, last);
}

static void break_mark(struct broken *b, const struct piece *p)
{
	if (is_mark(p, "{}()[]")) {
		break_bracket(b, p);
		return;
	}
	before(b, p, (char[]){*p->t.text, '\0'});
	if (*p->t.text == '=' || p->in_list)
		instead(b, p, "");
	if (*p->t.text == '=')
		instead(b, p, "==");
	if (p->in_list)
		instead(b, p, ";");
	instead(b, p, "?");
}

static void break_key(struct broken *b, const struct piece *p)
{
	char typo[32];

	snprintf(typo, sizeof(typo), "%.*sx", (int)p->t.len, p->t.text);
	instead(b, p, typo);
	snprintf(typo, sizeof(typo), "%c%.*s", *p->t.text, (int)p->t.len, p->t.text);
	instead(b, p, typo);
	snprintf(typo, sizeof(typo), "%.*s", (int)p->t.len - 1, p->t.text);
	instead(b, p, typo);
	snprintf(typo, sizeof(typo), "\"%.*s\"", (int)p->t.len, p->t.text);
	instead(b, p, typo);
	snprintf(typo, sizeof(typo), "9%.*s", (int)p->t.len, p->t.text);
	instead(b, p, typo);
	before(b, p, "no_such_key = 1; ");
	snprintf(typo, sizeof(typo), "%s = 1; ", p->key);
	before(b, p, typo); /* and what comes is the second */
	before(b, p, "key_without_value = ; ");
	before(b, p, "key-without-anything ");
	instead(b, p, "");
}

static void break_encoding(struct broken *b, const struct piece *p)
{
	static const char *const bytes[] = {"\xff", "\xc3\x28", "\x01", "\x7f", "$", "\\", "`"};
	const char *with = bytes[rng_below(&b->rng, ARRAY_LEN(bytes))];

	breaks(b, p->t.text, 0, "\0", 1, p->t.line, p->t.line);
	before(b, p, with);
	if (p->t.kind == CONF_TOKEN_STRING) {
		breaks(b, p->t.text + 1, 0, "\xff", 1, p->t.line, p->t.line);
		breaks(b, p->t.text + 1, 0, "\\x07", 4, p->t.line, p->t.line);
		breaks(b, p->t.text + 1, 0, "\x1b[31m", 5, p->t.line, p->t.line);
	}
}

static void break_quotes(struct broken *b, const struct piece *p)
{
	const char *end = p->t.text + p->t.len - 1;

	breaks(b, p->t.text, 1, "", 0, p->t.line, p->t.line);
	breaks(b, end, 1, "", 0, p->t.line, p->t.line);
	breaks(b, end, 0, "\\", 1, p->t.line, p->t.line);
	breaks(b, p->t.text, 0, "\"", 1, p->t.line, p->t.line);
	breaks(b, p->t.text, p->t.len, p->t.text + 1, p->t.len - 2, p->t.line, p->t.line);
}

static void break_includes(struct broken *b, const struct piece *p)
{
	static const char *const includes[] = {
		"@include \"missing.conf\" ", "@include \"" MAIN "\" ", "@include missing.conf ",
		"@include \"missing.conf ",   "@include \"\" ",		"@include <wayside.conf> ",
	};

	before(b, p, includes[rng_below(&b->rng, ARRAY_LEN(includes))]);
}

/* Not of the right type for any key, as a value in a list neither. */
static void break_type(struct broken *b, const struct piece *p)
{
	const char *other = p->t.kind == CONF_TOKEN_STRING ? "7.5" : "\"seven\"";
	bool text = p->t.kind == CONF_TOKEN_STRING;

	/* Of two in an array that are not of one type, the second is told. */
	breaks(b, p->t.text, p->t.len, other, strlen(other), p->t.line, p->t.line + p->in_list);
	instead(b, p, "{ no = \"such\"; }");
	instead(b, p, "( ( ( ) ) )");
	instead(b, p, "0b11");
	instead(b, p, "1s");
	instead(b, p, "nothing");
	if (!p->in_list)
		instead(b, p, "");
	if (!is_key(p, "exchange"))
		instead(b, p, text && !p->in_list ? "false" : "[ 1, 2 ]");
}

static const char PREFIXES[] = "prefix prefixes allowed_ips inside outside unreachable";

static void break_text(struct broken *b, const struct piece *p)
{
	static const char *const prefixes[] = {"\"10.0.0.0/33\"", "\"300.1.1.1/8\"", "\"10.0.0/8\"",
					       "\"10.0.0.0/\"",	  "\"fd00::/129\"",  "\"fd00:/64\"",
					       "\"10.0.0.0/8 \"", "\"10.0.0.0/-1\"", "\"any\"",
					       "\"::/0/0\""};
	char longest[5003] = "\"";

	if (is_key(p, PREFIXES))
		for (int i = 0; i < 3; i++)
			instead(b, p, prefixes[rng_below(&b->rng, ARRAY_LEN(prefixes))]);
	if (!is_key(p, "group source"))
		instead(b, p, "\"\"");
	if (!is_key(p, "group"))
		instead(b, p, "\" \"");
	memset(longest + 1, 'x', 5000);
	longest[5001] = '"';
	instead(b, p, longest);
	if (is_key(p, "name zone") && strncmp(p->t.text, "\"wg", 3)) {
		instead(b, p, "\"any\"");
		instead(b, p, "\"local\"");
	}
	if (is_key(p, "public_key")) {
		instead(b, p, "\"xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8D=\"");
		instead(b, p, "\"xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg==\"");
		instead(b, p, "\"xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8D!=\"");
	}
	if (is_key(p, "from to masquerade standby_for table on_exit family scope action type "
		      "default default_route import foreign_chains ports log_level endpoint"))
		instead(b, p, "\"nobody knows this\"");
}

static void break_number(struct broken *b, const struct piece *p)
{
	instead(b, p, "-1");
	instead(b, p, "99999999999999999999");
	instead(b, p, "0x100000000");
	if (!is_key(p, "poll_interval"))
		instead(b, p, "1e400");
	if (!is_key(p, "probe_interval rebind_after metric"))
		instead(b, p, "0");
}

static void break_piece(struct broken *b, const struct piece *p)
{
	break_encoding(b, p);
	if (p->t.kind == CONF_TOKEN_MARK) {
		break_mark(b, p);
		return;
	}
	break_includes(b, p);
	if (p->is_key)
		break_key(b, p);
	if (!is_value(p))
		return;
	break_type(b, p);
	if (p->t.kind == CONF_TOKEN_STRING) {
		break_quotes(b, p);
		break_text(b, p);
	} else if (*p->t.text != 't' && *p->t.text != 'f') {
		break_number(b, p);
	}
}

/* Where a name or a key is given. */
static unsigned int line_of(const struct broken *b, const char *value)
{
	vec_each(&b->pieces, p)
		if (is_key(p, "name public_key") && !strncmp(p->t.text, value, p->t.len))
			return p->t.line;
	return 0;
}

/* Names and keys that two have: told where the second is. */
static void break_names(struct broken *b)
{
	static const char *const pairs[][2] = {
		{"\"london-gw\"", "\"backup-gw\""},
		{"\"hub\"", "\"clinic\""},
		{"\"london-gw\"", "\"clinic\""},
		{"\"" KEY_A "\"", "\"" KEY_B "\""},
		{"\"wg0\"", "\"wg*\""},
		{"\"dc\"", "\"lan\""},
	};

	vec_each(&b->pieces, p) {
		for (size_t i = 0; i < ARRAY_LEN(pairs) && is_key(p, "name public_key"); i++) {
			unsigned int end = line_of(b, pairs[i][1]);

			if (!strncmp(p->t.text, pairs[i][0], p->t.len))
				breaks(b, p->t.text, p->t.len, pairs[i][1], strlen(pairs[i][1]),
				       end, end);
		}
	}
}

static uint32_t break_file(bool part)
{
	struct broken b = {.part = part, .rng = {.state = 8}};
	const char *text = part ? part_file : main_file;
	struct conf_problems problems;
	int err;

	problems = load_broken(&b, text, strlen(text), &err);
	if (problems.len) /* "wg*" matches wg0, but wg0 is first: nothing to say */
		fail_msg("%s", problems_text(&problems));
	b.pieces = take_apart(text);
	vec_each(&b.pieces, p)
		break_piece(&b, p);
	break_names(&b);
	vec_free(&b.pieces);
	return b.tried;
}

static void each_piece_in_every_way(void **state)
{
	uint32_t tried = break_file(false) + break_file(true);
	(void)state;

	print_message("%u broken configurations\n", tried);
	assert_in_range(tried, 1000, 100000);
}

TEST_MAIN(each_piece_in_every_way)
