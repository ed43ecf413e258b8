/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_OTPAUTH_H
#define TWOKEY_VAULT_OTPAUTH_H

#include "vault/totp.h"

/*
 * otpauth://totp/ URIs (Google's Key URI Format) and bare base32 seeds.
 * Absent parameters have the format's defaults: SHA1, 6 digits, 30 seconds.
 */
#define OTPAUTH_URI_MAX 2048	/* bytes */
#define OTPAUTH_LABEL_MAX 256	/* bytes, decoded */

struct otpauth {
	struct totp totp;
	char issuer[OTPAUTH_LABEL_MAX + 1];	/* "" when not named */
	char account[OTPAUTH_LABEL_MAX + 1];	/* "" when not named */
};

/*
 * Parses either form; surrounding white space is skipped.  Refused
 * (ERR_INPUT, never quoting the text): hotp, a fragment, broken percent-encoding, a
 * parameter given twice, `counter` or one that the format does not
 * name (it might change the codes), an issuer or account that is no clean text,
 * a seed under TOTP_KEY_MIN bytes.  *out is owned by the caller.
 */
int otpauth_parse(struct otpauth **out, const struct secret *text, struct err *e);

/* The form that is sealed (docs/formats.md section 5):
 * otpauth://totp/LABEL?secret=S&algorithm=A&digits=D&period=P */
int otpauth_write(struct secret **uri, const struct otpauth *o, struct err *e);

void otpauth_free(struct otpauth **o);

#endif
