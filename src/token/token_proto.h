/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TOKEN_PROTO_H
#define TWOKEY_TOKEN_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/frame.h"
#include "token/token.h"

/*
 * twokey-token is started once, with a stream socket as its descriptor 3.  There the
 * client asks for a process (a helper): one byte, PROTO_LIST or PROTO_OPEN, with the
 * helper's end of another stream socket (SCM_RIGHTS).  The first byte that comes on
 * that one is 0, with a pidfd of the helper where the kernel has them, or the errno
 * of the fork that failed.
 *
 * Messages between token.h's functions (the client) and the helper follow on it, as
 * frames of base/frame.h.
 *
 *   client                         helper
 *   LIST                       ->  DEVICES | FAILED, and the helper ends
 *   OPEN                       ->  INFO | FAILED, and from then on, one at a time:
 *   GET_INFO                   ->  INFO | FAILED
 *   PREFLIGHT                  ->  FOUND | FAILED
 *   WAIT_TOUCH, MAKE, ASSERT   ->  TOUCH_NOW, then TOUCHED, CREDENTIAL, ASSERTION | FAILED
 *
 * There is no message for a cancel: the client shuts down its sending side.
 * That cannot be mixed up with an answer, needs no parsing, and a client that
 * was killed says the same.  The helper then sends CTAPHID_CANCEL, answers
 * what was running, and ends.
 *
 * Both sides hold every frame against the same table (proto_check): which
 * fields, how often, how long; nothing else may be there.
 */
enum proto_type {
	PROTO_LIST = 1,
	PROTO_OPEN,
	PROTO_GET_INFO,
	PROTO_PREFLIGHT,
	PROTO_WAIT_TOUCH,
	PROTO_MAKE,
	PROTO_ASSERT,

	PROTO_DEVICES = 65,
	PROTO_INFO,
	PROTO_FOUND,
	PROTO_TOUCH_NOW,
	PROTO_TOUCHED,
	PROTO_CREDENTIAL,
	PROTO_ASSERTION,
	PROTO_FAILED
};

/* Numbers are u32, big-endian; signed ones in two's complement. */
enum proto_tag {
	/* devices: the nth of each belong together */
	TAG_PATH = 1,
	TAG_PRODUCT,
	TAG_VENDOR,
	/* requests */
	TAG_LIMIT,	/* ms for opening or for the touch */
	TAG_CDH,
	TAG_ID,		/* credential ids: a list in requests, one in answers */
	TAG_SALT1,
	TAG_SALT2,
	TAG_PIN,
	TAG_UV,
	TAG_USER_NAME,
	TAG_USER_ID,
	TAG_PROTECTION,
	TAG_TRY_EDDSA,
	/* struct token_info, one member each */
	TAG_AAGUID,
	TAG_FIRMWARE,
	TAG_FIDO2,
	TAG_HMAC_SECRET,
	TAG_CRED_PROTECT,
	TAG_PIN_SET,
	TAG_UV_KIND,
	TAG_ALWAYS_UV,
	TAG_MAX_LIST,
	TAG_MAX_ID,
	TAG_MAX_MSG,
	TAG_EDDSA,
	TAG_PIN_TRIES,
	/* answers */
	TAG_HAS,	/* enum token_has */
	TAG_WHICH,	/* index into the request's ids */
	TAG_ALG,
	TAG_KEY,
	TAG_AUTHDATA,
	TAG_SIG,
	TAG_FORMAT,
	TAG_CERT,
	TAG_HMAC1,
	TAG_HMAC2,
	/* failures */
	TAG_CODE,	/* FIDO_ERR_* or enum proto_why */
	TAG_ELAPSED,	/* ms since the request came */
	TAG_ERRNO,	/* why a device did not open, 0 if not known */
	/* one more of a request */
	TAG_KEPT	/* PIN tries that are not to be used */
};

