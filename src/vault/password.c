/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/password.h"

#include <stdint.h>
#include <string.h>

#include "crypto/crypto.h"

/*
 * AWS root: an alphabet by class, without what looks alike: I, l, 1, | and O, 0.
 * 24 + 25 + 8 + 20 = 77 characters, 6.267 bits each; 32 of them hold 200.5 bits, less
 * 0.05 for the 3 % of strings that lack a class and are drawn anew.  All 83 that AWS
 * takes would give 204.
 */
enum { CLASSES = 4 };

static const char *const aws_alphabet[CLASSES] = {
	"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789",
	"!@#$%^&*()<>[]{}_+-="
};

/*
 * Linux: typed from paper at a console, perhaps on another keyboard layout than
 * its letters are printed for.  No shift; no i, l, 1, o, 0; no y and z, which
 * change places.  29 characters, 4.858 bits each, in groups of four with a dot
 * between them: 28 in seven groups hold 136 bits.
 */
#define GROUP 4
static const char linux_alphabet[] = "abcdefghjkmnpqrstuvwx23456789";

/* All a root user's password may hold at AWS. */
static const char *const aws_classes[CLASSES] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789",
	"!@#$%^&*()<>[]{}|_+-="
};

/* Draws one character from the joined alphabet and notes its class. */
static int draw(unsigned char *out, const char *const classes[CLASSES], unsigned *seen,
    struct err *e)
{
	uint32_t total = 0, v = 0;
	size_t i;
	int r;

	for (i = 0; i < CLASSES; i++)
		total += (uint32_t)strlen(classes[i]);
	r = random_below(&v, total, e);
	for (i = 0; r == 0 && i < CLASSES; i++) {
		const uint32_t n = (uint32_t)strlen(classes[i]);

		if (v < n) {
			*out = (unsigned char)classes[i][v];
			*seen |= 1u << i;
			break;
		}
		v -= n;
	}
	return r;
}

/* Whole strings are rejected, never mended: so each that holds all classes stays
 * equally likely. */
static int fill_aws(struct secret *s, size_t len, struct err *e)
{
	unsigned seen;
	int r = 0;

	do {
		seen = 0;
		for (s->len = 0; r == 0 && s->len < len; s->len++)
			r = draw(s->data + s->len, aws_alphabet, &seen, e);
	} while (r == 0 && seen != (1u << CLASSES) - 1);
	return r;
}

static int fill_linux(struct secret *s, size_t len, struct err *e)
{
	uint32_t v = 0;
	int r = 0;

	for (s->len = 0; r == 0 && s->len < len; s->len++) {
		const int dot = s->len % (GROUP + 1) == GROUP && s->len + 1 < len;

		if (!dot)
			r = random_below(&v, sizeof(linux_alphabet) - 1, e);
		s->data[s->len] = (unsigned char)(dot ? '.' : linux_alphabet[v]);
	}
	return r;
}

int password_generate(struct secret **out, enum password_kind kind, size_t len, struct err *e)
{
	struct secret *s = NULL;
	int r;

	*out = NULL;
	if (len < PASSWORD_MIN || len > PASSWORD_MAX)
		return err_set(e, ERR_USAGE, "A password has %d to %d characters, not %zu.",
		    PASSWORD_MIN, PASSWORD_MAX, len);
	r = secret_new(&s, len, e);
	if (r == 0)
		r = kind == PASSWORD_LINUX ? fill_linux(s, len, e) : fill_aws(s, len, e);
	if (r != 0) {
		secret_free(&s);
		return r;
	}
	*out = s;
	return 0;
}

int password_fits_aws(const struct secret *s)
{
	unsigned seen = 0;
	size_t i, c;

	if (s->len < PASSWORD_MIN || s->len > PASSWORD_MAX)
		return 0;
	for (i = 0; i < s->len; i++) {
		for (c = 0; c < CLASSES; c++)
			if (s->data[i] != 0 && strchr(aws_classes[c], s->data[i]) != NULL)
				break;
		if (c == CLASSES)
			return 0;
		seen |= 1u << c;
	}
	/* "at least three of" the four. */
	return __builtin_popcount(seen) >= 3;
}
