/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/correlate_show.h"

#include <string.h>

#include "aws/service.h"
#include "cli/say.h"

/* Of text that AWS has from strangers. */
static void put_clean(struct buf *b, const char *text)
{
	char clean[TEXT_MAX];

	text_escape(clean, sizeof(clean), text, strlen(text));
	buf_puts(b, clean);
}

static void put_time(struct buf *b, int64_t t)
{
	char text[CLOCK_TEXT_LEN + 1];

	clock_format(text, t);
	buf_printf(b, "%.10s %.8sZ", text, text + 11);
}

static const char *tint(enum verdict v)
{
	return say_tint(1, v == VERDICT_UNEXPLAINED ? TINT_BAD : v == VERDICT_EXPLAINED ? TINT_GOOD :
	    v == VERDICT_PENDING ? TINT_WARN : TINT_DIM);
}

static void put_main(struct buf *b, const struct finding *f)
{
	const struct event *ev = f->main;

	if (f->verdict == VERDICT_FAILED) {
		buf_printf(b, "%lld failed sign-in%s on that day", (long long)f->events,
		    f->events == 1 ? "" : "s");
	} else if (ev->kind == EVENT_ACT || ev->kind == EVENT_CENTRAL) {
		put_clean(b, ev->source);
		buf_puts(b, " ");
		put_clean(b, ev->name);
	} else {
		buf_puts(b, event_kind_name((enum event_kind)ev->kind));
	}
	if (*ev->address != '\0') {
		buf_puts(b, " from ");
		put_clean(b, ev->address);
	}
	if (ev->kind == EVENT_SIGN_IN)
		buf_puts(b, ev->mfa == EVENT_MFA_YES ? ", with a second factor" :
		    ev->mfa == EVENT_MFA_NO ? ", WITHOUT a second factor" : ", second factor unknown");
}

static void put_acts(struct buf *b, const struct finding *f)
{
	const int64_t acts = f->reads + f->writes;

	if (acts == 0 || f->events == 1)
		return;
	buf_printf(b, "                %lld act%s until ", (long long)acts, acts == 1 ? "" : "s");
	put_time(b, f->last);
	buf_printf(b, ", %lld of them change%s something", (long long)f->writes,
	    f->writes == 1 ? "s" : "");
	for (size_t i = 0; i < f->n_services; i++) {
		buf_puts(b, i == 0 ? ": " : ", ");
		put_clean(b, f->services[i].source);
		buf_printf(b, " %lld", (long long)f->services[i].writes);
	}
	buf_puts(b, "\n");
}

static void put_release(struct buf *b, const struct past_release *r, int explains)
{
	buf_printf(b, "                %s %s: version %lld opened by %s, entry %lld of %s's log%s%s\n",
	    explains ? "by" : "near", r->release.record, (long long)r->release.version, r->holders,
	    (long long)r->release.seq, r->release.host, r->ticket != NULL ? ", ticket " : "",
	    r->ticket != NULL ? r->ticket : "");
}

/* What AWS does not vouch for proves nothing. */
static void put_unsigned(struct buf *b, const struct finding *f)
{
	const int64_t n = f->events - f->vouched;

	if (n == 0)
		return;
	buf_puts(b, "                ");
	if (n < f->events)
		buf_printf(b, "%lld of its events ", (long long)n);
	buf_printf(b, "from a file that nobody has signed%s\n", f->verdict == VERDICT_UNEXPLAINED ||
	    f->verdict == VERDICT_PENDING ? "" : ": no proof, and not recorded");
}

/* An alarm that was raised before. */
static void put_known(struct buf *b, const struct correlate_found *in, const struct finding *f)
{
	const char *host;
	int64_t seq;

	if (f->verdict != VERDICT_UNEXPLAINED || past_is_new(in->past, f, in->events))
		return;
	if (past_entry(in->past, f->main, &host, &seq))
		buf_printf(b, "                told before: entry %lld of %s's log\n", (long long)seq, host);
	else
		buf_puts(b, "                told before, in the log\n");
}

