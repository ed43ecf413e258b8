/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_client.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"

#define BUSY_PAUSE_MS 250
#define BUSY_SOON_MS 1000
#define LIMIT_MAX_MS 3600000

const char *client_name(const struct token_device *d)
{
	return d->product[0] != '\0' ? d->product : "The security key";
}

int client_limit(int ms)
{
	return ms < 0 ? 0 : ms > LIMIT_MAX_MS ? LIMIT_MAX_MS : ms;
}

void client_look(struct client_node *node, const char *path)
{
	struct statx st;

	memset(node, 0, sizeof(*node));
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &st) != 0)
		return;
	node->ino = st.stx_ino;
	node->dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	if (st.stx_mask & STATX_BTIME)
		node->born = (uint64_t)st.stx_btime.tv_sec * UINT64_C(1000000000) +
		    st.stx_btime.tv_nsec;
}

/* A key in use elsewhere is often free a moment later.  One that answers
 * CHANNEL_BUSY amid its greeting makes libfido2 say RX (-2) at once. */
static int open_is_busy(const struct proto_failure *why)
{
	return why->code == WHY_BUSY || why->code == 0x06 /* CHANNEL_BUSY */ ||
	    (why->code == -2 && why->elapsed_ms < BUSY_SOON_MS);
}

int token_pool_open(struct token_pool *pool, struct token **out, const struct token_device *d,
    int timeout_ms, struct err *e)
{
	const int64_t until = clock_monotonic() + timeout_ms;
	struct token *t = calloc(1, sizeof(*t));
	struct proto_failure why;
	int64_t left;
	int r, again = 1;

	*out = NULL;
	if (t == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for opening %s.", client_name(d));
	t->dev = *d;
	t->helper = HELPER_NONE;
	t->pool = pool;
	/* Not that its last helper, about to end, has the device still. */
	pool_await(pool, d->path);
	timeout_ms = client_limit(timeout_ms);
	t->timeout_ms = timeout_ms;
	client_look(&t->node, d->path);
	for (;;) {
		r = client_open(t, &why, e);
		if (r != ERR_TOKEN || clock_monotonic() + BUSY_PAUSE_MS >= until)
			break;
		if (open_is_busy(&why))
			(void)poll(NULL, 0, BUSY_PAUSE_MS);
		else if (!client_broken(why.code) || again-- == 0)
			break;
		/* On a busy machine the pause itself can be longer. */
		left = until - clock_monotonic();
		if (left <= 0)
			break;
		t->timeout_ms = (int)left;
	}
	t->timeout_ms = timeout_ms;
	if (r == ERR_TOKEN)
		r = why_set(e, client_name(d), &why);
	if (r != 0)
		token_close(&t);
	*out = t;
	return r;
}

const struct token_info *token_info(const struct token *t)
{
	return &t->info;
}

const struct token_device *token_device(const struct token *t)
{
	return &t->dev;
}

void token_close(struct token **t)
{
	if (*t == NULL)
		return;
	pool_leave((*t)->pool, &(*t)->helper, (*t)->dev.path);
	frame_free(&(*t)->sought);
	free(*t);
	*t = NULL;
}
