/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "cli/open.h"
#include "cli/say.h"
#include "log/prove.h"

#define PROOF_MAX (1u << 20)

static const struct opt opts[] = {
	{ "host", "NAME", "whose log (default: this machine's)", 0 },
	{ "check", "FILE", "check a proof instead of making one", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "ENTRY", "the entry's number", OPERAND_OPTIONAL },
	{ NULL, NULL, 0 }
};

static int make(const struct cli *cli, const struct session *s, const char *number, struct err *e)
{
	const char *name = args_value(cli->args, "host");
	const struct log_host *host = log_world_host(&s->world, name != NULL ? name : s->host);
	char *end;
	long long seq = strtoll(number, &end, 10);
	json *j = NULL;
	int r;

	if (*number == '\0' || *end != '\0' || seq < 0)
		return err_set(e, ERR_USAGE, "\"%s\" is no entry's number.", number);
	if (host == NULL) {
		err_set(e, ERR_MISSING, "The policy names no host \"%s\".",
		    name != NULL ? name : s->host);
		err_hint(e, "Name one with --host.");
		return ERR_MISSING;
	}
	if ((r = prove_entry(&j, s->store, s->vault, host, seq, e)) == 0)
		r = say_json(j, e);
	else if (r == ERR_MISSING)
		err_hint(e, "`twokey log show` lists what there is.");
	json_free(&j);
	return r;
}

static int check(const struct session *s, const char *path, struct err *e)
{
	struct proof p;
	struct buf b = BUF_INIT;
	char root[2 * HASH_LEN + 1];
	int r = open_read(&b, path, PROOF_MAX, e);

	if (r == 0)
		r = proof_check(&p, b.data, b.len, &s->world, e);
	buf_free(&b);
	if (r != 0)
		return r;
	r = proof_check_known(&p, s->log != NULL && strcmp(p.host, s->host) == 0 ? log_head(s->log)
	    : seen_find(&s->seen, p.host), e);
	if (r != 0) {
		proof_free(&p);
		return r;
	}
	hex_encode(root, p.root, HASH_LEN);
	say("Entry %lld is in the log of %s: it is under the checkpoint of %lld entries with root "
	    "%.16s..., signed by that host.", (long long)p.seq, p.host, (long long)p.size, root);
	r = say_json(p.entry, e);
	proof_free(&p);
	return r;
}

static int run(const struct cli *cli, struct err *e)
{
	const char *entry = args_operand(cli->args, "ENTRY"), *file = args_value(cli->args, "check");
	struct open_vault v;
	int r;

	if ((entry == NULL) == (file == NULL))
		return err_set(e, ERR_USAGE, "Name an entry to prove, or --check FILE.");
	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	r = entry != NULL ? make(cli, v.session, entry, e) : check(v.session, file, e);
	close_vault(&v);
	return r;
}

const struct command cmd_log_prove = {
	.name = "log prove",
	.summary = "prove that one entry is in a log",
	.text = "Prints an inclusion proof (RFC 6962) of the entry under the host's signed "
	    "checkpoint, for a machine that knows the vault's policies but has not the log; "
	    "--check verifies such a proof there. Where nothing of the vault is known, hand on "
	    "what `twokey log export --all` writes: `twokey log verify --archive` needs no more.",
	.opts = opts,
	.operands = operands,
	.run = run
};
