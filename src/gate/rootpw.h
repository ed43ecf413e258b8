/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_ROOTPW_H
#define TWOKEY_GATE_ROOTPW_H

#include "ceremony/requester.h"
#include "ceremony/session.h"

/*
 * This host's own root password, in the record linux-HOST (kind linux-root).
 * The order makes it crash-safe: sealed as a candidate, then set, then proven
 * against /etc/shadow, then confirmed in the log.  At every instant a version
 * that can be opened holds what /etc/shadow wants: the one in force, or a
 * candidate, which stays openable until the next confirmation.
 */
#define ROOTPW_USER "root"

/* Seals a value as the next candidate; known_to NULL: nobody knows it. *version is its number. */
int rootpw_seal(int64_t *version, struct session *s, const struct secret *value,
    const char *known_to, const struct requester *rq, struct err *e);

/* Proves that /etc/shadow holds the value, and records the confirmation.
 * ERR_REFUSED: it does not. */
int rootpw_confirm(struct session *s, int64_t version, const struct secret *value, struct err *e);

/* Whether this host's root password wants to be replaced; all 0 without a record. */
struct rootpw_due {
	int due;		/* somebody knows it, or has seen it */
	int overdue;		/* and its deadline has passed */
	int tried;		/* a candidate of less than an hour ago is not confirmed */
};
int rootpw_due(struct rootpw_due *d, struct session *s, struct err *e);

/* A fresh random one by itself.  A failure leaves an unconfirmed candidate at worst, and
 * can be tried again at any time. */
int rootpw_rotate(struct session *s, const struct requester *rq, struct err *e);

#endif
