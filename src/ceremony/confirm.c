/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/confirm.h"

#include "ceremony/entries.h"

static int ask(struct ask *a, const struct confirm_in *in, const struct quorum *tree, struct err *e)
{
	struct statement_in si = { .action = ACTION_CONFIRM, .reason = in->reason,
		.ticket = in->ticket };
	struct gather g = { .tree = tree, .must = policy_rules(a->s->policy)->confirm,
		.pool = in->pool, .wait_ms = in->wait_ms };
	int r;

	si.subject = statement_subject_confirm(in->record, in->version, &in->field, 1);
	r = ask_statement(a, &si, e);
	return r != 0 ? r : ask_gather(a, &g, NULL, e);
}

int confirm_rotation(int64_t *seq, struct session *s, const struct confirm_in *in, struct err *e)
{
	struct ask a = { .s = s, .requester = in->requester, .ui = in->ui };
	const struct quorum *tree = policy_quorum(s->policy, in->quorum);
	struct log_receipt receipt;
	int r;

	*seq = -1;
	if ((r = session_need_host(s, e)) != 0 ||
	    (r = policy_check_words(s->policy, in->reason, in->ticket, e)) != 0)
		return r;
	if (tree == NULL)
		return err_set(e, ERR_REFUSED, "The policy has no quorum %s any more, which record %s "
		    "names.", in->quorum, in->record);
	if ((r = ask(&a, in, tree, e)) == 0 && (r = ask_in_time(&a, e)) == 0 &&
	    (r = ask_record(&a, entry_confirmed(a.st, in->record, in->version, in->field, "holders"),
	    LOG_SPACE_APPROVED, 1, &receipt, e)) != 0)
		err_prefix(e, "The confirmation could not be recorded for sure");
	if (r == 0)
		*seq = receipt.seq;
	r = ask_end(&a, r, e);
	ask_clear(&a);
	return r;
}
