/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of model/message.h, checked: what comes from the net child is not trusted.
 */
#ifndef NET_MESSAGE_H
#define NET_MESSAGE_H

#include <stddef.h>

#include "model/message.h"

/*
 * Is an answer from the child well-formed: kind, status, count in range, families as asked,
 * and of the size a message has?
 */
bool net_answer_valid(const void *bytes, size_t len);

/* Is it a datagram that was heard, or a count of those that were not, of the right size? */
bool net_datagram_valid(const void *bytes, size_t len);

#endif
