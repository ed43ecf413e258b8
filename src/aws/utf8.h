/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_UTF8_H
#define TWOKEY_AWS_UTF8_H

#include <stdint.h>

#include "base/buf.h"

/* Appends a code point (at most U+10FFFF) as UTF-8; half a surrogate pair as U+FFFD. */
void utf8_append(struct buf *out, uint32_t c);

#endif
