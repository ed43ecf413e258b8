/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything in which one maker's security keys differ from another's, as two const tables: the
 * quirks with their values, and the profiles that group them.
 */
#include <stdlib.h>
#include <string.h>

#include "quirk.h"

#define NUMBER NULL	/* choices of a quirk which is a plain number */
#define DOTTED ""	/* choices of a quirk which is a dotted version */

static const struct {
	const char *name;
	const char *choices;	/* "a|b|c" */
	int min, max, def;	/* numbers only */
	const char *help;
} quirks[Q_COUNT] = {
	[Q_CTAP] = { "ctap", "2.0|2.1pre|2.1", 0, 0, CTAP_21, "version of the protocol" },
	[Q_MODEL] = { "model", "softkey|softkey20|softkeyfp|yubikey5|yubikey57", 0, 0, 0, "which constant AAGUID" },
	[Q_FIRMWARE] = { "firmware", DOTTED, 0, 0xffffff, 0x010000, "firmware version, a.b.c" },
	[Q_ATTESTATION] = { "attestation", "x5c|self|none|foreign", 0, 0, ATT_X5C,
	    "packed with certificate, packed self, none, or a certificate of an unknown maker" },
	[Q_ALGS] = { "algs", "es256+eddsa|es256", 0, 0, ALGS_BOTH, "signature algorithms" },
	[Q_ALGS_LISTED] = { "algs-listed", "no|yes", 0, 0, YES, "algorithms listed in getInfo" },
	[Q_PIN_PROTOCOLS] = { "pin-protocols", "1+2|1|2", 0, 0, PROTO_12, "PIN/UV auth protocols" },
	[Q_MAKE_CRED_UV] = { "make-cred-uv", "optional|required|unlisted", 0, 0, MCUV_OPTIONAL,
	    "PIN to make a credential (makeCredUvNotRqd true, false, absent)" },
	[Q_PIN_BLOCK_REPLUGS] = { "pin-block-replugs", NUMBER, 0, 9, 1,
	    "power cycles that end PIN_AUTH_BLOCKED, 0 for none" },
	[Q_HMAC] = { "hmac-secret", "two|one|off", 0, 0, HMAC_TWO,
	    "secrets with and without UV differ, are one, or no extension" },
	[Q_HMAC_UNCREATED] = { "hmac-uncreated", "ignore|answer", 0, 0, UNCREATED_IGNORE,
	    "hmac-secret for a credential made without it" },
	[Q_HMAC_NOUP] = { "hmac-noup", "unsupported|invalid|answer", 0, 0, NOUP_UNSUPPORTED, "hmac-secret with up=false" },
	[Q_CRED_PROTECT] = { "cred-protect", "on|ignored|unlisted", 0, 0, CP_ON, "credProtect: honoured, listed only, or unknown" },
	[Q_CRED_PROTECT3] = { "cred-protect3", "no-credentials|pin-required", 0, 0, CP3_NO_CREDENTIALS,
	    "what credProtect 3 answers to a request without UV" },
	[Q_ALWAYS_UV] = { "always-uv", "no|yes", 0, 0, NO, "alwaysUv" },
	[Q_PREFLIGHT] = { "preflight", "works|no-credentials|pin-required|refused", 0, 0, PREFLIGHT_WORKS,
	    "getAssertion with up=false and no UV" },
	[Q_UV] = { "uv", "none|fingerprint", 0, 0, UV_NONE, "built-in user verification" },
	[Q_UV_AUTO] = { "uv-auto", "no|yes", 0, 0, NO, "with a finger enrolled every touch verifies the user, asked for or not" },
	[Q_ALLOW_PICK] = { "allow-pick", "first|last", 0, 0, PICK_FIRST, "which known credential of an allow list answers" },
	[Q_MAX_CREDS] = { "max-creds", NUMBER, 0, 64, 16, "maxCredentialCountInList, 0 for absent" },
	[Q_UNKNOWN_CRED] = { "unknown-cred", "at-once|touch-first", 0, 0, UNKNOWN_AT_ONCE, "when NO_CREDENTIALS is said" },
	[Q_NO_TOUCH] = { "no-touch", "operation-denied|action-timeout|user-action-timeout", 0, 0, NOTOUCH_DENIED,
	    "code for no touch, or a refused one" },
	[Q_TOUCH_TIMEOUT] = { "touch-timeout", NUMBER, 1, 600000, 30000, "ms that a touch is waited for" },
	[Q_CANCEL] = { "cancel", "clean|stray", 0, 0, CANCEL_CLEAN, "a stray reply is left after a cancel" },
	[Q_ABANDONED] = { "abandoned", "keep|cancel", 0, 0, ABANDONED_KEEP,
	    "an operation whose program has gone goes on blinking, as hardware does, or ends" },
	[Q_ID_LEN] = { "id-len", NUMBER, 64, 255, 70, "bytes of a credential id" },
	[Q_COUNTER] = { "counter", "key|credential|volatile|zero", 0, 0, COUNTER_KEY, "signature counter" },
	[Q_USER_MAX] = { "user-max", NUMBER, 0, 1024, 0, "largest user entity in bytes of CBOR, 0 for any" },
	[Q_RK] = { "rk", "no|yes", 0, 0, YES, "resident credentials" },
	[Q_RK_MAX] = { "rk-max", NUMBER, 1, 50, 25, "how many of them" },
	[Q_U2F] = { "u2f", "no|yes", 0, 0, YES, "CTAP1/U2F" },
	[Q_FIDO2] = { "fido2", "no|yes", 0, 0, YES, "CTAP2; without it the key is an old U2F one" },
	[Q_RESET_WINDOW] = { "reset-window", NUMBER, 0, 600000, 10000, "ms after power-up in which reset is allowed, 0 for always" },
	[Q_KEEPALIVE] = { "keepalive", NUMBER, 1, 10000, 100, "ms between keepalives" },
};

