/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few texts that much is said with, each with a number of one byte, for what there is a
 * million of.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdint.h>

/*
 * The same number for the same text, for good; a text is copied when it is new. 0 is NULL, and what
 * any text gets when there are 255 others: it is not said then.
 */
uint8_t word_of(const char *text);

/* Valid for good. NULL for 0. */
const char *word_text(uint8_t word);

#endif
