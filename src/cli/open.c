/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/open.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "vault/statement.h"

#define HINT_PATH "Check the name, and that you may read it."

int open_vault(struct open_vault *v, const struct cli *cli, struct err *e)
{
	struct session_config cfg;
	int r;

	memset(v, 0, sizeof(*v));
	if ((r = config_load_here(&v->config, cli->conf, e)) != 0)
		return r;
	cfg = (struct session_config){ .store = v->config.store, .state = v->config.state,
		.host = v->config.host, .clock = cli->clock };
	r = session_open(&v->session, &cfg, e);
	if (r != 0)
		config_free(&v->config);
	return r;
}

void close_vault(struct open_vault *v)
{
	session_close(&v->session);
	config_free(&v->config);
}

void requester_here(struct requester *r)
{
	const char *sudo = getenv("SUDO_USER"), *tty = ttyname(STDERR_FILENO);
	char claimed[96];

	requester_kernel(r, getuid(), 0);
	if (tty == NULL)
		tty = ttyname(STDIN_FILENO);
	if (tty != NULL)
		text_escape(r->tty, sizeof(r->tty), tty, strlen(tty));
	if (sudo != NULL && sudo[0] != '\0') {
		text_escape(claimed, sizeof(claimed), sudo, strlen(sudo));
		snprintf(r->via, sizeof(r->via), "sudo: %s", claimed);
	}
}

static int read_into(struct secret *s, int fd, const char *path, size_t max, struct err *e)
{
	while (s->len <= max) {
		ssize_t n = read(fd, s->data + s->len, max + 1 - s->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_IO, errno, "Reading %s failed", path);
		if (n == 0)
			break;
		s->len += (size_t)n;
	}
	if (s->len > max)
		return err_set(e, ERR_INPUT, "%s is longer than the %zu bytes allowed.", path, max);
	if (s->len > 0 && s->data[s->len - 1] == '\n')
		s->data[--s->len] = '\0';
	if (s->len > 0 && s->data[s->len - 1] == '\r')
		s->data[--s->len] = '\0';
	if (s->len == 0)
		return err_set(e, ERR_INPUT, "%s is empty.", path);
	return 0;
}

int open_secret(struct secret **out, const char *path, size_t max, struct err *e)
{
	int in = strcmp(path, "-") == 0, fd, r;

	*out = NULL;
	fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		r = err_errno(e, ERR_IO, errno, "%s cannot be opened", path);
		err_hint(e, HINT_PATH);
		return r;
	}
	r = secret_new(out, max + 1, e);
	if (r == 0)
		r = read_into(*out, fd, in ? "Standard input" : path, max, e);
	if (!in)
		close(fd);
	if (r != 0)
		secret_free(out);
	return r;
}

/* Opens the folder of path, and gives the last part. */
static int folder(struct dir *d, const char *path, char **copy, const char **name, struct err *e)
{
	char *again = strdup(path);
	int r;

	*copy = strdup(path);
	if (again == NULL || *copy == NULL) {
		free(again);
		free(*copy);
		*copy = NULL;
		return err_set(e, ERR_MEMORY, "There is not enough memory for a path.");
	}
	*name = basename(*copy);
	r = dir_open(d, dirname(again), FILE_ANY, e);
	free(again);
	if (r != 0) {
		free(*copy);
		*copy = NULL;
	}
	return r;
}

int open_may_write(const char *path, int replace, struct err *e)
{
	struct dir d;
	const char *name;
	char *copy;
	int r = folder(&d, path, &copy, &name, e);

	if (r != 0)
		return r;
	if (!replace && file_exists(&d, name) != 0)
		r = err_set(e, ERR_EXISTS, "%s/%s is there already.", d.path, name);
	else if (faccessat(d.fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be written", d.path, name);
	dir_close(&d);
	free(copy);
	return r;
}

int open_write(const char *path, const struct buf *b, int replace, struct err *e)
{
	struct dir d;
	const char *name;
	char *copy;
	int r = folder(&d, path, &copy, &name, e);

	if (r != 0)
		return r;
	r = (replace ? file_replace : file_create)(&d, name, b->data, b->len, 0644, e);
	dir_close(&d);
	free(copy);
	return r;
}

int open_read(struct buf *out, const char *path, size_t max, struct err *e)
{
	struct dir d;
	const char *name;
	char *copy;
	int r = folder(&d, path, &copy, &name, e);

	if (r != 0)
		return r;
	r = file_read(out, &d, name, max, FILE_ANY, e);
	if (r == ERR_MISSING)
		err_hint(e, HINT_PATH);
	dir_close(&d);
	free(copy);
	return r;
}
