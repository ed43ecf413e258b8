/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "ceremony/host.h"
#include "cli/open.h"
#include "cli/people.h"

static const struct opt add_opts[] = {
	{ "vault", "ID", "the vault's id, on a machine that has not pinned it yet", 0 },
	{ "reason", "TEXT", "why; holders see and sign it (default: new host)", 0 },
	{ "ticket", "TEXT", "the ticket this belongs to", 0 },
	{ "timeout", "SECONDS", "how long to wait for approvals (default 300)", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct opt list_opts[] = {
	{ "json", NULL, "as JSON", 0 },
	{ NULL, NULL, NULL, 0 }
};

/* A machine that has not seen the vault yet pins what people wrote down. */
static int join(const struct cli *cli, struct err *e)
{
	const char *id = args_value(cli->args, "vault");
	struct config c = { 0 };
	int r;

	if (id == NULL)
		return 0;
	if ((r = config_load_here(&c, cli->conf, e)) == 0)
		r = host_join(c.store, c.state, id, e);
	config_free(&c);
	return r;
}

static int add(const struct cli *cli, struct err *e)
{
	const char *reason = args_value(cli->args, "reason");
	struct requester rq;
	struct people people;
	struct open_vault v;
	int64_t seconds = 300;
	int r;

	if ((r = args_number(cli->args, "timeout", 1, 3600, &seconds, e)) != 0 ||
	    (r = join(cli, e)) != 0)
		return r;
	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	requester_here(&rq);
	if ((r = people_begin(&people, e)) == 0) {
		struct host_in in = { .host = v.config.host, .requester = &rq, .ui = &people.ui,
			.reason = reason != NULL ? reason : "new host",
			.ticket = args_value(cli->args, "ticket"),
			.wait_ms = (int)seconds * 1000 };

		say("Adding host %s to vault %s (policy %lld is the newest here; compare it with "
		    "another host's).", in.host, policy_name(v.session->policy),
		    (long long)policy_serial(v.session->policy));
		r = host_add(v.session, &in, e);
		people_end(&people);
	}
	if (r == 0) {
		say("This machine is host %s now: it can seal, and open with a quorum.", v.config.host);
		say_hint("hosts without a common store copy policies, records and each other's logs; "
		    "twokey-host(1) says how.");
	}
	close_vault(&v);
	return r;
}

static int list_one(const struct policy_host *h, json *list, struct err *e)
{
	json *j;

	if (list == NULL)
		return say_outf(e, "%-20s %s\n", h->name, h->ended ? "removed" : "in use");
	j = json_new_object();
	if (json_set_str(j, "name", h->name) != 0 ||
	    json_set_bytes(j, "key", h->key, sizeof(h->key)) != 0 ||
	    json_set_bool(j, "ended", h->ended) != 0 || json_add(list, j) != 0)
		return err_set(e, ERR_MEMORY, "There is not enough memory for the list.");
	return 0;
}

static int list(const struct cli *cli, struct err *e)
{
	json *all = NULL;
	struct open_vault v;
	int r;

	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	if (args_flag(cli->args, "json"))
		all = json_new_array();
	for (size_t i = 0; r == 0 && i < policy_hosts(v.session->policy); i++)
		r = list_one(policy_host_at(v.session->policy, i), all, e);
	if (r == 0 && all != NULL)
		r = say_json(all, e);
	json_free(&all);
	close_vault(&v);
	return r;
}

const struct command cmd_host_add = {
	.name = "host add",
	.summary = "make this machine a host of the vault, with the policy quorum",
	.text = "Run it on the machine itself, with a copy of the store (or the store that hosts "
	    "share) where its configuration says. With --vault it pins that vault first. The "
	    "quorum signs a policy that names this machine's new key. This is also the way "
	    "back when a host is dead: a copy of the store, a new machine and a quorum suffice.",
	.opts = add_opts,
	.run = add
};

const struct command cmd_host_list = {
	.name = "host list",
	.summary = "the machines that may seal and keep a log",
	.opts = list_opts,
	.run = list
};
