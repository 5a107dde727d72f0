// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From files to text to libconfig: includes, and the right file and line whatever comes between.
 * Then chance spoils a good file a few thousand times.
 */
#include "codec/conf_memory.h"

#include "base/rng.h"

/*
 * libconfig forgets the last string when it gives up on a text. That is a few bytes for each bad
 * reload, and none of our business.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static const char W[] = "/etc/w/wayside.conf";

/* Loads the first of the files and compares all that is said; "" is a good configuration. */
static void says(const struct memory_file *files, size_t n, const char *want)
{
	struct conf_problems problems = {0};
	struct config *config;
	int err = memory_load(files, n, &config, &problems);
	char *said = problems_text(&problems);

	assert_string_equal(said, want);
	assert_int_equal(err, *want ? -EINVAL : 0);
	config_free(config);
	free(said);
}

#define SAYS(files, want) says(files, ARRAY_LEN(files), want)

static void one_file_says(const char *text, const char *want)
{
	const struct memory_file file = {W, text, 0};

	says(&file, 1, want);
}

static void included_files_stand_in_place(void **state)
{
	const struct memory_file files[] = {
		{W,
		 "on_exit = \"no\";\n"
		 "@include \"a.conf\"\n"
		 "  @include\t\"/srv/b.conf\" log_level = 2; # more\n"
		 "state_dir = \"x\";\n",
		 0},
		{"/etc/w/a.conf",
		 "# first\n\nsocket = { path = \"p\";\n@include \"sub/c.conf\"\n};", 0},
		{"/srv/b.conf", "", 0},
		{"/etc/w/sub/c.conf", "group = 5;\n@include \"../d.conf\"\n", 0},
		{"/etc/w/sub/../d.conf", "grop = 5;", 0},
	};
	(void)state;

	SAYS(files, "/etc/w/wayside.conf:1: on_exit: \"no\" is not \"keep\" or \"clean\"\n"
		    "/etc/w/wayside.conf:3: log_level: must be a text, not a whole number\n"
		    "/etc/w/wayside.conf:4: state_dir: \"x\" must be an absolute path, from / on\n"
		    "/etc/w/a.conf:3: path: \"p\" must be an absolute path, from / on\n"
		    "/etc/w/sub/c.conf:1: group: must be a text, not a whole number\n"
		    "/etc/w/sub/../d.conf:1: grop: unknown key in socket, did you mean "
		    "\"group\"?\n");
}

static void include_may_stand_anywhere(void **state)
{
	const struct memory_file files[] = {
		{W,
		 "interfaces = ( { name = \"wg0\"; kepalive = 1; peers = ( @include \"p\" ); } );",
		 0},
		{"/etc/w/p", "\n{ name = \"a\"; },\n{ nam = \"b\"; }\n", 0},
	};
	(void)state;

	SAYS(files, "/etc/w/wayside.conf:1: kepalive: unknown key in interfaces, did you mean "
		    "\"keepalive\"?\n"
		    "/etc/w/p:3: nam: unknown key in peers, did you mean \"name\"?\n"
		    "/etc/w/p:3: peers: a peer needs a public_key, or a name that an import "
		    "knows\n");
}

static void patterns_include_in_order(void **state)
{
	const struct memory_file files[] = {
		{W, "@include \"conf.d/*.conf\"\n@include \"none/*.conf\"\nx = 1;", 0},
		{"/etc/w/conf.d/1.conf", "\nx1 = 1;", 0},
		{"/etc/w/conf.d/2.conf", "x2 = 1;", 0},
		{"/etc/w/conf.d/2.conf.old", "x3 = 1;", 0},
	};
	(void)state;

	SAYS(files, "/etc/w/wayside.conf:3: x: unknown key in the file\n"
		    "/etc/w/conf.d/1.conf:2: x1: unknown key in the file\n"
		    "/etc/w/conf.d/2.conf:1: x2: unknown key in the file\n");
}