/* What the helper finds wrong by itself: beside libfido2's codes (-11..255). */
enum proto_why {
	WHY_KEPT = -1100,	/* no more PIN tries are left than are to be kept */
	WHY_NOT_FIDO2 = -1000,	/* U2F only, or no CTAP2 answer */
	WHY_NO_ACCESS,		/* EACCES or EPERM on the device */
	WHY_BUSY,		/* another program holds its lock */
	WHY_GONE,		/* not there (any more) */
	WHY_NO_OPEN,		/* another errno */
	WHY_FOREIGN_ID,		/* answered with an id that was not asked for */
	WHY_NO_UP,		/* user presence flag missing */
	WHY_NO_UV,		/* user verification flag missing */
	WHY_WRONG_RP,		/* signed for another relying party */
	WHY_NO_SECRET,		/* hmac-secret asked for and not given */
	WHY_MALFORMED,		/* authenticator data that do not parse, or too long */
	WHY_LIST,		/* the devices could not be listed */
	WHY_SANDBOX,		/* the filter could not be installed */
	WHY_CRASHED,		/* client's own: the helper ended */
	WHY_SILENT		/* client's own: the helper or device did not answer in time */
};

#define PROTO_IDS_MAX 48	/* ids in one request */
#define PROTO_PIN_MIN 4		/* bytes, CTAP 2.1 section 6.5.1 */
#define PROTO_PIN_MAX 63

/* ERR_INPUT unless f is of a known type and holds exactly what the table says. */
int proto_check(const struct frame *f, struct err *e);

/* Requests. Writers start and fill f; after a failure f is empty.  Readers
 * want a frame that passed proto_check; what they fill in points into f. */
int proto_write_list(struct frame *f, struct err *e);
int proto_write_open(struct frame *f, const char *path, uint32_t limit_ms, struct err *e);
int proto_write_info_request(struct frame *f, struct err *e);
int proto_write_preflight(struct frame *f, const struct token_id *ids, size_t n, struct err *e);
int proto_write_wait_touch(struct frame *f, uint32_t limit_ms, struct err *e);
int proto_write_make(struct frame *f, const struct token_make_request *rq, struct err *e);
int proto_write_assert(struct frame *f, const struct token_assert_request *rq, struct err *e);

/* A request read back.  Ids and salts point into the frame; pin is owned. */
struct proto_request {
	char path[128];
	uint32_t limit_ms;
	struct token_id ids[PROTO_IDS_MAX];
	size_t n_ids;
	char user_name[64];
	struct secret *pin;
	struct token_make_request make;		/* of PROTO_MAKE */
	struct token_assert_request assert;	/* of PROTO_ASSERT */
};
/* Reads any request into rq (which the caller zeroed); free it afterwards. */
int proto_read_request(struct proto_request *rq, const struct frame *f, struct err *e);
void proto_request_free(struct proto_request *rq);

/* Answers. */
int proto_write_devices(struct frame *f, const struct token_device *list, size_t n,
    struct err *e);
int proto_read_devices(struct token_device list[TOKEN_DEVICES_MAX], size_t *n,
    const struct frame *f, struct err *e);
int proto_write_info(struct frame *f, const struct token_info *info, struct err *e);
int proto_read_info(struct token_info *info, const struct frame *f, struct err *e);
int proto_write_found(struct frame *f, enum token_has has, size_t which, struct err *e);
int proto_read_found(enum token_has *has, size_t *which, size_t n, const struct frame *f,
    struct err *e);
int proto_write_plain(struct frame *f, enum proto_type type, struct err *e);
int proto_write_credential(struct frame *f, const struct token_credential *c, struct err *e);
/* Everything but cdh, which the caller knows. */
int proto_read_credential(struct token_credential *c, const struct frame *f, struct err *e);
int proto_write_assertion(struct frame *f, const struct token_assertion *a, struct err *e);
int proto_read_assertion(struct token_assertion *a, const struct frame *f, struct err *e);

/* Why a request failed. */
struct proto_failure {
	int code;		/* FIDO_ERR_* or enum proto_why */
	uint32_t elapsed_ms;
	int errnum;
	int pin_tries;		/* left, -1 unknown */
};
int proto_write_failure(struct frame *f, const struct proto_failure *why, struct err *e);
int proto_read_failure(struct proto_failure *why, const struct frame *f, struct err *e);

#endif