static const struct {
	const char *name;
	const char *settings;
	const char *help;
} profiles[] = {
	{ "default", "", "a faithful CTAP 2.1 key" },
	{ "ctap20", "ctap=2.0 model=softkey20 hmac-secret=one cred-protect=unlisted pin-protocols=1 make-cred-uv=unlisted "
	    "algs-listed=no max-creds=0", "CTAP 2.0: one secret for both, no credProtect: the PIN protects nothing" },
	{ "ctap21pre", "ctap=2.1pre pin-protocols=1 make-cred-uv=unlisted max-creds=8",
	    "FIDO_2_1_PRE: credProtect and previews, no permissions" },
	{ "uv-change", "uv=fingerprint model=softkeyfp uv-auto=yes", "has a reader and no finger yet: `ctl fingerprint enrol' switches built-in UV on" },
	{ "fingerprint", "uv=fingerprint model=softkeyfp", "built-in UV, enrolled from the start" },
	{ "one-secret", "hmac-secret=one", "hmac-secret is the same with and without UV" },
	{ "no-hmac", "hmac-secret=off", "has no hmac-secret" },
	{ "hmac-uncreated", "hmac-uncreated=answer", "answers hmac-secret for credentials made without it" },
	{ "hmac-noup", "hmac-noup=answer", "answers hmac-secret with up=false" },
	{ "hmac-noup-invalid", "hmac-noup=invalid", "says INVALID_OPTION to hmac-secret with up=false" },
	{ "protect-ignored", "cred-protect=ignored", "lists credProtect and does not honour it" },
	{ "protect3-pin", "cred-protect3=pin-required", "asks for the PIN where credProtect 3 should hide the credential" },
	{ "always-uv", "always-uv=yes preflight=no-credentials make-cred-uv=required",
	    "alwaysUv: without UV every credential is hidden, pre-flight too" },
	{ "preflight-broken", "preflight=refused", "refuses up=false" },
	{ "pick-last", "allow-pick=last", "the last known credential of an allow list answers" },
	{ "list8", "max-creds=8 id-len=134", "8 credentials in an allow list, ids of 134 bytes" },
	{ "list20", "max-creds=20 id-len=176", "20 credentials in an allow list, ids of 176 bytes" },
	{ "list-absent", "max-creds=0", "does not say how many credentials an allow list may have" },
	{ "touch-first", "unknown-cred=touch-first no-touch=action-timeout",
	    "wants a touch before NO_CREDENTIALS; says ACTION_TIMEOUT" },
	{ "user-timeout", "no-touch=user-action-timeout", "says USER_ACTION_TIMEOUT where nobody touches" },
	{ "stray-cancel", "cancel=stray", "leaves a stray reply after a cancel" },
	{ "self-attestation", "attestation=self id-len=134", "packed self attestation without x5c" },
	{ "no-attestation", "attestation=none algs=es256 algs-listed=no", "attestation format none, ES256 alone, no list of algorithms" },
	{ "foreign-attestation", "attestation=foreign", "a certificate that does not chain to the softkey root" },
	{ "es256", "algs=es256", "ES256 only" },
	{ "protocol1", "pin-protocols=1", "PIN protocol 1 only" },
	{ "protocol2", "pin-protocols=2", "PIN protocol 2 only" },
	{ "pin-to-create", "make-cred-uv=required", "needs the PIN even to make a credential" },
	{ "counter-credential", "counter=credential", "one counter a credential" },
	{ "counter-volatile", "counter=volatile", "counter restarts on a power cycle" },
	{ "counter-zero", "counter=zero", "counter stays at 0" },
	{ "small-user", "user-max=48", "refuses large user entities" },
	{ "sticky-block", "pin-block-replugs=2", "PIN_AUTH_BLOCKED outlasts the first power cycle" },
	{ "eucleak", "model=yubikey5 firmware=5.4.3", "AAGUID and firmware of a key affected by EUCLEAK" },
	{ "eucleak-fixed", "model=yubikey57 firmware=5.7.1", "the same maker's key after EUCLEAK" },
	{ "u2f-only", "fido2=no", "an old U2F key: no CTAP2 at all" },
	{ "u2f-off", "u2f=no", "no CTAP1" },
};

