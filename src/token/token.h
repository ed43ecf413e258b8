/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TOKEN_TOKEN_H
#define TWOKEY_TOKEN_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * Client side of twokey-token, the only program that talks to security keys.
 * Each open token is one helper process, forked by it; a token whose helper failed or was
 * cancelled is closed, and opened anew by the next call.  Not so a key that was
 * unplugged: its path may name another one by now, so its calls fail until the
 * caller has closed it, listed again and opened what is there.
 *
 * Errors are ERR_TOKEN or ERR_PIN with a whole sentence and the next step;
 * ERR_TIMEOUT when nobody touched; ERR_CANCELLED; ERR_MISSING from token_assert
 * when this token holds none of the ids.  Limits of time are at most an hour.
 * Not for use by more than one thread at a time.
 */

#define TOKEN_RP_ID "twokey:"
#define TOKEN_ID_MAX 1024	/* credential id, bytes */
#define TOKEN_AUTHDATA_MAX 4096
#define TOKEN_SIG_MAX 128
#define TOKEN_CERT_MAX 4096
#define TOKEN_DEVICES_MAX 32

/* COSE algorithm numbers (RFC 9053). */
enum token_alg { TOKEN_ES256 = -7, TOKEN_EDDSA = -8 };

struct token_device {
	char path[128];		/* what libfido2 opens; an opaque name here */
	char product[96];	/* cleaned for showing, e.g. "YubiKey 5C" */
	char vendor[96];
};

/* authenticatorGetInfo (CTAP 2.1 section 6.4), what twokey needs of it. */
struct token_info {
	uint8_t aaguid[16];
	uint32_t firmware;		/* 0 if not told */
	int fido2;			/* 0: U2F only, of no use here */
	int hmac_secret;		/* extension listed */
	int cred_protect;
	int pin_set;			/* -1 no PIN support, 0 not set, 1 set */
	int pin_tries;			/* left, -1 unknown */
	int uv;				/* built-in UV: -1 none, 0 not set up, 1 ready */
	int always_uv;
	uint32_t max_list;		/* maxCredentialCountInList, 0 unknown */
	uint32_t max_id;		/* maxCredentialIdLength, 0 unknown */
	int eddsa;			/* 1 listed, 0 not, -1 list absent */
	uint32_t max_msg;		/* maxMsgSize, bytes; 1024 when not told */
};

struct token_id { const uint8_t *data; size_t len; };

/* A fresh credential, authenticatorMakeCredential (section 6.1). */
struct token_credential {
	uint8_t id[TOKEN_ID_MAX];
	size_t id_len;
	enum token_alg alg;
	uint8_t key[64];		/* ES256: x || y; EdDSA: 32 bytes */
	size_t key_len;
	uint8_t authdata[TOKEN_AUTHDATA_MAX];	/* raw authenticator data */
	size_t authdata_len;
	uint8_t cdh[32];		/* client data hash it was made with */
	char format[32];		/* "packed", "fido-u2f", "none", ... */
	uint8_t sig[TOKEN_SIG_MAX];	/* attestation signature, may be empty */
	size_t sig_len;
	uint8_t cert[TOKEN_CERT_MAX];	/* x5c leaf, may be empty */
	size_t cert_len;
	int protection;			/* credProtect level the token says it set */
	int hmac_secret;		/* the token says the extension is on */
};

struct token_assertion {
	uint8_t id[TOKEN_ID_MAX];	/* which credential answered */
	size_t id_len;
	uint8_t authdata[TOKEN_AUTHDATA_MAX];	/* raw, without CBOR wrapping */
	size_t authdata_len;
	uint8_t sig[TOKEN_SIG_MAX];	/* as the token gave it */
	size_t sig_len;
	struct secret *hmac1;		/* 32 bytes or NULL; freed by token_assertion_free */
	struct secret *hmac2;
};

struct token_assert_request {
	uint8_t cdh[32];		/* client data hash */
	const struct token_id *allow;	/* allow list */
	size_t n_allow;
	const uint8_t *salt1;		/* 32 bytes or NULL: no hmac-secret */
	const uint8_t *salt2;		/* 32 bytes or NULL */
	const struct secret *pin;	/* NULL: built-in UV or no UV, see uv */
	int uv;				/* 1: user verification is required */
	int touch_ms;			/* limit of the wait for a touch */
	/* With a PIN: when no more tries than these are left, none is used (ERR_TOKEN).
	 * 0: not looked at.  The helper looks while it holds the key's lock, where nobody
	 * else can use one up in between. */
	int tries_kept;
};
#define PIN_TRIES_MOST 8	/* CTAP 2.1 section 6.5.2.3 */

struct token_make_request {
	uint8_t cdh[32];
	const char *user_name;		/* holder name */
	uint8_t user_id[16];		/* small, random */
	const struct token_id *exclude;	/* exclude list */
	size_t n_exclude;
	const struct secret *pin;
	int protection;			/* credProtect wanted: 2 or 3 */
	int try_eddsa;			/* ask ES256 first when 0, EdDSA first when 1 */
	int touch_ms;
};

