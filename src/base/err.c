/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* vsnprintf with the cut, if one is needed, at a UTF-8 boundary. */
static void err_vformat(char *out, size_t cap, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void err_vformat(char *out, size_t cap, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, cap, fmt, ap);
	size_t i;

	if (n < 0) {
		out[0] = '\0';
		return;
	}
	if ((size_t)n < cap)
		return;
	/* Step back over continuation bytes to the last sequence's first byte;
	 * it stays only if the whole sequence made it. */
	i = cap - 1;
	while (i > 0 && ((unsigned char)out[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && (unsigned char)out[i - 1] >= 0xc0) {
		const unsigned char lead = (unsigned char)out[i - 1];
		const size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

		if (cap - 1 - (i - 1) < want)
			out[i - 1] = '\0';
	}
}

void err_clear(struct err *e)
{
	if (e == NULL)
		return;
	e->code = ERR_NONE;
	e->text[0] = '\0';
	e->hint[0] = '\0';
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL || e->code != ERR_NONE)
		return (int)code;
	e->code = code;
	va_start(ap, fmt);
	err_vformat(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return (int)code;
}

static enum err_code err_from_errno(enum err_code code, int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_SPACE;
	case ENOENT:
		return ERR_MISSING;
	default:
		return code;
	}
}

int err_errno(struct err *e, enum err_code code, int errnum, const char *fmt, ...)
{
	const enum err_code real = err_from_errno(code, errnum);
	const char *words = strerrordesc_np(errnum);
	char text[ERR_TEXT_MAX];
	va_list ap;

	if (e == NULL || e->code != ERR_NONE)
		return (int)real;
	va_start(ap, fmt);
	err_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(e, real, "%s: %s", text, words != NULL ? words : "unknown system error");
}

int err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return ERR_INTERNAL;
	if (e->hint[0] == '\0') {
		va_start(ap, fmt);
		err_vformat(e->hint, sizeof(e->hint), fmt, ap);
		va_end(ap);
	}
	return (int)e->code;
}

static void err_join(char *out, size_t cap, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void err_join(char *out, size_t cap, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vformat(out, cap, fmt, ap);
	va_end(ap);
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	char front[ERR_TEXT_MAX], old[ERR_TEXT_MAX];
	va_list ap;

	if (e == NULL)
		return ERR_INTERNAL;
	if (e->code == ERR_NONE)
		return ERR_NONE;
	va_start(ap, fmt);
	err_vformat(front, sizeof(front), fmt, ap);
	va_end(ap);
	memcpy(old, e->text, sizeof(old));
	err_join(e->text, sizeof(e->text), "%s: %s", front, old);
	return (int)e->code;
}

/* No default below: the compiler finds the code that was forgotten. */
const char *err_name(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		return "no error";
	case ERR_INTERNAL:
		return "internal error";
	case ERR_MEMORY:
		return "out of memory";
	case ERR_IO:
		return "input or output failed";
	case ERR_SPACE:
		return "no space left";
	case ERR_MISSING:
		return "not there";
	case ERR_EXISTS:
		return "there already";
	case ERR_USAGE:
		return "usage";
	case ERR_INPUT:
		return "malformed input";
	case ERR_CONFIG:
		return "configuration";
	case ERR_REFUSED:
		return "refused by policy";
	case ERR_APPROVALS:
		return "not enough approvals";
	case ERR_TOKEN:
		return "security key";
	case ERR_PIN:
		return "PIN";
	case ERR_TAMPERED:
		return "verification failed";
	case ERR_ROLLBACK:
		return "older than seen before";
	case ERR_ATTENTION:
		return "needs attention";
	case ERR_STORE:
		return "store or network";
	case ERR_BUSY:
		return "busy";
	case ERR_TIMEOUT:
		return "timed out";
	case ERR_CANCELLED:
		return "cancelled";
	case ERR_TOO_OLD:
		return "program too old";
	}
	return "unknown error";
}

/* The exit codes of twokey(1). */
int err_exit_code(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		return 0;
	case ERR_INTERNAL:
	case ERR_MEMORY:
	case ERR_IO:
	case ERR_SPACE:
	case ERR_MISSING:
	case ERR_EXISTS:
	case ERR_INPUT:
	case ERR_BUSY:
	case ERR_CANCELLED:
	case ERR_TOO_OLD:
		return 1;
	case ERR_USAGE:
	case ERR_CONFIG:
		return 2;
	case ERR_REFUSED:
		return 3;
	case ERR_APPROVALS:
	case ERR_TIMEOUT:
		return 4;
	case ERR_TOKEN:
	case ERR_PIN:
		return 5;
	case ERR_TAMPERED:
	case ERR_ROLLBACK:
		return 6;
	case ERR_ATTENTION:
		return 7;
	case ERR_STORE:
		return 8;
	}
	return 1;
}

int err_give(struct err *e, const struct err *from)
{
	/* Who hands on an error has met one. */
	if (from->code == ERR_NONE)
		return err_set(e, ERR_INTERNAL, "Something failed without a word.");
	/* Whole: a hint belongs to its own text. */
	if (e != NULL && e->code == ERR_NONE)
		*e = *from;
	return (int)from->code;
}
