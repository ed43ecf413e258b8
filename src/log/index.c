/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/index_local.h"
#include "log/reader.h"

static int index_shard_of(size_t *out, const char *name, struct err *e)
{
	uint8_t h[HASH_LEN];
	const int r = hash_sha256(h, name, strlen(name), e);

	*out = (size_t)h[0] << 4 | h[1] >> 4;
	return r;
}

static int index_need(struct index *ix, const char *name, struct index_record **out,
    struct err *e)
{
	size_t i = 0;
	int r;

	r = index_shard_of(&i, name, e);
	if (r == 0)
		r = index_load(ix, i, e);
	if (r == 0)
		r = shard_need(out, &ix->shards[i], name, e);
	if (r == 0)
		ix->shards[i].dirty = 1;
	return r;
}

/* The host whose own record it is; NULL: nobody's. */
static const struct log_host *index_owner(const struct index *ix, const char *record)
{
	const char *name = record_owner(record);

	return name != NULL ? log_world_host(ix->cfg.world, name) : NULL;
}

static int is_from(const struct index *ix, const struct log_host *owner)
{
	return owner == NULL || strcmp(owner->name, ix->host) == 0;
}

/* The members that the index wants of an entry. */
struct sealed {
	char record[NAME_MAX_LEN + 1];
	int64_t version;
	uint8_t digest[HASH_LEN];
	struct index_shares shares;
};

static int index_malformed(const struct index *ix, int64_t seq, struct err *e)
{
	return err_set(e, ERR_TAMPERED, "Entry %" PRId64 " of the log of %s is malformed.", seq,
	    ix->host);
}

static int sealed_read(struct sealed *s, const struct index *ix, int64_t seq, struct err *e)
{
	const struct view *v = &ix->view;
	uint8_t policy[HASH_LEN];

	memset(s, 0, sizeof(*s));
	s->version = view_int(v, view_get(v, 0, "version"));
	s->shares.seq = seq;
	(void)snprintf(s->shares.host, sizeof(s->shares.host), "%s", ix->host);
	if (view_text(v, view_get(v, 0, "record"), s->record, sizeof(s->record)) != 0 ||
	    !text_is_name(s->record) || s->version < 1 ||
	    view_hex(v, view_get(v, 0, "digest"), s->digest, HASH_LEN) != 0 ||
	    view_hex(v, view_get(v, 0, "shares"), s->shares.digest, HASH_LEN) != 0 ||
	    view_hex(v, view_get(v, 0, "policy"), policy, HASH_LEN) != 0)
		return index_malformed(ix, seq, e);
	s->shares.serial = log_world_serial(ix->cfg.world, policy);
	if (s->shares.serial < 1)
		return err_set(e, ERR_TAMPERED, "Entry %" PRId64
		    " of the log of %s names a policy that is not there.", seq, ix->host);
	return 0;
}

/* How an entry under this policy stands to the owner whose log it is not in; its own
 * entries, and those about records of nobody's own, are in charge. */
static enum record_standing standing(const struct index *ix, const struct log_host *owner,
    int64_t serial)
{
	return is_from(ix, owner) ? OWNER_IN_CHARGE : log_host_standing(owner, serial);
}

/* Whether an entry that seals this version of a host's own record counts beside
 * what is known of it: the owner's word replaces that of others. */
static int own_counts(struct index_version *v, const struct index *ix,
    const struct log_host *owner)
{
	const int known = v->seq >= 0 && strcmp(v->host, owner->name) == 0;

	if (is_from(ix, owner) && !known)
		version_forget(v);
	return is_from(ix, owner) || !known;
}

static int index_sealed(struct index *ix, int64_t seq, struct err *e)
{
	const struct log_host *owner;
	struct index_version *v = NULL;
	enum record_standing st;
	struct index_record *rec;
	struct sealed s;
	int r;

	r = sealed_read(&s, ix, seq, e);
	if (r != 0)
		return r;
	owner = index_owner(ix, s.record);
	st = standing(ix, owner, s.shares.serial);
	if (!is_from(ix, owner) && st == OWNER_IN_CHARGE)
		return 0;
	r = index_need(ix, s.record, &rec, e);
	if (r == 0)
		r = record_need_version(&v, rec, s.version, st == OWNER_NOT_YET, e);
	if (r != 0 || (owner != NULL && !own_counts(v, ix, owner)))
		return r;
	/* It may be known from a confirmation alone, in a log read before. */
	if (v->seq >= 0 && memcmp(v->digest, s.digest, HASH_LEN) != 0)
		(void)snprintf(v->other, sizeof(v->other), "%s", ix->host);
	if (v->seq < 0) {
		memcpy(v->digest, s.digest, HASH_LEN);
		v->seq = seq;
		(void)snprintf(v->host, sizeof(v->host), "%s", ix->host);
		v->candidate =
		    view_is(&ix->view, view_get(&ix->view, 0, "candidate"), VIEW_TRUE);
	}
	return version_add_shares(v, &s.shares, e);
}

