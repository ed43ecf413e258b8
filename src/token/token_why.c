/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_why.h"

#include <errno.h>
#include <stddef.h>

#define HINT_AGAIN "Try again."
#define HINT_REPLUG "Unplug it, plug it in again and retry."
#define HINT_REPORT "Unplug it, plug it in again and retry; if it happens again, use another key."
#define HINT_TOUCH "Retry, and touch the key when it blinks."
#define HINT_FEATURE "Use a FIDO2 key with a PIN and hmac-secret; see twokey(1) for what is needed."
#define HINT_SPACE "Remove credentials that are no longer needed with the maker's tool."
#define HINT_SETPIN "Set a PIN with the maker's tool or `fido2-token -S`, then retry."
#define TEXT_ODD "did not understand the request"

/* Codes as in <fido/err.h> of libfido2; a test compares the two. */
static const struct why_row why_rows[] = {
	{ 0x00, "SUCCESS", ERR_INTERNAL, "reported success as an error", HINT_REPORT },
	{ 0x01, "INVALID_COMMAND", ERR_TOKEN, "does not know the command", HINT_FEATURE },
	{ 0x02, "INVALID_PARAMETER", ERR_TOKEN, TEXT_ODD, HINT_REPORT },
	{ 0x03, "INVALID_LENGTH", ERR_TOKEN, TEXT_ODD, HINT_REPORT },
	{ 0x04, "INVALID_SEQ", ERR_TOKEN, "lost part of the conversation", HINT_REPLUG },
	{ 0x05, "TIMEOUT", ERR_TOKEN, "gave up waiting for the rest of a message", HINT_REPLUG },
	{ 0x06, "CHANNEL_BUSY", ERR_TOKEN, "is busy with another program",
	    "Finish or close what else uses it (a browser, ssh), then retry." },
	{ 0x0a, "LOCK_REQUIRED", ERR_TOKEN, "is reserved by another program",
	    "Finish or close what else uses it (a browser, ssh), then retry." },
	{ 0x0b, "INVALID_CHANNEL", ERR_TOKEN, "lost the conversation", HINT_REPLUG },
	{ 0x11, "CBOR_UNEXPECTED_TYPE", ERR_TOKEN, TEXT_ODD, HINT_REPORT },
	{ 0x12, "INVALID_CBOR", ERR_TOKEN, TEXT_ODD, HINT_REPORT },
	{ 0x14, "MISSING_PARAMETER", ERR_TOKEN, TEXT_ODD, HINT_REPORT },
	{ 0x15, "LIMIT_EXCEEDED", ERR_TOKEN, "cannot take a request of this size", HINT_REPORT },
	{ 0x16, "UNSUPPORTED_EXTENSION", ERR_TOKEN, "lacks an extension that is needed",
	    HINT_FEATURE },
	{ 0x17, "FP_DATABASE_FULL", ERR_TOKEN, "has no room for another fingerprint", HINT_SPACE },
	{ 0x18, "LARGEBLOB_STORAGE_FULL", ERR_TOKEN, "has no room left", HINT_SPACE },
	{ 0x19, "CREDENTIAL_EXCLUDED", ERR_TOKEN, "is enrolled already",
	    "Use another key: one key can be enrolled only once." },
	{ 0x21, "PROCESSING", ERR_TOKEN, "is still busy", HINT_AGAIN },
	{ 0x22, "INVALID_CREDENTIAL", ERR_TOKEN, "does not accept the credential as its own",
	    "Use the key that was enrolled." },
	{ 0x23, "USER_ACTION_PENDING", ERR_TOKEN, "waits for a touch of an earlier request",
	    HINT_REPLUG },
	{ 0x24, "OPERATION_PENDING", ERR_TOKEN, "is still busy with an earlier request",
	    HINT_REPLUG },
	{ 0x25, "NO_OPERATIONS", ERR_TOKEN, "has nothing under way", HINT_AGAIN },
	{ 0x26, "UNSUPPORTED_ALGORITHM", ERR_TOKEN, "knows neither ES256 nor EdDSA",
	    HINT_FEATURE },
	{ 0x27, "OPERATION_DENIED", ERR_TOKEN, "refused: the request was declined on it",
	    "If that was not meant, unplug it, plug it in again and touch it when it blinks." },
	{ 0x28, "KEY_STORE_FULL", ERR_TOKEN, "has no room for another credential", HINT_SPACE },
	{ 0x29, "NOT_BUSY", ERR_TOKEN, "has nothing under way", HINT_AGAIN },
	{ 0x2a, "NO_OPERATION_PENDING", ERR_TOKEN, "has nothing under way", HINT_AGAIN },
	{ 0x2b, "UNSUPPORTED_OPTION", ERR_TOKEN, "lacks an option that is needed", HINT_FEATURE },
	{ 0x2c, "INVALID_OPTION", ERR_TOKEN, "cannot do what was asked in its present state",
	    HINT_FEATURE },
	{ 0x2d, "KEEPALIVE_CANCEL", ERR_CANCELLED, "was told to stop", HINT_AGAIN },
	{ 0x2e, "NO_CREDENTIALS", ERR_MISSING, "holds none of the credentials asked for",
	    "Use the key that was enrolled." },
	{ 0x2f, "USER_ACTION_TIMEOUT", ERR_TIMEOUT, "was not touched in time", HINT_TOUCH },
	{ 0x30, "NOT_ALLOWED", ERR_TOKEN, "does not allow this now", HINT_REPLUG },
	{ 0x31, "PIN_INVALID", ERR_PIN, "does not accept this PIN", NULL },
	{ 0x32, "PIN_BLOCKED", ERR_TOKEN, "is blocked for good after too many wrong PINs",
	    "Use another of your keys. A reset frees this one, but destroys the share that it "
	    "holds: it opens nothing more in this vault." },
	{ 0x33, "PIN_AUTH_INVALID", ERR_TOKEN, "did not accept the proof of the PIN", HINT_REPLUG },
	{ 0x34, "PIN_AUTH_BLOCKED", ERR_TOKEN, "takes no PIN until it is plugged in anew",
	    "Several wrong PINs came one after the other: unplug it, plug it in again, and enter "
	    "the PIN with care." },
	{ 0x35, "PIN_NOT_SET", ERR_TOKEN, "has no PIN set", HINT_SETPIN },
	{ 0x36, "PIN_REQUIRED", ERR_PIN, "wants a PIN or a fingerprint for this",
	    "Retry with the PIN." },
	{ 0x37, "PIN_POLICY_VIOLATION", ERR_TOKEN, "wants its PIN changed first",
	    "Set a longer PIN with the maker's tool or `fido2-token -C`, then retry." },
	{ 0x38, "PIN_TOKEN_EXPIRED", ERR_TOKEN, "forgot the PIN before it was touched", HINT_AGAIN },
	{ 0x39, "REQUEST_TOO_LARGE", ERR_TOKEN, "cannot take a request of this size", HINT_REPORT },
	{ 0x3a, "ACTION_TIMEOUT", ERR_TIMEOUT, "was not touched in time", HINT_TOUCH },
	{ 0x3b, "UP_REQUIRED", ERR_TOKEN, "wants a touch for this", HINT_TOUCH },
	{ 0x3c, "UV_BLOCKED", ERR_PIN, "does not take fingerprints for now",
	    "Use its PIN instead; that unblocks the fingerprint reader too." },
	{ 0x3f, "UV_INVALID", ERR_PIN, "did not recognise the finger",
	    "Retry, or use its PIN instead." },
	{ 0x40, "UNAUTHORIZED_PERM", ERR_TOKEN, "does not permit this with the PIN given",
	    HINT_REPORT },
	{ 0x7f, "ERR_OTHER", ERR_TOKEN, "failed for a reason that it does not tell", HINT_REPORT },
	{ 0xdf, "SPEC_LAST", ERR_TOKEN, "gave an error that no standard names", HINT_REPORT },

	{ -1, "TX", ERR_TOKEN, "takes no message: it was unplugged, or hangs", HINT_REPLUG },
	{ -2, "RX", ERR_TOKEN, "does not answer: it was unplugged, or another program keeps it busy",
	    "Finish or close what else uses it (a browser, ssh), or plug it in anew, then retry." },
	{ -3, "RX_NOT_CBOR", ERR_TOKEN, "gave a garbled answer", HINT_REPORT },
	{ -4, "RX_INVALID_CBOR", ERR_TOKEN, "gave a garbled answer", HINT_REPORT },
	{ -5, "INVALID_PARAM", ERR_TOKEN, "gave an answer to another question", HINT_REPORT },
	{ -6, "INVALID_SIG", ERR_TOKEN, "gave a signature that does not hold",
	    "Do not trust this key; use another one." },
	{ -7, "INVALID_ARGUMENT", ERR_TOKEN, "gave an answer that lacks something", HINT_REPORT },
	{ -8, "USER_PRESENCE_REQUIRED", ERR_TOKEN, "wants a touch for this", HINT_TOUCH },
	{ -9, "INTERNAL", ERR_TOKEN, "cannot be used: libfido2 failed within", HINT_REPORT },
	{ -10, "NOTFOUND", ERR_TOKEN, "does not hold what was asked for", HINT_REPORT },
	{ -11, "COMPRESS", ERR_TOKEN, "gave data that cannot be unpacked", HINT_REPORT },

	{ WHY_KEPT, "KEPT", ERR_TOKEN, "has its last PIN tries left, which are not used here",
	    "Use another key; a right PIN elsewhere gives this one all its tries back." },
	{ WHY_NOT_FIDO2, "NOT_FIDO2", ERR_TOKEN, "does not speak FIDO2 (U2F alone is not enough)",
	    HINT_FEATURE },
	{ WHY_NO_ACCESS, "NO_ACCESS", ERR_TOKEN, "is plugged in, but you may not open it",
	    "Run as root, log in at this machine's own screen, or let a group in by a udev rule, "
	    "as root: echo 'SUBSYSTEM==\"hidraw\", ENV{ID_SECURITY_TOKEN}==\"?*\", GROUP=\"plugdev\", "
	    "MODE=\"0660\"' >/etc/udev/rules.d/75-keys.rules && udevadm control --reload && "
	    "udevadm trigger -s hidraw" },
	{ WHY_BUSY, "BUSY", ERR_TOKEN, "is in use by another program",
	    "Finish or close what else uses it (a browser, ssh), then retry." },
	{ WHY_GONE, "GONE", ERR_TOKEN, "is not plugged in any more", "Plug it in and retry." },
	{ WHY_NO_OPEN, "NO_OPEN", ERR_TOKEN, "cannot be opened", HINT_REPLUG },
	{ WHY_FOREIGN_ID, "FOREIGN_ID", ERR_TOKEN, "answered with a credential nobody asked for",
	    "Do not trust this key; use another one." },
	{ WHY_NO_UP, "NO_UP", ERR_TOKEN, "signed without a touch",
	    "Do not trust this key; use another one." },
	{ WHY_NO_UV, "NO_UV", ERR_TOKEN, "signed without checking PIN or finger",
	    "Do not trust this key; use another one." },
	{ WHY_WRONG_RP, "WRONG_RP", ERR_TOKEN, "signed for somebody else than twokey",
	    "Do not trust this key; use another one." },
	{ WHY_NO_SECRET, "NO_SECRET", ERR_TOKEN, "did not give the secret (hmac-secret) asked for",
	    HINT_FEATURE },
	{ WHY_MALFORMED, "MALFORMED", ERR_TOKEN, "gave data that break the standard", HINT_REPORT },
	{ WHY_LIST, "LIST", ERR_TOKEN, "could not be looked for: listing devices failed",
	    HINT_AGAIN },
	{ WHY_SANDBOX, "SANDBOX", ERR_INTERNAL,
	    "is not used, for twokey-token could not lock itself in (seccomp)",
	    "The kernel must offer seccomp filters; a container may have to permit them." },
	{ WHY_CRASHED, "CRASHED", ERR_TOKEN, "made twokey-token end unexpectedly", HINT_REPORT },
	{ WHY_SILENT, "SILENT", ERR_TOKEN, "did not answer in time", HINT_REPLUG },
	{ 256, "UNKNOWN", ERR_TOKEN, "gave an error of its maker's own", HINT_REPORT },
};

