/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/enrol.h"
#include "cli/open.h"
#include "cli/people.h"

static const struct opt opts[] = {
	{ "label", "NAME", "what to call this key (default: key-1, key-2, ...)", 0 },
	{ "out", "FILE", "where the bundle goes (default: HOLDER.bundle)", 0 },
	{ "add-to", "FILE", "add this key to the holder's bundle in FILE", 0 },
	{ "timeout", "SECONDS", "how long to wait for a key (default 120)", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "HOLDER", "the person's name: lower-case letters, digits, '.', '-'", 0 },
	{ NULL, NULL, 0 }
};

static int read_old(struct bundle **old, const char *path, const char *holder, struct err *e)
{
	struct buf b = BUF_INIT;
	int r = open_read(&b, path, BUNDLE_MAX, e);

	if (r == 0)
		r = bundle_parse(old, b.data, b.len, path, e);
	buf_free(&b);
	if (r == 0 && strcmp((*old)->name, holder) != 0) {
		r = err_set(e, ERR_USAGE, "%s is the bundle of %s, not of %s.", path, (*old)->name,
		    holder);
		bundle_free(old);
	}
	return r;
}

/* What can be said before anybody touches a key. */
static int check(const struct bundle *old, const char *label, const char *out, int replace,
    struct err *e)
{
	int r;

	if (!text_is_name(label)) {
		err_set(e, ERR_USAGE, "\"%s\" is no label for a key.", label);
		err_hint(e, "Use lower-case letters, digits, '.' and '-', at most %d.", NAME_MAX_LEN);
		return ERR_USAGE;
	}
	if (old != NULL && old->n == BUNDLE_TOKENS_MAX)
		return err_set(e, ERR_REFUSED, "%s has %d keys already, and may not have more.",
		    old->name, BUNDLE_TOKENS_MAX);
	if (old != NULL && bundle_token(old, label) != NULL) {
		err_set(e, ERR_EXISTS, "%s has a key with the label %s already.", old->name, label);
		err_hint(e, "Give the new key another one with --label.");
		return ERR_EXISTS;
	}
	if ((r = open_may_write(out, replace, e)) == ERR_EXISTS)
		err_hint(e, "Name another file with --out, or add the key with --add-to %s.", out);
	return r;
}

static int show(const struct bundle *b, const char *path, struct err *e)
{
	char print[BUNDLE_FINGERPRINT_LEN + 1];

	bundle_fingerprint(print, b);
	say("Enrolled %s with %zu %s; the bundle is in %s.", b->name, b->n,
	    b->n == 1 ? "key" : "keys", path);
	if (b->n == 1)
		say_hint("enrol a second key, so that losing one locks nobody out: "
		    "twokey enroll %s --add-to %s", b->name, path);
	say("Read this fingerprint aloud to the people who set the vault up:");
	return say_outf(e, "%s\n", print);
}

static int run(const struct cli *cli, struct err *e)
{
	const char *holder = args_operand(cli->args, "HOLDER");
	const char *add = args_value(cli->args, "add-to"), *out = args_value(cli->args, "out");
	const char *label = args_value(cli->args, "label");
	char next[NAME_MAX_LEN + 1], path[NAME_MAX_LEN + 16];
	struct bundle *old = NULL, *b = NULL;
	struct buf text = BUF_INIT;
	struct people people;
	int64_t seconds = 120;
	int replace, r;

	if (!text_is_name(holder))
		return err_set(e, ERR_USAGE, "\"%s\" is no name for a holder: use lower-case "
		    "letters, digits, '.' and '-'.", holder);
	if ((r = args_number(cli->args, "timeout", 1, 3600, &seconds, e)) != 0 ||
	    (add != NULL && (r = read_old(&old, add, holder, e)) != 0))
		return r;
	snprintf(path, sizeof(path), "%s.bundle", holder);
	if (out == NULL)
		out = add != NULL ? add : path;
	replace = add != NULL && strcmp(out, add) == 0;
	snprintf(next, sizeof(next), "key-%zu", old != NULL ? old->n + 1 : 1);
	if (label == NULL)
		label = next;
	if ((r = check(old, label, out, replace, e)) != 0 || (r = people_begin(&people, e)) != 0)
		goto out;
	struct enrol in = { .holder = holder, .old = old, .ui = &people.ui, .clock = cli->clock,
		.label = label, .pool = cli->pool, .wait_ms = (int)seconds * 1000 };
	r = enrol_key(&b, &in, e);
	people_end(&people);
	if (r == 0 && (r = bundle_write(&text, b, e)) == 0)
		r = open_write(out, &text, replace, e);
	if (r == 0)
		r = show(b, out, e);
out:
	buf_free(&text);
	bundle_free(&b);
	bundle_free(&old);
	return r;
}

const struct command cmd_enroll = {
	.name = "enroll",
	.summary = "make an enrolment bundle with the key plugged in",
	.text = "Makes a credential on the key, wraps a new identity with it, proves that the "
	    "key's PIN protects it, and signs the result: four touches. No vault is needed, "
	    "and nothing secret leaves the key's owner. The bundle is public: send it to the "
	    "people who run `twokey init`, and compare the fingerprint aloud.",
	.opts = opts,
	.operands = operands,
	.flags = COMMAND_KEYS,
	.run = run
};
