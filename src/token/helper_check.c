/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper.h"

#include <string.h>

#include "crypto/crypto.h"
#include "token/authdata.h"

size_t check_find(const struct token_id *ids, size_t n, const uint8_t *id, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (len == ids[i].len && len > 0 && memcmp(id, ids[i].data, len) == 0)
			break;
	return i;
}

static int check_authdata(struct authdata *a, const uint8_t *data, size_t len, int uv)
{
	uint8_t hash[HASH_LEN];

	if (authdata_parse(a, data, len) != 0)
		return WHY_MALFORMED;
	if (hash_sha256(hash, TOKEN_RP_ID, sizeof(TOKEN_RP_ID) - 1, NULL) != 0 ||
	    memcmp(hash, a->rp_hash, sizeof(hash)) != 0)
		return WHY_WRONG_RP;
	if ((a->flags & AUTHDATA_UP) == 0)
		return WHY_NO_UP;
	if (uv && (a->flags & AUTHDATA_UV) == 0)
		return WHY_NO_UV;
	return 0;
}

int check_assertion(const struct token_assertion *a, const struct token_assert_request *rq)
{
	struct authdata data;

	if (check_find(rq->allow, rq->n_allow, a->id, a->id_len) == rq->n_allow)
		return WHY_FOREIGN_ID;
	if (a->sig_len == 0)
		return WHY_MALFORMED;
	return check_authdata(&data, a->authdata, a->authdata_len, rq->pin != NULL || rq->uv);
}

int check_credential(struct token_credential *c, const struct token_make_request *rq, int uv)
{
	struct authdata data;
	const int r = check_authdata(&data, c->authdata, c->authdata_len, uv);

	if (r != 0)
		return r;
	if (data.id == NULL || data.id_len != c->id_len || c->id_len == 0 ||
	    memcmp(data.id, c->id, c->id_len) != 0 ||
	    c->key_len != (c->alg == TOKEN_ES256 ? 64u : 32u))
		return WHY_MALFORMED;
	c->hmac_secret = data.hmac_secret;
	c->protection = data.protection;
	memcpy(c->cdh, rq->cdh, sizeof(c->cdh));
	return 0;
}
