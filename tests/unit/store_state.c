/* SPDX-License-Identifier: BSD-2-Clause */
/* The private state: what is laxer than it must be is refused. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/state.h"

struct place {
	char top[64], path[96];
	struct state *s;
};

static int setup(void **state)
{
	static struct place p;

	*state = &p;
	strcpy(p.top, "/tmp/twokey-state-XXXXXX");
	if (mkdtemp(p.top) == NULL)
		return -1;
	(void)snprintf(p.path, sizeof(p.path), "%s/a/state", p.top);
	return state_open(&p.s, p.path, 1, NULL);
}

static int teardown(void **state)
{
	struct place *p = *state;
	char cmd[128];

	state_close(&p->s);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf '%s'", p->top);
	return system(cmd);
}

static int open_again(const struct place *p, struct err *e)
{
	struct state *s = NULL;
	int r;

	err_clear(e);
	r = state_open(&s, p->path, 0, e);
	state_close(&s);
	return r;
}

static void file_path(char out[160], const struct place *p, const char *name)
{
	(void)snprintf(out, 160, "%s/%s", p->path, name);
}

static void folder_is_private(void **state)
{
	const struct place *p = *state;
	char path[160];
	struct stat st;
	struct err e = { 0 };

	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(open_again(p, &e), 0);
	assert_int_equal(chmod(p->path, 0750), 0);
	assert_int_equal(open_again(p, &e), ERR_CONFIG);
	assert_non_null(strstr(e.hint, "chmod"));
	assert_int_equal(chmod(p->path, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(p->path, 1000, 1000), 0);
		assert_int_equal(open_again(p, &e), ERR_CONFIG);
		assert_int_equal(chown(p->path, 0, 0), 0);
	}
	(void)snprintf(path, sizeof(path), "%s/moved", p->top);
	assert_int_equal(rename(p->path, path), 0);
	assert_int_equal(open_again(p, &e), ERR_MISSING);
	assert_true(e.hint[0] != '\0');
	assert_int_equal(symlink(path, p->path), 0);
	assert_int_equal(open_again(p, &e), ERR_CONFIG);
}

static void host_key(void **state)
{
	const struct place *p = *state;
	uint8_t pub[ED25519_KEY_LEN], again[ED25519_KEY_LEN];
	struct secret *seed = NULL;
	struct err e = { 0 };
	char path[160];
	struct stat st;

	assert_int_equal(state_is_host(p->s), 0);
	assert_int_equal(state_host_key(p->s, &seed, &e), ERR_MISSING);
	assert_null(seed);
	err_clear(&e);
	assert_int_equal(state_make_host_key(p->s, pub, &e), 0);
	assert_int_equal(state_is_host(p->s), 1);
	file_path(path, p, "host.key");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(state_host_key(p->s, &seed, &e), 0);
	assert_int_equal(ed25519_public(again, seed, &e), 0);
	assert_memory_equal(pub, again, sizeof(pub));
	secret_free(&seed);
	/* A second one never takes its place. */
	assert_int_equal(state_make_host_key(p->s, again, &e), ERR_EXISTS);
	err_clear(&e);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(state_host_key(p->s, &seed, &e), ERR_CONFIG);
	assert_non_null(strstr(e.hint, "chmod 600"));
	assert_null(seed);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 31), 0);
	assert_int_equal(state_host_key(p->s, &seed, NULL), ERR_CONFIG);
	assert_int_equal(remove(path), 0);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_int_equal(state_host_key(p->s, &seed, NULL), ERR_CONFIG);
}

static void pin_only_moves_forward(void **state)
{
	const struct place *p = *state;
	struct state_pin pin = { .serial = 3 }, got;
	struct err e = { 0 };

	assert_int_equal(state_read_pin(p->s, &got, &e), ERR_MISSING);
	err_clear(&e);
	memset(pin.vault, 1, HASH_LEN);
	memset(pin.hash, 3, HASH_LEN);
	assert_int_equal(state_write_pin(p->s, &pin, &e), 0);
	assert_int_equal(state_write_pin(p->s, &pin, &e), 0);
	assert_int_equal(state_read_pin(p->s, &got, &e), 0);
	assert_int_equal(got.serial, 3);
	assert_memory_equal(got.vault, pin.vault, HASH_LEN);
	assert_memory_equal(got.hash, pin.hash, HASH_LEN);
	pin.hash[0] ^= 1;
	assert_int_equal(state_write_pin(p->s, &pin, &e), ERR_REFUSED);
	pin.serial = 2;
	assert_int_equal(state_write_pin(p->s, &pin, NULL), ERR_ROLLBACK);
	pin.serial = 4;
	assert_int_equal(state_write_pin(p->s, &pin, NULL), 0);
	pin.serial = 5;
	pin.vault[0] ^= 1;
	err_clear(&e);
	assert_int_equal(state_write_pin(p->s, &pin, &e), ERR_REFUSED);
	assert_non_null(strstr(e.hint, "--conf"));
	assert_int_equal(state_read_pin(p->s, &got, NULL), 0);
	assert_int_equal(got.serial, 4);
}

static void damaged_pins_are_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"hash\":1}", " {}",
		"{\"hash\":\"00\",\"serial\":1,\"type\":\"twokey-pin-v1\",\"vault\":\"00\"}" };
	const struct place *p = *state;
	struct state_pin pin = { .serial = 1 };
	char path[160];
	size_t i;
	int fd;

	file_path(path, p, "pin.json");
	for (i = 0; i < COUNT(bad); i++) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_true(write(fd, bad[i], strlen(bad[i])) >= 0);
		close(fd);
		assert_int_equal(state_read_pin(p->s, &pin, NULL), ERR_INPUT);
		pin.serial = 1;
		/* And are never written over. */
		assert_int_equal(state_write_pin(p->s, &pin, NULL), ERR_INPUT);
	}
}

static void one_writer(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };
	int a, b;

	assert_int_equal(state_lock(p->s, &a, 0, &e), 0);
	assert_int_equal(state_lock(p->s, &b, 20, &e), ERR_BUSY);
	assert_non_null(strstr(e.text, p->path));
	assert_non_null(strstr(e.hint, ".lock"));
	close(a);
	assert_int_equal(state_lock(p->s, &b, 20, NULL), 0);
	close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(folder_is_private, setup, teardown),
		cmocka_unit_test_setup_teardown(host_key, setup, teardown),
		cmocka_unit_test_setup_teardown(pin_only_moves_forward, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_pins_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(one_writer, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
