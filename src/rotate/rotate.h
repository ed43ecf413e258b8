/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_ROTATE_ROTATE_H
#define TWOKEY_ROTATE_ROTATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

/*
 * Exposure and rotation (docs/formats.md): a pure function of policies, log
 * entries and a time.  Feed the policies of the chain and the entries of all
 * hosts' logs - verified, and cut at a removed host's `end`, by the caller -
 * then ask as often as you like.  The order in which hosts are fed does not matter.
 *
 * What counts, per record and field:
 *  - of a host's root password, what that host seals and confirms, and others as
 *    docs/formats.md section 8 has it;
 *  - the version in force is the highest that is no candidate or was confirmed
 *    (`rotation.confirmed`);
 *  - it is known from its sealing when `known_to` names anybody;
 *  - it is exposed from its first release as `value` or `seed`; a `code` exposes
 *    nothing, nor does showing a candidate before it is confirmed;
 *  - it is exposed from the policy that drops or re-keys a holder its shares were
 *    sealed to;
 *  - a newer version in force ends all that, when nobody knew it at sealing or
 *    it was confirmed.  One that somebody typed, unconfirmed, may be the old
 *    value once more: it takes the old exposure over;
 *  - due at: the first of these moments plus the rule's hours for the kind, or the
 *    `due` that the release itself promised, whichever is earlier.
 */
struct rotate;

enum rotate_state {
	ROTATE_SEALED = 0,	/* nobody knows it */
	ROTATE_KNOWN,		/* somebody saw or typed it at sealing */
	ROTATE_EXPOSED		/* released, or sealed to an identity that was given up */
};

struct rotate_field {
	const char *name;
	enum rotate_state state;
	int64_t version;	/* the one in force; 0: only a candidate so far */
	int64_t since;		/* known or exposed since, by its state, ms; else -1 */
	int64_t due;		/* rotate by, ms; -1: nothing is due */
	int overdue;		/* due has passed */
	const json *known_to;	/* names at sealing of the version in force, or NULL */
	int64_t rotating;	/* newest unconfirmed candidate's version above `version`, or 0 */
	int64_t rotated;	/* ms at which `version` took an older one's place, or -1 */
	const char *confirmed_by;	/* `by` of the confirmation of `version`, or NULL */
	int identity;		/* 1: exposed (also) since a holder's identity was given up */
};

/* How many more may be lost, each kind alone, before the record cannot be
 * opened any more (hosts: before none is left).  0: none to spare; -1: lost already. */
struct rotate_spare {
	int tokens;
	int holders;
	int hosts;
};

struct rotate_record {
	const char *name;
	const char *kind;
	const char *quorum;
	int64_t version;	/* newest, candidates counted */
	int64_t sealed;		/* ms: the newest version in force, else the newest */
	int64_t opened;		/* last release of anything of it, ms, or -1 */
	int64_t due;		/* earliest of its fields, or -1 */
	int overdue;
	const char *proven_by;	/* eventID of a sign-in that an entry explains by a release of the
				 * version in force, or NULL */
	int conflict;		/* one version was sealed twice with different digests */
	struct rotate_spare spare;
	const struct rotate_field *fields;	/* by name */
	size_t n_fields;
};

struct rotate_token {
	const char *holder;
	const char *label;
	int64_t proven;		/* approval, drill or enrolment, ms */
	int stale;		/* older than the rule's drill_days */
};

/* Lends what it points to from `struct rotate`: free the report first. */
struct rotate_report {
	const struct rotate_record *records;	/* by name */
	size_t n_records;
	const struct rotate_token *tokens;	/* by holder, label: those of the newest policy */
	size_t n_tokens;
	size_t n_due, n_overdue;		/* fields */
	size_t n_stale;				/* tokens */
};

int rotate_new(struct rotate **r, struct err *e);
void rotate_free(struct rotate **r);
/* One policy document of the chain, verified by the caller, in any order. */
int rotate_policy(struct rotate *r, const json *policy, struct err *e);
/* One log entry, verified by the caller.  Types that say nothing about rotation
 * are skipped; one that does and is malformed is ERR_INPUT.  The entry may be freed afterwards. */
int rotate_feed(struct rotate *r, const json *entry, struct err *e);
/* The state at `now` (ms).  Entries dated later count too: clocks differ.
 * ERR_MISSING when no policy was given. */
int rotate_judge(struct rotate *r, int64_t now, struct rotate_report **out, struct err *e);
void rotate_report_free(struct rotate_report **p);

/* As JSON for --json, owned by the caller. */
int rotate_report_json(const struct rotate_report *p, json **out, struct err *e);
const char *rotate_state_name(enum rotate_state s);

#endif
