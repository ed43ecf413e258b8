/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_RELEASE_TELLER_H
#define TWOKEY_CLI_RELEASE_TELLER_H

#include "ceremony/unseal.h"
#include "cli/config.h"

/* People who are told before a release, by the first channel that takes the message: of those that
 * lead out of the host's own logs and want the event "releasing". */
struct release_teller {
	struct teller teller;
	const struct config *config;
	const struct session *session;
};
/* NULL when there is no such channel. All must live as long. */
const struct teller *release_teller(struct release_teller *t, const struct config *c, const struct session *s);

#endif
