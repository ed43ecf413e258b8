/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/session_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_policy(struct buf *out, const struct store *st, int64_t serial, char *where,
    size_t cap, struct err *e)
{
	struct store_doc doc;
	int r = store_doc_policy(&doc, serial, e);

	snprintf(where, cap, "policies/%lld.json", (long long)serial);
	buf_reset(out);
	return r != 0 ? r : store_read(st, &doc, out, e);
}

/* The store lacks what this machine has seen: never a fresh start. */
static int lacks_pinned(const struct state_pin *pin, const char *where, struct err *e)
{
	err_clear(e);
	err_set(e, ERR_ROLLBACK, "The store lacks %s, which this machine has accepted already "
	    "(serial %lld is pinned): it is older than what was seen.", where,
	    (long long)pin->serial);
	err_hint(e, "Bring back the newer store, from a backup or another host, before using it.");
	return ERR_ROLLBACK;
}

static int check_vault(const struct policy *first, const struct session *s, struct err *e)
{
	if (memcmp(policy_hash(first), s->vault, HASH_LEN) == 0)
		return 0;
	err_set(e, ERR_TAMPERED, "The store's first policy is not that of vault %.16s...: this is "
	    "another vault.", s->vault_hex);
	err_hint(e, "Check `store` in the configuration, and the vault's id (`twokey log verify` "
	    "on another host); a machine is pinned to one vault.");
	return ERR_TAMPERED;
}

/* Set-up writes the pin before the policy gets its name (init.c): where it
 * ended between the two, the pinned bytes are staged still. */
static int finish_pinned(struct session *s, const struct state_pin *pin, const char *host,
    struct buf *b, struct err *e)
{
	struct store_doc doc;
	struct policy *p = NULL;
	int fd = -1, r;

	buf_reset(b);
	if ((r = store_doc_policy(&doc, pin->serial, e)) != 0 ||
	    (r = store_read_staged(s->store, host, &doc, b, e)) != 0 ||
	    (r = policy_parse_pinned(&p, b->data, b->len, pin->hash, pin->vault, "staged policy",
	    e)) != 0)
		return r;
	policy_free(&p);
	if ((r = store_lock(s->store, &fd, LOG_WAIT_MS, e)) == 0) {
		r = store_commit(s->store, host, &doc, 1, e);
		close(fd);
	}
	return r;
}

/* Without a pin, or behind it: by its signatures, and nothing of another vault
 * is read further than its first policy. */
static int verify(struct policy *p, const struct policy *prev, const struct session *s,
    struct err *e)
{
	int r = prev == NULL ? policy_verify_first(p, e) : policy_verify_next(p, prev, e);

	return r == 0 && prev == NULL ? check_vault(p, s, e) : r;
}

/* One policy of the chain; the one before it is verified. */
static int chain_step(struct session *s, const struct state_pin *pin, const char *host,
    int64_t serial, struct buf *b, struct policy **out, struct err *e)
{
	const struct policy *prev = serial > 1 ? s->policies[serial - 2] : NULL;
	char where[64];
	int r = read_policy(b, s->store, serial, where, sizeof(where), e);

	*out = NULL;
	if (r == ERR_MISSING && serial == pin->serial && host[0] != '\0') {
		struct err why = { 0 };

		if (finish_pinned(s, pin, host, b, &why) == 0) {
			err_clear(e);
			r = 0;
		}
	}
	if (r == ERR_MISSING)
		return serial <= pin->serial ? lacks_pinned(pin, where, e) : r;
	if (r != 0)
		return r;
	if (serial == pin->serial)
		return policy_parse_pinned(out, b->data, b->len, pin->hash, pin->vault, where, e);
	if ((r = policy_parse(out, b->data, b->len, where, e)) != 0)
		return r;
	if (serial > pin->serial) {
		r = verify(*out, prev, s, e);
	} else {
		/* Below the pin, check_links proves it by the hashes up to the pin. */
		uint8_t hash[HASH_LEN];

		memcpy(hash, policy_hash(*out), HASH_LEN);
		policy_free(out);
		r = policy_parse_pinned(out, b->data, b->len, hash, pin->vault, where, e);
	}
	if (r != 0)
		policy_free(out);
	return r;
}

/* Each policy below the pin must be the one its successor names. */
static int check_links(const struct session *s, struct err *e)
{
	for (size_t i = 1; i < s->npolicies; i++) {
		const uint8_t *previous = policy_previous(s->policies[i]);

		if (previous == NULL ||
		    memcmp(previous, policy_hash(s->policies[i - 1]), HASH_LEN) != 0)
			return err_set(e, ERR_TAMPERED, "policies/%zu.json is not the policy that "
			    "policies/%zu.json follows.", i, i + 1);
	}
	return check_vault(s->policies[0], s, e);
}

int session_load_chain(struct session *s, const struct state_pin *pin, const char *host,
    struct err *e)
{
	struct buf b = BUF_INIT;
	int r = 0;

	for (int64_t serial = 1;; serial++) {
		struct policy *p;
		struct policy **grown;
		struct err why = { 0 };

		r = session_changed(chain_step(s, pin, host, serial, &b, &p, &why), &why);
		if (r == ERR_MISSING && serial > 1 && serial > pin->serial) {
			r = 0;
			break;
		}
		if (r != 0) {
			err_give(e, &why);
			break;
		}
		grown = realloc(s->policies, (size_t)serial * sizeof(struct policy *));
		if (grown == NULL) {
			policy_free(&p);
			r = err_set(e, ERR_MEMORY, "There is not enough memory for the policies.");
			break;
		}
		s->policies = grown;
		s->policies[s->npolicies++] = p;
	}
	buf_free(&b);
	if (r != 0)
		return r;
	s->policy = s->policies[s->npolicies - 1];
	return check_links(s, e);
}
