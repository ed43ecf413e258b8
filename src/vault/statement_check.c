/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "vault/policy.h"
#include "vault/statement.h"

#define MINUTE_MS INT64_C(60000)
#define FIRST_MINUTES 60	/* what the default rules give the first policy */

int statement_check_time(const struct statement *st, int64_t now, struct err *e)
{
	if (now >= st->expires) {
		(void)err_set(e, ERR_TIMEOUT, "The request expired %lld seconds ago.",
		    (long long)((now - st->expires) / 1000));
		/* A login is asked for and answered by one clock. */
		(void)err_hint(e, st->action == ACTION_LOGIN
		    ? "Log in again; if that came too soon, this machine's clock has stepped."
		    : "Have it made again; if that seems wrong, compare the clocks of both machines.");
		return ERR_TIMEOUT;
	}
	if (st->time - now > STATEMENT_SKEW_MS) {
		(void)err_set(e, ERR_REFUSED, "The request was made %lld minutes in the future.",
		    (long long)((st->time - now) / MINUTE_MS));
		(void)err_hint(e, "Set the clocks of both machines, and have it made again.");
		return ERR_REFUSED;
	}
	return 0;
}

int statement_check_life(const struct statement *st, const struct policy *p, struct err *e)
{
	int64_t minutes = FIRST_MINUTES;

	if (p != NULL)
		minutes = st->action == ACTION_LOGIN ? policy_rules(p)->login_minutes :
		    policy_rules(p)->request_minutes;
	if (st->expires - st->time > minutes * MINUTE_MS)
		return err_set(e, ERR_REFUSED, "The request would hold for %lld minutes; the policy "
		    "allows %lld.", (long long)((st->expires - st->time) / MINUTE_MS),
		    (long long)minutes);
	return 0;
}

int statement_check(const struct statement *st, const struct policy *p, int64_t now,
    struct err *e)
{
	int r = 0;

	if (p == NULL && st->has_policy) {
		r = err_set(e, ERR_REFUSED, "The request is not for a vault's first policy.");
	} else if (p != NULL && !st->has_policy) {
		r = err_set(e, ERR_REFUSED, "The request is for a first policy, and this vault has "
		    "one.");
	} else if (p != NULL && (policy_vault(p) == NULL ||
	    memcmp(st->vault, policy_vault(p), HASH_LEN) != 0)) {
		r = err_set(e, ERR_REFUSED, "The request is for another vault.");
	} else if (p != NULL && memcmp(st->policy, policy_hash(p), HASH_LEN) != 0) {
		(void)err_set(e, ERR_REFUSED, "The request was made under another policy than the "
		    "newest one known here (%lld).", (long long)policy_serial(p));
		r = err_hint(e, "Have it made again, with the newest policy on both machines.");
		r = r == ERR_INTERNAL ? ERR_REFUSED : r;
	}
	if (r == 0)
		r = statement_check_life(st, p, e);
	if (r == 0 && p != NULL)
		r = policy_check_words(p, st->reason, st->ticket, e);
	if (r == 0)
		r = statement_check_time(st, now, e);
	return r;
}
