/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_ARCHIVE_H
#define TWOKEY_LOG_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/crypto.h"
#include "vault/store.h"

/*
 * One file with a whole store in it: a POSIX ustar archive (docs/formats.md
 * section 12), so that any tar can unpack it.
 */

/* Writes policies, records, shares, logs and checkpoints of s to fd, from
 * where fd stands.  Logs are cut behind their last whole line. */
int archive_write(int fd, const struct store *s, struct err *e);
/* Opens such a file as a read-only store.  ERR_INPUT for anything but what
 * archive_write writes: another kind of member, a foreign path, wrong order,
 * a bad checksum, bytes behind the end.  fd stays the caller's, and open as
 * long as the store. */
int archive_open(struct store **out, int fd, struct err *e);

/* JSON lines: each entry of a host's log from seq `first` on, as they are, up to
 * this size and root.  ERR_TAMPERED and ERR_ROLLBACK when the log does not lead
 * there: what it has was written nevertheless.  size -1: all whole lines. */
int archive_lines(int fd, const struct store *s, const char *host, int64_t first, int64_t size,
    const uint8_t root[HASH_LEN], struct err *e);

#endif