static void comments_and_strings_do_not_include(void **state)
{
	const struct memory_file files[] = {
		{W,
		 "# @include \"none\"\n"
		 "// @include \"none\"\n"
		 "/* \n@include \"none\"\n \" */\n"
		 "socket = { group = \" @include \\\"none\\\" # /* \\x01\"; };\n"
		 "state_dir = \"/a//b#c\"; /* \" */ log_level = \"x\";\n",
		 0},
	};
	(void)state;

	/* The group's name is no good either, but no include. */
	SAYS(files,
	     "/etc/w/wayside.conf:6: group: byte 0x01 is neither printable nor UTF-8\n"
	     "/etc/w/wayside.conf:7: log_level: \"x\" is not \"error\", \"warn\", \"info\" or "
	     "\"debug\"\n");
}

static void includes_that_fail(void **state)
{
	const struct memory_file files[] = {
		{W,
		 "\n@include \"missing\"\n@include\n@include none\n@include \"\"\n"
		 "@include \"a\n",
		 0},
	};
	(void)state;

	SAYS(files,
	     "/etc/w/wayside.conf:2: @include \"/etc/w/missing\": No such file or directory\n"
	     "/etc/w/wayside.conf:3: @include needs the name of a file, in quotes on the "
	     "same line\n"
	     "/etc/w/wayside.conf:4: @include needs the name of a file, in quotes on the "
	     "same line\n"
	     "/etc/w/wayside.conf:5: @include needs the name of a file, in quotes on the "
	     "same line\n"
	     "/etc/w/wayside.conf:6: @include needs the name of a file, in quotes on the "
	     "same line\n");
}

static void loops_are_found(void **state)
{
	const struct memory_file files[] = {
		{W, "@include \"a\"\n\n@include \"wayside.conf\"\n", 0},
		{"/etc/w/a", "\n@include \"b\"\n", 0},
		{"/etc/w/b", "@include \"a\"\n", 0},
	};
	(void)state;

	SAYS(files, "/etc/w/wayside.conf:3: @include \"/etc/w/wayside.conf\": the file includes "
		    "itself\n"
		    "/etc/w/b:1: @include \"/etc/w/a\": the file includes itself\n");
}

/* A chain of includes that is as deep as it may be, and one that is deeper by one. */
static void depth_is_limited(void **state)
{
	char paths[12][24], texts[12][24];
	struct memory_file files[12];
	(void)state;

	for (size_t i = 0; i < 12; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/etc/w/%zu", i);
		snprintf(texts[i], sizeof(texts[i]), "\n@include \"%zu\"", i + 1);
		files[i] = (struct memory_file){paths[i], texts[i], 0};
	}
	files[10].text = "log_level = \"warn\";";
	says(files, 11, "");
	files[10].text = texts[10];
	files[11].text = "";
	says(files, 12,
	     "/etc/w/10:2: @include \"/etc/w/11\": more than 10 includes inside each other\n");
}

static void number_of_files_is_limited(void **state)
{
	struct str text = {0};
	struct memory_file files[] = {{W, NULL, 0}, {"/etc/w/a", "", 0}};
	(void)state;

	for (int i = 0; i < 1000; i++)
		str_add(&text, "@include \"a\"\n");
	files[0].text = text.text;
	SAYS(files, "/etc/w/wayside.conf:1000: @include \"/etc/w/a\": more than 1000 files\n");
	str_free(&text);
}

static void what_never_ends(void **state)
{
	const struct memory_file files[] = {
		{W, "@include \"a\"\n@include \"b\"\nlog_level = \"info\";\n", 0},
		{"/etc/w/a", "\nstate_dir = \"/var\n\n", 0},
		{"/etc/w/b", "x = 1;\n\n/* no end\n", 0},
	};
	(void)state;

	SAYS(files, "/etc/w/a:2: the text that starts here has no closing quote in its line\n"
		    "/etc/w/b:3: the comment that starts here never ends: */ is missing\n");
}

