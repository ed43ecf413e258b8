/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "vault/doc.h"
#include "vault/policy_local.h"

const json *policy_doc(const struct policy *p)
{
	return p->doc;
}

const char *policy_name(const struct policy *p)
{
	return json_str(p->doc, "name");
}

int64_t policy_serial(const struct policy *p)
{
	return p->serial;
}

const uint8_t *policy_hash(const struct policy *p)
{
	return p->hash;
}

const uint8_t *policy_previous(const struct policy *p)
{
	return p->has_previous ? p->previous : NULL;
}

const uint8_t *policy_vault(const struct policy *p)
{
	return p->has_vault ? p->vault : NULL;
}

const char *policy_vault_hex(const struct policy *p)
{
	return p->vault_hex;
}

const struct policy_rules *policy_rules(const struct policy *p)
{
	return &p->rules;
}

int64_t policy_rotation_hours(const struct policy *p, const char *kind)
{
	return json_int(json_get(json_get(p->doc, "rules"), "rotation_hours"), kind);
}

const json *policy_logs(const struct policy *p)
{
	return json_get(p->doc, "logs");
}

size_t policy_holders(const struct policy *p)
{
	return p->n_holders;
}

const struct bundle *policy_holder_at(const struct policy *p, size_t i)
{
	return i < p->n_holders ? p->holders[i] : NULL;
}

const struct bundle *policy_holder(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_holders; i++)
		if (strcmp(p->holders[i]->name, name) == 0)
			return p->holders[i];
	return NULL;
}

const struct bundle_token *policy_token(const struct policy *p, const char *holder,
    const char *label)
{
	const struct bundle *b = policy_holder(p, holder);

	return b != NULL ? bundle_token(b, label) : NULL;
}

int policy_allow_list(const struct policy *p, const struct quorum *q, struct token_id **ids,
    const struct bundle_token ***tokens, size_t *n, struct err *e)
{
	const struct bundle_token **list;
	size_t all = 0;

	*ids = NULL;
	*n = 0;
	if (tokens != NULL)
		*tokens = NULL;
	for (size_t i = 0; i < p->n_holders; i++)
		all += p->holders[i]->n;
	*ids = calloc(all + 1, sizeof(struct token_id));
	list = calloc(all + 1, sizeof(struct bundle_token *));
	if (*ids == NULL || list == NULL) {
		free(*ids);
		free(list);
		*ids = NULL;
		return doc_memory(e);
	}
	for (size_t i = 0; i < p->n_holders; i++) {
		const struct bundle *b = p->holders[i];

		for (size_t k = 0; k < b->n && (q == NULL || quorum_has(q, b->name)); k++) {
			(*ids)[*n] = (struct token_id){ b->tokens[k].id, b->tokens[k].id_len };
			list[(*n)++] = &b->tokens[k];
		}
	}
	if (tokens != NULL)
		*tokens = list;
	else
		free(list);
	return 0;
}

size_t policy_hosts(const struct policy *p)
{
	return p->n_hosts;
}

const struct policy_host *policy_host_at(const struct policy *p, size_t i)
{
	return i < p->n_hosts ? &p->hosts[i] : NULL;
}

const struct policy_host *policy_host(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_hosts; i++)
		if (strcmp(p->hosts[i].name, name) == 0)
			return &p->hosts[i];
	return NULL;
}

size_t policy_quorums(const struct policy *p)
{
	return p->n_quorums;
}

const char *policy_quorum_name(const struct policy *p, size_t i)
{
	return i < p->n_quorums ? p->quorum_names[i] : NULL;
}

const struct quorum *policy_quorum(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_quorums; i++)
		if (strcmp(p->quorum_names[i], name) == 0)
			return p->quorums[i];
	return NULL;
}
