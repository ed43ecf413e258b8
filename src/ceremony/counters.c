/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/counters.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FILE_NAME "counters.json"
#define TYPE "twokey-counters-v1"

static void make_key(char out[2 * NAME_MAX_LEN + 2], const struct approval *a)
{
	snprintf(out, 2 * NAME_MAX_LEN + 2, "%s/%s", a->holder, a->token);
}

/* {type, counters: {"holder/label": last}}; NULL when there is none. */
static json *counters_read(const struct state *s)
{
	struct err why = { 0 };
	json *j = NULL;

	if (state_read_json(s, FILE_NAME, &j, &why) == 0 &&
	    json_shape(j, FILE_NAME, &why, "type=s", "counters=o", NULL) != 0)
		json_free(&j);
	return j;
}

void counters_compare(const struct state *s, const struct approval *a, uint32_t counter,
    json *warnings)
{
	json *j = counters_read(s);
	char key[2 * NAME_MAX_LEN + 2], text[256];
	int64_t last;

	make_key(key, a);
	last = j != NULL ? json_int(json_get(j, "counters"), key) : -1;
	if (last > 0 && (int64_t)counter <= last) {
		snprintf(text, sizeof(text), "The sign counter of %s's key %s went from %lld to "
		    "%lu: a clone of it may exist, unless this model restarts its counter.",
		    a->holder, a->token, (long long)last, (unsigned long)counter);
		(void)json_add_str(warnings, text);
	}
	json_free(&j);
}

void counters_keep(const struct state *s, const struct approvals *set)
{
	json *j = counters_read(s), *map;
	struct err why = { 0 };
	int bad = 0, changed = 0;

	map = j != NULL ? json_copy(json_get(j, "counters")) : json_new_object();
	json_free(&j);
	for (size_t i = 0; i < approvals_size(set); i++) {
		const struct approval *a = approvals_at(set, i);
		char key[2 * NAME_MAX_LEN + 2];
		int64_t n = (int64_t)a->authdata[33] << 24 | a->authdata[34] << 16 |
		    a->authdata[35] << 8 | a->authdata[36];

		make_key(key, a);
		if (n > 0 && json_int(map, key) != n) {
			bad |= json_set_int(map, key, n);
			changed = 1;
		}
	}
	j = json_new_object();
	if (changed && !bad && json_set_str(j, "type", TYPE) == 0 &&
	    json_set(j, "counters", map) == 0)
		(void)state_note_json(s, FILE_NAME, j, &why);
	else
		json_free(&map);
	json_free(&j);
}
