/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "cli/clip.h"
#include "cli/halves.h"
#include "cli/present.h"
#include "cli/runexec.h"
#include "cli/say.h"
#include "vault/otpauth.h"

#define FIELDS_MAX 32

/* A field on its way out. */
struct out {
	const struct unseal_field *field;
	struct otpauth *otp;		/* as code: what it is computed from */
	const struct clock *clock;
	int64_t until, minutes;		/* codes are given up to here, ms; so long in all */
};

int deliver_choose(struct deliver *d, const struct args *args, struct err *e)
{
	int64_t seconds = 60;
	size_t n = 0;
	int ways, r;

	memset(d, 0, sizeof(*d));
	if ((r = args_number(args, "seconds", 5, 600, &seconds, e)) != 0)
		return r;
	d->seconds = (int)seconds;
	d->json = args_flag(args, "json");
	ways = args_flag(args, "clip") + args_flag(args, "exec") + args_flag(args, "force-stdout");
	if (ways > 1 || (args_flag(args, "show") && (args_flag(args, "clip") ||
	    args_flag(args, "exec"))))
		return err_set(e, ERR_USAGE, "--show, --clip and --exec exclude each other.");
	if (args_flag(args, "force-stdout") && !args_flag(args, "show"))
		return err_set(e, ERR_USAGE, "--force-stdout goes with --show.");
	d->program = args_rest(args, &n);
	if ((n > 0) != (args_flag(args, "exec") != 0)) {
		err_set(e, ERR_USAGE, "--exec takes a program behind --.");
		err_hint(e, "twokey unseal RECORD --reason TEXT --exec -- PROGRAM ARGUMENT...");
		return ERR_USAGE;
	}
	d->way = args_flag(args, "exec") ? DELIVER_EXEC : args_flag(args, "clip") ? DELIVER_CLIP
	    : args_flag(args, "force-stdout") ? DELIVER_STDOUT : DELIVER_SCREEN;
	if (d->json && d->way != DELIVER_STDOUT) {
		err_set(e, ERR_USAGE, "--json would write secrets to standard output.");
		err_hint(e, "Add --show --force-stdout if that is meant.");
		return ERR_USAGE;
	}
	/* What can be known to fail must not cost a release. */
	if (d->way == DELIVER_SCREEN && (r = present_possible(e)) != 0)
		return r;
	if (d->way == DELIVER_CLIP && (r = clip_possible(e)) != 0)
		return r;
	if (d->way == DELIVER_EXEC)
		return runexec_possible(d->program[0], e);
	if (d->way == DELIVER_SCREEN || d->way == DELIVER_CLIP) {
		struct term *t = NULL;

		if ((r = term_open(&t, e)) != 0)
			return r;
		term_close(&t);
	}
	return 0;
}

int deliver_possible(const struct deliver *d, const struct unseal *u, struct err *e)
{
	for (size_t i = 0; d->way == DELIVER_EXEC && i < u->n; i++)
		for (size_t k = 0; k < i; k++)
			if (runexec_same_name(u->fields[i].name, u->fields[k].name)) {
				err_set(e, ERR_USAGE, "--exec names fields %s and %s alike.",
				    u->fields[k].name, u->fields[i].name);
				err_hint(e, "Choose one with --field.");
				return ERR_USAGE;
			}
	return 0;
}

static int fill_code(void *ctx, struct secret *out, char note[64], struct err *e)
{
	struct out *o = ctx;
	int64_t now = clock_now(o->clock);
	struct secret *code = NULL, *next = NULL;
	int r;

	if (now > o->until) {
		snprintf(note, 64, "this release gives no more codes");
		return secret_append(out, "-", 1, e);
	}
	if ((r = totp_code(&code, &o->otp->totp, now, 0, e)) == 0 &&
	    (r = totp_code(&next, &o->otp->totp, now, 1, e)) == 0 &&
	    (r = secret_append(out, code->data, code->len, e)) == 0 &&
	    (r = secret_append(out, "   next ", 8, e)) == 0)
		r = secret_append(out, next->data, next->len, e);
	snprintf(note, 64, "%d s left", totp_left(&o->otp->totp, now));
	secret_free(&code);
	secret_free(&next);
	return r;
}

