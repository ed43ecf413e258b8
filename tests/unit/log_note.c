/* SPDX-License-Identifier: BSD-2-Clause */
/* Checkpoints: what is written reads back; every changed bit and every cut is
 * refused.  tests/oracle/checkpoint.sh holds them against Go's sumdb/note. */
#include "unit.h"

#include "log/checkpoint.h"

struct note {
	struct secret *seed;
	uint8_t pub[ED25519_KEY_LEN];
	struct checkpoint c;
	struct buf text;
};

static int setup(void **state)
{
	static struct note n;
	static const uint8_t vault[HASH_LEN] = { 0xab, 0xcd };

	*state = &n;
	memset(&n, 0, sizeof(n));
	checkpoint_origin(n.c.origin, vault, "bastion1");
	n.c.size = 118;
	memset(n.c.root, 0x5a, HASH_LEN);
	return random_secret(&n.seed, 32, NULL) != 0 || ed25519_public(n.pub, n.seed, NULL) != 0 ||
	    checkpoint_write(&n.text, &n.c, n.seed, n.pub, NULL) != 0;
}

static int teardown(void **state)
{
	struct note *n = *state;

	secret_free(&n->seed);
	buf_free(&n->text);
	return 0;
}

static int reads(const struct note *n, const void *data, size_t len)
{
	struct checkpoint c;

	return checkpoint_read(&c, data, len, n->c.origin, n->pub, NULL);
}

static void reads_back(void **state)
{
	const struct note *n = *state;
	struct checkpoint c;
	struct buf key = BUF_INIT;

	assert_int_equal(checkpoint_read(&c, n->text.data, n->text.len, n->c.origin, n->pub, NULL), 0);
	assert_int_equal(c.size, 118);
	assert_memory_equal(c.root, n->c.root, HASH_LEN);
	assert_true(strncmp(buf_str(&n->text), "twokey/abcd00", 13) == 0);
	assert_int_equal(checkpoint_vkey(&key, n->c.origin, n->pub, NULL), 0);
	assert_true(strncmp(buf_str(&key), n->c.origin, strlen(n->c.origin)) == 0);
	buf_free(&key);
}

static void refuses_each_bit_and_cut(void **state)
{
	const struct note *n = *state;
	size_t i;
	int bit;

	for (i = 0; i < n->text.len; i++) {
		for (bit = 0; bit < 8; bit++) {
			n->text.data[i] ^= (unsigned char)(1u << bit);
			assert_int_not_equal(reads(n, n->text.data, n->text.len), 0);
			n->text.data[i] ^= (unsigned char)(1u << bit);
		}
		assert_int_not_equal(reads(n, n->text.data, i), 0);
	}
	assert_int_equal(reads(n, n->text.data, n->text.len), 0);
}

static void refuses_another_key_or_origin(void **state)
{
	const struct note *n = *state;
	uint8_t pub[ED25519_KEY_LEN];
	struct checkpoint c;
	char origin[CHECKPOINT_ORIGIN_MAX];
	static const uint8_t vault[HASH_LEN] = { 0xab, 0xcd };

	memcpy(pub, n->pub, sizeof(pub));
	pub[0] ^= 1;
	assert_int_equal(checkpoint_read(&c, n->text.data, n->text.len, n->c.origin, pub, NULL),
	    ERR_TAMPERED);
	checkpoint_origin(origin, vault, "bastion2");
	assert_int_equal(checkpoint_read(&c, n->text.data, n->text.len, origin, n->pub, NULL),
	    ERR_TAMPERED);
}

/* What a strict reader does not take, though the signature might be right. */
static void refuses_other_forms(void **state)
{
	static const char *const bad[] = { "", "\n", "x\n1\n", "x\n01\nroot\n\n",
		"a b\n1\nWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=\n\n",
		"x\n-1\nWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=\n\n",
		"x\n9007199254740992\nWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=\n\n" };
	const struct note *n = *state;
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(reads(n, bad[i], strlen(bad[i])), ERR_INPUT);
	buf_put(&b, n->text.data, n->text.len);
	buf_puts(&b, "\n");
	assert_int_equal(reads(n, b.data, b.len), ERR_INPUT);
	buf_reset(&b);
	buf_put(&b, n->text.data, n->text.len);
	buf_puts(&b, "— x AAAA\n");
	assert_int_equal(reads(n, b.data, b.len), ERR_INPUT);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back),
		cmocka_unit_test(refuses_each_bit_and_cut),
		cmocka_unit_test(refuses_another_key_or_origin),
		cmocka_unit_test(refuses_other_forms),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
