/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/prove.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "log/checkpoint.h"
#include "log/log.h"
#include "log/reader.h"

#define PROOF_TYPE "twokey-proof-v1"

static int prove_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for a proof.");
}

/* All leaf hashes of a log, and the one line asked for. */
struct leaves {
	uint8_t (*leaf)[HASH_LEN];
	int64_t n, want;
	json *entry;
};

static int leaves_line(void *arg, int64_t seq, int64_t offset, const char *line, size_t len,
    struct err *e)
{
	struct leaves *l = arg;

	(void)offset;
	if (seq >= l->n)
		return err_set(e, ERR_INTERNAL, "A log has more lines than its checkpoint.");
	if (seq == l->want) {
		const int r = json_parse(&l->entry, line, len, JSON_CANONICAL, "The entry", e);

		if (r != 0)
			return r;
	}
	return merkle_leaf(l->leaf[seq], line, len, e);
}

static int leaves_get(void *ctx, int64_t i, uint8_t out[HASH_LEN], struct err *e)
{
	const struct leaves *l = ctx;

	(void)e;
	memcpy(out, l->leaf[i], HASH_LEN);
	return 0;
}

static int proof_write(json **out, const uint8_t vault[HASH_LEN], const char *host,
    const struct leaves *l, const struct merkle_proof *p, const struct buf *note, struct err *e)
{
	char hex[2 * HASH_LEN + 1];
	json *j = json_new_object(), *path = json_new_array();
	size_t i;
	int bad = 0;

	for (i = 0; i < p->n && !bad; i++) {
		hex_encode(hex, p->node[i], HASH_LEN);
		bad = json_add_str(path, hex) != 0;
	}
	if (json_set(j, "path", path) != 0 || json_set_str(j, "type", PROOF_TYPE) != 0 ||
	    json_set_hex(j, "vault", vault, HASH_LEN) != 0 || json_set_str(j, "host", host) != 0 ||
	    json_set_int(j, "seq", l->want) != 0 ||
	    json_set(j, "entry", json_copy(l->entry)) != 0 ||
	    json_set_bytes(j, "checkpoint", note->data, note->len) != 0)
		bad = 1;
	if (bad) {
		json_free(&j);
		return prove_memory(e);
	}
	*out = j;
	return 0;
}

/* The checkpoint's tree, with `l` filled from the log and held against it. */
static int prove_leaves(struct leaves *l, const struct store *s, const char *host,
    const struct checkpoint *c, struct err *e)
{
	struct log_head h;

	if (l->want < 0 || l->want >= c->size) {
		(void)err_set(e, ERR_MISSING, "The checkpoint of %s covers %" PRId64
		    " entries; there is no entry %" PRId64 " in it.", host, c->size, l->want);
		return ERR_MISSING;
	}
	l->n = c->size;
	l->leaf = calloc((size_t)l->n, HASH_LEN);
	if (l->leaf == NULL)
		return prove_memory(e);
	log_head_init(&h);
	return log_follow_to(&h, s, host, c->size, c->root, leaves_line, l, e);
}

/* Who has the key of a host that was removed may sign any older log still: only
 * the end that the policy names is known to be its. */
static int check_end(const struct log_host *host, const struct checkpoint *c, struct err *e)
{
	if (!host->ended || (c->size == host->end_size &&
			    memcmp(c->root, host->end_root, HASH_LEN) == 0))
		return 0;
	(void)err_set(e, ERR_REFUSED, "Host %s was removed, with %" PRId64 " entries in its log; this "
	    "checkpoint is not of that end.", host->name, host->end_size);
	(void)err_hint(e, "Only `twokey log verify` can tell what its log holds.");
	return ERR_REFUSED;
}

int prove_entry(json **out, const struct store *s, const uint8_t vault[HASH_LEN],
    const struct log_host *host, int64_t seq, struct err *e)
{
	struct leaves l = { NULL, 0, seq, NULL };
	char origin[CHECKPOINT_ORIGIN_MAX];
	struct merkle_proof *p = calloc(1, sizeof(*p));
	struct buf note = BUF_INIT;
	struct checkpoint c;
	int r;

	*out = NULL;
	if (p == NULL)
		return prove_memory(e);
	checkpoint_origin(origin, vault, host->name);
	r = store_checkpoint(s, host->name, &note, e);
	if (r == 0)
		r = checkpoint_read(&c, note.data, note.len, origin, host->key, e);
	if (r == 0)
		r = check_end(host, &c, e);
	if (r == 0)
		r = prove_leaves(&l, s, host->name, &c, e);
	if (r == 0)
		r = merkle_prove_inclusion(p, seq, c.size, leaves_get, &l, e);
	if (r == 0)
		r = proof_write(out, vault, host->name, &l, p, &note, e);
	free(p);
	json_free(&l.entry);
	free(l.leaf);
	buf_free(&note);
	return r;
}

