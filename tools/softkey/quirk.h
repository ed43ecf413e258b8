/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_QUIRK_H
#define SOFTKEY_QUIRK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One number per quirk. Choices count from 0 in the order of the table in quirk.c. */
enum quirk_id {
	Q_CTAP,
	Q_MODEL,
	Q_FIRMWARE,
	Q_ATTESTATION,
	Q_ALGS,
	Q_ALGS_LISTED,
	Q_PIN_PROTOCOLS,
	Q_MAKE_CRED_UV,
	Q_PIN_BLOCK_REPLUGS,
	Q_HMAC,
	Q_HMAC_UNCREATED,
	Q_HMAC_NOUP,
	Q_CRED_PROTECT,
	Q_CRED_PROTECT3,
	Q_ALWAYS_UV,
	Q_PREFLIGHT,
	Q_UV,
	Q_UV_AUTO,
	Q_ALLOW_PICK,
	Q_MAX_CREDS,
	Q_UNKNOWN_CRED,
	Q_NO_TOUCH,
	Q_TOUCH_TIMEOUT,
	Q_CANCEL,
	Q_ABANDONED,
	Q_ID_LEN,
	Q_COUNTER,
	Q_USER_MAX,
	Q_RK,
	Q_RK_MAX,
	Q_U2F,
	Q_FIDO2,
	Q_RESET_WINDOW,
	Q_KEEPALIVE,
	Q_COUNT
};

enum { CTAP_20, CTAP_21PRE, CTAP_21 };
enum { ATT_X5C, ATT_SELF, ATT_NONE, ATT_FOREIGN };
enum { ALGS_BOTH, ALGS_ES256 };
enum { PROTO_12, PROTO_1, PROTO_2 };
enum { MCUV_OPTIONAL, MCUV_REQUIRED, MCUV_UNLISTED };
enum { HMAC_TWO, HMAC_ONE, HMAC_OFF };
enum { UNCREATED_IGNORE, UNCREATED_ANSWER };
enum { NOUP_UNSUPPORTED, NOUP_INVALID, NOUP_ANSWER };
enum { CP_ON, CP_IGNORED, CP_UNLISTED };
enum { CP3_NO_CREDENTIALS, CP3_PIN_REQUIRED };
enum { PREFLIGHT_WORKS, PREFLIGHT_NO_CREDENTIALS, PREFLIGHT_PIN_REQUIRED, PREFLIGHT_REFUSED };
enum { UV_NONE, UV_FINGERPRINT };
enum { PICK_FIRST, PICK_LAST };
enum { UNKNOWN_AT_ONCE, UNKNOWN_TOUCH_FIRST };
enum { NOTOUCH_DENIED, NOTOUCH_ACTION_TIMEOUT, NOTOUCH_USER_ACTION_TIMEOUT };
enum { CANCEL_CLEAN, CANCEL_STRAY };
enum { ABANDONED_KEEP, ABANDONED_CANCEL };
enum { COUNTER_KEY, COUNTER_CREDENTIAL, COUNTER_VOLATILE, COUNTER_ZERO };
enum { NO, YES };

struct quirks {
	int v[Q_COUNT];
};

/* The faithful CTAP 2.1 key: every quirk at its default. */
void quirk_defaults(struct quirks *q);

/* Applies the named profile's settings on top of q. False: there is no such profile. */
bool quirk_profile(struct quirks *q, const char *name);

/* Applies one "name=value". False: unknown name, or a value outside the table. */
bool quirk_set(struct quirks *q, const char *setting);

/* Writes every quirk as a "name=value" line, as quirk_set reads it. */
void quirk_write(const struct quirks *q, FILE *f);

/* Lists for people: profiles, and quirks with their values. */
void quirk_list_profiles(FILE *f);
void quirk_list_quirks(FILE *f);

/* The AAGUID of the chosen model: 16 bytes, constant. */
const uint8_t *quirk_aaguid(const struct quirks *q);

#endif
