/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/exposure.h"

#include "log/reader.h"

struct feeding {
	struct rotate *rot;
	log_entry_fn *fn;	/* or NULL */
	void *arg;
};

static int feed(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	const struct feeding *f = arg;
	const int r = rotate_feed(f->rot, entry, e);

	return r == 0 && f->fn != NULL ? f->fn(f->arg, seq, offset, entry, e) : r;
}

static int feed_all(struct session *s, struct feeding *f, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->npolicies; i++)
		r = rotate_policy(f->rot, policy_doc(s->policies[i]), e);
	return r == 0 ? session_each(s, feed, f, e) : r;
}

int exposure_judge(struct exposure *x, struct session *s, int64_t now, struct err *e)
{
	return exposure_judge_each(x, s, now, NULL, NULL, e);
}

int exposure_judge_each(struct exposure *x, struct session *s, int64_t now, log_entry_fn *fn,
    void *arg, struct err *e)
{
	struct feeding f = { NULL, fn, arg };
	int r = rotate_new(&x->rot, e);

	x->report = NULL;
	f.rot = x->rot;
	if (r == 0 && (r = feed_all(s, &f, e)) == 0)
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
