/* SPDX-License-Identifier: BSD-2-Clause */
/* The extension hmac-secret at getAssertion, CTAP 2.1 section 12.5. */
#include "engine.h"

int
hmac_parse(struct engine *e, struct span extensions, struct hmac_request *h)
{
	struct span input = cbr_named(extensions, "hmac-secret"), cose, enc, mac;
	int r;

	if (input.p == NULL || e->key->q.v[Q_HMAC] == HMAC_OFF)
		return CTAP_OK;
	if (!cbr_is_map(input))
		return CTAP2_CBOR_UNEXPECTED_TYPE;
	if ((r = field_map(input, 1, true, &cose)) != CTAP_OK || (r = field_bytes(input, 2, true, &enc)) != CTAP_OK ||
	    (r = field_bytes(input, 3, true, &mac)) != CTAP_OK || (r = field_uint(input, 4, false, &h->protocol)) != CTAP_OK)
		return r;
	if (h->protocol == 0)
		h->protocol = 1;	/* the parameter came with CTAP 2.1 */
	if ((r = pin_shared(e, h->protocol, cose, h->shared)) != CTAP_OK)
		return r;
	if (!pin_authentic(h->protocol, h->shared, enc, mac))
		return CTAP2_PIN_AUTH_INVALID;
	if ((r = pin_decrypt(h->protocol, h->shared, enc, h->salts, sizeof h->salts, &h->salts_len)) != CTAP_OK)
		return r;
	if (h->salts_len != 32 && h->salts_len != 64)
		return CTAP1_INVALID_LENGTH;
	h->wanted = true;
	return CTAP_OK;
}
