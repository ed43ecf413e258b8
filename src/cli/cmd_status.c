/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/open.h"
#include "cli/say.h"
#include "cli/status_metrics.h"
#include "cli/status_nagios.h"
#include "ceremony/exposure.h"
#include "notify/outbox.h"

static const struct opt opts[] = {
	{ "record", "NAME", "only this record", 0 },
	{ "json", NULL, "as JSON", 0 },
	{ "format", "prometheus|nagios", "for monitoring: metrics, or a plugin's line and exit status", 0 },
	{ NULL, NULL, NULL, 0 }
};

static const char *day(char out[CLOCK_TEXT_LEN + 1], int64_t t)
{
	if (t < 0)
		return "never";
	clock_format(out, t);
	out[10] = '\0';
	return out;
}

static void put_confirmed(struct buf *b, const struct rotate_field *f)
{
	char rotated[CLOCK_TEXT_LEN + 1];
	const char *by = f->confirmed_by;

	buf_printf(b, "; version %lld confirmed", (long long)f->version);
	if (f->rotated >= 0)
		buf_printf(b, " %s", day(rotated, f->rotated));
	if (strcmp(by, "holders") == 0)
		buf_puts(b, " by holders");
	else if (strcmp(by, "shadow") == 0)
		buf_puts(b, " by the host's shadow file");
	else
		buf_printf(b, " by CloudTrail's event %s", by);
}

