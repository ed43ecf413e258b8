/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticatorGetInfo, CTAP 2.1 section 6.4. Keys and options come in canonical order. */
#include "engine.h"

static void
versions_write(struct cbw *w, const struct engine *e)
{
	int ctap = e->key->q.v[Q_CTAP];
	bool u2f = e->key->q.v[Q_U2F];

	cbw_int(w, 1);
	cbw_array(w, (size_t)u2f + 1 + (ctap != CTAP_20) + (ctap == CTAP_21));
	if (u2f)
		cbw_text(w, "U2F_V2");
	cbw_text(w, "FIDO_2_0");
	if (ctap != CTAP_20)
		cbw_text(w, "FIDO_2_1_PRE");
	if (ctap == CTAP_21)
		cbw_text(w, "FIDO_2_1");
}

static void
extensions_write(struct cbw *w, const struct engine *e)
{
	bool protect = e->key->q.v[Q_CRED_PROTECT] != CP_UNLISTED, hmac = e->key->q.v[Q_HMAC] != HMAC_OFF;

	if (!protect && !hmac)
		return;
	cbw_int(w, 2);
	cbw_array(w, (size_t)protect + hmac);
	if (protect)
		cbw_text(w, "credProtect");
	if (hmac)
		cbw_text(w, "hmac-secret");
}

static void
options_write(struct cbw *w, const struct engine *e)
{
	const int *q = e->key->q.v;
	bool finger = q[Q_UV] == UV_FINGERPRINT, always = q[Q_ALWAYS_UV], rk = q[Q_RK];
	bool v21 = q[Q_CTAP] == CTAP_21, preview = rk && q[Q_CTAP] != CTAP_20, manage = rk && v21;
	bool mcuv = q[Q_MAKE_CRED_UV] != MCUV_UNLISTED;
	const struct {
		const char *name;
		bool present, value;
	} options[] = {
		{ "rk", true, rk },
		{ "up", true, true },
		{ "uv", finger, engine_has_finger(e) },
		{ "plat", true, false },
		{ "alwaysUv", v21, always },
		{ "credMgmt", manage, true },
		{ "clientPin", true, e->key->s.pin_set },
		{ "pinUvAuthToken", v21, true },
		{ "makeCredUvNotRqd", mcuv, q[Q_MAKE_CRED_UV] == MCUV_OPTIONAL && !always },
		{ "credentialMgmtPreview", preview, true },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		n += options[i].present;
	cbw_int(w, 4);
	cbw_map(w, n);
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		if (!options[i].present)
			continue;
		cbw_text(w, options[i].name);
		cbw_bool(w, options[i].value);
	}
}

static void
protocols_write(struct cbw *w, const struct engine *e)
{
	cbw_int(w, 6);
	switch (e->key->q.v[Q_PIN_PROTOCOLS]) {
	case PROTO_12:	/* preferred first */
		cbw_array(w, 2);
		cbw_int(w, 2);
		cbw_int(w, 1);
		break;
	default:
		cbw_array(w, 1);
		cbw_int(w, e->key->q.v[Q_PIN_PROTOCOLS] == PROTO_1 ? 1 : 2);
	}
}

static void
algorithms_write(struct cbw *w, const struct engine *e)
{
	size_t n = e->key->q.v[Q_ALGS] == ALGS_BOTH ? 2 : 1;

	cbw_int(w, 10);
	cbw_array(w, n);
	for (size_t i = 0; i < n; i++) {
		cbw_map(w, 2);
		cbw_text(w, "alg");
		cbw_int(w, i == 0 ? COSE_ES256 : COSE_EDDSA);
		cbw_text(w, "type");
		cbw_text(w, "public-key");
	}
}

static void
pair(struct cbw *w, int key, int64_t value)
{
	cbw_int(w, key);
	cbw_int(w, value);
}

int
engine_info(struct engine *e)
{
	const int *q = e->key->q.v;
	bool v20 = q[Q_CTAP] == CTAP_20, finger = q[Q_UV] == UV_FINGERPRINT && !v20, v21 = q[Q_CTAP] == CTAP_21;
	bool ext = q[Q_CRED_PROTECT] != CP_UNLISTED || q[Q_HMAC] != HMAC_OFF, algs = q[Q_ALGS_LISTED] && !v20;
	struct cbw *w = &e->out;

	cbw_map(w, 5 + (size_t)ext + (q[Q_MAX_CREDS] > 0 && !v20) + (v20 ? 0 : 2) + algs + (v21 ? 3 : 0) + (finger ? 2 : 0));
	versions_write(w, e);
	extensions_write(w, e);
	cbw_int(w, 3);
	cbw_bytes(w, quirk_aaguid(&e->key->q), 16);
	options_write(w, e);
	pair(w, 5, CTAP_SAID_MAX_MSG);
	protocols_write(w, e);
	if (q[Q_MAX_CREDS] > 0 && !v20)
		pair(w, 7, q[Q_MAX_CREDS]);
	if (!v20) {
		pair(w, 8, CRED_ID_MAX);
		cbw_int(w, 9);
		cbw_array(w, 1);
		cbw_text(w, "usb");
	}
	if (algs)
		algorithms_write(w, e);
	if (v21) {
		pair(w, 13, 4);	/* minPINLength */
		pair(w, 14, q[Q_FIRMWARE]);
	}
	if (finger) {
		pair(w, 17, UV_RETRIES);
		pair(w, 18, 2);	/* USER_VERIFY_FINGERPRINT_INTERNAL */
	}
	if (v21)
		pair(w, 20, (int64_t)q[Q_RK_MAX] - (int64_t)e->key->s.rk_n);
	return CTAP_OK;
}
