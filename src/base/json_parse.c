/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the bytes checks the grammar (RFC 8259) and the restrictions
 * of json.h and builds json-c's tree; json-c's own tokener is not used, since
 * it lets duplicate members and more pass.
 */
#include <string.h>

#include "base/json_local.h"
#include "base/text.h"

static json *scan_value(struct scan *sc);

static void scan_space(struct scan *sc)
{
	while (sc->p < sc->end &&
	    (*sc->p == ' ' || *sc->p == '\n' || *sc->p == '\r' || *sc->p == '\t'))
		sc->p++;
}

/* -?(0|[1-9][0-9]*), below 2^53, and no -0. */
static int scan_integer(struct scan *sc, int64_t *out)
{
	const int minus = *sc->p == '-';
	const unsigned char *first = sc->p += minus;
	int64_t v = 0;

	while (sc->p < sc->end && *sc->p >= '0' && *sc->p <= '9') {
		v = v * 10 + (*sc->p++ - '0');
		if (v > JSON_INT_MAX)
			return scan_fail(sc, "a number out of range");
	}
	if (sc->p == first || (*first == '0' && (sc->p - first > 1 || minus)))
		return scan_fail(sc, "a malformed number");
	if (sc->p < sc->end && (*sc->p == '.' || *sc->p == 'e' || *sc->p == 'E'))
		return scan_fail(sc, "a number that is no integer");
	*out = minus ? -v : v;
	return 0;
}

static int scan_word(struct scan *sc, const char *word)
{
	const size_t n = strlen(word);

	if ((size_t)(sc->end - sc->p) < n || memcmp(sc->p, word, n) != 0)
		return scan_fail(sc, "an unknown word");
	sc->p += n;
	return 0;
}

/* Opens a container: 0 when depth and number allow. */
static int scan_enter(struct scan *sc)
{
	sc->p++;
	if (sc->depth == JSON_DEPTH)
		return scan_fail(sc, "values nested too deeply");
	if (sc->boxes == 0)
		return scan_fail(sc, "too many objects and arrays");
	sc->depth++;
	sc->boxes--;
	scan_space(sc);
	return 0;
}

/* Behind an element: 1 at the next one, 0 behind the end mark, -1. */
static int scan_more(struct scan *sc, unsigned char mark)
{
	scan_space(sc);
	if (sc->p == sc->end)
		return scan_fail(sc, "the end of the bytes amid a value");
	if (*sc->p == mark) {
		sc->p++;
		sc->depth--;
		return 0;
	}
	if (*sc->p != ',')
		return scan_fail(sc, "neither ',' nor the end of an object or array");
	sc->p++;
	scan_space(sc);
	return 1;
}

/* 1 when obj has this member.  `sorted` stays 1 while names come in order:
 * then a name behind the last one is new without a look-up. */
static int scan_known(const json *obj, const char *key, int *sorted)
{
	const struct lh_table *t = json_object_get_object(obj);

	if (t->tail == NULL)
		return 0;
	if (*sorted && json_order(lh_entry_k(t->tail), key) < 0)
		return 0;
	*sorted = 0;
	return json_object_object_get_ex(obj, key, NULL);
}

static int scan_member(struct scan *sc, json *obj, int *sorted)
{
	char key[TEXT_MAX + 1];
	struct piece k;
	json *v;

	if (sc->p == sc->end || *sc->p != '"')
		return scan_fail(sc, "no member's name where one must be");
	if (scan_string(sc, &k) != 0)
		return -1;
	if (k.len > TEXT_MAX)
		return scan_fail(sc, "a member's name that is too long");
	memcpy(key, k.s, k.len);
	key[k.len] = '\0';
	if (scan_known(obj, key, sorted))
		return scan_fail(sc, "a member twice");
	scan_space(sc);
	if (sc->p == sc->end || *sc->p != ':')
		return scan_fail(sc, "no ':' behind a member's name");
	sc->p++;
	scan_space(sc);
	v = scan_value(sc);
	if (sc->why != NULL)
		return -1;
	if (json_object_object_add_ex(obj, key, v, JSON_C_OBJECT_ADD_KEY_IS_NEW) != 0) {
		json_object_put(v);
		return scan_fail(sc, "memory ran out");
	}
	return 0;
}

static json *scan_object(struct scan *sc)
{
	int more = 1, sorted = 1;
	json *obj;

	if (scan_enter(sc) != 0)
		return NULL;
	obj = json_object_new_object();
	if (obj == NULL) {
		(void)scan_fail(sc, "memory ran out");
		return NULL;
	}
	if (sc->p < sc->end && *sc->p == '}')
		more = scan_more(sc, '}');
	while (more > 0)
		more = scan_member(sc, obj, &sorted) != 0 ? -1 : scan_more(sc, '}');
	if (more < 0)
		json_free(&obj);
	return obj;
}

