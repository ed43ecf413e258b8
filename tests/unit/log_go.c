/* SPDX-License-Identifier: BSD-2-Clause */
/* Go's sumdb packages, which know nothing of twokey, verify checkpoint, tree
 * and proof - and refuse what was changed. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/checkpoint.h"
#include "log/prove.h"
#include "log_lib.h"

static int run(const struct lib *l, const char *vkey, int proof)
{
	const char *top = getenv("srcdir");
	char cmd[1024];
	int r;

	(void)snprintf(cmd, sizeof(cmd),
	    "'%s'/tests/oracle/checkpoint.sh '%s'/store/log/bastion1.jsonl "
	    "'%s'/store/log/bastion1.checkpoint '%s' %s%s >/dev/null 2>&1",
	    top != NULL ? top : ".", l->top, l->top, vkey, proof ? l->top : "",
	    proof ? "/proof" : "");
	r = system(cmd);
	return WIFEXITED(r) ? WEXITSTATUS(r) : -1;
}

static void flip(const struct lib *l, const char *path, size_t from_end)
{
	struct buf b = BUF_INIT;

	lib_read(l, path, &b);
	b.data[b.len - from_end] ^= 1;
	lib_write(l, path, b.data, b.len);
	buf_free(&b);
}

static void go_agrees(void **state)
{
	char origin[CHECKPOINT_ORIGIN_MAX];
	struct buf key = BUF_INIT, b = BUF_INIT;
	uint8_t digest[HASH_LEN];
	struct err e = { 0 };
	struct lib l;
	json *j;
	int r;

	(void)state;
	lib_new(&l, NULL);
	lib_accept(&l);
	lib_seal(&l, "prod", digest);
	lib_unseal(&l, "prod", digest, 3, 1);
	checkpoint_origin(origin, l.world.vault, FAKE_HOST);
	assert_int_equal(checkpoint_vkey(&key, origin, l.v.host_key, &e), 0);
	assert_int_equal(prove_entry(&j, l.store, l.world.vault, &l.host, 4, &e), 0);
	assert_int_equal(json_canonical(&b, j, &e), 0);
	lib_write(&l, "proof", b.data, b.len);
	r = run(&l, buf_str(&key), 1);
	if (r == 0) {
		assert_int_equal(run(&l, buf_str(&key), 0), 0);
		flip(&l, "store/log/bastion1.jsonl", 30);
		assert_int_equal(run(&l, buf_str(&key), 0), 1);
		flip(&l, "store/log/bastion1.jsonl", 30);
		flip(&l, "store/log/bastion1.checkpoint", 10);
		assert_int_equal(run(&l, buf_str(&key), 0), 1);
	}
	json_free(&j);
	buf_free(&b);
	buf_free(&key);
	lib_free(&l);
	if (r == 77) {
		print_message("skip: golang-go and golang-golang-x-mod-dev are not installed\n");
		skip();
	}
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(go_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
