/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json_local.h"
#include "base/text.h"

/* "name=kind", taken apart. */
struct slot {
	char name[64];
	char kind;
	size_t bytes;	/* of bN; SIZE_MAX for b */
	int nullable;
};

/* 0, or -1 when the list itself is wrong: a bug of the caller. */
static int slot_read(struct slot *s, const char *spec)
{
	const char *eq = strchr(spec, '=');
	char *rest;

	if (eq == NULL || eq[1] == '\0' || (size_t)(eq - spec) >= sizeof(s->name))
		return -1;
	memcpy(s->name, spec, (size_t)(eq - spec));
	s->name[eq - spec] = '\0';
	s->kind = eq[1];
	s->bytes = SIZE_MAX;
	rest = (char *)(uintptr_t)(eq + 2);
	if (s->kind == 'b' && *rest >= '0' && *rest <= '9')
		s->bytes = strtoul(rest, &rest, 10);
	s->nullable = *rest == '?';
	return rest[s->nullable] == '\0' && strchr("snhtbufoaLx", s->kind) != NULL ? 0 : -1;
}

/* Canonical base64 of exactly `bytes` bytes (SIZE_MAX: of any number). */
static int shape_base64(const char *s, size_t len, size_t bytes)
{
	unsigned char piece[192];
	size_t total = 0, n, got;

	if (bytes != SIZE_MAX && len != BASE64_LEN(bytes))
		return 0;
	for (; len > 0; s += n, len -= n) {
		n = len > 256 ? 256 : len;
		/* Padding may stand in the last piece only. */
		if (base64_decode(piece, sizeof(piece), &got, s, n) != 0 ||
		    (n < len && got != sizeof(piece)))
			return 0;
		total += got;
	}
	return bytes == SIZE_MAX || total == bytes;
}

static int shape_string(const struct slot *s, const char *str, size_t len)
{
	unsigned char hash[32];
	int64_t t;

	switch (s->kind) {
	case 's':
		return len <= TEXT_MAX;
	case 'L':
		return 1;
	case 'n':
		return text_is_name(str);
	case 'h':
		return hex_decode(hash, sizeof(hash), str, len) == 0;
	case 't':
		return clock_parse(&t, str) == 0;
	case 'b':
		return shape_base64(str, len, s->bytes);
	default:
		return 0;
	}
}

static int shape_fits(const struct slot *s, const json *v)
{
	if (s->kind == 'x' || (v == NULL && s->nullable))
		return 1;
	switch (json_object_get_type(v)) {
	case json_type_string:
		return shape_string(s, json_text(v), (size_t)json_object_get_string_len(v));
	case json_type_int:
		return s->kind == 'u' && json_object_get_int64(v) >= 0;
	case json_type_boolean:
		return s->kind == 'f';
	case json_type_object:
		return s->kind == 'o';
	case json_type_array:
		return s->kind == 'a';
	case json_type_null:
	case json_type_double:
		break;
	}
	return 0;
}

static const char *shape_words(char kind)
{
	switch (kind) {
	case 's':
		return "a string of at most 512 bytes";
	case 'L':
		return "a string";
	case 'n':
		return "a name";
	case 'h':
		return "64 lower-case hexadecimal digits";
	case 't':
		return "a time (RFC 3339, UTC, milliseconds)";
	case 'b':
		return "base64 of the right length";
	case 'u':
		return "an integer from 0";
	case 'f':
		return "true or false";
	case 'o':
		return "an object";
	case 'a':
		return "an array";
	default:
		return "something else";
	}
}

/* Names the member that is in j, but not in the list. */
static int shape_unknown(const json *j, const char *where, struct err *e, va_list ap)
{
	const struct lh_entry *ent;
	char shown[96];

	lh_foreach(json_object_get_object(j), ent) {
		const char *key = lh_entry_k(ent), *spec;
		const size_t n = strlen(key);
		int known = 0;
		va_list again;

		va_copy(again, ap);
		while (!known && (spec = va_arg(again, const char *)) != NULL)
			known = strncmp(spec, key, n) == 0 && spec[n] == '=';
		va_end(again);
		if (!known) {
			text_escape(shown, sizeof(shown), key, n);
			return err_set(e, ERR_INPUT, "%s: the member \"%s\" is unknown.", where, shown);
		}
	}
	return err_set(e, ERR_INTERNAL, "%s: a member is checked twice.", where);
}

int json_shape(const json *j, const char *where, struct err *e, ...)
{
	struct slot s;
	const char *spec;
	va_list ap, first;
	size_t n = 0;
	int r = 0;

	if (!json_is_object(j))
		return err_set(e, ERR_INPUT, "%s must be an object.", where);
	va_start(ap, e);
	va_copy(first, ap);
	while (r == 0 && (spec = va_arg(ap, const char *)) != NULL) {
		json *v = NULL;

		n++;
		if (slot_read(&s, spec) != 0)
			r = err_set(e, ERR_INTERNAL, "%s: \"%s\" is no kind.", where, spec);
		else if (!json_object_object_get_ex(j, s.name, &v))
			r = err_set(e, ERR_INPUT, "%s: the member \"%s\" is missing.", where, s.name);
		else if (!shape_fits(&s, v))
			r = err_set(e, ERR_INPUT, "%s: the member \"%s\" must be %s%s.", where, s.name,
			    shape_words(s.kind), s.nullable ? ", or null" : "");
	}
	if (r == 0 && n != json_len(j))
		r = shape_unknown(j, where, e, first);
	va_end(first);
	va_end(ap);
	return r;
}
