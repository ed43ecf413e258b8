/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_local.h"
#include "base/clock.h"
#include "base/json_scan.h"

/* One member's name and value at a time. */
struct answer {
	struct secret *name, *value;
	struct secret *id, *key, *token;
	int64_t expires;
	int version;
};

/* ISO 8601 as the CLI prints it: "2026-01-01T00:00:00Z" or "...+00:00". */
static int64_t answer_time(const char *s)
{
	char text[CLOCK_TEXT_LEN + 1] = "0000-00-00T00:00:00.000Z";
	const char *zone = s + 19 + (strlen(s) > 19 && s[19] == '.' ? strspn(s + 20, "0123456789") + 1 : 0);
	int64_t t;

	if (strlen(s) < 20 || (strcmp(zone, "Z") != 0 && strcmp(zone, "+00:00") != 0))
		return -1;
	memcpy(text, s, 19);
	return clock_parse(&t, text) == 0 ? t : -1;
}

/* A number, true, false or null. */
static int answer_word(struct json_scan *s, struct secret *out, struct err *e)
{
	int c;

	while ((c = json_scan_at(s, 0)) > ' ' && c != ',' && c != '}') {
		const char byte = (char)c;

		if (c == '{' || c == '[' || secret_append(out, &byte, 1, NULL) != 0)
			return json_scan_error(s, e, "a value is of the wrong kind.");
		json_scan_step(s);
	}
	return 0;
}

static int answer_is(const struct answer *a, const char *name)
{
	return a->name->len == strlen(name) && memcmp(a->name->data, name, a->name->len) == 0;
}

/* Takes the member over; *into is where its value belongs. */
static int answer_member(struct answer *a, int is_text, const struct json_scan *s, struct err *e)
{
	struct secret **into = answer_is(a, "AccessKeyId") ? &a->id :
	    answer_is(a, "SecretAccessKey") ? &a->key :
	    answer_is(a, "SessionToken") ? &a->token : NULL;
	const char *value = (const char *)a->value->data;

	if (answer_is(a, "Version")) {
		if (a->version != 0 || is_text || strcmp(value, "1") != 0)
			return json_scan_error(s, e, "\"Version\" is not 1.");
		a->version = 1;
	} else if (answer_is(a, "Expiration") && is_text) {
		a->expires = answer_time(value);
		if (a->expires < 0)
			return json_scan_error(s, e, "\"Expiration\" is no time.");
	} else if (into != NULL && (is_text || strcmp(value, "null") != 0)) {
		if (!is_text || *into != NULL)
			return json_scan_error(s, e, "a credential is no string, or stands here twice.");
		return secret_from(into, a->value->data, a->value->len, e);
	}
	return 0;
}

static int answer_object(struct answer *a, struct json_scan *s, struct err *e)
{
	int r = json_scan_take(s, '{', e), next = 0, is_text;

	if (r == 0 && json_scan_peek(s, e) == '}')
		return json_scan_take(s, '}', e);
	while (r == 0 && next != '}') {
		secret_wipe(a->name);
		secret_wipe(a->value);
		if (json_scan_peek(s, e) < 0)
			return ERR_INPUT;
		r = json_scan_string(s, a->name, e);
		if (r == 0)
			r = json_scan_take(s, ':', e);
		if (r == 0 && json_scan_peek(s, e) < 0)
			r = ERR_INPUT;
		is_text = json_scan_at(s, 0) == '"';
		if (r == 0)
			r = is_text ? json_scan_string(s, a->value, e) : answer_word(s, a->value, e);
		if (r == 0)
			r = answer_member(a, is_text, s, e);
		if (r == 0)
			next = json_scan_peek(s, e);
		if (r == 0)
			r = json_scan_take(s, next == '}' ? '}' : ',', e);
	}
	if (r == 0 && json_scan_peek(s, e) != 0)
		r = json_scan_error(s, e, "nothing may stand behind the last `}`.");
	return r;
}

int credentials_from_json(struct aws_credentials *c, const struct secret *text, const char *where,
    struct err *e)
{
	struct answer a = { .version = 0 };
	struct json_scan s;
	int r;

	json_scan_init(&s, text->data, text->len, where, ERR_INPUT);
	r = secret_new(&a.name, 256, e);
	if (r == 0)
		r = secret_new(&a.value, AWS_TOKEN_MAX, e);
	if (r == 0)
		r = answer_object(&a, &s, e);
	if (r == 0 && (a.version != 1 || a.id == NULL || a.key == NULL))
		r = err_set(e, ERR_INPUT, "%s: \"Version\", \"AccessKeyId\" or \"SecretAccessKey\" is "
		    "missing.", where);
	if (r == 0)
		r = credentials_take(c, (const char *)a.id->data, a.id->len, a.key->data, a.key->len,
		    a.token == NULL ? NULL : a.token->data, a.token == NULL ? 0 : a.token->len, where, e);
	c->expires = a.expires;
	secret_free(&a.name);
	secret_free(&a.value);
	secret_free(&a.id);
	secret_free(&a.key);
	secret_free(&a.token);
	return r;
}
