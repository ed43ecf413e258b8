/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LIST_MS 15000	/* for a listing */
#define TRIES_MS 1000	/* for the number of PIN tries left */
#define ANSWER_MS 5000	/* for a client that reads slowly */
#define LOCK_MS 2000	/* for another program that is talking to the key */

static int serve_send(struct frame *f, int r)
{
	if (r == 0)
		r = frame_send(HELPER_FD, f, ANSWER_MS, NULL);
	frame_free(f);
	return r;
}

static int serve_failure(int code, int errnum, int64_t began, int tries)
{
	const struct proto_failure why = { .code = code, .errnum = errnum, .pin_tries = tries,
		.elapsed_ms = (uint32_t)(clock_monotonic() - began) };
	struct frame f;

	return serve_send(&f, proto_write_failure(&f, &why, NULL));
}

static int serve_list(void)
{
	const int64_t began = clock_monotonic();
	struct token_device *list = calloc(TOKEN_DEVICES_MAX, sizeof(*list));
	struct frame f;
	size_t n = 0;
	int r;

	if (list == NULL)
		return ERR_MEMORY;
	/* It must not hang for ever either when the client has died. */
	(void)alarm(LIST_MS / 1000);
	r = key_list(list, TOKEN_DEVICES_MAX, &n);
	if (r != 0) {
		r = serve_failure(r, 0, began, -1);
	} else {
		list_unnamed(list, n);
		list_locked_out(list, TOKEN_DEVICES_MAX, &n);
		r = serve_send(&f, proto_write_devices(&f, list, n, NULL));
	}
	free(list);
	/* Its end takes time, and is not for now: the client has work to do. */
	(void)alarm(0);
	if (r == 0 && frame_recv(&f, HELPER_FD, -1, NULL) == 0)
		frame_free(&f);
	return r;
}

static int serve_info(struct key *k)
{
	struct frame f;

	return serve_send(&f, proto_write_info(&f, key_info(k), NULL));
}

static int serve_preflight(struct key *k, const struct proto_request *rq, int64_t began)
{
	enum token_has has;
	struct frame f;
	size_t which;
	const int why = key_preflight(k, rq->ids, rq->n_ids, &has, &which);

	if (why != 0)
		return serve_failure(why, 0, began, key_info(k)->pin_tries);
	return serve_send(&f, proto_write_found(&f, has, which, NULL));
}

static int serve_make(struct key *k, const struct proto_request *rq, int64_t began)
{
	struct token_credential *c = calloc(1, sizeof(*c));
	struct frame f;
	int r;

	if (c == NULL)
		return ERR_MEMORY;
	key_read_tries(k, TRIES_MS);
	r = key_make(k, &rq->make, c);
	if (r != 0) {
		key_read_tries(k, TRIES_MS);
		r = serve_failure(r, 0, began, key_info(k)->pin_tries);
	} else {
		r = serve_send(&f, proto_write_credential(&f, c, NULL));
	}
	free(c);
	return r;
}

/* Are only those PIN tries left that this client does not use? */
static int keeps(struct key *k, const struct token_assert_request *rq)
{
	if (rq->pin == NULL || rq->tries_kept == 0)
		return 0;
	key_read_tries(k, TRIES_MS);
	return key_info(k)->pin_tries >= 0 && key_info(k)->pin_tries <= rq->tries_kept;
}

static int serve_assert(struct key *k, const struct proto_request *rq, int64_t began)
{
	struct token_assertion *a = calloc(1, sizeof(*a));
	struct frame f;
	int r;

	if (a == NULL)
		return ERR_MEMORY;
	/* The tries were read when the key was opened, and are again when this
	 * fails: asking once more would cost every key a round, and is for those alone
	 * who keep some. */
	r = keeps(k, &rq->assert) ? WHY_KEPT : key_assert(k, &rq->assert, a);
	if (r != 0) {
		key_read_tries(k, TRIES_MS);
		r = serve_failure(r, 0, began, key_info(k)->pin_tries);
	} else {
		r = serve_send(&f, proto_write_assertion(&f, a, NULL));
	}
	token_assertion_free(a);
	free(a);
	return r;
}