static void put_finding(struct buf *b, const struct correlate_found *in, const struct finding *f)
{
	size_t n;
	const struct past_release *rel = past_releases(in->past, &n);

	buf_printf(b, "%s  %s%-14s%s  ", f->account, tint(f->verdict),
	    f->verdict == VERDICT_UNEXPLAINED ? "UNEXPLAINED" : verdict_name(f->verdict),
	    say_tint(1, TINT_NONE));
	put_time(b, f->main->time);
	buf_puts(b, "  ");
	put_main(b, f);
	buf_puts(b, "\n");
	put_known(b, in, f);
	put_unsigned(b, f);
	if (f->why != WHY_NONE)
		buf_printf(b, "                %s\n", verdict_why_text(f->why));
	if (f->verdict == VERDICT_UNEXPLAINED && f->other_address != NULL) {
		buf_puts(b, "                another address in it: ");
		put_clean(b, f->other_address);
		buf_puts(b, "\n");
	}
	if (f->release >= 0)
		put_release(b, &rel[f->release], f->verdict == VERDICT_EXPLAINED);
	put_acts(b, f);
	if (f->verdict == VERDICT_UNEXPLAINED || f->verdict == VERDICT_PENDING) {
		buf_puts(b, "                event ");
		put_clean(b, f->main->id);
		buf_puts(b, "\n");
	}
}

/* Its witness gives nothing without an event: so whoever opened it knew what the witness keeps. */
static void put_unwitnessed(struct buf *b, const struct past_release *r)
{
	buf_printf(b, "%-12s  %sUNEXPLAINED   %s  ", *r->release.account != '\0' ? r->release.account : "-",
	    say_tint(1, TINT_BAD), say_tint(1, TINT_NONE));
	put_time(b, r->release.time);
	buf_puts(b, "  a release\n");
	put_release(b, r, 1);
	buf_puts(b, "                CloudTrail's history has no question to its witness: seal the record anew\n");
}

static void put_releases(struct buf *b, const struct correlate_found *in)
{
	size_t n;
	const struct past_release *rel = past_releases(in->past, &n);

	for (size_t i = 0; i < n; i++) {
		if (in->verdicts->release[i].unwitnessed)
			put_unwitnessed(b, &rel[i]);
		if (in->verdicts->release[i].state == RELEASE_USED)
			continue;
		buf_printf(b, "%s  %-14s  ", rel[i].release.account,
		    in->verdicts->release[i].state == RELEASE_PENDING ? "pending" : "no sign-in");
		put_time(b, rel[i].release.time);
		buf_printf(b, "  %s version %lld was opened by %s, entry %lld of %s's log\n",
		    rel[i].release.record, (long long)rel[i].release.version, rel[i].holders,
		    (long long)rel[i].release.seq, rel[i].release.host);
		if (in->verdicts->release[i].state == RELEASE_UNUSED)
			buf_puts(b, "                no sign-in for it is among what was read: rotate it all the same\n");
	}
}

/* What AWS vouches for of what was read. */
static void put_digests(struct buf *b, const struct digest_stats *d)
{
	if (d == NULL) {
		buf_puts(b, "verified: nothing; --keys verifies CloudTrail's digests\n");
		return;
	}
	buf_printf(b, "verified: %lld digest%s, %lld file%s", (long long)d->digests, d->digests == 1 ? "" : "s",
	    (long long)d->files, d->files == 1 ? "" : "s");
	if (d->unsigned_yet + d->gaps + d->uncovered > 0)
		buf_printf(b, "; NOT VERIFIED: %lld file%s, %lld digest%s without a known signature, %lld missing before "
		    "another", (long long)d->uncovered, d->uncovered == 1 ? "" : "s", (long long)d->unsigned_yet,
		    d->unsigned_yet == 1 ? "" : "s", (long long)d->gaps);
	buf_puts(b, "\n");
}

#define SPANS_SHOWN 4

static int same_place(const struct span *a, const struct span *b)
{
	return strcmp(a->source, b->source) == 0 && strcmp(a->region, b->region) == 0;
}

