/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/seeker.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define POLL_MS 250		/* between two looks at the list of devices */
#define BUSY_TRIES 8		/* quick looks at a device that another program holds */
#define BUSY_MS 5000		/* and between two looks at it later */

struct known {
	char path[128];
	int settled;		/* looked at; passed by until it is unplugged */
	int failures;
	int64_t later;		/* not opened before, monotonic ms */
	int present;
};

struct seeker {
	const struct ui *ui;
	struct token_pool *pool, *own;	/* own: NULL when it is lent */
	struct known known[TOKEN_DEVICES_MAX];
	size_t n;
	struct token_device list[TOKEN_DEVICES_MAX];	/* as last listed */
	size_t count, next;				/* next: not looked at since */
};

int seeker_new(struct seeker **out, const struct ui *ui, struct token_pool *pool, struct err *e)
{
	struct seeker *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (s == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to look for keys.");
	s->ui = ui;
	s->pool = pool;
	if (pool == NULL && (r = token_pool_new(&s->own, e)) != 0) {
		free(s);
		return r;
	}
	if (pool == NULL)
		s->pool = s->own;
	*out = s;
	return 0;
}

void seeker_free(struct seeker **s)
{
	if (*s != NULL)
		token_pool_free(&(*s)->own);
	free(*s);
	*s = NULL;
}

static struct known *known_get(struct seeker *s, const char *path)
{
	struct known *k;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->known[i].path, path) == 0)
			return &s->known[i];
	if (s->n == TOKEN_DEVICES_MAX)
		return NULL;
	k = &s->known[s->n++];
	memset(k, 0, sizeof(*k));
	strncpy(k->path, path, sizeof(k->path) - 1);
	return k;
}

/* Forgets devices that are no longer plugged in: a replugged one is new. */
static void known_refresh(struct seeker *s, const struct token_device *list, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++)
		s->known[i].present = 0;
	for (size_t i = 0; i < n; i++) {
		struct known *k = known_get(s, list[i].path);
		if (k != NULL)
			k->present = 1;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->known[i].present)
			s->known[kept++] = s->known[i];
	s->n = kept;
}

void seeker_again(struct seeker *s, const struct token_device *d)
{
	struct known *k = known_get(s, d->path);

	if (k != NULL)
		k->settled = 0;
}

static void tell(const struct seeker *s, enum ui_event_kind kind, const struct token_device *d,
    const struct want *w, const char *text)
{
	struct ui_event ev = { .kind = kind, .device = d->product, .text = text, .ms_left = -1 };

	if (w != NULL) {
		ev.holder = w->holder;
		ev.label = w->label;
	}
	s->ui->event(s->ui->ctx, &ev);
}

static int open_device(struct seeker *s, const struct token_device *d, struct known *k,
    struct token **t)
{
	const int64_t began = clock_monotonic();
	struct err why = { 0 };

	if (began < k->later)
		return 0;
	if (token_pool_open(s->pool, t, d, SEEKER_OPEN_MS, &why) == 0)
		return 1;
	/* Another program may hold it for a moment: quiet retries first, and rare
	 * ones behind them.  A device that hangs keeps all others waiting. */
	if (++k->failures < BUSY_TRIES && clock_monotonic() - began < SEEKER_OPEN_MS / 2)
		return 0;
	if (k->later == 0)
		tell(s, UI_KEY_TROUBLE, d, NULL, why.text);
	k->later = clock_monotonic() + BUSY_MS;
	return 0;
}

