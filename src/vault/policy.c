/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/text.h"
#include "vault/doc.h"
#include "vault/policy_local.h"

void policy_free(struct policy **p)
{
	struct policy *gone = *p;

	*p = NULL;
	if (gone == NULL)
		return;
	for (size_t i = 0; i < gone->n_holders; i++)
		bundle_free(&gone->holders[i]);
	for (size_t i = 0; i < gone->n_quorums; i++)
		quorum_free(&gone->quorums[i]);
	free(gone->holders);
	free(gone->hosts);
	free(gone->quorum_names);
	free(gone->quorums);
	json_free(&gone->doc);
	free(gone);
}

static int load_holders(struct policy *p, const char *where, struct err *e)
{
	const json *list = json_get(p->doc, "holders");
	const size_t n = json_len(list);
	int r = 0;

	if (n > POLICY_HOLDERS_MAX)
		return err_set(e, ERR_INPUT, "%s has more than %d holders.", where,
		    POLICY_HOLDERS_MAX);
	p->holders = calloc(n + 1, sizeof(struct bundle *));
	if (p->holders == NULL)
		return doc_memory(e);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = bundle_from_json(&p->holders[i], json_at(list, i), 0, where, e);
		if (r != 0)
			break;
		p->n_holders++;
		if (i > 0 && strcmp(p->holders[i - 1]->name, p->holders[i]->name) >= 0)
			r = err_set(e, ERR_INPUT, "%s: its holders are not sorted by name.", where);
	}
	return r;
}

static int load_host(struct policy_host *h, const json *j, const char *where, struct err *e)
{
	const json *end;
	int r;

	r = json_shape(j, where, e, "name=n", "key=b32", "end=o?", NULL);
	if (r != 0)
		return r;
	h->name = json_str(j, "name");
	end = json_get(j, "end");
	if (end != NULL) {
		r = json_shape(end, where, e, "size=u", "root=h", NULL);
		if (r != 0)
			return r;
		h->ended = 1;
		h->size = json_int(end, "size");
		(void)json_hex(end, "root", h->root, sizeof(h->root));
	}
	return doc_exact(h->key, sizeof(h->key), j, "key", where, e);
}

static int load_hosts(struct policy *p, const char *where, struct err *e)
{
	const json *list = json_get(p->doc, "hosts");
	const size_t n = json_len(list);
	int r = 0;

	if (n > POLICY_HOSTS_MAX)
		return err_set(e, ERR_INPUT, "%s has more than %d hosts.", where, POLICY_HOSTS_MAX);
	p->hosts = calloc(n + 1, sizeof(*p->hosts));
	if (p->hosts == NULL)
		return doc_memory(e);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = load_host(&p->hosts[i], json_at(list, i), where, e);
		p->n_hosts = i + 1;
		if (r == 0 && i > 0 && strcmp(p->hosts[i - 1].name, p->hosts[i].name) >= 0)
			r = err_set(e, ERR_INPUT, "%s: its hosts are not sorted by name.", where);
	}
	return r;
}

static int load_quorums(struct policy *p, const char *where, struct err *e)
{
	const json *all = json_get(p->doc, "quorums");
	const size_t n = json_len(all);
	char at[192];
	int r = 0;

	if (n > POLICY_QUORUMS_MAX)
		return err_set(e, ERR_INPUT, "%s has more than %d quorums.", where,
		    POLICY_QUORUMS_MAX);
	p->quorum_names = calloc(n + 1, sizeof(char *));
	p->quorums = calloc(n + 1, sizeof(struct quorum *));
	if (p->quorum_names == NULL || p->quorums == NULL)
		return doc_memory(e);
	for (size_t i = 0; i < n && r == 0; i++) {
		const char *name = json_key_at(all, i);

		if (name == NULL)
			return doc_memory(e);
		if (!text_is_name(name))
			return err_set(e, ERR_INPUT, "%s: a quorum has no proper name.", where);
		(void)snprintf(at, sizeof(at), "%.90s, quorum %.63s", where, name);
		p->quorum_names[i] = name;
		r = quorum_from_json(&p->quorums[i], json_get(all, name), at, e);
		if (r == 0)
			p->n_quorums++;
	}
	return r;
}

