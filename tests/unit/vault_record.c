/* SPDX-License-Identifier: BSD-2-Clause */
/* Records: kinds, what can be sealed, and what a reader refuses although its
 * host signed it. */
#include "unit.h"

#include <stdlib.h>

#include "fake_vault.h"
#include "vault/doc.h"

static int setup(void **state)
{
	struct fake_vault *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	fake_vault_new(v, 2, 1, "2 of (alice, bob)", NULL);
	*state = v;
	return 0;
}

static int teardown(void **state)
{
	fake_vault_free(*state);
	free(*state);
	return 0;
}

static json *parsed(const char *text)
{
	json *j = NULL;
	struct err e = { 0 };

	if (json_parse(&j, text, strlen(text), JSON_LOOSE, "test", &e) != 0)
		fail_msg("%s", e.text);
	return j;
}

static void attributes(void **state)
{
	static const struct {
		const char *kind, *text;
		int code;
	} rows[] = {
		{ "generic", "{}", 0 }, { "generic", "{\"colour\":\"red\"}", 0 },
		{ "generic", "{\"Colour\":\"red\"}", ERR_USAGE },
		{ "generic", "{\"colour\":1}", ERR_USAGE },
		{ "linux-root", "{\"host\":\"web1\"}", 0 }, { "linux-root", "{}", ERR_USAGE },
		{ "linux-root", "{\"host\":\"\"}", ERR_USAGE },
		{ "linux-root", "{\"host\":\"web1\",\"x\":\"y\"}", ERR_USAGE },
		{ "gcp-root", "{}", ERR_USAGE },
		{ "aws-root", "{\"account\":\"111122223333\",\"email\":\"r@e.x\",\"email_controller\":"
		    "\"\",\"partition\":\"aws-cn\",\"phone_controller\":\"\"}", 0 },
		{ "aws-root", "{\"account\":\"11112222333\",\"email\":\"r@e.x\",\"email_controller\":"
		    "\"\",\"partition\":\"aws\",\"phone_controller\":\"\"}", ERR_USAGE },
		{ "aws-root", "{\"account\":\"11112222333x\",\"email\":\"r@e.x\",\"email_controller\":"
		    "\"\",\"partition\":\"aws\",\"phone_controller\":\"\"}", ERR_USAGE },
		{ "aws-root", "{\"account\":\"111122223333\",\"email\":\"\",\"email_controller\":"
		    "\"\",\"partition\":\"aws\",\"phone_controller\":\"\"}", ERR_USAGE },
		{ "aws-root", "{\"account\":\"111122223333\",\"email\":\"r@e.x\",\"email_controller\":"
		    "\"\",\"partition\":\"moon\",\"phone_controller\":\"\"}", ERR_USAGE },
		{ "aws-root", "{\"account\":\"111122223333\",\"email\":\"r@e.x\",\"partition\":"
		    "\"aws\",\"phone_controller\":\"\"}", ERR_USAGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		json *j = parsed(rows[i].text);
		struct err e = { 0 };

		if (record_check_attributes(rows[i].kind, j, &e) != rows[i].code)
			fail_msg("row %zu: %s", i, e.text);
		json_free(&j);
	}
	assert_int_equal(record_check_field("aws-root", "totp", NULL), 0);
	assert_int_equal(record_check_field("linux-root", "totp", NULL), ERR_USAGE);
	assert_int_equal(record_check_field("generic", "card-pin", NULL), 0);
	assert_int_equal(record_check_field("generic", "Card", NULL), ERR_USAGE);
}

/* A generic record of one field with n bytes, sealed; 0 or the error. */
static int seal(const struct fake_vault *v, size_t n, struct record_sealed *out,
    void (*change)(struct record_in *in))
{
	struct secret *plain = NULL;
	json *none = json_new_object();
	struct record_plain field = { .field = "note" };
	struct record_in in = { .policy = v->policy, .name = "note-1", .version = 1,
		.kind = "generic", .attributes = none, .quorum = "default", .fields = &field, .n = 1,
		.host = FAKE_HOST, .host_seed = v->host_seed, .now = FAKE_NOW };
	struct err e = { 0 };
	int r;

	assert_int_equal(secret_new(&plain, n, NULL), 0);
	memset(plain->data, 0x80, n); /* what padding begins with, too */
	if (n > 1)
		plain->data[n - 1] = 0;
	plain->len = n;
	field.plain = plain;
	if (change != NULL)
		change(&in);
	r = record_seal(out, &in, &e);
	assert_int_equal(e.code, r);
	secret_free(&plain);
	json_free(&none);
	return r;
}

static struct secret *secret_of(const struct fake_vault *v, const struct record_sealed *d,
    const struct record *rec)
{
	struct share all[2] = { { "alice", NULL }, { "bob", NULL } };
	struct secret *s = NULL;
	struct shares *sh = NULL;

	assert_int_equal(shares_parse(&sh, d->shares.data, d->shares.len, "s", NULL), 0);
	for (size_t i = 0; i < 2; i++) {
		struct secret *seed = fake_seed(v, i, 0);

		assert_int_equal(shares_open(&all[i].bytes, sh, rec, "note", all[i].holder, seed,
		    NULL), 0);
		secret_free(&seed);
	}
	assert_int_equal(quorum_join(&s, policy_quorum(v->policy, "default"), all, 2, NULL), 0);
	quorum_shares_free(all, 2);
	shares_free(&sh);
	return s;
}

static void lengths(void **state)
{
	static const size_t sizes[] = { 1, 2, 62, 63, 64, 65, 127, 128, 4096, RECORD_PLAIN_MAX };
	const struct fake_vault *v = *state;
	struct record_sealed d;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		const size_t n = sizes[i];
		struct secret *s, *plain = NULL;
		struct record *rec = NULL;

		assert_int_equal(seal(v, n, &d, NULL), 0);
		assert_int_equal(record_parse(&rec, d.record.data, d.record.len, "r", NULL), 0);
		assert_int_equal(record_verify(rec, v->policy, NULL), 0);
		assert_int_equal((rec->fields[0].cipher_len - 16) % 64, 0);
		assert_true(rec->fields[0].cipher_len - 16 > n &&
		    rec->fields[0].cipher_len - 16 <= n + 64);
		s = secret_of(v, &d, rec);
		assert_int_equal(record_open_field(&plain, rec, "note", s, NULL, NULL), 0);
		assert_int_equal(plain->len, n);
		assert_int_equal(plain->data[0], 0x80);
		assert_int_equal(plain->data[n - 1], n > 1 ? 0 : 0x80);
		secret_free(&plain);
		assert_int_equal(record_open_field(&plain, rec, "other", s, NULL, NULL), ERR_MISSING);
		secret_free(&s);
		record_free(&rec);
		record_sealed_free(&d);
	}
	assert_int_equal(seal(v, 0, &d, NULL), ERR_USAGE);
	assert_int_equal(seal(v, RECORD_PLAIN_MAX + 1, &d, NULL), ERR_USAGE);
	assert_null(d.record.data);
}

