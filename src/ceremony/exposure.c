/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/exposure.h"

#include "log/reader.h"

static int feed(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	(void)seq, (void)offset;
	return rotate_feed(arg, entry, e);
}

static int feed_all(struct session *s, struct rotate *rot, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->npolicies; i++)
		r = rotate_policy(rot, policy_doc(s->policies[i]), e);
	return r == 0 ? session_each(s, feed, rot, e) : r;
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
