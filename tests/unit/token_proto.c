/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>

#include "token/token_proto.h"

static void proto_bad(const struct frame *f)
{
	assert_int_equal(proto_check(f, NULL), ERR_INPUT);
}

static void proto_good(const struct frame *f)
{
	struct err e = { 0 };

	err_clear(&e);
	if (proto_check(f, &e) != 0)
		fail_msg("%s", e.text);
}

/* Every cut of a good frame is refused, and every change of its type, version
 * or a length either is refused or passes the readers without harm. */
static void proto_cut(const struct frame *f)
{
	struct proto_request *rq = calloc(1, sizeof(*rq));
	struct frame g;
	size_t i;
	uint8_t *copy;

	assert_non_null(rq);
	proto_good(f);
	for (i = 0; i < f->bytes->len; i++) {
		copy = malloc(f->bytes->len);
		assert_non_null(copy);
		memcpy(copy, f->bytes->data, f->bytes->len);
		if (frame_parse(&g, copy, i, NULL) == 0 && proto_check(&g, NULL) == 0) {
			/* A cut between fields may leave out optional ones. */
			assert_true(f->type == PROTO_MAKE || f->type == PROTO_ASSERT ||
			    f->type == PROTO_ASSERTION || f->type == PROTO_DEVICES ||
			    f->type == PROTO_PREFLIGHT);
		}
		frame_free(&g);
		copy[i] ^= 0x41;
		if (frame_parse(&g, copy, f->bytes->len, NULL) == 0 && proto_check(&g, NULL) == 0)
			(void)proto_read_request(rq, &g, NULL);
		proto_request_free(rq);
		frame_free(&g);
		free(copy);
	}
	free(rq);
}

