/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/store_local.h"

#define NUMBER_MAX ((INT64_C(1) << 53) - 1)

static int store_doc_make(struct store_doc *d, enum store_kind kind, const char *name,
    int64_t version, int64_t serial, struct err *e)
{
	memset(d, 0, sizeof(*d));
	if (kind != STORE_POLICY && (name == NULL || !text_is_name(name)))
		return err_set(e, ERR_INPUT, "That is no name of a record.");
	if (kind != STORE_POLICY && (version < 1 || version > NUMBER_MAX))
		return err_set(e, ERR_INPUT, "%" PRId64 " is no version of a record.", version);
	if (kind != STORE_RECORD && (serial < 1 || serial > NUMBER_MAX))
		return err_set(e, ERR_INPUT, "%" PRId64 " is no serial of a policy.", serial);
	d->kind = kind;
	if (kind != STORE_POLICY)
		(void)snprintf(d->name, sizeof(d->name), "%s", name);
	d->version = version;
	d->serial = serial;
	return 0;
}

int store_doc_policy(struct store_doc *d, int64_t serial, struct err *e)
{
	return store_doc_make(d, STORE_POLICY, NULL, 0, serial, e);
}

int store_doc_record(struct store_doc *d, const char *name, int64_t version, struct err *e)
{
	return store_doc_make(d, STORE_RECORD, name, version, 0, e);
}

int store_doc_shares(struct store_doc *d, const char *name, int64_t version, int64_t serial,
    struct err *e)
{
	return store_doc_make(d, STORE_SHARES, name, version, serial, e);
}

void store_doc_file(char out[STORE_PATH_MAX], const struct store_doc *d)
{
	switch (d->kind) {
	case STORE_POLICY:
		(void)snprintf(out, STORE_PATH_MAX, "%" PRId64 ".json", d->serial);
		return;
	case STORE_RECORD:
		(void)snprintf(out, STORE_PATH_MAX, "%" PRId64 ".json", d->version);
		return;
	case STORE_SHARES:
		(void)snprintf(out, STORE_PATH_MAX, "%" PRId64 ".shares.%" PRId64 ".json", d->version,
		    d->serial);
		return;
	}
	out[0] = '\0';
}

void store_doc_path(char out[STORE_PATH_MAX], const struct store_doc *d)
{
	char file[STORE_PATH_MAX];

	store_doc_file(file, d);
	if (d->kind == STORE_POLICY)
		(void)snprintf(out, STORE_PATH_MAX, "policies/%.60s", file);
	else
		(void)snprintf(out, STORE_PATH_MAX, "records/%s/%.60s", d->name, file);
}

/* A decimal number without leading zeros, from 1; the text behind it or NULL. */
static const char *number_read(int64_t *out, const char *s)
{
	int64_t v = 0;

	if (*s < '1' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (*s - '0');
		if (v > NUMBER_MAX)
			return NULL;
	}
	*out = v;
	return s;
}

int store_doc_parse_file(struct store_doc *d, const char *record, const char *file)
{
	int64_t version = 0, serial = 0;
	const char *p = number_read(&version, file);

	if (p == NULL)
		return -1;
	if (record == NULL)
		return strcmp(p, ".json") == 0 ? store_doc_policy(d, version, NULL) : -1;
	if (strcmp(p, ".json") == 0)
		return store_doc_record(d, record, version, NULL) == 0 ? 0 : -1;
	if (strncmp(p, ".shares.", 8) != 0)
		return -1;
	p = number_read(&serial, p + 8);
	if (p == NULL || strcmp(p, ".json") != 0)
		return -1;
	return store_doc_shares(d, record, version, serial, NULL) == 0 ? 0 : -1;
}

int store_doc_parse(struct store_doc *d, const char *path)
{
	char name[NAME_MAX_LEN + 1];
	const char *slash;

	if (strncmp(path, "policies/", 9) == 0)
		return store_doc_parse_file(d, NULL, path + 9);
	if (strncmp(path, "records/", 8) != 0)
		return -1;
	path += 8;
	slash = strchr(path, '/');
	if (slash == NULL || (size_t)(slash - path) >= sizeof(name))
		return -1;
	memcpy(name, path, (size_t)(slash - path));
	name[slash - path] = '\0';
	return store_doc_parse_file(d, name, slash + 1);
}

