/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_SIGV4_LOCAL_H
#define TWOKEY_AWS_SIGV4_LOCAL_H

#include "aws/sigv4.h"

/* sigv4_canon.c: the lines of a canonical request. */
int sigv4_path(struct buf *out, const struct sigv4 *s, struct err *e);
int sigv4_query(struct buf *out, const char *query, struct err *e);
/* "name:value\n" each; then the names with ';' between. */
int sigv4_headers(struct buf *out, struct buf *names, const struct sigv4 *s, struct err *e);

#endif
