/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_FRAME_H
#define TWOKEY_BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * Framed messages between twokey and its helper processes, over a stream
 * socket.  A frame: u32 length of what follows (big-endian), u8 version (1),
 * u8 type, then fields: u8 tag, u32 length, bytes.  Tags ascend, each at most
 * once unless the type says otherwise (equal tags may follow one another for
 * lists); no trailing bytes.  Frames hold PINs and hmac-secret outputs, so
 * they are built and kept in secret memory.
 */
#define FRAME_VERSION 1
#define FRAME_MAX (64u * 1024u)	/* bytes after the length, at most */

struct frame {
	struct secret *bytes;	/* version, type, fields; owned */
	uint8_t type;
};

/* Starts a frame of this type to be written. */
int frame_begin(struct frame *f, uint8_t type, struct err *e);
/* Appends a field; tags from 1, ascending or equal.  ERR_INPUT when the frame
 * would become too long. */
int frame_put(struct frame *f, uint8_t tag, const void *data, size_t len, struct err *e);
int frame_put_u32(struct frame *f, uint8_t tag, uint32_t v, struct err *e);
int frame_put_str(struct frame *f, uint8_t tag, const char *s, struct err *e);
/* Signals may come while it waits; who wants to stop for one polls first.
 * Sends within timeout_ms (-1: no limit): ERR_TIMEOUT, or ERR_IO when the
 * peer is gone. */
int frame_send(int fd, const struct frame *f, int timeout_ms, struct err *e);
/* Receives one frame; *f is empty after a failure.  ERR_INPUT for anything
 * malformed, ERR_MISSING for a clean end of stream, ERR_TIMEOUT. */
int frame_recv(struct frame *f, int fd, int timeout_ms, struct err *e);
/* The strict check frame_recv makes, for bytes at hand (fuzzed): what stands
 * behind the length. */
int frame_parse(struct frame *f, const void *bytes, size_t len, struct err *e);
/* The nth field (0 first) with this tag: pointer into the frame and length;
 * NULL if there is none. */
const unsigned char *frame_get(const struct frame *f, uint8_t tag, size_t nth, size_t *len);
/* 0, or -1 when absent, there twice, or not four bytes. */
int frame_get_u32(const struct frame *f, uint8_t tag, uint32_t *v);
/* Copies a text field without NULs into out (cap incl. NUL); 0, or -1 as above. */
int frame_get_str(const struct frame *f, uint8_t tag, char *out, size_t cap);
/* ERR_INPUT when f holds a tag that is not in `tags` (ended by 0). */
int frame_only(const struct frame *f, const uint8_t *tags, struct err *e);
void frame_free(struct frame *f);

#endif
