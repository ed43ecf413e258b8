/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_POLICY_LOCAL_H
#define TWOKEY_VAULT_POLICY_LOCAL_H

#include "vault/policy.h"

/* Shared by policy*.c only. */
#define POLICY_HOLDERS_MAX 255
#define POLICY_HOSTS_MAX 1024
#define POLICY_QUORUMS_MAX 255
#define POLICY_LABEL "twokey policy v1"

struct policy {
	json *doc;
	int64_t serial;
	int has_previous;
	uint8_t previous[HASH_LEN];
	uint8_t hash[HASH_LEN];
	int has_vault;
	uint8_t vault[HASH_LEN];
	char vault_hex[2 * HASH_LEN + 1];
	struct bundle **holders;	/* sorted by name */
	size_t n_holders;
	struct policy_host *hosts;	/* sorted by name */
	size_t n_hosts;
	const char **quorum_names;	/* borrowed from doc */
	struct quorum **quorums;
	size_t n_quorums;
	struct policy_rules rules;
};

/* Reads and checks the member `rules` into p->rules. */
int policy_load_rules(struct policy *p, const char *where, struct err *e);
/* What stands in a policy once: credentials, keys, identities, host keys; and
 * that every name in trees and rules is one of this policy. */
int policy_check_names(const struct policy *p, const char *where, struct err *e);
/* Checks that the patterns of the rules compile. */
int policy_check_patterns(const struct policy *p, struct err *e);
/* The default rules, owned; NULL: no memory. */
json *policy_default_rules(void);
void policy_set_vault(struct policy *p, const uint8_t vault[HASH_LEN]);

#endif