static void bad_name(struct record_in *in)
{
	in->name = "../x";
}

static void bad_quorum(struct record_in *in)
{
	in->quorum = "nobody";
}

static void bad_host(struct record_in *in)
{
	in->host = "laptop";
}

static void bad_kind(struct record_in *in)
{
	in->kind = "aws-root";
}

static void bad_version(struct record_in *in)
{
	in->version = 2;
}

static void bad_fields(struct record_in *in)
{
	in->n = 0;
}

static void refused(void **state)
{
	static const struct {
		void (*change)(struct record_in *in);
		int code;
	} rows[] = {
		{ bad_name, ERR_USAGE }, { bad_quorum, ERR_USAGE }, { bad_host, ERR_REFUSED },
		{ bad_kind, ERR_USAGE }, { bad_version, ERR_INTERNAL }, { bad_fields, ERR_USAGE },
	};
	struct record_sealed d;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(seal(*state, 8, &d, rows[i].change), rows[i].code);
}

/* The document, changed and signed again by its own host. */
static int forged(const struct fake_vault *v, json *doc, struct record **rec, struct err *e)
{
	struct buf b = BUF_INIT;
	uint8_t digest[32];
	int r;

	assert_int_equal(doc_hash(digest, "twokey record v1", doc, "signature", NULL), 0);
	assert_int_equal(doc_sign(doc, "twokey record signature v1", digest, v->host_seed, NULL), 0);
	assert_int_equal(json_canonical(&b, doc, NULL), 0);
	memset(e, 0, sizeof(*e));
	r = record_parse(rec, b.data, b.len, "the record", e);
	if (r == 0)
		r = record_verify(*rec, v->policy, e);
	buf_free(&b);
	return r;
}

static json *field_of(json *doc)
{
	return (json *)(uintptr_t)json_get(json_get(doc, "fields"), "note");
}