/* Which of the wants does this token hold?  1: use it, 0: pass by. */
static int identify(struct seeker *s, struct token *t, const struct want *wants, size_t n,
    size_t *which)
{
	struct token_id *ids = calloc(n ? n : 1, sizeof(*ids));
	const struct token_device *d = token_device(t);
	enum token_has has = TOKEN_UNSURE;
	struct err why = { 0 };
	int quiet = 1, use = 0;

	*which = SIZE_MAX;
	if (ids == NULL)
		return 0;
	for (size_t i = 0; i < n; i++) {
		ids[i] = wants[i].id;
		if (wants[i].state == WANT_YES && !wants[i].quiet)
			quiet = 0;
	}
	if (token_preflight(t, ids, n, &has, which, &why) != 0)
		has = TOKEN_UNSURE;
	if (has == TOKEN_HAS && *which < n) {
		const struct want *w = &wants[*which];
		use = w->state == WANT_YES;
		tell(s, use ? UI_KEY_FOUND : w->state == WANT_USED ? UI_KEY_USED : UI_KEY_NOT_ASKED,
		    d, w, NULL);
	} else if (has == TOKEN_HAS_NOT && quiet) {
		tell(s, UI_KEY_FOREIGN, d, NULL, NULL);
	} else {
		/* It does not tell without a touch: it may be the one. */
		*which = SIZE_MAX;
		use = 1;
		tell(s, UI_KEY_FOUND, d, NULL, NULL);
	}
	free(ids);
	return use;
}

/* The next key opens while a person is asked for this one. */
static void open_ahead(struct seeker *s, const struct want *wants, size_t n)
{
	struct token_id *ids = calloc(n ? n : 1, sizeof(*ids));

	for (size_t i = 0; ids != NULL && i < n; i++)
		ids[i] = wants[i].id;
	for (size_t i = s->next; i < s->count; i++) {
		const struct known *k = known_get(s, s->list[i].path);

		if (k == NULL || k->settled || k->later != 0)
			continue;
		token_pool_ahead(s->pool, &s->list[i], SEEKER_OPEN_MS, ids, ids != NULL ? n : 0);
		break;
	}
	free(ids);
}

/* Looks on from where the last look stopped, and lists anew at the end: keys
 * that are plugged in together cost one listing. 1: *t is a key to use; 0: none.
 * more: another one will be needed behind it. */
static int look(struct seeker *s, const struct want *wants, size_t n, int more,
    struct token **t, size_t *which, int *r, struct err *e)
{
	int listed = 0;

	*r = 0;
	for (;;) {
		struct token_device *d;
		struct known *k;

		if (s->next == s->count) {
			if (listed || (*r = token_pool_list(s->pool, s->list, &s->count, e)) != 0)
				return 0;
			listed = 1;
			s->next = 0;
			known_refresh(s, s->list, s->count);
			continue;
		}
		d = &s->list[s->next++];
		k = known_get(s, d->path);
		if (k == NULL || k->settled || !open_device(s, d, k, t))
			continue;
		k->settled = 1;
		k->failures = 0;
		k->later = 0;
		if (identify(s, *t, wants, n, which)) {
			if (more)
				open_ahead(s, wants, n);
			return 1;
		}
		token_close(t);
	}
}

int seeker_next(struct seeker *s, const struct want *wants, size_t n, const char *who, int have,
    int need, int wait_ms, struct token **t, size_t *which, struct err *e)
{
	int64_t end = clock_monotonic() + wait_ms;
	int r;

	*t = NULL;
	*which = SIZE_MAX;
	for (;;) {
		int64_t left;
		struct ui_event ev = { .kind = UI_WAIT_KEY, .who = who, .have = have, .need = need };

		if (look(s, wants, n, need - have > 1, t, which, &r, e))
			return 0;
		if (r != 0)
			return r;
		if (s->ui->cancelled(s->ui->ctx))
			return err_set(e, ERR_CANCELLED, "Cancelled at the keyboard.");
		left = end - clock_monotonic();
		if (left <= 0)
			return err_set(e, ERR_TIMEOUT, "No key of %s was plugged in in time.", who);
		ev.ms_left = (int)left;
		s->ui->event(s->ui->ctx, &ev);
		if (s->ui->again != NULL && s->ui->again(s->ui->ctx))
			s->n = 0;
		poll(NULL, 0, left < POLL_MS ? (int)left : POLL_MS);
	}
}

/* Several keys are plugged in: the person touches the one that is meant. */
static int choose_by_touch(struct seeker *s, struct token **open, size_t n, int wait_ms,
    struct token **t, struct err *e)
{
	int64_t end = clock_monotonic() + wait_ms;
	struct ui_event ev = { .kind = UI_TOUCH, .text = "Touch the key that is meant." };

