/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_JSON_H
#define TWOKEY_BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * JSON documents: RFC 8785 canonical form, restricted to strings, booleans,
 * null, arrays, objects and integers with |n| < 2^53.  The only place that
 * includes json-c.  `json` is json-c's object, opaque outside.
 *
 * Ownership: json_parse and json_new_* give an owned value; the json_set_ and
 * json_add functions take it over (also when they fail); getters lend.
 * Builders never return NULL for lack of memory without remembering it: they
 * return NULL, adders given NULL mark the parent bad by returning ERR_MEMORY.
 */
typedef struct json_object json;

enum json_form {
	JSON_CANONICAL,	/* stored document: must be byte for byte canonical */
	JSON_LOOSE	/* white space and member order free, duplicates refused */
};

/* Parses exactly len bytes (nothing behind): an object or an array, depth at
 * most 24, refusing duplicate members, floats, -0, integers out of range,
 * invalid UTF-8, NUL and strings that text_clean refuses (names of more than
 * TEXT_MAX bytes too), and more than 1024 + len / 32 objects and arrays.
 * `where` names the source in errors (ERR_INPUT).  JSON_CANONICAL also
 * re-writes it and compares the bytes. */
int json_parse(json **out, const void *data, size_t len, enum json_form form,
    const char *where, struct err *e);

/* Releases an owned value (NULL allowed) and sets *j to NULL. */
void json_free(json **j);
/* One more owner of the same value. */
json *json_share(const json *j);
/* A deep copy, owned. */
json *json_copy(const json *j);

/* Appends the canonical bytes of j to out; ERR_MEMORY or ERR_INTERNAL. */
int json_canonical(struct buf *out, const json *j, struct err *e);
/* As json_canonical, the object's member `skip` left out (top level only). */
int json_canonical_without(struct buf *out, const json *j, const char *skip, struct err *e);
/* Appends an indented rendering for people. */
int json_pretty(struct buf *out, const json *j, struct err *e);
/* 1 when both have the same canonical bytes. */
int json_equal(const json *a, const json *b);

/*
 * json_shape checks an object's members against a list of "name=kind",
 * ended by NULL: exactly these, no other, none missing.  Kinds:
 *   s  string, at most TEXT_MAX bytes      n  name (text_is_name)
 *   h  64 lower-case hex digits            t  RFC 3339 UTC with milliseconds
 *   b  base64, any length                  bN base64 of exactly N bytes (b32)
 *   u  integer >= 0                        f  boolean
 *   o  object   a  array                   L  string of any length
 *   x  anything
 * A '?' behind the kind also allows null ("previous=h?").  The error
 * (ERR_INPUT) names `where`, the member, and what was expected.
 */
int json_shape(const json *j, const char *where, struct err *e, ...)
    __attribute__((sentinel));

/* Getters for members that json_shape has checked.  With a wrong type or a
 * missing member they return NULL, -1 or 0, never crash. */
const json *json_get(const json *obj, const char *name);	/* NULL for null too */
const char *json_str(const json *obj, const char *name);	/* NULL for null */
int64_t json_int(const json *obj, const char *name);		/* -1 if absent */
int json_bool(const json *obj, const char *name);
/* Decodes a base64 member into out; 0 and *outlen, or -1. */
int json_bytes(const json *obj, const char *name, void *out, size_t cap, size_t *outlen);
/* Decodes a hex member of exactly len bytes; 0 or -1. */
int json_hex(const json *obj, const char *name, void *out, size_t len);
/* 1 when it is the hex of these bytes, which are no secret. */
int json_hex_is(const json *obj, const char *name, const uint8_t *data, size_t len);
/* Time member in ms; -1 if absent. */
int64_t json_time(const json *obj, const char *name);

/* Elements or members; 0 for anything else. */
size_t json_len(const json *arr_or_obj);
const json *json_at(const json *arr, size_t i);			/* array element */
const char *json_str_at(const json *arr, size_t i);		/* NULL if no string */
/* The i-th member in canonical order; NULL past the end. */
const char *json_key_at(const json *obj, size_t i);
int json_is_object(const json *j);
int json_is_array(const json *j);
int json_is_string(const json *j);
const char *json_text(const json *string);	/* the value itself a string */
/* 1 when the array holds this string. */
int json_has_str(const json *arr, const char *s);

/* New values, owned; NULL when memory ran out.  Whether a string or number may
 * stand in a document is checked when it is written (ERR_INTERNAL). */
json *json_new_object(void);
/* An empty array. */
json *json_new_array(void);
/* NULL also for a NULL s. */
json *json_new_str(const char *s);
/* |n| < 2^53 is checked when it is written. */
json *json_new_int(int64_t n);
/* Setters replace a member of that name.  0 or ERR_MEMORY (also when obj is
 * no object). */
int json_set(json *obj, const char *name, json *value);	/* NULL value = ERR_MEMORY */
int json_set_null(json *obj, const char *name);
int json_set_str(json *obj, const char *name, const char *s);	/* NULL s = null */
int json_set_int(json *obj, const char *name, int64_t n);
int json_set_bool(json *obj, const char *name, int v);
int json_set_bytes(json *obj, const char *name, const void *data, size_t len);
int json_set_hex(json *obj, const char *name, const void *data, size_t len);
int json_set_time(json *obj, const char *name, int64_t ms);
int json_remove(json *obj, const char *name);
int json_add(json *arr, json *value);				/* NULL value = ERR_MEMORY */
int json_add_str(json *arr, const char *s);

#endif
