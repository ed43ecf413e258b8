/* SPDX-License-Identifier: BSD-2-Clause */
/* AES-256-GCM, X25519 and HPKE. */
#include "unit.h"

#include <stdlib.h>

#include "crypto/crypto_local.h"

/* McGrew and Viega, The Galois/Counter Mode of Operation, test case 16. */
static const char gcm_key[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
static const char gcm_nonce[] = "cafebabefacedbaddecaf888";
static const char gcm_aad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char gcm_plain[] =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char gcm_sealed[] =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b";

static void aead_known(void **state)
{
	uint8_t key[32], nonce[12], aad[20], plain[60], out[76];
	struct secret *s;

	(void)state;
	unit_hex(key, 32, gcm_key);
	unit_hex(nonce, 12, gcm_nonce);
	unit_hex(aad, 20, gcm_aad);
	unit_hex(plain, 60, gcm_plain);
	assert_int_equal(aead_seal(out, key, nonce, aad, 20, plain, 60, NULL), 0);
	unit_is_hex(out, sizeof(out), gcm_sealed);
	assert_int_equal(aead_open(&s, key, nonce, aad, 20, out, sizeof(out), NULL), 0);
	assert_int_equal(s->len, 60);
	assert_memory_equal(s->data, plain, 60);
	secret_free(&s);
}

static void aead_empty_parts(void **state)
{
	static const uint8_t key[32], nonce[12];
	uint8_t out[20];
	struct secret *s;

	(void)state;
	assert_int_equal(aead_seal(out, key, nonce, NULL, 0, NULL, 0, NULL), 0);
	unit_is_hex(out, 16, "530f8afbc74536b9a963b4f1c4cb738b"); /* test case 13 */
	assert_int_equal(aead_open(&s, key, nonce, NULL, 0, out, 16, NULL), 0);
	assert_int_equal(s->len, 0);
	secret_free(&s);
	assert_int_equal(aead_seal(out, key, nonce, NULL, 0, "abcd", 4, NULL), 0);
	assert_int_equal(aead_open(&s, key, nonce, NULL, 0, out, 20, NULL), 0);
	assert_memory_equal(s->data, "abcd", 5);
	secret_free(&s);
	assert_int_equal(aead_seal(out, key, nonce, "abcd", 4, NULL, 0, NULL), 0);
	assert_int_equal(aead_open(&s, key, nonce, "abcd", 4, out, 16, NULL), 0);
	secret_free(&s);
}

/* What a seal covers: each bit of key, nonce, AAD and ciphertext. */
static void aead_every_bit_counts(void **state)
{
	uint8_t in[32 + 12 + 20 + 76];
	struct secret *s;
	size_t i;

	(void)state;
	unit_hex(in, 32, gcm_key);
	unit_hex(in + 32, 12, gcm_nonce);
	unit_hex(in + 44, 20, gcm_aad);
	unit_hex(in + 64, 76, gcm_sealed);
	for (i = 0; i < 8 * sizeof(in); i++) {
		in[i / 8] = (uint8_t)(in[i / 8] ^ 1u << i % 8);
		assert_int_equal(aead_open(&s, in, in + 32, in + 44, 20, in + 64, 76, NULL),
		    ERR_TAMPERED);
		assert_null(s);
		in[i / 8] = (uint8_t)(in[i / 8] ^ 1u << i % 8);
	}
	for (i = 0; i < 76; i++)
		assert_int_equal(aead_open(&s, in, in + 32, in + 44, 20, in + 64, i, NULL),
		    ERR_TAMPERED);
	for (i = 0; i < 20; i++)
		assert_int_equal(aead_open(&s, in, in + 32, in + 44, i, in + 64, 76, NULL),
		    ERR_TAMPERED);
	assert_int_equal(aead_open(&s, in, in + 32, in + 44, 20, in + 64, 76, NULL), 0);
	secret_free(&s);
}

/* RFC 7748 section 6.1. */
static void x25519_known(void **state)
{
	uint8_t a[32], b[32], pa[32], pb[32];
	struct secret *s;

	(void)state;
	unit_hex(a, 32, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
	unit_hex(b, 32, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	assert_int_equal(x25519_public(pa, a, NULL), 0);
	unit_is_hex(pa, 32, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
	assert_int_equal(x25519_public(pb, b, NULL), 0);
	unit_is_hex(pb, 32, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	assert_int_equal(x25519_shared(&s, a, pb, NULL), 0);
	unit_is_hex(s->data, s->len, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	secret_free(&s);
	assert_int_equal(x25519_shared(&s, b, pa, NULL), 0);
	unit_is_hex(s->data, s->len, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	secret_free(&s);
}

/* Section 7: points of low order, whatever the private key. */
static const char *const low_order[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void x25519_low_order(void **state)
{
	uint8_t priv[32], peer[32], out[64];
	struct secret *s;
	size_t i;

	(void)state;
	memset(priv, 0x55, sizeof(priv));
	for (i = 0; i < COUNT(low_order); i++) {
		unit_hex(peer, 32, low_order[i]);
		assert_int_equal(x25519_shared(&s, priv, peer, NULL), ERR_INPUT);
		assert_null(s);
		assert_int_equal(hpke_seal(out, peer, "", 0, "", 0, "x", 1, NULL), ERR_INPUT);
		assert_int_equal(x25519_check_public(peer, NULL), ERR_INPUT);
		peer[31] |= 0x80;
		assert_int_equal(x25519_check_public(peer, NULL), ERR_INPUT);
	}
}

/* Section 5: u is taken modulo 2^255 - 19, its top bit ignored. */
static void x25519_one_form(void **state)
{
	uint8_t priv[32] = { 7 }, pub[32], edge[32];
	int i;

	(void)state;
	assert_int_equal(x25519_public(pub, priv, NULL), 0);
	assert_int_equal(x25519_check_public(pub, NULL), 0);
	pub[31] |= 0x80;
	assert_int_equal(x25519_check_public(pub, NULL), ERR_INPUT);
	memset(edge, 0xff, sizeof(edge));
	edge[31] = 0x7f;
	for (i = 0xe0; i <= 0xff; i++) {
		edge[0] = (uint8_t)i;
		assert_int_equal(x25519_check_public(edge, NULL), i < 0xec ? 0 : ERR_INPUT);
	}
	edge[0] = 0xff;
	edge[30] = 0xfe;
	assert_int_equal(x25519_check_public(edge, NULL), 0);
}

/* RFC 9180, DHKEM(X25519), HKDF-SHA256, AES-256-GCM, base mode, sequence 0
 * (from the RFC's machine-readable vectors). */
static const char hpke_skr[] = "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d";
static const char hpke_pkr[] = "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c";
static const char hpke_ske[] = "179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11";
static const char hpke_sealed[] =
    "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256"
    "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be99319"
    "80a41de125a925cdad859d5b7a";
static const char hpke_info[] = "Ode on a Grecian Urn";
static const char hpke_aad[] = "Count-0";
static const char hpke_plain[] = "Beauty is truth, truth beauty";

static void hpke_known(void **state)
{
	uint8_t skr[32], pkr[32], ske[32], out[29 + HPKE_OVERHEAD];
	struct secret *priv, *s;

	(void)state;
	unit_hex(skr, 32, hpke_skr);
	unit_hex(ske, 32, hpke_ske);
	assert_int_equal(x25519_public(pkr, skr, NULL), 0);
	unit_is_hex(pkr, 32, hpke_pkr);
	assert_int_equal(hpke_seal_with(out, ske, pkr, hpke_info, 20, hpke_aad, 7, hpke_plain, 29,
	    NULL), 0);
	unit_is_hex(out, sizeof(out), hpke_sealed);
	assert_int_equal(secret_from(&priv, skr, 32, NULL), 0);
	assert_int_equal(hpke_open(&s, priv, hpke_info, 20, hpke_aad, 7, out, sizeof(out), NULL), 0);
	assert_string_equal((char *)s->data, hpke_plain);
	secret_free(&s);
	secret_free(&priv);
}

/* RFC 9180 section A.1.1: DeriveKeyPair, the same for every AEAD. */
static void hpke_derives(void **state)
{
	uint8_t ikm[32], pub[32];
	struct secret *priv;

	(void)state;
	unit_hex(ikm, 32, "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037");
	assert_int_equal(hpke_keygen(&priv, pub, ikm, 32, NULL), 0);
	unit_is_hex(priv->data, priv->len,
	    "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
	unit_is_hex(pub, 32, "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
	secret_free(&priv);
	unit_hex(ikm, 32, "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234");
	assert_int_equal(hpke_keygen(&priv, pub, ikm, 32, NULL), 0);
	unit_is_hex(pub, 32, "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
	secret_free(&priv);
}

static void hpke_every_bit_counts(void **state)
{
	const size_t len = strlen(hpke_sealed) / 2;
	/* private key, info, aad, message; kept apart from their originals */
	uint8_t in[32 + 20 + 7 + 77];
	struct secret *priv, *s;
	size_t i;
	int r;

	(void)state;
	unit_hex(in, 32, hpke_skr);
	memcpy(in + 32, hpke_info, 20);
	memcpy(in + 52, hpke_aad, 7);
	assert_int_equal(unit_hex(in + 59, 77, hpke_sealed), len);
	for (i = 0; i < 8 * sizeof(in); i++) {
		in[i / 8] = (uint8_t)(in[i / 8] ^ 1u << i % 8);
		assert_int_equal(secret_from(&priv, in, 32, NULL), 0);
		r = hpke_open(&s, priv, in + 32, 20, in + 52, 7, in + 59, len, NULL);
		/* X25519 clamps five bits of a private key away (RFC 7748
		 * section 5).  The masked top bit of enc counts all the same:
		 * kem_context holds it. */
		if (i < 3 || i == 254 || i == 255)
			assert_int_equal(r, 0);
		else
			assert_int_equal(r, ERR_TAMPERED);
		assert_true((s == NULL) == (r != 0));
		secret_free(&s);
		secret_free(&priv);
		in[i / 8] = (uint8_t)(in[i / 8] ^ 1u << i % 8);
	}
	assert_int_equal(secret_from(&priv, in, 32, NULL), 0);
	for (i = 0; i < len; i++)
		assert_int_equal(hpke_open(&s, priv, in + 32, 20, in + 52, 7, in + 59, i, NULL),
		    ERR_TAMPERED);
	memset(in + 59, 0, 32);
	assert_int_equal(hpke_open(&s, priv, in + 32, 20, in + 52, 7, in + 59, len, NULL),
	    ERR_TAMPERED);
	secret_free(&priv);
}

static void hpke_round_trip(void **state)
{
	uint8_t pub[32], out[200 + HPKE_OVERHEAD], again[200 + HPKE_OVERHEAD], plain[200];
	struct secret *priv, *s;
	size_t n;

	(void)state;
	memset(plain, 'p', sizeof(plain));
	assert_int_equal(hpke_keygen(&priv, pub, plain, 32, NULL), 0);
	for (n = 0; n <= sizeof(plain); n++) {
		assert_int_equal(hpke_seal(out, pub, "i", 1, NULL, 0, plain, n, NULL), 0);
		assert_int_equal(hpke_seal(again, pub, "i", 1, NULL, 0, plain, n, NULL), 0);
		assert_memory_not_equal(out, again, 32); /* a fresh key each time */
		assert_int_equal(hpke_open(&s, priv, "i", 1, NULL, 0, out, n + HPKE_OVERHEAD, NULL),
		    0);
		assert_int_equal(s->len, n);
		assert_memory_equal(s->data, plain, n);
		secret_free(&s);
	}
	priv->len = 31;
	assert_int_equal(hpke_open(&s, priv, "i", 1, NULL, 0, out, sizeof(out), NULL), ERR_INTERNAL);
	secret_free(&priv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aead_known),
		cmocka_unit_test(aead_empty_parts),
		cmocka_unit_test(aead_every_bit_counts),
		cmocka_unit_test(x25519_known),
		cmocka_unit_test(x25519_low_order),
		cmocka_unit_test(x25519_one_form),
		cmocka_unit_test(hpke_known),
		cmocka_unit_test(hpke_derives),
		cmocka_unit_test(hpke_every_bit_counts),
		cmocka_unit_test(hpke_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
