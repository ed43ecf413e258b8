/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_POSTURE_JUDGE_LOCAL_H
#define TWOKEY_POSTURE_JUDGE_LOCAL_H

#include "posture/posture.h"

/* CIS AWS Foundations Benchmark 7.0 (POSTURE_CIS). */
#define CIS_CENTRAL "2.1.1"
#define CIS_CONTACT "2.2"
#define CIS_SECURITY "2.3"
#define CIS_NO_KEY "2.4"
#define CIS_MFA "2.5"
#define CIS_HARDWARE "2.6"
#define CIS_AVOID "2.7"

#define SIGN_IN_FIRST "Sign in as root, then Security credentials: "

/* One more finding; and what is to be done about the last one. */
void posture_add(struct posture_findings *o, const char *what, const char *cis,
    enum posture_state state, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void posture_next(struct posture_findings *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* 1 when central management keeps the account's root without credentials. */
int posture_bare(const struct posture_facts *f);
/* The first record of the account, or NULL. */
const struct posture_record *posture_record_of(const struct posture_facts *f);

/* judge_root.c, judge_use.c */
void posture_judge_root(struct posture_findings *o, const struct posture_facts *f);
void posture_judge_use(struct posture_findings *o, const struct posture_facts *f);

#endif