static int serve_touch(struct key *k, const struct proto_request *rq, int64_t began)
{
	const int why = key_touch(k, (int)rq->limit_ms);
	struct frame f;

	if (why != 0)
		return serve_failure(why, 0, began, key_info(k)->pin_tries);
	return serve_send(&f, proto_write_plain(&f, PROTO_TOUCHED, NULL));
}

/* One request.  What cannot be answered ends the process: the client sees that. */
static int serve_request(struct key *k, const struct frame *in, struct proto_request *rq)
{
	const int64_t began = clock_monotonic();
	struct frame f;
	int r = proto_read_request(rq, in, NULL);

	if (r != 0 || in->type == PROTO_LIST || in->type == PROTO_OPEN)
		return r != 0 ? r : ERR_INPUT;
	if (device_lock(LOCK_MS) != 0)
		return serve_failure(WHY_BUSY, 0, began, key_info(k)->pin_tries);
	if (in->type == PROTO_WAIT_TOUCH || in->type == PROTO_MAKE || in->type == PROTO_ASSERT)
		r = serve_send(&f, proto_write_plain(&f, PROTO_TOUCH_NOW, NULL));
	if (r != 0)
		return r;
	switch (in->type) {
	case PROTO_GET_INFO:
		key_read_tries(k, TRIES_MS);
		return serve_info(k);
	case PROTO_PREFLIGHT:
		return serve_preflight(k, rq, began);
	case PROTO_WAIT_TOUCH:
		return serve_touch(k, rq, began);
	case PROTO_MAKE:
		return serve_make(k, rq, began);
	default:
		return serve_assert(k, rq, began);
	}
}

/* Requests on an open device, one after the other, until the client ends. */
static int serve_device(struct key *k, struct proto_request *rq)
{
	struct frame in;
	int r;

	for (;;) {
		r = frame_recv(&in, HELPER_FD, -1, NULL);
		if (r == ERR_MISSING)
			return 0;
		if (r == 0)
			r = proto_check(&in, NULL);
		if (r == 0 && watch_begin() == 0)
			r = serve_request(k, &in, rq);
		device_unlock();
		watch_end();
		proto_request_free(rq);
		frame_free(&in);
		if (r != 0)
			return 1;
	}
}

static int serve_open(struct proto_request *rq)
{
	const int64_t began = clock_monotonic();
	struct key *k = key_new();
	int why, errnum;

	if (k == NULL)
		return 1;
	/* A kernel that hangs in open(2) must not keep us when the client dies. */
	(void)alarm(rq->limit_ms / 1000 + 3);
	why = device_open(rq->path, &errnum);
	(void)alarm(0);
	/* Not one byte of the device's is read outside of the filter. */
	if (why == 0 && (watch_start(k) != 0 || sandbox_final() != 0))
		why = WHY_SANDBOX;
	if (why == 0)
		why = key_open(k, (int)rq->limit_ms);
	if (why != 0)
		return serve_failure(why, errnum, began, -1) == 0 ? 0 : 1;
	device_unlock();
	if (serve_info(k) != 0)
		return 1;
	return serve_device(k, rq);
}

/* The first request: the one kind that this process is here for. */
static int serve_first(struct proto_request *rq, int type)
{
	struct frame in = { NULL, 0 };
	int r;

	r = frame_recv(&in, HELPER_FD, -1, NULL);
	if (r == 0)
		r = proto_check(&in, NULL);
	if (r == 0)
		r = proto_read_request(rq, &in, NULL);
	if (r == 0 && in.type != type)
		r = ERR_INPUT;
	frame_free(&in);
	return r;
}

int serve_as(int type)
{
	struct proto_request *rq = calloc(1, sizeof(*rq));
	int status = 1;

	if (rq == NULL)
		return 1;
	if (serve_first(rq, type) == 0)
		status = type == PROTO_LIST ? serve_list() : serve_open(rq);
	proto_request_free(rq);
	free(rq);
	return status == 0 ? 0 : 1;
}
