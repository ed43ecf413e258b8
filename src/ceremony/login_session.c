/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/login_session.h"

#include <string.h>

#include "log/reader.h"

/* Looking for a grant, from a line before it to the end of the log. */
struct search {
	const struct session *s;
	const struct login_session *ls;
	const char *by;
	int64_t seq;		/* of the grant */
	uint8_t statement[HASH_LEN];	/* that it grants */
	int granted, used;
	int asked;		/* the request of that statement is for this very login */
};

static int is_ours(const struct search *f, const json *subject)
{
	const char *service = json_str(subject, "service"), *user = json_str(subject, "user"),
	    *rhost = json_str(subject, "rhost");

	return service != NULL && user != NULL && rhost != NULL &&
	    strcmp(service, f->ls->service) == 0 && strcmp(rhost, f->ls->rhost) == 0 &&
	    (strcmp(user, f->ls->user) == 0 || strcmp(user, f->by) == 0);
}

static int see_granted(struct search *f, const json *entry)
{
	const int64_t age = clock_now(f->s->clock) - json_time(entry, "time");
	const char *boot = json_str(entry, "boot");

	return boot != NULL && strcmp(boot, f->s->boot) == 0 && age <= LOGIN_SESSION_LATE_MS &&
	    age >= -LOGIN_SESSION_LATE_MS;
}

static int see(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	const char *type = json_str(entry, "type");
	struct search *f = arg;

	(void)offset, (void)e;
	if (type == NULL)
		return 0;
	if (strcmp(type, "login.granted") == 0 && seq == f->seq)
		f->granted = see_granted(f, entry) &&
		    json_hex(entry, "statement", f->statement, HASH_LEN) == 0;
	else if (strcmp(type, "session.opened") == 0)
		f->used |= json_int(entry, "login") == f->seq;
	return 0;
}

static int see_request(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	const json *doc = json_get(entry, "statement");
	const char *type = json_str(entry, "type");
	struct statement *st = NULL;
	struct search *f = arg;

	(void)seq, (void)offset, (void)e;
	if (type == NULL || strcmp(type, "ceremony.requested") != 0 ||
	    statement_from_json(&st, doc, "a request", NULL) != 0)
		return 0;
	if (memcmp(st->hash, f->statement, HASH_LEN) == 0)
		f->asked = is_ours(f, st->subject);
	statement_free(&st);
	return 0;
}

/* The mark has been in the application's hands: it is believed as far as the
 * log bears it out. */
static int is_granted(const struct session *s, const struct login_session *ls,
    const char *by, const struct login_mark *mark)
{
	struct search f = { .s = s, .ls = ls, .by = by, .seq = mark->seq };
	struct store_span span = STORE_SPAN_INIT;
	const struct log_head *head = log_head(s->log);
	int r;

	if (mark->from < 0 || mark->offset < 0 || mark->seq < mark->from ||
	    mark->seq >= head->tree.size || mark->offset >= head->bytes)
		return 0;
	r = store_log(s->store, s->host, &span, NULL);
	if (r == 0)
		r = log_each(&span, mark->from, mark->offset, head->tree.size - mark->from, see, &f,
		    NULL, NULL);
	if (r == 0 && f.granted)
		r = log_each(&span, mark->from, mark->offset, mark->seq - mark->from, see_request, &f,
		    NULL, NULL);
	store_span_close(&span);
	return r == 0 && f.granted && f.asked && !f.used;
}

int login_session_open(int64_t *seq, struct session *s, struct login_session *ls,
    const char *by, const struct login_mark *mark, struct err *e)
{
	struct log_options o;
	struct log_receipt receipt;
	json *entry;
	int r;

	*seq = -1;
	ls->login = mark != NULL && is_granted(s, ls, by, mark) ? mark->seq : -1;
	o = session_options(s, ls->login >= 0 ? LOG_SPACE_APPROVED : LOG_SPACE_REQUEST, 1);
	entry = entry_session_opened(ls);
	if (entry == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
	if ((r = log_append_one(s->log, entry, &o, &receipt, e)) == 0)
		*seq = receipt.seq;
	json_free(&entry);
	return r;
}

int login_session_close(struct session *s, int64_t opened, int64_t ms, struct err *e)
{
	struct log_options o = session_options(s, LOG_SPACE_REQUEST, 0);
	json *entry = entry_session_closed(opened, ms < 0 ? 0 : ms);
	int r;

	if (entry == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
	r = log_append_one(s->log, entry, &o, NULL, e);
	json_free(&entry);
	return r;
}
