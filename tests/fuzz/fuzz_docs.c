/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The documents of the vault.  Whatever a reader takes is canonical, so the
 * document it keeps writes the very same bytes; a tree that was read reads
 * back from its own text.
 */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vault/approval.h"
#include "vault/bundle.h"
#include "vault/policy.h"
#include "vault/quorum.h"
#include "vault/record.h"
#include "vault/shares.h"
#include "vault/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void fuzz_same(const json *doc, const uint8_t *data, size_t len)
{
	struct buf b = BUF_INIT;

	assert(json_canonical(&b, doc, NULL) == 0);
	assert(b.len == len && memcmp(b.data, data, len) == 0);
	buf_free(&b);
}

static void fuzz_tree(const struct quorum *q)
{
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct quorum *back = NULL;
	json *j = quorum_to_json(q);

	assert(quorum_least(q) >= 2 && quorum_least(q) <= quorum_size(q));
	assert(quorum_to_text(&text, q, NULL) == 0);
	assert(quorum_from_text(&back, buf_str(&text), NULL) == 0);
	assert(quorum_to_text(&again, back, NULL) == 0);
	assert(strcmp(buf_str(&text), buf_str(&again)) == 0);
	quorum_free(&back);
	assert(quorum_from_json(&back, j, "back", NULL) == 0);
	quorum_free(&back);
	json_free(&j);
	buf_free(&text);
	buf_free(&again);
}

static void fuzz_text(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct quorum *q = NULL;

	assert(text != NULL);
	memcpy(text, data, len);
	text[len] = '\0';
	if (quorum_from_text(&q, text, NULL) == 0)
		fuzz_tree(q);
	quorum_free(&q);
	free(text);
}

static void fuzz_policy(const uint8_t *data, size_t len)
{
	struct policy *p = NULL;

	if (policy_parse(&p, data, len, "policy", NULL) != 0)
		return;
	fuzz_same(policy_doc(p), data, len);
	for (size_t i = 0; i < policy_quorums(p); i++)
		fuzz_tree(policy_quorum(p, policy_quorum_name(p, i)));
	(void)policy_verify_first(p, NULL);
	policy_free(&p);
}

static void fuzz_bundle(const uint8_t *data, size_t len)
{
	char print[BUNDLE_FINGERPRINT_LEN + 1];
	struct bundle *b = NULL;
	json *doc = NULL;

	if (json_parse(&doc, data, len, JSON_CANONICAL, "bundle", NULL) == 0 &&
	    bundle_from_json(&b, doc, 0, "bundle", NULL) == 0) {
		fuzz_same(b->doc, data, len);
		bundle_fingerprint(print, b);
		(void)bundle_check(b, NULL);
		(void)bundle_check_models(b, NULL, NULL, NULL);
	}
	bundle_free(&b);
	json_free(&doc);
}

static void fuzz_record(const uint8_t *data, size_t len)
{
	struct secret *s = NULL, *plain = NULL;
	struct record *r = NULL;

	if (record_parse(&r, data, len, "record", NULL) != 0)
		return;
	fuzz_same(r->doc, data, len);
	assert(secret_from(&s, "0123456789abcdef0123456789abcdef", 32, NULL) == 0);
	for (size_t i = 0; i < r->n; i++)
		assert(record_open_field(&plain, r, r->fields[i].name, s, NULL, NULL) != 0);
	secret_free(&s);
	record_free(&r);
}

static void fuzz_shares(const uint8_t *data, size_t len)
{
	struct shares *sh = NULL;

	if (shares_parse(&sh, data, len, "shares", NULL) == 0)
		fuzz_same(sh->doc, data, len);
	shares_free(&sh);
}

static void fuzz_request(const uint8_t *data, size_t len)
{
	struct statement *st = NULL;
	struct approval *a = NULL;
	json *doc = NULL, *bare;
	uint8_t key[X25519_LEN];

	if (statement_parse(&st, data, len, "statement", NULL) == 0) {
		fuzz_same(st->doc, data, len);
		assert(statement_action_name(st->action) != NULL);
		(void)statement_field(st, "password", key, NULL, NULL);
		(void)statement_check_time(st, st->time, NULL);
	}
	statement_free(&st);
	if (json_parse(&doc, data, len, JSON_CANONICAL, "approval", NULL) == 0)
		for (int b = 0; b < 2; b++) {
			if (approval_from_json(&a, doc, b, "approval", NULL) != 0)
				continue;
			fuzz_same(a->doc, data, len);
			bare = approval_bare(a);
			approval_free(&a);
			assert(approval_from_json(&a, bare, 1, "bare", NULL) == 0);
			approval_free(&a);
			json_free(&bare);
		}
	json_free(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_text(data, len);
	fuzz_policy(data, len);
	fuzz_bundle(data, len);
	fuzz_record(data, len);
	fuzz_shares(data, len);
	fuzz_request(data, len);
	return 0;
}
