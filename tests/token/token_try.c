/* SPDX-License-Identifier: BSD-2-Clause */
/* token.h from a command line, for tests: `token_try [-OPTION]... STEP...`. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "crypto/crypto.h"
#include "token/token.h"

#define IDS_MAX 400

struct try {
	size_t device;		/* -d: which of the list */
	const char *path;	/* -D: or a path */
	int open_ms;		/* -o */
	int touch_ms;		/* -t */
	int cancel_ms;		/* -c: cancel this long after the touch is asked for */
	int protection;		/* -P */
	int eddsa, uv, keep;	/* -e, -u, -k: go on after an error */
	struct secret *pin;	/* -p FD */
	struct token_pool *pool;	/* -n: helpers started ahead */
	struct token *token;
	int64_t touch_at;
	struct token_id ids[IDS_MAX];
	size_t n;
};

/* One credential as `make` leaves it in a file: hex id, key and algorithm. */
struct made {
	uint8_t id[TOKEN_ID_MAX], key[64];
	size_t id_len, key_len;
	int alg;
};

static struct made mades[IDS_MAX];
static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	interrupted = sig;
}

static int watch(void *ctx, enum token_wait kind, int ms_left)
{
	struct try *t = ctx;

	if (kind == TOKEN_WAIT_TOUCH) {
		t->touch_at = clock_monotonic();
		printf("touch %d\n", ms_left);
		(void)fflush(stdout);
	}
	if (interrupted)
		return 1;
	return t->cancel_ms >= 0 && t->touch_at != 0 &&
	    clock_monotonic() - t->touch_at >= t->cancel_ms;
}

static void print_hex(const char *name, const uint8_t *p, size_t len)
{
	char *hex = malloc(2 * len + 1);

	if (hex == NULL)
		abort();
	hex_encode(hex, p, len);
	printf(" %s=%s", name, hex);
	free(hex);
}

static int report(int r, const struct err *e)
{
	if (r != 0)
		printf("error %s | %s | %s\n", err_name(e->code), e->text, e->hint);
	(void)fflush(stdout);
	return r != 0 && (int)e->code != r ? ERR_INTERNAL : r;
}

static int step_list(const struct try *t, struct err *e)
{
	static struct token_device list[TOKEN_DEVICES_MAX];
	size_t n, i;
	int r = token_pool_list(t->pool, list, &n, e);

	for (i = 0; r == 0 && i < n; i++)
		printf("device %s | %s | %s\n", list[i].path, list[i].product, list[i].vendor);
	return r;
}

static int need_open(struct try *t, struct err *e)
{
	static struct token_device list[TOKEN_DEVICES_MAX];
	size_t n;
	int r;

	if (t->token != NULL)
		return 0;
	if (t->path != NULL) {
		(void)snprintf(list[0].path, sizeof(list[0].path), "%s", t->path);
		return token_pool_open(t->pool, &t->token, &list[0], t->open_ms, e);
	}
	r = token_pool_list(t->pool, list, &n, e);
	if (r == 0 && t->device >= n)
		r = err_set(e, ERR_MISSING, "Only %zu keys are plugged in.", n);
	if (r == 0)
		r = token_pool_open(t->pool, &t->token, &list[t->device], t->open_ms, e);
	return r;
}

static int step_info(struct try *t)
{
	const struct token_info *i = token_info(t->token);

	printf("info firmware=%06" PRIx32 " fido2=%d hmac=%d protect=%d pin=%d tries=%d uv=%d always=%d "
	    "list=%" PRIu32 " idmax=%" PRIu32 " msg=%" PRIu32 " eddsa=%d", i->firmware, i->fido2,
	    i->hmac_secret, i->cred_protect, i->pin_set, i->pin_tries, i->uv, i->always_uv,
	    i->max_list, i->max_id, i->max_msg, i->eddsa);
	print_hex("aaguid", i->aaguid, sizeof(i->aaguid));
	printf("\n");
	return 0;
}

static int save(const char *path, const struct token_credential *c, struct err *e)
{
	static char id[2 * TOKEN_ID_MAX + 1], key[129];
	FILE *f = fopen(path, "w");

	if (f == NULL)
		return err_errno(e, ERR_IO, errno, "%s", path);
	hex_encode(id, c->id, c->id_len);
	hex_encode(key, c->key, c->key_len);
	(void)fprintf(f, "%s %s %d\n", id, key, (int)c->alg);
	return fclose(f) == 0 ? 0 : err_set(e, ERR_IO, "%s", path);
}