static int proof_path(struct merkle_proof *p, const json *path, struct err *e)
{
	const size_t n = json_len(path);
	const char *hex;
	size_t i;

	p->n = n;
	if (n > sizeof(p->node) / HASH_LEN)
		return err_set(e, ERR_INPUT, "The proof: its path is too long.");
	for (i = 0; i < n; i++) {
		hex = json_str_at(path, i);
		if (hex == NULL || hex_decode(p->node[i], HASH_LEN, hex, strlen(hex)) != 0)
			return err_set(e, ERR_INPUT, "The proof: its path must hold hashes.");
	}
	return 0;
}

/* The checkpoint inside, under the key the policies give its host. */
static int proof_checkpoint(struct checkpoint *c, const json *j, const struct log_world *w,
    struct err *e)
{
	const struct log_host *host = log_world_host(w, json_str(j, "host"));
	uint8_t note[CHECKPOINT_MAX], vault[HASH_LEN];
	char origin[CHECKPOINT_ORIGIN_MAX];
	size_t len;
	int r;

	(void)json_hex(j, "vault", vault, HASH_LEN);
	if (memcmp(vault, w->vault, HASH_LEN) != 0)
		return err_set(e, ERR_REFUSED, "The proof is of another vault.");
	if (host == NULL)
		return err_set(e, ERR_REFUSED, "The proof is of a host that the policy does not know.");
	if (json_bytes(j, "checkpoint", note, sizeof(note), &len) != 0)
		return err_set(e, ERR_INPUT, "The proof: its checkpoint is too long.");
	checkpoint_origin(origin, w->vault, host->name);
	r = checkpoint_read(c, note, len, origin, host->key, e);
	return r != 0 ? r : check_end(host, c, e);
}

static int proof_inclusion(const json *j, const struct merkle_proof *p, const struct checkpoint *c,
    struct err *e)
{
	const json *entry = json_get(j, "entry");
	uint8_t leaf[HASH_LEN];
	struct buf line = BUF_INIT;
	int r;

	r = json_canonical(&line, entry, e);
	if (r == 0)
		r = merkle_leaf(leaf, line.data, line.len, e);
	if (r == 0)
		r = merkle_check_inclusion(p, json_int(j, "seq"), c->size, leaf, c->root, e);
	if (r == 0 && json_int(entry, "seq") != json_int(j, "seq"))
		r = err_set(e, ERR_TAMPERED, "The entry calls itself by another number.");
	buf_free(&line);
	return r;
}

int proof_check(struct proof *out, const void *data, size_t len, const struct log_world *w,
    struct err *e)
{
	struct merkle_proof *p = calloc(1, sizeof(*p));
	struct checkpoint c;
	json *j = NULL;
	int r;

	memset(out, 0, sizeof(*out));
	if (p == NULL)
		return prove_memory(e);
	r = json_parse(&j, data, len, JSON_LOOSE, "The proof", e);
	if (r == 0)
		r = json_shape(j, "The proof", e, "checkpoint=b", "entry=o", "host=n", "path=a",
		    "seq=u", "type=s", "vault=h", NULL);
	if (r == 0 && strcmp(json_str(j, "type"), PROOF_TYPE) != 0)
		r = err_set(e, ERR_INPUT, "This is no proof of an entry.");
	if (r == 0)
		r = proof_path(p, json_get(j, "path"), e);
	if (r == 0)
		r = proof_checkpoint(&c, j, w, e);
	if (r == 0)
		r = proof_inclusion(j, p, &c, e);
	if (r == 0) {
		(void)snprintf(out->host, sizeof(out->host), "%s", json_str(j, "host"));
		out->seq = json_int(j, "seq");
		out->size = c.size;
		memcpy(out->root, c.root, HASH_LEN);
		out->entry = json_share(json_get(j, "entry"));
	}
	free(p);
	json_free(&j);
	return r;
}

int proof_check_known(const struct proof *p, const struct log_head *known, struct err *e)
{
	uint8_t root[HASH_LEN];
	int r;

	if (known == NULL || known->tree.size != p->size)
		return 0;
	r = merkle_root(root, &known->tree, e);
	if (r == 0 && memcmp(root, p->root, HASH_LEN) != 0) {
		r = err_set(e, ERR_TAMPERED, "Host %s signed two logs of %" PRId64 " entries: the proof is "
		    "of another than this machine has seen.", p->host, p->size);
		(void)err_hint(e, "Trust neither; find out what happened to that host.");
	}
	return r;
}

void proof_free(struct proof *p)
{
	json_free(&p->entry);
	memset(p, 0, sizeof(*p));
}
