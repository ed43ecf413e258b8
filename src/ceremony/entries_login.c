/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/entries_login.h"

#include "ceremony/entries_local.h"

json *entry_granted(const struct statement *st, const struct approvals *set)
{
	json *j = entry_new("login.granted");

	if (json_set_hex(j, "statement", st->hash, HASH_LEN) != 0 ||
	    json_set(j, "holders", entry_holders(set)) != 0)
		json_free(&j);
	return j;
}

json *entry_session_opened(const struct login_session *s)
{
	json *j = entry_new("session.opened");

	if ((s->login < 0 ? json_set_null(j, "login") : json_set_int(j, "login", s->login)) != 0 ||
	    json_set_str(j, "service", s->service) != 0 || json_set_str(j, "user", s->user) != 0 ||
	    json_set_str(j, "tty", s->tty) != 0 || json_set_str(j, "rhost", s->rhost) != 0 ||
	    json_set_int(j, "uid", s->uid) != 0 || json_set_int(j, "audit", s->audit) != 0)
		json_free(&j);
	return j;
}

json *entry_session_closed(int64_t opened, int64_t ms)
{
	json *j = entry_new("session.closed");

	if (json_set_int(j, "opened", opened) != 0 || json_set_int(j, "ms", ms) != 0)
		json_free(&j);
	return j;
}
