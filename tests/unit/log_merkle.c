/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree against the known answers of certificate-transparency's reference
 * tests, and against RFC 6962's recursive definition, for every size to 70. */
#include "unit.h"

#include "log/merkle.h"

#define MOST 70

static uint8_t leaves[MOST][HASH_LEN];

static int leaf_at(void *ctx, int64_t i, uint8_t out[HASH_LEN], struct err *e)
{
	(void)ctx;
	(void)e;
	memcpy(out, leaves[i], HASH_LEN);
	return 0;
}

/* MTH(D[from:to]) as section 2.1 writes it. */
static void by_definition(uint8_t out[HASH_LEN], int64_t from, int64_t to)
{
	uint8_t l[HASH_LEN], r[HASH_LEN];
	int64_t k = 1;

	if (to - from == 1) {
		memcpy(out, leaves[from], HASH_LEN);
		return;
	}
	while (k * 2 < to - from)
		k *= 2;
	by_definition(l, from, from + k);
	by_definition(r, from + k, to);
	assert_int_equal(merkle_node(out, l, r, NULL), 0);
}

static void known_answers(void **state)
{
	static const char *const input[] = { "", "00", "10", "2021", "3031", "40414243",
		"5051525354555657", "606162636465666768696a6b6c6d6e6f" };
	static const char *const root[] = {
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" };
	uint8_t in[32], leaf[HASH_LEN], got[HASH_LEN];
	struct merkle m;
	size_t i;

	(void)state;
	merkle_init(&m);
	assert_int_equal(merkle_root(got, &m, NULL), 0);
	unit_is_hex(got, HASH_LEN, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (i = 0; i < COUNT(root); i++) {
		const size_t n = unit_hex(in, sizeof(in), input[i]);

		assert_int_equal(merkle_leaf(leaf, in, n, NULL), 0);
		assert_int_equal(merkle_add(&m, leaf, NULL), 0);
		assert_int_equal(merkle_root(got, &m, NULL), 0);
		unit_is_hex(got, HASH_LEN, root[i]);
	}
}

static void frontier_is_the_definition(void **state)
{
	uint8_t want[HASH_LEN], got[HASH_LEN];
	struct merkle m;
	int64_t n;

	(void)state;
	merkle_init(&m);
	for (n = 1; n <= MOST; n++) {
		assert_int_equal(merkle_add(&m, leaves[n - 1], NULL), 0);
		assert_true(merkle_fits(m.size, m.n) && m.size == n);
		by_definition(want, 0, n);
		assert_int_equal(merkle_root(got, &m, NULL), 0);
		assert_memory_equal(got, want, HASH_LEN);
	}
	assert_false(merkle_fits(5, 3));
	assert_false(merkle_fits(-1, 1));
	assert_false(merkle_fits(INT64_C(1) << 53, 1));
}

/* Every index of every size; each changed bit, node, or number is refused. */
static void inclusion_holds_and_nothing_else(void **state)
{
	uint8_t root[HASH_LEN];
	struct merkle_proof p;
	int64_t size, i;
	size_t k;

	(void)state;
	for (size = 1; size <= MOST; size++) {
		by_definition(root, 0, size);
		for (i = 0; i < size; i++) {
			assert_int_equal(merkle_prove_inclusion(&p, i, size, leaf_at, NULL, NULL), 0);
			assert_int_equal(merkle_check_inclusion(&p, i, size, leaves[i], root, NULL), 0);
			assert_int_not_equal(
			    merkle_check_inclusion(&p, i, size, leaves[(i + 1) % MOST], root, NULL), 0);
			if (size > 1)
				assert_int_not_equal(
				    merkle_check_inclusion(&p, (i + 1) % size, size, leaves[i], root, NULL), 0);
			for (k = 0; k < p.n; k++) {
				p.node[k][k % HASH_LEN] ^= 1;
				assert_int_equal(
				    merkle_check_inclusion(&p, i, size, leaves[i], root, NULL), ERR_TAMPERED);
				p.node[k][k % HASH_LEN] ^= 1;
			}
			p.n++;
			assert_int_equal(
			    merkle_check_inclusion(&p, i, size, leaves[i], root, NULL), ERR_TAMPERED);
			if (p.n > 1) {
				p.n -= 2;
				assert_int_equal(merkle_check_inclusion(&p, i, size, leaves[i], root, NULL),
				    ERR_TAMPERED);
			}
		}
		assert_int_equal(merkle_prove_inclusion(&p, size, size, leaf_at, NULL, NULL), ERR_INPUT);
	}
}

static void consistency_holds_and_nothing_else(void **state)
{
	uint8_t old_root[HASH_LEN], root[HASH_LEN];
	struct merkle_proof p;
	int64_t size, old;
	size_t k;

	(void)state;
	for (size = 1; size <= MOST; size++) {
		by_definition(root, 0, size);
		for (old = 1; old <= size; old++) {
			by_definition(old_root, 0, old);
			assert_int_equal(merkle_prove_consistency(&p, old, size, leaf_at, NULL, NULL), 0);
			assert_int_equal(
			    merkle_check_consistency(&p, old, size, old_root, root, NULL), 0);
			old_root[3] ^= 4;
			assert_int_equal(
			    merkle_check_consistency(&p, old, size, old_root, root, NULL), ERR_TAMPERED);
			old_root[3] ^= 4;
			root[3] ^= 4;
			assert_int_equal(
			    merkle_check_consistency(&p, old, size, old_root, root, NULL), ERR_TAMPERED);
			root[3] ^= 4;
			for (k = 0; k < p.n; k++) {
				p.node[k][k % HASH_LEN] ^= 1;
				assert_int_equal(merkle_check_consistency(&p, old, size, old_root, root, NULL),
				    ERR_TAMPERED);
				p.node[k][k % HASH_LEN] ^= 1;
			}
			p.n++;
			assert_int_equal(
			    merkle_check_consistency(&p, old, size, old_root, root, NULL), ERR_TAMPERED);
		}
	}
	assert_int_equal(merkle_prove_consistency(&p, 0, 5, leaf_at, NULL, NULL), ERR_INPUT);
	assert_int_equal(merkle_check_consistency(&p, 6, 5, root, root, NULL), ERR_INPUT);
}

static int make_leaves(void **state)
{
	uint8_t i;

	(void)state;
	for (i = 0; i < MOST; i++)
		if (merkle_leaf(leaves[i], &i, 1, NULL) != 0)
			return -1;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(frontier_is_the_definition),
		cmocka_unit_test(inclusion_holds_and_nothing_else),
		cmocka_unit_test(consistency_holds_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, make_leaves, NULL);
}
