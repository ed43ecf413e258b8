/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/seal_ask.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/open.h"
#include "cli/say.h"
#include "vault/otpauth.h"
#include "vault/password.h"
#include "vault/record.h"

#define TYPED_MAX 4096		/* bytes of a field typed at the terminal */
#define CODE_SKEW 2		/* steps a typed code may be off */

void seal_fields_free(struct seal_fields *s)
{
	for (size_t i = 0; i < s->n; i++)
		secret_free(&s->f[i].plain);
	term_close(&s->term);
	s->n = 0;
}

static int need_term(struct seal_fields *s, struct err *e)
{
	return s->term != NULL ? 0 : term_open(&s->term, e);
}

static struct seal_field *find(struct seal_fields *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->f[i].name, name) == 0)
			return &s->f[i];
	return NULL;
}

static int add(struct seal_fields *s, const char *name, size_t len, struct secret **plain,
    int known, struct err *e)
{
	struct seal_field *f = &s->f[s->n];

	if (s->n == SEAL_FIELDS_MAX || len >= sizeof(f->name)) {
		secret_free(plain);
		return err_set(e, ERR_USAGE, "A record has at most %d fields, with names of at most "
		    "%d characters.", SEAL_FIELDS_MAX, NAME_MAX_LEN);
	}
	memcpy(f->name, name, len);
	f->name[len] = '\0';
	f->plain = *plain;
	f->known = known;
	*plain = NULL;
	s->n++;
	return 0;
}

/* --field NAME (asked for) or NAME=@FILE. */
static int from_option(struct seal_fields *s, const char *kind, const char *word, struct err *e)
{
	const char *eq = strchr(word, '=');
	size_t len = eq != NULL ? (size_t)(eq - word) : strlen(word);
	struct secret *plain = NULL;
	char name[NAME_MAX_LEN + 1], prompt[128];
	int r;

	snprintf(name, sizeof(name), "%.*s", (int)(len > NAME_MAX_LEN ? NAME_MAX_LEN : len), word);
	if (len > NAME_MAX_LEN || !text_is_name(name))
		return err_set(e, ERR_USAGE, "\"%s\" is no name for a field.", name);
	if ((r = record_check_field(kind, name, e)) != 0)
		return r;
	if (find(s, name) != NULL)
		return err_set(e, ERR_USAGE, "The field %s is given twice.", name);
	if (eq != NULL && eq[1] != '@') {
		err_set(e, ERR_USAGE, "A secret never goes on the command line, where others can "
		    "read it.");
		err_hint(e, "Use --field %s to be asked, --field %s=@FILE, or =@- for standard input.",
		    name, name);
		return ERR_USAGE;
	}
	if (eq != NULL) {
		r = open_secret(&plain, eq + 2, RECORD_PLAIN_MAX, e);
	} else if ((r = need_term(s, e)) == 0) {
		snprintf(prompt, sizeof(prompt), "%s (not shown): ", name);
		r = term_secret_twice(s->term, prompt, TYPED_MAX, &plain, e);
	}
	if (r == 0 && plain->len == 0) {
		secret_free(&plain);
		r = err_set(e, ERR_USAGE, "The field %s is empty.", name);
	}
	return r != 0 ? r : add(s, name, len, &plain, 1, e);
}

static int ask_password(struct seal_fields *s, const char *kind, const struct args *args,
    struct err *e)
{
	struct secret *plain = NULL;
	const int is_linux = strcmp(kind, "linux-root") == 0;
	int64_t length = is_linux ? PASSWORD_LINUX_DEFAULT : PASSWORD_AWS_DEFAULT;
	int r;

	if (find(s, "password") != NULL)
		return args_flag(args, "new") ? err_set(e, ERR_USAGE, "--new and --field password "
		    "exclude each other.") : 0;
	if (args_flag(args, "new")) {
		if ((r = args_number(args, "length", PASSWORD_MIN, PASSWORD_MAX, &length, e)) != 0 ||
		    (r = password_generate(&plain, is_linux ? PASSWORD_LINUX : PASSWORD_AWS_ROOT,
		    (size_t)length, e)) != 0)
			return r;
		return add(s, "password", 8, &plain, 0, e);
	}
	if ((r = need_term(s, e)) != 0 ||
	    (r = term_secret_twice(s->term, "root password (not shown; Enter for none): ",
	    TYPED_MAX, &plain, e)) != 0)
		return r;
	if (plain->len == 0) {
		secret_free(&plain);
		return 0;
	}
	return add(s, "password", 8, &plain, 1, e);
}

static int ask_totp(struct seal_fields *s, const char *prompt, struct err *e)
{
	struct secret *plain = NULL;
	int r;

	if (find(s, "totp") != NULL)
		return 0;
	if ((r = need_term(s, e)) != 0 ||
	    (r = term_secret(s->term, prompt, TYPED_MAX, &plain, e)) != 0)
		return r;
	if (plain->len == 0) {
		secret_free(&plain);
		return 0;
	}
	return add(s, "totp", 4, &plain, 1, e);
}

/* One typed code against the seed; *step says which interval it is of. */
static int match(const struct totp *t, int64_t now, const struct secret *typed, int *step,
    struct err *e)
{
	int found = 0, r = totp_find(t, now, typed, CODE_SKEW, &found, step, e);

