/* SPDX-License-Identifier: BSD-2-Clause */
/* Ed25519, ES256 and attestation certificates. */
#include "unit.h"

#include <stdlib.h>

#include "crypto/crypto.h"
#include "x509_vectors.h"

/* RFC 8032 section 7.1, tests 1 to 3. */
static const struct {
	const char *seed, *pub, *msg, *sig;
} ed25519_vectors[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static void ed25519_known(void **state)
{
	uint8_t raw[32], pub[32], msg[2], sig[64];
	struct secret *seed;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(ed25519_vectors); i++) {
		unit_hex(raw, 32, ed25519_vectors[i].seed);
		n = unit_hex(msg, sizeof(msg), ed25519_vectors[i].msg);
		assert_int_equal(secret_from(&seed, raw, 32, NULL), 0);
		assert_int_equal(ed25519_public(pub, seed, NULL), 0);
		unit_is_hex(pub, 32, ed25519_vectors[i].pub);
		assert_int_equal(ed25519_sign(sig, seed, msg, n, NULL), 0);
		unit_is_hex(sig, 64, ed25519_vectors[i].sig);
		assert_int_equal(ed25519_verify(sig, pub, msg, n, NULL), 0);
		seed->len = 31;
		assert_int_equal(ed25519_sign(sig, seed, msg, n, NULL), ERR_INTERNAL);
		secret_free(&seed);
	}
}

static void ed25519_every_bit_counts(void **state)
{
	uint8_t in[64 + 32 + 2];
	size_t i;

	(void)state;
	unit_hex(in, 64, ed25519_vectors[2].sig);
	unit_hex(in + 64, 32, ed25519_vectors[2].pub);
	unit_hex(in + 96, 2, ed25519_vectors[2].msg);
	for (i = 0; i < 8 * sizeof(in); i += unit_step(7)) {
		in[i / 8] = (uint8_t)(in[i / 8] ^ 1u << i % 8);
		assert_int_equal(ed25519_verify(in, in + 64, in + 96, 2, NULL), ERR_TAMPERED);
		in[i / 8] = (uint8_t)(in[i / 8] ^ 1u << i % 8);
	}
	assert_int_equal(ed25519_verify(in, in + 64, in + 96, 1, NULL), ERR_TAMPERED);
	assert_int_equal(ed25519_verify(in, in + 64, in + 96, 2, NULL), 0);
}

