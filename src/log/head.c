/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

#define HEAD_FILE "head.json"
#define SEEN_FILE "seen.json"
#define WRITTEN_FILE "written.json"

static int head_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for the head of a log.");
}

const struct log_host *log_world_host(const struct log_world *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->nhosts; i++)
		if (strcmp(w->hosts[i].name, name) == 0)
			return &w->hosts[i];
	return NULL;
}

enum record_standing log_host_standing(const struct log_host *h, int64_t serial)
{
	return serial < h->since ? OWNER_NOT_YET
	    : h->until > 0 && serial >= h->until ? OWNER_ENDED : OWNER_IN_CHARGE;
}

int64_t log_world_serial(const struct log_world *w, const uint8_t hash[HASH_LEN])
{
	size_t i;

	for (i = w->npolicies; i-- > 0;)
		if (memcmp(w->policies[i], hash, HASH_LEN) == 0)
			return (int64_t)i + 1;
	return 0;
}

void log_head_init(struct log_head *h)
{
	memset(h, 0, sizeof(*h));
}

/* An owned array of hashes in hex; NULL for lack of memory. */
static json *hashes_to_json(const uint8_t (*hash)[HASH_LEN], size_t n)
{
	char hex[2 * HASH_LEN + 1];
	json *a = json_new_array();
	size_t i;

	for (i = 0; i < n && a != NULL; i++) {
		hex_encode(hex, hash[i], HASH_LEN);
		if (json_add_str(a, hex) != 0)
			json_free(&a);
	}
	return a;
}

static int hash_at(uint8_t out[HASH_LEN], const json *arr, size_t i)
{
	const char *s = json_str_at(arr, i);

	return s != NULL ? hex_decode(out, HASH_LEN, s, strlen(s)) : -1;
}

int log_head_to_json(json *obj, const struct log_head *h, struct err *e)
{
	int bad;

	bad = json_set_int(obj, "size", h->tree.size) != 0 ||
	    json_set_int(obj, "bytes", h->bytes) != 0 ||
	    json_set(obj, "frontier", hashes_to_json(h->tree.node, h->tree.n)) != 0;
	if (!bad && h->tree.size == 0)
		bad = json_set_null(obj, "last") != 0;
	else if (!bad)
		bad = json_set_hex(obj, "last", h->last, HASH_LEN) != 0;
	return bad ? head_memory(e) : 0;
}

int log_head_from_json(struct log_head *h, const json *obj, const char *where, struct err *e)
{
	const json *frontier = json_get(obj, "frontier");
	const size_t n = json_len(frontier);
	const char *last = json_str(obj, "last");
	size_t i;
	int bad;

	log_head_init(h);
	h->tree.size = json_int(obj, "size");
	h->bytes = json_int(obj, "bytes");
	/* A line has two bytes and its newline at least. */
	bad = !json_is_array(frontier) || n > MERKLE_DEPTH || !merkle_fits(h->tree.size, n) ||
	    h->bytes / 3 < h->tree.size || (h->tree.size == 0) != (h->bytes == 0) ||
	    (last == NULL) != (h->tree.size == 0);
	for (i = 0; i < n && !bad; i++)
		bad = hash_at(h->tree.node[i], frontier, i) != 0;
	h->tree.n = n;
	if (!bad && last != NULL)
		bad = hex_decode(h->last, HASH_LEN, last, strlen(last)) != 0;
	if (!bad)
		return 0;
	log_head_init(h);
	return err_set(e, ERR_INPUT, "%s holds what is no head of a log.", where);
}

/* The whole of head.json's object. */
static int head_from_json(struct log_head *h, uint8_t (**pending)[HASH_LEN], size_t *npending,
    const json *j, struct err *e)
{
	const json *list;
	size_t i, n;
	int r;

	r = json_shape(j, HEAD_FILE, e, "bytes=u", "frontier=a", "last=h?", "pending=a", "size=u",
	    "type=s", NULL);
	if (r == 0 && strcmp(json_str(j, "type"), "twokey-head-v1") != 0)
		r = err_set(e, ERR_INPUT, HEAD_FILE " is of another type.");
	if (r == 0)
		r = log_head_from_json(h, j, HEAD_FILE, e);
	if (r != 0)
		return r;
	list = json_get(j, "pending");
	n = json_len(list);
	*pending = calloc(n + 1, HASH_LEN);
	if (*pending == NULL)
		return head_memory(e);
	for (i = 0; i < n && r == 0; i++)
		if (hash_at((*pending)[i], list, i) != 0)
			r = err_set(e, ERR_INPUT, HEAD_FILE ": \"pending\" must hold hashes.");
	*npending = n;
	return r;
}

int head_read(const struct state *s, struct log_head *h, uint8_t (**pending)[HASH_LEN],
    size_t *npending, struct err *e)
{
	json *j = NULL;
	int r;

	log_head_init(h);
	*pending = NULL;
	*npending = 0;
	r = state_read_json(s, HEAD_FILE, &j, e);
	if (r == 0)
		r = head_from_json(h, pending, npending, j, e);
	json_free(&j);
	if (r != 0) {
		free(*pending);
		*pending = NULL;
		*npending = 0;
		log_head_init(h);
	}
	return r;
}

