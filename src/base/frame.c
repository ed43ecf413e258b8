/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define FRAME_HEAD 2u	/* version, type */
#define FIELD_HEAD 5u	/* tag, length */
#define FRAME_FIRST 1000u

static void frame_write_u32(uint8_t out[4], uint32_t v)
{
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
}

static uint32_t frame_read_u32(const uint8_t in[4])
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

/* The field at *at of checked bytes; NULL at the end.  *at moves behind it. */
static const uint8_t *frame_next(const struct frame *f, size_t *at, uint8_t *tag, size_t *len)
{
	const uint8_t *p;

	if (f->bytes == NULL || *at >= f->bytes->len)
		return NULL;
	p = f->bytes->data + *at;
	*tag = p[0];
	*len = frame_read_u32(p + 1);
	*at += FIELD_HEAD + *len;
	return p + FIELD_HEAD;
}

int frame_begin(struct frame *f, uint8_t type, struct err *e)
{
	const uint8_t head[FRAME_HEAD] = { FRAME_VERSION, type };
	int r;

	f->bytes = NULL;
	f->type = type;
	r = secret_new(&f->bytes, FRAME_FIRST, e);
	if (r == 0)
		r = secret_append(f->bytes, head, sizeof(head), e);
	return r;
}

static int frame_grow(struct frame *f, size_t need, struct err *e)
{
	struct secret *more;
	size_t cap = f->bytes->cap;
	int r;

	if (need <= cap)
		return 0;
	while (cap < need)
		cap *= 2;
	r = secret_new(&more, cap, e);
	if (r != 0)
		return r;
	r = secret_append(more, f->bytes->data, f->bytes->len, e);
	secret_free(&f->bytes);
	f->bytes = more;
	return r;
}

int frame_put(struct frame *f, uint8_t tag, const void *data, size_t len, struct err *e)
{
	uint8_t head[FIELD_HEAD], seen = 0;
	size_t at = FRAME_HEAD, flen;
	int r;

	while (frame_next(f, &at, &seen, &flen) != NULL)
		;
	if (tag == 0 || tag < seen)
		return err_set(e, ERR_INTERNAL, "Field %u of message %u is out of order.", tag,
		    f->type);
	if (len > FRAME_MAX - FIELD_HEAD || f->bytes->len > FRAME_MAX - FIELD_HEAD - len)
		return err_set(e, ERR_INPUT, "Field %u makes message %u too long.", tag, f->type);
	r = frame_grow(f, f->bytes->len + FIELD_HEAD + len, e);
	if (r != 0)
		return r;
	head[0] = tag;
	frame_write_u32(head + 1, (uint32_t)len);
	r = secret_append(f->bytes, head, sizeof(head), e);
	if (r == 0)
		r = secret_append(f->bytes, data, len, e);
	return r;
}

int frame_put_u32(struct frame *f, uint8_t tag, uint32_t v, struct err *e)
{
	uint8_t raw[4];

	frame_write_u32(raw, v);
	return frame_put(f, tag, raw, sizeof(raw), e);
}

int frame_put_str(struct frame *f, uint8_t tag, const char *s, struct err *e)
{
	return frame_put(f, tag, s, strlen(s), e);
}