/* "a,b*3,c": files of `make`; NAME*N stands for N made-up ids. */
static int load(struct try *t, char *names, struct err *e)
{
	static char id[2 * TOKEN_ID_MAX + 1], key[129];
	char *name, *star, *rest = NULL;

	t->n = 0;
	for (name = strtok_r(names, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
		long many = 0;
		FILE *f;
		int got;

		star = strchr(name, '*');
		if (star != NULL)
			many = strtol(star + 1, NULL, 10);
		for (; many > 0 && t->n < IDS_MAX; many--, t->n++) {
			mades[t->n].id_len = 70;
			memset(mades[t->n].id, (int)(t->n + 1) & 0xff, 70);
		}
		if (star != NULL)
			continue;
		f = fopen(name, "r");
		if (f == NULL || t->n == IDS_MAX)
			return err_errno(e, ERR_IO, errno, "%s", name);
		got = fscanf(f, "%2048s %128s %d", id, key, &mades[t->n].alg);
		(void)fclose(f);
		mades[t->n].id_len = strlen(id) / 2;
		mades[t->n].key_len = strlen(key) / 2;
		if (got != 3 || hex_decode(mades[t->n].id, strlen(id) / 2, id, strlen(id)) != 0 ||
		    hex_decode(mades[t->n].key, strlen(key) / 2, key, strlen(key)) != 0)
			return err_set(e, ERR_INPUT, "%s is no credential.", name);
		t->n++;
	}
	for (size_t i = 0; i < t->n; i++)
		t->ids[i] = (struct token_id){ mades[i].id, mades[i].id_len };
	return 0;
}

static int step_make(struct try *t, const char *path, struct err *e)
{
	static struct token_credential c;
	const struct token_watch w = { watch, t };
	struct token_make_request rq = { .user_name = "alice", .pin = t->pin,
		.protection = t->protection, .try_eddsa = t->eddsa, .touch_ms = t->touch_ms,
		.exclude = t->ids, .n_exclude = t->n };
	int r;

	memset(rq.cdh, 0x5a, sizeof(rq.cdh));
	memset(rq.user_id, 0x33, sizeof(rq.user_id));
	r = token_make(t->token, &rq, &w, &c, e);
	if (r == 0)
		r = save(path, &c, e);
	if (r == 0)
		printf("made alg=%d format=%s protection=%d hmac=%d id_len=%zu sig_len=%zu cert_len=%zu\n",
		    (int)c.alg, c.format, c.protection, c.hmac_secret, c.id_len, c.sig_len,
		    c.cert_len);
	return r;
}

static int verify(const struct token_assertion *a, size_t which, const uint8_t *cdh, struct err *e)
{
	const struct made *m = &mades[which];
	uint8_t sig[ES256_SIG_MAX], *msg;
	size_t len = 0;
	int r;

	msg = malloc(a->authdata_len + 32);
	if (msg == NULL)
		abort();
	memcpy(msg, a->authdata, a->authdata_len);
	memcpy(msg + a->authdata_len, cdh, 32);
	if (m->alg == TOKEN_EDDSA) {
		r = a->sig_len != 64 ? (int)ERR_INPUT :
		    ed25519_verify(a->sig, m->key, msg, a->authdata_len + 32, e);
	} else {
		r = es256_normalise(sig, &len, a->sig, a->sig_len, e);
		if (r == 0)
			r = es256_verify(sig, len, m->key, msg, a->authdata_len + 32, e);
	}
	free(msg);
	return r;
}

/* salts: how many secrets to ask for. */
static int step_assert(struct try *t, int salts, struct err *e)
{
	static const uint8_t salt[2][32] = { { 1 }, { 2 } };
	static struct token_assertion a;
	const struct token_watch w = { watch, t };
	struct token_assert_request rq = { .allow = t->ids, .n_allow = t->n, .pin = t->pin,
		.uv = t->uv, .touch_ms = t->touch_ms, .salt1 = salts > 0 ? salt[0] : NULL,
		.salt2 = salts > 1 ? salt[1] : NULL };
	size_t i;
	int r;

	memset(rq.cdh, 0xa5, sizeof(rq.cdh));
	t->touch_at = 0;
	r = token_assert(t->token, &rq, &w, &a, e);
	if (r != 0)
		return r;
	for (i = 0; i < t->n; i++)
		if (a.id_len == t->ids[i].len && memcmp(a.id, t->ids[i].data, a.id_len) == 0)
			break;
	printf("asserted which=%zu flags=%02x signature=%s", i, a.authdata[32],
	    i < t->n && verify(&a, i, rq.cdh, e) == 0 ? "good" : "BAD");
	if (a.hmac1 != NULL)
		print_hex("hmac1", a.hmac1->data, a.hmac1->len);
	if (a.hmac2 != NULL)
		print_hex("hmac2", a.hmac2->data, a.hmac2->len);
	printf("\n");
	token_assertion_free(&a);
	return 0;
}

static int step_preflight(struct try *t, struct err *e)
{
	static const char *const words[] = { "unsure", "has", "has-not" };
	enum token_has has;
	size_t which;
	int r = token_preflight(t->token, t->ids, t->n, &has, &which, e);

	if (r == 0)
		printf("preflight %s %zu\n", words[has], which);
	return r;
}

static int step_with_ids(struct try *t, const char *name, char *arg, struct err *e)
{
	const struct token_watch w = { watch, t };
	int r;

	if (strcmp(name, "touch") == 0) {
		r = token_wait_touch(t->token, t->touch_ms, &w, e);
		if (r == 0)
			printf("touched\n");
		return r;
	}
	if (strcmp(name, "make") == 0)
		return step_make(t, arg, e);
	r = load(t, arg, e);
	if (r != 0)
		return r;
	if (strcmp(name, "preflight") == 0)
		return step_preflight(t, e);
	if (strcmp(name, "exclude") == 0)
		return 0;
	if (strcmp(name, "assert") == 0)
		return step_assert(t, 0, e);
	if (strcmp(name, "secret") == 0)
		return step_assert(t, 1, e);
	if (strcmp(name, "secrets") == 0)
		return step_assert(t, 2, e);
	return err_set(e, ERR_USAGE, "There is no step %s.", name);
}

/* ahead: opens the device ahead and seeks the ids; first: by token_pool_first, once the listing that
 * -l began is through. */
static int step_ahead(struct try *t, int first, char *names, struct err *e)
{
	static struct token_device list[TOKEN_DEVICES_MAX];
	size_t n;
	int r = load(t, names, e);

	if (r == 0 && first) {
		for (int i = 0; i < 3000 && !token_pool_first(t->pool, t->open_ms, t->ids, t->n); i++)
			(void)poll(NULL, 0, 10);
	} else if (r == 0 && (r = token_pool_list(t->pool, list, &n, e)) == 0) {
		token_pool_ahead(t->pool, &list[t->device], t->open_ms, t->ids, t->n);
	}
	return r;
}

static int step(struct try *t, char *word, struct err *e)
{
	char none[] = "", *arg = strchr(word, ':');
	int r;

	if (arg != NULL)
		*arg++ = '\0';
	else
		arg = none;
	if (strcmp(word, "list") == 0)
		return step_list(t, e);
	if (strcmp(word, "ahead") == 0 || strcmp(word, "first") == 0)
		return step_ahead(t, strcmp(word, "first") == 0, arg, e);
	if (strcmp(word, "sleep") == 0)
		return poll(NULL, 0, atoi(arg)) != 0 ? (int)ERR_INTERNAL : 0;
	if (strcmp(word, "close") == 0) {
		token_close(&t->token);
		return 0;
	}
	if (strcmp(word, "sh") == 0)
		return system(arg) == 0 ? 0 : err_set(e, ERR_USAGE, "%s failed.", arg);
	r = need_open(t, e);
	if (r != 0)
		return r;
	return strcmp(word, "info") == 0 ? step_info(t) : step_with_ids(t, word, arg, e);
}

static int read_pin(struct try *t, int fd, struct err *e)
{
	char pin[128];
	ssize_t n = read(fd, pin, sizeof(pin));
	int r;

	if (n < 0)
		return err_errno(e, ERR_IO, errno, "PIN");
	while (n > 0 && pin[n - 1] == '\n')
		n--;
	secret_free(&t->pin);
	r = secret_from(&t->pin, pin, (size_t)n, e);
	secret_zero(pin, sizeof(pin));
	return r;
}

static int options(struct try *t, int argc, char **argv, struct err *e)
{
	int c, r = 0;

	while (r == 0 && (c = getopt(argc, argv, "d:D:o:t:c:P:p:leuk")) != -1) {
		switch (c) {
		case 'd': t->device = (size_t)atoi(optarg); break;
		case 'D': t->path = optarg; break;
		case 'o': t->open_ms = atoi(optarg); break;
		case 't': t->touch_ms = atoi(optarg); break;
		case 'c': t->cancel_ms = atoi(optarg); break;
		case 'P': t->protection = atoi(optarg); break;
		case 'p': r = read_pin(t, atoi(optarg), e); break;
		case 'l': token_pool_look(t->pool, 0); break;
		case 'e': t->eddsa = 1; break;
		case 'u': t->uv = 1; break;
		case 'k': t->keep = 1; break;
		default: return err_set(e, ERR_USAGE, "See the source for the options.");
		}
	}
	return r;
}

int main(int argc, char **argv)
{
	static struct try t = { .open_ms = 3000, .touch_ms = 10000, .cancel_ms = -1, .protection = 2 };
	const struct sigaction act = { .sa_handler = on_interrupt };
	struct err e;
	int i, r, last = 0;

	(void)sigaction(SIGINT, &act, NULL);
	err_clear(&e);
	r = report(token_pool_new(&t.pool, &e) != 0 ? (int)e.code : options(&t, argc, argv, &e), &e);
	for (i = optind; i < argc && (r == 0 || t.keep); i++) {
		err_clear(&e);
		r = report(step(&t, argv[i], &e), &e);
		if (r != 0)
			last = err_exit_code(e.code);
	}
	token_close(&t.token);
	token_pool_free(&t.pool);
	secret_free(&t.pin);
	return r != 0 || last != 0 ? (last != 0 ? last : err_exit_code(e.code)) : 0;
}
