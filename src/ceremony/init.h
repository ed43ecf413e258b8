/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_INIT_H
#define TWOKEY_CEREMONY_INIT_H

#include "base/clock.h"
#include "ceremony/requester.h"
#include "ceremony/ui.h"
#include "vault/bundle.h"
#include "vault/quorum.h"

/* A new vault (docs/formats.md section 4): its first policy, signed by every
 * holder it names, this host with a fresh key, and the pin. */
struct init_quorum {
	const char *name;
	const struct quorum *tree;
};

struct init_in {
	const char *name;		/* the vault's, for people */
	const char *store, *state;	/* absolute paths, made where missing */
	const char *host;
	struct bundle *const *holders;
	size_t n_holders;
	const struct init_quorum *quorums;	/* "default" among them */
	size_t n_quorums;
	json *rules;			/* members override the default rules; NULL: none */
	const struct requester *requester;
	const struct ui *ui;
	const struct clock *clock;
	int wait_ms;
	/* Shows the vault id and what is about to be signed; NULL allowed. */
	int (*show)(void *ctx, const char *vault_hex, struct err *e);
	void *ctx;
};

/* vault_hex (65 bytes) gets the vault id.  ERR_EXISTS: this machine or store has
 * one already.  After a failure the same call can be made again. */
int init_vault(char *vault_hex, const struct init_in *in, struct err *e);

#endif
