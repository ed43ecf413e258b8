/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/status_metrics.h"

/* Names that stand in labels are text_is_name's: nothing in them is to be escaped. */
static void head(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP twokey_%s %s\n# TYPE twokey_%s gauge\n", name, help, name);
}

static void put_time(struct buf *out, int64_t ms)
{
	buf_printf(out, " %lld.%03lld\n", (long long)(ms / 1000), (long long)(ms % 1000));
}

static void fields(struct buf *out, const struct rotate_report *p)
{
	head(out, "field_due_timestamp_seconds", "When a field is to be rotated; absent: nothing is due.");
	for (size_t i = 0; i < p->n_records; i++)
		for (size_t k = 0; k < p->records[i].n_fields; k++) {
			const struct rotate_field *f = &p->records[i].fields[k];

			if (f->due < 0)
				continue;
			buf_printf(out, "twokey_field_due_timestamp_seconds{record=\"%s\",field=\"%s\"}", p->records[i].name,
			    f->name);
			put_time(out, f->due);
		}
	head(out, "field_overdue", "1 when that has passed.");
	for (size_t i = 0; i < p->n_records; i++)
		for (size_t k = 0; k < p->records[i].n_fields; k++)
			buf_printf(out, "twokey_field_overdue{record=\"%s\",field=\"%s\"} %d\n", p->records[i].name,
			    p->records[i].fields[k].name, p->records[i].fields[k].overdue != 0);
}

static void records(struct buf *out, const struct rotate_report *p)
{
	head(out, "record_opened_timestamp_seconds", "When a record was last opened; absent: never.");
	for (size_t i = 0; i < p->n_records; i++) {
		if (p->records[i].opened < 0)
			continue;
		buf_printf(out, "twokey_record_opened_timestamp_seconds{record=\"%s\"}", p->records[i].name);
		put_time(out, p->records[i].opened);
	}
	head(out, "record_spare", "How many more may be lost before a record cannot be opened.");
	for (size_t i = 0; i < p->n_records; i++) {
		const struct rotate_spare *s = &p->records[i].spare;
		const char *name = p->records[i].name;

		buf_printf(out, "twokey_record_spare{record=\"%s\",of=\"tokens\"} %d\n", name, s->tokens);
		buf_printf(out, "twokey_record_spare{record=\"%s\",of=\"holders\"} %d\n", name, s->holders);
		buf_printf(out, "twokey_record_spare{record=\"%s\",of=\"hosts\"} %d\n", name, s->hosts);
	}
}

static void tokens(struct buf *out, const struct rotate_report *p)
{
	head(out, "token_proven_timestamp_seconds", "When a key was last proven.");
	for (size_t i = 0; i < p->n_tokens; i++) {
		buf_printf(out, "twokey_token_proven_timestamp_seconds{holder=\"%s\",token=\"%s\"}", p->tokens[i].holder,
		    p->tokens[i].label);
		put_time(out, p->tokens[i].proven);
	}
	head(out, "token_stale", "1 when that is longer ago than the policy allows.");
	for (size_t i = 0; i < p->n_tokens; i++)
		buf_printf(out, "twokey_token_stale{holder=\"%s\",token=\"%s\"} %d\n", p->tokens[i].holder,
		    p->tokens[i].label, p->tokens[i].stale != 0);
}

static void channels(struct buf *out, const struct config *c, const struct outbox *o)
{
	struct outbox_channel is;

	head(out, "channel_fails", "Failures in a row of a channel of reminders.");
	for (size_t i = 0; i < c->n_channels; i++) {
		outbox_channel(&is, o, c->channels[i].name);
		buf_printf(out, "twokey_channel_fails{channel=\"%s\"} %lld\n", c->channels[i].name, (long long)is.fails);
	}
	head(out, "channel_waiting", "Messages that wait for a channel.");
	for (size_t i = 0; i < c->n_channels; i++) {
		outbox_channel(&is, o, c->channels[i].name);
		buf_printf(out, "twokey_channel_waiting{channel=\"%s\"} %zu\n", c->channels[i].name, is.waiting);
	}
}

void status_metrics(struct buf *out, const struct rotate_report *p, const struct config *c,
    const struct outbox *o)
{
	fields(out, p);
	records(out, p);
	tokens(out, p);
	if (o != NULL && c->n_channels > 0)
		channels(out, c, o);
}
