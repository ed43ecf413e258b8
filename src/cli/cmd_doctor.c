/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/doctor.h"
#include "cli/say.h"

static const struct opt opts[] = {
	{ "pam", NULL, "look at logins by two keys instead: PAM, sshd, rescue mode", 0 },
	{ "json", NULL, "as JSON", 0 },
	{ NULL, NULL, NULL, 0 }
};

static const char *finding_name(enum finding f)
{
	switch (f) {
	case FINDING_OK:
		return "ok";
	case FINDING_NOTE:
		return "note";
	case FINDING_BAD:
		return "BAD";
	}
	return "?";
}

void doctor_add(struct doctor *d, const char *what, enum finding f, const char *mend,
    const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	enum say_tint tint = f == FINDING_OK ? TINT_GOOD : f == FINDING_NOTE ? TINT_WARN : TINT_BAD;
	json *j;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->bad += f == FINDING_BAD;
	if (!args_flag(d->cli->args, "json")) {
		(void)say_outf(NULL, "%s%-4s%s  %-14s %s\n", say_tint(1, tint), finding_name(f),
		    say_tint(1, TINT_NONE), what, text);
		if (mend != NULL)
			(void)say_outf(NULL, "      %-14s mend: %s\n", "", mend);
		return;
	}
	j = json_new_object();
	if (json_set_str(j, "what", what) == 0 && json_set_str(j, "finding", finding_name(f)) == 0 &&
	    json_set_str(j, "text", text) == 0 && json_set_str(j, "mend", mend) == 0)
		(void)json_add(d->list, j);
	else
		json_free(&j);
}

void doctor_add_err(struct doctor *d, const char *what, const struct err *why)
{
	doctor_add(d, what, FINDING_BAD, why->hint[0] != '\0' ? why->hint : NULL, "%s", why->text);
}

static int run(const struct cli *cli, struct err *e)
{
	struct doctor d = { .cli = cli, .list = json_new_array() };
	int r = 0;

	if (args_flag(cli->args, "pam")) {
		doctor_pam(&d);
	} else {
		doctor_machine(&d);
		doctor_keys(&d);
		doctor_vault(&d);
	}
	if (args_flag(cli->args, "json"))
		r = say_json(d.list, e);
	json_free(&d.list);
	if (r == 0 && d.bad > 0) {
		r = err_set(e, ERR_ATTENTION, "%d %s mending.", d.bad,
		    d.bad == 1 ? "thing needs" : "things need");
		err_hint(e, "Do what stands behind `mend:`, then run `twokey doctor%s` again.",
		    args_flag(cli->args, "pam") ? " --pam" : "");
	}
	return r;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "what is wrong with this machine's set-up, and what mends it",
	.opts = opts,
	.run = run
};