static void host_forges(void **state)
{
	const struct fake_vault *v = *state;
	struct record_sealed d;
	struct record *rec = NULL, *good = NULL;
	struct secret *s, *plain = NULL;
	struct err e = { 0 };
	json *doc = NULL, *other;

	assert_int_equal(seal(v, 8, &d, NULL), 0);
	assert_int_equal(record_parse(&good, d.record.data, d.record.len, "r", NULL), 0);
	s = secret_of(v, &d, good);
	doc = json_copy(good->doc);
	/* Attributes stand in the header: the key is another one then. */
	assert_int_equal(json_set(doc, "attributes", parsed("{\"x\":\"y\"}")), 0);
	assert_int_equal(forged(v, doc, &rec, &e), 0);
	assert_int_equal(record_open_field(&plain, rec, "note", s, NULL, NULL), ERR_TAMPERED);
	record_free(&rec);
	json_free(&doc);
	/* A witness, which this program does not know how to ask. */
	doc = json_copy(good->doc);
	assert_int_equal(json_set(field_of(doc), "witness",
	    parsed("{\"kind\":\"aws-kms\",\"key\":\"k\",\"id\":\"i\",\"sealed\":\"\"}")), 0);
	assert_int_equal(forged(v, doc, &rec, &e), 0);
	memset(&e, 0, sizeof(e));
	assert_int_equal(record_open_field(&plain, rec, "note", s, NULL, &e), ERR_TOO_OLD);
	assert_non_null(strstr(e.text, "witness"));
	record_free(&rec);
	json_free(&doc);
	/* Another vault's record, and one of no host. */
	doc = json_copy(good->doc);
	assert_int_equal(json_set_hex(doc, "vault", d.digest, 32), 0);
	assert_int_equal(forged(v, doc, &rec, &e), ERR_TAMPERED);
	record_free(&rec);
	json_free(&doc);
	doc = json_copy(good->doc);
	assert_int_equal(json_set_str(doc, "host", "laptop"), 0);
	assert_int_equal(forged(v, doc, &rec, &e), ERR_TAMPERED);
	record_free(&rec);
	json_free(&doc);
	/* Logs out of order. */
	doc = json_copy(good->doc);
	other = parsed("[{\"host\":\"b\",\"size\":1,\"root\":\"00000000000000000000000000000000000000"
	    "00000000000000000000000000\"},{\"host\":\"a\",\"size\":1,\"root\":\"0000000000000000000"
	    "000000000000000000000000000000000000000000000\"}]");
	assert_int_equal(json_set(doc, "logs", other), 0);
	assert_int_equal(forged(v, doc, &rec, &e), ERR_INPUT);
	json_free(&doc);
	secret_free(&s);
	record_free(&good);
	record_sealed_free(&d);
}

/* What a host could pad wrongly, and sign. */
static void padding(void **state)
{
	static const struct {
		size_t len, at;		/* bytes in all, where the mark stands */
		uint8_t mark;
		int code;
	} rows[] = {
		{ 64, 8, 0x80, 0 }, { 64, 63, 0x80, 0 }, { 128, 64, 0x80, 0 },
		{ 64, 0, 0x80, ERR_TAMPERED }, { 128, 63, 0x80, ERR_TAMPERED },
		{ 128, 8, 0x80, ERR_TAMPERED }, { 64, 0, 0, ERR_TAMPERED },
		{ 128, 0, 0, ERR_TAMPERED }, { 64, 8, 0x81, ERR_TAMPERED },
		{ 64, 63, 0x01, ERR_TAMPERED },
	};
	const struct fake_vault *v = *state;
	struct record_sealed d;
	struct record *good = NULL;
	struct secret *s;

	assert_int_equal(seal(v, 8, &d, NULL), 0);
	assert_int_equal(record_parse(&good, d.record.data, d.record.len, "r", NULL), 0);
	s = secret_of(v, &d, good);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t text[128] = { 0 }, cipher[144], hash[32], info[16 + 32], *nonce;
		struct secret *k = NULL, *plain = NULL;
		struct buf ctx = BUF_INIT;
		struct record *rec = NULL;
		json *doc = json_copy(good->doc);
		struct err e = { 0 };

		text[rows[i].at] = rows[i].mark;
		nonce = good->fields[0].nonce;
		buf_printf(&ctx, "{\"field\":\"note\",\"header\":%s}", good->header);
		assert_int_equal(hash_sha256(hash, ctx.data, ctx.len, NULL), 0);
		memcpy(info, "twokey field v1", 16);
		memcpy(info + 16, hash, 32);
		assert_int_equal(hkdf_sha256(&k, 64, s->data, 32, NULL, 0, info, sizeof(info), NULL),
		    0);
		assert_memory_equal(k->data + 32, good->fields[0].commitment, 32);
		assert_int_equal(aead_seal(cipher, k->data, nonce, ctx.data, ctx.len, text,
		    rows[i].len, NULL), 0);
		assert_int_equal(json_set_bytes(field_of(doc), "ciphertext", cipher,
		    rows[i].len + 16), 0);
		assert_int_equal(forged(v, doc, &rec, &e), 0);
		if (record_open_field(&plain, rec, "note", s, NULL, NULL) != rows[i].code)
			fail_msg("row %zu", i);
		assert_int_equal(plain != NULL, rows[i].code == 0);
		secret_free(&plain);
		secret_free(&k);
		record_free(&rec);
		json_free(&doc);
		buf_free(&ctx);
	}
	secret_free(&s);
	record_free(&good);
	record_sealed_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes), cmocka_unit_test(lengths), cmocka_unit_test(refused),
		cmocka_unit_test(host_forges), cmocka_unit_test(padding),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