static int is_code(const struct out *o)
{
	return strcmp(o->field->as, "code") == 0;
}

/* The value of this moment, owned by the caller. */
static int value(struct secret **s, const struct out *o, struct err *e)
{
	const int64_t now = clock_now(o->clock);

	*s = NULL;
	if (is_code(o) && now > o->until) {
		err_set(e, ERR_REFUSED, "This release gives no more codes: the policy ends them "
		    "after %lld min.", (long long)o->minutes);
		err_hint(e, "Run `twokey unseal` again.");
		return ERR_REFUSED;
	}
	if (is_code(o))
		return totp_code(s, &o->otp->totp, now, 0, e);
	return secret_from(s, o->field->plain->data, o->field->plain->len, e);
}

/* The console that the account's partition has. */
static const char *sign_in(const char *partition)
{
	if (strcmp(partition, "aws-cn") == 0)
		return "sign in at   https://console.amazonaws.cn/  as root user";
	if (strcmp(partition, "aws-us-gov") == 0)
		return "sign in at   https://console.amazonaws-us-gov.com/  as root user";
	return "sign in at   https://console.aws.amazon.com/  as root user";
}

static int on_screen(const struct deliver *d, const struct unseal *u, struct out *outs,
    struct err *e)
{
	struct present_item items[FIELDS_MAX];
	const json *about = u->record->attributes;
	const char *lines[3] = { NULL };
	char email[TEXT_MAX + 16];
	struct term *t = NULL;
	int r, aws = strcmp(u->record->kind, "aws-root") == 0;

	memset(items, 0, sizeof(items));
	for (size_t i = 0; i < u->n; i++) {
		items[i].label = outs[i].field->name;
		if (is_code(&outs[i])) {
			items[i].fill = fill_code;
			items[i].ctx = &outs[i];
		} else {
			items[i].value = outs[i].field->plain;
		}
	}
	if (aws) {
		snprintf(email, sizeof(email), "email        %s", json_str(about, "email"));
		lines[0] = sign_in(json_str(about, "partition"));
		lines[1] = email;
	}
	if ((r = term_open(&t, e)) != 0)
		return r;
	r = present_show(t, u->record->name, aws ? lines : NULL, items, u->n, d->seconds, NULL, e);
	term_close(&t);
	return r;
}

static int on_clipboard(const struct deliver *d, const struct unseal *u, struct out *outs,
    struct err *e)
{
	enum clip_way way = clip_choose();
	struct term *t = NULL;
	int r = term_open(&t, e);

	for (size_t i = 0; r == 0 && i < u->n; i++) {
		struct secret *s = NULL;

		r = value(&s, &outs[i], e);
		if (r == 0)
			r = clip_hold(t, way, s, outs[i].field->name, d->seconds, e);
		secret_free(&s);
	}
	term_close(&t);
	return r;
}

static int to_program(const struct deliver *d, const struct unseal *u, struct out *outs,
    int *status, struct err *e)
{
	struct runexec_field fields[FIELDS_MAX];
	struct secret *values[FIELDS_MAX] = { NULL };
	int r = 0;

	for (size_t i = 0; r == 0 && i < u->n; i++) {
		r = value(&values[i], &outs[i], e);
		fields[i] = (struct runexec_field){ outs[i].field->name, values[i] };
		/* Not needed again, however long the program runs. */
		secret_wipe(outs[i].field->plain);
		otpauth_free(&outs[i].otp);
	}
	if (r == 0)
		r = runexec(d->program, fields, u->n, status, e);
	for (size_t i = 0; i < u->n; i++)
		secret_free(&values[i]);
	return r;
}

/* Appends a value as a JSON string, in secret memory all the way.  What is no
 * clean text is refused; --exec hands on any bytes. */
