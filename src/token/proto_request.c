/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_proto.h"

#include <string.h>

static int proto_begin(struct frame *f, enum proto_type type, struct err *e)
{
	*f = (struct frame){ NULL, 0 };
	return frame_begin(f, (uint8_t)type, e);
}

/* Ends a writer: after a failure nothing of the frame stays. */
static int proto_end(struct frame *f, int r)
{
	if (r != 0)
		frame_free(f);
	return r;
}

static int proto_put_ids(struct frame *f, const struct token_id *ids, size_t n, struct err *e)
{
	size_t i;
	int r = 0;

	if (n > PROTO_IDS_MAX)
		return err_set(e, ERR_INTERNAL, "Too many credential ids for one message.");
	for (i = 0; r == 0 && i < n; i++)
		r = frame_put(f, TAG_ID, ids[i].data, ids[i].len, e);
	return r;
}

static int proto_put_pin(struct frame *f, const struct secret *pin, struct err *e)
{
	return pin == NULL ? 0 : frame_put(f, TAG_PIN, pin->data, pin->len, e);
}

int proto_write_plain(struct frame *f, enum proto_type type, struct err *e)
{
	return proto_end(f, proto_begin(f, type, e));
}

int proto_write_list(struct frame *f, struct err *e)
{
	return proto_write_plain(f, PROTO_LIST, e);
}

int proto_write_info_request(struct frame *f, struct err *e)
{
	return proto_write_plain(f, PROTO_GET_INFO, e);
}

int proto_write_open(struct frame *f, const char *path, uint32_t limit_ms, struct err *e)
{
	int r = proto_begin(f, PROTO_OPEN, e);

	if (r == 0)
		r = frame_put_str(f, TAG_PATH, path, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_LIMIT, limit_ms, e);
	return proto_end(f, r);
}

int proto_write_preflight(struct frame *f, const struct token_id *ids, size_t n, struct err *e)
{
	int r = proto_begin(f, PROTO_PREFLIGHT, e);

	if (r == 0)
		r = proto_put_ids(f, ids, n, e);
	return proto_end(f, r);
}

int proto_write_wait_touch(struct frame *f, uint32_t limit_ms, struct err *e)
{
	int r = proto_begin(f, PROTO_WAIT_TOUCH, e);

	if (r == 0)
		r = frame_put_u32(f, TAG_LIMIT, limit_ms, e);
	return proto_end(f, r);
}

int proto_write_make(struct frame *f, const struct token_make_request *rq, struct err *e)
{
	int r = proto_begin(f, PROTO_MAKE, e);

	if (r == 0)
		r = frame_put_u32(f, TAG_LIMIT, (uint32_t)rq->touch_ms, e);
	if (r == 0)
		r = frame_put(f, TAG_CDH, rq->cdh, sizeof(rq->cdh), e);
	if (r == 0)
		r = proto_put_ids(f, rq->exclude, rq->n_exclude, e);
	if (r == 0)
		r = proto_put_pin(f, rq->pin, e);
	if (r == 0)
		r = frame_put_str(f, TAG_USER_NAME, rq->user_name, e);
	if (r == 0)
		r = frame_put(f, TAG_USER_ID, rq->user_id, sizeof(rq->user_id), e);
	if (r == 0)
		r = frame_put_u32(f, TAG_PROTECTION, (uint32_t)rq->protection, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_TRY_EDDSA, (uint32_t)rq->try_eddsa, e);
	return proto_end(f, r);
}

int proto_write_assert(struct frame *f, const struct token_assert_request *rq, struct err *e)
{
	int r = proto_begin(f, PROTO_ASSERT, e);

	if (r == 0)
		r = frame_put_u32(f, TAG_LIMIT, (uint32_t)rq->touch_ms, e);
	if (r == 0)
		r = frame_put(f, TAG_CDH, rq->cdh, sizeof(rq->cdh), e);
	if (r == 0)
		r = proto_put_ids(f, rq->allow, rq->n_allow, e);
	if (r == 0 && rq->salt1 != NULL)
		r = frame_put(f, TAG_SALT1, rq->salt1, 32, e);
	if (r == 0 && rq->salt2 != NULL)
		r = frame_put(f, TAG_SALT2, rq->salt2, 32, e);
	if (r == 0)
		r = proto_put_pin(f, rq->pin, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_UV, (uint32_t)rq->uv, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_KEPT, (uint32_t)rq->tries_kept, e);
	return proto_end(f, r);
}

