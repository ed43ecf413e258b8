/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/seal_import.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/seal.h"
#include "cli/open.h"
#include "cli/say.h"
#include "vault/import.h"

#define CHUNK 1024		/* records sealed with one checkpoint */

/* Records of the input on their way into the vault, a chunk at a time. */
struct import {
	struct session *session;
	struct requester rq;
	const char *known[1];
	const char *quorum;
	int fresh;
	struct seal_item items[CHUNK];
	struct record_plain plain[CHUNK][2];
	struct secret *copies[CHUNK][2];
	char names[CHUNK][NAME_MAX_LEN + 1];
	json *attributes[CHUNK];
	struct seal_done done[CHUNK];
	json *list;		/* --json: what was sealed; else NULL */
	size_t n, total;
};

static void drop(struct import *im)
{
	for (size_t i = 0; i < im->n; i++) {
		secret_free(&im->copies[i][0]);
		secret_free(&im->copies[i][1]);
		json_free(&im->attributes[i]);
	}
	im->n = 0;
}

static int list_one(struct import *im, size_t i, struct err *e)
{
	json *j = json_new_object();

	if (json_set_str(j, "record", im->names[i]) != 0 ||
	    json_set_int(j, "version", im->done[i].version) != 0 ||
	    json_set_int(j, "entry", im->done[i].seq) != 0)
		json_free(&j);
	return json_add(im->list, j) == 0 ? 0
	    : err_set(e, ERR_MEMORY, "There is not enough memory for the report.");
}

static int flush(struct import *im, struct err *e)
{
	size_t sealed = 0;
	int r = seal_records(im->session, im->items, im->n, im->fresh, &im->rq, im->done, &sealed,
	    e);

	for (size_t i = 0; im->list != NULL && r == 0 && i < sealed; i++)
		r = list_one(im, i, e);
	im->total += sealed;
	drop(im);
	return r;
}

static int add_field(struct import *im, const char *name, const struct secret *value,
    struct err *e)
{
	struct seal_item *it = &im->items[im->n];
	struct secret **copy = &im->copies[im->n][it->n];
	int r;

	if (value == NULL)
		return 0;
	if ((r = secret_from(copy, value->data, value->len, e)) != 0)
		return r;
	im->plain[im->n][it->n++] = (struct record_plain){ .field = name, .known_to = im->known,
		.n_known = 1, .plain = *copy };
	return 0;
}

static int take(void *ctx, const struct import_account *a, struct err *e)
{
	struct import *im = ctx;
	struct seal_item *it = &im->items[im->n];
	json *j = json_new_object();
	int r;

	if (json_set_str(j, "account", a->account) != 0 ||
	    json_set_str(j, "email", a->email) != 0 ||
	    json_set_str(j, "partition", a->partition) != 0 ||
	    json_set_str(j, "email_controller", a->email_controller) != 0 ||
	    json_set_str(j, "phone_controller", a->phone_controller) != 0) {
		json_free(&j);
		return err_set(e, ERR_MEMORY, "There is not enough memory for the import.");
	}
	memcpy(im->names[im->n], a->name, strlen(a->name) + 1);
	*it = (struct seal_item){ .name = im->names[im->n], .kind = "aws-root", .attributes = j,
		.quorum = im->quorum, .fields = im->plain[im->n] };
	im->attributes[im->n] = j;
	im->copies[im->n][0] = im->copies[im->n][1] = NULL;
	r = add_field(im, "password", a->password, e);
	if (r == 0)
		r = add_field(im, "totp", a->totp, e);
	im->n++;
	if (r == 0 && (r = record_check_attributes("aws-root", j, e)) != 0)
		err_prefix(e, "line %u", a->line);
	return r == 0 && im->n == CHUNK ? flush(im, e) : r;
}

/* Before anything is sealed: none of the names may be taken. */
static int check_name(void *ctx, const struct import_account *a, struct err *e)
{
	struct import *im = ctx;
	struct index_record *known = NULL;
	struct err why = { 0 };
	int r = index_find(&known, im->session->index, a->name, &why);

	index_record_free(&known);
	if (r == ERR_MISSING)
		return 0;
	if (r != 0)
		return err_give(e, &why);
	err_set(e, ERR_EXISTS, "Line %u: record %s exists already; nothing was sealed.", a->line,
	    a->name);
	err_hint(e, "Leave it out, or add --next to seal a new version of every record named.");
	return ERR_EXISTS;
}

static int seal_all(struct import *im, const struct secret *text, enum import_form form,
    const char *path, struct err *e)
{
	int r = session_index(im->session, e);

	if (r == 0 && im->fresh)
		r = import_each(text, form, path, check_name, im, e);
	if (r == 0)
		r = import_each(text, form, path, take, im, e);
	if (r == 0 && im->n > 0)
		r = flush(im, e);
	drop(im);
	return r;
}

int seal_import(const struct cli *cli, struct session *s, const char *path, struct err *e)
{
	size_t len = strlen(path);
	enum import_form form = len > 5 && strcmp(path + len - 5, ".json") == 0 ? IMPORT_JSON
										 : IMPORT_CSV;
	struct import *im = calloc(1, sizeof(*im));
	struct secret *text = NULL;
	int r;

	if (im == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory for the import.");
	im->session = s;
	im->quorum = args_value(cli->args, "quorum");
	im->fresh = !args_flag(cli->args, "next");
	im->list = args_flag(cli->args, "json") ? json_new_array() : NULL;
	requester_here(&im->rq);
	im->known[0] = im->rq.user;
	r = open_secret(&text, path, SECRET_MAX - 1, e);
	if (r == 0)
		r = seal_all(im, text, form, path, e);
	secret_free(&text);
	if (im->total > 0)
		say("Sealed %zu records.", im->total);
	if (im->total > 0 && r == 0) {
		say_hint("their passwords are known to %s: each is due for rotation.", im->rq.user);
		say_hint("the file %s still holds them in clear: destroy it.", path);
	}
	if (r == 0 && im->list != NULL)
		r = say_json(im->list, e);
	json_free(&im->list);
	free(im);
	return r;
}
