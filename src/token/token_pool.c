/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_client.h"

#include <stdlib.h>
#include <string.h>

#define STOP_MS 500
#define SEND_MS 2000
#define GONE_MAX 8

/* A helper that was told to end. */
struct gone {
	struct child child;
	char path[sizeof(((struct token_device *)0)->path)];	/* "" after a listing */
};

/* A device that is being opened for whoever asks for it next. */
struct ahead {
	struct child child;	/* not running: there is none */
	struct client_node node;
	char path[sizeof(((struct token_device *)0)->path)];
};

struct token_pool {
	struct child list;
	struct child spare[TOKEN_POOL_MAX];
	size_t nspare;
	struct ahead ahead;
	struct gone gone[GONE_MAX];
	size_t ngone;
};

int token_pool_new(struct token_pool **out, size_t n, struct err *e)
{
	struct token_pool *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (p == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for security keys.");
	p->list.fd = p->ahead.child.fd = -1;
	/* Whoever needs one that could not be started is told why then. */
	(void)client_start_list(&p->list, NULL);
	while (p->nspare < n && p->nspare < TOKEN_POOL_MAX &&
	    client_start(NULL, &p->spare[p->nspare], NULL) == 0)
		p->nspare++;
	*out = p;
	return 0;
}

void token_pool_free(struct token_pool **pp)
{
	struct token_pool *p = *pp;
	size_t i;

	*pp = NULL;
	if (p == NULL)
		return;
	/* All of them are told before the first is waited for. */
	child_end(&p->list);
	child_end(&p->ahead.child);
	for (i = 0; i < p->nspare; i++)
		child_end(&p->spare[i]);
	for (i = 0; i < p->nspare; i++)
		client_stop(&p->spare[i], STOP_MS);
	for (i = 0; i < p->ngone; i++)
		client_stop(&p->gone[i].child, STOP_MS);
	client_stop(&p->ahead.child, STOP_MS);
	client_stop(&p->list, STOP_MS);
	free(p);
}

int pool_take(struct token_pool *p, struct child *c)
{
	while (p != NULL && p->nspare > 0) {
		*c = p->spare[0];
		p->nspare--;
		memmove(&p->spare[0], &p->spare[1], p->nspare * sizeof(p->spare[0]));
		if (child_runs(c))
			return 1;
		client_stop(c, 0);
	}
	return 0;
}

int pool_take_list(struct token_pool *p, struct child *c)
{
	if (p == NULL || p->list.pid == 0)
		return 0;
	*c = p->list;
	p->list = (struct child) { 0, -1 };
	return 1;
}

void pool_leave(struct token_pool *p, struct child *c, const char *path)
{
	if (p == NULL || c->pid == 0) {
		client_stop(c, STOP_MS);
		return;
	}
	child_end(c);
	if (p->ngone == GONE_MAX) {
		client_stop(&p->gone[0].child, STOP_MS);
		p->ngone--;
		memmove(&p->gone[0], &p->gone[1], p->ngone * sizeof(p->gone[0]));
	}
	p->gone[p->ngone].child = *c;
	memcpy(p->gone[p->ngone].path, path, strlen(path) + 1);
	p->ngone++;
	*c = (struct child) { 0, -1 };
}

void pool_await(struct token_pool *p, const char *path)
{
	size_t i, kept = 0;

	if (p == NULL)
		return;
	for (i = 0; i < p->ngone; i++) {
		if (strcmp(p->gone[i].path, path) == 0)
			client_stop(&p->gone[i].child, STOP_MS);
		else
			p->gone[kept++] = p->gone[i];
	}
	p->ngone = kept;
}

void token_pool_ahead(struct token_pool *p, const struct token_device *d, int timeout_ms)
{
	struct frame rq = { NULL, 0 };
	struct ahead *a;

	if (p == NULL || p->ahead.child.pid != 0 || client_start(p, &p->ahead.child, NULL) != 0)
		return;
	a = &p->ahead;
	pool_await(p, d->path);
	memcpy(a->path, d->path, sizeof(a->path));
	client_look(&a->node, a->path);
	if (proto_write_open(&rq, a->path, (uint32_t)client_limit(timeout_ms), NULL) != 0 ||
	    frame_send(a->child.fd, &rq, SEND_MS, NULL) != 0)
		client_stop(&a->child, 0);
	frame_free(&rq);
}

int pool_take_ahead(struct token_pool *p, const char *path, struct child *c,
    struct client_node *node)
{
	if (p == NULL || p->ahead.child.pid == 0 || strcmp(p->ahead.path, path) != 0)
		return 0;
	*c = p->ahead.child;
	*node = p->ahead.node;
	p->ahead.child = (struct child) { 0, -1 };
	return 1;
}

int token_list(struct token_device list[TOKEN_DEVICES_MAX], size_t *n, struct err *e)
{
	return token_pool_list(NULL, list, n, e);
}

int token_open(struct token **out, const struct token_device *d, int timeout_ms, struct err *e)
{
	return token_pool_open(NULL, out, d, timeout_ms, e);
}
