/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "ceremony/session.h"

/* The index has hashed what is new: old lines may have been changed since, so that
 * all of them are hashed here. */
static int each_of(struct session *s, const char *host, log_entry_fn *fn, void *arg, struct err *e)
{
	uint8_t root[HASH_LEN];
	int64_t size;
	int r = session_log_extent(s, host, &size, root, e);

	return r != 0 ? r : log_each_to(s->store, host, size, root, fn, arg, NULL, e);
}

static int each_host(struct session *s, log_entry_fn *fn, void *arg, struct err *e)
{
	int r = 0;

	if (s->log != NULL)
		r = each_of(s, s->host, fn, arg, e);
	for (size_t i = 0; r == 0 && i < s->world.nhosts; i++)
		if (strcmp(s->world.hosts[i].name, s->host) != 0)
			r = each_of(s, s->world.hosts[i].name, fn, arg, e);
	return r;
}

int session_each(struct session *s, log_entry_fn *fn, void *arg, struct err *e)
{
	const int r = session_index(s, e);

	return r == 0 ? each_host(s, fn, arg, e) : r;
}

int session_each_held(struct session *s, log_entry_fn *fn, void *arg, struct err *e)
{
	const int r = session_index_held(s, e);

	return r == 0 ? each_host(s, fn, arg, e) : r;
}

int session_check_logs(const struct session *s, struct err *e)
{
	uint8_t root[HASH_LEN];
	int64_t size;
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->world.nhosts; i++)
		if ((r = session_log_extent(s, s->hosts[i].name, &size, root, e)) == 0)
			r = log_each_to(s->store, s->hosts[i].name, size, root, NULL, NULL, NULL, e);
	return r;
}
