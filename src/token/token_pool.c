/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_client.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "base/clock.h"

#define LIST_MS 5000
#define STOP_MS 500
#define GONE_MAX 8
#define GONE_REST 3	/* of them wait: the end of a process keeps its client from the processor */

/* A helper that is not needed any more; all but the last GONE_REST were told to end. */
struct gone {
	struct helper helper;
	char path[sizeof(((struct token_device *)0)->path)];	/* "" after a listing */
};

/* A device that is being opened for whoever asks for it next. */
struct ahead {
	struct helper helper;
	struct client_node node;
	struct frame sought;	/* a pre-flight that was sent behind it, or none */
	char path[sizeof(((struct token_device *)0)->path)];
};

struct token_pool {
	struct child server;
	struct helper list;	/* asked for a list that nobody has read ... */
	int64_t looked;		/* ... at this time, monotonic ms */
	struct token_device found[TOKEN_DEVICES_MAX];	/* its answer, read already, */
	size_t nfound;
	int has_found;		/* if this is 1 */
	struct ahead ahead;
	struct gone gone[GONE_MAX];
	size_t ngone;
};

int token_pool_new(struct token_pool **out, struct err *e)
{
	struct token_pool *p = calloc(1, sizeof(*p));

	*out = p;
	if (p == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for security keys.");
	p->server.fd = -1;
	p->list = p->ahead.helper = HELPER_NONE;
	/* Whoever needs a helper that it cannot start is told why then. */
	(void)server_start(&p->server, NULL);
	return 0;
}

void token_pool_free(struct token_pool **pp)
{
	struct token_pool *p = *pp;
	size_t i;

	*pp = NULL;
	if (p == NULL)
		return;
	/* All are told to end, and the server ends behind the last of them. */
	child_end(&p->server);
	helper_close(&p->list);
	helper_close(&p->ahead.helper);
	frame_free(&p->ahead.sought);
	for (i = 0; i < p->ngone; i++)
		helper_close(&p->gone[i].helper);
	(void)child_stop(&p->server, STOP_MS);
	free(p);
}

void pool_stop(struct token_pool *p, struct helper *h, int grace_ms)
{
	helper_stop(h, &p->server, grace_ms);
}

void pool_leave(struct token_pool *p, struct helper *h, const char *path)
{
	if (h->fd < 0)
		return;
	if (p->ngone == GONE_MAX) {
		pool_stop(p, &p->gone[0].helper, STOP_MS);
		p->ngone--;
		memmove(&p->gone[0], &p->gone[1], p->ngone * sizeof(p->gone[0]));
	}
	p->gone[p->ngone].helper = *h;
	memcpy(p->gone[p->ngone].path, path, strlen(path) + 1);
	p->ngone++;
	*h = HELPER_NONE;
	if (p->ngone > GONE_REST)
		helper_end(&p->gone[p->ngone - 1 - GONE_REST].helper);
}

void token_pool_rest(struct token_pool *p)
{
	for (size_t i = 0; i < p->ngone; i++)
		helper_end(&p->gone[i].helper);
}

void pool_await(struct token_pool *p, const char *path)
{
	size_t i, kept = 0;

	for (i = 0; i < p->ngone; i++) {
		if (strcmp(p->gone[i].path, path) == 0)
			pool_stop(p, &p->gone[i].helper, STOP_MS);
		else
			p->gone[kept++] = p->gone[i];
	}
	p->ngone = kept;
}

/* begin: server_ask or server_begin. */
static int pool_list(struct token_pool *p, int (*begin)(struct child *server, int kind,
    const struct frame *rq, struct helper *h, struct err *e), struct err *e)
{
	struct frame rq = { NULL, 0 };
	int r = proto_write_list(&rq, e);

	if (r == 0)
		r = begin(&p->server, PROTO_LIST, &rq, &p->list, e);
	frame_free(&rq);
	return r;
}

void token_pool_look(struct token_pool *p, int fresh_ms)
{
	const int64_t now = clock_monotonic();

	if ((p->list.fd >= 0 || p->has_found) && now - p->looked <= fresh_ms)
		return;
	p->has_found = 0;
	pool_leave(p, &p->list, "");
	p->looked = now;
	(void)pool_list(p, server_ask, NULL);
}

static int list_read(const struct helper *h, struct token_device *list, size_t *n, struct err *e)
{
	struct frame answer = { NULL, 0 };
	struct proto_failure why;
	int r = frame_recv(&answer, h->fd, LIST_MS, e);

	if (r == 0)
		r = proto_check(&answer, e);
	if (r == 0 && answer.type == PROTO_DEVICES)
		r = proto_read_devices(list, n, &answer, e);
	else if (r == 0 && answer.type == PROTO_FAILED &&
	    proto_read_failure(&why, &answer, e) == 0)
		r = why_set(e, "Security keys", &why);
	else if (r == 0)
		r = err_set(e, ERR_INPUT, "An answer is of the wrong kind.");
	frame_free(&answer);
	return r;
}

int token_pool_list(struct token_pool *p, struct token_device list[TOKEN_DEVICES_MAX],
    size_t *n, struct err *e)
{
	struct err inner;
	int r;

	*n = 0;
	if (p->has_found) {
		p->has_found = 0;
		*n = p->nfound;
		memcpy(list, p->found, sizeof(p->found));
		return 0;
	}
	err_clear(&inner);
	if (p->list.fd < 0 || server_await(&p->list, NULL) != 0) {
		r = pool_list(p, server_begin, e);
		if (r != 0)
			return r;
	}
	r = list_read(&p->list, list, n, &inner);
	if (r == ERR_MISSING || r == ERR_TIMEOUT || r == ERR_INPUT) {
		r = err_set(e, ERR_TOKEN, "Security keys cannot be listed: %s", inner.text);
		(void)err_hint(e, "Try again; `twokey doctor` examines the set-up.");
	} else if (r != 0) {
		r = err_set(e, inner.code, "%s", inner.text);
		(void)err_hint(e, "%s", inner.hint);
	}
	if (r == 0)
		pool_leave(p, &p->list, "");
	else
		pool_stop(p, &p->list, 0);
	return r;
}

/* What this key makes of a request that is too long for it is an answer like any other. */
static void ahead_seek(struct ahead *a, const struct token_id *ids, size_t n)
{
	const struct token_info usual = { .max_msg = 1024 };	/* CTAP 2.1 section 6.4, maxMsgSize */
	struct token_id part[PROTO_IDS_MAX];
	size_t at[PROTO_IDS_MAX], next = 0;
	const size_t count = client_cut(&usual, ids, n, 0, part, at, &next);

	if (count == 0 || next < n || proto_write_preflight(&a->sought, part, count, NULL) != 0 ||
	    frame_send(a->helper.fd, &a->sought, 0, NULL) != 0)
		frame_free(&a->sought);
}

void token_pool_ahead(struct token_pool *p, const struct token_device *d, int timeout_ms,
    const struct token_id *ids, size_t n)
{
	struct frame rq = { NULL, 0 };
	struct ahead *a = &p->ahead;

	if (a->helper.fd >= 0)
		return;
	pool_await(p, d->path);
	memcpy(a->path, d->path, sizeof(a->path));
	client_look(&a->node, a->path);
	if (proto_write_open(&rq, a->path, (uint32_t)client_limit(timeout_ms), NULL) == 0 &&
	    server_ask(&p->server, PROTO_OPEN, &rq, &a->helper, NULL) == 0)
		ahead_seek(a, ids, n);
	frame_free(&rq);
}

int token_pool_first(struct token_pool *p, int timeout_ms, const struct token_id *ids, size_t n)
{
	struct pollfd ready = { p->list.fd, POLLIN, 0 };

	if (p->list.fd < 0 || poll(&ready, 1, 0) <= 0 ||
	    token_pool_list(p, p->found, &p->nfound, NULL) != 0)
		return 0;
	p->has_found = 1;
	if (p->nfound > 0)
		token_pool_ahead(p, &p->found[0], timeout_ms, ids, n);
	return 1;
}

int pool_open(struct token_pool *p, struct token *t, struct err *e)
{
	struct ahead *a = &p->ahead;
	struct frame rq = { NULL, 0 };
	int r;

	frame_free(&t->sought);
	if (a->helper.fd >= 0 && strcmp(a->path, t->dev.path) == 0) {
		t->helper = a->helper;
		t->node = a->node;
		a->helper = HELPER_NONE;
		t->sought = a->sought;
		a->sought = (struct frame){ NULL, 0 };
		if (server_await(&t->helper, NULL) == 0)
			return 0;
		frame_free(&t->sought);
	}
	r = proto_write_open(&rq, t->dev.path, (uint32_t)t->timeout_ms, e);
	if (r == 0)
		r = server_begin(&p->server, PROTO_OPEN, &rq, &t->helper, e);
	frame_free(&rq);
	return r;
}
