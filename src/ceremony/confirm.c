/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/confirm.h"

#include <string.h>

#include "ceremony/entries.h"

/* From the statement to approvals that satisfy the record's quorum.  On to ask_end. */
static int touched(struct ask *a, enum statement_action action, const struct confirm_in *in,
    struct err *e)
{
	struct session *s = a->s;
	struct statement_in si = { .action = action, .reason = in->reason, .ticket = in->ticket };
	struct gather g = { .tree = policy_quorum(s->policy, in->quorum),
		.must = action == ACTION_CONFIRM ? policy_rules(s->policy)->confirm : NULL,
		.pool = in->pool, .wait_ms = in->wait_ms };
	int r;

	if ((r = session_need_host(s, e)) != 0 ||
	    (r = policy_check_words(s->policy, in->reason, in->ticket, e)) != 0)
		return r;
	if (g.tree == NULL)
		return err_set(e, ERR_REFUSED, "The policy has no quorum %s any more, which record %s "
		    "names.", in->quorum, in->record);
	si.subject = statement_subject_fields(in->record, in->version, &in->field, 1);
	r = ask_statement(a, &si, e);
	return r != 0 ? r : ask_gather(a, &g, NULL, e);
}

int confirm_rotation(int64_t *seq, struct session *s, const struct confirm_in *in, struct err *e)
{
	struct ask a = { .s = s, .requester = in->requester, .ui = in->ui };
	struct log_receipt receipt;
	int r;

	*seq = -1;
	if ((r = touched(&a, ACTION_CONFIRM, in, e)) == 0 && (r = ask_in_time(&a, e)) == 0 &&
	    (r = ask_record(&a, entry_confirmed(a.st, in->record, in->version, in->field, "holders"),
	    LOG_SPACE_APPROVED, 1, &receipt, e)) != 0)
		err_prefix(e, "The confirmation could not be recorded for sure");
	if (r == 0)
		*seq = receipt.seq;
	r = ask_end(&a, r, e);
	ask_clear(&a);
	return r;
}

int attend_begin(struct ask *a, struct session *s, const struct confirm_in *in, struct err *e)
{
	int r;

	memset(a, 0, sizeof(*a));
	a->s = s;
	a->requester = in->requester;
	a->ui = in->ui;
	r = ask_end(a, touched(a, ACTION_ATTEND, in, e), e);
	if (r != 0)
		ask_clear(a);
	return r;
}

int attend_seal(struct ask *a, int r, struct seal_item *item, struct seal_done *done, struct err *e)
{
	struct err untold = { 0 };
	size_t sealed;

	item->attended = a->st;
	if (r != 0) {
		/* Words about a secret are not for the log. */
		err_set(&untold, (enum err_code)r, "No secret was taken in.");
		(void)ask_end(a, r, &untold);
	} else {
		if ((r = ask_in_time(a, e)) == 0)
			r = seal_records(a->s, item, 1, 0, a->requester, done, &sealed, e);
		r = ask_end(a, r, e);
	}
	item->attended = NULL;
	ask_clear(a);
	return r;
}
