/* SPDX-License-Identifier: BSD-2-Clause */
/* otpauth URIs and bare seeds: what is taken is written in one form, which
 * reads as itself and gives codes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vault/otpauth.h"

static struct secret *written(const struct otpauth *o)
{
	struct secret *uri;

	/* Only a name that triples when it is encoded may be too long. */
	if (otpauth_write(&uri, o, NULL) != 0) {
		if (3 * (strlen(o->issuer) + strlen(o->account)) + 300 < OTPAUTH_URI_MAX)
			abort();
		return NULL;
	}
	return uri;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret *text = NULL, *one = NULL, *two = NULL, *code = NULL;
	struct otpauth *o = NULL, *again = NULL;

	if (size > 4096 || secret_from(&text, data, size, NULL) != 0)
		return 0;
	if (otpauth_parse(&o, text, NULL) == 0 && (one = written(o)) != NULL) {
		if (otpauth_parse(&again, one, NULL) != 0 || (two = written(again)) == NULL ||
		    one->len != two->len || memcmp(one->data, two->data, one->len) != 0 ||
		    strcmp(o->issuer, again->issuer) != 0 || strcmp(o->account, again->account) != 0)
			abort();
		if (totp_code(&code, &o->totp, INT64_C(1700000000000), 0, NULL) != 0 ||
		    code->len != o->totp.digits)
			abort();
	}
	secret_free(&code);
	secret_free(&one);
	secret_free(&two);
	secret_free(&text);
	otpauth_free(&o);
	otpauth_free(&again);
	return 0;
}