static void files_that_are_no_text(void **state)
{
	const struct memory_file zero[] = {{W, "a = 1;\n\nb\0\n", 11}};
	const struct memory_file marked[] = {{W, "\xef\xbb\xbflog_level = \"info\";\r\n# end", 0}};
	const struct memory_file none[] = {{W, "", 0}, {"/etc/w/other", "", 0}};
	struct conf_problems problems = {0};
	struct config *config;
	struct memory nothing = {0};
	struct conf_env env = {.ctx = &nothing, .read = memory_read};
	char *said;
	(void)state;

	SAYS(zero, "/etc/w/wayside.conf:3: holds a zero byte, so it is no text file: write it "
		   "anew\n");
	SAYS(marked, "");
	SAYS(none, "");
	assert_int_equal(conf_load("/nowhere", &env, &config, &problems), -EINVAL);
	assert_null(config);
	said = problems_text(&problems);
	assert_string_equal(said, "/nowhere:0: cannot be read: No such file or directory\n");
	free(said);
}

static void syntax_errors(void **state)
{
	const struct memory_file included[] = {
		{W, "log_level = \"info\";\n\n@include \"a\"\n", 0},
		{"/etc/w/a", "\non_exit \"keep\";\n", 0},
	};
	(void)state;

	SAYS(included, "/etc/w/a:2: on_exit: a = is missing behind it\n");
	one_file_says("\n\nlog_level = = 1;\n",
		      "/etc/w/wayside.conf:3: log_level: a value is missing behind the =\n");
	one_file_says("log_level = info;\n",
		      "/etc/w/wayside.conf:1: log_level: a text needs quotes: \"info\"\n");
	one_file_says("defaults = { poll_interval = 5s; };",
		      "/etc/w/wayside.conf:1: poll_interval: 5s is no number, and a text needs "
		      "quotes\n");
	one_file_says("\nzones = [ { } ];",
		      "/etc/w/wayside.conf:2: { in an array [ ], which holds only texts, numbers, "
		      "true or false: write a list ( ) instead\n");
	one_file_says("zones = (\nname = \"dc\" );",
		      "/etc/w/wayside.conf:2: zones: settings in a list need { } around them: "
		      "{ name = ... }\n");
	one_file_says("zones = { }, { };",
		      "/etc/w/wayside.conf:1: { without a key: several groups go in a list, key = "
		      "( { }, { } );\n");
	one_file_says("defaults = { import = [ \"uci\",\n1 ]; };",
		      "/etc/w/wayside.conf:2: all in [ ] must be of one type, groups and mixtures "
		      "go in ( )\n");
	one_file_says("zones = ( { }\n{ } );",
		      "/etc/w/wayside.conf:1: zones: a comma is missing behind }\n");
	one_file_says("zones = ( { },\n);", "/etc/w/wayside.conf:1: zones: a comma without a value "
					    "behind it: take it away\n");
	one_file_says("zones = ( { };\n);", "/etc/w/wayside.conf:1: ; in a list: a ) is missing "
					    "before it, or a , was meant\n");
	one_file_says("log_level = \"info\";;",
		      "/etc/w/wayside.conf:1: a ; too many: take it away\n");
	one_file_says("log_level = \"info\" \"warn\" 5;",
		      "/etc/w/wayside.conf:1: a value where a key should be: settings are key = "
		      "value;\n");
	one_file_says("poll = 0b11;", "/etc/w/wayside.conf:1: poll: 0b11 is no number, and a text "
				      "needs quotes\n");
	one_file_says("log_/* a gap */level = \"info\";",
		      "/etc/w/wayside.conf:1: log_: a = is missing behind it\n");
	one_file_says("a = @b;", "/etc/w/wayside.conf:1: a: a text needs quotes: \"@b\"\n");
	one_file_says("a = $b;", "/etc/w/wayside.conf:1: $ means nothing outside of quotes: take "
				 "it away\n");
	one_file_says("a = 1;\n\x01",
		      "/etc/w/wayside.conf:2: byte 0x01 is neither printable nor UTF-8: take it "
		      "away\n");
}

