/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_MARK_H
#define TWOKEY_GATE_MARK_H

#include <stddef.h>
#include <stdint.h>

/* Marks: what the gate hands the module to be handed back later.  They have been
 * in the application's hands, so they are read strictly. */

/* Exactly n decimals of at most 15 digits, joined by dots, nothing else.  0, or -1:
 * out is not to be used. */
int mark_read(int64_t *out, size_t n, const char *text);

#endif