static int index_released(struct index *ix, int64_t seq, struct err *e)
{
	const struct view *v = &ix->view;
	const int64_t time = view_time(v, view_get(v, 0, "time"));
	struct index_record *rec;
	char name[NAME_MAX_LEN + 1];
	int r;

	if (time < 0 || view_text(v, view_get(v, 0, "record"), name, sizeof(name)) != 0 ||
	    !text_is_name(name))
		return index_malformed(ix, seq, e);
	r = index_need(ix, name, &rec, e);
	if (r == 0 && time >= rec->released) {
		rec->released = time;
		rec->released_seq = seq;
		(void)snprintf(rec->released_host, sizeof(rec->released_host), "%s", ix->host);
	}
	return r;
}

/* The serial of the policy that an entry names; 0: none that is there. */
static int64_t index_serial(const struct index *ix)
{
	uint8_t policy[HASH_LEN];

	return view_hex(&ix->view, view_get(&ix->view, 0, "policy"), policy, HASH_LEN) != 0 ? 0
	    : log_world_serial(ix->cfg.world, policy);
}

/* Which fields it names does not matter here: a version is opened as a whole. */
static int index_confirmed(struct index *ix, int64_t seq, struct err *e)
{
	const struct view *v = &ix->view;
	const int64_t version = view_int(v, view_get(v, 0, "version")), serial = index_serial(ix);
	const struct log_host *owner;
	enum record_standing st;
	struct index_version *ver;
	struct index_record *rec;
	char name[NAME_MAX_LEN + 1];
	int r;

	if (version < 1 || view_text(v, view_get(v, 0, "record"), name, sizeof(name)) != 0 ||
	    !text_is_name(name))
		return index_malformed(ix, seq, e);
	owner = index_owner(ix, name);
	st = standing(ix, owner, serial);
	if (!is_from(ix, owner) && (serial < 1 || st == OWNER_IN_CHARGE))
		return 0;
	r = index_need(ix, name, &rec, e);
	if (r == 0)
		r = record_need_version(&ver, rec, version, st == OWNER_NOT_YET, e);
	if (r == 0)
		*(is_from(ix, owner) ? &ver->confirmed : &ver->claimed) = 1;
	return r;
}

static int index_line(void *arg, int64_t seq, int64_t offset, const char *line, size_t len,
    struct err *e)
{
	struct index *ix = arg;
	uint32_t type;

	(void)offset;
	ix->lag++;
	if (view_parse(&ix->view, line, len) != 0)
		return index_malformed(ix, seq, e);
	type = view_get(&ix->view, 0, "type");
	if (view_equal(&ix->view, type, "record.sealed"))
		return index_sealed(ix, seq, e);
	if (view_equal(&ix->view, type, "released"))
		return index_released(ix, seq, e);
	if (view_equal(&ix->view, type, "rotation.confirmed"))
		return index_confirmed(ix, seq, e);
	return 0;
}

/* From where the shards stand to `to`, which the log must pass through. */
static int index_follow(struct index *ix, const struct log_host *host, const struct log_head *to,
    struct err *e)
{
	const struct log_head *at = seen_find(&ix->at, host->name);
	uint8_t root[HASH_LEN];
	int64_t size = to->tree.size;
	struct log_head h;
	int r;

	log_head_init(&h);
	if (at != NULL)
		h = *at;
	r = merkle_root(root, &to->tree, e);
	if (r == 0 && host->ended && size > host->end_size) {
		size = host->end_size;
		memcpy(root, host->end_root, HASH_LEN);
	}
	ix->host = host->name;
	if (r == 0 && size != h.tree.size)
		r = log_follow_to(&h, ix->cfg.store, host->name, size, root, index_line, ix, e);
	if (r == 0 && h.tree.size > 0)
		r = seen_set(&ix->at, host->name, &h, e);
	return r;
}

static int index_follow_all(struct index *ix, struct err *e)
{
	const struct log_world *w = ix->cfg.world;
	const struct log_head *to;
	int r, changed;
	size_t i;

	r = seen_update(ix->cfg.seen, ix->cfg.store, w, ix->cfg.own_host, &changed, e);
	/* Not remembering is no reason to refuse: it is verified again then. */
	if (r == 0 && changed)
		(void)seen_write(ix->cfg.seen, ix->cfg.state, NULL);
	for (i = 0; i < w->nhosts && r == 0; i++) {
		if (ix->cfg.own_host != NULL && strcmp(w->hosts[i].name, ix->cfg.own_host) == 0)
			to = ix->cfg.own_head;
		else
			to = seen_find(ix->cfg.seen, w->hosts[i].name);
		if (to != NULL)
			r = index_follow(ix, &w->hosts[i], to, e);
	}
	return r;
}

