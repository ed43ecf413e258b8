/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/cursor.h"

#include <string.h>
#include <unistd.h>

#define FILE_NAME "correlate.json"
#define TYPE "twokey-correlate-v1"
#define LOCK_MS 10000
#define SOURCES_MAX 64

static int fresh(struct cursor *c, struct err *e)
{
	c->doc = json_new_object();
	if (json_set_str(c->doc, "type", TYPE) | json_set(c->doc, "sources", json_new_object()))
		json_free(&c->doc);
	return c->doc != NULL ? 0 : err_set(e, ERR_MEMORY, "Out of memory.");
}

int cursor_read(struct cursor *c, const struct state *s, struct err *e)
{
	const json *sources;
	int r = state_read_json(s, FILE_NAME, &c->doc, &c->why);

	if (r == ERR_MISSING) {
		err_clear(&c->why);
		return fresh(c, e);
	}
	/* It is memory, no more: what it forgets is read once more. */
	if (r == ERR_INPUT)
		return fresh(c, e);
	if (r != 0)
		return err_give(e, &c->why);
	sources = json_get(c->doc, "sources");
	if (json_shape(c->doc, FILE_NAME, NULL, "sources=o", "type=s", NULL) == 0 &&
	    strcmp(json_str(c->doc, "type"), TYPE) == 0 && json_len(sources) <= SOURCES_MAX)
		return 0;
	err_set(&c->why, ERR_INPUT, FILE_NAME " is of another kind.");
	json_free(&c->doc);
	return fresh(c, e);
}

int64_t cursor_get(const struct cursor *c, const char *source)
{
	return json_time(json_get(c->doc, "sources"), source);
}

int cursor_set(struct cursor *c, const char *source, int64_t t, struct err *e)
{
	json *sources = json_copy(json_get(c->doc, "sources"));

	if (json_set_time(sources, source, t) | json_set(c->doc, "sources", sources))
		return err_set(e, ERR_MEMORY, "Out of memory.");
	return 0;
}

int cursor_write(const struct cursor *c, const struct state *s, struct err *e)
{
	int fd, r = state_lock(s, &fd, LOCK_MS, e);

	if (r != 0)
		return r;
	if (c->why.code == ERR_NONE || (r = state_set_aside(s, FILE_NAME, e)) == 0)
		r = state_write_json(s, FILE_NAME, c->doc, e);
	(void)close(fd);
	return r;
}

void cursor_free(struct cursor *c)
{
	json_free(&c->doc);
}
