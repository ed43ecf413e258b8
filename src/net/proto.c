/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/net_proto.h"

#include <stdlib.h>
#include <string.h>

enum net_many { ONE, MAY, LIST };

struct net_field {
	uint8_t tag;
	uint8_t many;
	uint16_t min, max;	/* bytes */
};

struct net_shape {
	enum net_type type;
	struct net_field field[16];	/* ended by tag 0 */
};

#define U32(tag) { (tag), ONE, 4, 4 }

static const struct net_shape net_shapes[] = {
	{ NET_REQUEST, { { NET_TAG_METHOD, ONE, 3, 6 }, { NET_TAG_URL, ONE, 8, NET_URL_MAX },
	    { NET_TAG_CA, MAY, 1, NET_PATH_MAX }, { NET_TAG_PROXY, MAY, 1, NET_PATH_MAX },
	    { NET_TAG_NO_PROXY, MAY, 1, NET_PATH_MAX }, U32(NET_TAG_CONNECT_MS),
	    U32(NET_TAG_TOTAL_MS), U32(NET_TAG_BODY_LEN), U32(NET_TAG_ANSWER_MAX),
	    { NET_TAG_HEADER, LIST, 3, NET_HEADER_MAX }, { NET_TAG_FROM, MAY, 3, NET_ADDRESS_MAX },
	    { NET_TAG_TO, LIST, 3, NET_ADDRESS_MAX }, { NET_TAG_USER, MAY, 1, NET_LOGIN_MAX },
	    { NET_TAG_PASSWORD, MAY, 1, NET_LOGIN_MAX } } },
	{ NET_ANSWER, { U32(NET_TAG_STATUS), U32(NET_TAG_LEN),
	    { NET_TAG_HEADER, LIST, 2, NET_HEADER_MAX } } },
	{ NET_FAILED, { U32(NET_TAG_CODE), { NET_TAG_TEXT, ONE, 0, 255 } } },
};

static const struct net_shape *net_shape_of(uint8_t type)
{
	size_t i;

	for (i = 0; i < sizeof(net_shapes) / sizeof(net_shapes[0]); i++)
		if (net_shapes[i].type == type)
			return &net_shapes[i];
	return NULL;
}

/* The number of fields with this tag, or -1 when one has a wrong length. */
static int net_count(const struct frame *f, const struct net_field *field)
{
	size_t n, len;

	for (n = 0; frame_get(f, field->tag, n, &len) != NULL; n++)
		if (len < field->min || len > field->max || n == NET_HEADERS_MAX)
			return -1;
	return (int)n;
}

int net_proto_check(const struct frame *f, struct err *e)
{
	const struct net_shape *shape = net_shape_of(f->type);
	uint8_t tags[17] = { 0 };
	size_t i;

	if (shape == NULL)
		return err_set(e, ERR_INPUT, "Message %u is not known.", f->type);
	for (i = 0; i < 16 && shape->field[i].tag != 0; i++) {
		const struct net_field *field = &shape->field[i];
		const int n = net_count(f, field);

		if (n < 0 || (n == 0 && field->many == ONE) || (n > 1 && field->many != LIST))
			return err_set(e, ERR_INPUT, "Field %u of message %u is malformed.",
			    field->tag, f->type);
		tags[i] = field->tag;
	}
	return frame_only(f, tags, e);
}

static int net_end(struct frame *f, int r)
{
	if (r != 0)
		frame_free(f);
	return r;
}

static int net_put_may(struct frame *f, uint8_t tag, const char *s, struct err *e)
{
	return s == NULL || *s == '\0' ? 0 : frame_put_str(f, tag, s, e);
}

static int net_put_mail(struct frame *f, const struct net_mail *m, struct err *e)
{
	int r = frame_put_str(f, NET_TAG_FROM, m->from, e);

	for (size_t i = 0; r == 0 && i < m->n_to; i++)
		r = frame_put_str(f, NET_TAG_TO, m->to[i], e);
	if (r == 0 && m->user != NULL)
		r = frame_put_str(f, NET_TAG_USER, m->user, e);
	if (r == 0 && m->user != NULL)
		r = frame_put(f, NET_TAG_PASSWORD, m->password->data, m->password->len, e);
	return r;
}

int net_write_request(struct frame *f, const struct net_request *rq, const struct net_settings *s,
    struct err *e)
{
	int r = frame_begin(f, NET_REQUEST, e);
	size_t i;

