/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/rootpw.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ceremony/entries.h"
#include "ceremony/exposure.h"
#include "ceremony/seal.h"
#include "gate/shadow.h"
#include "vault/password.h"

#define FIELD "password"
#define LOCK_NAME ".rootpw"
#define AGAIN_MS (60 * 60 * 1000)

static int record_name(char out[NAME_MAX_LEN + 8], const struct session *s, struct err *e)
{
	(void)snprintf(out, NAME_MAX_LEN + 8, "linux-%s", s->host);
	if (text_is_name(out))
		return 0;
	err_set(e, ERR_REFUSED, "linux-%s is too long for a record's name.", s->host);
	err_hint(e, "Name the host with at most 57 characters.");
	return ERR_REFUSED;
}

int rootpw_seal(int64_t *version, struct session *s, const struct secret *value,
    const char *known_to, const struct requester *rq, struct err *e)
{
	char name[NAME_MAX_LEN + 8];
	struct record_plain plain = { .field = FIELD, .known_to = &known_to,
		.n_known = known_to != NULL, .plain = value };
	struct seal_item item = { .name = name, .kind = "linux-root", .candidate = 1,
		.fields = &plain, .n = 1 };
	struct seal_done done;
	json *attributes = json_new_object();
	size_t sealed;
	int r = record_name(name, s, e);

	if (r == 0 && json_set_str(attributes, "host", s->host) != 0)
		r = err_set(e, ERR_MEMORY, "There is not enough memory to seal a password.");
	item.attributes = attributes;
	if (r == 0)
		r = seal_records(s, &item, 1, 0, rq, &done, &sealed, e);
	if (r == 0)
		*version = done.version;
	json_free(&attributes);
	return r;
}

int rootpw_lock(int *fd, const struct session *s, int wait_ms, struct err *e)
{
	struct err why = { 0 };
	int r = file_lock(fd, state_dir(s->state), LOCK_NAME, wait_ms, &why);

	if (r != ERR_BUSY)
		return r != 0 ? err_give(e, &why) : 0;
	err_set(e, ERR_BUSY, "Another change of root's password is under way.");
	err_hint(e, "Try again in a minute.");
	return ERR_BUSY;
}

int rootpw_confirm(struct session *s, int64_t version, const struct secret *value, struct err *e)
{
	struct log_options o = session_options(s, LOG_SPACE_REQUEST, 1);
	char name[NAME_MAX_LEN + 8];
	json *entry;
	int r;

	if ((r = record_name(name, s, e)) != 0 || (r = shadow_proves(ROOTPW_USER, value, e)) != 0)
		return r;
	entry = entry_confirmed(NULL, name, version, FIELD, "shadow");
	if (entry == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
	r = log_append_one(s->log, entry, &o, NULL, e);
	json_free(&entry);
	return r;
}

const struct rotate_field *rootpw_field(const struct session *s, const struct rotate_record *rec)
{
	char name[NAME_MAX_LEN + 8];

	/* A host whose name is too long for the record's has none. */
	if (record_name(name, s, NULL) != 0 || strcmp(rec->name, name) != 0 ||
	    strcmp(rec->kind, "linux-root") != 0)
		return NULL;
	for (size_t i = 0; i < rec->n_fields; i++)
		if (strcmp(rec->fields[i].name, FIELD) == 0)
			return &rec->fields[i];
	return NULL;
}

/* Whether it wants to be replaced; all 0 without a record. */
struct due {
	int known;
	int overdue;
	int fresh;		/* the newest version is of less than AGAIN_MS ago, and nobody knew it */
};

static int judge_newest(struct due *d, struct session *s, int64_t now, struct err *e)
{
	struct record *newest = NULL;
	char name[NAME_MAX_LEN + 8];
	int r = record_name(name, s, e);

	if (r == 0)
		r = seal_newest(&newest, s, name, e);
	if (r == 0)
		d->fresh = newest->sealed <= now && now - newest->sealed < AGAIN_MS;
	for (size_t i = 0; r == 0 && i < newest->n; i++)
		d->fresh &= json_len(newest->fields[i].known_to) == 0;
	record_free(&newest);
	return r;
}

static int judge(struct due *d, struct session *s, struct err *e)
{
	const int64_t now = clock_now(s->clock);
	struct exposure x = { NULL, NULL };
	int r;

	memset(d, 0, sizeof(*d));
	if ((r = exposure_judge(&x, s, now, e)) != 0)
		return r;
	for (size_t i = 0; i < x.report->n_records; i++) {
		const struct rotate_field *f = rootpw_field(s, &x.report->records[i]);

		d->known |= f != NULL && f->due >= 0;
		d->overdue |= f != NULL && f->overdue;
	}
	exposure_free(&x);
	return d->overdue ? judge_newest(d, s, now, e) : 0;
}

static int replace(struct session *s, const struct requester *rq, struct err *e)
{
	struct secret *value = NULL;
	int64_t version;
	int r = password_generate(&value, PASSWORD_LINUX, PASSWORD_LINUX_DEFAULT, e);

	if (r == 0 && (r = rootpw_seal(&version, s, value, NULL, rq, e)) == 0 &&
	    (r = shadow_set(ROOTPW_USER, value, e)) == 0)
		r = rootpw_confirm(s, version, value, e);
	secret_free(&value);
	return r;
}

int rootpw_replace(int *did, struct session *s, enum rootpw_when when, const char *via,
    struct err *e)
{
	struct requester rq;
	struct due due;
	int lock, r;

	*did = 0;
	if ((r = rootpw_lock(&lock, s, 0, NULL)) != 0)
		return r == ERR_BUSY ? 0 : err_set(e, (enum err_code)r, "The lock for root's password "
		    "cannot be had.");
	if ((r = judge(&due, s, e)) == 0 &&
	    (when == ROOTPW_KNOWN ? due.known : due.overdue && !due.fresh)) {
		*did = 1;
		requester_kernel(&rq, 0, 0);
		(void)snprintf(rq.via, sizeof(rq.via), "%s", via);
		r = replace(s, &rq, e);
	}
	(void)close(lock);
	return r;
}
