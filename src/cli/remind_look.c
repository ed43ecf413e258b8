/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/remind_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "Out of memory.");
}

static json *fields_of(const struct step *st)
{
	json *list = json_new_array();
	int bad = list == NULL;

	for (size_t i = 0; st->of != NULL && i < st->of->n_fields; i++)
		if (st->of->fields[i].due == st->due)
			bad |= json_add_str(list, st->of->fields[i].name);
	if (bad)
		json_free(&list);
	return list;
}

json *remind_entry(const struct step *st)
{
	json *j = json_new_object();

	if (json_set_str(j, "type", "reminded") | json_set_time(j, "due", st->due) |
	    json_set_str(j, "event", st->event) | json_set(j, "fields", fields_of(st)) |
	    json_set_str(j, "holder", st->holder) | json_set_str(j, "record", st->record) |
	    json_set_int(j, "step", st->number) | json_set_str(j, "token", st->token))
		json_free(&j);
	return j;
}

int remind_hash(char id[REMIND_ID_LEN + 1], const json *facts, struct err *e)
{
	uint8_t hash[HASH_LEN];
	struct buf b = BUF_INIT;
	int r = json_canonical(&b, facts, e);

	if (r == 0 && (r = hash_label(hash, "twokey notice v1", b.data, b.len, e)) == 0)
		hex_encode(id, hash, HASH_LEN);
	buf_free(&b);
	return r;
}

int remind_id(char id[REMIND_ID_LEN + 1], const json *entry, const char *vault, struct err *e)
{
	static const char *const texts[] = { "due", "event", "holder", "record", "token" };
	const int step = json_str(entry, "event") != NULL && json_int(entry, "step") > 0;
	json *j = json_new_object();
	int bad = json_set_str(j, "vault", vault), r;

	if (step) {
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			bad |= json_set_str(j, texts[i], json_str(entry, texts[i]));
		bad |= json_set_int(j, "step", json_int(entry, "step"));
	} else {
		bad |= json_set_str(j, "host", json_str(entry, "host")) |
		    json_set_int(j, "seq", json_int(entry, "seq"));
	}
	r = bad ? no_memory(e) : remind_hash(id, j, e);
	json_free(&j);
	return r;
}

static void *grow(void *list, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return list;
	*cap = *cap ? *cap * 2 : 16;
	return reallocarray(list, *cap, size);
}

static int claim(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	struct remind_look *l = arg;
	const char *type = json_str(entry, "type");
	char (*list)[REMIND_ID_LEN + 1];

	(void)seq, (void)offset;
	if (type == NULL || strcmp(type, "reminded") != 0)
		return 0;
	if ((list = grow(l->claims, l->n_claims, &l->cap_claims, sizeof(*list))) == NULL)
		return no_memory(e);
	l->claims = list;
	return remind_id(list[l->n_claims++], entry, l->s->vault_hex, e);
}

static int take(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	struct remind_look *l = arg;
	const char *host = json_str(entry, "host");
	const json **own;

	if (host != NULL && strcmp(host, l->s->host) == 0) {
		l->size = seq + 1;
		if (l->from >= 0 && seq >= l->from && l->n_own < OUTBOX_MOST) {
			if ((own = grow(l->own, l->n_own, &l->cap_own, sizeof(*own))) == NULL)
				return no_memory(e);
			l->own = own;
			l->own[l->n_own++] = json_share(entry);
		}
	}
	return claim(arg, seq, offset, entry, e);
}

int remind_look(struct remind_look *l, struct session *s, int64_t from, int64_t now, struct err *e)
{
	int r;

	*l = (struct remind_look){ .s = s, .from = from };
	r = exposure_judge_each(&l->x, s, now, take, l, e);
	return r == 0 ? steps_make(&l->steps, &l->n_steps, l->x.report, policy_rules(s->policy)->drill_days, now,
	    e) : r;
}

/* Behind the last line that counts: what stops this is no whole entry. */
static void unsettled(struct remind_look *l, const struct session *s, const char *host, int64_t size, int64_t offset)
{
	struct store_span span = STORE_SPAN_INIT;
	struct err why = { 0 };

	if (store_log(s->store, host, &span, &why) == 0)
		(void)log_each(&span, size, offset, -1, claim, l, NULL, &why);
	store_span_close(&span);
}

int remind_claims_held(struct remind_look *l, struct session *s, struct err *e)
{
	int r = session_index_held(s, e);

	*l = (struct remind_look){ .s = s };
	for (size_t i = 0; r == 0 && i < s->world.nhosts; i++) {
		const struct log_host *h = &s->world.hosts[i];
		uint8_t root[HASH_LEN];
		int64_t size, next = 0;

		if ((r = session_log_extent(s, h->name, &size, root, e)) == 0)
			r = log_each_to(s->store, h->name, size, root, claim, l, &next, e);
		if (r == 0 && !h->ended && strcmp(h->name, s->host) != 0)
			unsettled(l, s, h->name, size, next);
	}
	return r;
}

int remind_has(const struct remind_look *l, const char *id)
{
	for (size_t i = 0; i < l->n_claims; i++)
		if (strcmp(l->claims[i], id) == 0)
			return 1;
	return 0;
}

void remind_look_free(struct remind_look *l)
{
	for (size_t i = 0; i < l->n_own; i++) {
		json *j = (json *)(uintptr_t)l->own[i];

		json_free(&j);
	}
	free(l->own);
	free(l->claims);
	free(l->steps);
	exposure_free(&l->x);
	memset(l, 0, sizeof(*l));
}
