/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define STATE_MODE 0700
#define STATE_FILE_MODE 0600
#define STATE_JSON_MAX (8u << 20)
#define KEY_FILE "host.key"
#define PIN_FILE "pin.json"
#define KEY_LEN 32

struct state {
	struct dir dir;
};

/* Parents 0755, the folder itself 0700 from the start. */
static int state_make(const char *path, struct err *e)
{
	char *copy = strdup(path), *slash;
	int r = 0;

	if (copy == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for making %s.", path);
	for (slash = copy + strlen(copy); slash > copy && slash[-1] == '/'; slash--)
		slash[-1] = '\0';
	slash = strrchr(copy, '/');
	if (slash != NULL && slash != copy) {
		*slash = '\0';
		r = dir_make(copy, 0755, e);
	}
	if (r == 0)
		r = dir_make(path, STATE_MODE, e);
	free(copy);
	return r;
}

int state_open(struct state **out, const char *path, int create, struct err *e)
{
	struct state *s = calloc(1, sizeof(*s));
	struct stat st;
	int r = 0;

	*out = NULL;
	if (s == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for opening %s.", path);
	s->dir.fd = -1;
	if (create && lstat(path, &st) != 0 && errno == ENOENT)
		r = state_make(path, e);
	if (r == 0)
		r = dir_open(&s->dir, path, FILE_PRIVATE, e);
	if (r == ERR_MISSING && e != NULL) {
		err_clear(e);
		(void)err_set(e, ERR_MISSING, "This machine has no private state at %s.", path);
		(void)err_hint(e, "`twokey init` makes a vault; `twokey host add --vault ID` joins one, whose "
		    "id `twokey log verify` on another host prints.");
	}
	if (r != 0)
		state_close(&s);
	*out = s;
	return r;
}

void state_close(struct state **s)
{
	if (*s != NULL)
		dir_close(&(*s)->dir);
	free(*s);
	*s = NULL;
}

const struct dir *state_dir(const struct state *s)
{
	return &s->dir;
}

const char *state_path(const struct state *s)
{
	return s->dir.path;
}

int state_lock(const struct state *s, int *fd, int wait_ms, struct err *e)
{
	const int r = file_lock(fd, &s->dir, ".lock", wait_ms, e);

	if (r == ERR_BUSY && e != NULL) {
		err_clear(e);
		(void)err_set(e, ERR_BUSY, "Another twokey command is at work with the state %s.",
		    s->dir.path);
		(void)err_hint(e, "Wait for it to end; this tells which it is: fuser -v '%s/.lock'",
		    s->dir.path);
	}
	return r;
}

int state_make_host_key(const struct state *s, uint8_t pub[ED25519_KEY_LEN], struct err *e)
{
	struct secret *seed = NULL;
	int r;

	r = random_secret(&seed, KEY_LEN, e);
	if (r == 0)
		r = ed25519_public(pub, seed, e);
	if (r == 0)
		r = file_create(&s->dir, KEY_FILE, seed->data, seed->len, STATE_FILE_MODE, e);
	secret_free(&seed);
	return r;
}

/* file_read would put the seed into common memory. */
static int state_read_key(const struct state *s, int fd, struct secret *seed, struct err *e)
{
	struct stat st;
	size_t got = 0;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return err_errno(e, ERR_IO, errno, "%s/" KEY_FILE " cannot be examined", s->dir.path);
	if (!S_ISREG(st.st_mode) || st.st_size != KEY_LEN) {
		(void)err_set(e, ERR_CONFIG, "%s/" KEY_FILE " is not a host key of 32 bytes.",
		    s->dir.path);
		(void)err_hint(e, "Bring it back from a backup, or set this host up again.");
		return ERR_CONFIG;
	}
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & 0077) != 0) {
		(void)err_set(e, ERR_CONFIG, "%s/" KEY_FILE
		    " is open to others (owner %lu, mode %04o): anyone could have copied it.",
		    s->dir.path, (unsigned long)st.st_uid, (unsigned)st.st_mode & 07777u);
		(void)err_hint(e, "If nobody did: chown %lu '%s/" KEY_FILE "' && chmod 600 '%s/"
		    KEY_FILE "'", (unsigned long)geteuid(), s->dir.path, s->dir.path);
		return ERR_CONFIG;
	}
	while (got < KEY_LEN) {
		n = read(fd, seed->data + got, KEY_LEN - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(e, ERR_IO, n < 0 ? errno : EIO,
			    "%s/" KEY_FILE " cannot be read", s->dir.path);
		got += (size_t)n;
	}
	seed->len = KEY_LEN;
	return 0;
}

int state_host_key(const struct state *s, struct secret **seed, struct err *e)
{
	int fd, r;

	*seed = NULL;
	fd = openat(s->dir.fd, KEY_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) {
		(void)err_set(e, ERR_MISSING, "This machine is no host: %s/" KEY_FILE
		    " is not there.", s->dir.path);
		(void)err_hint(e, "\"twokey host add\" makes it one.");
		return ERR_MISSING;
	}
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_CONFIG, "%s/" KEY_FILE " is a symbolic link, not a file.",
		    s->dir.path);
	if (fd < 0)
		return err_errno(e, ERR_IO, errno, "%s/" KEY_FILE " cannot be opened", s->dir.path);
	r = secret_new(seed, KEY_LEN, e);
	if (r == 0)
		r = state_read_key(s, fd, *seed, e);
	if (r != 0)
		secret_free(seed);
	(void)close(fd);
	return r;
}

