/* SPDX-License-Identifier: BSD-2-Clause */
/* init, random, hash, HMAC and HKDF. */
#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"

static int start(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_clear(&e);
	return crypto_init(&e);
}

static void random_differs(void **state)
{
	struct secret *a, *b;
	uint8_t p[32], q[32];

	(void)state;
	assert_int_equal(random_bytes(p, sizeof(p), NULL), 0);
	assert_int_equal(random_bytes(q, sizeof(q), NULL), 0);
	assert_memory_not_equal(p, q, sizeof(p));
	assert_int_equal(random_secret(&a, 32, NULL), 0);
	assert_int_equal(random_secret(&b, 32, NULL), 0);
	assert_int_equal(a->len, 32);
	assert_memory_not_equal(a->data, b->data, 32);
	secret_free(&a);
	secret_free(&b);
	assert_int_equal(random_secret(&a, 0, NULL), 0);
	secret_free(&a);
}

/* As twokey-token forks: no two of the processes draw the same. */
static void random_differs_after_fork(void **state)
{
	uint8_t drawn[3][64];
	struct secret *s;
	int p[2], i, j;
	pid_t pid;

	(void)state;
	assert_int_equal(random_bytes(drawn[2], 32, NULL), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(pipe(p), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			if (random_bytes(drawn[i], 32, NULL) != 0 || random_secret(&s, 32, NULL) != 0)
				_exit(1);
			memcpy(drawn[i] + 32, s->data, 32);
			_exit(write(p[1], drawn[i], 64) == 64 ? 0 : 1);
		}
		(void)close(p[1]);
		assert_int_equal(read(p[0], drawn[i], 64), 64);
		(void)close(p[0]);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	assert_int_equal(random_bytes(drawn[2], 32, NULL), 0);
	assert_int_equal(random_secret(&s, 32, NULL), 0);
	memcpy(drawn[2] + 32, s->data, 32);
	secret_free(&s);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < i; j++) {
			assert_memory_not_equal(drawn[i], drawn[j], 32);
			assert_memory_not_equal(drawn[i] + 32, drawn[j] + 32, 32);
		}
	}
}

/* Six faces, each within six deviations of its share. */
static void random_is_even(void **state)
{
	int faces[6] = { 0 }, i;
	uint32_t v;

	(void)state;
	for (i = 0; i < 60000; i++) {
		assert_int_equal(random_below(&v, 6, NULL), 0);
		assert_true(v < 6);
		faces[v]++;
	}
	for (i = 0; i < 6; i++)
		assert_in_range(faces[i], 10000 - 550, 10000 + 550);
	/* With a bound of 3 * 2^30 a third of plain remainders would be low twice
	 * as often; by rejection the lower half gets half. */
	for (i = 0, faces[0] = 0; i < 10000; i++) {
		assert_int_equal(random_below(&v, 0xc0000000u, NULL), 0);
		assert_true(v < 0xc0000000u);
		faces[0] += v < 0x60000000u;
	}
	assert_in_range(faces[0], 5000 - 300, 5000 + 300);
	assert_int_equal(random_below(&v, 1, NULL), 0);
	assert_int_equal(v, 0);
	assert_int_equal(random_below(&v, 0, NULL), ERR_INTERNAL);
}

