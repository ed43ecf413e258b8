/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket in the key's folder: one line asks, the answer ends with the connection. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server.h"

#define WAIT_MS 60000	/* `press' and `await' unless told otherwise */
#define WORDS 4

__attribute__((format(printf, 3, 4)))
static void
answer(struct server *s, struct conn *c, const char *format, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n > 0)
		send(c->fd, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	server_drop(s, c);
}

static bool
number(const char *word, long max, long *out)
{
	char *end;

	if (word == NULL || *word < '0' || *word > '9')
		return false;
	*out = strtol(word, &end, 10);
	return *end == '\0' && *out <= max;
}

/* Answers at the next touch that is asked for, or now if one is waited for. */
static void
wait_begin(struct server *s, struct conn *c, enum conn_kind kind, const char *ms)
{
	long wait = WAIT_MS;

	if (ms != NULL && !number(ms, 3600000, &wait)) {
		answer(s, c, "error: %s is no number of milliseconds\n", ms);
		return;
	}
	c->kind = kind;
	c->until_ms = server_now(NULL) + wait;
	if (s->blinking)
		control_blink(s);
}

static void
button_run(struct server *s, struct conn *c, char **word)
{
	static const char *const names[] = { "auto", "wait", "delay", "refuse", "ignore" };
	const char *what = word[1] != NULL ? word[1] : "";
	long ms;

	if (strcmp(what, "press") == 0) {
		wait_begin(s, c, CONN_PRESS, word[2]);
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(what, names[i]) != 0)
			continue;
		if (i == BUTTON_DELAY) {
			if (!number(word[2], 3600000, &ms))
				break;
			s->delay_ms = (int)ms;
		}
		s->button = (enum button)i;
		answer(s, c, "ok\n");
		return;
	}
	answer(s, c, "error: button auto|wait|press [MS]|delay MS|refuse|ignore\n");
}

static void
fault_run(struct server *s, struct conn *c, char **word)
{
	long n = 1;

	if (word[1] == NULL || (word[2] != NULL && !number(word[2], 1000000, &n)) ||
	    !fault_arm(&s->engine.faults, word[1], (unsigned)n))
		answer(s, c, "error: fault NAME[@SCOPE] [N]; see softkey --help\n");
	else
		answer(s, c, "ok\n");
}

static void
finger_run(struct server *s, struct conn *c, char **word)
{
	const char *what = word[1] != NULL ? word[1] : "";
	struct key *k = s->engine.key;

	if (k->q.v[Q_UV] != UV_FINGERPRINT) {
		answer(s, c, "error: this key has no fingerprint reader\n");
		return;
	}
	if (strcmp(what, "enrol") == 0 || strcmp(what, "remove") == 0) {
		k->s.finger = *what == 'e';
		k->s.uv_retries = UV_RETRIES;
	} else if (strcmp(what, "match") == 0 || strcmp(what, "fail") == 0) {
		s->engine.finger_fails = *what == 'f';
	} else {
		answer(s, c, "error: fingerprint enrol|remove|match|fail\n");
		return;
	}
	if (store_save(k))
		answer(s, c, "ok\n");
	else
		answer(s, c, "error: %s\n", strerror(errno));
}

static void
plug_run(struct server *s, struct conn *c, bool in)
{
	if (in && s->plugged)
		server_unplug(s);
	if (!in)
		server_unplug(s);
	else if (!server_plug(s)) {
		answer(s, c, "error: %s\n", strerror(errno));
		return;
	}
	answer(s, c, "ok\n");
}

static void
stats_run(struct server *s, struct conn *c)
{
	const struct stats *t = &s->engine.stats;

	answer(s, c, "{\"user_operations\":%llu,\"user_ms\":%.3f,\"make_credential\":%llu,\"get_assertion\":%llu,"
	    "\"get_next_assertion\":%llu,\"u2f\":%llu,\"operations\":%llu,\"engine_ms\":%.3f,\"touches\":%llu,"
	    "\"touch_ms\":%.3f,\"wrong_pins\":%llu}\n", (unsigned long long)t->user_ops, (double)t->user_us / 1e3,
	    (unsigned long long)t->make, (unsigned long long)t->assert_, (unsigned long long)t->next,
	    (unsigned long long)t->u2f, (unsigned long long)t->all_ops, (double)t->all_us / 1e3,
	    (unsigned long long)t->touches, (double)t->touch_us / 1e3, (unsigned long long)t->wrong_pins);
}

