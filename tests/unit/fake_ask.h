/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_FAKE_ASK_H
#define TWOKEY_TESTS_FAKE_ASK_H

#include "fake_vault.h"

/* A request for both fields of one record. */
struct ask {
	struct fake_vault v;
	struct record_sealed sealed;
	struct record *rec;
	struct shares *sh;
	struct secret *key;		/* deliver key */
	uint8_t pub[32];
	struct statement *st;
};

void ask_new(struct ask *a, size_t n, size_t each, const char *quorum);
void ask_free(struct ask *a);
/* The same request once more: another nonce. */
struct statement *ask_for(const struct ask *a);
/* What the approver's machine does for holder i with token k. */
struct approval *ask_approve(const struct ask *a, size_t i, size_t k);
/* One field's secret, joined from alice and bob. */
struct secret *ask_join(const struct ask *a, const char *field);

#endif