int index_update(struct index *ix, struct err *e)
{
	struct err why;
	int r;

	err_clear(&why);
	r = index_follow_all(ix, &why);
	/* A cache that contradicts the logs is the first to be doubted. */
	if (r == ERR_INPUT || r == ERR_TAMPERED || r == ERR_ROLLBACK || r == ERR_CONFIG) {
		index_reset(ix);
		r = index_follow_all(ix, e);
	} else if (r != 0) {
		(void)err_give(e, &why);
	}
	if (r == 0)
		index_save(ix);
	return r;
}

int index_open(struct index **out, const struct index_config *cfg, struct err *e)
{
	struct index *ix = NULL;
	int r;

	*out = NULL;
	if (cfg->world->npolicies == 0 || strlen(cfg->boot) != 36)
		return err_set(e, ERR_INTERNAL, "An index is opened without a policy or boot id.");
	ix = calloc(1, sizeof(*ix));
	if (ix == NULL)
		return index_memory(e);
	ix->cfg = *cfg;
	ix->dir.fd = -1;
	(void)snprintf(ix->boot, sizeof(ix->boot), "%s", cfg->boot);
	if (dir_sub(&ix->dir, state_dir(cfg->state), "index", 1, 0700, FILE_PRIVATE, NULL) != 0)
		dir_close(&ix->dir);
	if (ix->dir.fd < 0 || !index_stamp_fits(ix))
		index_reset(ix);
	r = index_update(ix, e);
	if (r != 0)
		index_close(&ix);
	*out = ix;
	return r;
}

void index_close(struct index **ix)
{
	size_t i;

	if (*ix != NULL) {
		for (i = 0; i < INDEX_SHARDS; i++)
			shard_clear(&(*ix)->shards[i]);
		seen_free(&(*ix)->at);
		view_free(&(*ix)->view);
		dir_close(&(*ix)->dir);
	}
	free(*ix);
	*ix = NULL;
}

int index_find(struct index_record **out, struct index *ix, const char *name, struct err *e)
{
	const struct log_host *owner = index_owner(ix, name);
	const struct index_record *rec = NULL;
	size_t i = 0;
	int r;

	*out = NULL;
	r = index_shard_of(&i, name, e);
	if (r == 0 && index_load(ix, i, NULL) != 0) {
		index_reset(ix);
		r = index_update(ix, e);
	}
	if (r == 0)
		rec = shard_find(&ix->shards[i], name);
	if (rec != NULL)
		r = record_copy(out, rec, owner != NULL ? owner->name : NULL, e);
	if (r == 0 && (*out == NULL || (*out)->nversions == 0)) {
		index_record_free(out);
		(void)err_set(e, ERR_MISSING, "There is no record \"%s\".", name);
		(void)err_hint(e, "\"twokey status\" lists the records.");
		r = ERR_MISSING;
	}
	return r;
}

static int is_wanted(const struct index_version *v, int64_t which)
{
	if (which > 0)
		return v->version == which;
	/* What two documents dispute may be either: it is not passed over. */
	if (v->other[0] != '\0')
		return 1;
	return which == INDEX_NEWEST || (which == INDEX_CANDIDATE) == (v->candidate && !v->confirmed);
}

static const char *named(int64_t which)
{
	return which > 0 ? "such version" : which == INDEX_CANDIDATE ? "candidate" : "version in force";
}

int index_version(const struct index_version **out, const struct index_record *r, int64_t which,
    struct err *e)
{
	return index_version_below(out, r, which, INT64_MAX, e);
}

int index_version_below(const struct index_version **out, const struct index_record *r,
    int64_t which, int64_t version, struct err *e)
{
	const struct index_version *v = r->versions;
	size_t i = r->nversions;

	*out = NULL;
	while (i > 0 && (v[i - 1].version >= version || !is_wanted(&v[i - 1], which)))
		i--;
	if (i == 0 && r->beyond > 0 && which >= r->beyond) {
		(void)err_set(e, ERR_TAMPERED, "Version %" PRId64 " of %s does not count: no log names "
		    "version %zu, which must come before it.", which, r->name, r->nversions + 1);
		(void)err_hint(e, "`twokey log verify` tells whose log names it.");
		return ERR_TAMPERED;
	}
	if (i == 0)
		return err_set(e, ERR_MISSING, "Record %s has no %s.", r->name, named(which));
	v += i - 1;
	if (v->other[0] != '\0') {
		(void)err_set(e, ERR_TAMPERED, "The logs of %s and %s name different documents as "
		    "version %" PRId64 " of record %s.", v->host, v->other, v->version, r->name);
		(void)err_hint(e, "It was sealed twice, or one of the two hosts lies: neither is "
		    "trusted, until a policy ends one of them. `twokey log verify` shows the entries; "
		    "--version opens another version, a new secret goes under another record's name.");
		return ERR_TAMPERED;
	}
	*out = v;
	return 0;
}