	ev.ms_left = wait_ms;
	s->ui->event(s->ui->ctx, &ev);
	while (clock_monotonic() < end) {
		for (size_t i = 0; i < n; i++) {
			struct err why = { 0 };
			int r;

			if (s->ui->cancelled(s->ui->ctx))
				return err_set(e, ERR_CANCELLED, "Cancelled at the keyboard.");
			if (open[i] == NULL)
				continue;
			r = token_wait_touch(open[i], 400, NULL, &why);
			if (r == 0) {
				*t = open[i];
				open[i] = NULL;
				return 0;
			}
			if (r != ERR_TIMEOUT)
				token_close(&open[i]);
		}
	}
	err_set(e, ERR_TIMEOUT, "None of the keys was touched in time.");
	err_hint(e, "Leave only the key that is meant plugged in, and try again.");
	return ERR_TIMEOUT;
}

/* 1 when this token holds one of the wants; it is told and passed by then. */
static int is_one_of(struct seeker *s, struct token *t, const struct want *wants, size_t n)
{
	struct token_id *ids = calloc(n ? n : 1, sizeof(*ids));
	enum token_has has = TOKEN_UNSURE;
	struct err why = { 0 };
	size_t which = 0;

	for (size_t i = 0; ids != NULL && i < n; i++)
		ids[i] = wants[i].id;
	if (ids == NULL || n == 0 || token_preflight(t, ids, n, &has, &which, &why) != 0)
		has = TOKEN_UNSURE;
	if (has == TOKEN_HAS)
		tell(s, UI_KEY_ENROLLED, token_device(t), &wants[which], NULL);
	free(ids);
	return has == TOKEN_HAS;
}

static int open_all(struct seeker *s, const struct token_device *list, size_t count,
    const struct want *not, size_t n_not, struct token **open, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < count; i++) {
		struct known *k = known_get(s, list[i].path);

		if (k == NULL || k->settled || !open_device(s, &list[i], k, &open[*n]))
			continue;
		if (is_one_of(s, open[*n], not, n_not)) {
			token_close(&open[*n]);
			k->settled = 1;
		} else {
			(*n)++;
		}
	}
	return *n > 0;
}

int seeker_any(struct seeker *s, const struct want *not, size_t n_not, int wait_ms,
    struct token **t, struct err *e)
{
	struct token_device *list = calloc(TOKEN_DEVICES_MAX, sizeof(*list));
	struct token *open[TOKEN_DEVICES_MAX] = { NULL };
	int64_t end = clock_monotonic() + wait_ms;
	size_t count = 0, n = 0;
	int r = ERR_MEMORY;

	*t = NULL;
	if (list == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to look for keys.");
	for (;;) {
		struct ui_event ev = { .kind = UI_WAIT_KEY, .who = "the holder" };

		r = token_pool_list(s->pool, list, &count, e);
		if (r != 0)
			break;
		known_refresh(s, list, count);
		if (open_all(s, list, count, not, n_not, open, &n)) {
			r = 0;
			break;
		}
		if (s->ui->cancelled(s->ui->ctx)) {
			r = err_set(e, ERR_CANCELLED, "Cancelled at the keyboard.");
			break;
		}
		ev.ms_left = (int)(end - clock_monotonic());
		if (ev.ms_left <= 0) {
			r = err_set(e, ERR_TOKEN, "No FIDO2 security key is plugged in.");
			err_hint(e, "Plug the key in and try again; twokey doctor says what this "
			    "machine sees.");
			break;
		}
		s->ui->event(s->ui->ctx, &ev);
		poll(NULL, 0, POLL_MS);
	}
	if (r == 0 && n == 1) {
		*t = open[0];
		open[0] = NULL;
	} else if (r == 0) {
		r = choose_by_touch(s, open, n, wait_ms, t, e);
	}
	for (size_t i = 0; i < n; i++)
		token_close(&open[i]);
	free(list);
	return r;
}