/* A signature with S + L verifies in lax programs (RFC 8032 section 8.4). */
static void ed25519_is_not_malleable(void **state)
{
	static const char order[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
	uint8_t sig[64], pub[32], msg[1], l[32];
	unsigned carry = 0;
	size_t i;

	(void)state;
	unit_hex(sig, 64, ed25519_vectors[1].sig);
	unit_hex(pub, 32, ed25519_vectors[1].pub);
	unit_hex(msg, 1, ed25519_vectors[1].msg);
	unit_hex(l, 32, order);
	for (i = 0; i < 32; i++) {
		carry += (unsigned)sig[32 + i] + l[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_int_equal(ed25519_verify(sig, pub, msg, 1, NULL), ERR_TAMPERED);
}

/* R = the neutral point and S = 0 hold under a key of low order for one message
 * in at most eight. */
static void ed25519_low_order(void **state)
{
	static const char *const keys[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	const uint8_t sig[64] = { 1 };
	uint8_t pub[32];
	size_t i;
	int m;

	(void)state;
	for (i = 0; i < COUNT(keys); i++) {
		unit_hex(pub, 32, keys[i]);
		for (m = 0; m < 100; m += (int)unit_step(9))
			assert_int_equal(ed25519_verify(sig, pub, &m, sizeof(m), NULL),
			    ERR_TAMPERED);
	}
}

/* RFC 6979 appendix A.2.5, SHA-256: "sample" has a high s, "test" a low one. */
static const char es256_pub[] = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
				"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
static const char es256_high[] = "3046"
				 "022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
				 "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
static const char es256_low[] = "3045"
				"022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
				"0220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";

static void es256_known(void **state)
{
	uint8_t key[64], sig[ES256_SIG_MAX], low[ES256_SIG_MAX];
	size_t n, m;

	(void)state;
	unit_hex(key, 64, es256_pub);
	assert_int_equal(es256_check_key(key, NULL), 0);
	n = unit_hex(sig, sizeof(sig), es256_low);
	assert_int_equal(es256_verify(sig, n, key, "test", 4, NULL), 0);
	assert_int_equal(es256_verify(sig, n, key, "Test", 4, NULL), ERR_TAMPERED);
	assert_int_equal(es256_normalise(low, &m, sig, n, NULL), 0);
	assert_int_equal(m, n);
	assert_memory_equal(low, sig, n);
	n = unit_hex(sig, sizeof(sig), es256_high);
	assert_int_equal(es256_verify(sig, n, key, "sample", 6, NULL), ERR_INPUT);
	assert_int_equal(es256_normalise(low, &m, sig, n, NULL), 0);
	assert_memory_equal(low, "\x30\x45", 2); /* s lost its top bit */
	assert_int_equal(es256_verify(low, m, key, "sample", 6, NULL), 0);
}

static void es256_every_bit_counts(void **state)
{
	uint8_t in[64 + 71 + 4];
	size_t i;

	(void)state;
	unit_hex(in, 64, es256_pub);
	assert_int_equal(unit_hex(in + 64, 71, es256_low), 71);
	memcpy(in + 135, "test", 4);
	for (i = 0; i < 8 * sizeof(in); i += unit_step(7)) {
		int r;

		in[i / 8] = (uint8_t)(in[i / 8] ^ 1u << i % 8);
		r = es256_verify(in + 64, 71, in, in + 135, 4, NULL);
		assert_true(r == ERR_TAMPERED || r == ERR_INPUT);
		in[i / 8] = (uint8_t)(in[i / 8] ^ 1u << i % 8);
	}
	for (i = 0; i < 71; i++) {
		uint8_t *exact = malloc(i + 1);

		assert_non_null(exact);
		memcpy(exact, in + 64, i);
		assert_int_equal(es256_verify(exact, i, in, in + 135, 4, NULL), ERR_INPUT);
		free(exact);
	}
	assert_int_equal(es256_verify(in + 64, 71, in, in + 135, 4, NULL), 0);
}

#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define ORDER_1 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define HALF "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"
#define HALF_1 "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a9"

static void es256_forms(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{ "3006020101020101", "3006020101020101" },
		{ "300702020001020101", "3006020101020101" }, /* a zero too many */
		{ "3008020101020300007f", "300602010102017f" },
		{ "3007020101020200ff", "3007020101020200ff" },
		{ "3026020101022100" ORDER_1, "3006020101020101" }, /* n - 1 becomes 1 */
		{ "30250201010220" HALF, "30250201010220" HALF },
		{ "30250201010220" HALF_1, "30250201010220" HALF },
		{ "3026020101022100" ORDER, NULL }, /* s = n */
		{ "3026022100" ORDER "020101", NULL }, /* r = n */
		{ "3006020100020101", NULL }, /* r = 0 */
		{ "3006020101020100", NULL }, /* s = 0 */
		{ "3006020181020101", NULL }, /* negative */
		{ "30050200020101", NULL }, /* empty integer */
		{ "300602010102010100", NULL }, /* behind the end */
		{ "3007020101020101", NULL },
		{ "300702010102010100", NULL },
		{ "3005020101020101", NULL },
		{ "3003020101", NULL },
		{ "3106020101020101", NULL },
		{ "3006030101020101", NULL },
		{ "308106020101020101", NULL }, /* long form of a short length */
		{ "30800201010201010000", NULL }, /* indefinite length */
		{ "3027020101022201" ORDER "00", NULL }, /* too long */
		{ "", NULL }, { "30", NULL }, { "3000", NULL },
	};
	uint8_t in[80], out[ES256_SIG_MAX];
	size_t i, n, m;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		n = unit_hex(in, sizeof(in), cases[i].in);
		assert_int_equal(es256_normalise(out, &m, in, n, NULL),
		    cases[i].out != NULL ? 0 : ERR_INPUT);
		unit_is_hex(out, m, cases[i].out != NULL ? cases[i].out : "");
	}
}

static void es256_bad_keys(void **state)
{
	uint8_t key[64];

	(void)state;
	memset(key, 0, sizeof(key));
	assert_int_equal(es256_check_key(key, NULL), ERR_INPUT);
	unit_hex(key, 64, es256_pub);
	key[63] ^= 1;
	assert_int_equal(es256_check_key(key, NULL), ERR_INPUT);
	memset(key, 0xff, sizeof(key));
	assert_int_equal(es256_check_key(key, NULL), ERR_INPUT);
}

/* A certificate of x509_vectors.h; store holds its bytes. */
static struct x509_der der(uint8_t *store, size_t cap, const char *hex)
{
	const struct x509_der d = { store, unit_hex(store, cap, hex) };

	return d;
}

#define IN_2030 INT64_C(1893456000)

static void x509_chains(void **state)
{
	uint8_t a[512], b[512], c[512];
	const struct x509_der leaf = der(a, sizeof(a), X509_LEAF);
	const struct x509_der roots[2] = { der(c, sizeof(c), X509_OTHER_ROOT),
		der(b, sizeof(b), X509_ROOT) };
	const struct x509_der pair[2] = { leaf, roots[1] };
	struct x509_der cut = leaf;
	struct err e = { 0 };

	(void)state;
	err_clear(&e);
	assert_int_equal(x509_check_chain(&leaf, 1, roots, 2, IN_2030, &e), 0);
	assert_int_equal(x509_check_chain(pair, 2, &roots[1], 1, IN_2030, &e), 0);
	/* a maker may list the leaf itself */
	assert_int_equal(x509_check_chain(&leaf, 1, &leaf, 1, IN_2030, &e), 0);
	/* a root that only the sender names, another key, nobody, no certificate */
	assert_int_equal(x509_check_chain(pair, 2, roots, 0, IN_2030, &e), ERR_REFUSED);
	assert_int_equal(x509_check_chain(pair, 2, roots, 1, IN_2030, NULL), ERR_REFUSED);
	assert_int_equal(x509_check_chain(&leaf, 1, roots, 1, IN_2030, NULL), ERR_REFUSED);
	assert_int_equal(x509_check_chain(&leaf, 0, roots, 2, IN_2030, NULL), ERR_REFUSED);
	/* before and after its time */
	assert_int_equal(x509_check_chain(&leaf, 1, roots, 2, 0, NULL), ERR_REFUSED);
	assert_int_equal(x509_check_chain(&leaf, 1, roots, 2, INT64_C(2145916800), NULL),
	    ERR_REFUSED);
	cut.len--;
	assert_int_equal(x509_check_chain(&cut, 1, roots, 2, IN_2030, NULL), ERR_INPUT);
	cut.len += 2; /* one byte behind */
	assert_int_equal(x509_check_chain(&cut, 1, roots, 2, IN_2030, NULL), ERR_INPUT);
}

/* In a process that has done nothing but crypto_init with OpenSSL's tables. */
static void x509_digests(void **state)
{
	static const struct {
		const char *leaf, *root;
		int want;
	} cases[] = {
		{ X509_LEAF_SHA1, X509_ROOT_EC, 0 }, { X509_LEAF_SHA384, X509_ROOT_EC, 0 },
		{ X509_LEAF_SHA512, X509_ROOT_EC, 0 }, { X509_LEAF_SHA3, X509_ROOT_EC, ERR_REFUSED },
		{ X509_LEAF_RSA_SHA384, X509_ROOT_RSA, 0 }, { X509_LEAF_PSS_SHA512, X509_ROOT_RSA, 0 }
	};
	uint8_t a[512], b[512];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct x509_der leaf = der(a, sizeof(a), cases[i].leaf);
		const struct x509_der root = der(b, sizeof(b), cases[i].root);

		assert_int_equal(x509_check_chain(&leaf, 1, &root, 1, IN_2030, NULL),
		    cases[i].want);
	}
}

static void x509_every_bit_counts(void **state)
{
	uint8_t a[512], b[512];
	const struct x509_der leaf = der(a, sizeof(a), X509_LEAF);
	const struct x509_der root = der(b, sizeof(b), X509_ROOT);
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < 8 * leaf.len; i += unit_step(31)) {
		a[i / 8] = (uint8_t)(a[i / 8] ^ 1u << i % 8);
		r = x509_check_chain(&leaf, 1, &root, 1, IN_2030, NULL);
		assert_true(r == ERR_REFUSED || r == ERR_INPUT);
		a[i / 8] = (uint8_t)(a[i / 8] ^ 1u << i % 8);
	}
	assert_int_equal(x509_check_chain(&leaf, 1, &root, 1, IN_2030, NULL), 0);
}