/* Told while a call waits; may return non-zero to cancel it. `kind`: */
enum token_wait { TOKEN_WAIT_TOUCH = 1, TOKEN_WAIT_TICK /* about 5 a second */ };
struct token_watch {
	int (*fn)(void *ctx, enum token_wait kind, int ms_left);
	void *ctx;
};

struct token;	/* one open security key, one helper process */

/*
 * twokey-token, started once, which forks a helper for each listing and each device;
 * if it dies, the next call starts it anew, once.  What a pool's calls have used ends
 * beside the caller's work: token_close does not wait for it, but the next opening of
 * that device does.  The pool is freed after its tokens.
 */
struct token_pool;
/* Starts the program and does not wait for it. */
int token_pool_new(struct token_pool **out, struct err *e);
/* Ends what has not ended, and reaps it. */
void token_pool_free(struct token_pool **p);
/* Tells all processes that are not needed any more to end; some may wait for that, idle, since
 * their ends take time. */
void token_pool_rest(struct token_pool *p);
/* Begins to list devices for token_pool_list, beside all else, unless a listing began less
 * than fresh_ms ago that nobody has read. */
void token_pool_look(struct token_pool *p, int fresh_ms);
/* Lists devices plugged in now, or as token_pool_look found them. *n <=
 * TOKEN_DEVICES_MAX. An empty list is no error. A device that cannot be opened for
 * lack of access is still listed. */
int token_pool_list(struct token_pool *pool, struct token_device list[TOKEN_DEVICES_MAX],
    size_t *n, struct err *e);
/* Opens and reads info within timeout_ms; a foreign or unresponsive device
 * costs at most that. ERR_TOKEN says why: busy, no access (hint: udev rule),
 * no FIDO2. */
int token_pool_open(struct token_pool *pool, struct token **t, const struct token_device *d,
    int timeout_ms, struct err *e);
/* Begins to open a device for the token_pool_open that comes next for it, and a pre-flight for
 * the token_preflight that comes next with the same ids; one device at a time.  What fails, fails
 * there. */
void token_pool_ahead(struct token_pool *pool, const struct token_device *d, int timeout_ms,
    const struct token_id *ids, size_t n);
/* The same for the first device there is, if the listing that token_pool_look began is through
 * already (1, else 0); token_pool_list still tells it. */
int token_pool_first(struct token_pool *pool, int timeout_ms, const struct token_id *ids, size_t n);

/* What the key said when it was opened; pin_tries follows later uses. Lent. */
const struct token_info *token_info(const struct token *t);
/* The device it was opened as. Lent. */
const struct token_device *token_device(const struct token *t);
/* Its helper ends when there is time for that: see token_pool.  *t (NULL allowed) becomes NULL. */
void token_close(struct token **t);

/* Asks silently (up=false, uv=false) which of `ids` this token holds.
 * TOKEN_HAS: *which is its index. TOKEN_HAS_NOT: NO_CREDENTIALS, reliable for
 * credProtect <= 2 on tokens without alwaysUv. TOKEN_UNSURE: this token does
 * not tell without a touch. Lists are cut to max_list and max_id. */
enum token_has { TOKEN_UNSURE = 0, TOKEN_HAS, TOKEN_HAS_NOT };
int token_preflight(struct token *t, const struct token_id *ids, size_t n, enum token_has *has,
    size_t *which, struct err *e);

/* Waits until this token is touched (fido_dev_get_touch_begin/status): 0, or
 * ERR_TIMEOUT / ERR_CANCELLED. */
int token_wait_touch(struct token *t, int touch_ms, const struct token_watch *w, struct err *e);

/* Makes a non-resident credential with hmac-secret and credProtect where the
 * token lists them; what it says it set is in out.  Attestation is verified
 * where there is a signature libfido2 can check, its chain is not.  A token that
 * holds one of `exclude` is ERR_TOKEN.  out is zeroed after a failure. */
int token_make(struct token *t, const struct token_make_request *rq, const struct token_watch *w,
    struct token_credential *out, struct err *e);
/* The allow list may be longer than the token takes at once; where pre-flight
 * does not tell, each part of it costs a touch.  The helper has checked rp id
 * hash, UP, UV (if asked for), id and number of secrets; not the signature.
 * With uv and no PIN built-in UV is used; a PIN never goes together with uv=true.
 * A PIN shorter than 4 or longer than 63 bytes is ERR_PIN and costs no try.
 * out is zeroed after a failure. ERR_PIN sets the text to the tries left;
 * token_info()->pin_tries is refreshed. */
int token_assert(struct token *t, const struct token_assert_request *rq,
    const struct token_watch *w, struct token_assertion *out, struct err *e);
void token_assertion_free(struct token_assertion *a);

#endif