static void
info_run(struct server *s, struct conn *c)
{
	static const char *const buttons[] = { "auto", "wait", "delay", "refuse", "ignore" };
	const struct key_state *k = &s->engine.key->s;

	answer(s, c, "{\"plugged\":%s,\"button\":\"%s\",\"blinking\":%s,\"pin_set\":%s,\"pin_retries\":%u,"
	    "\"pin_auth_blocked\":%s,\"fingerprint\":%s,\"uv_retries\":%u,\"resident\":%zu,\"counter\":%u}\n",
	    s->plugged ? "true" : "false", buttons[s->button], s->blinking ? "true" : "false", k->pin_set ? "true" : "false",
	    k->pin_retries, k->block_replugs > 0 ? "true" : "false", k->finger ? "true" : "false", k->uv_retries, k->rk_n,
	    k->counter);
}

static void
line_run(struct server *s, struct conn *c)
{
	char *word[WORDS + 1] = { NULL }, *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(c->line, " \n", &save); w != NULL && n < WORDS; w = strtok_r(NULL, " \n", &save))
		word[n++] = w;
	if (n == 0)
		answer(s, c, "error: nothing asked\n");
	else if (strcmp(word[0], "button") == 0)
		button_run(s, c, word);
	else if (strcmp(word[0], "await") == 0)
		wait_begin(s, c, CONN_AWAIT, word[1]);
	else if (strcmp(word[0], "fault") == 0)
		fault_run(s, c, word);
	else if (strcmp(word[0], "fingerprint") == 0)
		finger_run(s, c, word);
	else if (strcmp(word[0], "unplug") == 0)
		plug_run(s, c, false);
	else if (strcmp(word[0], "replug") == 0)
		plug_run(s, c, true);
	else if (strcmp(word[0], "stats") == 0)
		stats_run(s, c);
	else if (strcmp(word[0], "info") == 0)
		info_run(s, c);
	else if (strcmp(word[0], "quirk") == 0 && word[1] != NULL && quirk_set(&s->engine.key->q, word[1]))
		answer(s, c, "ok\n");
	else if (strcmp(word[0], "quit") == 0) {
		s->quit = true;
		c->kind = CONN_QUIT;
		send(c->fd, "ok\n", 3, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else
		answer(s, c, "error: %s: no such request; see softkey --help\n", word[0]);
}

void
control_read(struct server *s, struct conn *c)
{
	ssize_t n = recv(c->fd, c->line + c->n, sizeof c->line - 1 - c->n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		server_drop(s, c);
		return;
	}
	c->n += (size_t)n;
	c->line[c->n] = '\0';
	if (strchr(c->line, '\n') != NULL)
		line_run(s, c);
	else if (c->n == sizeof c->line - 1)
		answer(s, c, "error: line too long\n");
}

void
control_blink(struct server *s)
{
	for (size_t i = 0; i < CONNS; i++) {
		struct conn *c = &s->conn[i];

		if (c->kind == CONN_AWAIT)
			answer(s, c, "ok\n");
		if (c->kind != CONN_PRESS || s->pressed)
			continue;	/* one press is one touch */
		s->pressed = true;
		answer(s, c, "ok\n");
	}
}

void
control_expire(struct server *s)
{
	int64_t now = server_now(NULL);

	for (size_t i = 0; i < CONNS; i++)
		if ((s->conn[i].kind == CONN_PRESS || s->conn[i].kind == CONN_AWAIT) && now >= s->conn[i].until_ms)
			answer(s, &s->conn[i], "error: nobody asked for a touch\n");
}
