/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/exposure.h"

#include <string.h>

#include "log/reader.h"

static int feed(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	(void)seq, (void)offset;
	return rotate_feed(arg, entry, e);
}

/* Each host's log as far as it counts.  The index has hashed what is new: old
 * lines may have been changed since, so that all of them are hashed here. */
static int feed_log(struct session *s, struct rotate *rot, const char *host, struct err *e)
{
	uint8_t root[HASH_LEN];
	int64_t size;
	int r = session_log_extent(s, host, &size, root, e);

	return r != 0 ? r : log_each_to(s->store, host, size, root, feed, rot, NULL, e);
}

static int feed_all(struct session *s, struct rotate *rot, struct err *e)
{
	int r = session_index(s, e);

	for (size_t i = 0; r == 0 && i < s->npolicies; i++)
		r = rotate_policy(rot, policy_doc(s->policies[i]), e);
	if (r == 0 && s->log != NULL)
		r = feed_log(s, rot, s->host, e);
	for (size_t i = 0; r == 0 && i < s->world.nhosts; i++)
		if (strcmp(s->world.hosts[i].name, s->host) != 0)
			r = feed_log(s, rot, s->world.hosts[i].name, e);
	return r;
}

int exposure_judge(struct exposure *x, struct session *s, int64_t now, struct err *e)
{
	int r;

	x->rot = NULL;
	x->report = NULL;
	if ((r = rotate_new(&x->rot, e)) == 0 && (r = feed_all(s, x->rot, e)) == 0)
		r = rotate_judge(x->rot, now, &x->report, e);
	if (r != 0)
		exposure_free(x);
	return r;
}

void exposure_free(struct exposure *x)
{
	rotate_report_free(&x->report);
	rotate_free(&x->rot);
}