static void x509_signatures(void **state)
{
	static const struct {
		const char *cert, *sig;
	} cases[] = { { X509_LEAF, X509_LEAF_SIG }, { X509_ED25519, X509_ED25519_SIG } };
	uint8_t a[512], sig[80];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct x509_der leaf = der(a, sizeof(a), cases[i].cert);

		n = unit_hex(sig, sizeof(sig), cases[i].sig);
		assert_int_equal(x509_check_signature(&leaf, sig, n, "attested", 8, NULL), 0);
		assert_int_equal(x509_check_signature(&leaf, sig, n, "attesteD", 8, NULL),
		    ERR_TAMPERED);
		sig[n - 1] ^= 1;
		assert_int_equal(x509_check_signature(&leaf, sig, n, "attested", 8, NULL),
		    ERR_TAMPERED);
		assert_int_equal(x509_check_signature(&leaf, sig, 0, "attested", 8, NULL),
		    ERR_TAMPERED);
	}
	{
		const struct x509_der other = der(a, sizeof(a), X509_P384);

		assert_int_equal(x509_check_signature(&other, sig, 64, "attested", 8, NULL),
		    ERR_REFUSED);
	}
}

static void x509_aaguids(void **state)
{
	static const struct {
		const char *cert;
		int want;
	} cases[] = { { X509_LEAF, 1 }, { X509_ED25519, 0 }, { X509_SHORT_AAGUID, -1 },
		{ X509_CRITICAL_AAGUID, -1 }, { "3000", -1 }, { "", -1 } };
	uint8_t a[512], id[16];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct x509_der leaf = der(a, sizeof(a), cases[i].cert);

		assert_int_equal(x509_aaguid(&leaf, id), cases[i].want);
		unit_is_hex(id, 16, cases[i].want == 1 ? "000102030405060708090a0b0c0d0e0f"
						       : "00000000000000000000000000000000");
	}
}

/* As programs do: without the tables that X.509 needs. */
static int start(void **state)
{
	(void)state;
	return crypto_init(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ed25519_known),
		cmocka_unit_test(ed25519_every_bit_counts),
		cmocka_unit_test(ed25519_is_not_malleable),
		cmocka_unit_test(ed25519_low_order),
		cmocka_unit_test(es256_known),
		cmocka_unit_test(es256_every_bit_counts),
		cmocka_unit_test(es256_forms),
		cmocka_unit_test(es256_bad_keys),
		cmocka_unit_test(x509_digests),
		cmocka_unit_test(x509_chains),
		cmocka_unit_test(x509_every_bit_counts),
		cmocka_unit_test(x509_signatures),
		cmocka_unit_test(x509_aaguids),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
