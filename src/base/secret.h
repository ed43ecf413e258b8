/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_SECRET_H
#define TWOKEY_BASE_SECRET_H

#include <stddef.h>

#include "base/err.h"

/*
 * Secret bytes: a PIN, key, share, hmac-secret output, password, seed or
 * plaintext.  They live in a pool that is locked into memory (mlock), left
 * out of core dumps (MADV_DONTDUMP), wiped in a forked child
 * (MADV_WIPEONFORK) and fenced by unmapped pages.  When the pool cannot be
 * locked nothing is handed out: fail closed.  Not for use by more than one
 * thread at a time.
 */
struct secret {
	unsigned char *data;	/* never NULL; NUL-terminated behind len */
	size_t len;		/* bytes in use */
	size_t cap;		/* bytes available, the NUL not counted */
};

/* Largest secret that can be made, in bytes. */
#define SECRET_MAX (4u << 20)

/* Makes *out with room for cap bytes, len 0, all zero.  *out is NULL after a
 * failure (ERR_MEMORY, with a hint on RLIMIT_MEMLOCK). */
int secret_new(struct secret **out, size_t cap, struct err *e);

/* As secret_new, holding a copy of len bytes of data. */
int secret_from(struct secret **out, const void *data, size_t len, struct err *e);

/* Appends; ERR_INPUT when it does not fit (nothing is changed then). */
int secret_append(struct secret *s, const void *data, size_t len, struct err *e);

/* Wipes the bytes and sets len to 0; the secret stays usable. */
void secret_wipe(struct secret *s);

/* Wipes and gives back *s (NULL allowed), and sets *s to NULL. */
void secret_free(struct secret **s);

/* Compares in constant time for equal lengths; 1 when equal, 0 otherwise. */
int secret_equal(const void *a, const void *b, size_t len);

/* Wipes memory so that the compiler cannot leave it out. */
void secret_zero(void *p, size_t len);

/* Process-wide hardening, once at the start of main: no core dumps
 * (RLIMIT_CORE 0, PR_SET_DUMPABLE 0), all memory locked where the kernel
 * allows any amount (MCL_ONFAULT).  no_new_privs is left to the programs: one
 * that runs a user's command may need sudo.  Returns 0, ERR_MEMORY when not
 * even the pool can be locked, or ERR_INTERNAL. */
int secret_harden_process(struct err *e);

#endif
