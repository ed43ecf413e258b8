/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "vault/doc.h"
#include "vault/statement.h"

#define NONCE_LEN 16
#define MINUTE_MS INT64_C(60000)

/* j, or NULL when a setter failed. */
static json *finish(json *j, int failed)
{
	if (failed)
		json_free(&j);
	return j;
}

static json *subject_record(const char *record, int64_t version)
{
	json *j = json_new_object();

	return finish(j, j == NULL || json_set_str(j, "record", record) != 0 ||
	    json_set_int(j, "version", version) != 0);
}

json *statement_subject_unseal(const char *record, int64_t version,
    const uint8_t digest[HASH_LEN])
{
	json *j = subject_record(record, version);

	return finish(j, j == NULL || json_set_hex(j, "digest", digest, HASH_LEN) != 0);
}

json *statement_subject_reseal(const uint8_t policy[HASH_LEN])
{
	json *j = json_new_object();

	return finish(j, j == NULL || json_set_hex(j, "policy", policy, HASH_LEN) != 0 ||
	    json_set(j, "records", json_new_array()) != 0);
}

int statement_subject_reseal_add(json *subject, const char *record, int64_t version,
    const uint8_t digest[HASH_LEN])
{
	json *list = (json *)(uintptr_t)json_get(subject, "records");

	return json_add(list, statement_subject_unseal(record, version, digest));
}

json *statement_subject_login(const char *service, const char *user, const char *tty,
    const char *rhost)
{
	json *j = json_new_object();

	return finish(j, j == NULL || json_set_str(j, "service", service) != 0 ||
	    json_set_str(j, "user", user) != 0 || json_set_str(j, "tty", tty) != 0 ||
	    json_set_str(j, "rhost", rhost) != 0);
}

json *statement_subject_policy(int64_t serial, const uint8_t hash[HASH_LEN])
{
	json *j = json_new_object();

	return finish(j, j == NULL || json_set_int(j, "serial", serial) != 0 ||
	    json_set_hex(j, "hash", hash, HASH_LEN) != 0);
}

json *statement_subject_drill(const char *holder)
{
	json *j = json_new_object();

	return finish(j, j == NULL || json_set_str(j, "holder", holder) != 0);
}

json *statement_subject_fields(const char *record, int64_t version, const char *const *fields,
    size_t n)
{
	json *j = subject_record(record, version), *list = json_new_array();
	int r = j == NULL || list == NULL;

	for (size_t i = 0; i < n && r == 0; i++)
		r = json_add_str(list, fields[i]);
	if (r == 0) {
		r = json_set(j, "fields", list);
		list = NULL;
	}
	json_free(&list);
	return finish(j, r);
}

static json *deliver_one(const struct statement_deliver *d)
{
	json *j = json_new_object(), *list = json_new_array();
	int r = j == NULL || list == NULL || json_set_str(j, "to", d->to) != 0 ||
	    json_set_bytes(j, "key", d->key, X25519_LEN) != 0;

	for (size_t i = 0; i < d->n && r == 0; i++) {
		json *f = json_new_object();

		r = f == NULL || json_set_str(f, "name", d->fields[i].name) != 0 ||
		    json_set_str(f, "as", d->fields[i].as) != 0 ||
		    json_add(list, json_share(f)) != 0;
		json_free(&f);
	}
	if (r == 0) {
		r = json_set(j, "fields", list);
		list = NULL;
	}
	json_free(&list);
	return finish(j, r);
}

static int set_deliver(json *doc, const struct statement_in *in)
{
	json *list = json_new_array();
	int r = list == NULL;

	for (size_t i = 0; i < in->n_deliver && r == 0; i++)
		r = json_add(list, deliver_one(&in->deliver[i]));
	if (r != 0) {
		json_free(&list);
		return r;
	}
	return json_set(doc, "deliver", list);
}

static int set_requester(json *doc, const struct statement_in *in)
{
	json *j = json_new_object();
	const int r = j == NULL || json_set_str(j, "user", in->user) != 0 ||
	    json_set_int(j, "uid", in->uid) != 0 || json_set_str(j, "host", in->host) != 0 ||
	    json_set_str(j, "tty", in->tty) != 0 || json_set_str(j, "via", in->via) != 0 ||
	    json_set(doc, "requester", json_share(j)) != 0;

	json_free(&j);
	return r;
}

static int set_log(json *doc, const struct statement_in *in)
{
	json *j;
	int r;

	if (in->log_origin == NULL)
		return json_set_null(doc, "log");
	j = json_new_object();
	r = j == NULL || json_set_str(j, "origin", in->log_origin) != 0 ||
	    json_set_int(j, "size", in->log_size) != 0 ||
	    json_set_hex(j, "root", in->log_root, HASH_LEN) != 0 ||
	    json_set(doc, "log", json_share(j)) != 0;
	json_free(&j);
	return r;
}

static int set_policy(json *doc, const struct statement_in *in)
{
	return in->policy == NULL ? json_set_null(doc, "policy") :
	    json_set_hex(doc, "policy", in->policy, HASH_LEN);
}

/* What people typed gets a sentence of its own; the parser says the rest. */
static int check_words(const struct statement_in *in, struct err *e)
{
	const struct { const char *what, *text; } words[] = {
		{ "reason", in->reason }, { "ticket", in->ticket }, { "task", in->task },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].text == NULL)
			continue;
		if (strlen(words[i].text) > TEXT_MAX)
			return err_set(e, ERR_USAGE, "The %s is longer than %d bytes.",
			    words[i].what, TEXT_MAX);
		if (!text_clean(words[i].text, strlen(words[i].text)))
			return err_set(e, ERR_USAGE, "The %s has a control or hidden character, or "
			    "is no UTF-8.", words[i].what);
	}
	return in->reason != NULL ? 0 : err_set(e, ERR_USAGE, "A reason is missing.");
}

int statement_new(struct statement **st, struct statement_in *in, struct err *e)
{
	uint8_t nonce[NONCE_LEN];
	struct buf bytes = BUF_INIT;
	json *doc = json_new_object();
	int r;

	*st = NULL;
	r = check_words(in, e);
	if (r == 0)
		r = random_bytes(nonce, sizeof(nonce), e);
	if (r == 0 && (doc == NULL || json_set_str(doc, "type", "twokey-statement-v1") != 0 ||
	    json_set_hex(doc, "vault", in->vault, HASH_LEN) != 0 || set_policy(doc, in) != 0 ||
	    json_set_str(doc, "action", statement_action_name(in->action)) != 0 ||
	    json_set(doc, "subject", json_share(in->subject)) != 0 ||
	    set_deliver(doc, in) != 0 || json_set_str(doc, "reason", in->reason) != 0 ||
	    json_set_str(doc, "ticket", in->ticket) != 0 ||
	    json_set_str(doc, "task", in->task) != 0 || set_requester(doc, in) != 0 ||
	    json_set_time(doc, "time", in->now) != 0 ||
	    json_set_time(doc, "expires", in->now + in->minutes * MINUTE_MS) != 0 ||
	    json_set_bytes(doc, "nonce", nonce, sizeof(nonce)) != 0 || set_log(doc, in) != 0))
		r = doc_memory(e);
	if (r == 0)
		r = json_canonical(&bytes, doc, e);
	if (r == 0)
		r = statement_parse(st, bytes.data, bytes.len, "the request", e);
	json_free(&in->subject);
	json_free(&doc);
	buf_free(&bytes);
	return r;
}