/* No format feature beyond the first version exists. */
static int check_requires(const json *doc, const char *where, struct err *e)
{
	const json *list = json_get(doc, "requires");
	int r;

	r = doc_check_list(list, 'n', where, e);
	if (r != 0 || json_len(list) == 0)
		return r;
	(void)err_set(e, ERR_TOO_OLD, "%s requires \"%s\", which this program does not know.", where,
	    json_str_at(list, 0));
	(void)err_hint(e, "Install a newer twokey.");
	return ERR_TOO_OLD;
}

static int load_head(struct policy *p, const char *where, struct err *e)
{
	int r;

	p->serial = json_int(p->doc, "serial");
	p->has_previous = json_hex(p->doc, "previous", p->previous, sizeof(p->previous)) == 0;
	if (p->serial < 1 || p->has_previous != (p->serial > 1))
		return err_set(e, ERR_INPUT, "%s: serial and previous do not fit.", where);
	r = check_requires(p->doc, where, e);
	if (r == 0)
		r = doc_check_logs(json_get(p->doc, "logs"), where, e);
	return r;
}

int policy_from_json(struct policy **out, const json *doc, const char *where, struct err *e)
{
	struct policy *p;
	int r;

	*out = NULL;
	r = doc_check_type(doc, "twokey-policy-v1", where, e);
	/* A newer format may have more members: say so before they are missed. */
	if (r == 0 && json_is_array(json_get(doc, "requires")))
		r = check_requires(doc, where, e);
	if (r == 0)
		r = json_shape(doc, where, e, "type=s", "name=n", "serial=u", "previous=h?",
		    "created=t", "requires=a", "quorums=o", "holders=a", "hosts=a", "rules=o",
		    "logs=a", "signatures=a", NULL);
	if (r != 0)
		return r;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return doc_memory(e);
	p->doc = json_share(doc);
	r = load_head(p, where, e);
	if (r == 0)
		r = load_holders(p, where, e);
	if (r == 0)
		r = load_hosts(p, where, e);
	if (r == 0)
		r = load_quorums(p, where, e);
	if (r == 0)
		r = policy_load_rules(p, where, e);
	if (r == 0)
		r = policy_check_names(p, where, e);
	if (r == 0)
		r = doc_hash(p->hash, POLICY_LABEL, doc, "signatures", e);
	if (r != 0)
		policy_free(&p);
	*out = p;
	return r;
}

int policy_parse(struct policy **p, const void *data, size_t len, const char *where,
    struct err *e)
{
	json *doc = NULL;
	int r;

	*p = NULL;
	r = doc_parse(&doc, data, len, POLICY_MAX, where, e);
	if (r == 0)
		r = policy_from_json(p, doc, where, e);
	json_free(&doc);
	return r;
}

int policy_parse_pinned(struct policy **p, const void *data, size_t len,
    const uint8_t hash[HASH_LEN], const uint8_t vault[HASH_LEN], const char *where,
    struct err *e)
{
	int r;

	r = policy_parse(p, data, len, where, e);
	if (r != 0)
		return r;
	if (memcmp((*p)->hash, hash, HASH_LEN) == 0) {
		policy_set_vault(*p, vault);
		return 0;
	}
	policy_free(p);
	(void)err_set(e, ERR_TAMPERED, "%s is not the policy that this machine has accepted.", where);
	(void)err_hint(e, "Compare the store with a copy of it, and with another machine.");
	return ERR_TAMPERED;
}

void policy_set_vault(struct policy *p, const uint8_t vault[HASH_LEN])
{
	memcpy(p->vault, vault, HASH_LEN);
	hex_encode(p->vault_hex, vault, HASH_LEN);
	p->has_vault = 1;
}
