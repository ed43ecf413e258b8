/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/requester.h"

json *requester_json(const struct requester *r, const char *host)
{
	json *j = json_new_object();

	if (json_set_str(j, "user", r->user) != 0 || json_set_int(j, "uid", r->uid) != 0 ||
	    json_set_str(j, "host", host) != 0 || json_set_str(j, "tty", r->tty) != 0 ||
	    json_set_str(j, "via", r->via) != 0)
		json_free(&j);
	return j;
}
