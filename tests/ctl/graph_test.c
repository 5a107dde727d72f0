// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures of a network with everything that a picture could trip over: names with quotes and
 * angle brackets, an interface without peers, a peer without anything, more networks than fit.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "fake_daemon.h"

#define NASTY "\\\"Ann\\\" <b>&`#\\\\n\\u0007"

static const struct fake_answer answers[] = {
	{"status", "{\"interfaces\":[{\"name\":\"wg0\",\"up\":true,\"backend\":\"kernel\",\"listen_"
		   "port\":51820,"
		   "\"addresses\":[\"10.0.0.2/24\"]},{\"name\":\"wg1\",\"up\":false,"
		   "\"backend\":\"userspace\",\"listen_port\":0}]}"},
	{"peers",
	 "[{\"interface\":\"wg0\",\"label\":\"pi\",\"state\":\"dead\",\"path\":\"hub\","
	 "\"handshake_age_s\":63,\"allowed_ips\":[\"10.1.0.0/16\",\"10.2.0.0/16\",\"10.3.0.0/16\","
	 "\"10.4.0.0/16\",\"10.5.0.0/16\",\"10.6.0.0/16\",\"10.7.0.0/16\",\"10.8.0.0/16\","
	 "\"10.9.0.0/16\",\"10.10.0.0/16\",\"10.11.0.0/16\",\"10.12.0.0/16\",\"10.13.0.0/16\"]},"
	 "{\"interface\":\"wg0\",\"label\":\"" NASTY "\",\"state\":\"strange\",\"allowed_ips\":[]},"
	 "{\"interface\":\"wg0\",\"label\":\"london\",\"state\":\"up\",\"path\":\"endpoint\","
	 "\"endpoint\":\"203.0.113.7:50501\",\"endpoint_host\":\"london.example.net\","
	 "\"handshake_age_s\":12,\"allowed_ips\":[\"10.0.0.1/32\",\"10.20.1.0/24\"],"
	 "\"networks\":[\"10.0.0.1/32\",\"192.168.1.0/24\"]},"
	 "{\"interface\":\"gone\",\"label\":\"nobody\",\"state\":\"up\",\"allowed_ips\":[]},"
	 "{\"interface\":\"wg0\",\"label\":\"zürich-with-a-name-that-does-not-fit-on-a-card\","
	 "\"state\":\"idle\",\"path\":\"direct\",\"allowed_ips\":[\"::/0\"]}]"},
	{0},
};

static const struct fake_answer nothing[] = {
	{"status", "{\"interfaces\":[]}"},
	{"peers", "[]"},
	{0},
};

static int start(void **unused)
{
	(void)unused;
	return fake_start(answers);
}

static int start_nothing(void **unused)
{
	(void)unused;
	return fake_start(nothing);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in: %s", part, text);
}

static void as_dot(void **state)
{
	const char *text = run(0, "graph --format dot");
	(void)state;

	has(text, "graph wayside {\n");
	has(text, "i0 [label=\"wg0\\n10.0.0.2/24\\nport 51820\"];");
	has(text, "i1 [label=\"wg1\\nno port, userspace, down\"];");
	has(text, "p0 [label=\"\\\"Ann\\\" <b>&amp;`#\\\\n \\nno endpoint\"");
	has(text, "p1 [label=\"london\\nlondon.example.net (203.0.113.7:50501)\"");
	has(text, "i0 -- p1 [label=\"up\", color=\"#1a7f37\", fontcolor=\"#1a7f37\"];");
	has(text, "i0 -- p2 [label=\"dead, hub\", color=\"#cf222e\", fontcolor=\"#cf222e\", "
		  "style=dashed];");
	has(text, "label=\"10.0.0.1/32\\n192.168.1.0/24\"];\n\tp1 -- n1");
	has_not(text, "nobody");
	has_not(text, "n0 ["); /* no networks, no node */
	assert_string_equal(text + strlen(text) - 2, "}\n");
	has(run(0, "graph"), "graph wayside {\n");
}

static void as_mermaid(void **state)
{
	const char *text = run(0, "graph --format mermaid");
	(void)state;

	has(text, "flowchart LR\n\tsubgraph host[\"");
	has(text, "\t\ti0[\"wg0<br/>10.0.0.2/24<br/>port 51820\"]\n");
	has(text, "p0[\"#34;Ann#34; #60;b#62;#38;#96;#35;\\n <br/>no endpoint\"]:::never\n");
	has(text, "\ti0 ---|\"up\"| p1\n\tp1 --- n1([\"10.0.0.1/32<br/>192.168.1.0/24\"])\n");
	has(text, "\ti0 -.-|\"dead, hub\"| p2\n");
	has(text, "\ti0 ---|\"idle, direct\"| p3\n");
	has(text, "\tclassDef dead stroke:#cf222e,");
}

static unsigned int count(const char *text, const char *part)
{
	unsigned int n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static void as_svg(void **state)
{
	const char *text = run(0, "graph --format svg");
	(void)state;

	assert_int_equal(strncmp(text, "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 40), 0);
	has(text, ">&quot;Ann&quot; &lt;b&gt;&amp;`#\\n <");
	has(text, ">london.example.net (203.0.113.7:50501)<");
	has(text, ">handshake 12 seconds ago<");
	has(text, ">handshake 1 minute ago, through the hub<");
	has(text, ">no handshake yet, directly<");
	has(text, ">zürich-with-a-name-that-do…<");			 /* on its card */
	has(text, "zürich-with-a-name-that-does-not-fit-on-a-card\nno"); /* in its title */
	has(text, ">10.11.0.0/16<");
	has(text, ">and 2 more<");
	has_not(text, ">10.12.0.0/16<");
	has(text, "10.13.0.0/16</title>");
	assert_int_equal(count(text, "stroke-dasharray"), 2);
	assert_string_equal(text + strlen(text) - 7, "</svg>\n");
}

/* Nothing is loaded, nothing runs, and every element ends. */
static void svg_is_self_contained(void **state)
{
	const char *text = run(0, "graph --format svg");
	(void)state;

	assert_int_equal(count(text, "http"), 1); /* the namespace */
	has_not(text, "href");
	has_not(text, "<script");
	has_not(text, "url(");
	has_not(text, "@import");
	assert_int_equal(count(text, "<g>"), count(text, "</g>"));
	assert_int_equal(count(text, "<text "), count(text, "</text>"));
	assert_int_equal(count(text, "<title>"), count(text, "</title>"));
	assert_int_equal(count(text, "<g>"), 4);
}

static void of_nothing(void **state)
{
	(void)state;
	has(run(0, "graph --format svg"), ">no WireGuard interface<");
	has(run(0, "graph --format dot"), "subgraph cluster_host");
	has(run(0, "graph --format mermaid"), "subgraph host[");
}

static void usage(void **state)
{
	(void)state;
	has(run(2, "graph --format png"), "dot mermaid svg");
	has(run(2, "graph svg"), "dot mermaid svg");
	has(run(0, "--json graph"), "\"interfaces\": [");
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, start, fake_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(as_dot),
		SERVED(as_mermaid),
		SERVED(as_svg),
		SERVED(svg_is_self_contained),
		cmocka_unit_test_setup_teardown(of_nothing, start_nothing, fake_stop),
		SERVED(usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