/* Made up for softkey, but for the last two: those are what a program that knows EUCLEAK looks for. */
static const uint8_t aaguids[][16] = {
	{ 0x50, 0xf7, 0x6b, 0x65, 0x79, 0x21, 0x4a, 0x11, 0x9d, 0x51, 0x00, 0x73, 0x6b, 0x65, 0x79, 0x01 },
	{ 0x50, 0xf7, 0x6b, 0x65, 0x79, 0x20, 0x4a, 0x11, 0x9d, 0x51, 0x00, 0x73, 0x6b, 0x65, 0x79, 0x02 },
	{ 0x50, 0xf7, 0x6b, 0x65, 0x79, 0xf0, 0x4a, 0x11, 0x9d, 0x51, 0x00, 0x73, 0x6b, 0x65, 0x79, 0x03 },
	{ 0x2f, 0xc0, 0x57, 0x9f, 0x81, 0x13, 0x47, 0xea, 0xb1, 0x16, 0xbb, 0x5a, 0x8d, 0xb9, 0x20, 0x2a },
	{ 0xa2, 0x5f, 0x53, 0x42, 0xb1, 0x2a, 0x4d, 0xe3, 0xa8, 0xae, 0xc8, 0xde, 0x25, 0x66, 0x8e, 0xa5 },
};

void
quirk_defaults(struct quirks *q)
{
	for (size_t i = 0; i < Q_COUNT; i++)
		q->v[i] = quirks[i].def;
}

/* The index of word in "a|b|c", or -1. */
static int
choice_index(const char *choices, const char *word)
{
	size_t n = strlen(word);
	int at = 0;

	for (const char *p = choices; *p != '\0'; at++) {
		size_t len = strcspn(p, "|");

		if (len == n && memcmp(p, word, n) == 0)
			return at;
		p += len + (p[len] == '|');
	}
	return -1;
}

static int
version_parse(const char *s)
{
	int out = 0;

	for (int i = 0; i < 3; i++) {
		char *end;
		long part = strtol(s, &end, 10);

		if (*s < '0' || *s > '9' || part > 255 || *end != (i < 2 ? '.' : '\0'))
			return -1;
		out = out << 8 | (int)part;
		s = end + 1;
	}
	return out;
}

bool
quirk_set(struct quirks *q, const char *setting)
{
	const char *eq = strchr(setting, '=');
	char *end;
	long n;

	if (eq == NULL)
		return false;
	for (size_t i = 0; i < Q_COUNT; i++) {
		if (strlen(quirks[i].name) != (size_t)(eq - setting) ||
		    memcmp(quirks[i].name, setting, (size_t)(eq - setting)) != 0)
			continue;
		if (quirks[i].choices == NUMBER) {
			n = strtol(eq + 1, &end, 10);
			if (eq[1] < '0' || eq[1] > '9' || *end != '\0' || n < quirks[i].min || n > quirks[i].max)
				return false;
		} else if (*quirks[i].choices == '\0') {
			n = version_parse(eq + 1);
		} else {
			n = choice_index(quirks[i].choices, eq + 1);
		}
		if (n < 0)
			return false;
		q->v[i] = (int)n;
		return true;
	}
	return false;
}

bool
quirk_profile(struct quirks *q, const char *name)
{
	char one[64];

	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
		if (strcmp(profiles[i].name, name) != 0)
			continue;
		for (const char *p = profiles[i].settings; *p != '\0';) {
			size_t n = strcspn(p, " ");

			if (n >= sizeof one)
				return false;
			memcpy(one, p, n);
			one[n] = '\0';
			if (!quirk_set(q, one))
				return false;
			p += n + (p[n] == ' ');
		}
		return true;
	}
	return false;
}

void
quirk_write(const struct quirks *q, FILE *f)
{
	for (size_t i = 0; i < Q_COUNT; i++) {
		const char *p = quirks[i].choices;
		int v = q->v[i];

		fprintf(f, "%s=", quirks[i].name);
		if (p == NUMBER) {
			fprintf(f, "%d\n", v);
		} else if (*p == '\0') {
			fprintf(f, "%d.%d.%d\n", v >> 16 & 255, v >> 8 & 255, v & 255);
		} else {
			for (; v > 0; v--)
				p = strchr(p, '|') + 1;
			fprintf(f, "%.*s\n", (int)strcspn(p, "|"), p);
		}
	}
}

void
quirk_list_profiles(FILE *f)
{
	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
		fprintf(f, "%-20s %s\n", profiles[i].name, profiles[i].help);
}

void
quirk_list_quirks(FILE *f)
{
	for (size_t i = 0; i < Q_COUNT; i++) {
		if (quirks[i].choices == NUMBER)
			fprintf(f, "%s=%d..%d (%d)", quirks[i].name, quirks[i].min, quirks[i].max, quirks[i].def);
		else if (*quirks[i].choices == '\0')
			fprintf(f, "%s=A.B.C", quirks[i].name);
		else
			fprintf(f, "%s=%s", quirks[i].name, quirks[i].choices);
		fprintf(f, "\n\t%s\n", quirks[i].help);
	}
}

const uint8_t *
quirk_aaguid(const struct quirks *q)
{
	return aaguids[q->v[Q_MODEL]];
}
