/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/login.h"

#include <stdlib.h>

#include "ceremony/ask.h"
#include "ceremony/entries_login.h"
#include "ceremony/seeker.h"

int login_check(struct session *s, struct err *e)
{
	if (s->log == NULL) {
		err_set(e, ERR_REFUSED, "This machine is no host of vault %s, so no login can be "
		    "recorded here.", policy_name(s->policy));
		err_hint(e, "`twokey host add` makes it one; `twokey doctor` says what is missing.");
		return ERR_REFUSED;
	}
	/* The policy's own check makes sure that the rule names a quorum. */
	if (policy_quorum(s->policy, policy_rules(s->policy)->login) == NULL)
		return err_set(e, ERR_TAMPERED, "The policy names no quorum for logins.");
	return 0;
}

void login_ahead(const struct session *s, struct token_pool *pool)
{
	struct token_id *ids = NULL;
	size_t n = 0;

	if (policy_allow_list(s->policy, NULL, &ids, NULL, &n, NULL) == 0)
		(void)token_pool_first(pool, SEEKER_OPEN_MS, ids, n);
	free(ids);
}

int login_grant(struct login_mark *mark, int *recorded, struct session *s, const struct login_in *in,
    struct err *e)
{
	struct gather g = { .tree = policy_quorum(s->policy, policy_rules(s->policy)->login),
		.pool = in->pool, .wait_ms = in->wait_ms };
	struct ask ask = { .s = s, .requester = in->requester, .ui = in->ui,
		.may_record = in->may_record, .ctx = in->ctx };
	struct statement_in si = { .action = ACTION_LOGIN, .reason = in->reason,
		.ticket = in->ticket };
	struct log_receipt receipt;
	int r;

	*mark = (struct login_mark){ -1, -1, -1 };
	*recorded = 0;
	if ((r = login_check(s, e)) != 0 ||
	    (r = policy_check_words(s->policy, in->reason, in->ticket, e)) != 0)
		return r;
	si.subject = statement_subject_login(in->service, in->user, in->tty, in->rhost);
	if ((r = ask_statement(&ask, &si, e)) == 0)
		r = ask_gather(&ask, &g, NULL, e);
	if (r == 0 && (r = ask_in_time(&ask, e)) == 0) {
		r = ask_record(&ask, entry_granted(ask.st, ask.set), LOG_SPACE_APPROVED, 1,
		    &receipt, e);
		if (r != 0)
			err_prefix(e, "The login could not be recorded for sure, so it is refused");
		else
			*mark = (struct login_mark){ receipt.seq, ask.from.tree.size,
			    ask.from.bytes };
	}
	r = ask_end(&ask, r, e);
	*recorded = ask.requested;
	ask_clear(&ask);
	return r;
}