int state_is_host(const struct state *s)
{
	return file_exists(&s->dir, KEY_FILE);
}

int state_read_json(const struct state *s, const char *name, json **out, struct err *e)
{
	struct buf b = BUF_INIT;
	int r;

	*out = NULL;
	r = file_read(&b, &s->dir, name, STATE_JSON_MAX, FILE_PRIVATE, e);
	if (r == 0)
		r = json_parse(out, b.data, b.len, JSON_CANONICAL, name, e);
	if (r == ERR_INPUT && e != NULL)
		(void)err_hint(e, "%s/%s is damaged: bring it back from a backup.", s->dir.path,
		    name);
	buf_free(&b);
	return r;
}

static int state_put(const struct state *s, const char *name, const json *j,
    int (*put)(const struct dir *d, const char *file, const void *data, size_t len, mode_t mode,
	struct err *e), struct err *e)
{
	struct buf b = BUF_INIT;
	int r;

	r = json_canonical(&b, j, e);
	if (r == 0)
		r = put(&s->dir, name, b.data, b.len, STATE_FILE_MODE, e);
	buf_free(&b);
	return r;
}

int state_write_json(const struct state *s, const char *name, const json *j, struct err *e)
{
	return state_put(s, name, j, file_replace, e);
}

int state_note_json(const struct state *s, const char *name, const json *j, struct err *e)
{
	return state_put(s, name, j, file_replace_soft, e);
}

int state_set_aside(const struct state *s, const char *name, struct err *e)
{
	char to[80];
	int i, r = -1;

	for (i = 1; r != 0 && i < 1000; i++) {
		(void)snprintf(to, sizeof(to), "%s.%d", name, i);
		r = renameat2(s->dir.fd, name, s->dir.fd, to, RENAME_NOREPLACE);
		if (r != 0 && errno != EEXIST)
			break;
	}
	if (r == 0 && fsync(s->dir.fd) == 0)
		return 0;
	return err_errno(e, ERR_IO, errno, "%s/%s cannot be set aside", s->dir.path, name);
}

int state_read_pin(const struct state *s, struct state_pin *pin, struct err *e)
{
	json *j = NULL;
	const char *type;
	int r;

	memset(pin, 0, sizeof(*pin));
	r = state_read_json(s, PIN_FILE, &j, e);
	if (r == 0)
		r = json_shape(j, PIN_FILE, e, "hash=h", "serial=u", "type=s", "vault=h", NULL);
	type = json_str(j, "type");
	if (r == 0 && (strcmp(type, "twokey-pin-v1") != 0 || json_int(j, "serial") < 1))
		r = err_set(e, ERR_INPUT, "%s/" PIN_FILE " is no pin.", s->dir.path);
	if (r == 0) {
		pin->serial = json_int(j, "serial");
		(void)json_hex(j, "hash", pin->hash, HASH_LEN);
		(void)json_hex(j, "vault", pin->vault, HASH_LEN);
	}
	json_free(&j);
	return r;
}

/* May `pin` take the place of `old`? */
static int state_check_pin(const struct state_pin *old, const struct state_pin *pin, struct err *e)
{
	if (memcmp(old->vault, pin->vault, HASH_LEN) != 0) {
		(void)err_set(e, ERR_REFUSED, "This machine is pinned to another vault.");
		(void)err_hint(e, "One state belongs to one vault: name another \"state\" in a "
		    "configuration of its own, and give it with --conf.");
		return ERR_REFUSED;
	}
	if (pin->serial < old->serial)
		return err_set(e, ERR_ROLLBACK, "Policy %" PRId64
		    " is older than policy %" PRId64 ", which this machine has accepted.",
		    pin->serial, old->serial);
	if (pin->serial == old->serial && memcmp(pin->hash, old->hash, HASH_LEN) != 0)
		return err_set(e, ERR_REFUSED, "Policy %" PRId64
		    " is not the policy of that serial that this machine has accepted.",
		    pin->serial);
	return 0;
}

int state_write_pin(const struct state *s, const struct state_pin *pin, struct err *e)
{
	struct state_pin old;
	json *j = NULL;
	int r = 0;

	if (file_exists(&s->dir, PIN_FILE) != 0) {
		r = state_read_pin(s, &old, e);
		if (r == 0)
			r = state_check_pin(&old, pin, e);
		if (r == 0 && pin->serial == old.serial)
			return 0;
	}
	if (r != 0)
		return r;
	j = json_new_object();
	if (json_set_str(j, "type", "twokey-pin-v1") != 0 ||
	    json_set_hex(j, "vault", pin->vault, HASH_LEN) != 0 ||
	    json_set_int(j, "serial", pin->serial) != 0 ||
	    json_set_hex(j, "hash", pin->hash, HASH_LEN) != 0)
		r = err_set(e, ERR_MEMORY, "No memory is left for writing " PIN_FILE ".");
	if (r == 0)
		r = state_write_json(s, PIN_FILE, j, e);
	json_free(&j);
	return r;
}
