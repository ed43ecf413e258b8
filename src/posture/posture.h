/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_POSTURE_POSTURE_H
#define TWOKEY_POSTURE_POSTURE_H

#include <stddef.h>
#include <stdint.h>

#include "aws/iam.h"
#include "base/text.h"

/*
 * How well the root user of an AWS account is kept: facts in, findings out, a pure
 * function.  What was not read is a finding of its own, never taken for good.
 */

/* The numbers beside findings are those of this version of the CIS AWS Foundations
 * Benchmark. */
#define POSTURE_CIS "7.0"

/* What is asked of AWS, in the order in which failures are told. */
enum posture_call {
	CALL_ORGANIZATION,	/* these two of the caller's own account alone */
	CALL_ACCOUNTS,
	CALL_ROLE,
	CALL_SUMMARY,
	CALL_DEVICES,
	CALL_REPORT,
	CALL_SECURITY,		/* the three alternate contacts, in this order */
	CALL_BILLING,
	CALL_OPERATIONS,
	CALL_FEATURES,
	POSTURE_CALLS
};
/* As policies name it: "iam:GetAccountSummary". */
const char *posture_call_name(enum posture_call c);

enum posture_how { POSTURE_NOT_ASKED, POSTURE_READ, POSTURE_FAILED };
struct posture_read {
	enum posture_how how;
	char why[ERR_TEXT_MAX], hint[ERR_HINT_MAX];	/* when it failed */
};

/* Root's row of a credential report; 1, 0, or -1 where it does not tell. */
#define POSTURE_NEVER (-1)
#define POSTURE_NOT_TOLD (-2)
struct posture_row {
	int mfa;
	int key[2], certificate[2];	/* active */
	int64_t key_used[2];		/* ms, POSTURE_NEVER or POSTURE_NOT_TOLD */
	int64_t password_used;		/* the same; the first use within five minutes */
};
/* Reads a report, by the names in its head.  ERR_INPUT when root has no row there. */
int posture_row_read(struct posture_row *out, const char *csv, size_t len, struct err *e);

/* What the vault knows; strings are lent by it. */
struct posture_record {		/* of kind aws-root, in the version in force */
	const char *name, *account, *email, *email_controller, *phone_controller;
	int64_t sealed;		/* ms: the first version */
	const char *witness;	/* the KMS key that is the witness of its first field that has one, or NULL */
};
struct posture_moment {
	const char *account, *record;
	int64_t time;		/* ms */
};
struct posture_vault {
	const struct posture_record *records;
	size_t n_records;
	const struct posture_moment *releases;
	size_t n_releases;
	const struct posture_moment *sign_ins;	/* that a release explains */
	size_t n_sign_ins;
};

/* A witness's KMS key. */
#define POSTURE_KEYS 8
struct posture_key {
	const char *arn;		/* lent by the vault */
	struct posture_read call, policy;
	char origin[64], state[64];	/* as KMS names them */
	int denies;		/* its policy: posture_key_denies */
};
/* 1 when a key's policy, JSON, denies everybody and without a condition what gives a witness's answers to others:
 * kms:ReEncrypt* and kms:CreateGrant. */
int posture_key_denies(const char *policy, size_t len);

struct posture_facts {
	char account[16];
	char name[128], email[256], status[32];	/* as the organization lists it; "": not told */
	int own;		/* the caller's account */
	int member;		/* known to be of an organization, and not the one managing it */
	struct posture_read call[POSTURE_CALLS];
	struct iam_summary summary;
	char virtual_mfa[512];	/* serial number of root's, "": it has none */
	struct posture_row row;
	int contact[3];		/* 1: set */
	struct iam_features features;
	struct posture_key keys[POSTURE_KEYS];	/* of the account's records */
	size_t n_keys;
	const struct posture_vault *vault;
};

enum posture_state { POSTURE_GOOD, POSTURE_ATTENTION, POSTURE_UNKNOWN };
/* "good", "attention", "unknown". */
const char *posture_state_name(enum posture_state s);

struct posture_finding {
	const char *what;	/* one word, for programs */
	const char *cis;	/* control number, or NULL */
	enum posture_state state;
	char text[ERR_TEXT_MAX];
	char next[512];		/* what to do; "" when it is good */
};
/* Zeroed at first; ends with posture_findings_free. */
struct posture_findings {
	struct posture_finding *list;
	size_t n, cap;
	size_t count[3];	/* by state */
	struct posture_finding spare;
	int failed;		/* memory ran out */
};

/* Replaces what out holds.  An account that is not active has no findings: AWS says
 * nothing of it.  ERR_MEMORY. */
int posture_judge(struct posture_findings *out, const struct posture_facts *f, struct err *e);
void posture_findings_free(struct posture_findings *o);

/* 1 when the account is closed, being closed, or suspended. */
int posture_is_closed(const struct posture_facts *f);

#endif