int store_doc_cmp(const struct store_doc *a, const struct store_doc *b)
{
	const int names = strcmp(a->name, b->name);

	/* Policies have no name, and so come first. */
	if (names != 0)
		return names;
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	if (a->serial != b->serial)
		return a->serial < b->serial ? -1 : 1;
	return 0;
}

void store_span_close(struct store_span *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

void store_close(struct store **s)
{
	if (*s != NULL) {
		(*s)->ops->close((*s)->ctx);
		free(*s);
	}
	*s = NULL;
}

int store_read(const struct store *s, const struct store_doc *d, struct buf *out, struct err *e)
{
	return s->ops->read(s->ctx, d, out, e);
}

int store_policies(const struct store *s, store_doc_fn *fn, void *arg, struct err *e)
{
	return s->ops->policies(s->ctx, fn, arg, e);
}

static int store_last_one(void *arg, const struct store_doc *d, struct err *e)
{
	int64_t *last = arg;

	(void)e;
	if (d->serial > *last)
		*last = d->serial;
	return 0;
}

int store_last_policy(const struct store *s, int64_t *serial, struct err *e)
{
	*serial = 0;
	return store_policies(s, store_last_one, serial, e);
}

int store_records(const struct store *s, store_name_fn *fn, void *arg, struct err *e)
{
	return s->ops->records(s->ctx, fn, arg, e);
}

int store_versions(const struct store *s, const char *record, store_doc_fn *fn, void *arg,
    struct err *e)
{
	if (!text_is_name(record))
		return err_set(e, ERR_INPUT, "That is no name of a record.");
	return s->ops->versions(s->ctx, record, fn, arg, e);
}

static int store_check_host(const char *host, struct err *e)
{
	if (!text_is_name(host))
		return err_set(e, ERR_INPUT, "That is no name of a host.");
	return 0;
}

int store_log(const struct store *s, const char *host, struct store_span *out, struct err *e)
{
	const int r = store_check_host(host, e);

	*out = (struct store_span)STORE_SPAN_INIT;
	return r != 0 ? r : s->ops->log(s->ctx, host, out, e);
}

int store_checkpoint(const struct store *s, const char *host, struct buf *out, struct err *e)
{
	const int r = store_check_host(host, e);

	return r != 0 ? r : s->ops->checkpoint(s->ctx, host, out, e);
}

int store_hosts(const struct store *s, store_name_fn *fn, void *arg, struct err *e)
{
	return s->ops->hosts(s->ctx, fn, arg, e);
}

int store_writable(const struct store *s)
{
	return s->ops->stage != NULL;
}

/* What every writing function checks first. */
static int store_check_write(const struct store *s, const char *host, struct err *e)
{
	if (!store_writable(s))
		return err_set(e, ERR_REFUSED, "This store can only be read.");
	return store_check_host(host, e);
}

int store_stage(const struct store *s, const char *host, const struct store_new *docs, size_t n,
    struct err *e)
{
	const int r = store_check_write(s, host, e);

	return r != 0 || n == 0 ? r : s->ops->stage(s->ctx, host, docs, n, e);
}

int store_commit(const struct store *s, const char *host, const struct store_doc *docs, size_t n,
    struct err *e)
{
	const int r = store_check_write(s, host, e);

	return r != 0 || n == 0 ? r : s->ops->commit(s->ctx, host, docs, n, e);
}

int store_discard(const struct store *s, const char *host, const struct store_doc *docs, size_t n,
    struct err *e)
{
	const int r = store_check_write(s, host, e);

	return r != 0 || n == 0 ? r : s->ops->discard(s->ctx, host, docs, n, e);
}

int store_staged(const struct store *s, const char *host, store_doc_fn *fn, void *arg,
    struct err *e)
{
	const int r = store_check_write(s, host, e);

	return r != 0 ? r : s->ops->staged(s->ctx, host, fn, arg, e);
}

int store_read_staged(const struct store *s, const char *host, const struct store_doc *d,
    struct buf *out, struct err *e)
{
	const int r = store_check_write(s, host, e);

	return r != 0 ? r : s->ops->read_staged(s->ctx, host, d, out, e);
}

int store_lock(const struct store *s, int *fd, int wait_ms, struct err *e)
{
	*fd = -1;
	if (s->ops->lock == NULL)
		return err_set(e, ERR_REFUSED, "This store can only be read.");
	return s->ops->lock(s->ctx, fd, wait_ms, e);
}

const struct dir *store_logs(const struct store *s)
{
	return s->ops->logs != NULL ? s->ops->logs(s->ctx) : NULL;
}
