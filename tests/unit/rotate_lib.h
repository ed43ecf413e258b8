/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_ROTATE_LIB_H
#define TWOKEY_TESTS_ROTATE_LIB_H

#include "rotate/rotate.h"

/*
 * Timelines as text, so that a table of them can be read.  Times are hours
 * behind tl_start; the rules say 24 hours for `generic` and 10 days for drills.
 *   S1@0 pw totp+alice    record.sealed of version 1: totp known to alice
 *   S2c@5 pw              a candidate
 *   R1@9 pw=value,24      released, with the due hour the entry promises (or none)
 *   C2@12 pw              rotation.confirmed by "holders";  F2@12 pw: by "shadow"
 *   H1@20 2               shares.sealed under policy 2
 *   A@30 bob 1            ceremony.approved by bob's token t1;  D@30 bob 1: drill.passed
 *   P2@15 drop carol      policy 2 without carol;  P2@15 rekey bob;  P2@15 drop carol rekey bob
 * A host's name may stand in front ("h2:S1@0 pw"); h1 is meant otherwise.  Its log is
 * at the newest policy so far, or at that of the number in "h2~1:S1@0 pw".
 * P2@15 same: nothing changed.  Policy 1 is there from hour 0.  Steps are separated by ';'.
 * Of record r, or of another, as in "=linux-h3;S1@0 pw": h3 is a host from policy 2 on,
 * and ended from policy 3 on.
 */
#define TL_START INT64_C(1767225600000)
#define TL_HOUR INT64_C(3600000)

struct tl {
	json *policies[8];
	size_t n_policies;
	json *entries[64];
	size_t n_entries;
	char record[16];
};

void tl_read(struct tl *t, const char *text);
void tl_free(struct tl *t);
/* Feeds all: hosts in turn, those whose name comes at or behind `first` first. */
struct rotate *tl_feed(const struct tl *t, const char *first);
struct rotate_report *tl_judge(struct rotate *r, double hour);
/* "pw exposed v1 since 9 due 33 overdue; totp sealed v1". */
void tl_fields(char *out, size_t cap, const struct rotate_record *r);

#endif
