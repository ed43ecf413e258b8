/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_STORY_H
#define TWOKEY_CLI_STORY_H

#include "base/buf.h"
#include "base/codec.h"
#include "base/json.h"
#include "crypto/crypto.h"

/*
 * What an entry of a log says, in a few words for people.  Entries may be any
 * that a host has written: what they lack is left out.
 */
#define STORY_LOGINS 16

/* What later entries go back to; begin with all zeros, end with story_end. */
struct story {
	struct story_login {
		char statement[2 * HASH_LEN + 1];
		char *who;	/* "root logged in by sshd from 192.0.2.7"; owned */
	} logins[STORY_LOGINS];	/* the newest requests, round and round */
	size_t next;
};

/* Remembers who wants to log in (other requests: nothing), since the entry that
 * grants it does not say.  hex: the statement's hash. */
void story_asked(struct story *s, const char hex[2 * HASH_LEN + 1], const json *statement);
/* Appends the words, without a newline. */
void story_tell(struct buf *b, const struct story *s, const json *entry);
void story_end(struct story *s);

#endif
