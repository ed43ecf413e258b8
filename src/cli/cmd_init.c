/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/init.h"
#include "cli/open.h"
#include "cli/people.h"

#define HOLDERS_MAX 64
#define QUORUMS_MAX 32
#define RULES_MAX (256u << 10)

static const struct opt opts[] = {
	{ "holder", "FILE", "a holder's bundle, from twokey enroll", OPT_MANY },
	{ "quorum", "EXPR", "who opens records (default: 2 of all holders)", 0 },
	{ "add-quorum", "NAME=EXPR", "one more quorum that records can name", OPT_MANY },
	{ "rules", "FILE", "JSON object whose members replace default rules", 0 },
	{ "timeout", "SECONDS", "how long to wait for all keys (default 600)", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "NAME", "the vault's name, for people", 0 },
	{ NULL, NULL, 0 }
};

struct setup {
	struct bundle *holders[HOLDERS_MAX];
	size_t n_holders;
	struct quorum *trees[QUORUMS_MAX];
	struct init_quorum quorums[QUORUMS_MAX];
	char names[QUORUMS_MAX][NAME_MAX_LEN + 1];
	size_t n_quorums;
	json *rules;
};

static void setup_free(struct setup *s)
{
	for (size_t i = 0; i < s->n_holders; i++)
		bundle_free(&s->holders[i]);
	for (size_t i = 0; i < s->n_quorums; i++)
		quorum_free(&s->trees[i]);
	json_free(&s->rules);
	free(s);
}

static int read_holders(struct setup *s, const struct cli *cli, struct err *e)
{
	struct buf b = BUF_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < args_count(cli->args, "holder"); i++) {
		const char *path = args_nth(cli->args, "holder", i);

		if (s->n_holders == HOLDERS_MAX)
			r = err_set(e, ERR_USAGE, "A vault has at most %d holders.", HOLDERS_MAX);
		buf_reset(&b);
		if (r == 0)
			r = open_read(&b, path, BUNDLE_MAX, e);
		if (r == 0)
			r = bundle_parse(&s->holders[s->n_holders], b.data, b.len, path, e);
		if (r == 0)
			s->n_holders++;
	}
	buf_free(&b);
	if (r == 0 && s->n_holders < 2) {
		err_set(e, ERR_USAGE, "A vault needs at least two holders; %zu %s given.",
		    s->n_holders, s->n_holders == 1 ? "was" : "were");
		err_hint(e, "Give each one's bundle: --holder alice.bundle --holder bob.bundle");
		r = ERR_USAGE;
	}
	return r;
}

static int add_quorum(struct setup *s, const char *name, size_t len, const char *expr,
    struct err *e)
{
	size_t i = s->n_quorums;
	int r;

	if (i == QUORUMS_MAX)
		return err_set(e, ERR_USAGE, "A vault has at most %d quorums.", QUORUMS_MAX);
	if (len > NAME_MAX_LEN)
		len = NAME_MAX_LEN;
	memcpy(s->names[i], name, len);
	s->names[i][len] = '\0';
	if (!text_is_name(s->names[i]))
		return err_set(e, ERR_USAGE, "\"%s\" is no name for a quorum.", s->names[i]);
	if ((r = quorum_from_text(&s->trees[i], expr, e)) != 0)
		return r;
	s->quorums[i] = (struct init_quorum){ s->names[i], s->trees[i] };
	s->n_quorums++;
	return 0;
}

static int read_quorums(struct setup *s, const struct cli *cli, struct err *e)
{
	const char *expr = args_value(cli->args, "quorum");
	struct buf all = BUF_INIT;
	int r;

	buf_puts(&all, "2 of (");
	for (size_t i = 0; i < s->n_holders; i++)
		buf_printf(&all, "%s%s", i > 0 ? ", " : "", s->holders[i]->name);
	buf_puts(&all, ")");
	r = buf_ok(&all) ? add_quorum(s, "default", 7, expr != NULL ? expr : buf_str(&all), e)
			 : err_set(e, ERR_MEMORY, "There is not enough memory for a quorum.");
	buf_free(&all);
	for (size_t i = 0; r == 0 && i < args_count(cli->args, "add-quorum"); i++) {
		const char *word = args_nth(cli->args, "add-quorum", i), *eq = strchr(word, '=');

		r = eq == NULL ? err_set(e, ERR_USAGE, "--add-quorum takes NAME=EXPR, not \"%s\".",
		    word) : add_quorum(s, word, (size_t)(eq - word), eq + 1, e);
	}
	return r;
}

