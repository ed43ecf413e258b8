/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TOKEN_WHY_H
#define TWOKEY_TOKEN_WHY_H

#include "base/err.h"
#include "token/token_proto.h"

/* One row for each error code of libfido2 (<fido/err.h>) and of our helper. */
struct why_row {
	int code;
	const char *name;	/* as in the header, without FIDO_ERR_ or WHY_ */
	enum err_code kind;
	const char *text;	/* what follows the key's name, "." not included */
	const char *hint;	/* a sentence, or NULL */
};

/* The row of a code; codes without one (vendors' own) share the last row. */
const struct why_row *why_find(int code);
/* The nth row, NULL behind the last one. */
const struct why_row *why_row(size_t n);

/* Under this many ms a "no touch" answer is a refusal: keys wait 10 s at
 * least before they give up. */
#define WHY_REFUSAL_MS 8000

/* Sets e from a failure of the key called `name` and returns the code.  The
 * tries left are told with a wrong PIN, refusal and missing touch are told
 * apart by the time that passed. */
int why_set(struct err *e, const char *name, const struct proto_failure *why);

#endif
