/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "log/reader.h"
#include "ceremony/entries.h"
#include "ceremony/session_chain.h"

int session_changed(int r, struct err *e)
{
	if (r != ERR_INPUT && r != ERR_TAMPERED)
		return r;
	if (e != NULL)
		e->code = ERR_TAMPERED;
	err_hint(e, "Bring the file back from a copy of the store; see `twokey log verify`.");
	return ERR_TAMPERED;
}

/* From which policy on a host was one, and from which on it is none any more. */
static void host_span(struct log_host *out, const struct session *s)
{
	const struct policy_host *h;

	for (size_t i = s->npolicies; i-- > 0;) {
		h = policy_host(s->policies[i], out->name);
		if (h != NULL)
			out->since = policy_serial(s->policies[i]);
		if (h != NULL && h->ended)
			out->until = policy_serial(s->policies[i]);
	}
}

/* What the log's code needs to know of the policies. */
static int make_world(struct session *s, struct err *e)
{
	size_t nhosts = policy_hosts(s->policy);

	s->hosts = calloc(nhosts ? nhosts : 1, sizeof(*s->hosts));
	s->hashes = calloc(s->npolicies, sizeof(*s->hashes));
	if (s->hosts == NULL || s->hashes == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory for the policies.");
	for (size_t i = 0; i < nhosts; i++) {
		const struct policy_host *h = policy_host_at(s->policy, i);

		snprintf(s->hosts[i].name, sizeof(s->hosts[i].name), "%s", h->name);
		memcpy(s->hosts[i].key, h->key, sizeof(h->key));
		s->hosts[i].ended = h->ended;
		s->hosts[i].end_size = h->size;
		memcpy(s->hosts[i].end_root, h->root, HASH_LEN);
		host_span(&s->hosts[i], s);
	}
	for (size_t i = 0; i < s->npolicies; i++)
		memcpy(s->hashes[i], policy_hash(s->policies[i]), HASH_LEN);
	memcpy(s->world.vault, s->vault, HASH_LEN);
	s->world.hosts = s->hosts;
	s->world.nhosts = nhosts;
	s->world.policies = (const uint8_t(*)[HASH_LEN])s->hashes;
	s->world.npolicies = s->npolicies;
	return 0;
}

/* A host is a machine whose key the policy names under this name. */
static int open_own_log(struct session *s, const char *host, struct err *e)
{
	const struct policy_host *h = policy_host(s->policy, host);
	uint8_t pub[ED25519_KEY_LEN];
	struct log_config cfg;
	int r;

	if (state_is_host(s->state) != 1 || h == NULL || h->ended)
		return 0;
	if ((r = state_host_key(s->state, &s->key, e)) != 0 ||
	    (r = ed25519_public(pub, s->key, e)) != 0)
		return r;
	if (memcmp(pub, h->key, sizeof(pub)) != 0) {
		err_set(e, ERR_REFUSED, "This machine's host key is not the one that the policy "
		    "names for host %s.", host);
		err_hint(e, "Check `host` in the configuration, or add this machine under its own name.");
		return ERR_REFUSED;
	}
	snprintf(s->host, sizeof(s->host), "%s", host);
	cfg = (struct log_config){ .store = s->store, .state = s->state, .host = s->host,
		.key = s->key, .clock = s->clock, .boot = s->boot };
	memcpy(cfg.vault, s->vault, HASH_LEN);
	return log_open(&s->log, &cfg, e);
}

/* Under the lock: another process may just have pinned a newer policy, which
 * state_write_pin sees only if nobody writes between its look and its write. */
static int move_pin(struct session *s, const struct state_pin *pin, struct err *e)
{
	struct state_pin now = *pin;
	struct err why = { 0 };
	int fd, r;

	if (policy_serial(s->policy) == pin->serial)
		return 0;
	now.serial = policy_serial(s->policy);
	memcpy(now.hash, policy_hash(s->policy), HASH_LEN);
	if ((r = state_lock(s->state, &fd, LOG_WAIT_MS, e)) != 0)
		return r;
	r = state_write_pin(s->state, &now, &why);
	close(fd);
	/* On a full disk a record can be opened still: what is written then names
	 * the newer policy, and the next command moves the pin. */
	if (r == ERR_SPACE)
		return 0;
	return r != 0 ? err_give(e, &why) : 0;
}

int session_open(struct session **out, const struct session_config *cfg, struct err *e)
{
	struct session *s = calloc(1, sizeof(*s));
	struct state_pin pin;
	int r;

	*out = NULL;
	if (s == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to open the vault.");
	s->clock = cfg->clock;
	clock_boot_id(s->boot);
	r = state_open(&s->state, cfg->state, 0, e);
	if (r == 0)
		r = state_read_pin(s->state, &pin, e);
	if (r == ERR_MISSING)
		err_hint(e, "`twokey init` makes a vault; `twokey host add --vault ID` joins one, whose "
		    "id `twokey log verify` on another host prints.");
	else if (r != 0)
		err_hint(e, "Bring the file back from a backup of %s.", cfg->state);
	if (r == 0 && (r = store_open(&s->store, cfg->store, FILE_OURS, e)) == ERR_MISSING) {
		if (e != NULL)
			e->code = ERR_STORE;
		r = ERR_STORE;
	}
	if (r != 0)
		goto out;
	memcpy(s->vault, pin.vault, HASH_LEN);
	hex_encode(s->vault_hex, pin.vault, HASH_LEN);
	if ((r = session_load_chain(s, &pin, cfg->host, e)) != 0 || (r = make_world(s, e)) != 0 ||
	    (r = seen_read(&s->seen, s->state, e)) != 0 || (r = open_own_log(s, cfg->host, e)) != 0 ||
	    (!cfg->quiet && (r = move_pin(s, &pin, e)) != 0))
		goto out;
	*out = s;
	s = NULL;
out:
	session_close(&s);
	return r;
}

void session_close(struct session **sp)
{
	struct session *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	index_close(&s->index);
	log_close(&s->log);
	seen_free(&s->seen);
	secret_free(&s->key);
	for (size_t i = 0; i < s->npolicies; i++)
		policy_free(&s->policies[i]);
	free(s->policies);
	free(s->hosts);
	free(s->hashes);
	store_close(&s->store);
	state_close(&s->state);
	free(s);
}

int session_need_host(struct session *s, struct err *e)
{
	if (s->log != NULL)
		return entry_first(s, e);
	err_set(e, ERR_REFUSED, "This machine is no host of vault %s: it may not seal, or open "
	    "with a record of its own.", policy_name(s->policy));
	err_hint(e, "Run this on a host that the policy names, as the user who owns its state.");
	return ERR_REFUSED;
}

struct log_options session_options(const struct session *s, enum log_space space, int durable)
{
	struct log_options o = { .space = space, .durable_checkpoint = durable };

	memcpy(o.policy, policy_hash(s->policy), HASH_LEN);
	return o;
}

int session_in_force(const struct session *s, struct err *e)
{
	struct store_doc next;
	struct buf b = BUF_INIT;
	struct state_pin pin;
	int r;

	if ((r = state_read_pin(s->state, &pin, e)) != 0 ||
	    (r = store_doc_policy(&next, policy_serial(s->policy) + 1, e)) != 0)
		return r;
	if (pin.serial <= policy_serial(s->policy)) {
		r = store_read(s->store, &next, &b, NULL);
		buf_free(&b);
		if (r == ERR_MISSING)
			return 0;
	}
	err_set(e, ERR_REFUSED, "The vault has a newer policy than when this began.");
	err_hint(e, "Nothing was sealed or released; begin again: the newer policy says who may "
	    "open what.");
	return ERR_REFUSED;
}

/* What other commands have seen since; an older memory must not overwrite it. */
static int see_again(struct session *s, struct err *e)
{
	struct seen now;
	int r = seen_read(&now, s->state, e);

	if (r == 0) {
		seen_free(&s->seen);
		s->seen = now;
	}
	return r;
}

/* One head that a document names of a log which is known as far as `known`. */
static int see_head(struct log_head *known, const struct session *s, const char *host,
    int64_t size, const uint8_t root[HASH_LEN], int own, struct err *e)
{
	uint8_t mine[HASH_LEN];
	int r;

	if (known->tree.size > size)
		return 0;	/* `log verify` compares these: it takes the whole log */
	if (known->tree.size < size && !own)
		return log_follow_to(known, s->store, host, size, root, NULL, NULL, e);
	if (known->tree.size < size) {
		err_set(e, ERR_ROLLBACK, "This machine's own log has %lld entries, not %lld.",
		    (long long)known->tree.size, (long long)size);
		err_hint(e, "See `twokey log verify`: the log and %s are older than they were.",
		    state_path(s->state));
		return ERR_ROLLBACK;
	}
	if ((r = merkle_root(mine, &known->tree, e)) == 0 && memcmp(mine, root, HASH_LEN) != 0) {
		r = err_set(e, ERR_TAMPERED, "The log of %s has another root at %lld entries.", host,
		    (long long)size);
		err_hint(e, "\"twokey log verify\" tells what was changed.");
	}
	return r;
}

int session_see_heads(struct session *s, const json *logs, const char *what, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_len(logs); i++) {
		const char *host = json_str(json_at(logs, i), "host");
		const struct policy_host *h = policy_host(s->policy, host);
		const struct log_head *known = seen_find(&s->seen, host);
		const int own = s->log != NULL && strcmp(host, s->host) == 0;
		uint8_t root[HASH_LEN];
		struct log_head head;

		/* The log of a host that was removed is held against where it ended. */
		if (h == NULL || h->ended)
			continue;
		log_head_init(&head);
		if (own)
			head = *log_head(s->log);
		else if (known != NULL)
			head = *known;
		(void)json_hex(json_at(logs, i), "root", root, sizeof(root));
		r = see_head(&head, s, host, json_int(json_at(logs, i), "size"), root, own, e);
		if (r != 0)
			err_prefix(e, "%s names a newer or another log", what);
		else if (!own && head.tree.size > 0)
			r = seen_set(&s->seen, host, &head, e);
	}
	return r;
}

static int see_vouched(struct session *s, struct err *e)
{
	char what[40];

	snprintf(what, sizeof(what), "Policy %lld", (long long)policy_serial(s->policy));
	return session_see_heads(s, policy_logs(s->policy), what, e);
}

int session_index_held(struct session *s, struct err *e)
{
	struct index_config cfg = { .store = s->store, .state = s->state, .world = &s->world,
		.own_host = s->log != NULL ? s->host : NULL,
		.own_head = s->log != NULL ? log_head(s->log) : NULL, .seen = &s->seen,
		.boot = s->boot };
	int r;

	if ((r = session_in_force(s, e)) != 0 || (r = see_again(s, e)) != 0 ||
	    (r = see_vouched(s, e)) != 0)
		return r;
	return s->index != NULL ? index_update(s->index, e) : index_open(&s->index, &cfg, e);
}

int session_index(struct session *s, struct err *e)
{
	struct log_options o = session_options(s, LOG_SPACE_REQUEST, 0);
	int fd = -1, r;

	r = s->log != NULL ? log_begin(s->log, LOG_WAIT_MS, &o, e)
			   : state_lock(s->state, &fd, LOG_WAIT_MS, e);
	if (r != 0)
		return r;
	r = session_index_held(s, e);
	if (s->log != NULL)
		log_end(s->log);
	if (fd >= 0)
		close(fd);
	return r;
}

int session_log_extent(const struct session *s, const char *host, int64_t *size,
    uint8_t root[HASH_LEN], struct err *e)
{
	const struct log_host *h = log_world_host(&s->world, host);
	const struct log_head *known;
	struct log_head head;
	int r;

	*size = 0;
	if (h == NULL) {
		err_set(e, ERR_MISSING, "The policy names no host \"%s\".", host);
		err_hint(e, "Name one with --host.");
		return ERR_MISSING;
	}
	if (s->log != NULL && strcmp(host, s->host) == 0) {
		*size = log_head(s->log)->tree.size;
		return log_root(root, s->log, e);
	}
	if (h->ended) {
		*size = h->end_size;
		memcpy(root, h->end_root, HASH_LEN);
		return 0;
	}
	log_head_init(&head);
	known = seen_find(&s->seen, host);
	if (known != NULL)
		head = *known;
	if ((r = log_follow(&head, s->store, &s->world, h, NULL, NULL, e)) != 0)
		return r;
	*size = head.tree.size;
	return merkle_root(root, &head.tree, e);
}

/* The index has hashed what is new: old lines may have been changed since, so that
 * all of them are hashed here. */
static int each_of(struct session *s, const char *host, log_entry_fn *fn, void *arg, struct err *e)
{
	uint8_t root[HASH_LEN];
	int64_t size;
	int r = session_log_extent(s, host, &size, root, e);

	return r != 0 ? r : log_each_to(s->store, host, size, root, fn, arg, NULL, e);
}

int session_each(struct session *s, log_entry_fn *fn, void *arg, struct err *e)
{
	int r = session_index(s, e);

	if (r == 0 && s->log != NULL)
		r = each_of(s, s->host, fn, arg, e);
	for (size_t i = 0; r == 0 && i < s->world.nhosts; i++)
		if (strcmp(s->world.hosts[i].name, s->host) != 0)
			r = each_of(s, s->world.hosts[i].name, fn, arg, e);
	return r;
}

int session_check_logs(const struct session *s, struct err *e)
{
	uint8_t root[HASH_LEN];
	int64_t size;
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->world.nhosts; i++)
		if ((r = session_log_extent(s, s->hosts[i].name, &size, root, e)) == 0)
			r = log_each_to(s->store, s->hosts[i].name, size, root, NULL, NULL, NULL, e);
	return r;
}

const struct policy *session_policy(const struct session *s, int64_t serial)
{
	if (serial < 1 || (uint64_t)serial > s->npolicies)
		return NULL;
	return s->policies[serial - 1];
}