#define WHY_ROWS (sizeof(why_rows) / sizeof(why_rows[0]))

const struct why_row *why_row(size_t n)
{
	return n < WHY_ROWS ? &why_rows[n] : NULL;
}

const struct why_row *why_find(int code)
{
	size_t i;

	for (i = 0; i < WHY_ROWS - 1; i++)
		if (why_rows[i].code == code)
			return &why_rows[i];
	return &why_rows[WHY_ROWS - 1];
}

static int why_is_touch(int code)
{
	return code == 0x27 || code == 0x2f || code == 0x3a;
}

/* A wrong PIN: the tries left belong into the sentence. */
static int why_pin(struct err *e, const char *name, const struct why_row *row, int tries)
{
	if (tries == 0)
		return why_set(e, name, &(struct proto_failure){ .code = 0x32, .pin_tries = 0 });
	if (tries < 0)
		(void)err_set(e, row->kind, "%s %s.", name, row->text);
	else
		(void)err_set(e, row->kind, "%s %s: %d %s left.", name, row->text, tries,
		    tries == 1 ? "try is" : "tries are");
	if (tries > 0 && tries <= 3)
		(void)err_hint(e, "After the last wrong try the key is blocked for good, and its share "
		    "lost: if you are not sure, use another key.");
	else
		(void)err_hint(e, "Check the PIN and try again.");
	return (int)row->kind;
}

int why_set(struct err *e, const char *name, const struct proto_failure *why)
{
	const struct why_row *row = why_find(why->code);
	enum err_code kind = row->kind;

	if (row->code == 0x31)
		return why_pin(e, name, row, why->pin_tries);
	if (why_is_touch(row->code) && why->elapsed_ms < WHY_REFUSAL_MS)
		row = why_find(0x27);
	else if (why_is_touch(row->code))
		row = why_find(0x3a);
	kind = row->kind;
	if (why->errnum != 0)
		(void)err_errno(e, kind, why->errnum, "%s %s", name, row->text);
	else if (row == &why_rows[WHY_ROWS - 1])
		(void)err_set(e, kind, "%s %s (0x%02x).", name, row->text, (unsigned)why->code);
	else
		(void)err_set(e, kind, "%s %s.", name, row->text);
	if (row->hint != NULL)
		(void)err_hint(e, "%s", row->hint);
	return (int)kind;
}
