/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is it text? What comes out of other programs' files may be anything, and a log, a terminal, a
 * JSON parser or nft(8) is to get characters only.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

#define UTF8_MAX 4 /* bytes of a character, at most */

/*
 * How many bytes the character has that begins at text, of which len bytes are there; 0 when it is
 * none. RFC 3629, section 4: no surrogates, nothing above U+10FFFF, and each in its shortest form.
 * Nothing is read beyond a zero byte, so for terminated text len may be UTF8_MAX.
 */
size_t utf8_len(const char *text, size_t len);

/* The same, but 0 for control characters: U+0000 to U+001F, and U+007F to U+009F. */
size_t utf8_printable(const char *text, size_t len);

#endif
