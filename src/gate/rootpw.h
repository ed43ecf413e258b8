/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_ROOTPW_H
#define TWOKEY_GATE_ROOTPW_H

#include "ceremony/requester.h"
#include "ceremony/session.h"
#include "rotate/rotate.h"

/*
 * This host's own root password, in the record linux-HOST (kind linux-root).
 * The order makes it crash-safe: sealed as a candidate, then set, then proven
 * against /etc/shadow, then confirmed in the log.  At every instant a version
 * that can be opened holds what /etc/shadow wants: the one in force, or a
 * candidate, which stays openable until the next confirmation.
 */
#define ROOTPW_USER "root"

/* One change at a time: from the seal to the confirmation its process holds
 * this lock, so that the version confirmed last is what /etc/shadow holds.
 * ERR_BUSY after wait_ms; closing *fd unlocks. */
int rootpw_lock(int *fd, const struct session *s, int wait_ms, struct err *e);

/* Behind the lock: seals a value as the next candidate; known_to NULL: nobody knows
 * it. *version is its number. */
int rootpw_seal(int64_t *version, struct session *s, const struct secret *value,
    const char *known_to, const struct requester *rq, struct err *e);

/* Behind the lock: proves that /etc/shadow holds the value, and records the
 * confirmation.  ERR_REFUSED: it does not. */
int rootpw_confirm(struct session *s, int64_t version, const struct secret *value, struct err *e);

/* The field of root's password, where this is its record; else NULL.  Of the password
 * alone: what else stands in a record from before this machine was a host is not
 * replaced with it.  Somebody knows it when it is due. */
const struct rotate_field *rootpw_field(const struct session *s, const struct rotate_record *rec);

enum rootpw_when {
	ROOTPW_KNOWN,		/* somebody knows it, or has seen it */
	ROOTPW_OVERDUE		/* and its deadline has passed, with no try in the last hour,
				 * failed or not: each seals a version, which must not fill the
				 * log by the minute, whatever other hosts say was opened */
};
/* Replaces it by a fresh random one, by itself, if there is such a record and it
 * is time.  *did is 1 after a try.  While another change is under way it does nothing.
 * A failure leaves an unconfirmed candidate at worst, and can be tried again at any time. */
int rootpw_replace(int *did, struct session *s, enum rootpw_when when, const char *via,
    struct err *e);

#endif
