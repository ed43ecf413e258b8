/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "vault/approval.h"
#include "vault/doc.h"
#include "vault/policy_local.h"
#include "vault/statement.h"

int policy_draft_first(json **out, const char *name, int64_t now, struct err *e)
{
	static const char *const arrays[] = { "requires", "holders", "hosts", "logs", "signatures" };
	json *doc = json_new_object();
	int r = doc == NULL;

	*out = NULL;
	if (!text_is_name(name)) {
		json_free(&doc);
		return err_set(e, ERR_USAGE, "A vault's name has lower-case letters, digits, \".\" "
		    "and \"-\" only, at most 63, and starts with a letter or digit.");
	}
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]) && r == 0; i++)
		r = json_set(doc, arrays[i], json_new_array());
	if (r != 0 || json_set_str(doc, "type", "twokey-policy-v1") != 0 ||
	    json_set_str(doc, "name", name) != 0 || json_set_int(doc, "serial", 1) != 0 ||
	    json_set_null(doc, "previous") != 0 || json_set_time(doc, "created", now) != 0 ||
	    json_set(doc, "quorums", json_new_object()) != 0 ||
	    json_set(doc, "rules", policy_default_rules()) != 0) {
		json_free(&doc);
		return doc_memory(e);
	}
	*out = doc;
	return 0;
}

int policy_draft_next(json **out, const struct policy *p, int64_t now, struct err *e)
{
	json *doc = json_copy(p->doc);

	*out = NULL;
	if (doc == NULL || json_set_int(doc, "serial", p->serial + 1) != 0 ||
	    json_set_hex(doc, "previous", p->hash, HASH_LEN) != 0 ||
	    json_set_time(doc, "created", now) != 0 ||
	    json_set(doc, "signatures", json_new_array()) != 0) {
		json_free(&doc);
		return doc_memory(e);
	}
	*out = doc;
	return 0;
}

/* A member of a draft, to be changed. */
static json *part(json *doc, const char *name)
{
	return (json *)(uintptr_t)json_get(doc, name);
}

/* Every change makes the signatures worthless. */
static int unsign(json *doc, struct err *e)
{
	return json_set(doc, "signatures", json_new_array()) != 0 ? doc_memory(e) : 0;
}

/* Puts item (taken over; NULL: none) into an array kept sorted by `key`, in
 * place of the element that has the same. */
static int put_sorted(json *doc, const char *array, const char *key, const char *name, json *item,
    struct err *e)
{
	const json *old = json_get(doc, array);
	json *list = json_new_array();
	int r = list == NULL;

	for (size_t i = 0; i < json_len(old) && r == 0; i++) {
		const char *have = json_str(json_at(old, i), key);
		const int order = have != NULL ? strcmp(have, name) : -1;

		if (order > 0 && item != NULL) {
			r = json_add(list, json_share(item));
			json_free(&item);
		}
		if (order != 0 && r == 0)
			r = json_add(list, json_share(json_at(old, i)));
	}
	if (item != NULL && r == 0)
		r = json_add(list, json_share(item));
	json_free(&item);
	if (r == 0)
		r = json_set(doc, array, json_share(list));
	json_free(&list);
	return r != 0 ? doc_memory(e) : unsign(doc, e);
}

static const json *find(const json *doc, const char *array, const char *key, const char *name)
{
	const json *list = json_get(doc, array);

	for (size_t i = 0; i < json_len(list); i++) {
		const char *have = json_str(json_at(list, i), key);

		if (have != NULL && strcmp(have, name) == 0)
			return json_at(list, i);
	}
	return NULL;
}

int policy_draft_quorum(json *doc, const char *name, const struct quorum *q, struct err *e)
{
	if (!text_is_name(name))
		return err_set(e, ERR_USAGE, "A quorum's name has lower-case letters, digits, \".\" "
		    "and \"-\" only, at most 63, and starts with a letter or digit.");
	if (json_set(part(doc, "quorums"), name, quorum_to_json(q)) != 0)
		return doc_memory(e);
	return unsign(doc, e);
}

int policy_draft_drop_quorum(json *doc, const char *name, struct err *e)
{
	if (json_get(json_get(doc, "quorums"), name) == NULL)
		return err_set(e, ERR_MISSING, "There is no quorum %.63s.", name);
	(void)json_remove(part(doc, "quorums"), name);
	return unsign(doc, e);
}

int policy_draft_holder(json *doc, const struct bundle *b, struct err *e)
{
	return put_sorted(doc, "holders", "name", b->name, json_share(b->doc), e);
}

