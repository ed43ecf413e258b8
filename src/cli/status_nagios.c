/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/status_nagios.h"

#include <string.h>

#include "base/text.h"

/* What is wrong, with "; " between. */
struct plugin {
	struct buf text;
	enum nagios worst;
};

static void add(struct plugin *p, enum nagios is, const char *text)
{
	if (is > p->worst)
		p->worst = is;
	buf_printf(&p->text, "%s%s", p->text.len > 0 ? "; " : "", text);
}

static void add_count(struct plugin *p, enum nagios is, size_t n, const char *one, const char *more)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "%zu %s", n, n == 1 ? one : more);
	if (n > 0)
		add(p, is, buf_str(&b));
	p->text.failed |= b.failed;
	buf_free(&b);
}

static void add_channels(struct plugin *p, const struct config *c, const struct outbox *o, size_t *fail,
    size_t *waiting)
{
	for (size_t i = 0; o != NULL && i < c->n_channels; i++) {
		struct outbox_channel is;
		struct buf b = BUF_INIT;

		outbox_channel(&is, o, c->channels[i].name);
		*waiting += is.waiting;
		buf_printf(&b, "channel %s fails: %s", c->channels[i].name, is.why);
		if (is.fails > 0) {
			(*fail)++;
			add(p, NAGIOS_CRITICAL, buf_str(&b));
		}
		p->text.failed |= b.failed;
		buf_free(&b);
	}
}

/* One line, in which '|' has a meaning of its own. */
static void put_line(struct buf *out, enum nagios is, const char *text)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	char clean[2048];

	text_escape(clean, sizeof(clean), text, strlen(text));
	for (char *bar = clean; (bar = strchr(bar, '|')) != NULL;)
		*bar = '/';
	buf_printf(out, "TWOKEY %s - %s", words[is], clean);
}

enum nagios status_nagios(struct buf *out, const struct rotate_report *r, const struct config *c,
    const struct outbox *o, const struct status_alarms *alarms)
{
	struct plugin p = { BUF_INIT, NAGIOS_OK };
	size_t fail = 0, waiting = 0;

	add_count(&p, NAGIOS_CRITICAL, alarms->unexplained, "unexplained use of root", "unexplained uses of root");
	add_count(&p, NAGIOS_CRITICAL, alarms->unwitnessed, "release whose witness was not asked",
	    "releases whose witness was not asked");
	add_count(&p, NAGIOS_CRITICAL, r->n_overdue, "field is overdue for rotation", "fields are overdue for rotation");
	add_channels(&p, c, o, &fail, &waiting);
	add_count(&p, NAGIOS_WARNING, r->n_due - r->n_overdue, "field is due for rotation", "fields are due for rotation");
	add_count(&p, NAGIOS_WARNING, r->n_stale, "key needs a drill", "keys need a drill");
	put_line(out, p.worst, p.text.len > 0 ? buf_str(&p.text) : "nothing is due");
	buf_printf(out, " | due=%zu;0;;0 overdue=%zu;;0;0 stale=%zu;0;;0 unexplained=%zu;;0;0 "
	    "unwitnessed=%zu;;0;0 failing=%zu;;0;0 waiting=%zu;;;0\n", r->n_due, r->n_overdue, r->n_stale,
	    alarms->unexplained, alarms->unwitnessed, fail, waiting);
	out->failed |= p.text.failed;
	buf_free(&p.text);
	return p.worst;
}

enum nagios status_nagios_err(struct buf *out, const struct err *why)
{
	const enum nagios is = why->code == ERR_TAMPERED || why->code == ERR_ROLLBACK ? NAGIOS_CRITICAL : NAGIOS_UNKNOWN;

	put_line(out, is, why->text[0] != '\0' ? why->text : err_name(why->code));
	buf_puts(out, "\n");
	return is;
}
