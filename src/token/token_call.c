/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define TICK_MS 200
#define SEND_MS 2000
#define REST_MS 1000	/* for the rest of a message that has begun */
#define SLACK_MS 500	/* that a helper may need beyond the key's own time */
#define CANCEL_MS 1500	/* for the answer to a cancel */
#define STOP_MS 300
#define EARLY_MS 1500	/* until then nobody has touched anything */

#define CODE_CANCELLED 0x2d
#define CODE_NO_TOUCH 0x3a

static int call_why(struct proto_failure *why, int code, int64_t began)
{
	*why = (struct proto_failure){ .code = code, .pin_tries = -1,
		.elapsed_ms = (uint32_t)(clock_monotonic() - began) };
	return ERR_TOKEN;
}

static int call_told(const struct token_watch *w, enum token_wait kind, int64_t left)
{
	return w == NULL || w->fn == NULL ? 0 : w->fn(w->ctx, kind, left < 0 ? 0 : (int)left);
}

/* Waits for a frame until *until, ticking.  0, ERR_TIMEOUT, ERR_CANCELLED, or
 * ERR_INPUT when the helper ended or talks nonsense. */
static int call_wait(int fd, int64_t until, const struct token_watch *w, struct frame *f)
{
	int64_t tick = clock_monotonic() + TICK_MS;

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		const int64_t now = clock_monotonic();
		const int64_t nearest = until < tick ? until : tick;
		int n;

		n = poll(&p, 1, nearest <= now ? 0 : (int)(nearest - now));
		if (n < 0 && errno != EINTR)
			return ERR_INPUT;
		if (n > 0)
			return frame_recv(f, fd, REST_MS, NULL) == 0 && proto_check(f, NULL) == 0 ?
			    0 : ERR_INPUT;
		/* A signal may have set what the watch looks at: ask at once. */
		if (n < 0 || clock_monotonic() >= tick) {
			tick = clock_monotonic() + TICK_MS;
			if (call_told(w, TOKEN_WAIT_TICK, until - clock_monotonic()) != 0)
				return ERR_CANCELLED;
		}
		if (clock_monotonic() >= until)
			return ERR_TIMEOUT;
	}
}

/* The answer itself; TOUCH_NOW before it starts the touch's own limit. */
static int call_answer(struct token *t, int limit_ms, const struct token_watch *w,
    struct frame *answer)
{
	int64_t until = clock_monotonic() + limit_ms + SLACK_MS;
	int r;

	r = call_wait(t->helper.fd, until, w, answer);
	if (r != 0 || answer->type != PROTO_TOUCH_NOW)
		return r;
	frame_free(answer);
	until = clock_monotonic() + limit_ms;
	if (call_told(w, TOKEN_WAIT_TOUCH, limit_ms) != 0)
		return ERR_CANCELLED;
	r = call_wait(t->helper.fd, until, w, answer);
	return r == 0 && answer->type == PROTO_TOUCH_NOW ? ERR_INPUT : r;
}

/* Tells the helper to cancel (token_proto.h), so that the key stops waiting,
 * and takes what it still says: 0 and the answer, or ERR_TIMEOUT. */
static int call_cancel(struct token *t, struct frame *answer)
{
	const int64_t until = clock_monotonic() + CANCEL_MS;
	int r;

	frame_free(answer);
	(void)shutdown(t->helper.fd, SHUT_WR);
	do {
		frame_free(answer);
		r = call_wait(t->helper.fd, until, NULL, answer);
	} while (r == 0 && answer->type == PROTO_TOUCH_NOW);
	pool_stop(t->pool, &t->helper, STOP_MS);
	return r;
}

/* After a cancel or the limit.  A touch at the last moment still counts. */
static int call_over(struct token *t, int r, int64_t began, struct frame *answer,
    struct proto_failure *why, struct err *e)
{
	const int got = call_cancel(t, answer);

	if (r == ERR_CANCELLED) {
		frame_free(answer);
		return err_set(e, ERR_CANCELLED, "Cancelled: %s was not used.",
		    client_name(&t->dev));
	}
	if (got == 0 && answer->type != PROTO_FAILED)
		return 0;
	frame_free(answer);
	(void)call_why(why, got == 0 ? CODE_NO_TOUCH : WHY_SILENT, began);
	/* However short our limit was: nobody refused. */
	if (why->elapsed_ms < WHY_REFUSAL_MS)
		why->elapsed_ms = WHY_REFUSAL_MS;
	return ERR_TOKEN;
}

