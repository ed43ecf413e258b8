/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of twokey-token, both directions, and authenticator data.  The
 * first byte chooses: even, a frame; odd, authenticator data.
 */
#include <stdlib.h>
#include <string.h>

#include "token/authdata.h"
#include "token/token_proto.h"

static void fuzz_answers(const struct frame *f)
{
	static struct token_device list[TOKEN_DEVICES_MAX];
	static struct token_credential c;
	static struct token_assertion a;
	struct proto_failure why;
	struct token_info info;
	enum token_has has;
	size_t n;

	(void)proto_read_devices(list, &n, f, NULL);
	(void)proto_read_info(&info, f, NULL);
	(void)proto_read_found(&has, &n, 3, f, NULL);
	(void)proto_read_credential(&c, f, NULL);
	(void)proto_read_failure(&why, f, NULL);
	if (proto_read_assertion(&a, f, NULL) == 0)
		token_assertion_free(&a);
}

/* What the helper takes, it would have got from a writer: write it again and
 * compare, so that there is one form of each message only. */
static void fuzz_again(const struct frame *f, const struct proto_request *rq)
{
	struct frame g = { NULL, 0 };
	int r = -1;

	if (f->type == PROTO_MAKE)
		r = proto_write_make(&g, &rq->make, NULL);
	else if (f->type == PROTO_ASSERT)
		r = proto_write_assert(&g, &rq->assert, NULL);
	else if (f->type == PROTO_OPEN)
		r = proto_write_open(&g, rq->path, rq->limit_ms, NULL);
	else if (f->type == PROTO_PREFLIGHT)
		r = proto_write_preflight(&g, rq->ids, rq->n_ids, NULL);
	if (r == 0 && (g.bytes->len != f->bytes->len ||
	    memcmp(g.bytes->data, f->bytes->data, g.bytes->len) != 0))
		abort();
	frame_free(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct proto_request rq;
	struct authdata ad;
	struct frame f;
	size_t n;

	if (size == 0)
		return 0;
	if (data[0] & 1) {
		(void)authdata_parse(&ad, data + 1, size - 1);
		(void)authdata_unwrap(data + 1, size - 1, &n);
		return 0;
	}
	if (frame_parse(&f, data + 1, size - 1, NULL) != 0)
		return 0;
	if (proto_check(&f, NULL) == 0) {
		memset(&rq, 0, sizeof(rq));
		if (proto_read_request(&rq, &f, NULL) == 0)
			fuzz_again(&f, &rq);
		proto_request_free(&rq);
		fuzz_answers(&f);
	}
	frame_free(&f);
	return 0;
}