static void show_field(const struct rotate_field *f)
{
	char since[CLOCK_TEXT_LEN + 1], due[CLOCK_TEXT_LEN + 1];
	struct buf b = BUF_INIT;

	buf_printf(&b, "  %-12s ", f->name);
	if (f->state == ROTATE_SEALED)
		buf_puts(&b, "sealed, known to nobody");
	else if (f->state == ROTATE_KNOWN)
		buf_puts(&b, "known to ");
	else
		buf_printf(&b, "exposed since %s", day(since, f->since));
	for (size_t i = 0; f->state == ROTATE_KNOWN && i < json_len(f->known_to); i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", json_str_at(f->known_to, i));
	if (f->due >= 0) {
		clock_format(due, f->due);
		buf_printf(&b, "; %s%s%s %.16sZ", say_tint(1, f->overdue ? TINT_BAD : TINT_WARN),
		    f->overdue ? "OVERDUE since" : "rotate by", say_tint(1, TINT_NONE), due);
	}
	if (f->confirmed_by != NULL)
		put_confirmed(&b, f);
	if (f->rotating > 0)
		buf_printf(&b, "; candidate version %lld", (long long)f->rotating);
	(void)say_outf(NULL, "%s\n", buf_str(&b));
	buf_free(&b);
}

static void show_record(const struct rotate_record *r)
{
	char sealed[CLOCK_TEXT_LEN + 1], opened[CLOCK_TEXT_LEN + 1];

	(void)say_outf(NULL, "%s%s%s  %s, version %lld, sealed %s, last opened %s\n",
	    say_tint(1, TINT_BOLD), r->name, say_tint(1, TINT_NONE), r->kind,
	    (long long)r->version, day(sealed, r->sealed), day(opened, r->opened));
	for (size_t i = 0; i < r->n_fields; i++)
		show_field(&r->fields[i]);
	(void)say_outf(NULL, "  %-12s %d more key%s, %d more holder%s, %d more host%s%s\n",
	    "survives loss of", r->spare.tokens < 0 ? 0 : r->spare.tokens,
	    r->spare.tokens == 1 ? "" : "s", r->spare.holders < 0 ? 0 : r->spare.holders,
	    r->spare.holders == 1 ? "" : "s", r->spare.hosts < 0 ? 0 : r->spare.hosts,
	    r->spare.hosts == 1 ? "" : "s",
	    r->spare.tokens <= 0 || r->spare.holders <= 0 || r->spare.hosts <= 0
	    ? "  - none to spare" : "");
	if (r->proven_by != NULL)
		(void)say_outf(NULL, "  %-12s signed in with, by CloudTrail's event %s\n", "proven", r->proven_by);
	if (r->conflict)
		(void)say_outf(NULL, "  CONFLICT     one version was sealed twice; see twokey log verify\n");
}

static void show_tokens(const struct rotate_report *p)
{
	char proven[CLOCK_TEXT_LEN + 1];

	(void)say_outf(NULL, "keys\n");
	for (size_t i = 0; i < p->n_tokens; i++)
		(void)say_outf(NULL, "  %-12s %-16s last proven %s%s\n", p->tokens[i].holder,
		    p->tokens[i].label, day(proven, p->tokens[i].proven),
		    p->tokens[i].stale ? "  - too long ago" : "");
}

static int verdict(const struct rotate_report *p, struct err *e)
{
	if (p->n_due == 0 && p->n_overdue == 0 && p->n_stale == 0)
		return 0;
	if (p->n_overdue > 0)
		err_set(e, ERR_ATTENTION, "%zu %s due for rotation, %zu of them overdue.", p->n_due,
		    p->n_due == 1 ? "field is" : "fields are", p->n_overdue);
	else if (p->n_due > 0)
		err_set(e, ERR_ATTENTION, "%zu %s due for rotation.", p->n_due,
		    p->n_due == 1 ? "field is" : "fields are");
	else
		err_set(e, ERR_ATTENTION, "%zu %s not been proven for too long.", p->n_stale,
		    p->n_stale == 1 ? "key has" : "keys have");
	err_hint(e, p->n_due > 0 ? "`twokey rotate RECORD` makes a new password and tells where to set it, `--mfa` a new MFA "
	    "seed; root's password on its host is changed by passwd (pam_twokey(8))."
	    : "Use each key once in a ceremony.");
	return ERR_ATTENTION;
}

/* Leaves one record of the report, without the keys, and counts again. */
static int narrow(struct rotate_report *p, const char *only, struct err *e)
{
	const struct rotate_record *r = NULL;

	for (size_t i = 0; i < p->n_records && r == NULL; i++)
		if (strcmp(only, p->records[i].name) == 0)
			r = &p->records[i];
	if (r == NULL) {
		err_set(e, ERR_MISSING, "There is no record %s in this vault.", only);
		err_hint(e, "`twokey status` lists all records.");
		return ERR_MISSING;
	}
	*p = (struct rotate_report){ .records = r, .n_records = 1 };
	for (size_t i = 0; i < r->n_fields; i++) {
		p->n_due += r->fields[i].due >= 0;
		p->n_overdue += r->fields[i].overdue != 0;
	}
	return 0;
}

static void show(const struct rotate_report *p)
{
	for (size_t i = 0; i < p->n_records; i++)
		show_record(&p->records[i]);
	if (p->n_records == 0)
		say("No record is sealed yet: twokey seal RECORD makes one.");
	if (p->n_tokens > 0)
		show_tokens(p);
}

static int tell(const struct cli *cli, struct rotate_report p, struct err *e)
{
	const char *only = args_value(cli->args, "record");
	json *j = NULL;
	int r = 0;

	if (only != NULL && (r = narrow(&p, only, e)) != 0)
		return r;
	if (!args_flag(cli->args, "json"))
		show(&p);
	else if ((r = rotate_report_json(&p, &j, e)) == 0)
		r = say_json(j, e);
	json_free(&j);
	return r != 0 ? r : verdict(&p, e);
}

/* Who is told of this, and cannot be. */
static void show_channels(const struct open_vault *v)
{
	struct outbox o = { NULL };
	struct outbox_channel c;

	if (v->config.n_channels == 0 || outbox_read(&o, v->session->state, NULL) != 0)
		return;
	for (size_t i = 0; i < v->config.n_channels; i++) {
		outbox_channel(&c, &o, v->config.channels[i].name);
		if (c.fails > 0)
			(void)say_outf(NULL, "channel %s has failed %lld %s: %s  - %zu message%s\n", v->config.channels[i].name,
			    (long long)c.fails, c.fails == 1 ? "time" : "times", c.why, c.waiting, c.waiting == 1 ? " waits" :
			    "s wait");
	}
	outbox_free(&o);
}

static int show_metrics(const struct open_vault *v, const struct rotate_report *p, struct err *e)
{
	struct outbox o = { NULL };
	struct buf b = BUF_INIT;
	const int known = v->config.n_channels > 0 && outbox_read(&o, v->session->state, NULL) == 0;
	int r;

	status_metrics(&b, p, &v->config, known ? &o : NULL);
	r = buf_ok(&b) ? say_out(&b, e) : err_set(e, ERR_MEMORY, "Out of memory.");
	buf_free(&b);
	outbox_free(&o);
	return r;
}

#define ALARM_DAYS 30

struct alarms {
	int64_t since;
	struct status_alarms n;
};

static int count_alarm(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	const char *type = json_str(entry, "type"), *verdict = json_str(entry, "verdict");
	struct alarms *a = arg;

	(void)seq, (void)offset, (void)e;
	if (type == NULL || json_time(entry, "time") < a->since)
		return 0;
	a->n.unexplained += strcmp(type, "root.activity") == 0 && verdict != NULL && strcmp(verdict, "unexplained") == 0;
	a->n.unwitnessed += strcmp(type, "release.unwitnessed") == 0;
	return 0;
}

static void show_alarms(const struct status_alarms *n)
{
	if (n->unexplained > 0)
		(void)say_outf(NULL, "root used without an explanation, last %d days: %zu  - twokey runbook unexplained-use\n",
		    ALARM_DAYS, n->unexplained);
	if (n->unwitnessed > 0)
		(void)say_outf(NULL, "releases whose witness was not asked, last %d days: %zu  - twokey runbook unexplained-use\n",
		    ALARM_DAYS, n->unwitnessed);
}

static int plugin_line(struct buf *b, enum nagios *is, const struct cli *cli, struct err *e)
{
	const int64_t now = clock_now(cli->clock);
	struct alarms a = { now - INT64_C(86400000) * ALARM_DAYS, { 0, 0 } };
	struct exposure x = { NULL, NULL };
	struct outbox o = { NULL };
	struct open_vault v;
	int r;

	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	if ((r = exposure_judge_each(&x, v.session, now, count_alarm, &a, e)) == 0 && v.config.n_channels > 0)
		r = outbox_read(&o, v.session->state, e);
	if (r == 0)
		*is = status_nagios(b, x.report, &v.config, o.doc != NULL ? &o : NULL, &a.n);
	outbox_free(&o);
	exposure_free(&x);
	close_vault(&v);
	return r;
}

/* For a monitor, which reads one line and an exit status of its own: failures too. */
static int run_plugin(const struct cli *cli, struct err *e)
{
	enum nagios is = NAGIOS_UNKNOWN;
	struct buf b = BUF_INIT;
	struct err why = { 0 };
	int r;

	if (plugin_line(&b, &is, cli, &why) != 0)
		is = status_nagios_err(&b, &why);
	r = say_out(&b, e);
	buf_free(&b);
	*cli->status = r == 0 ? (int)is : NAGIOS_UNKNOWN;
	return 0;
}

static int run(const struct cli *cli, struct err *e)
{
	const char *format = args_value(cli->args, "format");
	const int64_t now = clock_now(cli->clock);
	struct alarms a = { now - INT64_C(86400000) * ALARM_DAYS, { 0, 0 } };
	struct exposure x = { NULL, NULL };
	struct open_vault v;
	int r;

	if (format != NULL && (args_flag(cli->args, "json") || args_value(cli->args, "record") != NULL))
		return err_set(e, ERR_USAGE, "--format goes with neither --json nor --record.");
	if (format != NULL && strcmp(format, "nagios") == 0)
		return run_plugin(cli, e);
	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	r = exposure_judge_each(&x, v.session, now, count_alarm, &a, e);
	if (r == 0)
		r = format != NULL ? show_metrics(&v, x.report, e) : tell(cli, *x.report, e);
	if (x.report != NULL && format == NULL && !args_flag(cli->args, "json") && args_value(cli->args, "record") == NULL) {
		show_channels(&v);
		show_alarms(&a.n);
	}
	exposure_free(&x);
	close_vault(&v);
	return r;
}

const struct command cmd_status = {
	.name = "status",
	.summary = "every record: last use, exposure, due; keys last proven",
	.text = "Exit code 7 says that something is due: a field that somebody knows or has "
	    "seen, a key that nobody has used for longer than the policy allows.",
	.opts = opts,
	.run = run
};