int head_write(const struct state *s, const struct log_head *h,
    const uint8_t (*pending)[HASH_LEN], size_t npending, struct err *e)
{
	json *j = json_new_object();
	int r = 0;

	if (json_set_str(j, "type", "twokey-head-v1") != 0 ||
	    json_set(j, "pending", hashes_to_json(pending, npending)) != 0)
		r = head_memory(e);
	if (r == 0)
		r = log_head_to_json(j, h, e);
	if (r == 0)
		r = state_write_json(s, HEAD_FILE, j, e);
	json_free(&j);
	return r;
}

int64_t head_written(const struct state *s)
{
	json *j = NULL;
	int64_t size = 0;

	if (file_exists(state_dir(s), WRITTEN_FILE) == 1 &&
	    state_read_json(s, WRITTEN_FILE, &j, NULL) == 0 &&
	    json_shape(j, WRITTEN_FILE, NULL, "size=u", "type=s", NULL) == 0 &&
	    strcmp(json_str(j, "type"), "twokey-written-v1") == 0)
		size = json_int(j, "size");
	json_free(&j);
	return size;
}

void head_note_written(const struct state *s, int64_t size)
{
	json *j = json_new_object();

	if (json_set_str(j, "type", "twokey-written-v1") == 0 &&
	    json_set_int(j, "size", size) == 0)
		(void)state_note_json(s, WRITTEN_FILE, j, NULL);
	json_free(&j);
}

int head_known(const struct state *s, struct log_head *h, struct err *e)
{
	uint8_t(*pending)[HASH_LEN] = NULL;
	const int64_t written = head_written(s);
	size_t n = 0;
	int r = head_read(s, h, &pending, &n, e);

	for (size_t i = 0; r == 0 && i < n && h->tree.size < written; i++)
		r = merkle_add(&h->tree, pending[i], e);
	free(pending);
	return r;
}

const struct log_head *seen_find(const struct seen *seen, const char *host)
{
	size_t i;

	for (i = 0; i < seen->n; i++)
		if (strcmp(seen->logs[i].host, host) == 0)
			return &seen->logs[i].head;
	return NULL;
}

int seen_set(struct seen *seen, const char *host, const struct log_head *h, struct err *e)
{
	struct seen_log *more;
	size_t i = 0;

	while (i < seen->n && strcmp(seen->logs[i].host, host) < 0)
		i++;
	if (i == seen->n || strcmp(seen->logs[i].host, host) != 0) {
		more = reallocarray(seen->logs, seen->n + 1, sizeof(*more));
		if (more == NULL)
			return head_memory(e);
		seen->logs = more;
		memmove(&more[i + 1], &more[i], (seen->n - i) * sizeof(*more));
		memset(&more[i], 0, sizeof(more[i]));
		(void)snprintf(more[i].host, sizeof(more[i].host), "%s", host);
		seen->n++;
	}
	seen->logs[i].head = *h;
	return 0;
}

void seen_free(struct seen *seen)
{
	free(seen->logs);
	seen->logs = NULL;
	seen->n = 0;
}

static int seen_from_json(struct seen *seen, const json *j, struct err *e)
{
	const json *logs, *one;
	struct log_head h;
	size_t i;
	int r;

	r = json_shape(j, SEEN_FILE, e, "logs=a", "type=s", NULL);
	if (r == 0 && strcmp(json_str(j, "type"), "twokey-seen-v1") != 0)
		r = err_set(e, ERR_INPUT, SEEN_FILE " is of another type.");
	logs = json_get(j, "logs");
	for (i = 0; r == 0 && i < json_len(logs); i++) {
		one = json_at(logs, i);
		r = json_shape(one, SEEN_FILE, e, "bytes=u", "frontier=a", "host=n", "last=h?",
		    "size=u", NULL);
		if (r == 0)
			r = log_head_from_json(&h, one, SEEN_FILE, e);
		if (r == 0)
			r = seen_set(seen, json_str(one, "host"), &h, e);
	}
	return r;
}

int seen_read(struct seen *out, const struct state *s, struct err *e)
{
	json *j = NULL;
	int r;

	*out = (struct seen) { NULL, 0 };
	if (file_exists(state_dir(s), SEEN_FILE) == 0)
		return 0;
	r = state_read_json(s, SEEN_FILE, &j, e);
	if (r == 0)
		r = seen_from_json(out, j, e);
	json_free(&j);
	if (r != 0)
		seen_free(out);
	return r;
}

int seen_write(const struct seen *seen, const struct state *s, struct err *e)
{
	json *j = json_new_object(), *logs = json_new_array(), *one;
	size_t i;
	int r = 0;

	for (i = 0; i < seen->n && r == 0; i++) {
		one = json_new_object();
		if (json_set_str(one, "host", seen->logs[i].host) != 0)
			r = head_memory(e);
		if (r == 0)
			r = log_head_to_json(one, &seen->logs[i].head, e);
		if (r != 0)
			json_free(&one);
		else if (json_add(logs, one) != 0)
			r = head_memory(e);
	}
	if (r != 0)
		json_free(&logs);
	else if (json_set_str(j, "type", "twokey-seen-v1") != 0 || json_set(j, "logs", logs) != 0)
		r = head_memory(e);
	if (r == 0)
		r = state_write_json(s, SEEN_FILE, j, e);
	json_free(&j);
	return r;
}
