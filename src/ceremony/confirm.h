/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_CONFIRM_H
#define TWOKEY_CEREMONY_CONFIRM_H

#include "ceremony/ask.h"
#include "ceremony/seal.h"

/*
 * Ceremonies of a rotation that open nothing: the record's quorum signs by touch, with no
 * hmac-secret (docs/formats.md section 8).
 */
struct confirm_in {
	const char *record;
	int64_t version;		/* an unconfirmed candidate; attend: the one to be sealed */
	const char *field;		/* the one it holds */
	const char *quorum;		/* the record's */
	const char *reason, *ticket;	/* ticket or NULL */
	const struct requester *requester;
	const struct ui *ui;
	struct token_pool *pool;	/* started already, or NULL */
	int wait_ms;
};

/* Action `confirm`: the candidate is what its service takes now.  Everybody whom the rules'
 * `confirm` names is asked, too.  *seq: the log entry.  ERR_APPROVALS and others: recorded as
 * denied, nothing is confirmed. */
int confirm_rotation(int64_t *seq, struct session *s, const struct confirm_in *in, struct err *e);

/* Action `attend`: the secret of the version that comes next is typed in before the holders, so
 * that nobody takes it in alone.  After 0 the secret may be asked for, and attend_seal ends it;
 * after a failure it is recorded as denied, and a needs nothing more.  a: filled. */
int attend_begin(struct ask *a, struct session *s, const struct confirm_in *in, struct err *e);
/* r: what asking for the secret came to; 0: item, with in's field alone, is sealed as in's
 * version, and its entry names the ceremony.  What failed is recorded as denied, without its words
 * where the secret was at fault.  Returns r or its own: ERR_TIMEOUT: the request expired meanwhile;
 * ERR_REFUSED: another version was sealed.  Frees what a holds. */
int attend_seal(struct ask *a, int r, struct seal_item *item, struct seal_done *done, struct err *e);

#endif
