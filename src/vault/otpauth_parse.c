/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/otpauth.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/text.h"

/* A part of the text being parsed. */
struct span {
	const char *p;
	size_t len;
};

enum param { PARAM_SECRET, PARAM_ISSUER, PARAM_ALGORITHM, PARAM_DIGITS, PARAM_PERIOD, PARAM_N };

static const char *const param_names[PARAM_N] = {
	"secret", "issuer", "algorithm", "digits", "period"
};

static int span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

/* The same, upper and lower case alike. */
static int span_is_any_case(struct span s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.p, text, s.len) == 0;
}

/* Takes what stands before the first c off s, and c too.  When there is no c:
 * all of it, and s->p becomes NULL. */
static struct span span_cut(struct span *s, char c)
{
	const char *at = s->len > 0 ? memchr(s->p, c, s->len) : NULL;
	struct span head = *s;

	if (at == NULL) {
		s->p = NULL;
		s->len = 0;
	} else {
		head.len = (size_t)(at - s->p);
		s->p = at + 1;
		s->len -= head.len + 1;
	}
	return head;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 3986 section 2.1 into out; '+' is a plus sign.  -1 when it is broken or
 * does not fit. */
static int percent_decode(struct secret *out, struct span s)
{
	size_t i;

	secret_wipe(out);
	for (i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '%') {
			if (s.len - i < 3 || hex_digit(s.p[i + 1]) < 0 || hex_digit(s.p[i + 2]) < 0)
				return -1;
			c = (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]));
			i += 2;
		}
		if (secret_append(out, &c, 1, NULL) != 0)
			return -1;
	}
	return 0;
}

/* A name for people: clean text without a colon. */
static int otpauth_name(char out[OTPAUTH_LABEL_MAX + 1], const char *p, size_t len, struct err *e)
{
	while (len > 0 && *p == ' ') {
		p++;
		len--;
	}
	if (len > OTPAUTH_LABEL_MAX || !text_clean(p, len) ||
	    (len > 0 && memchr(p, ':', len) != NULL))
		return err_set(e, ERR_INPUT, "The otpauth URI's issuer or account is too long, holds "
		    "a colon, or characters that cannot be seen.");
	memcpy(out, p, len);
	out[len] = '\0';
	return 0;
}

/* issuer:account or account; the colon may be encoded. */
static int otpauth_label(struct otpauth *o, struct span s, struct secret *tmp, struct err *e)
{
	struct span rest, issuer;
	int r = 0;

	if (percent_decode(tmp, s) != 0)
		return err_set(e, ERR_INPUT, "The otpauth URI's label is too long or not properly "
		    "percent-encoded.");
	rest = (struct span){ (const char *)tmp->data, tmp->len };
	issuer = span_cut(&rest, ':');
	if (rest.p == NULL)
		return otpauth_name(o->account, issuer.p, issuer.len, e);
	r = otpauth_name(o->issuer, issuer.p, issuer.len, e);
	return r != 0 ? r : otpauth_name(o->account, rest.p, rest.len, e);
}

static int otpauth_secret(struct otpauth *o, struct span s, struct err *e)
{
	struct secret *key = NULL;
	size_t len = 0;
	int r = secret_new(&key, TOTP_KEY_MAX, e);

	if (r != 0)
		return r;
	if (base32_decode(key->data, key->cap, &len, s.p, s.len) != 0)
		r = err_set(e, ERR_INPUT, "The TOTP seed is not base32 (letters A to Z and digits 2 "
		    "to 7), cut short, or longer than %d bytes.", TOTP_KEY_MAX);
	else if (len < TOTP_KEY_MIN)
		r = err_set(e, ERR_INPUT, "The TOTP seed is too short: %d base32 characters at least.",
		    TOTP_KEY_MIN * 8 / 5);
	if (r != 0) {
		secret_free(&key);
		return r;
	}
	key->len = len;
	o->totp.key = key;
	return 0;
}