/* Where brackets do not match, the lines' indents tell which one was forgotten. */
static void brackets_that_do_not_match(void **state)
{
	(void)state;

	one_file_says(
		"defaults = {\n\n",
		"/etc/w/wayside.conf:1: the { that opens here is not closed: a } is missing\n");
	one_file_says(
		"zones = (\n\n",
		"/etc/w/wayside.conf:1: the ( that opens here is not closed: a ) is missing\n");
	one_file_says(
		"zones = ( { }\n\n",
		"/etc/w/wayside.conf:1: the ( that opens here is not closed: a ) is missing\n");
	one_file_says(
		"defaults = {\n  routes = {\n    metric = 5;\n  firewall = {\n"
		"    owner = true;\n  };\n};\non_exit = \"keep\";\n",
		"/etc/w/wayside.conf:2: the { that opens here is not closed: a } is missing\n");
	one_file_says("defaults = {\n\troutes = {\n\t\tmetric = 5;\n\t};\n\t};\n};\n",
		      "/etc/w/wayside.conf:5: this } closes what opened further left: it is one "
		      "too many\n");
	one_file_says("on_exit = \"keep\"; };\n",
		      "/etc/w/wayside.conf:1: this } closes nothing: take it away, or open one "
		      "before it\n");
	one_file_says("zones = (\n  { name = \"dc\";\n);\n",
		      "/etc/w/wayside.conf:2: the { that opens here has no } before the ) at "
		      "/etc/w/wayside.conf:3\n");
	one_file_says(
		"zones = (\n  { name = \"dc\"; ) );\n",
		"/etc/w/wayside.conf:2: ) where the { that opens at /etc/w/wayside.conf:2 is to "
		"be closed with }\n");
}

/* Not more than a key needs, whatever the memory of the machine would hold. */
static void depth_and_length_are_limited(void **state)
{
	struct str deep = {0}, wide = {0}, want = {0};
	(void)state;

	for (int i = 0; i < 100000; i++) {
		str_add(&deep, i ? "a = {\n" : "\na = {\n");
		str_add(&wide, "%s", "xxxxxxxxxx");
	}
	one_file_says(deep.text,
		      "/etc/w/wayside.conf:18: brackets 17 deep: no key is inside so many\n");
	str_free(&deep);
	one_file_says(wide.text,
		      "/etc/w/wayside.conf:1: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: a = is "
		      "missing behind it\n");
	str_add(&deep, "state_dir = \"/%s\";\nlog_level = \"%s\";", wide.text, wide.text);
	str_add(&want,
		"/etc/w/wayside.conf:1: state_dir: the path is longer than 255 bytes\n"
		"/etc/w/wayside.conf:2: log_level: \"%.168s ... %.137s\" is not \"error\", "
		"\"warn\", \"info\" or \"debug\"\n",
		wide.text, wide.text);
	one_file_says(deep.text, want.text);
	str_free(&want);
	str_free(&deep);
	str_free(&wide);
}

static void a_key_given_twice(void **state)
{
	const struct memory_file included[] = {
		{W, "\nlog_level = \"info\";\n@include \"a\"\n", 0},
		{"/etc/w/a", "on_exit = \"keep\";\nlog_level = \"warn\";\n", 0},
	};
	(void)state;

	SAYS(included, "/etc/w/a:2: log_level: given twice, first at /etc/w/wayside.conf:2\n");
	one_file_says("socket = { group = \"a\"; };\nsocket = { group = \"b\"; };",
		      "/etc/w/wayside.conf:2: socket: given twice, first at "
		      "/etc/w/wayside.conf:1\n");
	one_file_says(PEER("\nendpoint = \"keepalive = 1\";\nendpoint = \"keepalive = 2\";"),
		      "/etc/w/wayside.conf:3: endpoint: given twice, first at "
		      "/etc/w/wayside.conf:2\n");
	one_file_says("socket = { group = \"a\"; group = \"b\"; };",
		      "/etc/w/wayside.conf:1: group: given twice, first at "
		      "/etc/w/wayside.conf:1\n");
}

