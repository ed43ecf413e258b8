/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "posture/posture.h"

#define FIELD_MAX 128
#define COLUMNS_MAX 64

/* The columns that matter here. */
enum column { COLUMN_USER, COLUMN_PASSWORD, COLUMN_MFA, COLUMN_KEY_1, COLUMN_USED_1, COLUMN_KEY_2,
	COLUMN_USED_2, COLUMN_CERT_1, COLUMN_CERT_2, COLUMNS };

/* Copies the next field of a line (RFC 4180), cut where it is too long; returns what is
 * behind its comma, NULL after the last. */
static const char *next_field(char out[FIELD_MAX], const char *s, const char *end)
{
	size_t n = 0;
	int quoted = 0;

	for (; s < end && (quoted || *s != ','); s++) {
		if (*s == '"' && !(quoted && s + 1 < end && s[1] == '"')) {
			quoted = !quoted;
			continue;
		}
		s += *s == '"';
		if (n + 1 < FIELD_MAX)
			out[n++] = *s;
	}
	out[n] = '\0';
	return s < end ? s + 1 : NULL;
}

/* The column whose values each field of a line holds, -1 for others. */
static int read_head(int of[COLUMNS_MAX], const char *s, const char *end)
{
	static const char *const names[COLUMNS] = { "user", "password_last_used", "mfa_active",
		"access_key_1_active", "access_key_1_last_used_date", "access_key_2_active",
		"access_key_2_last_used_date", "cert_1_active", "cert_2_active" };
	char field[FIELD_MAX];
	int n = 0, user = 0;

	for (; s != NULL && n < COLUMNS_MAX; n++) {
		s = next_field(field, s, end);
		of[n] = -1;
		for (int i = 0; i < COLUMNS; i++)
			if (strcmp(field, names[i]) == 0)
				of[n] = i;
		user |= of[n] == COLUMN_USER;
	}
	return user ? n : -1;
}

static int told(const char *s)
{
	return strcmp(s, "true") == 0 ? 1 : strcmp(s, "false") == 0 ? 0 : -1;
}

/* ISO 8601, UTC: "2026-07-26T02:10:00+00:00". */
static int64_t moment(const char *s)
{
	struct tm tm = { 0 };
	int n = 0;

	if (strcmp(s, "no_information") == 0 || strcmp(s, "N/A") == 0)
		return POSTURE_NEVER;
	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
	    &tm.tm_min, &tm.tm_sec, &n) != 6 || (strcmp(s + n, "Z") != 0 && strcmp(s + n, "+00:00") != 0) ||
	    tm.tm_year < 2000 || tm.tm_mon < 1 || tm.tm_mon > 12)
		return POSTURE_NOT_TOLD;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return (int64_t)timegm(&tm) * 1000;
}

static void take(struct posture_row *out, enum column c, const char *v)
{
	switch (c) {
	case COLUMN_PASSWORD:
		out->password_used = moment(v);
		break;
	case COLUMN_MFA:
		out->mfa = told(v);
		break;
	case COLUMN_KEY_1:
	case COLUMN_KEY_2:
		out->key[c == COLUMN_KEY_2] = told(v);
		break;
	case COLUMN_USED_1:
	case COLUMN_USED_2:
		out->key_used[c == COLUMN_USED_2] = moment(v);
		break;
	case COLUMN_CERT_1:
	case COLUMN_CERT_2:
		out->certificate[c == COLUMN_CERT_2] = told(v);
		break;
	case COLUMN_USER:
	case COLUMNS:
		break;
	}
}

/* 1 when the line is root's. */
static int read_line(struct posture_row *out, const int of[COLUMNS_MAX], int columns, const char *s,
    const char *end)
{
	struct posture_row row = { -1, { -1, -1 }, { -1, -1 },
		{ POSTURE_NOT_TOLD, POSTURE_NOT_TOLD }, POSTURE_NOT_TOLD };
	char field[FIELD_MAX];
	int root = 0;

	for (int i = 0; s != NULL && i < columns; i++) {
		s = next_field(field, s, end);
		if (of[i] == COLUMN_USER)
			root = strcmp(field, "<root_account>") == 0;
		else if (of[i] >= 0)
			take(&row, (enum column)of[i], field);
	}
	if (root)
		*out = row;
	return root;
}

int posture_row_read(struct posture_row *out, const char *csv, size_t len, struct err *e)
{
	const char *end = csv + len, *s = csv;
	int of[COLUMNS_MAX], columns = 0, found = 0;

	while (s < end && columns >= 0 && !found) {
		const char *line = memchr(s, '\n', (size_t)(end - s)), *stop = line != NULL ? line : end;

		if (stop > s && stop[-1] == '\r')
			stop--;
		if (columns == 0)
			columns = read_head(of, s, stop);
		else
			found = read_line(out, of, columns, s, stop);
		s = line != NULL ? line + 1 : end;
	}
	return found ? 0 : err_set(e, ERR_INPUT, "The credential report has no row <root_account>.");
}