/* One to three digits without a leading zero. */
static int otpauth_number(unsigned *out, struct span s, const char *name, struct err *e)
{
	unsigned v = 0;
	size_t i;

	for (i = 0; i < s.len && i < 4 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = v * 10 + (unsigned)(s.p[i] - '0');
	if (i != s.len || i == 0 || i > 3 || s.p[0] == '0')
		return err_set(e, ERR_INPUT, "The otpauth URI's %s is no number.", name);
	*out = v;
	return 0;
}

static int otpauth_algorithm(struct otpauth *o, struct span s, struct err *e)
{
	enum totp_algorithm a;

	for (a = TOTP_SHA1; a <= TOTP_SHA512; a++)
		if (span_is_any_case(s, totp_algorithm_name(a))) {
			o->totp.algorithm = a;
			return 0;
		}
	return err_set(e, ERR_INPUT, "The otpauth URI's algorithm is none of SHA1, SHA256, SHA512.");
}

static int otpauth_param(struct otpauth *o, enum param which, const struct secret *value,
    struct err *e)
{
	const struct span s = { (const char *)value->data, value->len };

	switch (which) {
	case PARAM_SECRET:
		return otpauth_secret(o, s, e);
	case PARAM_ISSUER:
		return otpauth_name(o->issuer, s.p, s.len, e);
	case PARAM_ALGORITHM:
		return otpauth_algorithm(o, s, e);
	case PARAM_DIGITS:
		return otpauth_number(&o->totp.digits, s, "number of digits", e);
	case PARAM_PERIOD:
		return otpauth_number(&o->totp.period, s, "period", e);
	case PARAM_N:
		break;
	}
	return err_set(e, ERR_INTERNAL, "No such parameter.");
}

static int otpauth_unknown(struct err *e)
{
	(void)err_set(e, ERR_INPUT, "The otpauth URI has a parameter other than secret, issuer, "
	    "algorithm, digits and period.");
	(void)err_hint(e, "It might change the codes. If it does not, leave it out.");
	return ERR_INPUT;
}

static int otpauth_query(struct otpauth *o, struct span query, struct secret *tmp, struct err *e)
{
	int seen[PARAM_N] = { 0 }, r = 0;

	while (r == 0 && query.p != NULL) {
		struct span value = span_cut(&query, '&');
		const struct span name = span_cut(&value, '=');
		int which = 0;

		while (which < PARAM_N && !span_is(name, param_names[which]))
			which++;
		if (which == PARAM_N)
			return otpauth_unknown(e);
		if (value.p == NULL || value.len == 0 || seen[which]++)
			return err_set(e, ERR_INPUT, "The otpauth URI's %s is empty or given twice.",
			    param_names[which]);
		if (percent_decode(tmp, value) != 0)
			return err_set(e, ERR_INPUT, "The otpauth URI's %s is too long or not properly "
			    "percent-encoded.", param_names[which]);
		r = otpauth_param(o, (enum param)which, tmp, e);
	}
	if (r == 0 && !seen[PARAM_SECRET])
		r = err_set(e, ERR_INPUT, "The otpauth URI holds no secret.");
	return r;
}

static int otpauth_uri(struct otpauth *o, struct span s, struct err *e)
{
	struct secret *tmp = NULL;
	struct span type, label;
	int r;

	/* Behind "otpauth://": type "/" label "?" parameters. */
	type = span_cut(&s, '/');
	if (s.p == NULL || !span_is_any_case(type, "totp")) {
		(void)err_set(e, ERR_INPUT, "Only otpauth://totp/ URIs can be used.");
		(void)err_hint(e, "Counter-based codes (hotp) get out of step in a vault.");
		return ERR_INPUT;
	}
	if (s.len > 0 && memchr(s.p, '#', s.len) != NULL)
		return err_set(e, ERR_INPUT, "An otpauth URI has no `#`.");
	label = span_cut(&s, '?');
	r = secret_new(&tmp, OTPAUTH_URI_MAX, e);
	if (r == 0)
		r = otpauth_label(o, label, tmp, e);
	if (r == 0)
		r = otpauth_query(o, s, tmp, e);
	secret_free(&tmp);
	return r;
}

static int is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span span_trim(const struct secret *text)
{
	struct span s = { (const char *)text->data, text->len };

	while (s.len > 0 && is_space(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.p[s.len - 1]))
		s.len--;
	return s;
}

int otpauth_parse(struct otpauth **out, const struct secret *text, struct err *e)
{
	static const char scheme[] = "otpauth://";
	struct span s = span_trim(text);
	struct otpauth *o;
	int r;

	*out = NULL;
	if (s.len > OTPAUTH_URI_MAX)
		return err_set(e, ERR_INPUT, "An otpauth URI has %d bytes at most.", OTPAUTH_URI_MAX);
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	o->totp.digits = 6;
	o->totp.period = 30;
	if (s.len >= sizeof(scheme) - 1 && strncasecmp(s.p, scheme, sizeof(scheme) - 1) == 0) {
		s.p += sizeof(scheme) - 1;
		s.len -= sizeof(scheme) - 1;
		r = otpauth_uri(o, s, e);
	} else {
		r = otpauth_secret(o, s, e);
	}
	if (r == 0)
		r = totp_check(&o->totp, e);
	if (r == 0) {
		*out = o;
		o = NULL;
	}
	otpauth_free(&o);
	return r;
}
