/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/import_local.h"

#include <string.h>

/* RFC 4180, section 2, read strictly; LF alone ends a line as well. */

static int at_line_end(const struct json_scan *s)
{
	const int c = json_scan_at(s, 0);

	return c < 0 || c == '\n' || (c == '\r' && json_scan_at(s, 1) == '\n');
}

static void skip_line_end(struct json_scan *s)
{
	if (json_scan_at(s, 0) == '\r')
		json_scan_step(s);
	if (json_scan_at(s, 0) == '\n')
		json_scan_step(s);
}

static int take(struct json_scan *s, struct secret *out, struct err *e)
{
	const unsigned char c = (unsigned char)json_scan_at(s, 0);

	if (secret_append(out, &c, 1, NULL) != 0)
		return json_scan_error(s, e, "a field is longer than %zu bytes.", out->cap);
	json_scan_step(s);
	return 0;
}

/* Behind the opening quotation mark. */
static int csv_quoted(struct json_scan *s, struct secret *out, struct err *e)
{
	const struct json_scan begin = *s;
	int r = 0;

	while (r == 0) {
		const int c = json_scan_at(s, 0);

		if (c < 0)
			return json_scan_error(&begin, e, "this quoted field never ends.");
		if (c == '"') {
			if (json_scan_at(s, 1) != '"')
				break;
			json_scan_step(s);
		}
		r = take(s, out, e);
	}
	if (r == 0) {
		json_scan_step(s);
		if (json_scan_at(s, 0) != ',' && !at_line_end(s))
			r = json_scan_error(s, e, "a comma or the line's end is expected behind a "
			    "quoted field.");
	}
	return r;
}

/* One field into out; the comma or line end behind it stays. */
static int csv_field(struct json_scan *s, struct secret *out, struct err *e)
{
	int r = 0;

	secret_wipe(out);
	if (json_scan_at(s, 0) == '"') {
		json_scan_step(s);
		return csv_quoted(s, out, e);
	}
	while (r == 0 && json_scan_at(s, 0) != ',' && !at_line_end(s)) {
		if (json_scan_at(s, 0) == '"')
			return json_scan_error(s, e, "a quotation mark stands inside a field that "
			    "is not quoted.");
		if (json_scan_at(s, 0) == '\r')
			return json_scan_error(s, e, "a carriage return stands alone.");
		r = take(s, out, e);
	}
	return r;
}

static int csv_header_column(struct import_rows *rows, const struct json_scan *at,
    struct err *e)
{
	const enum import_column c = import_column_find(rows->word->data, rows->word->len);
	size_t i;

	if (c == COLUMN_N) {
		(void)json_scan_error(at, e, "no column has this name.");
		(void)err_hint(e, "Columns are name, account, email, password, totp, partition, "
		    "email_controller and phone_controller.");
		return (int)at->code;
	}
	for (i = 0; i < rows->n_order; i++)
		if (rows->order[i] == c)
			return json_scan_error(at, e, "the column %s stands here twice.",
			    import_column_name(c));
	rows->order[rows->n_order++] = c;
	return 0;
}

static int csv_header(struct import_rows *rows, struct err *e)
{
	struct json_scan *s = &rows->scan;
	int r = 0;

	/* A byte order mark, which spreadsheets write. */
	if (s->len >= 3 && memcmp(s->data, "\xef\xbb\xbf", 3) == 0)
		s->pos = 3;
	rows->n_order = 0;
	while (r == 0) {
		const struct json_scan at = *s;

		r = csv_field(s, rows->word, e);
		if (r == 0)
			r = csv_header_column(rows, &at, e);
		if (r != 0 || at_line_end(s))
			break;
		json_scan_step(s);
	}
	skip_line_end(s);
	return r;
}

int import_csv_next(struct import_rows *rows, struct import_row *row, struct err *e)
{
	struct json_scan *s = &rows->scan;
	size_t i;

	if (!rows->begun && csv_header(rows, e) != 0)
		return -1;
	rows->begun = 1;
	if (s->pos == s->len)
		return 0;
	row->begin = *s;
	for (i = 0; i < rows->n_order; i++) {
		const enum import_column c = rows->order[i];

		if (i > 0 && at_line_end(s)) {
			(void)json_scan_error(s, e, "this line has %zu fields, and the header %zu.",
			    i, rows->n_order);
			return -1;
		}
		if (i > 0)
			json_scan_step(s);
		row->at[c] = *s;
		if (csv_field(s, row->value[c], e) != 0)
			return -1;
	}
	if (!at_line_end(s)) {
		(void)json_scan_error(s, e, "this line has more fields than the header's %zu.",
		    rows->n_order);
		return -1;
	}
	skip_line_end(s);
	return 1;
}