static int append_json(struct secret *line, const struct secret *v, struct err *e)
{
	int r = text_clean((const char *)v->data, v->len) ? 0
	    : err_set(e, ERR_INPUT, "A field holds bytes that JSON cannot; use --exec for it.");

	if (r == 0)
		r = secret_append(line, "\"", 1, e);
	for (size_t i = 0; r == 0 && i < v->len; i++) {
		if (v->data[i] == '"' || v->data[i] == '\\')
			r = secret_append(line, "\\", 1, e);
		if (r == 0)
			r = secret_append(line, &v->data[i], 1, e);
	}
	return r != 0 ? r : secret_append(line, "\"", 1, e);
}

/* Whoever sealed a field could put control sequences into it: no terminal gets
 * them. */
static int line_append(struct secret *line, const struct secret *v, struct err *e)
{
	if (isatty(STDOUT_FILENO) && !text_clean((const char *)v->data, v->len)) {
		err_set(e, ERR_INPUT, "A field holds bytes that are not for a terminal.");
		err_hint(e, "Use --exec for it, or redirect standard output.");
		return ERR_INPUT;
	}
	return secret_append(line, v->data, v->len, e);
}

static int write_secret(const struct secret *s, struct err *e)
{
	return file_write_all(STDOUT_FILENO, s->data, s->len, "standard output", e);
}

static int to_stdout(const struct deliver *d, const struct unseal *u, struct out *outs,
    struct err *e)
{
	struct secret *line = NULL;
	size_t cap = 16;
	int r;

	for (size_t i = 0; i < u->n; i++)
		cap += 2 * outs[i].field->plain->len + strlen(outs[i].field->name) + 16;
	if ((r = secret_new(&line, cap, e)) != 0)
		return r;
	if (d->json)
		r = secret_append(line, "{", 1, e);
	for (size_t i = 0; r == 0 && i < u->n; i++) {
		const char *name = outs[i].field->name;
		struct secret *v = NULL;

		if (d->json && i > 0)
			r = secret_append(line, ",", 1, e);
		if (r == 0 && d->json && (r = secret_append(line, "\"", 1, e)) == 0 &&
		    (r = secret_append(line, name, strlen(name), e)) == 0)
			r = secret_append(line, "\":", 2, e);
		if (r == 0 && (r = value(&v, &outs[i], e)) == 0)
			r = d->json ? append_json(line, v, e) : line_append(line, v, e);
		if (r == 0 && !d->json)
			r = secret_append(line, "\n", 1, e);
		secret_free(&v);
	}
	if (r == 0 && d->json)
		r = secret_append(line, "}\n", 2, e);
	if (r == 0)
		r = write_secret(line, e);
	secret_free(&line);
	return r;
}

int deliver_fields(const struct deliver *d, const struct unseal *u, int *status, struct err *e)
{
	struct out outs[FIELDS_MAX];
	int64_t until = clock_now(u->session->clock) + d->code_ms;
	int r = 0;

	*status = 0;
	memset(outs, 0, sizeof(outs));
	for (size_t i = 0; r == 0 && i < u->n; i++) {
		outs[i] = (struct out){ .field = &u->fields[i], .clock = u->session->clock,
			.until = until, .minutes = d->code_ms / 60000 };
		if (is_code(&outs[i]))
			r = otpauth_parse(&outs[i].otp, u->fields[i].plain, e);
	}
	if (d->halves)
		for (size_t i = 0; r == 0 && i < u->n; i++)
			r = halves_show(u->record->name, outs[i].field->name, outs[i].field->plain, d->seconds, e);
	else if (r == 0 && d->way == DELIVER_SCREEN)
		r = on_screen(d, u, outs, e);
	else if (r == 0 && d->way == DELIVER_CLIP)
		r = on_clipboard(d, u, outs, e);
	else if (r == 0 && d->way == DELIVER_EXEC)
		r = to_program(d, u, outs, status, e);
	else if (r == 0)
		r = to_stdout(d, u, outs, e);
	for (size_t i = 0; i < u->n; i++)
		otpauth_free(&outs[i].otp);
	return r;
}