/* libconfig gives a string the line of what follows it; here the comma or the bracket. */
static void each_element_has_its_line(void **state)
{
	(void)state;

	one_file_says(
		"defaults = { import = [\n\"a\", \"b\",\n\"c\" # one\n , \"d\" /* two\n */\n, "
		"\"uci\"\n\n]; routes = { metric = -1; }; };",
		"/etc/w/wayside.conf:2: import: \"a\" is not \"wg-quick\", \"networkd\" or "
		"\"uci\"\n"
		"/etc/w/wayside.conf:2: import: \"b\" is not \"wg-quick\", \"networkd\" or "
		"\"uci\"\n"
		"/etc/w/wayside.conf:3: import: \"c\" is not \"wg-quick\", \"networkd\" or "
		"\"uci\"\n"
		"/etc/w/wayside.conf:4: import: \"d\" is not \"wg-quick\", \"networkd\" or "
		"\"uci\"\n"
		"/etc/w/wayside.conf:8: metric: -1 is out of range, 0 to 4294967295\n");
}

/* What libconfig 1.5 would cut to 32 bits, or not read at all. */
static void numbers_keep_their_value(void **state)
{
	static const struct {
		const char *written, *seen;
	} cases[] = {
		{"4294967296", "4294967296"},
		{"-2147483649", "-2147483649"},
		{"4294967296L", "4294967296"},
		{"4294967297LL", "4294967297"},
		{"0x100000000", "4294967296"},
		{"0XFFFFFFFFFFFFFFFFFF", "9223372036854775807"},
		{"99999999999999999999", "9223372036854775807"},
		{"-99999999999999999999", "-9223372036854775808"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[96], want[160];

		snprintf(text, sizeof(text), ROUTES("metric = %s;"), cases[i].written);
		snprintf(want, sizeof(want),
			 "/etc/w/wayside.conf:1: metric: %s is out of range, 0 to 4294967295\n",
			 cases[i].seen);
		one_file_says(text, want);
	}
	one_file_says(ENDPOINTS("ttl_min = +1.5e1;ttl_max=.5e+2,dead_after=2.;"), "");
	one_file_says(ROUTES("metric = 1.5e;"), "/etc/w/wayside.conf:1: metric: 1.5e is no number, "
						"and a text needs quotes\n");
}

/* A good file that uses most of what there is. */
static const char good_file[] =
	"on_exit = \"keep\"; log_level = \"info\";\n"
	"@include \"a\" # a comment\n"
	"defaults = { poll_interval = 0.5; import = [ \"uci\" ];\n"
	"  endpoints = { family = \"ipv4\"; ttl_min = 10; };\n"
	"  routes = { table = \"vpn\"; metric = 0x10; source = [ \"10.0.0.1\", \"fd00::1\" ];\n"
	"    unreachable = ( \"10.0.0.0/8\", { prefix = \"10.1.0.0/16\"; type = \"blackhole\"; } "
	"); };\n"
	"  firewall = { policy = ( { from = \"dc\"; to = \"gw\"; ports = [ \"tcp/22\", \"icmp\" ]; "
	"} );\n"
	"    foreign_chains = [ \"ip filter FORWARD\" ]; }; /* more */ };\n"
	"interfaces = ( { name = \"wg0\"; keepalive = 25;\n"
	"  peers = ( { name = \"gw\"; public_key = \"" KEY_A "\"; zone = \"sites\";\n"
	"    endpoint = \"gw.example.net:51820\"; routes = { metric = 5; }; },\n"
	"    { name = \"b\"; direct = true; allowed_ips = [ \"10.3.0.0/16\" ]; } ); } ); // end\n"
	"zones = ( { name = \"dc\"; prefixes = [ \"10.10.0.0/16\", \"10.11.0.0/16\" ]; },\n"
	"  { name = \"lan\"; interfaces = [ \"br-lan\" ]; } );\n";

static void replace(struct str *s, size_t at, size_t gone, const char *with)
{
	struct str out = {0};

	str_add_bytes(&out, s->text, at);
	str_add(&out, "%s", with);
	str_add(&out, "%s", s->text + at + gone);
	str_free(s);
	*s = out;
}

static void spoil(struct str *s, struct rng *rng)
{
	static const char *const tokens[] = {"{",
					     "}",
					     "(",
					     "[",
					     "]",
					     ")",
					     ";",
					     ",",
					     "\"",
					     "\\",
					     "\n",
					     "#",
					     "/*",
					     "*/",
					     "=",
					     "@include \"a\"\n",
					     "-1",
					     "1e99",
					     "99999999999",
					     "true",
					     "\xff",
					     "peers",
					     "name = \"x\";",
					     "0x",
					     "@include \"*\"",
					     "\"\"",
					     "any",
					     ".",
					     "L",
					     "policy = ( );"};
	size_t at = rng_below(rng, (uint32_t)s->len);
	size_t gone = rng_below(rng, 3) ? 0 : rng_below(rng, 30);
	char byte[2] = {0};

	if (gone > s->len - at)
		gone = s->len - at;
	byte[0] = (char)(1 + rng_below(rng, 255));
	replace(s, at, gone, rng_below(rng, 2) ? tokens[rng_below(rng, ARRAY_LEN(tokens))] : byte);
}

static unsigned int lines_of(const char *text)
{
	unsigned int n = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

/* A configuration and no problem, or a problem at a line that exists and no configuration. */
static void check_outcome(const struct memory_file *files, size_t n)
{
	struct conf_problems problems = {0};
	struct config *config;
	int err = memory_load(files, n, &config, &problems);
	unsigned int serious = 0;

	vec_each(&problems, p) {
		const struct memory_file *file = &files[strcmp(p->file, files[0].path) != 0];

		serious += !p->note;
		assert_string_equal(p->file, file->path);
		assert_in_range(p->line, 1, lines_of(file->text));
		assert_true(*p->message);
		assert_null(strstr(p->message, "syntax error")); /* libconfig's: it tells nothing */
	}
	if (err) {
		assert_null(config);
		assert_in_range(serious, 1, problems.len);
	} else {
		assert_non_null(config);
		assert_int_equal(serious, 0);
	}
	config_free(config);
	conf_problems_free(&problems);
}

static void any_file_gives_a_config_or_problems(void **state)
{
	struct rng rng = {.state = 1};
	struct memory_file files[] = {{W, good_file, 0}, {"/etc/w/a", "# nothing\n", 0}};
	(void)state;

	SAYS(files, "");
	for (int n = 0; n < 20000; n++) {
		struct str s = {0}, a = {0};

		str_add(&s, "%s", good_file);
		str_add(&a, "%s", "\nstate_dir = \"/x\"; # it\n");
		for (uint32_t i = 0; i <= rng_below(&rng, 4); i++)
			spoil(rng_below(&rng, 8) ? &s : &a, &rng);
		files[0].text = s.text;
		files[1].text = a.text;
		check_outcome(files, ARRAY_LEN(files));
		str_free(&s);
		str_free(&a);
	}
}

TEST_MAIN(included_files_stand_in_place, include_may_stand_anywhere, patterns_include_in_order,
	  comments_and_strings_do_not_include, includes_that_fail, loops_are_found,
	  depth_is_limited, number_of_files_is_limited, what_never_ends, files_that_are_no_text,
	  syntax_errors, brackets_that_do_not_match, depth_and_length_are_limited,
	  a_key_given_twice, each_element_has_its_line, numbers_keep_their_value,
	  any_file_gives_a_config_or_problems)
