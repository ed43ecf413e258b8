/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "vault/quorum_local.h"

#define THRESHOLD_MAX 255

/* The text form: tree = name | number "of" "(" tree { "," tree } ")". */
struct reader {
	const char *text;
	const char *p;
	struct err *e;
	int depth;
};

static void skip_space(struct reader *rd)
{
	while (*rd->p == ' ' || *rd->p == '\t' || *rd->p == '\n')
		rd->p++;
}

static size_t word_length(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789.-");
}

static int off(const struct reader *rd, const char *wanted)
{
	char shown[48];

	text_escape(shown, sizeof(shown), rd->p, strlen(rd->p));
	if (shown[0] == '\0')
		(void)err_set(rd->e, ERR_USAGE, "The quorum ends where %s was expected.", wanted);
	else
		(void)err_set(rd->e, ERR_USAGE, "The quorum has \"%s\" where %s was expected.",
		    shown, wanted);
	(void)err_hint(rd->e, "Write it like this: 2 of (alice, bob, 1 of (carol, dave)).");
	return ERR_USAGE;
}

/* 1 and *n when the word is a number of the text form. */
static int read_number(size_t *n, const char *word, size_t len)
{
	*n = 0;
	if (len == 0 || len > 3 || word[0] == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return 0;
		*n = *n * 10 + (size_t)(word[i] - '0');
	}
	return *n <= THRESHOLD_MAX;
}

static int read_tree(struct reader *rd, struct quorum_node **out);

static int read_group(struct reader *rd, size_t threshold, struct quorum_node **out)
{
	struct quorum_node *node = quorum_node(threshold), *child = NULL;
	int r = ERR_MEMORY;

	if (node == NULL) {
		(void)err_set(rd->e, ERR_MEMORY, "No memory is left for a quorum.");
		goto out;
	}
	do {
		rd->p++; /* "(" or "," */
		r = read_tree(rd, &child);
		if (r == 0)
			r = quorum_hang(node, child, rd->e);
		if (r != 0)
			goto out;
		skip_space(rd);
	} while (*rd->p == ',' && node->n < QUORUM_HOLDERS_MAX);
	if (*rd->p != ')') {
		r = off(rd, "\",\" or \")\"");
		goto out;
	}
	rd->p++;
	*out = node;
	node = NULL;
out:
	quorum_node_free(&node);
	return r;
}

static int read_tree(struct reader *rd, struct quorum_node **out)
{
	const char *word;
	size_t len, threshold;
	int r;

	*out = NULL;
	skip_space(rd);
	word = rd->p;
	len = word_length(word);
	if (len == 0)
		return off(rd, "a name or a number");
	rd->p += len;
	skip_space(rd);
	if (word_length(rd->p) != 2 || strncmp(rd->p, "of", 2) != 0) {
		*out = quorum_leaf(word, len);
		return *out != NULL ? 0 :
		    err_set(rd->e, ERR_MEMORY, "No memory is left for a quorum.");
	}
	if (!read_number(&threshold, word, len)) {
		rd->p = word;
		return off(rd, "a number from 1 to 255");
	}
	rd->p += 2;
	skip_space(rd);
	if (*rd->p != '(')
		return off(rd, "\"(\"");
	if (++rd->depth > QUORUM_DEPTH)
		return err_set(rd->e, ERR_USAGE, "The quorum is more than %d groups deep.",
		    QUORUM_DEPTH);
	r = read_group(rd, threshold, out);
	rd->depth--;
	return r;
}

int quorum_from_text(struct quorum **q, const char *text, struct err *e)
{
	struct reader rd = { text, text, e, 0 };
	struct quorum_node *top = NULL;
	int r;

	*q = NULL;
	r = read_tree(&rd, &top);
	if (r == 0) {
		skip_space(&rd);
		if (*rd.p != '\0')
			r = off(&rd, "the end");
	}
	if (r == 0) {
		r = quorum_finish(q, top, ERR_USAGE, "The quorum", e);
		top = NULL;
	}
	quorum_node_free(&top);
	return r;
}

static int read_json(struct quorum_node **out, const json *tree, int depth, const char *where,
    struct err *e)
{
	const json *of;
	struct quorum_node *node = NULL, *child = NULL;
	int64_t threshold;
	int r;

	*out = NULL;
	if (json_is_string(tree)) {
		*out = quorum_leaf(json_text(tree), strlen(json_text(tree)));
		return *out != NULL ? 0 : err_set(e, ERR_MEMORY, "No memory is left for a quorum.");
	}
	if (depth > QUORUM_DEPTH)
		return err_set(e, ERR_INPUT, "%s: the tree is more than %d groups deep.", where,
		    QUORUM_DEPTH);
	r = json_shape(tree, where, e, "of=a", "threshold=u", NULL);
	if (r != 0)
		return r;
	of = json_get(tree, "of");
	threshold = json_int(tree, "threshold");
	if (threshold > THRESHOLD_MAX || json_len(of) > QUORUM_HOLDERS_MAX)
		return err_set(e, ERR_INPUT, "%s: a group has at most %d members.", where,
		    QUORUM_HOLDERS_MAX);
	node = quorum_node((size_t)threshold);
	if (node == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for a quorum.");
	for (size_t i = 0; i < json_len(of) && r == 0; i++) {
		r = read_json(&child, json_at(of, i), depth + 1, where, e);
		if (r == 0)
			r = quorum_hang(node, child, e);
	}
	if (r == 0) {
		*out = node;
		node = NULL;
	}
	quorum_node_free(&node);
	return r;
}

int quorum_from_json(struct quorum **q, const json *tree, const char *where, struct err *e)
{
	struct quorum_node *top = NULL;
	int r;

	*q = NULL;
	r = read_json(&top, tree, 1, where, e);
	return r != 0 ? r : quorum_finish(q, top, ERR_INPUT, where, e);
}

static json *write_json(const struct quorum_node *node)
{
	json *j, *of;
	int r;

	if (node->holder != NULL)
		return json_new_str(node->holder);
	j = json_new_object();
	of = json_new_array();
	r = j == NULL || of == NULL;
	for (size_t i = 0; i < node->n && r == 0; i++)
		r = json_add(of, write_json(node->of[i]));
	if (r == 0) {
		r = json_set(j, "of", of);
		of = NULL;
	}
	if (r == 0)
		r = json_set_int(j, "threshold", (int64_t)node->threshold);
	if (r != 0)
		json_free(&j);
	json_free(&of);
	return j;
}

json *quorum_to_json(const struct quorum *q)
{
	return write_json(q->top);
}

static void write_text(struct buf *out, const struct quorum_node *node)
{
	if (node->holder != NULL) {
		buf_puts(out, node->holder);
		return;
	}
	buf_printf(out, "%zu of (", node->threshold);
	for (size_t i = 0; i < node->n; i++) {
		if (i > 0)
			buf_puts(out, ", ");
		write_text(out, node->of[i]);
	}
	buf_puts(out, ")");
}

int quorum_to_text(struct buf *out, const struct quorum *q, struct err *e)
{
	write_text(out, q->top);
	return buf_ok(out) ? 0 : err_set(e, ERR_MEMORY, "No memory is left for a quorum.");
}
