/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_VIEW_H
#define TWOKEY_BASE_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A canonical JSON document as it lies in memory: checked and cut into nodes
 * in one pass, nothing copied.  It takes exactly the bytes that json_parse
 * takes with JSON_CANONICAL (a fuzzer holds them side by side); logs are long,
 * and building json-c's tree costs more than checking their hashes.
 */
enum view_kind {
	VIEW_OBJECT = 1,	/* its nodes: key, value, key, value, ... */
	VIEW_ARRAY,
	VIEW_STRING,		/* text between the quotes, escapes as they are */
	VIEW_INT,
	VIEW_TRUE,
	VIEW_FALSE,
	VIEW_NULL,
	VIEW_NUMBER	/* view_parse_loose alone: with a fraction, or a large one */
};

struct view_node {
	uint32_t at, len;	/* bytes in text; of strings, without quotes */
	uint32_t next;		/* node behind this one and all it holds */
	uint32_t count;		/* children: values of an array, members of an object */
	uint8_t kind;
	uint8_t escaped;	/* string holds an escape */
};

/* Start with VIEW_INIT; may be used again and again; end with view_free. */
struct view {
	const char *text;	/* lent */
	size_t len;
	struct view_node *nodes;	/* nodes[0] is the document */
	size_t n, cap;
	const char *why;	/* after a failure */
};
#define VIEW_INIT { NULL, 0, NULL, 0, 0, NULL }
#define VIEW_NONE UINT32_MAX

/* 0, or -1 with v->why: what is wrong, in a few words. text stays in use. */
int view_parse(struct view *v, const char *text, size_t len);
/* The same for JSON that others wrote (RFC 8259): blanks, any order of members, all
 * escapes and numbers, at most 64 levels and 32,768 + len / 16 values.  A name may
 * stand twice in an object: view_get finds the first. */
int view_parse_loose(struct view *v, const char *text, size_t len);
void view_free(struct view *v);

/* What json_shape checks, against a table in canonical (byte) order. */
struct view_slot {
	const char *name;
	char kind;		/* s n h t b u f o a L x, as in json_shape */
	char nullable;
	uint16_t bytes;		/* b: exactly so many; 0: any */
};
/* 0 and the members' values in values[0..n-1], or -1 with v->why. */
int view_shape(struct view *v, uint32_t obj, const struct view_slot *slots, size_t n,
    uint32_t *values);

/* The value of a member, VIEW_NONE when absent or obj is no object. */
uint32_t view_get(const struct view *v, uint32_t obj, const char *name);
/* The first node inside a container: VIEW_NONE when it is empty. */
uint32_t view_first(const struct view *v, uint32_t node);
int view_is(const struct view *v, uint32_t node, enum view_kind kind);
/* The bytes of a value as they stand in the text, quotes included. */
const char *view_raw(const struct view *v, uint32_t node, size_t *len);
/* 1 when a string without escapes equals s. */
int view_equal(const struct view *v, uint32_t node, const char *s);
/* Copies a string, escapes resolved; -1 when it does not fit or is none. */
int view_text(const struct view *v, uint32_t node, char *out, size_t cap);
int64_t view_int(const struct view *v, uint32_t node);	/* -1 when it is none, or below 0 */
int view_bytes(const struct view *v, uint32_t node, void *out, size_t cap, size_t *outlen);
int view_hex(const struct view *v, uint32_t node, void *out, size_t len);
int64_t view_time(const struct view *v, uint32_t node);	/* -1 when it is none */

#endif
