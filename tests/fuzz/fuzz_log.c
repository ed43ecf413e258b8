/* SPDX-License-Identifier: BSD-2-Clause */
/* A log of any bytes: read in lines, and each line judged alike by json_parse
 * and by the view that verification goes by. */
#undef NDEBUG
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log/reader.h"
#include "log/verify_local.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What the strict parser of statements takes, the tables take. */
static void fuzz_statement(struct view *v, const json *entry)
{
	struct statement *st = NULL;
	enum statement_action action = 0;
	const json *doc = json_get(entry, "statement");
	const uint32_t node = view_get(v, 0, "statement");

	if (!json_is_object(doc) || statement_from_json(&st, doc, "statement", NULL) != 0)
		return;
	assert(verify_statement_shape(v, node, &action) == 0);
	assert(action == st->action);
	statement_free(&st);
}

static void fuzz_members(struct view *v, const json *j)
{
	size_t i;

	for (i = 0; i < json_len(j); i++) {
		const char *key = json_key_at(j, i);
		uint32_t node;

		assert(key != NULL);
		/* Names with escapes are not looked up: no entry has one. */
		if (strpbrk(key, "\"\\") != NULL)
			continue;
		node = view_get(v, 0, key);
		assert(node != VIEW_NONE);
		/* No document has one below 0: the shapes refuse it. */
		assert(view_int(v, node) == (json_int(j, key) < 0 ? -1 : json_int(j, key)));
		assert((json_str(j, key) != NULL) == view_is(v, node, VIEW_STRING));
		if (json_str(j, key) != NULL) {
			char *text = malloc(v->len + 1);

			assert(text != NULL && view_text(v, node, text, v->len + 1) == 0);
			assert(strcmp(text, json_str(j, key)) == 0);
			free(text);
		}
	}
}

static void fuzz_line(const char *line, size_t len)
{
	struct view v = VIEW_INIT;
	uint32_t m[VERIFY_MEMBERS];
	json *j = NULL;
	const int r = json_parse(&j, line, len, JSON_CANONICAL, "line", NULL);

	assert((view_parse(&v, line, len) == 0) == (r == 0));
	if (r == 0 && json_is_object(j)) {
		assert(v.nodes[0].count == json_len(j));
		fuzz_members(&v, j);
		if (verify_shape(&v, verify_type(&v), m) != 0)
			assert(v.why != NULL);
		fuzz_statement(&v, j);
	}
	json_free(&j);
	view_free(&v);
}

struct walk {
	int64_t lines, bytes;
};

static int fuzz_walk(void *arg, int64_t seq, int64_t offset, const char *line, size_t len,
    struct err *e)
{
	struct walk *w = arg;

	(void)line;
	(void)e;
	assert(seq == w->lines && offset == w->bytes && len <= LOG_LINE_MAX);
	w->lines++;
	w->bytes += (int64_t)len + 1;
	return 0;
}

static void fuzz_read(const uint8_t *data, size_t len)
{
	struct store_span span = { memfd_create("log", MFD_CLOEXEC), 0, (int64_t)len };
	struct walk w = { 0, 0 };
	struct log_head h;
	int64_t next;
	int r;

	assert(span.fd >= 0 && write(span.fd, data, len) == (ssize_t)len);
	r = log_lines(&span, 0, 0, -1, fuzz_walk, &w, &next, NULL);
	assert(next == w.bytes && next <= (int64_t)len);
	assert((r == 0) == (next == (int64_t)len));
	log_head_init(&h);
	h.tree.size = w.lines;
	h.bytes = w.bytes;
	r = log_check_head(&span, "host", &h, NULL);
	assert(r == (w.lines == 0 ? 0 : ERR_TAMPERED));
	store_span_close(&span);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data, *end = p + len, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		fuzz_line(p, (size_t)(nl - p));
		if (nl == end)
			break;
	}
	fuzz_read(data, len);
	return 0;
}
