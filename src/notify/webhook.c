/* SPDX-License-Identifier: BSD-2-Clause */
/* A POST of JSON; with a secret, signed: Twokey-Signature: t=SECONDS,v1=HEX, where HEX is
 * HMAC-SHA256(secret, SECONDS "." body). */
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "net/net.h"
#include "notify/channel_local.h"
#include "notify/notice.h"

#define CONNECT_MS 10000
#define ANSWER_BYTES (64u << 10)

/* Inside a JSON string, and for Slack, which takes <, > and & for its own. */
static void put_slack(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_puts(out, "\\n");
		else if (*s == '"' || *s == '\\')
			buf_printf(out, "\\%c", *s);
		else if (*s == '&' || *s == '<' || *s == '>')
			buf_puts(out, *s == '&' ? "&amp;" : *s == '<' ? "&lt;" : "&gt;");
		else
			buf_put(out, s, 1);
	}
}

static int body_slack(struct buf *out, const struct message *m, struct err *e)
{
	struct buf text = BUF_INIT;
	int ok;

	buf_printf(&text, "%s\n", json_str(m->notice, "subject"));
	notice_text(&text, m);
	buf_puts(out, "{\"text\":\"");
	put_slack(out, buf_str(&text));
	buf_puts(out, "\"}");
	ok = buf_ok(&text);
	buf_free(&text);
	return ok ? 0 : err_set(e, ERR_MEMORY, "Out of memory.");
}

/* A run of text in a card, which no markup is looked for in. */
static json *card_line(const char *text, size_t len, int bold)
{
	json *line = json_new_object(), *runs = json_new_array(), *run = json_new_object();
	char clean[2048];

	text_escape(clean, sizeof(clean), text, len);
	if (json_set_str(run, "type", "TextRun") | json_set_str(run, "text", clean) |
	    json_set_str(run, "weight", bold ? "bolder" : "default") | json_add(runs, run) |
	    json_set_str(line, "type", "RichTextBlock") | json_set(line, "inlines", runs))
		json_free(&line);
	return line;
}

/* An adaptive card, as workflows of Teams take it. */
static int body_teams(struct buf *out, const struct message *m, struct err *e)
{
	json *all = json_new_object(), *list = json_new_array(), *one = json_new_object(),
	    *card = json_new_object(), *lines = json_new_array();
	const char *subject = json_str(m->notice, "subject"), *p;
	struct buf text = BUF_INIT;
	int bad = json_add(lines, card_line(subject, strlen(subject), 1)), r;

	notice_text(&text, m);
	for (p = buf_str(&text); *p != '\0';) {
		const size_t len = strcspn(p, "\n");

		if (len > 0)
			bad |= json_add(lines, card_line(p, len, 0));
		p += len + (p[len] == '\n');
	}
	bad |= json_set(card, "body", lines) | json_set_str(card, "type", "AdaptiveCard") |
	    json_set_str(card, "version", "1.4") | json_set(one, "content", card) |
	    json_set_str(one, "contentType", "application/vnd.microsoft.card.adaptive") | json_add(list, one) |
	    json_set_str(all, "type", "message") | json_set(all, "attachments", list);
	r = bad || !buf_ok(&text) ? err_set(e, ERR_MEMORY, "Out of memory.") : json_canonical(out, all, e);
	json_free(&all);
	buf_free(&text);
	return r;
}

static int sign(char out[192], const char *path, const struct buf *body, int64_t now, struct err *e)
{
	struct secret *key = NULL;
	struct buf b = BUF_INIT;
	char hex[2 * 64 + 1];
	uint8_t mac[64];
	size_t len;
	int r = channel_secret(&key, path, e);

	buf_printf(&b, "%lld.", (long long)(now / 1000));
	buf_put(&b, body->data, body->len);
	if (r == 0 && !buf_ok(&b))
		r = err_set(e, ERR_MEMORY, "Out of memory.");
	if (r == 0)
		r = hmac_digest(mac, &len, "SHA256", key->data, key->len, b.data, b.len, e);
	if (r == 0) {
		hex_encode(hex, mac, len);
		(void)snprintf(out, 192, "Twokey-Signature: t=%lld,v1=%s", (long long)(now / 1000), hex);
	}
	secret_free(&key);
	buf_free(&b);
	return r;
}

static int post(const struct channel *c, struct net *net, const struct message *m, const struct buf *body,
    struct err *e)
{
	char id[96], key[96], signature[192];
	const char *headers[4] = { "Content-Type: application/json", id, key, signature };
	struct net_request rq = { .method = "POST", .url = c->url, .headers = headers, .n_headers = 3,
		.body = body->data, .body_len = body->len, .connect_ms = CONNECT_MS, .total_ms = CHANNEL_MS,
		.answer_max = ANSWER_BYTES, .answer_fd = -1 };
	struct net_answer a = { .why = NET_ANSWERED };
	char host[256];
	int r = 0;

	(void)snprintf(id, sizeof(id), "Twokey-Id: %s", json_str(m->notice, "id"));
	(void)snprintf(key, sizeof(key), "Idempotency-Key: %s", json_str(m->notice, "id"));
	if (c->secret != NULL && (r = sign(signature, c->secret, body, m->now, e)) == 0)
		rq.n_headers = 4;
	if (r == 0)
		r = net_send(net, &rq, NULL, &a, e);
	net_host(host, sizeof(host), c->url);
	if (r == 0 && a.status / 100 != 2)
		r = err_set(e, ERR_STORE, "%s does not take the message: HTTP status %d.", host, a.status);
	net_answer_free(&a);
	return r;
}

int send_webhook(const struct channel *c, struct net *net, const struct message *m, struct err *e)
{
	struct buf body = BUF_INIT;
	int r;

	if (c->style != NULL && strcmp(c->style, "slack") == 0)
		r = body_slack(&body, m, e);
	else if (c->style != NULL && strcmp(c->style, "teams") == 0)
		r = body_teams(&body, m, e);
	else
		r = notice_document(&body, m, e);
	if (r == 0 && !buf_ok(&body))
		r = err_set(e, ERR_MEMORY, "Out of memory.");
	if (r == 0)
		r = post(c, net, m, &body, e);
	buf_free(&body);
	return r;
}