	if (r != 0 || found)
		return r;
	err_set(e, ERR_REFUSED, "That code is not one of this MFA seed's: nothing was sealed.");
	err_hint(e, "Check the seed and this machine's clock, then seal again.");
	return ERR_REFUSED;
}

static int in_turn(int first, int second, struct err *e)
{
	if (second == first + 1)
		return 0;
	err_set(e, ERR_REFUSED, "Those are not two codes that follow one another: nothing was "
	    "sealed.");
	err_hint(e, "Give the code shown now, then the one that takes its place; --no-code-check "
	    "does without.");
	return ERR_REFUSED;
}

/* Two codes one after the other from the person's own authenticator. */
static int codes_typed(struct seal_fields *s, const struct totp *t, const struct clock *clock,
    struct err *e)
{
	struct secret *code = NULL;
	int first = 0, second = 0, r;
	int64_t at;

	say("Two codes of the authenticator that holds this seed now, so that a mistyped seed is "
	    "caught here and not at three in the morning.");
	if ((r = term_secret(s->term, "code it shows now: ", 16, &code, e)) != 0)
		return r;
	at = clock_now(clock);
	r = match(t, at, code, &first, e);
	secret_free(&code);
	if (r != 0 || (r = term_secret(s->term, "the next code, when it changes: ", 16, &code,
	    e)) != 0)
		return r;
	r = match(t, clock_now(clock), code, &second, e);
	secret_free(&code);
	if (r != 0)
		return r;
	second += (int)(clock_now(clock) / 1000 / t->period - at / 1000 / t->period);
	return in_turn(first, second, e);
}

/* --codes @FILE: the same two codes, with white space between. */
static int codes_read(const struct totp *t, const char *word, const struct clock *clock,
    struct err *e)
{
	struct secret *all = NULL, *one = NULL;
	size_t i = 0, j;
	int step[2] = { 0, 0 }, n = 0, r;

	if (word[0] != '@')
		return err_set(e, ERR_USAGE, "--codes takes @FILE, or @- for standard input.");
	if ((r = open_secret(&all, word + 1, 64, e)) != 0)
		return r;
	while (r == 0 && i < all->len) {
		for (j = i; j < all->len && all->data[j] > ' '; j++)
			;
		if (j > i && n == 2)
			r = err_set(e, ERR_USAGE, "--codes takes two codes.");
		else if (j > i && (r = secret_from(&one, all->data + i, j - i, e)) == 0)
			r = match(t, clock_now(clock), one, &step[n++], e);
		secret_free(&one);
		i = j + 1;
	}
	secret_free(&all);
	if (r == 0 && n != 2)
		r = err_set(e, ERR_USAGE, "--codes takes two codes.");
	return r != 0 ? r : in_turn(step[0], step[1], e);
}

/* Turns what was given into the URI that is sealed, once two codes agree. */
static int check_totp(struct seal_fields *s, const struct args *args, const struct clock *clock,
    struct err *e)
{
	struct seal_field *f = find(s, "totp");
	struct otpauth *o = NULL;
	struct secret *uri = NULL;
	int r;

	if (f == NULL)
		return 0;
	if ((r = otpauth_parse(&o, f->plain, e)) != 0)
		return r;
	if (args_value(args, "codes") != NULL)
		r = codes_read(&o->totp, args_value(args, "codes"), clock, e);
	else if (!args_flag(args, "no-code-check") && (r = need_term(s, e)) == 0)
		r = codes_typed(s, &o->totp, clock, e);
	if (r == 0)
		r = otpauth_write(&uri, o, e);
	otpauth_free(&o);
	if (r != 0)
		return r;
	secret_free(&f->plain);
	f->plain = uri;
	return 0;
}

int seal_ask_totp(struct seal_fields *out, const struct args *args, const struct clock *clock,
    struct err *e)
{
	int r;

	memset(out, 0, sizeof(*out));
	if ((r = ask_totp(out, "MFA seed, base32 or otpauth:// (not shown): ", e)) == 0 && out->n == 0)
		r = err_set(e, ERR_CANCELLED, "No MFA seed was given: nothing was sealed.");
	return r != 0 ? r : check_totp(out, args, clock, e);
}

int seal_ask(struct seal_fields *out, const char *kind, const struct args *args,
    const struct clock *clock, struct err *e)
{
	int aws = strcmp(kind, "aws-root") == 0, given = args_count(args, "field") > 0, r = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; r == 0 && i < args_count(args, "field"); i++)
		r = from_option(out, kind, args_nth(args, "field", i), e);
	/* What is not named is asked for, unless some fields were named. */
	if (r == 0 && (args_flag(args, "new") || (!given && strcmp(kind, "generic") != 0)))
		r = ask_password(out, kind, args, e);
	if (r == 0 && aws && !given && !args_flag(args, "no-totp"))
		r = ask_totp(out, "MFA seed, base32 or otpauth:// (not shown; Enter for none): ", e);
	if (r == 0)
		r = check_totp(out, args, clock, e);
	if (r == 0 && aws && find(out, "password") != NULL && find(out, "password")->known &&
	    !password_fits_aws(find(out, "password")->plain))
		say_note("this is no password that AWS takes for a root user (8 to 128 characters, "
		    "three of four classes); it is sealed as it is.");
	if (r == 0 && out->n == 0) {
		err_set(e, ERR_USAGE, "There is no field to seal.");
		err_hint(e, "Give --new, or --field NAME for each one.");
		r = ERR_USAGE;
	}
	return r;
}