/* Waits for the socket until `until` (monotonic; negative: for ever). */
static int frame_wait(int fd, short events, int64_t until, struct err *e)
{
	struct pollfd p = { fd, events, 0 };
	int n, left = -1;

	for (;;) {
		if (until >= 0) {
			const int64_t ms = until - clock_monotonic();

			left = ms <= 0 ? 0 : ms > 3600000 ? 3600000 : (int)ms;
		}
		n = poll(&p, 1, left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_errno(e, ERR_IO, errno, "Waiting for a helper process failed");
		if (until >= 0 && clock_monotonic() >= until)
			return err_set(e, ERR_TIMEOUT, "A helper process did not answer in time.");
	}
}

static int frame_send_all(int fd, const void *data, size_t len, int64_t until, struct err *e)
{
	const uint8_t *p = data;
	ssize_t n;
	int r;

	while (len > 0) {
		n = send(fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			return err_errno(e, ERR_IO, errno, "A helper process takes no message");
		if (n < 0) {
			r = frame_wait(fd, POLLOUT, until, e);
			if (r != 0)
				return r;
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int frame_send(int fd, const struct frame *f, int timeout_ms, struct err *e)
{
	const int64_t until = timeout_ms < 0 ? -1 : clock_monotonic() + timeout_ms;
	uint8_t head[4];
	int r;

	if (f->bytes == NULL)
		return err_set(e, ERR_INTERNAL, "An empty message cannot be sent.");
	frame_write_u32(head, (uint32_t)f->bytes->len);
	r = frame_send_all(fd, head, sizeof(head), until, e);
	if (r == 0)
		r = frame_send_all(fd, f->bytes->data, f->bytes->len, until, e);
	return r;
}

/* Receives exactly len bytes; *got counts them, also after a failure. */
static int frame_recv_all(int fd, uint8_t *out, size_t len, size_t *got, int64_t until,
    struct err *e)
{
	ssize_t n;
	int r;

	*got = 0;
	while (*got < len) {
		n = recv(fd, out + *got, len - *got, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			return err_errno(e, ERR_IO, errno, "A helper process cannot be heard");
		if (n == 0)
			return err_set(e, ERR_INPUT, "A helper process stopped amid a message.");
		if (n < 0) {
			r = frame_wait(fd, POLLIN, until, e);
			if (r != 0)
				return r;
			continue;
		}
		*got += (size_t)n;
	}
	return 0;
}

/* Takes *bytes over into f if they are a whole well-formed frame. */
static int frame_adopt(struct frame *f, struct secret **bytes, struct err *e)
{
	const uint8_t *p = (*bytes)->data;
	const size_t len = (*bytes)->len;
	size_t at = FRAME_HEAD;
	uint8_t seen = 1;

	if (len < FRAME_HEAD || len > FRAME_MAX)
		return err_set(e, ERR_INPUT, "A message of %zu bytes is malformed.", len);
	if (p[0] != FRAME_VERSION)
		return err_set(e, ERR_INPUT, "A message has version %u, not %u.", p[0],
		    (unsigned)FRAME_VERSION);
	while (at < len) {
		if (len - at < FIELD_HEAD || frame_read_u32(p + at + 1) > len - at - FIELD_HEAD)
			return err_set(e, ERR_INPUT, "Message %u is cut off in a field.", p[1]);
		if (p[at] < seen)
			return err_set(e, ERR_INPUT, "Message %u has fields out of order.", p[1]);
		seen = p[at];
		at += FIELD_HEAD + frame_read_u32(p + at + 1);
	}
	f->type = p[1];
	f->bytes = *bytes;
	*bytes = NULL;
	return 0;
}

int frame_recv(struct frame *f, int fd, int timeout_ms, struct err *e)
{
	const int64_t until = timeout_ms < 0 ? -1 : clock_monotonic() + timeout_ms;
	struct secret *bytes = NULL;
	struct err why;
	uint8_t head[4];
	size_t got, len;
	int r;

	*f = (struct frame){ NULL, 0 };
	err_clear(&why);
	r = frame_recv_all(fd, head, sizeof(head), &got, until, &why);
	if (r == ERR_INPUT && got == 0)
		return err_set(e, ERR_MISSING, "The helper process has ended.");
	if (r != 0)
		return err_set(e, why.code, "%s", why.text);
	len = frame_read_u32(head);
	if (len < FRAME_HEAD || len > FRAME_MAX)
		return err_set(e, ERR_INPUT, "A message of %zu bytes is malformed.", len);
	r = secret_new(&bytes, len, e);
	if (r == 0)
		r = frame_recv_all(fd, bytes->data, len, &got, until, e);
	if (r == 0) {
		bytes->len = len;
		r = frame_adopt(f, &bytes, e);
	}
	secret_free(&bytes);
	return r;
}

int frame_parse(struct frame *f, const void *bytes, size_t len, struct err *e)
{
	struct secret *copy = NULL;
	int r;

	*f = (struct frame){ NULL, 0 };
	if (len > FRAME_MAX)
		return err_set(e, ERR_INPUT, "A message of %zu bytes is malformed.", len);
	r = secret_from(&copy, bytes, len, e);
	if (r == 0)
		r = frame_adopt(f, &copy, e);
	secret_free(&copy);
	return r;
}

const unsigned char *frame_get(const struct frame *f, uint8_t tag, size_t nth, size_t *len)
{
	size_t at = FRAME_HEAD, flen = 0;
	const uint8_t *p;
	uint8_t t = 0;

	*len = 0;
	while ((p = frame_next(f, &at, &t, &flen)) != NULL) {
		if (t != tag || nth-- > 0)
			continue;
		*len = flen;
		return p;
	}
	return NULL;
}

/* The field with this tag if there is exactly one. */
static const uint8_t *frame_single(const struct frame *f, uint8_t tag, size_t *len)
{
	size_t second;

	if (frame_get(f, tag, 1, &second) != NULL)
		return NULL;
	return frame_get(f, tag, 0, len);
}

int frame_get_u32(const struct frame *f, uint8_t tag, uint32_t *v)
{
	size_t len = 0;
	const uint8_t *p = frame_single(f, tag, &len);

	*v = 0;
	if (p == NULL || len != 4)
		return -1;
	*v = frame_read_u32(p);
	return 0;
}

int frame_get_str(const struct frame *f, uint8_t tag, char *out, size_t cap)
{
	size_t len = 0;
	const uint8_t *p = frame_single(f, tag, &len);

	if (cap > 0)
		out[0] = '\0';
	if (p == NULL || len >= cap || memchr(p, '\0', len) != NULL)
		return -1;
	memcpy(out, p, len);
	out[len] = '\0';
	return 0;
}

int frame_only(const struct frame *f, const uint8_t *tags, struct err *e)
{
	size_t at = FRAME_HEAD, len;
	uint8_t tag;

	while (frame_next(f, &at, &tag, &len) != NULL) {
		const uint8_t *t = tags;

		while (*t != 0 && *t != tag)
			t++;
		if (*t == 0)
			return err_set(e, ERR_INPUT, "Message %u has a field %u that it may not have.",
			    f->type, tag);
	}
	return 0;
}

void frame_free(struct frame *f)
{
	secret_free(&f->bytes);
	f->type = 0;
}
