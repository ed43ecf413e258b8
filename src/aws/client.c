/* SPDX-License-Identifier: BSD-2-Clause */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/client_local.h"
#include "crypto/crypto.h"

#define TOTAL_MS 90000
#define TRIES 6
#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 20000
#define EARLY_MS 300000		/* new credentials so long before the old ones expire */
#define SKEW_MS 240000		/* AWS allows five minutes, S3 fifteen */
#define ERROR_BYTES (64u << 10)	/* of an error that went to a file */
#define TICK_MS 200

static void system_sleep(void *ctx, int ms)
{
	(void)ctx;
	(void)poll(NULL, 0, ms);
}

/* Chance only spreads the tries of many machines: without it they wait the longest. */
static uint32_t system_below(void *ctx, uint32_t bound)
{
	uint32_t v;

	(void)ctx;
	return random_below(&v, bound, NULL) == 0 ? v : bound - 1;
}

int aws_new(struct aws **out, const struct aws_settings *s, struct err *e)
{
	const struct aws_partition *p;
	struct aws *a;
	size_t i;
	int r;

	*out = NULL;
	if (s->region == NULL) {
		(void)err_set(e, ERR_CONFIG, "No region is configured.");
		(void)err_hint(e, "Name one in twokey.conf: \"aws_region\": \"eu-west-1\".");
		return ERR_CONFIG;
	}
	r = aws_partition(&p, s->region, e);
	for (i = 0; r == 0 && i < s->n_endpoints; i++)
		r = net_check_url(s->endpoints[i].url, e);
	if (r != 0)
		return r;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for calling AWS.");
	a->s = *s;
	a->partition = p;
	if (a->s.timing.clock == NULL)
		a->s.timing.clock = &clock_system;
	if (a->s.timing.sleep == NULL)
		a->s.timing.sleep = system_sleep;
	if (a->s.timing.below == NULL)
		a->s.timing.below = system_below;
	r = net_new(&a->net, &s->net, e);
	if (r != 0)
		aws_free(&a);
	*out = a;
	return r;
}

void aws_free(struct aws **a)
{
	if (*a == NULL)
		return;
	net_free(&(*a)->net);
	aws_credentials_free(&(*a)->credentials);
	free(*a);
	*a = NULL;
}

const struct aws_partition *aws_partition_of(const struct aws *a)
{
	return a->partition;
}

int64_t aws_now(const struct aws *a)
{
	return clock_now(a->s.timing.clock) + a->skew;
}

void aws_action(char out[AWS_ACTION_MAX], const struct aws_call *c)
{
	/* Listing has another name in policies. */
	(void)snprintf(out, AWS_ACTION_MAX, "%s:%s", c->service,
	    strcmp(c->action, "ListObjectsV2") == 0 ? "ListBucket" : c->action);
}

int aws_malformed(struct err *e, const struct aws_call *c, const char *why)
{
	char action[AWS_ACTION_MAX];

	aws_action(action, c);
	return err_set(e, ERR_INPUT, "The answer to %s is malformed: %s.", action, why);
}

/* Credentials that will do for a while. */
static int client_load(struct aws *a, struct err *e)
{
	struct aws_credentials fresh;
	int r;

	if (a->loaded && (a->credentials.expires == 0 ||
	    a->credentials.expires - aws_now(a) > EARLY_MS))
		return 0;
	r = aws_credentials_load(&fresh, a->s.where, e);
	if (r != 0) {
		aws_credentials_free(&fresh);
		return r;
	}
	aws_credentials_free(&a->credentials);
	a->credentials = fresh;
	a->loaded = 1;
	a->not_root = 0;
	return 0;
}

/* Waits a random time below a limit that doubles ("full jitter", Exponential Backoff And
 * Jitter, AWS Architecture Blog). 0, or ERR_CANCELLED. */
static int client_pause(struct aws *a, int tried, struct err *e)
{
	const struct net_watch *w = a->s.watch;
	int most = FIRST_PAUSE_MS << (tried < 8 ? tried : 8), left;

	if (most > LONGEST_PAUSE_MS)
		most = LONGEST_PAUSE_MS;
	left = (int)a->s.timing.below(a->s.timing.ctx, (uint32_t)most) + 1;
	while (left > 0) {
		const int step = left < TICK_MS ? left : TICK_MS;

		if (w != NULL && w->fn != NULL && w->fn(w->ctx) != 0)
			return err_set(e, ERR_CANCELLED, "Cancelled while waiting to ask AWS again.");
		a->s.timing.sleep(a->s.timing.ctx, step);
		left -= step;
	}
	return 0;
}

/* Trouble of the moment: a name that is not known may be one, when the network is down. */
static int why_passes(enum net_why why)
{
	return why == NET_WHY_NAME || why == NET_WHY_CONNECT || why == NET_WHY_TIMEOUT ||
	    why == NET_WHY_CUT || why == NET_WHY_CRASHED;
}

