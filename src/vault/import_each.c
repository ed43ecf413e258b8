/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/import_local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/otpauth.h"

#define PASSWORD_BYTES 1024

/* What must be unique, kept from the first pass. */
struct import_id {
	unsigned line;
	char name[NAME_MAX_LEN + 1];
	char account[13];
};

struct import_ids {
	struct import_id *list;
	size_t n, cap;
};

typedef int import_fn(void *ctx, const struct import_account *a, struct err *e);

static int ids_add(void *ctx, const struct import_account *a, struct err *e)
{
	struct import_ids *ids = ctx;
	struct import_id *id;

	if (ids->n == ids->cap) {
		const size_t cap = ids->cap != 0 ? ids->cap * 2 : 64;
		struct import_id *more = reallocarray(ids->list, cap, sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "Out of memory.");
		ids->list = more;
		ids->cap = cap;
	}
	id = &ids->list[ids->n++];
	id->line = a->line;
	(void)snprintf(id->name, sizeof(id->name), "%s", a->name);
	(void)snprintf(id->account, sizeof(id->account), "%s", a->account);
	return 0;
}

static int by_line(const struct import_id *x, const struct import_id *y)
{
	return x->line < y->line ? -1 : x->line > y->line;
}

static int by_name(const void *a, const void *b)
{
	const struct import_id *x = a, *y = b;
	const int r = strcmp(x->name, y->name);

	return r != 0 ? r : by_line(x, y);
}

static int by_account(const void *a, const void *b)
{
	const struct import_id *x = a, *y = b;
	const int r = strcmp(x->account, y->account);

	return r != 0 ? r : by_line(x, y);
}

static int ids_unique(struct import_ids *ids, const char *where, struct err *e)
{
	const struct import_id *p = ids->list;
	size_t i;

	if (ids->n == 0)
		return err_set(e, ERR_INPUT, "%s holds no account.", where);
	qsort(ids->list, ids->n, sizeof(*ids->list), by_name);
	for (i = 1; i < ids->n; i++)
		if (strcmp(p[i - 1].name, p[i].name) == 0)
			return err_set(e, ERR_INPUT, "%s, line %u: the name %s stands in line %u too.",
			    where, p[i].line, p[i].name, p[i - 1].line);
	/* Two partitions never share an account id. */
	qsort(ids->list, ids->n, sizeof(*ids->list), by_account);
	for (i = 1; i < ids->n; i++)
		if (strcmp(p[i - 1].account, p[i].account) == 0)
			return err_set(e, ERR_INPUT, "%s, line %u: the account %s stands in line %u "
			    "too.", where, p[i].line, p[i].account, p[i - 1].line);
	return 0;
}

static void row_free(struct import_row *row)
{
	enum import_column c;

	for (c = COLUMN_NAME; c < COLUMN_N; c++)
		secret_free(&row->value[c]);
}

static int row_new(struct import_row *row, struct err *e)
{
	enum import_column c;
	int r = 0;

	memset(row, 0, sizeof(*row));
	for (c = COLUMN_NAME; r == 0 && c < COLUMN_N; c++)
		r = secret_new(&row->value[c], c == COLUMN_TOTP ? OTPAUTH_URI_MAX
		    : c == COLUMN_PASSWORD ? PASSWORD_BYTES : TEXT_MAX, e);
	return r;
}

/* One pass over the input. */
static int import_pass(struct import_rows *rows, struct import_row *row, import_fn *fn, void *ctx,
    struct err *e)
{
	int r = 0;

	while (r == 0) {
		struct import_account a;
		struct secret *totp = NULL;
		enum import_column c;
		int more;

		for (c = COLUMN_NAME; c < COLUMN_N; c++)
			secret_wipe(row->value[c]);
		more = rows->form == IMPORT_CSV ? import_csv_next(rows, row, e)
		    : import_json_next(rows, row, e);
		if (more <= 0)
			return more < 0 ? ERR_INPUT : 0;
		r = import_row_check(row, &a, &totp, e);
		if (r == 0)
			r = fn(ctx, &a, e);
		secret_free(&totp);
	}
	return r;
}

static void rows_begin(struct import_rows *rows, const struct secret *text, const char *where)
{
	json_scan_init(&rows->scan, text->data, text->len, where, ERR_INPUT);
	rows->begun = 0;
	rows->n_order = 0;
}

int import_each(const struct secret *text, enum import_form form, const char *where,
    int (*fn)(void *ctx, const struct import_account *a, struct err *e), void *ctx,
    struct err *e)
{
	struct import_rows rows = { .form = form };
	struct import_row row;
	struct import_ids ids = { NULL, 0, 0 };
	int r;

	r = row_new(&row, e);
	if (r == 0)
		r = secret_new(&rows.word, 64, e);
	if (r == 0) {
		rows_begin(&rows, text, where);
		r = import_pass(&rows, &row, ids_add, &ids, e);
	}
	if (r == 0)
		r = ids_unique(&ids, where, e);
	if (r == 0 && fn != NULL) {
		rows_begin(&rows, text, where);
		r = import_pass(&rows, &row, fn, ctx, e);
	}
	row_free(&row);
	secret_free(&rows.word);
	free(ids.list);
	return r;
}
