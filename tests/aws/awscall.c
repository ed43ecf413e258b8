/* SPDX-License-Identifier: BSD-2-Clause */
/* src/net and src/aws from a command line, for tests: `awscall [-OPTION]... STEP WORD...`.
 * Prints what comes back, then "error NAME: TEXT", "hint: ..." and exits as twokey would. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/cloudtrail.h"
#include "aws/s3.h"
#include "aws/sigv4.h"
#include "aws/sts.h"
#include "awscall.h"
#include "crypto/crypto.h"

static int64_t offset;		/* -s: ms that the clock is off */

static int64_t off_clock(void *ctx)
{
	(void)ctx;
	return clock_now(&clock_system) + offset;
}

static const struct clock clock_off = { off_clock, NULL };

/* -F: nobody waits, but it is told for how long; -J: and the clock goes on so far (ms) each time. */
static int64_t jump;
static void fast_sleep(void *ctx, int ms)
{
	(void)ctx;
	offset += jump;
	printf("slept %d\n", ms);
}

static uint32_t fast_below(void *ctx, uint32_t bound)
{
	(void)ctx;
	return bound - 1;
}

static int stop_at_once(void *ctx)
{
	(void)ctx;
	return 1;
}

static int do_caller(struct aws *a, char **w, struct err *e)
{
	struct aws_identity who;
	int r = aws_caller(&who, a, e);

	(void)w;
	if (r == 0)
		printf("account %s arn %s\n", who.account, who.arn);
	return r;
}

static int print_event(void *ctx, const char *record, size_t len, struct err *e)
{
	(void)ctx;
	(void)e;
	(void)fwrite(record, 1, len, stdout);
	(void)putchar('\n');
	return 0;
}

static int do_lookup(struct aws *a, char **w, struct err *e)
{
	const struct cloudtrail_query q = { .attribute = w[0], .value = w[1],
		.from = strtoll(w[2], NULL, 10), .to = strtoll(w[3], NULL, 10) };

	return cloudtrail_lookup(a, &q, print_event, NULL, e);
}

static int print_key(void *ctx, const struct cloudtrail_key *k, struct err *e)
{
	(void)ctx;
	(void)e;
	printf("key %s %s %" PRId64 " %" PRId64 "\n", k->fingerprint, k->value, k->from, k->to);
	return 0;
}

static int do_keys(struct aws *a, char **w, struct err *e)
{
	return cloudtrail_keys(a, w[0], strtoll(w[1], NULL, 10), strtoll(w[2], NULL, 10), print_key,
	    NULL, e);
}

static int print_object(void *ctx, const struct s3_object *o, struct err *e)
{
	(void)ctx;
	(void)e;
	printf("%" PRIu64 " %s\n", o->size, o->key);
	return 0;
}

static int do_list(struct aws *a, char **w, struct err *e)
{
	struct s3_bucket b = { .name = w[0] };
	int r = s3_list(a, &b, w[1], w[2][0] == '\0' ? NULL : w[2], print_object, NULL, e);

	printf("region %s\n", b.region);
	return r;
}

