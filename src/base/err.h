/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_ERR_H
#define TWOKEY_BASE_ERR_H

/*
 * Errors.  A function that can fail returns 0 or one of err_code, and, when
 * the caller gave a non-NULL `e`, leaves there one whole sentence saying what
 * happened and to what, and where useful a second one (the hint) saying what
 * to do next.  The first error stays: whoever adds context prefixes it.
 * Library code never prints; a program prints an err once.
 */
enum err_code {
	ERR_NONE = 0,
	ERR_INTERNAL,	/* a library refused what cannot fail, or a bug */
	ERR_MEMORY,	/* out of memory, or memory that cannot be locked */
	ERR_IO,		/* a file or descriptor failed; the text names it */
	ERR_SPACE,	/* ENOSPC, EDQUOT or EFBIG */
	ERR_MISSING,	/* the thing named is not there */
	ERR_EXISTS,	/* the thing named is there already */
	ERR_USAGE,	/* the caller's words are off */
	ERR_INPUT,	/* bytes from outside that a strict parser refuses */
	ERR_CONFIG,	/* a configuration file, its owner or its mode */
	ERR_REFUSED,	/* policy says no */
	ERR_APPROVALS,	/* not enough approvals, refused by a holder, or timed out */
	ERR_TOKEN,	/* a security key or its PIN */
	ERR_PIN,	/* ERR_TOKEN where another PIN may be tried */
	ERR_TAMPERED,	/* a hash, signature, commitment or tag does not hold */
	ERR_ROLLBACK,	/* older than what was seen before */
	ERR_ATTENTION,	/* done, and something is due */
	ERR_STORE,	/* the store or the network cannot be reached */
	ERR_BUSY,	/* another process holds the lock */
	ERR_TIMEOUT,	/* a wait reached its limit */
	ERR_CANCELLED,	/* the person pressed Ctrl-C */
	ERR_TOO_OLD	/* a policy requires a feature this program lacks */
};

/* Text limits in bytes, terminating NUL included; longer text is cut at a
 * UTF-8 boundary. */
#define ERR_TEXT_MAX 640
#define ERR_HINT_MAX 320

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX];
	char hint[ERR_HINT_MAX];
};

/* Clears e (NULL allowed). */
void err_clear(struct err *e);

/* Records code and a sentence in e unless e already holds an error, and
 * returns code, so that `return err_set(e, ERR_IO, ...)` reads well. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, and appends ": " and the words of errno value `errnum`; ENOSPC,
 * EDQUOT and EFBIG turn the code into ERR_SPACE, ENOENT into ERR_MISSING. */
int err_errno(struct err *e, enum err_code code, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Sets the hint (what to do next) if none is set yet.  Returns e->code, or
 * ERR_INTERNAL when e is NULL. */
int err_hint(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the text.  Returns e->code (ERR_INTERNAL if NULL). */
int err_prefix(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Hands on what another err holds, text and hint, unless e already holds an
 * error. Returns its code, never 0: ERR_INTERNAL when it holds none. */
int err_give(struct err *e, const struct err *from);

/* A few words for a code, never NULL. */
const char *err_name(enum err_code code);

/* The documented exit code (0..8) for a code, see twokey(1). */
int err_exit_code(enum err_code code);

#endif