static void proto_requests_come_back(void **state)
{
	static const uint8_t id[TOKEN_ID_MAX] = { 7 }, salt[32] = { 9 };
	const struct token_id ids[2] = { { id, 70 }, { id, TOKEN_ID_MAX } };
	struct proto_request *rq = calloc(1, sizeof(*rq));
	struct token_assert_request a = { .allow = ids, .n_allow = 2, .salt1 = salt, .salt2 = salt,
		.uv = 1, .touch_ms = 1234 };
	struct token_make_request m = { .user_name = "alice", .exclude = ids, .n_exclude = 1,
		.protection = 3, .try_eddsa = 1, .touch_ms = 5 };
	struct secret *pin;
	struct frame f;

	(void)state;
	assert_non_null(rq);
	assert_int_equal(secret_from(&pin, "1234", 4, NULL), 0);
	a.pin = m.pin = pin;
	a.cdh[31] = m.cdh[31] = m.user_id[15] = 0x77;
	assert_int_equal(proto_write_assert(&f, &a, NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_request(rq, &f, NULL), 0);
	assert_int_equal(rq->assert.n_allow, 2);
	assert_int_equal(rq->assert.allow[1].len, TOKEN_ID_MAX);
	assert_memory_equal(rq->assert.allow[0].data, id, 70);
	assert_memory_equal(rq->assert.salt2, salt, 32);
	assert_memory_equal(rq->assert.cdh, a.cdh, 32);
	assert_string_equal(rq->assert.pin->data, "1234");
	assert_int_equal(rq->assert.uv, 1);
	assert_int_equal(rq->assert.touch_ms, 1234);
	proto_request_free(rq);
	frame_free(&f);

	assert_int_equal(proto_write_make(&f, &m, NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_request(rq, &f, NULL), 0);
	assert_string_equal(rq->make.user_name, "alice");
	assert_int_equal(rq->make.n_exclude, 1);
	assert_int_equal(rq->make.protection, 3);
	assert_int_equal(rq->make.try_eddsa, 1);
	assert_int_equal(rq->make.user_id[15], 0x77);
	assert_string_equal(rq->make.pin->data, "1234");
	proto_request_free(rq);
	frame_free(&f);

	assert_int_equal(proto_write_open(&f, "/dev/hidraw0", 3000, NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_request(rq, &f, NULL), 0);
	assert_string_equal(rq->path, "/dev/hidraw0");
	assert_int_equal(rq->limit_ms, 3000);
	frame_free(&f);
	secret_free(&pin);
	free(rq);
}

static void proto_refuses(void **state)
{
	static const uint8_t bytes[TOKEN_ID_MAX + 1] = { 1 };
	struct proto_request *rq = calloc(1, sizeof(*rq));
	struct token_id ids[PROTO_IDS_MAX + 1];
	struct frame f;
	size_t i;

	(void)state;
	assert_non_null(rq);
	/* a field nobody knows; one twice; one too few; an unknown type */
	assert_int_equal(proto_write_list(&f, NULL), 0);
	assert_int_equal(frame_put_u32(&f, TAG_UV, 1, NULL), 0);
	proto_bad(&f);
	frame_free(&f);
	assert_int_equal(proto_write_wait_touch(&f, 5, NULL), 0);
	proto_good(&f);
	assert_int_equal(frame_put_u32(&f, TAG_LIMIT, 5, NULL), 0);
	proto_bad(&f);
	frame_free(&f);
	assert_int_equal(frame_begin(&f, PROTO_WAIT_TOUCH, NULL), 0);
	proto_bad(&f);
	frame_free(&f);
	assert_int_equal(frame_begin(&f, 64, NULL), 0);
	proto_bad(&f);
	frame_free(&f);
	/* ids: too many, too long, none */
	for (i = 0; i <= PROTO_IDS_MAX; i++)
		ids[i] = (struct token_id){ bytes, 70 };
	assert_int_equal(proto_write_preflight(&f, ids, PROTO_IDS_MAX, NULL), 0);
	proto_good(&f);
	assert_int_equal(proto_read_request(rq, &f, NULL), 0);
	assert_int_equal(rq->n_ids, PROTO_IDS_MAX);
	proto_request_free(rq);
	assert_int_equal(frame_put(&f, TAG_ID, bytes, 70, NULL), 0);
	proto_bad(&f);
	frame_free(&f);
	assert_int_equal(proto_write_preflight(&f, ids, PROTO_IDS_MAX + 1, NULL), ERR_INTERNAL);
	assert_null(f.bytes);
	ids[0].len = TOKEN_ID_MAX + 1;
	assert_int_equal(proto_write_preflight(&f, ids, 1, NULL), 0);
	proto_bad(&f);
	frame_free(&f);
	assert_int_equal(proto_write_preflight(&f, ids, 0, NULL), 0);
	assert_int_equal(proto_read_request(rq, &f, NULL), ERR_INPUT);
	frame_free(&f);
	/* an answer is no request */
	assert_int_equal(proto_write_plain(&f, PROTO_TOUCHED, NULL), 0);
	assert_int_equal(proto_read_request(rq, &f, NULL), ERR_INPUT);
	frame_free(&f);
	free(rq);
}

static void proto_pins(void **state)
{
	static const struct { const char *pin; size_t len; int check, read; } pins[] = {
		{ "123", 3, ERR_INPUT, 0 }, { "1234", 4, 0, 0 }, { "12\0004", 4, 0, ERR_INPUT },
		{ "0123456789012345678901234567890123456789012345678901234567890123", 63, 0, 0 },
		{ "0123456789012345678901234567890123456789012345678901234567890123", 64, ERR_INPUT, 0 },
	};
	static const uint8_t id[8] = { 1 };
	const struct token_id one = { id, 8 };
	struct proto_request *rq = calloc(1, sizeof(*rq));
	size_t i;

	(void)state;
	assert_non_null(rq);
	for (i = 0; i < COUNT(pins); i++) {
		struct token_assert_request a = { .allow = &one, .n_allow = 1, .touch_ms = 1 };
		struct secret *pin;
		struct frame f;

		assert_int_equal(secret_from(&pin, pins[i].pin, pins[i].len, NULL), 0);
		a.pin = pin;
		assert_int_equal(proto_write_assert(&f, &a, NULL), 0);
		assert_int_equal(proto_check(&f, NULL), pins[i].check);
		if (pins[i].check == 0)
			assert_int_equal(proto_read_request(rq, &f, NULL), pins[i].read);
		proto_request_free(rq);
		frame_free(&f);
		secret_free(&pin);
	}
	free(rq);
}

static void proto_devices(void **state)
{
	struct token_device *in = calloc(TOKEN_DEVICES_MAX, sizeof(*in));
	struct token_device *out = calloc(TOKEN_DEVICES_MAX, sizeof(*out));
	struct frame f;
	size_t n;

	(void)state;
	assert_true(in != NULL && out != NULL);
	strcpy(in[0].path, "/dev/hidraw0");
	strcpy(in[0].product, "Key\x1b[31m");
	strcpy(in[1].path, "/dev/hidraw1");
	strcpy(in[1].vendor, "Maker");
	assert_int_equal(proto_write_devices(&f, in, 2, NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_devices(out, &n, &f, NULL), 0);
	assert_int_equal(n, 2);
	assert_string_equal(out[0].product, "Key\\x1B[31m");
	assert_string_equal(out[1].vendor, "Maker");
	/* one vendor more than devices */
	assert_int_equal(frame_put_str(&f, TAG_VENDOR, "", NULL), 0);
	assert_int_equal(proto_read_devices(out, &n, &f, NULL), ERR_INPUT);
	frame_free(&f);
	assert_int_equal(proto_write_devices(&f, in, 0, NULL), 0);
	proto_good(&f);
	assert_int_equal(proto_read_devices(out, &n, &f, NULL), 0);
	assert_int_equal(n, 0);
	frame_free(&f);
	free(in);
	free(out);
}

static void proto_answers_come_back(void **state)
{
	static const struct token_info info = { .aaguid = { 1, 2 }, .firmware = 0x50403, .fido2 = 1,
		.hmac_secret = 1, .pin_set = -1, .pin_tries = -1, .uv = -1, .max_list = 8,
		.eddsa = -1, .max_msg = 1200 };
	const struct proto_failure why = { -4, 77, 13, 3 };
	struct proto_failure back;
	struct token_info got;
	enum token_has has;
	struct frame f;
	size_t which;

	(void)state;
	assert_int_equal(proto_write_info(&f, &info, NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_info(&got, &f, NULL), 0);
	assert_memory_equal(&got, &info, sizeof(got));
	frame_free(&f);
	assert_int_equal(proto_write_failure(&f, &why, NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_failure(&back, &f, NULL), 0);
	assert_memory_equal(&back, &why, sizeof(back));
	frame_free(&f);
	assert_int_equal(proto_write_failure(&f, &(struct proto_failure){ .code = 0 }, NULL), 0);
	assert_int_equal(proto_read_failure(&back, &f, NULL), ERR_INPUT);
	frame_free(&f);
	assert_int_equal(proto_write_found(&f, TOKEN_HAS, 3, NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_found(&has, &which, 4, &f, NULL), 0);
	assert_int_equal(which, 3);
	assert_int_equal(proto_read_found(&has, &which, 3, &f, NULL), ERR_INPUT);
	frame_free(&f);
	assert_int_equal(proto_write_found(&f, TOKEN_HAS_NOT, 1, NULL), 0);
	assert_int_equal(proto_read_found(&has, &which, 4, &f, NULL), ERR_INPUT);
	frame_free(&f);
}

static void proto_credential(void **state)
{
	struct token_credential *c = calloc(2, sizeof(*c));
	struct frame f;

	(void)state;
	assert_non_null(c);
	memset(&c[0], 0x5a, sizeof(c[0]));
	memset(c[0].cdh, 0, sizeof(c[0].cdh));
	c[0].id_len = TOKEN_ID_MAX;
	c[0].alg = TOKEN_ES256;
	c[0].key_len = 64;
	c[0].authdata_len = TOKEN_AUTHDATA_MAX;
	c[0].sig_len = c[0].cert_len = 0;
	memset(c[0].format, 0, sizeof(c[0].format));
	strcpy(c[0].format, "none");
	c[0].protection = 2;
	c[0].hmac_secret = 1;
	assert_int_equal(proto_write_credential(&f, &c[0], NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_credential(&c[1], &f, NULL), 0);
	assert_memory_equal(c[1].authdata, c[0].authdata, TOKEN_AUTHDATA_MAX);
	assert_string_equal(c[1].format, "none");
	frame_free(&f);
	c[0].alg = TOKEN_EDDSA;
	assert_int_equal(proto_write_credential(&f, &c[0], NULL), 0);
	assert_int_equal(proto_read_credential(&c[1], &f, NULL), ERR_INPUT);
	assert_int_equal(c[1].id_len, 0);
	frame_free(&f);
	free(c);
}

static void proto_assertion(void **state)
{
	struct token_assertion *a = calloc(2, sizeof(*a));
	struct frame f;

	(void)state;
	assert_non_null(a);
	a[0].id_len = 3;
	a[0].authdata_len = 37;
	a[0].sig_len = 64;
	assert_int_equal(secret_from(&a[0].hmac1, "0123456789abcdef0123456789abcdef", 32, NULL), 0);
	assert_int_equal(secret_from(&a[0].hmac2, "0123456789abcdef0123456789abcdeF", 32, NULL), 0);
	assert_int_equal(proto_write_assertion(&f, &a[0], NULL), 0);
	proto_cut(&f);
	assert_int_equal(proto_read_assertion(&a[1], &f, NULL), 0);
	assert_memory_equal(a[1].hmac2->data, a[0].hmac2->data, 32);
	token_assertion_free(&a[1]);
	assert_null(a[1].hmac1);
	frame_free(&f);
	secret_free(&a[0].hmac1);
	assert_int_equal(proto_write_assertion(&f, &a[0], NULL), 0);
	assert_int_equal(proto_read_assertion(&a[1], &f, NULL), ERR_INPUT);
	frame_free(&f);
	token_assertion_free(&a[0]);
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proto_requests_come_back),
		cmocka_unit_test(proto_refuses),
		cmocka_unit_test(proto_pins),
		cmocka_unit_test(proto_devices),
		cmocka_unit_test(proto_answers_come_back),
		cmocka_unit_test(proto_credential),
		cmocka_unit_test(proto_assertion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
