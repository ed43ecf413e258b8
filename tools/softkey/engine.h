/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_ENGINE_H
#define SOFTKEY_ENGINE_H

#include "cbr.h"
#include "crypt.h"
#include "ctap.h"
#include "fault.h"
#include "store.h"

enum touch { TOUCH_OK, TOUCH_REFUSED, TOUCH_TIMEOUT, TOUCH_CANCELLED, TOUCH_GONE };

/* What the engine needs of the world. */
struct engine_io {
	enum touch (*touch)(void *ctx);	/* waits for the user, telling the host so */
	bool (*touch_poll)(void *ctx);	/* U2F: is there a touch now? */
	int64_t (*now_ms)(void *ctx);	/* monotonic */
	void (*unplug)(void *ctx);
};

/* A pinUvAuthToken with its variables, CTAP 2.1 section 6.5.2.1. */
struct token {
	uint8_t bytes[32];
	bool in_use, uv, touched;
	unsigned perms;
	bool rp_bound;
	uint8_t rp_hash[32];
	int64_t born_ms;
};

/* A credential as its id unwraps to. */
struct cred {
	uint8_t id[CRED_ID_MAX];
	size_t id_len;
	uint8_t seed[32];
	int alg;
	unsigned protect;	/* 1..3 */
	bool hmac, resident;
};

/* hmac-secret's input to getAssertion, decrypted. */
struct hmac_request {
	bool wanted;
	uint64_t protocol;
	uint8_t shared[64];
	uint8_t salts[64];
	size_t salts_len;
};

/* A getAssertion under way, kept for getNextAssertion. */
struct assertion {
	uint8_t rp_hash[32], client_hash[32];
	bool up, uv, listed;
	struct hmac_request hmac;
	struct cred creds[RK_MAX];
	size_t n, at;
	int64_t last_ms;
};

/* Where an enumeration of credentialManagement stands. */
struct walk {
	uint8_t command;	/* the subcommand that began it, 0 for none */
	uint8_t rp_hash[32];
	size_t at;
};

struct stats {
	uint64_t user_ops, all_ops, user_us, all_us, touch_us;
	uint64_t make, assert_, next, u2f, wrong_pins, touches;
};

struct engine {
	struct key *key;
	const struct engine_io *io;
	void *ctx;
	struct fault_set faults;
	struct stats stats;
	/* lost with the power: */
	int64_t powered_ms;
	EVP_PKEY *agree;	/* of key agreement */
	struct token token[2];	/* one a PIN protocol */
	unsigned wrong_in_row;
	uint32_t volatile_counter;
	bool finger_fails;
	struct assertion assertion;
	struct walk walk;
	/* of the request at hand: */
	unsigned fault;	/* bits of enum fault_kind */
	bool no_reply;
	struct cbw out;
	uint8_t buf[CTAP_MAX_MSG];
};

/* e starts zeroed; key, io and ctx set. Power on, at the start and after each replug. */
bool engine_power(struct engine *e);

/* Frees what engine_power took. */
void engine_end(struct engine *e);

/* Carries out one CTAPHID_CBOR or CTAPHID_MSG request; the reply is e->out. False: no answer at all
 * (hang, unplugged). */
bool engine_cbor(struct engine *e, const uint8_t *req, size_t n);
bool engine_u2f(struct engine *e, const uint8_t *req, size_t n);

/* --- for the engine's own files --- */

#define NO_REPLY 0x100	/* in place of a status: the key was pulled out */

/* Fields of a request's map; an absent one which is not required is {NULL, 0}. */
int field_bytes(struct span map, int key, bool required, struct span *out);
int field_text(struct span map, int key, bool required, struct span *out);
int field_map(struct span map, int key, bool required, struct span *out);
int field_array(struct span map, int key, bool required, struct span *out);
int field_uint(struct span map, int key, bool required, uint64_t *out);	/* absent: 0 */

int engine_make(struct engine *e, struct span req);
int engine_assert(struct engine *e, struct span req);
int engine_next(struct engine *e);
int engine_info(struct engine *e);
int engine_pin(struct engine *e, struct span req);
int engine_manage(struct engine *e, struct span req);
int engine_reset(struct engine *e);

/* A touch as a status; counts time and touches. */
int engine_touch(struct engine *e);

/* Built-in UV: a touch of the sensor and its verdict. */
int engine_finger(struct engine *e);
bool engine_has_finger(const struct engine *e);

/* A number for authenticator data, drawn from the counter that the quirk names. */
bool engine_counter(struct engine *e, const struct cred *c, uint32_t *n);

bool engine_faulty(const struct engine *e, enum fault_kind k);

/* pin.c: protocols 1 and 2 */
bool pin_protocol_ok(const struct engine *e, uint64_t protocol);
int pin_shared(struct engine *e, uint64_t protocol, struct span cose, uint8_t shared[64]);
bool pin_authentic(uint64_t protocol, const uint8_t *key, struct span msg, struct span mac);
int pin_decrypt(uint64_t protocol, const uint8_t shared[64], struct span in, uint8_t *out, size_t max, size_t *n);
bool pin_encrypt(struct cbw *w, uint64_t protocol, const uint8_t shared[64], const uint8_t *in, size_t n);

/* Checks pinUvAuthParam over msg against the token, a permission and (rp_hash not NULL) an RP. */
int token_check(struct engine *e, uint64_t protocol, struct span param, struct span msg, unsigned perm,
    const uint8_t *rp_hash);
/* After an operation with a touch the token is spent (section 6.5.5.7). */
void token_spend(struct engine *e, uint64_t protocol);
struct token *token_of(struct engine *e, uint64_t protocol);

/* auth.c: what makeCredential and getAssertion have in common */
struct auth {
	struct span param;	/* pinUvAuthParam, {NULL, 0} if absent */
	uint64_t protocol;
	bool rk, up, uv_asked, up_given;
	bool uv;	/* the user is verified */
	bool touched;	/* and that took a touch */
};

int auth_parse(struct engine *e, struct span req, struct span options, int param_key, struct auth *a);
int auth_verify(struct engine *e, struct auth *a, unsigned perm, const uint8_t rp_hash[32], struct span client_hash);
int auth_touch(struct engine *e, struct auth *a);	/* once; may verify the user too */

/* Writes authenticator data up to the counter. */
bool authdata_begin(struct engine *e, struct cbw *w, const uint8_t rp_hash[32], unsigned flags, const struct cred *c);

/* Signs authenticator data and client data hash into sig (SIG_MAX bytes). */
bool authdata_sign(struct engine *e, EVP_PKEY *key, const struct cbw *authdata, const uint8_t client_hash[32],
    uint8_t *sig, size_t *n);

/* cred.c */
bool cred_wrap(struct engine *e, struct cred *c, const uint8_t rp_hash[32]);
bool cred_unwrap(const struct engine *e, struct cred *c, struct span id, const uint8_t rp_hash[32]);
struct resident *cred_resident(const struct engine *e, struct span id);
bool cred_hmac(struct engine *e, const struct cred *c, bool uv, struct span salt, uint8_t out[32]);

/* ext.c */
int hmac_parse(struct engine *e, struct span extensions, struct hmac_request *h);

#endif
