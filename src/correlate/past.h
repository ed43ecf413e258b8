/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_PAST_H
#define TWOKEY_CORRELATE_PAST_H

#include "ceremony/session.h"
#include "correlate/verdict.h"

/*
 * What the vault's logs know: releases - those of records of other kinds than aws-root have no
 * account, and matter for witnesses alone - and what earlier correlations found (docs/formats.md section 8, root.activity and root.records).
 */
struct past_release {
	struct release release;		/* strings owned by the past */
	char statement[2 * HASH_LEN + 1];	/* hash, hex */
	char *holders;			/* "alice, bob" */
	char *ticket;			/* or NULL: past_tickets */
	int64_t due;			/* rotate by, ms; -1 */
	char *witnesses, *keys;		/* of what it opened: ids, and KMS keys, with spaces in between; "" */
};

struct past;

/* Reads all logs (session_each).  Sign-ins that were judged before are added to `ev`, so that
 * one release never explains a second one.  ERR_TAMPERED, ERR_ROLLBACK. */
int past_read(struct past **out, struct session *s, struct events *ev, struct err *e);
void past_free(struct past **p);

const struct past_release *past_releases(const struct past *p, size_t *n);
/* For verdicts_make: the same in the same order; lent. */
const struct release *past_plain(const struct past *p);
/* 1 when an entry has this event already; one that AWS did not vouch for counts for no event that it does. */
int past_has(const struct past *p, const struct event *ev);
/* 1 when a finding has an event that no entry has: it is found now. */
int past_is_new(const struct past *p, const struct finding *f, const struct event *events);
/* Which entry of which host's log told of a finding with this main event first: 1, or 0 when none did.  *host is lent. */
int past_entry(const struct past *p, const struct event *main, const char **host, int64_t *seq);
/* 1 when failed sign-ins of that day (ms of its begin) have an entry. */
int past_has_day(const struct past *p, const char *account, int64_t day);
/* 1 when an entry says that this release was not used. */
int past_has_unused(const struct past *p, const char *host, int64_t seq);
/* 1 when a release has witnesses, and it is not known yet whether all of them were asked: no entry says
 * that they were not, and none that one was - which ends the question for releases up to `asked` (ms),
 * of which CloudTrail's history was read before. */
int past_wants_witness(const struct past *p, size_t release, int64_t asked);
/* CloudTrail's history of them was read (struct release's told). */
void past_told(struct past *p, size_t release);
/* The newest candidate of a record that had this field changed by the time `by` (ms): a password
 * that was opened until then, an MFA seed that was sealed until then.  0: none waits for a
 * confirmation. */
int64_t past_candidate(const struct past *p, const char *record, const char *field, int64_t by);
/* It is confirmed now, and waits no longer.  ERR_MEMORY. */
int past_confirm(struct past *p, const char *record, int64_t version, struct err *e);
/* Finds the tickets of the releases whose `want` is set (as many as past_releases). */
int past_tickets(struct past *p, struct session *s, const unsigned char *want, struct err *e);

#endif
