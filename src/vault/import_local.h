/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_IMPORT_LOCAL_H
#define TWOKEY_VAULT_IMPORT_LOCAL_H

#include "base/json_scan.h"
#include "vault/import.h"

enum import_column {
	COLUMN_NAME,
	COLUMN_ACCOUNT,
	COLUMN_EMAIL,
	COLUMN_PASSWORD,
	COLUMN_TOTP,
	COLUMN_PARTITION,
	COLUMN_EMAIL_CONTROLLER,
	COLUMN_PHONE_CONTROLLER,
	COLUMN_N
};

/* The column of this name, COLUMN_N when there is none. */
enum import_column import_column_find(const unsigned char *name, size_t len);
const char *import_column_name(enum import_column c);

/* One account as read; what it lacks is empty. */
struct import_row {
	struct secret *value[COLUMN_N];
	struct json_scan at[COLUMN_N];	/* where the value begins */
	struct json_scan begin;		/* where the account begins */
};

/* Rows one after the other; begins with IMPORT_ROWS_INIT and a scan at the start. */
struct import_rows {
	struct json_scan scan;
	enum import_form form;
	struct secret *word;			/* CSV: a header; JSON: a member's name */
	enum import_column order[COLUMN_N];	/* CSV: the header's columns */
	size_t n_order;
	int begun;
};

/* Fills row with the next account: 1, 0 at the end, -1 with e set. */
int import_csv_next(struct import_rows *rows, struct import_row *row, struct err *e);
int import_json_next(struct import_rows *rows, struct import_row *row, struct err *e);

/* Checks a row's values and makes the account out of them; what it lends
 * belongs to the row, and *totp (the canonical URI) to the caller. */
int import_row_check(const struct import_row *row, struct import_account *a, struct secret **totp,
    struct err *e);

#endif