static int do_get(struct aws *a, char **w, struct err *e)
{
	struct s3_bucket b = { .name = w[0] };
	struct s3_meta meta = { .signature = "" };
	const int fd = open(w[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int r = s3_get(a, &b, w[1], fd, (uint32_t)strtoul(w[3], NULL, 10), &meta, NULL, e);

	(void)close(fd);
	if (r == 0)
		printf("signature %s algorithm %s\n", meta.signature, meta.algorithm);
	return r;
}

static const struct {
	const char *name;
	int words;
	int (*fn)(struct aws *a, char **w, struct err *e);
} steps[] = {
	{ "caller", 0, do_caller }, { "lookup", 4, do_lookup }, { "keys", 3, do_keys },
	{ "s3-list", 3, do_list }, { "s3-get", 4, do_get },
};

/* One field of a line of `sign`, and on to the next. */
static char *field(char **at)
{
	return strsep(at, "\t\n");
}

/* Lines of s3, method, path, query, service, region, ms, payload, id, key, then "Name:value"
 * fields; prints a header Authorization for each. */
static int do_sign(struct err *e)
{
	static char line[65536];
	struct buf out = BUF_INIT;
	int r = 0;

	while (r == 0 && fgets(line, sizeof(line), stdin) != NULL) {
		struct sigv4_header h[SIGV4_HEADERS_MAX];
		struct secret *key = NULL;
		char *at = line, *f, *s3 = field(&at);
		struct sigv4 s = { .s3 = *s3 == '1', .method = field(&at), .headers = h };

		s.path = field(&at);
		s.query = field(&at);
		s.service = field(&at);
		s.region = field(&at);
		s.now = strtoll(field(&at), NULL, 10);
		s.payload = field(&at);
		s.key_id = field(&at);
		f = field(&at);
		r = secret_from(&key, f, strlen(f), e);
		s.key = key;
		while ((f = field(&at)) != NULL && *f != '\0' && s.n_headers < SIGV4_HEADERS_MAX) {
			h[s.n_headers].name = strsep(&f, ":");
			h[s.n_headers++].value = f;
		}
		buf_reset(&out);
		if (r == 0)
			r = sigv4_sign(&out, &s, e);
		printf("%s\n", buf_str(&out));
		secret_free(&key);
	}
	buf_free(&out);
	return r;
}

/* METHOD URL LIMIT-MS MAX [HEADER]...; a body comes from stdin for POST and PUT. */
static int fetch_one(struct net *n, char **w, const struct net_watch *watch, struct err *e)
{
	static char body[1 << 20];
	struct net_request rq = { .method = w[0], .url = w[1], .headers = (const char *const *)w + 4,
		.connect_ms = 5000, .total_ms = atoi(w[2]), .answer_max = (uint32_t)atol(w[3]),
		.answer_fd = -1 };
	struct net_answer a;
	size_t i;
	int r;

	while (rq.headers[rq.n_headers] != NULL)
		rq.n_headers++;
	if (w[0][0] == 'P') {
		rq.body = body;
		rq.body_len = fread(body, 1, sizeof(body), stdin);
	}
	r = net_send(n, &rq, watch, &a, e);
	printf("why %d status %d length %" PRIu32 "\n", (int)a.why, a.status, a.len);
	for (i = 0; i < a.n_headers; i++)
		printf("%s\n", a.headers[i]);
	printf("\n%s\n", buf_str(&a.body));
	net_answer_free(&a);
	return r;
}

static int do_fetch(const struct call *c, char **w, int times, struct err *e)
{
	const struct net_watch watch = { stop_at_once, NULL };
	struct net *n = NULL;
	int r = net_new(&n, &c->s.net, e);

	while (r == 0 && times-- > 0)
		r = fetch_one(n, w, c->stop ? &watch : NULL, e);
	net_free(&n);
	return r;
}

static int do_credentials(const struct aws_where *w, struct err *e)
{
	struct aws_credentials c;
	int r = aws_credentials_load(&c, w, e);

	if (r == 0)
		printf("id %s key %s token %s expires %" PRId64 " source %s\n", c.key_id,
		    (const char *)c.key->data, c.token == NULL ? "-" : (const char *)c.token->data,
		    c.expires, c.source);
	aws_credentials_free(&c);
	return r;
}

static int do_steps(const struct call *c, char **argv, struct err *e)
{
	struct aws *a = NULL;
	size_t i;
	int r = aws_new(&a, &c->s, e);

	while (r == 0 && *argv != NULL) {
		for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
			if (strcmp(*argv, steps[i].name) == 0)
				break;
		if (i == sizeof(steps) / sizeof(steps[0])) {
			r = more_step(a, &argv, e);
			continue;
		}
		argv++;
		r = steps[i].fn(a, argv, e);
		argv += steps[i].words;
	}
	aws_free(&a);
	return r;
}

static void option(struct call *c, int o, char *value)
{
	char *eq;

	switch (o) {
	case 'e':
		eq = strstr(value, "=http");
		c->endpoints[c->s.n_endpoints].service = eq == NULL ? NULL : value;
		c->endpoints[c->s.n_endpoints++].url = eq == NULL ? value : eq + 1;
		if (eq != NULL)
			*eq = '\0';
		break;
	case 'r': c->s.region = value; break;
	case 'c': c->s.net.ca_file = value; break;
	case 'x': c->s.net.proxy = value; break;
	case 'X': c->s.net.no_proxy = value; break;
	case 'f': c->where.credentials_file = value; break;
	case 'g': c->where.config_file = value; break;
	case 'H': c->where.home = value; break;
	case 'P': c->where.profile = value; break;
	case 'p': c->where.process_ms = atoi(value); break;
	case 'R': c->where.root = 1; break;
	case 's': offset = strtoll(value, NULL, 10); break;
	case 'T': c->s.total_ms = atoi(value); break;
	case 'J': jump = strtoll(value, NULL, 10); break;
	case 'S': c->stop = 1; break;
	case 'n': c->times = atoi(value); break;
	case 'F':
		c->s.timing.sleep = fast_sleep;
		c->s.timing.below = fast_below;
		break;
	default: exit(2);
	}
}

int main(int argc, char *argv[])
{
	struct call c = { .times = 1, .s = { .region = "us-east-1",
		.timing = { .clock = &clock_off } } };
	struct err e;
	int r, o;

	err_clear(&e);
	c.s.where = &c.where;
	c.s.endpoints = c.endpoints;
	c.where.env_key_id = getenv("AWS_ACCESS_KEY_ID");
	c.where.env_key = getenv("AWS_SECRET_ACCESS_KEY");
	c.where.env_token = getenv("AWS_SESSION_TOKEN");
	while ((o = getopt(argc, argv, "+e:r:c:x:X:f:g:H:P:p:Rs:T:J:Sn:F")) != -1)
		option(&c, o, optarg);
	argv += optind;
	r = crypto_init(&e);
	if (r != 0 || *argv == NULL)
		return 2;
	if (strcmp(*argv, "fetch") == 0)
		r = do_fetch(&c, argv + 1, c.times, &e);
	else if (strcmp(*argv, "sign") == 0)
		r = do_sign(&e);
	else if (strcmp(*argv, "credentials") == 0)
		r = do_credentials(&c.where, &e);
	else
		r = do_steps(&c, argv, &e);
	if (r != 0)
		printf("error %s: %s\nhint: %s\n", err_name(e.code), e.text, e.hint);
	return err_exit_code((enum err_code)r);
}
