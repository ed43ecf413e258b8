/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_REPLY_H
#define TWOKEY_AWS_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A JSON text (RFC 8259) from a service as it lies in memory: checked and cut into
 * nodes in one pass, nothing copied.  base/json.h takes documents of twokey only;
 * services send numbers with fractions, and text of any kind.  Members that are not
 * known are for the reader to step over.
 */
enum reply_kind { REPLY_OBJECT = 1, REPLY_ARRAY, REPLY_STRING, REPLY_NUMBER, REPLY_TRUE,
	REPLY_FALSE, REPLY_NULL };

#define REPLY_DEPTH 24
#define REPLY_NONE UINT32_MAX

struct reply_node {
	uint32_t at, len;	/* bytes in text; of strings, without quotes */
	uint32_t next;		/* node behind this one and all it holds */
	uint8_t kind;		/* objects hold name, value, name, value, ... */
};

/* Start with REPLY_INIT; end with reply_free. nodes[0] is the whole. */
struct reply {
	const char *text;	/* lent */
	size_t len;
	struct reply_node *nodes;
	size_t n, cap;
	const char *why;	/* after a failure, a few words */
};
#define REPLY_INIT { NULL, 0, NULL, 0, 0, NULL }

/* 0, or -1 with v->why. text stays in use. */
int reply_parse(struct reply *v, const char *text, size_t len);
void reply_free(struct reply *v);

int reply_is(const struct reply *v, uint32_t node, enum reply_kind kind);
/* The value of an object's member; REPLY_NONE when absent, null, or node is no object. */
uint32_t reply_get(const struct reply *v, uint32_t node, const char *name);
/* An array's elements: the first, and of `array` the one behind `element`. REPLY_NONE at
 * the end, and for what is no array. */
uint32_t reply_first(const struct reply *v, uint32_t array);
uint32_t reply_after(const struct reply *v, uint32_t array, uint32_t element);
/* Appends a string, escapes resolved; -1 when it is none, or the node is REPLY_NONE. */
int reply_text(struct buf *out, const struct reply *v, uint32_t node);
/* Copies a string; -1 also when it does not fit or holds a NUL. out is "" then. */
int reply_copy(char *out, size_t cap, const struct reply *v, uint32_t node);
/* Seconds, with or without fraction and exponent, as ms; -1 when it is no such number. */
int64_t reply_time(const struct reply *v, uint32_t node);

#endif
