/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "log/log_local.h"

int log_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for the log.");
}

int log_begun(const struct log *l)
{
	return l->store_lock >= 0;
}

int log_open(struct log **out, const struct log_config *cfg, struct err *e)
{
	struct log *l = NULL;
	int64_t tail;
	int r;

	*out = NULL;
	if (!text_is_name(cfg->host) || strlen(cfg->boot) != 36)
		return err_set(e, ERR_INTERNAL, "A log is opened without a host's name or boot id.");
	if (!store_writable(cfg->store) || store_logs(cfg->store) == NULL)
		return err_set(e, ERR_REFUSED, "This store can only be read.");
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return log_memory(e);
	l->cfg = *cfg;
	l->fd = l->state_lock = l->store_lock = -1;
	(void)snprintf(l->host, sizeof(l->host), "%s", cfg->host);
	(void)snprintf(l->file, sizeof(l->file), "%s.jsonl", cfg->host);
	l->cfg.host = l->host;
	checkpoint_origin(l->origin, cfg->vault, cfg->host);
	r = ed25519_public(l->pub, cfg->key, e);
	if (r == 0)
		r = recover_head(l, &tail, e);
	if (r != 0)
		log_close(&l);
	*out = l;
	return r;
}

void log_close(struct log **l)
{
	if (*l != NULL)
		log_end(*l);
	free(*l);
	*l = NULL;
}

void log_end(struct log *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	/* In the other order than they were taken. */
	if (l->store_lock >= 0)
		(void)close(l->store_lock);
	if (l->state_lock >= 0)
		(void)close(l->state_lock);
	l->fd = l->state_lock = l->store_lock = -1;
	l->broken = 0;
}

/* Is the checkpoint in the store the head's?  Its signature is our own: who
 * could change it there gains nothing, since it is replaced. */
static int checkpoint_fits(const struct log *l)
{
	uint8_t id[4], sig[ED25519_SIG_LEN], root[HASH_LEN];
	struct buf b = BUF_INIT;
	struct checkpoint c;
	size_t n;
	int fits;

	fits = store_checkpoint(l->cfg.store, l->host, &b, NULL) == 0 &&
	    checkpoint_parse(&c, id, sig, &n, b.data, b.len, NULL) == 0 &&
	    strcmp(c.origin, l->origin) == 0 && c.size == l->head.tree.size &&
	    merkle_root(root, &l->head.tree, NULL) == 0 && memcmp(root, c.root, HASH_LEN) == 0;
	buf_free(&b);
	return fits;
}

static int step_staged(void *ctx, struct err *e)
{
	return recover_staged(ctx, e);
}

int log_begin(struct log *l, int wait_ms, const struct log_options *opts, struct err *e)
{
	int64_t tail = 0;
	int r;

	if (log_begun(l))
		return err_set(e, ERR_INTERNAL, "A log is begun twice.");
	r = state_lock(l->cfg.state, &l->state_lock, wait_ms, e);
	if (r == 0)
		r = store_lock(l->cfg.store, &l->store_lock, wait_ms, e);
	if (r == 0)
		r = file_sweep(state_dir(l->cfg.state), e);
	if (r == 0)
		r = file_sweep(store_logs(l->cfg.store), e);
	if (r == 0)
		r = recover_head(l, &tail, e);
	if (r == 0)
		r = space_run(l, opts->space, SPACE_STORE, step_staged, l, e);
	if (r == 0)
		space_fill(l);
	if (r == 0 && tail > 0)
		r = recover_tail(l, tail, opts, e);
	/* A crash, or a full disk, may have kept it behind: not worth failing. */
	if (r == 0 && l->head.tree.size > 0 && !checkpoint_fits(l))
		(void)append_checkpoint(l, 0, LOG_SPACE_NONE, NULL);
	if (r != 0)
		log_end(l);
	return r;
}

int log_append(struct log *l, json *const entries[], size_t n, const struct store_new docs[],
    size_t ndocs, const struct log_options *opts, struct log_receipt *receipt, struct err *e)
{
	struct log_receipt own;
	int r, began = 0;

	if (receipt == NULL)
		receipt = &own;
	memset(receipt, 0, sizeof(*receipt));
	if (n == 0 || n > LOG_BATCH_MAX)
		return err_set(e, ERR_INTERNAL, "%zu entries are no batch.", n);
	if (!log_begun(l)) {
		r = log_begin(l, LOG_WAIT_MS, opts, e);
		if (r != 0)
			return r;
		began = 1;
	}
	if (l->broken)
		r = err_set(e, ERR_INTERNAL, "The log must be begun again after a failure.");
	else
		r = append_entries(l, entries, n, docs, ndocs, opts, 0, receipt, e);
	if (began)
		log_end(l);
	return r;
}

int log_append_one(struct log *l, json *entry, const struct log_options *opts,
    struct log_receipt *receipt, struct err *e)
{
	return log_append(l, &entry, 1, NULL, 0, opts, receipt, e);
}

const struct log_head *log_head(const struct log *l)
{
	return &l->head;
}

int log_root(uint8_t out[HASH_LEN], const struct log *l, struct err *e)
{
	return merkle_root(out, &l->head.tree, e);
}

static int heads_add(json *arr, const char *host, const struct log_head *h, struct err *e)
{
	uint8_t root[HASH_LEN];
	json *j;
	int r;

	if (h->tree.size == 0)
		return 0;
	r = merkle_root(root, &h->tree, e);
	if (r != 0)
		return r;
	j = json_new_object();
	if (json_set_str(j, "host", host) != 0 || json_set_int(j, "size", h->tree.size) != 0 ||
	    json_set_hex(j, "root", root, HASH_LEN) != 0) {
		json_free(&j);
		return log_memory(e);
	}
	return json_add(arr, j) != 0 ? log_memory(e) : 0;
}

int log_heads_json(json **out, const struct log *l, const struct seen *seen, struct err *e)
{
	const size_t n = seen != NULL ? seen->n : 0;
	json *arr = json_new_array();
	int r = 0, own = l == NULL;
	size_t i;

	*out = NULL;
	for (i = 0; i <= n && r == 0; i++) {
		const char *host = i < n ? seen->logs[i].host : NULL;

		if (!own && (host == NULL || strcmp(l->host, host) <= 0)) {
			r = heads_add(arr, l->host, &l->head, e);
			own = 1;
		}
		/* Our own log is known from the head, not from what was seen. */
		if (r == 0 && host != NULL && (l == NULL || strcmp(l->host, host) != 0))
			r = heads_add(arr, host, &seen->logs[i].head, e);
	}
	if (r != 0)
		json_free(&arr);
	else if (arr == NULL)
		r = log_memory(e);
	*out = arr;
	return r;
}
