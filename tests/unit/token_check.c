/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper finds wrong with an answer, piece by piece. */
#include "unit.h"

#include <stdlib.h>

#include "crypto/crypto.h"
#include "token/authdata.h"
#include "token/helper.h"

static const uint8_t id_a[] = { 1, 2, 3 }, id_b[] = { 4, 5 };
static const struct token_id ids[] = { { id_b, 2 }, { id_a, 3 } };

/* A good assertion of id_a. */
static struct token_assertion *assertion(uint8_t flags)
{
	struct token_assertion *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	memcpy(a->id, id_a, sizeof(id_a));
	a->id_len = sizeof(id_a);
	assert_int_equal(hash_sha256(a->authdata, "twokey:", 7, NULL), 0);
	a->authdata[32] = flags;
	a->authdata_len = 37;
	a->sig_len = 64;
	return a;
}

static void check_ids(void **state)
{
	(void)state;
	assert_int_equal(check_find(ids, 2, id_a, 3), 1);
	assert_int_equal(check_find(ids, 2, id_b, 2), 0);
	assert_int_equal(check_find(ids, 2, id_a, 2), 2);
	assert_int_equal(check_find(ids, 2, NULL, 0), 2);
	assert_int_equal(check_find(ids, 0, id_a, 3), 0);
}

static void check_assertions(void **state)
{
	struct token_assert_request rq = { .allow = ids, .n_allow = 2 };
	struct token_assertion *a = assertion(AUTHDATA_UP);
	struct secret *pin;

	(void)state;
	assert_int_equal(secret_from(&pin, "1234", 4, NULL), 0);
	assert_int_equal(check_assertion(a, &rq), 0);
	rq.uv = 1;
	assert_int_equal(check_assertion(a, &rq), WHY_NO_UV);
	rq.uv = 0;
	rq.pin = pin;
	assert_int_equal(check_assertion(a, &rq), WHY_NO_UV);
	a->authdata[32] = AUTHDATA_UP | AUTHDATA_UV;
	assert_int_equal(check_assertion(a, &rq), 0);
	a->authdata[32] = AUTHDATA_UV;
	assert_int_equal(check_assertion(a, &rq), WHY_NO_UP);
	a->authdata[32] = AUTHDATA_UP | AUTHDATA_UV;
	a->authdata[0] ^= 1;
	assert_int_equal(check_assertion(a, &rq), WHY_WRONG_RP);
	a->authdata[0] ^= 1;
	a->authdata_len = 38;
	assert_int_equal(check_assertion(a, &rq), WHY_MALFORMED);
	a->authdata_len = 37;
	a->sig_len = 0;
	assert_int_equal(check_assertion(a, &rq), WHY_MALFORMED);
	a->sig_len = 64;
	a->id[0] ^= 1;
	assert_int_equal(check_assertion(a, &rq), WHY_FOREIGN_ID);
	a->id[0] ^= 1;
	rq.n_allow = 1;
	assert_int_equal(check_assertion(a, &rq), WHY_FOREIGN_ID);
	secret_free(&pin);
	free(a);
}

static void check_credentials(void **state)
{
	static const char rest[] = "00000001" "50f76b6579214a119d5100736b657901" "0003" "010203"
	    "a10102" "a26b686d61632d736563726574f56b6372656450726f7465637403";
	const struct token_make_request rq = { .cdh = { 9 } };
	struct token_credential *c = calloc(1, sizeof(*c));

	(void)state;
	assert_non_null(c);
	memcpy(c->id, id_a, sizeof(id_a));
	c->id_len = sizeof(id_a);
	c->alg = TOKEN_EDDSA;
	c->key_len = 32;
	assert_int_equal(hash_sha256(c->authdata, "twokey:", 7, NULL), 0);
	c->authdata[32] = AUTHDATA_UP | AUTHDATA_AT | AUTHDATA_ED;
	c->authdata_len = 33 + unit_hex(c->authdata + 33, sizeof(c->authdata) - 33, rest);
	assert_int_equal(check_credential(c, &rq, 0), 0);
	assert_int_equal(c->protection, 3);
	assert_int_equal(c->hmac_secret, 1);
	assert_int_equal(c->cdh[0], 9);
	assert_int_equal(check_credential(c, &rq, 1), WHY_NO_UV);
	c->alg = TOKEN_ES256;
	assert_int_equal(check_credential(c, &rq, 0), WHY_MALFORMED);
	c->alg = TOKEN_EDDSA;
	c->id[2] ^= 1;
	assert_int_equal(check_credential(c, &rq, 0), WHY_MALFORMED);
	c->id[2] ^= 1;
	c->id_len = 2;
	assert_int_equal(check_credential(c, &rq, 0), WHY_MALFORMED);
	c->id_len = 3;
	c->authdata_len--;
	assert_int_equal(check_credential(c, &rq, 0), WHY_MALFORMED);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_ids),
		cmocka_unit_test(check_assertions),
		cmocka_unit_test(check_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