/* rq NULL: it was sent before. */
static int call_once(struct token *t, const struct frame *rq, int limit_ms,
    const struct token_watch *w, struct frame *answer, struct proto_failure *why, struct err *e)
{
	const int64_t began = clock_monotonic();
	int r;

	*answer = (struct frame){ NULL, 0 };
	r = rq != NULL && frame_send(t->helper.fd, rq, SEND_MS, NULL) != 0 ? ERR_INPUT :
	    call_answer(t, limit_ms, w, answer);
	if (r == ERR_TIMEOUT || r == ERR_CANCELLED)
		return call_over(t, r, began, answer, why, e);
	if (r == 0 && answer->type != PROTO_FAILED)
		return 0;
	if (r == 0 && proto_read_failure(why, answer, NULL) == 0) {
		frame_free(answer);
		if (why->pin_tries >= 0)
			t->info.pin_tries = why->pin_tries;
		return ERR_TOKEN;
	}
	frame_free(answer);
	pool_stop(t->pool, &t->helper, 0);
	return call_why(why, WHY_CRASHED, began);
}

int client_sought(struct token *t, const struct frame *rq, int limit_ms, struct frame *answer)
{
	const struct secret *was = t->sought.bytes;
	struct proto_failure why;
	int same;

	if (was == NULL)
		return 0;
	same = rq != NULL && rq->bytes->len == was->len &&
	    memcmp(rq->bytes->data, was->data, was->len) == 0;
	frame_free(&t->sought);
	if (t->helper.fd < 0 || call_once(t, NULL, limit_ms, NULL, answer, &why, NULL) != 0)
		return 0;
	if (same && answer->type == PROTO_FOUND)
		return 1;
	frame_free(answer);
	return 0;
}

int client_open(struct token *t, struct proto_failure *why, struct err *e)
{
	const int64_t began = clock_monotonic();
	struct frame answer = { NULL, 0 };
	struct client_node node;
	int r = pool_open(t->pool, t, e);

	if (r != 0)
		return r;
	r = call_once(t, NULL, t->timeout_ms, NULL, &answer, why, e);
	if (r == 0 && (answer.type != PROTO_INFO || proto_read_info(&t->info, &answer, NULL) != 0))
		r = call_why(why, WHY_CRASHED, began);
	/* libfido2 has one code for a key that is silent and one that is gone. */
	if (r == ERR_TOKEN && ((why->code == -2 && (int)why->elapsed_ms >= t->timeout_ms) ||
	    why->code == CODE_NO_TOUCH))
		why->code = WHY_SILENT;
	/* Nobody's PIN may go to the key that took another one's place. */
	client_look(&node, t->dev.path);
	if (r == 0 && (node.ino != t->node.ino || node.dev != t->node.dev ||
	    node.born != t->node.born))
		r = call_why(why, WHY_GONE, began);
	if (r != 0)
		pool_stop(t->pool, &t->helper, STOP_MS);
	frame_free(&answer);
	return r;
}

int client_broken(int code)
{
	switch (code) {
	case 0x04: /* INVALID_SEQ */
	case 0x0b: /* INVALID_CHANNEL */
	case -1: /* TX */
	case -2: /* RX */
	case -3: /* RX_NOT_CBOR */
	case -4: /* RX_INVALID_CBOR */
	case -9: /* INTERNAL: libfido2's word for the same amid a key agreement */
		return 1;
	default:
		return 0;
	}
}

int client_call(struct token *t, const struct frame *rq, int limit_ms,
    const struct token_watch *w, struct frame *answer, struct proto_failure *why, struct err *e)
{
	struct proto_failure again;
	const int tries = t->info.pin_tries;
	int r = 0;

	*answer = (struct frame){ NULL, 0 };
	(void)client_sought(t, NULL, limit_ms, answer);
	if (t->helper.fd < 0)
		r = client_open(t, why, e);
	if (r == 0)
		r = call_once(t, rq, limit_ms, w, answer, why, e);
	if (r != ERR_TOKEN || !client_broken(why->code))
		return r;
	pool_stop(t->pool, &t->helper, STOP_MS);
	if (why->elapsed_ms >= EARLY_MS)
		return r;
	r = client_open(t, &again, e);
	if (r != 0) {
		if (r == ERR_TOKEN && again.code == WHY_GONE)
			*why = again;
		return r;
	}
	/* A try was spent on a PIN whose answer got lost: don't spend another. */
	if (t->info.pin_tries < tries)
		return ERR_TOKEN;
	r = call_once(t, rq, limit_ms, w, answer, why, e);
	if (r == ERR_TOKEN && client_broken(why->code))
		pool_stop(t->pool, &t->helper, STOP_MS);
	return r;
}