/* A region of a source, all accounts together. */
static size_t put_span(struct buf *b, const struct spans *s, size_t i, int show)
{
	int64_t from = s->span[i].from, to = s->span[i].to, without = 0;
	size_t k;

	for (k = i; k < s->n && same_place(&s->span[i], &s->span[k]); k++) {
		from = s->span[k].from < from ? s->span[k].from : from;
		to = s->span[k].to > to ? s->span[k].to : to;
		without += span_without(&s->span[k]);
	}
	if (!show)
		return k;
	buf_printf(b, "  %s of ", s->span[i].region);
	put_clean(b, s->span[i].source);
	buf_puts(b, ": ");
	put_time(b, from);
	buf_puts(b, " to ");
	put_time(b, to);
	if (without > 0)
		buf_printf(b, ", %lld hour%s without a file", (long long)without, without == 1 ? "" : "s");
	buf_puts(b, "\n");
	return k;
}

/* What was read of which region and time: the rest was not. */
static void put_spans(struct buf *b, const struct spans *s)
{
	const struct aws_partition *p;
	size_t places = 0, next;
	int home = 0;

	for (size_t i = 0; i < s->n; i = next, places++) {
		next = put_span(b, s, i, places < SPANS_SHOWN);
		home |= aws_partition(&p, s->span[i].region, NULL) == 0 && strcmp(s->span[i].region, p->home) == 0;
	}
	if (places > SPANS_SHOWN)
		buf_printf(b, "  and %zu more (--json)\n", places - SPANS_SHOWN);
	if (s->unnamed > 0)
		buf_printf(b, "  %lld file%s under %s own: read, but of which regions and times is not known\n",
		    (long long)s->unnamed, s->unnamed == 1 ? "" : "s", s->unnamed == 1 ? "a name of its" : "names of their");
	if (places == 0)
		return;
	buf_puts(b, "NOT READ: all other regions and times");
	if (!home && s->unnamed == 0 && aws_partition(&p, s->span[0].region, NULL) == 0)
		buf_printf(b, ", even %s where root's sign-ins stand", p->home);
	buf_puts(b, "\n");
}

int correlate_show(const struct correlate_found *f, struct err *e)
{
	const struct files_stats *s = &f->stats;
	struct buf b = BUF_INIT;
	int r;

	for (size_t i = 0; i < f->verdicts->n; i++)
		put_finding(&b, f, &f->verdicts->finding[i]);
	put_releases(&b, f);
	buf_printf(&b, "read: %lld file%s, %lld records", (long long)s->files, s->files == 1 ? "" : "s",
	    (long long)s->records);
	if (f->twice > 0)
		buf_printf(&b, ", %lld of root's twice", (long long)f->twice);
	if (s->broken > 0 || s->passed > 0)
		buf_printf(&b, "; NOT READ: %lld file%s from a fault on, %lld record%s", (long long)s->broken,
		    s->broken == 1 ? "" : "s", (long long)s->passed, s->passed == 1 ? "" : "s");
	buf_puts(&b, "\n");
	put_spans(&b, f->spans);
	put_digests(&b, f->digest);
	r = buf_ok(&b) ? say_out(&b, e) : err_set(e, ERR_MEMORY, "Out of memory.");
	buf_free(&b);
	return r;
}

/* Several lines as one. */
static void say_alarm(const char *whose, const struct buf *b)
{
	struct buf one = BUF_INIT;

	for (const char *s = buf_str(b); *s != '\0';) {
		const size_t n = strcspn(s, "\n");

		buf_printf(&one, "%s%.*s", one.len > 0 ? "; " : "", (int)n, s);
		s += n;
		s += strspn(s, "\n ");
	}
	if (buf_ok(&one))
		say("ALARM: %s%s", whose, buf_str(&one));
	buf_free(&one);
}

void correlate_say_alarms(const struct correlate_found *f)
{
	for (size_t i = 0; i < f->verdicts->n; i++) {
		const struct finding *x = &f->verdicts->finding[i];
		struct buf b = BUF_INIT;

		if (x->verdict != VERDICT_UNEXPLAINED || !past_is_new(f->past, x, f->events))
			continue;
		put_finding(&b, f, x);
		say_alarm("root of ", &b);
		buf_free(&b);
	}
	for (size_t i = 0; i < f->verdicts->n_releases; i++) {
		size_t n;
		struct buf b = BUF_INIT;

		/* Once: an entry of the log ends the question. */
		if (!f->verdicts->release[i].unwitnessed)
			continue;
		put_unwitnessed(&b, &past_releases(f->past, &n)[i]);
		say_alarm("", &b);
		buf_free(&b);
	}
}
