// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page's three files, as they are beside this one, inside the program: it needs no folder.
 */
#include <string.h>

#include "web.h"

#define ASSET(symbol, file)                                        \
	__asm__(".section .rodata\n"                               \
		".global " #symbol "\n"                            \
		".global " #symbol "_end\n" #symbol ":\n"          \
		".incbin \"src/web/" file "\"\n" #symbol "_end:\n" \
		".byte 0\n"                                        \
		".previous\n");                                    \
	extern const char symbol[], symbol##_end[]

ASSET(web_index_html, "index.html");
ASSET(web_app_js, "app.js");
ASSET(web_style_css, "style.css");

const struct asset *asset_find(const char *url)
{
	static const struct asset assets[] = {
		{"/", "text/html; charset=utf-8", web_index_html, web_index_html_end},
		{"/app.js", "text/javascript; charset=utf-8", web_app_js, web_app_js_end},
		{"/style.css", "text/css; charset=utf-8", web_style_css, web_style_css_end},
	};

	for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)
		if (!strcmp(assets[i].url, url))
			return &assets[i];
	return NULL;
}
