/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine has given up, as it found it done: for `status` and the log.
 */
#ifndef MODEL_SANDBOX_H
#define MODEL_SANDBOX_H

#include <stdbool.h>

struct sandbox {
	char user[16];	  /* name, or number where it is another one; "": nothing was tried */
	bool changed;	  /* it became that user by itself */
	bool net_admin;	  /* capabilities that it has … */
	bool read_search; /* … to read what only root may, inside the fence */
	bool others;	  /* … and has more of, for they could not be dropped */
	bool calls;	  /* its system calls are filtered (seccomp) */
	bool files;	  /* its files are fenced (Landlock) */
};

#endif
