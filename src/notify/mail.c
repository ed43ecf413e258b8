/* SPDX-License-Identifier: BSD-2-Clause */
/* A mail (RFC 5322, 2045, 2047). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/file.h"
#include "net/net.h"
#include "notify/channel_local.h"
#include "notify/notice.h"

#define CONNECT_MS 10000
#define WORD_BYTES 42		/* of text in an encoded word: 56 characters, 68 with all around */
#define LINE_BYTES 57		/* in a line of base64 */

struct recipients {
	char *text;		/* copies, cut into addresses */
	const char *list[NET_RECIPIENTS_MAX];
	size_t n;
};

static int recipients_add(struct recipients *t, char *from, struct err *e)
{
	for (char *word = strtok_r(from, ", ", &from); word != NULL; word = strtok_r(NULL, ", ", &from)) {
		if (t->n == NET_RECIPIENTS_MAX)
			return err_set(e, ERR_CONFIG, "A mail has more than %d recipients.", NET_RECIPIENTS_MAX);
		t->list[t->n++] = word;
	}
	return 0;
}

static int recipients(struct recipients *t, const struct channel *c, const json *notice, struct err *e)
{
	const char *more = c->escalate != NULL && json_bool(notice, "escalated") == 1 ? c->escalate : "";

	t->n = 0;
	if (asprintf(&t->text, "%s, %s", c->to, more) < 0) {
		t->text = NULL;
		return err_set(e, ERR_MEMORY, "Out of memory.");
	}
	return recipients_add(t, t->text, e);
}

/* Encoded words, none of which cuts a character. */
static void put_subject(struct buf *b, const char *s)
{
	char text[BASE64_LEN(WORD_BYTES) + 1];
	size_t left = strlen(s), len;

	buf_puts(b, "Subject:");
	for (; left > 0; s += len, left -= len) {
		len = left < WORD_BYTES ? left : WORD_BYTES;
		while (len < left && len > 1 && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
		base64_encode(text, s, len);
		buf_printf(b, " =?utf-8?B?%s?=\r\n", text);
	}
}

static void put_body(struct buf *b, const char *s)
{
	char text[BASE64_LEN(LINE_BYTES) + 1];
	size_t left = strlen(s), len;

	for (; left > 0; s += len, left -= len) {
		len = left < LINE_BYTES ? left : LINE_BYTES;
		base64_encode(text, s, len);
		buf_printf(b, "%s\r\n", text);
	}
}

static void put_mail(struct buf *b, const struct channel *c, const struct recipients *to, const struct message *m)
{
	const time_t t = (time_t)(m->now / 1000);
	const json *n = m->notice;
	struct buf text = BUF_INIT;
	char date[64] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	buf_printf(b, "From: <%s>\r\nTo:", c->from);
	for (size_t i = 0; i < to->n; i++)
		buf_printf(b, " <%s>%s\r\n", to->list[i], i + 1 < to->n ? "," : "");
	put_subject(b, json_str(n, "subject"));
	buf_printf(b, "Date: %s\r\nMessage-ID: <%s@%s.twokey>\r\nAuto-Submitted: auto-generated\r\n", date,
	    json_str(n, "id"), json_str(n, "host"));
	buf_printf(b, "X-Twokey-Event: %s\r\nX-Twokey-Level: %s\r\n", json_str(n, "event"), json_str(n, "level"));
	if (json_str(n, "record") != NULL)
		buf_printf(b, "X-Twokey-Record: %s\r\n", json_str(n, "record"));
	buf_puts(b, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	notice_text(&text, m);
	put_body(b, buf_str(&text));
	b->failed |= text.failed;
	buf_free(&text);
}

int send_mail(const struct channel *c, struct net *net, const struct message *m, struct err *e)
{
	struct recipients to = { .text = NULL };
	struct secret *password = NULL;
	struct net_answer a = { .why = NET_ANSWERED };
	struct buf b = BUF_INIT;
	char host[256];
	int r = recipients(&to, c, m->notice, e);

	if (r == 0 && c->secret != NULL)
		r = channel_secret(&password, c->secret, e);
	if (r == 0)
		put_mail(&b, c, &to, m);
	if (r == 0 && !buf_ok(&b))
		r = err_set(e, ERR_MEMORY, "Out of memory.");
	const struct net_mail mail = { .from = c->from, .to = to.list, .n_to = to.n, .user = c->user,
		.password = password };
	const struct net_request rq = { .method = "MAIL", .url = c->url, .mail = &mail, .body = b.data,
		.body_len = b.len, .connect_ms = CONNECT_MS, .total_ms = CHANNEL_MS, .answer_max = 0, .answer_fd = -1 };

	if (r == 0)
		r = net_send(net, &rq, NULL, &a, e);
	net_host(host, sizeof(host), c->url);
	if (r == 0 && a.status / 100 != 2)
		r = err_set(e, ERR_STORE, "%s does not take the mail: SMTP reply %d%s.", host, a.status,
		    a.status == 535 || a.status == 534 ? ", the user or the password is wrong" : "");
	net_answer_free(&a);
	secret_free(&password);
	buf_free(&b);
	free(to.text);
	return r;
}
