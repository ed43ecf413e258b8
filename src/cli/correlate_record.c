/* SPDX-License-Identifier: BSD-2-Clause */
/* What a correlation leaves behind: the log, what waits, and how far the sources were read. */
#include <stdlib.h>

#include "cli/correlate_run.h"
#include "cli/say.h"

/* Was all of a release's window read?  Sign-ins of root stand in one region of the account's partition, and AWS
 * signs digests of an account in no other partition's. */
static int window_read(const struct correlation *c, const struct release *r)
{
	int read = 0;

	for (size_t i = 0; aws_partition_nth(i) != NULL && !read; i++)
		read = digest_covers(&c->cover, r->account, aws_partition_nth(i)->home, r->time,
		    r->time + c->rules.window + c->rules.skew + c->rules.settle);
	return read;
}

static unsigned char *windows_read(const struct correlation *c)
{
	size_t n;
	const struct past_release *rel = past_releases(c->past, &n);
	unsigned char *read = calloc(n + 1, 1);

	for (size_t i = 0; i < n && read != NULL; i++)
		read[i] = *rel[i].release.account != '\0' && window_read(c, &rel[i].release);
	return read;
}

/* First the log, then what AWS keeps: a kill in between makes work, and loses nothing. */
static int move_on(struct correlation *c, struct err *e)
{
	int r = 0;

	if (c->receipts.n > 0 && c->left == 0)
		r = sources_settle(&(struct sources){ .aws = c->aws }, c->ask->queue, &c->receipts, e);
	/* By a clock that is off nobody knows what was read. */
	if (r == 0 && !c->clock_off && json_len(json_get(c->cursor.doc, "sources")) > 0)
		r = cursor_write(&c->cursor, c->v.session->state, e);
	return r;
}

int correlate_record(struct correlation *c, struct err *e)
{
	struct journal_in in = { .verdicts = c->verdicts, .events = c->ev, .past = c->past,
		.records = &c->spill, .now = c->ask->now };
	unsigned char *read;
	int r;

	if (c->ask->dry)
		return 0;
	if (c->v.session->log == NULL) {
		say_note("This machine keeps no log of the vault, so nothing is recorded.");
		return 0;
	}
	in.read = read = windows_read(c);
	r = journal_write(&c->done, c->v.session, &in, e);
	free(read);
	if (r == 0 && c->done.confirmed > 0)
		say("%lld rotation%s confirmed: `twokey status` tells whose.", (long long)c->done.confirmed,
		    c->done.confirmed == 1 ? " is" : "s are");
	if (r == 0)
		r = waiting_write(&in, c->v.session->state, c->waiting_broken, &c->left, e);
	if (r == 0 && c->left > 0)
		say_note("%lld of root's records that cannot be judged yet find no room in this machine's state: they stay with AWS%s, "
		    "and are read again.", (long long)c->left, c->receipts.n > 0 ? ", and this run's messages in the queue" : "");
	return r == 0 ? move_on(c, e) : r;
}