static json *scan_array(struct scan *sc)
{
	json *arr, *v;
	int more = 1;

	if (scan_enter(sc) != 0)
		return NULL;
	arr = json_object_new_array();
	if (arr == NULL) {
		(void)scan_fail(sc, "memory ran out");
		return NULL;
	}
	if (sc->p < sc->end && *sc->p == ']')
		more = scan_more(sc, ']');
	while (more > 0) {
		v = scan_value(sc);
		if (sc->why == NULL && json_object_array_add(arr, v) != 0) {
			json_object_put(v);
			(void)scan_fail(sc, "memory ran out");
		}
		more = sc->why != NULL ? -1 : scan_more(sc, ']');
	}
	if (more < 0)
		json_free(&arr);
	return arr;
}

/* Any value.  NULL is null, or a failure when sc->why is set. */
static json *scan_value(struct scan *sc)
{
	struct piece str;
	json *v = NULL;
	int64_t n = 0;
	int ok = 0;

	if (sc->p == sc->end) {
		(void)scan_fail(sc, "the end of the bytes where a value must be");
		return NULL;
	}
	switch (*sc->p) {
	case '{':
		return scan_object(sc);
	case '[':
		return scan_array(sc);
	case 'n':
		(void)scan_word(sc, "null");
		return NULL;
	case '"':
		ok = scan_string(sc, &str) == 0;
		if (ok)
			v = json_object_new_string_len(str.s, (int)str.len);
		break;
	case 't':
	case 'f':
		n = *sc->p == 't';
		ok = scan_word(sc, n ? "true" : "false") == 0;
		if (ok)
			v = json_object_new_boolean((json_c_bool)n);
		break;
	default:
		if (*sc->p != '-' && (*sc->p < '0' || *sc->p > '9')) {
			(void)scan_fail(sc, "something that is no value");
			break;
		}
		ok = scan_integer(sc, &n) == 0;
		if (ok)
			v = json_object_new_int64(n);
	}
	if (ok && v == NULL)
		(void)scan_fail(sc, "memory ran out");
	return v;
}

/* What json.h promises of JSON_CANONICAL: written again, the same bytes. */
static int json_is_canonical(const json *j, const void *data, size_t len, const char *where,
    struct err *e)
{
	struct buf b = BUF_INIT;
	int r;

	r = json_canonical(&b, j, e);
	if (r == 0 && (b.len != len || memcmp(b.data, data, len) != 0))
		r = err_set(e, ERR_INPUT, "%s is not in canonical form (RFC 8785).", where);
	buf_free(&b);
	return r;
}

static int scan_report(const struct scan *sc, const unsigned char *start, const char *where,
    struct err *e)
{
	const unsigned char *p;
	size_t line = 1;

	for (p = start; p < sc->p; p++)
		line += *p == '\n';
	return err_set(e, ERR_INPUT, "%s: %s (line %zu, byte %zu).", where, sc->why, line,
	    (size_t)(sc->p - start) + 1);
}

int json_parse(json **out, const void *data, size_t len, enum json_form form, const char *where,
    struct err *e)
{
	struct scan sc = { .why = NULL, .text = BUF_INIT };
	json *j = NULL;
	int r = 0;

	*out = NULL;
	if (len == 0 || len > INT32_MAX)
		return err_set(e, ERR_INPUT, "%s is %s.", where, len == 0 ? "empty" : "too large");
	sc.p = data;
	sc.end = sc.p + len;
	/* An empty object costs json-c most of a kilobyte: hostile bytes must
	 * not ask for hundreds of times their own size. */
	sc.boxes = 1024 + len / 32;
	if (form == JSON_LOOSE)
		scan_space(&sc);
	if (sc.p == sc.end || (*sc.p != '{' && *sc.p != '['))
		(void)scan_fail(&sc, "neither an object nor an array");
	else
		j = scan_value(&sc);
	if (form == JSON_LOOSE && sc.why == NULL)
		scan_space(&sc);
	if (sc.why == NULL && sc.p != sc.end)
		(void)scan_fail(&sc, "bytes behind the end");
	if (sc.why != NULL)
		r = scan_report(&sc, data, where, e);
	else if (form == JSON_CANONICAL)
		r = json_is_canonical(j, data, len, where, e);
	if (r != 0)
		json_free(&j);
	*out = j;
	buf_free(&sc.text);
	return r;
}
