/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/import_local.h"

/* "member": "value" */
static int json_member(struct import_rows *rows, struct import_row *row, unsigned *seen,
    struct err *e)
{
	struct json_scan *s = &rows->scan, at;
	enum import_column c;
	int r;

	if (json_scan_peek(s, e) < 0)
		return (int)s->code;
	at = *s;
	secret_wipe(rows->word);
	r = json_scan_string(s, rows->word, e);
	if (r != 0)
		return r;
	c = import_column_find(rows->word->data, rows->word->len);
	if (c == COLUMN_N) {
		(void)json_scan_error(&at, e, "no member has this name.");
		(void)err_hint(e, "Members are name, account, email, password, totp, partition, "
		    "email_controller and phone_controller.");
		return (int)s->code;
	}
	if (*seen & 1u << c)
		return json_scan_error(&at, e, "%s stands here twice.", import_column_name(c));
	*seen |= 1u << c;
	r = json_scan_take(s, ':', e);
	if (r == 0 && json_scan_peek(s, e) < 0)
		r = (int)s->code;
	row->at[c] = *s;
	return r != 0 ? r : json_scan_string(s, row->value[c], e);
}

static int json_object(struct import_rows *rows, struct import_row *row, struct err *e)
{
	struct json_scan *s = &rows->scan;
	unsigned seen = 0;
	int r = json_scan_take(s, '{', e);

	while (r == 0) {
		int next = json_scan_peek(s, e);

		if (next < 0)
			return (int)s->code;
		if (next == '}' && seen == 0)
			break;
		r = json_member(rows, row, &seen, e);
		if (r != 0)
			break;
		next = json_scan_peek(s, e);
		if (next < 0)
			return (int)s->code;
		if (next == '}')
			break;
		r = json_scan_take(s, ',', e);
	}
	return r != 0 ? r : json_scan_take(s, '}', e);
}

/* Behind the array's last bracket. */
static int json_end(struct json_scan *s, struct err *e)
{
	const int next = json_scan_take(s, ']', e) == 0 ? json_scan_peek(s, e) : -1;

	if (next > 0)
		(void)json_scan_error(s, e, "nothing may stand behind the last `]`.");
	return next == 0 ? 0 : -1;
}

int import_json_next(struct import_rows *rows, struct import_row *row, struct err *e)
{
	struct json_scan *s = &rows->scan;
	int next;

	if (!rows->begun && json_scan_take(s, '[', e) != 0)
		return -1;
	next = json_scan_peek(s, e);
	if (next == ']')
		return json_end(s, e);
	if (next < 0 || (rows->begun && json_scan_take(s, ',', e) != 0) ||
	    json_scan_peek(s, e) < 0)
		return -1;
	rows->begun = 1;
	row->begin = *s;
	return json_object(rows, row, e) == 0 ? 1 : -1;
}