int policy_draft_drop_holder(json *doc, const char *name, struct err *e)
{
	if (find(doc, "holders", "name", name) == NULL)
		return err_set(e, ERR_MISSING, "There is no holder %.63s.", name);
	return put_sorted(doc, "holders", "name", name, NULL, e);
}

static json *host_item(const char *name, const char *key_text)
{
	json *h = json_new_object();

	if (h == NULL || json_set_str(h, "name", name) != 0 || json_set_null(h, "end") != 0 ||
	    (key_text != NULL && json_set_str(h, "key", key_text) != 0))
		json_free(&h);
	return h;
}

int policy_draft_host(json *doc, const char *name, const uint8_t key[ED25519_KEY_LEN],
    struct err *e)
{
	json *h;

	if (!text_is_name(name))
		return err_set(e, ERR_USAGE, "A host's name has lower-case letters, digits, \".\" "
		    "and \"-\" only, at most 63, and starts with a letter or digit.");
	if (find(doc, "hosts", "name", name) != NULL)
		return err_set(e, ERR_EXISTS, "There is a host %s already; its name stays taken.",
		    name);
	h = host_item(name, NULL);
	if (h == NULL || json_set_bytes(h, "key", key, ED25519_KEY_LEN) != 0) {
		json_free(&h);
		return doc_memory(e);
	}
	return put_sorted(doc, "hosts", "name", name, h, e);
}

int policy_draft_end_host(json *doc, const char *name, int64_t size,
    const uint8_t root[HASH_LEN], struct err *e)
{
	const json *old = find(doc, "hosts", "name", name);
	json *h = NULL, *end = NULL;

	if (old == NULL)
		return err_set(e, ERR_MISSING, "There is no host %.63s.", name);
	if (json_get(old, "end") != NULL)
		return err_set(e, ERR_EXISTS, "Host %s was removed before.", name);
	h = host_item(name, json_str(old, "key"));
	end = json_new_object();
	if (h == NULL || end == NULL || json_set_int(end, "size", size) != 0 ||
	    json_set_hex(end, "root", root, HASH_LEN) != 0 ||
	    json_set(h, "end", json_share(end)) != 0) {
		json_free(&end);
		json_free(&h);
		return doc_memory(e);
	}
	json_free(&end);
	return put_sorted(doc, "hosts", "name", name, h, e);
}

int policy_draft_rule(json *doc, const char *rule, json *value, struct err *e)
{
	json *rules = part(doc, "rules");

	/* rotate_after may be null, so ask for the key itself. */
	for (size_t i = 0; i < json_len(rules); i++) {
		if (strcmp(json_key_at(rules, i), rule) != 0)
			continue;
		if ((value == NULL ? json_set_null(rules, rule) :
		    json_set(rules, rule, value)) != 0)
			return doc_memory(e);
		return unsign(doc, e);
	}
	json_free(&value);
	return err_set(e, ERR_USAGE, "There is no rule %.63s.", rule);
}

int policy_draft_log(json *doc, const char *host, int64_t size, const uint8_t root[HASH_LEN],
    struct err *e)
{
	json *log = json_new_object();

	if (log == NULL || json_set_str(log, "host", host) != 0 ||
	    json_set_int(log, "size", size) != 0 ||
	    json_set_hex(log, "root", root, HASH_LEN) != 0) {
		json_free(&log);
		return doc_memory(e);
	}
	return put_sorted(doc, "logs", "host", host, log, e);
}

int policy_draft_hash(uint8_t hash[HASH_LEN], const json *doc, struct err *e)
{
	return doc_hash(hash, POLICY_LABEL, doc, "signatures", e);
}

static int add_bare(json *list, const json *approval, struct err *e)
{
	struct approval *a = NULL;
	int r;

	r = approval_from_json(&a, approval, json_get(approval, "shares") == NULL, "an approval", e);
	if (r == 0 && json_add(list, approval_bare(a)) != 0)
		r = doc_memory(e);
	approval_free(&a);
	return r;
}

int policy_draft_sign(json *doc, const struct statement *st, const json *approvals,
    struct err *e)
{
	json *group = json_new_object(), *list = json_new_array();
	int r = group == NULL || list == NULL ? doc_memory(e) : 0;

	for (size_t i = 0; i < json_len(approvals) && r == 0; i++)
		r = add_bare(list, json_at(approvals, i), e);
	if (r == 0 && (json_set(group, "statement", json_share(st->doc)) != 0 ||
	    json_set(group, "approvals", json_share(list)) != 0 ||
	    json_add(part(doc, "signatures"), json_share(group)) != 0))
		r = doc_memory(e);
	json_free(&list);
	json_free(&group);
	return r;
}

int policy_draft_write(struct buf *out, const json *doc, struct err *e)
{
	return json_canonical(out, doc, e);
}
