/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_EVENT_H
#define TWOKEY_CORRELATE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * CloudTrail records that concern an account's root user, as facts (docs/correlation.md).
 * A record is what CloudTrail's user guide calls one: an object with eventTime,
 * eventSource, eventName, eventID and userIdentity.
 */
enum event_kind {
	EVENT_ACT,		/* root called something, or clicked */
	EVENT_SIGN_IN,		/* ConsoleLogin, by its outcome */
	EVENT_SIGN_IN_FAILED,
	EVENT_MFA_ASKED,	/* CheckMfa: the second factor was asked for, no more */
	EVENT_PASSWORD_UPDATED,
	EVENT_RECOVERY_REQUESTED,
	EVENT_RECOVERY_COMPLETED,
	EVENT_EMAIL_UPDATED,
	EVENT_KEY_CREATED,	/* an access key of root's own */
	EVENT_MFA_ENABLED,	/* root's */
	EVENT_MFA_REMOVED,
	EVENT_ASSUME_ROOT,	/* somebody got a central root session for `account` */
	EVENT_CENTRAL,		/* such a session acts */
	EVENT_WITNESS,		/* KMS used a witness of ours */
	EVENT_KINDS
};

/* Root's sign-ins stand in this region alone, and in other partitions in their home (aws/service.h; CloudTrail
 * user guide, "AWS Management Console sign-in events"). */
#define EVENT_SIGN_IN_REGION "us-east-1"

enum event_mfa { EVENT_MFA_UNKNOWN, EVENT_MFA_NO, EVENT_MFA_YES };

/* Strings are lent from the set they are in; "" where the record has none. */
struct event {
	int64_t time;		/* ms; the request was completed then (whole seconds) */
	int64_t session;	/* creationDate of the session it acts in, ms, or -1 */
	const char *id;		/* eventID */
	const char *account;	/* 12 digits: whose root */
	const char *source;	/* eventSource, without ".amazonaws.com" */
	const char *name;	/* eventName */
	const char *region;
	const char *address;	/* sourceIPAddress: an address, or an AWS service's name */
	const char *agent;	/* userAgent, cut */
	const char *key;	/* accessKeyId; of EVENT_ASSUME_ROOT: the one given */
	const char *detail;	/* EVENT_WITNESS: "VAULT RECORD ID"; EVENT_ASSUME_ROOT: the task policy;
				 * EVENT_KEY_CREATED, EVENT_MFA_*: which key or device */
	uint64_t raw_at;	/* what keep (below) said */
	uint32_t raw_len;	/* bytes of the record */
	uint8_t kind, mfa;
	uint8_t writes;		/* readOnly is false */
	uint8_t failed;		/* errorCode, or an outcome of Failure */
	uint8_t vouched;	/* AWS's own word: events_vouch */
	uint8_t explained;	/* a sign-in that an entry of the log has, as explained by a release */
};

/* A growing set of events, each eventID once: the first that came stays, but for one that AWS vouches
 * for in the place of one that it doesn't. */
struct events;

/* Where records are kept as they are; 0 and *at, or an error. */
typedef int events_keep(void *ctx, const char *record, size_t len, uint64_t *at, struct err *e);

/* keep may be NULL. */
int events_new(struct events **out, events_keep *keep, void *ctx, struct err *e);
void events_free(struct events **s);

/*
 * A unit of a trail: a record, or what holds records (Records, LookupEvents' Events,
 * EventBridge's detail, an SNS notification).  Those that concern root are added.
 * What is broken is passed by and counted (events_faults); errors are ERR_MEMORY, and those of keep.
 */
int events_add(struct events *s, const char *unit, size_t len, struct err *e);
/* Whether AWS vouches for what events_add adds from now on, because it came from AWS itself or has the
 * hash that AWS has signed; at first it does not (docs/correlation.md). */
void events_vouch(struct events *s, int yes);
/* And for all that is in the set. */
void events_vouch_all(struct events *s);
/* One that is known otherwise, without its record (raw_len 0); strings are copied. */
int events_add_known(struct events *s, const struct event *ev, struct err *e);
/* Moves all events of `from` into s; from is empty then. */
int events_merge(struct events *s, struct events *from, struct err *e);

struct events_faults {
	int64_t count;		/* records that were passed by */
	char first[160];	/* what is wrong with the first: words for a sentence */
};
/* Since the last call. */
void events_faults(struct events *s, struct events_faults *out);

/* By account, then time, then id; *n: how many.  Valid until the next add. */
const struct event *events_sorted(struct events *s, size_t *n);
/* How many came twice. */
int64_t events_twice(const struct events *s);

/* "sign-in" and so on: what root.activity entries say (docs/formats.md section 8). */
const char *event_kind_name(enum event_kind k);

#endif
