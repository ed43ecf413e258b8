/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

#define AHEAD_MAX (256u * 1024u)

int spill_open(struct spill *s, const char *path, struct err *e)
{
	s->fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return s->fd >= 0 ? 0 :
	    err_errno(e, ERR_IO, errno, "No temporary file can be made in %s", path);
}

void spill_close(struct spill *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	buf_free(&s->ahead);
	*s = (struct spill)SPILL_INIT;
}

static int flush(struct spill *s, struct err *e)
{
	const int r = file_write_all(s->fd, s->ahead.data, s->ahead.len, "A temporary file", e);

	buf_reset(&s->ahead);
	return r;
}

int spill_keep(void *ctx, const char *record, size_t len, uint64_t *at, struct err *e)
{
	struct spill *s = ctx;

	/* Whoever acts as root chooses how much there is; the log's folder may be on the same disk. */
	*at = SPILL_NOT;
	if (len > SPILL_MAX - s->len)
		return 0;
	*at = s->len;
	buf_put(&s->ahead, record, len);
	if (!buf_ok(&s->ahead))
		return err_set(e, ERR_MEMORY, "No memory is left for CloudTrail's records.");
	s->len += len;
	return s->ahead.len < AHEAD_MAX ? 0 : flush(s, e);
}

int spill_read(struct spill *s, struct buf *out, uint64_t at, uint32_t len, struct err *e)
{
	char *p = malloc((size_t)len + 1);
	size_t n = 0;
	ssize_t got = 0;
	int r = p == NULL ? err_set(e, ERR_MEMORY, "No memory is left for CloudTrail's records.") : 0;

	if (r == 0 && s->ahead.len > 0)
		r = flush(s, e);
	while (r == 0 && n < len) {
		got = pread(s->fd, p + n, len - n, (off_t)(at + n));
		if (got <= 0 && !(got < 0 && errno == EINTR))
			r = err_errno(e, ERR_IO, got < 0 ? errno : EIO, "A temporary file cannot be read");
		n += got > 0 ? (size_t)got : 0;
	}
	if (r == 0)
		buf_put(out, p, len);
	free(p);
	return r;
}
