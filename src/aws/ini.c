/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/ini.h"

#include <string.h>

static int is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct ini_slice ini_trim(const char *at, size_t len)
{
	while (len > 0 && is_blank(at[0]))
		at++, len--;
	while (len > 0 && is_blank(at[len - 1]))
		len--;
	return (struct ini_slice){ at, len };
}

int ini_is(const struct ini_slice *s, const char *word)
{
	return s->len == strlen(word) && memcmp(s->at, word, s->len) == 0;
}

/* "[name]", and perhaps a comment behind it. */
static int ini_section(struct ini_slice *section, const struct ini_slice *line)
{
	const char *end = memchr(line->at, ']', line->len);
	struct ini_slice rest;

	if (end == NULL)
		return -1;
	*section = ini_trim(line->at + 1, (size_t)(end - line->at) - 1);
	rest = ini_trim(end + 1, line->len - (size_t)(end - line->at) - 1);
	return section->len == 0 || (rest.len > 0 && rest.at[0] != '#' && rest.at[0] != ';') ? -1 : 0;
}

struct ini_state {
	struct ini_slice section;
	int in_section, has_key;
	unsigned line;
};

/* NULL, or what is wrong with the line in a few words. */
static const char *ini_line(struct ini_state *st, const struct ini_slice *raw, struct ini_slice *key,
    struct ini_slice *value)
{
	const struct ini_slice line = ini_trim(raw->at, raw->len);
	const char *eq;

	key->len = 0;
	if (memchr(line.at, '\0', line.len) != NULL)
		return "it holds a NUL byte";
	if (line.len == 0 || line.at[0] == '#' || line.at[0] == ';')
		return NULL;
	if (is_blank(raw->at[0]))
		return st->has_key ? NULL : "it is indented, but no key stands above it";
	if (line.at[0] == '[') {
		st->in_section = 1;
		st->has_key = 0;
		return ini_section(&st->section, &line) == 0 ? NULL : "`[name]` is expected";
	}
	eq = memchr(line.at, '=', line.len);
	if (eq == NULL || eq == line.at)
		return "`key = value` is expected";
	if (!st->in_section)
		return "a `[name]` line has to stand above it";
	*key = ini_trim(line.at, (size_t)(eq - line.at));
	*value = ini_trim(eq + 1, line.len - (size_t)(eq - line.at) - 1);
	st->has_key = 1;
	return key->len == 0 ? "`key = value` is expected" : NULL;
}

int ini_parse(const char *text, size_t len, const char *where, ini_fn fn, void *ctx,
    struct err *e)
{
	struct ini_state st = { .line = 0 };
	struct ini_slice key, value = { "", 0 };
	const char *why, *end;
	int r = 0;

	while (r == 0 && len > 0) {
		struct ini_slice line = { text, len };

		end = memchr(text, '\n', len);
		if (end != NULL)
			line.len = (size_t)(end - text);
		st.line++;
		why = ini_line(&st, &line, &key, &value);
		if (why != NULL)
			return err_set(e, ERR_CONFIG, "%s, line %u: %s.", where, st.line, why);
		if (key.len > 0)
			r = fn(ctx, &st.section, &key, &value, st.line, e);
		len -= line.len + (end != NULL);
		text += line.len + (end != NULL);
	}
	return r;
}