static int proto_get_pin(struct proto_request *rq, const struct frame *f, struct err *e)
{
	const unsigned char *p;
	size_t len;

	p = frame_get(f, TAG_PIN, 0, &len);
	if (p == NULL)
		return 0;
	if (memchr(p, '\0', len) != NULL)
		return err_set(e, ERR_INPUT, "A PIN holds a zero byte.");
	return secret_from(&rq->pin, p, len, e);
}

static int proto_read_make(struct proto_request *rq, const struct frame *f, struct err *e)
{
	struct token_make_request *m = &rq->make;
	uint32_t protection = 0, eddsa = 0;
	size_t len;

	if (frame_get_str(f, TAG_USER_NAME, rq->user_name, sizeof(rq->user_name)) != 0 ||
	    frame_get_u32(f, TAG_PROTECTION, &protection) != 0 || protection > 3 ||
	    frame_get_u32(f, TAG_TRY_EDDSA, &eddsa) != 0 || eddsa > 1)
		return err_set(e, ERR_INPUT, "A request for a credential is malformed.");
	memcpy(m->cdh, frame_get(f, TAG_CDH, 0, &len), sizeof(m->cdh));
	memcpy(m->user_id, frame_get(f, TAG_USER_ID, 0, &len), sizeof(m->user_id));
	m->user_name = rq->user_name;
	m->exclude = rq->ids;
	m->n_exclude = rq->n_ids;
	m->pin = rq->pin;
	m->protection = (int)protection;
	m->try_eddsa = (int)eddsa;
	m->touch_ms = (int)rq->limit_ms;
	return 0;
}

static int proto_read_assert(struct proto_request *rq, const struct frame *f, struct err *e)
{
	struct token_assert_request *a = &rq->assert;
	uint32_t uv = 0, kept = 0;
	size_t len;

	a->salt1 = frame_get(f, TAG_SALT1, 0, &len);
	a->salt2 = frame_get(f, TAG_SALT2, 0, &len);
	if (frame_get_u32(f, TAG_UV, &uv) != 0 || uv > 1 || rq->n_ids == 0 ||
	    frame_get_u32(f, TAG_KEPT, &kept) != 0 || kept > PIN_TRIES_MOST ||
	    (a->salt1 == NULL && a->salt2 != NULL))
		return err_set(e, ERR_INPUT, "A request for an assertion is malformed.");
	memcpy(a->cdh, frame_get(f, TAG_CDH, 0, &len), sizeof(a->cdh));
	a->allow = rq->ids;
	a->n_allow = rq->n_ids;
	a->pin = rq->pin;
	a->uv = (int)uv;
	a->tries_kept = (int)kept;
	a->touch_ms = (int)rq->limit_ms;
	return 0;
}

int proto_read_request(struct proto_request *rq, const struct frame *f, struct err *e)
{
	size_t len;
	int r;

	if (f->type < PROTO_LIST || f->type > PROTO_ASSERT)
		return err_set(e, ERR_INPUT, "Message %u is no request.", f->type);
	for (; rq->n_ids < PROTO_IDS_MAX; rq->n_ids++) {
		const unsigned char *p = frame_get(f, TAG_ID, rq->n_ids, &len);

		if (p == NULL)
			break;
		rq->ids[rq->n_ids] = (struct token_id){ p, len };
	}
	if (f->type != PROTO_LIST && f->type != PROTO_GET_INFO && f->type != PROTO_PREFLIGHT &&
	    (frame_get_u32(f, TAG_LIMIT, &rq->limit_ms) != 0 || rq->limit_ms > 3600000u))
		return err_set(e, ERR_INPUT, "A limit of time is malformed.");
	if (f->type == PROTO_PREFLIGHT && rq->n_ids == 0)
		return err_set(e, ERR_INPUT, "A list of credential ids is empty.");
	if (f->type == PROTO_OPEN && frame_get_str(f, TAG_PATH, rq->path, sizeof(rq->path)) != 0)
		return err_set(e, ERR_INPUT, "A device's path is malformed.");
	r = proto_get_pin(rq, f, e);
	if (r == 0 && f->type == PROTO_MAKE)
		r = proto_read_make(rq, f, e);
	if (r == 0 && f->type == PROTO_ASSERT)
		r = proto_read_assert(rq, f, e);
	return r;
}

void proto_request_free(struct proto_request *rq)
{
	secret_free(&rq->pin);
	memset(rq, 0, sizeof(*rq));
}