	if (r == 0)
		r = frame_put_str(f, NET_TAG_METHOD, rq->method, e);
	if (r == 0)
		r = frame_put_str(f, NET_TAG_URL, rq->url, e);
	if (r == 0)
		r = net_put_may(f, NET_TAG_CA, s->ca_file, e);
	if (r == 0)
		r = net_put_may(f, NET_TAG_PROXY, s->proxy, e);
	if (r == 0)
		r = net_put_may(f, NET_TAG_NO_PROXY, s->no_proxy, e);
	if (r == 0)
		r = frame_put_u32(f, NET_TAG_CONNECT_MS, (uint32_t)rq->connect_ms, e);
	if (r == 0)
		r = frame_put_u32(f, NET_TAG_TOTAL_MS, (uint32_t)rq->total_ms, e);
	if (r == 0)
		r = frame_put_u32(f, NET_TAG_BODY_LEN, (uint32_t)rq->body_len, e);
	if (r == 0)
		r = frame_put_u32(f, NET_TAG_ANSWER_MAX, rq->answer_max, e);
	for (i = 0; r == 0 && i < rq->n_headers; i++)
		r = frame_put_str(f, NET_TAG_HEADER, rq->headers[i], e);
	if (r == 0 && rq->mail != NULL)
		r = net_put_mail(f, rq->mail, e);
	return net_end(f, r);
}

/* RFC 9110 section 5.6.2. */
static int header_is_token(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

const char *net_proto_header(const struct frame *f, size_t nth, size_t *len)
{
	const unsigned char *p = frame_get(f, NET_TAG_HEADER, nth, len);
	size_t i = 0;

	if (p == NULL)
		return NULL;
	while (i < *len && header_is_token(p[i]))
		i++;
	if (i == 0 || i == *len || p[i] != ':')
		return NULL;
	for (; i < *len; i++)
		if ((p[i] < 0x20 && p[i] != '\t') || p[i] == 0x7f)
			return NULL;
	return (const char *)p;
}

/* An optional text field. */
static int net_get_may(const struct frame *f, uint8_t tag, char *out, size_t cap)
{
	size_t len;

	out[0] = '\0';
	return frame_get(f, tag, 0, &len) == NULL ? 0 : frame_get_str(f, tag, out, cap);
}

/* An address that cannot become another command of SMTP's, nor leave its <>. */
static int net_address_ok(const char *s, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] <= 0x20 || s[i] >= 0x7f || s[i] == '<' || s[i] == '>')
			return 0;
		at += s[i] == '@';
	}
	return len > 0 && at == 1;
}

const char *net_proto_to(const struct frame *f, size_t nth, size_t *len)
{
	const char *p = (const char *)frame_get(f, NET_TAG_TO, nth, len);

	return p != NULL && net_address_ok(p, *len) ? p : NULL;
}

/* MAIL has what a mail needs and an address of its own kind; other methods have none of it. */
static int net_get_mail(struct net_order *o, const struct frame *f)
{
	size_t len, password;

	o->mail = strcmp(o->method, "MAIL") == 0;
	for (; frame_get(f, NET_TAG_TO, o->n_to, &len) != NULL; o->n_to++)
		if (net_proto_to(f, o->n_to, &len) == NULL)
			return -1;
	password = frame_get(f, NET_TAG_PASSWORD, 0, &len) != NULL;
	if (net_get_may(f, NET_TAG_FROM, o->from, sizeof(o->from)) != 0 ||
	    net_get_may(f, NET_TAG_USER, o->user, sizeof(o->user)) != 0 ||
	    (o->user[0] != '\0') != (password != 0))
		return -1;
	if (!o->mail)
		return o->n_to == 0 && o->from[0] == '\0' && !password ? 0 : -1;
	return o->n_to > 0 && o->n_to <= NET_RECIPIENTS_MAX && o->n_headers == 0 &&
	    net_address_ok(o->from, strlen(o->from)) ? 0 : -1;
}

static int net_method_ok(const char *m)
{
	return strcmp(m, "GET") == 0 || strcmp(m, "HEAD") == 0 || strcmp(m, "POST") == 0 ||
	    strcmp(m, "PUT") == 0 || strcmp(m, "DELETE") == 0 || strcmp(m, "MAIL") == 0;
}

