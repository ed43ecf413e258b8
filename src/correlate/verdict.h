/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_VERDICT_H
#define TWOKEY_CORRELATE_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "correlate/event.h"

/*
 * CloudTrail's events against the vault's releases: a pure function, told in
 * docs/correlation.md.  Nothing here reads a file or a clock.
 */

/* A release, as the log has it.  Strings are lent. */
struct release {
	const char *account;	/* 12 digits; "": of a record of another kind than aws-root */
	const char *record;
	const char *host;	/* whose log it stands in, */
	int64_t seq;		/* and where */
	int64_t version;
	int64_t time;		/* ms */
	const char *witnesses;	/* ids of those that what it opened has, with spaces in between; "" */
	int told;		/* CloudTrail's history of all of them at that time was read */
};

struct verdict_rules {
	int64_t window;		/* ms that a sign-in may come after its release */
	int64_t skew;		/* ms that clocks may differ by */
	int64_t settle;		/* ms until what should have come has come: CloudTrail is late */
	int64_t session;	/* ms that a console session may last */
	int64_t witness;	/* ms from a witness's answer to the release */
	int64_t vouch;		/* ms until AWS has signed what it delivered */
	const char *vault;	/* hex: whose witnesses; NULL: any */
};
/* docs/correlation.md says why they are what they are. */
extern const struct verdict_rules verdict_rules_default;

enum verdict {
	VERDICT_EXPLAINED,	/* by a release */
	VERDICT_UNEXPLAINED,	/* an alarm */
	VERDICT_CENTRAL,	/* a session that sts:AssumeRoot gave: nothing of the vault's */
	VERDICT_PENDING,	/* what would explain it may come yet */
	VERDICT_FAILED		/* sign-ins that failed */
};

/* Why something is unexplained. */
enum verdict_why {
	WHY_NONE,
	WHY_NO_RELEASE,		/* nobody opened the vault for it */
	WHY_NO_MFA,		/* a release covers the time, but no second factor was given */
	WHY_SECOND,		/* its release has explained another sign-in */
	WHY_ADDRESS,		/* the same, or an act in the session, from another address */
	WHY_RECOVERED,		/* its release has explained another password recovery */
	WHY_NO_SIGN_IN,		/* a session whose sign-in was not read */
	WHY_ACCESS_KEY,		/* root's own access key */
	WHY_WITNESS,		/* KMS used a record's witness, and nothing was released */
	WHY_WITNESS_VAIN,	/* KMS was asked to, and did not */
	WHY_UNSIGNED		/* a session AWS vouches for, by a sign-in that it doesn't */
};

#define FINDING_SERVICES 8
struct finding_service {
	const char *source;
	int64_t writes;
};

/* A session with all that was done in it, or an event that stands alone, or an
 * account's failed sign-ins of a day. */
struct finding {
	enum verdict verdict;
	enum verdict_why why;
	const struct event *main;	/* the sign-in, or the first event, of those AWS vouches for if there are any */
	const char *account;
	int64_t release;		/* index into the releases, or -1 */
	int64_t first, last;		/* ms: of its events */
	int64_t events, reads, writes, failed;
	int64_t vouched;		/* of the events */
	struct finding_service services[FINDING_SERVICES];	/* with writes, most first */
	size_t n_services;
	int64_t more_writes;		/* of services beyond these */
	const char *other_address;	/* one that differs from the main event's, or NULL */
	uint32_t kinds;			/* bit set of enum event_kind */
	const size_t *of;		/* its events: indexes, by time; lent */
};

enum release_state {
	RELEASE_USED,		/* or nothing is expected to follow */
	RELEASE_UNUSED,		/* rotate all the same */
	RELEASE_PENDING
};
struct release_verdict {
	enum release_state state;
	const struct event *sign_in;	/* that it explains, or NULL */
	const struct event *recovery;	/* the password recovery that it explains, or NULL */
	int unwitnessed;		/* an alarm: a witness of it was not asked */
};

struct verdicts {
	struct finding *finding;	/* by account, then time */
	size_t n;
	struct release_verdict *release;	/* in the order of the releases */
	size_t n_releases;
	int64_t unexplained, pending;	/* findings */
	int64_t unwitnessed;		/* releases */
};

/* Events as events_sorted gives them, releases in any order, all lent for the life of the
 * result; now: ms.  ERR_MEMORY. */
int verdicts_make(struct verdicts **out, const struct event *ev, size_t n_events,
    const struct release *rel, size_t n_releases, const struct verdict_rules *rules, int64_t now,
    struct err *e);
void verdicts_free(struct verdicts **v);

/* Counts one more event of a finding's: what a part of it comes to. */
void finding_count(struct finding *f, const struct event *ev);

const char *verdict_name(enum verdict v);
/* Words for a sentence: "no release covers it". */
const char *verdict_why_text(enum verdict_why w);

#endif
