/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/otpauth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

void otpauth_free(struct otpauth **o)
{
	if (*o == NULL)
		return;
	totp_clear(&(*o)->totp);
	free(*o);
	*o = NULL;
}

/* Appends text, percent-encoded but for RFC 3986's unreserved characters. */
static int put_encoded(struct secret *out, const char *text, struct err *e)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~";
	int r = 0;

	for (; r == 0 && *text != '\0'; text++) {
		char hex[4];

		if (strchr(plain, *text) != NULL) {
			r = secret_append(out, text, 1, e);
		} else {
			(void)snprintf(hex, sizeof(hex), "%%%02X", (unsigned char)*text);
			r = secret_append(out, hex, 3, e);
		}
	}
	return r;
}

static int put_text(struct secret *out, const char *text, struct err *e)
{
	return secret_append(out, text, strlen(text), e);
}

/* issuer:account, the colon only when there is an issuer. */
static int put_label(struct secret *out, const struct otpauth *o, struct err *e)
{
	int r = 0;

	if (o->issuer[0] != '\0') {
		r = put_encoded(out, o->issuer, e);
		if (r == 0)
			r = put_text(out, ":", e);
	}
	return r != 0 ? r : put_encoded(out, o->account, e);
}

int otpauth_write(struct secret **uri, const struct otpauth *o, struct err *e)
{
	struct secret *s = NULL;
	char rest[64];
	int r;

	*uri = NULL;
	r = totp_check(&o->totp, e);
	if (r == 0)
		r = secret_new(&s, OTPAUTH_URI_MAX, e);
	if (r == 0)
		r = put_text(s, "otpauth://totp/", e);
	if (r == 0)
		r = put_label(s, o, e);
	if (r == 0)
		r = put_text(s, "?secret=", e);
	if (r == 0) {
		const size_t n = (o->totp.key->len * 8 + 4) / 5;

		if (n > s->cap - s->len) {
			r = err_set(e, ERR_INPUT, "The TOTP account's name is too long.");
		} else {
			base32_encode((char *)s->data + s->len, o->totp.key->data, o->totp.key->len);
			s->len += n;
		}
	}
	if (r == 0) {
		(void)snprintf(rest, sizeof(rest), "&algorithm=%s&digits=%u&period=%u",
		    totp_algorithm_name(o->totp.algorithm), o->totp.digits, o->totp.period);
		r = put_text(s, rest, e);
	}
	if (r == 0) {
		*uri = s;
		s = NULL;
	}
	secret_free(&s);
	return r;
}