int net_read_request(struct net_order *o, const struct frame *f, struct err *e)
{
	size_t len;

	memset(o, 0, sizeof(*o));
	if (f->type != NET_REQUEST)
		return err_set(e, ERR_INPUT, "Message %u is no request.", f->type);
	if (frame_get_str(f, NET_TAG_METHOD, o->method, sizeof(o->method)) != 0 ||
	    !net_method_ok(o->method) ||
	    frame_get_str(f, NET_TAG_URL, o->url, sizeof(o->url)) != 0 ||
	    net_get_may(f, NET_TAG_CA, o->ca, sizeof(o->ca)) != 0 ||
	    net_get_may(f, NET_TAG_PROXY, o->proxy, sizeof(o->proxy)) != 0 ||
	    net_get_may(f, NET_TAG_NO_PROXY, o->no_proxy, sizeof(o->no_proxy)) != 0 ||
	    frame_get_u32(f, NET_TAG_CONNECT_MS, &o->connect_ms) != 0 ||
	    frame_get_u32(f, NET_TAG_TOTAL_MS, &o->total_ms) != 0 ||
	    frame_get_u32(f, NET_TAG_BODY_LEN, &o->body_len) != 0 ||
	    frame_get_u32(f, NET_TAG_ANSWER_MAX, &o->answer_max) != 0 ||
	    o->connect_ms == 0 || o->connect_ms > NET_LIMIT_MAX || o->total_ms == 0 ||
	    o->total_ms > NET_LIMIT_MAX)
		return err_set(e, ERR_INPUT, "A request is malformed.");
	for (; frame_get(f, NET_TAG_HEADER, o->n_headers, &len) != NULL; o->n_headers++)
		if (net_proto_header(f, o->n_headers, &len) == NULL)
			return err_set(e, ERR_INPUT, "A header of a request is malformed.");
	if (net_get_mail(o, f) != 0)
		return err_set(e, ERR_INPUT, "A mail is malformed.");
	return o->mail ? net_check_mail_url(o->url, e) : net_check_url(o->url, e);
}

int net_write_answer(struct frame *f, int status, uint32_t len, const char *headers, size_t n,
    struct err *e)
{
	int r = frame_begin(f, NET_ANSWER, e);

	if (r == 0)
		r = frame_put_u32(f, NET_TAG_STATUS, (uint32_t)status, e);
	if (r == 0)
		r = frame_put_u32(f, NET_TAG_LEN, len, e);
	for (; r == 0 && n > 0; n--, headers += strlen(headers) + 1)
		r = frame_put_str(f, NET_TAG_HEADER, headers, e);
	return net_end(f, r);
}

int net_read_answer(struct net_answer *a, const struct frame *f, struct err *e)
{
	const char *line;
	uint32_t status;
	size_t len, n;

	if (f->type != NET_ANSWER || frame_get_u32(f, NET_TAG_STATUS, &status) != 0 ||
	    status < 100 || status > 599 || frame_get_u32(f, NET_TAG_LEN, &a->len) != 0)
		return err_set(e, ERR_INPUT, "An answer is malformed.");
	a->status = (int)status;
	for (n = 0; frame_get(f, NET_TAG_HEADER, n, &len) != NULL; n++)
		;
	a->headers = calloc(n + 1, sizeof(*a->headers));
	if (a->headers == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for an answer.");
	for (; a->n_headers < n; a->n_headers++) {
		line = net_proto_header(f, a->n_headers, &len);
		if (line == NULL)
			return err_set(e, ERR_INPUT, "A header of an answer is malformed.");
		a->headers[a->n_headers] = strndup(line, len);
		if (a->headers[a->n_headers] == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for an answer.");
	}
	return 0;
}

int net_write_failure(struct frame *f, enum net_why why, const char *text, struct err *e)
{
	int r = frame_begin(f, NET_FAILED, e);

	if (r == 0)
		r = frame_put_u32(f, NET_TAG_CODE, (uint32_t)why, e);
	if (r == 0)
		r = frame_put(f, NET_TAG_TEXT, text, strnlen(text, 255), e);
	return net_end(f, r);
}

int net_read_failure(enum net_why *why, char text[256], const struct frame *f, struct err *e)
{
	uint32_t code;

	if (f->type != NET_FAILED || frame_get_u32(f, NET_TAG_CODE, &code) != 0 || code == 0 ||
	    code >= NET_WHY_END || frame_get_str(f, NET_TAG_TEXT, text, 256) != 0)
		return err_set(e, ERR_INPUT, "A failure's message is malformed.");
	*why = (enum net_why)code;
	return 0;
}
