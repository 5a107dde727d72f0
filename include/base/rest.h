/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process gives back when it has nothing to do for a while.
 */
#ifndef BASE_REST_H
#define BASE_REST_H

/*
 * Unmaps from this process what it has read of the program and its libraries, most of which only a
 * start needs: the pages stay in the page cache, shared, and are mapped again where they are used.
 * Free memory at the end of the heap and inside it goes back as well. Needs madvise(2) and nothing
 * else; costs some microseconds, and a page fault for each piece that is used again.
 */
void memory_rest(void);

#endif