/* The error's bytes, which may have gone to the file. */
static void client_error(struct aws_error *x, const struct aws_call *c, struct net_answer *answer)
{
	char chunk[4096];
	ssize_t n = 1;

	while (c->to_file && n > 0 && answer->body.len < ERROR_BYTES) {
		n = pread(c->answer_fd, chunk, sizeof(chunk), (off_t)answer->body.len);
		if (n > 0)
			buf_put(&answer->body, chunk, (size_t)n);
	}
	aws_error_read(x, answer, buf_str(&answer->body), answer->body.len);
}

static void client_date(struct aws *a, const struct net_answer *answer)
{
	const char *date = net_header(answer, "Date");
	const int64_t there = date != NULL ? aws_http_date(date) : -1;
	const int64_t ahead = there - clock_now(a->s.timing.clock);

	if (there < 0 || (a->dated && llabs((long long)ahead) >= llabs((long long)a->ahead)))
		return;
	a->ahead = ahead;
	a->dated = 1;
}

int aws_clock(const struct aws *a, int64_t *ahead)
{
	*ahead = a->ahead;
	return a->dated;
}

/* When AWS's clock and ours differ as far as makes signatures fail: once per struct aws,
 * for then they are at one. */
static int client_correct(struct aws *a, const struct aws_error *x, const struct net_answer *answer)
{
	const char *date = net_header(answer, "Date");
	const enum aws_kind kind = aws_error_kind(x);
	int64_t there;

	if (a->corrected || date == NULL || (kind != AWS_SKEW && kind != AWS_SIGNATURE))
		return 0;
	there = aws_http_date(date);
	if (there < 0 || llabs((long long)(there - aws_now(a))) < SKEW_MS)
		return 0;
	a->skew += there - aws_now(a);
	a->corrected = 1;
	return 1;
}

enum client_next { CLIENT_DONE, CLIENT_FAILED, CLIENT_AGAIN, CLIENT_AT_ONCE };

/* Looks at one try; e holds the sentence unless it is done. */
static enum client_next client_judge(struct aws *a, const struct aws_call *c, int r,
    struct net_answer *answer, struct aws_error *x, struct err *e)
{
	char action[AWS_ACTION_MAX];
	enum aws_kind kind;

	memset(x, 0, sizeof(*x));
	if (r != 0)
		return r == ERR_STORE && why_passes(answer->why) ? CLIENT_AGAIN : CLIENT_FAILED;
	client_date(a, answer);
	if (answer->status / 100 == 2)
		return CLIENT_DONE;
	client_error(x, c, answer);
	aws_action(action, c);
	(void)aws_error_set(e, x, action);
	if (client_correct(a, x, answer))
		return CLIENT_AT_ONCE;
	kind = aws_error_kind(x);
	return kind == AWS_THROTTLED || kind == AWS_SERVER ? CLIENT_AGAIN : CLIENT_FAILED;
}

/* Of all tries: at least as long as one may take. */
static int client_limit(const struct aws *a, const struct aws_call *c)
{
	if (a->s.total_ms > 0)
		return a->s.total_ms;
	return c->try_ms > TOTAL_MS ? c->try_ms : TOTAL_MS;
}

/* All tries of one call. */
static int client_call(struct aws *a, const struct aws_call *c, struct net_answer *answer,
    struct aws_error *x, struct err *e)
{
	const int64_t until = clock_now(a->s.timing.clock) + client_limit(a, c);
	enum client_next next;
	struct err why;
	int tried, r;

	for (tried = 0;; tried += next == CLIENT_AGAIN) {
		const int64_t left = until - clock_now(a->s.timing.clock);

		err_clear(&why);
		r = aws_try(a, c, left > INT32_MAX ? INT32_MAX : left < 1 ? 1 : (int)left, answer, &why);
		next = client_judge(a, c, r, answer, x, &why);
		if (next == CLIENT_DONE)
			return 0;
		if (next == CLIENT_FAILED || tried + 1 >= TRIES ||
		    clock_now(a->s.timing.clock) >= until)
			return err_give(e, &why);
		net_answer_free(answer);
		if (next == CLIENT_AGAIN) {
			r = client_pause(a, tried, e);
			if (r != 0)
				return r;
		}
	}
}

int aws_call(struct aws *a, const struct aws_call *c, struct net_answer *answer,
    struct aws_error *x, struct err *e)
{
	const int own_s3 = strcmp(c->service, "s3") == 0 && aws_override(a, "s3") != NULL &&
	    aws_override(a, "s3") != aws_override(a, "sts");
	struct aws_error unread;
	int r;

	memset(answer, 0, sizeof(*answer));
	if (x == NULL)
		x = &unread;
	memset(x, 0, sizeof(*x));
	r = client_load(a, e);
	if (r == 0 && !own_s3 && strcmp(c->service, "sts") != 0)
		r = aws_refuse_root(a, e);
	return r == 0 ? client_call(a, c, answer, x, e) : r;
}
