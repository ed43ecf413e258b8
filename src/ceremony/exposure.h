/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_EXPOSURE_H
#define TWOKEY_CEREMONY_EXPOSURE_H

#include "ceremony/session.h"
#include "rotate/rotate.h"

/* What is known, exposed and due (rotate/rotate.h), from a session's policies
 * and all hosts' logs. */
struct exposure {
	struct rotate *rot;		/* owned, lends to: */
	struct rotate_report *report;	/* owned */
};

/* Every log is hashed up to where it counts: ERR_TAMPERED, ERR_ROLLBACK when one
 * was changed.  Takes the writer locks for a moment (session_index); both
 * members are NULL after a failure. */
int exposure_judge(struct exposure *x, struct session *s, int64_t now, struct err *e);
/* The same, with each entry handed to fn as session_each does. */
int exposure_judge_each(struct exposure *x, struct session *s, int64_t now, log_entry_fn *fn,
    void *arg, struct err *e);
void exposure_free(struct exposure *x);

#endif