/* FIPS 180-4 examples, and the separator of a label. */
static void hash_known(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN];

	(void)state;
	assert_int_equal(hash_sha256(a, "abc", 3, NULL), 0);
	unit_is_hex(a, sizeof(a), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(hash_sha256(a, NULL, 0, NULL), 0);
	unit_is_hex(a, sizeof(a), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(hash_sha256(a, "label\0data", 10, NULL), 0);
	assert_int_equal(hash_label(b, "label", "data", 4, NULL), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(hash_label2(b, "label", "da", 2, "ta", 2, NULL), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(hash_label2(b, "label", NULL, 0, "data", 4, NULL), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(hash_label(b, "labe", "ldata", 5, NULL), 0);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* RFC 4231 cases 1, 2, 6; RFC 2202 case 2 for SHA-1. */
static void hmac_known(void **state)
{
	uint8_t out[64], key[131];
	size_t n;

	(void)state;
	memset(key, 0x0b, 20);
	assert_int_equal(hmac_digest(out, &n, "SHA256", key, 20, "Hi There", 8, NULL), 0);
	unit_is_hex(out, n, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_int_equal(hmac_digest(out, &n, "SHA256", "Jefe", 4, "what do ya want for nothing?",
	    28, NULL), 0);
	unit_is_hex(out, n, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_int_equal(hmac_digest(out, &n, "SHA512", "Jefe", 4, "what do ya want for nothing?",
	    28, NULL), 0);
	unit_is_hex(out, n, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	assert_int_equal(hmac_digest(out, &n, "SHA1", "Jefe", 4, "what do ya want for nothing?",
	    28, NULL), 0);
	unit_is_hex(out, n, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	memset(key, 0xaa, sizeof(key));
	assert_int_equal(hmac_digest(out, &n, "SHA256", key, sizeof(key),
	    "Test Using Larger Than Block-Size Key - Hash Key First", 54, NULL), 0);
	unit_is_hex(out, n, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	assert_int_equal(hmac_digest(out, &n, "SHA256", NULL, 0, "", 0, NULL), 0);
	unit_is_hex(out, n, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	assert_int_equal(hmac_digest(out, &n, "MD5", "k", 1, "", 0, NULL), ERR_INTERNAL);
	assert_int_equal(n, 0);
}

/* RFC 5869 appendix A, cases 1 to 3. */
static void hkdf_known(void **state)
{
	uint8_t ikm[80], salt[80], info[80];
	struct secret *okm;
	int i;

	(void)state;
	memset(ikm, 0x0b, 22);
	for (i = 0; i < 13; i++)
		salt[i] = (uint8_t)i;
	for (i = 0; i < 10; i++)
		info[i] = (uint8_t)(0xf0 + i);
	assert_int_equal(hkdf_sha256(&okm, 42, ikm, 22, salt, 13, info, 10, NULL), 0);
	unit_is_hex(okm->data, okm->len, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4"
	    "c5bf34007208d5b887185865");
	secret_free(&okm);
	for (i = 0; i < 80; i++) {
		ikm[i] = (uint8_t)i;
		salt[i] = (uint8_t)(0x60 + i);
		info[i] = (uint8_t)(0xb0 + i);
	}
	assert_int_equal(hkdf_sha256(&okm, 82, ikm, 80, salt, 80, info, 80, NULL), 0);
	unit_is_hex(okm->data, okm->len, "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19af"
	    "a97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c"
	    "01d5c1f3434f1d87");
	secret_free(&okm);
	memset(ikm, 0x0b, 22);
	assert_int_equal(hkdf_sha256(&okm, 42, ikm, 22, NULL, 0, NULL, 0, NULL), 0);
	unit_is_hex(okm->data, okm->len, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c73"
	    "8d2d9d201395faa4b61a96c8");
	secret_free(&okm);
}

/* A shorter output is the beginning of a longer one, to the last byte. */
static void hkdf_lengths(void **state)
{
	struct secret *longest, *okm;
	size_t n;

	(void)state;
	assert_int_equal(hkdf_sha256(&longest, 255 * 32, "ikm", 3, "s", 1, "i", 1, NULL), 0);
	assert_int_equal(longest->len, 255 * 32);
	for (n = 0; n < 255 * 32; n += n < 100 ? 1 : 997) {
		assert_int_equal(hkdf_sha256(&okm, n, "ikm", 3, "s", 1, "i", 1, NULL), 0);
		assert_int_equal(okm->len, n);
		assert_memory_equal(okm->data, longest->data, n);
		secret_free(&okm);
	}
	assert_int_equal(hkdf_sha256(&okm, 255 * 32 + 1, "ikm", 3, "s", 1, "i", 1, NULL),
	    ERR_INTERNAL);
	assert_null(okm);
	secret_free(&longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_differs),
		cmocka_unit_test(random_differs_after_fork),
		cmocka_unit_test(random_is_even),
		cmocka_unit_test(hash_known),
		cmocka_unit_test(hmac_known),
		cmocka_unit_test(hkdf_known),
		cmocka_unit_test(hkdf_lengths),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