static int read_rules(struct setup *s, const struct cli *cli, struct err *e)
{
	const char *path = args_value(cli->args, "rules");
	struct buf b = BUF_INIT;
	int r;

	if (path == NULL)
		return 0;
	if ((r = open_read(&b, path, RULES_MAX, e)) == 0 &&
	    (r = json_parse(&s->rules, b.data, b.len, JSON_LOOSE, path, e)) == 0 &&
	    !json_is_object(s->rules))
		r = err_set(e, ERR_INPUT, "%s: the rules must be a JSON object.", path);
	buf_free(&b);
	return r;
}

static int show(void *ctx, const char *vault_hex, struct err *e)
{
	const struct setup *s = ctx;
	char print[BUNDLE_FINGERPRINT_LEN + 1];

	(void)e;
	say("Each holder signs the first policy of vault %.16s...", vault_hex);
	for (size_t i = 0; i < s->n_holders; i++) {
		bundle_fingerprint(print, s->holders[i]);
		say("  %-12s %s", s->holders[i]->name, print);
	}
	for (size_t i = 0; i < s->n_quorums; i++) {
		struct buf b = BUF_INIT;

		if (quorum_to_text(&b, s->trees[i], NULL) == 0)
			say("  quorum %s: %s", s->names[i], buf_str(&b));
		buf_free(&b);
	}
	/* Said before anybody signs: afterwards it is too late. */
	for (size_t i = 0; i < s->n_holders; i++)
		if (s->holders[i]->n < 2)
			say_hint("%s has one key only, and this version can add none to a vault later: to give %s a "
			    "second one, end this, and `twokey enroll %s --add-to FILE` first.",
			    s->holders[i]->name, s->holders[i]->name, s->holders[i]->name);
	return 0;
}

static void advise(const struct config *c)
{
	say_hint("copy %s off this machine, and add a second host (twokey help host add): a vault "
	    "outlives its hosts.", c->store);
}

static int run(const struct cli *cli, struct err *e)
{
	struct setup *s = calloc(1, sizeof(*s));
	struct config config = { 0 };
	struct requester rq;
	struct people people;
	char vault[2 * HASH_LEN + 1];
	int64_t seconds = 600;
	int r;

	if (s == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to set a vault up.");
	if ((r = args_number(cli->args, "timeout", 1, 3600, &seconds, e)) != 0 ||
	    (r = config_load_here(&config, cli->conf, e)) != 0 ||
	    (r = read_holders(s, cli, e)) != 0 || (r = read_quorums(s, cli, e)) != 0 ||
	    (r = read_rules(s, cli, e)) != 0 || (r = people_begin(&people, e)) != 0)
		goto out;
	requester_here(&rq);
	struct init_in in = { .name = args_operand(cli->args, "NAME"), .store = config.store,
		.state = config.state, .host = config.host, .holders = s->holders,
		.n_holders = s->n_holders, .quorums = s->quorums, .n_quorums = s->n_quorums,
		.rules = s->rules, .requester = &rq, .ui = &people.ui, .clock = cli->clock,
		.wait_ms = (int)seconds * 1000, .show = show, .ctx = s };
	r = init_vault(vault, &in, e);
	people_end(&people);
	if (r == 0) {
		say("Vault %s is set up; every machine that joins it pins this id:", in.name);
		r = say_outf(e, "%s\n", vault);
		advise(&config);
	}
out:
	config_free(&config);
	setup_free(s);
	return r;
}

const struct command cmd_init = {
	.name = "init",
	.summary = "make a vault: quorum, first holders, this host",
	.text = "Makes this machine the first host of a new vault. Every holder named must be "
	    "present: each signs the first policy with one key. Prints the vault id, the hash "
	    "of that policy, which every other machine pins.",
	.opts = opts,
	.operands = operands,
	.run = run
};
