/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "attest.h"
#include "crypt.h"
#include "state.h"
#include "store.h"

#define COUNTER_STEP 1024

static const char *const files[] = { "config", "state", "attestation.key", "attestation.der" };

/* Replaces a file of the folder: temp, fsync, rename, fsync of the folder. */
static bool
file_write(int dir, const char *name, const uint8_t *p, size_t n)
{
	char tmp[64];
	int fd = -1;
	bool ok = false;

	snprintf(tmp, sizeof tmp, "%s.tmp", name);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	for (size_t at = 0; at < n;) {
		ssize_t w = write(fd, p + at, n - at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			goto out;
		at += (size_t)w;
	}
	ok = fsync(fd) == 0 && renameat(dir, tmp, dir, name) == 0 && fsync(dir) == 0;
out:
	close(fd);
	if (!ok)
		unlinkat(dir, tmp, 0);
	return ok;
}

static bool
file_read(int dir, const char *name, uint8_t *p, size_t max, size_t *n)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t r = 1;

	if (fd < 0)
		return false;
	*n = 0;
	while (*n < max && (r = read(fd, p + *n, max - *n)) != 0) {
		if (r < 0 && errno != EINTR)
			break;
		*n += r > 0 ? (size_t)r : 0;
	}
	close(fd);
	return r == 0;
}

bool
store_fresh(struct key *k, const struct quirks *q)
{
	memset(k, 0, sizeof *k);
	k->dir = -1;
	k->q = *q;
	k->s.pin_retries = PIN_RETRIES;
	k->s.uv_retries = UV_RETRIES;
	return crypt_random(k->s.master, sizeof k->s.master) && attest_make(k);
}

static bool
config_write(const struct key *k, int dir)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	bool ok;

	if (f == NULL)
		return false;
	quirk_write(&k->q, f);
	ok = fclose(f) == 0 && file_write(dir, "config", (const uint8_t *)text, n);
	free(text);
	return ok;
}

static bool
config_read(struct key *k)
{
	char text[1536], *save = NULL;
	size_t n;

	quirk_defaults(&k->q);
	if (!file_read(k->dir, "config", (uint8_t *)text, sizeof text, &n))
		return false;
	text[n] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		if (!quirk_set(&k->q, line))
			return false;
	return true;
}

static bool
state_save(const struct key *k, int dir, uint32_t counter)
{
	uint8_t *p = malloc(STATE_MAX);
	size_t n;
	bool ok;

	ok = p != NULL && state_encode(&k->s, counter, p, &n) && file_write(dir, "state", p, n);
	free(p);
	return ok;
}

static bool
files_write(const struct key *k, int dir)
{
	uint8_t *der = NULL;
	int n = i2d_PrivateKey(k->att, &der);
	bool ok;

	ok = n > 0 && file_write(dir, "attestation.key", der, (size_t)n) &&
	    file_write(dir, "attestation.der", k->cert, k->cert_len) && config_write(k, dir) &&
	    state_save(k, dir, k->s.counter);
	OPENSSL_free(der);
	return ok;
}

bool
store_create(const struct key *k, const char *path)
{
	char *tmp = NULL;
	int dir = -1, saved;
	bool ok = false;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		return false;
	if (mkdtemp(tmp) == NULL) {
		free(tmp);
		return false;
	}
	dir = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = dir >= 0 && files_write(k, dir) && renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
	saved = errno;
	if (!ok && dir >= 0)
		for (size_t i = 0; i < sizeof files / sizeof *files; i++)
			unlinkat(dir, files[i], 0);
	if (!ok)
		rmdir(tmp);
	if (dir >= 0)
		close(dir);
	free(tmp);
	errno = saved;
	return ok;
}

static bool
secrets_read(struct key *k)
{
	uint8_t *p = malloc(STATE_MAX);
	const uint8_t *der = p;
	size_t n;
	bool ok = false;

	if (p == NULL || !file_read(k->dir, "attestation.key", p, STATE_MAX, &n) ||
	    (k->att = d2i_AutoPrivateKey(NULL, &der, (long)n)) == NULL ||
	    !file_read(k->dir, "attestation.der", k->cert, sizeof k->cert, &k->cert_len) ||
	    !file_read(k->dir, "state", p, STATE_MAX, &n) || !state_decode(&k->s, (struct span){ p, n }))
		goto out;
	k->counter_on_disk = k->s.counter;
	ok = true;
out:
	free(p);
	return ok;
}

struct key *
store_open(const char *path, const char **err)
{
	struct key *k = calloc(1, sizeof *k);

	*err = strerror(ENOMEM);
	if (k == NULL)
		return NULL;
	k->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (k->dir < 0)
		*err = strerror(errno);
	else if (flock(k->dir, LOCK_EX | LOCK_NB) != 0)
		*err = "already plugged in by another softkey";
	else if (!config_read(k))
		*err = "its config cannot be read";
	else if (!secrets_read(k))
		*err = "its state cannot be read";
	else
		return k;
	if (k->dir >= 0)
		close(k->dir);
	EVP_PKEY_free(k->att);
	free(k);
	return NULL;
}

bool
store_save(struct key *k)
{
	uint32_t ahead = k->s.counter < k->counter_on_disk ? k->counter_on_disk : k->s.counter;

	return k->dir < 0 || state_save(k, k->dir, ahead);
}

bool
store_count(struct key *k, uint32_t *value)
{
	*value = ++k->s.counter;
	if (k->s.counter <= k->counter_on_disk)
		return true;
	k->counter_on_disk = k->s.counter + COUNTER_STEP;
	return store_save(k);
}

void
store_close(struct key *k)
{
	if (k == NULL)
		return;
	if (k->dir >= 0) {
		if (k->counter_on_disk != k->s.counter)
			state_save(k, k->dir, k->s.counter);
		close(k->dir);
	}
	EVP_PKEY_free(k->att);
	OPENSSL_cleanse(&k->s, sizeof k->s);
	free(k);
}
