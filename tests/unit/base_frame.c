/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"

enum { TAG_TEXT = 1, TAG_LIST = 2, TAG_NUMBER = 9 };

/* Message 5: a text, a list of two, a number. */
static void sample(struct frame *f)
{
	struct err e = { 0 };

	err_clear(&e);
	assert_int_equal(frame_begin(f, 5, &e), 0);
	assert_int_equal(frame_put_str(f, TAG_TEXT, "pin 1234", &e), 0);
	assert_int_equal(frame_put(f, TAG_LIST, "one", 3, &e), 0);
	assert_int_equal(frame_put(f, TAG_LIST, NULL, 0, &e), 0);
	assert_int_equal(frame_put_u32(f, TAG_NUMBER, 0x01020304, &e), 0);
}

static void frame_fields(void **state)
{
	static const uint8_t all[] = { TAG_TEXT, TAG_LIST, TAG_NUMBER, 0 };
	static const uint8_t some[] = { TAG_TEXT, TAG_NUMBER, 0 };
	struct frame f;
	char text[9];
	uint32_t v;
	size_t len;

	(void)state;
	sample(&f);
	unit_is_hex(f.bytes->data, f.bytes->len,
	    "0105"
	    "010000000870696e2031323334"
	    "02000000036f6e65"
	    "0200000000"
	    "090000000401020304");
	assert_int_equal(frame_get_str(&f, TAG_TEXT, text, sizeof(text)), 0);
	assert_string_equal(text, "pin 1234");
	assert_int_equal(frame_get_str(&f, TAG_TEXT, text, 8), -1);
	assert_int_equal(frame_get_str(&f, TAG_LIST, text, sizeof(text)), -1);
	assert_int_equal(frame_get_u32(&f, TAG_NUMBER, &v), 0);
	assert_int_equal(v, 0x01020304);
	assert_int_equal(frame_get_u32(&f, TAG_TEXT, &v), -1);
	assert_int_equal(frame_get_u32(&f, 77, &v), -1);
	assert_memory_equal(frame_get(&f, TAG_LIST, 0, &len), "one", 3);
	assert_int_equal(len, 3);
	assert_non_null(frame_get(&f, TAG_LIST, 1, &len));
	assert_int_equal(len, 0);
	assert_null(frame_get(&f, TAG_LIST, 2, &len));
	assert_int_equal(frame_only(&f, all, NULL), 0);
	assert_int_equal(frame_only(&f, some, NULL), ERR_INPUT);
	assert_int_equal(frame_put(&f, TAG_LIST, "", 0, NULL), ERR_INTERNAL);
	assert_int_equal(frame_put(&f, 0, "", 0, NULL), ERR_INTERNAL);
	frame_free(&f);
	frame_free(&f);
	assert_null(frame_get(&f, TAG_TEXT, 0, &len));
}

static void frame_text_without_nul(void **state)
{
	struct frame f;
	char text[8];

	(void)state;
	assert_int_equal(frame_begin(&f, 1, NULL), 0);
	assert_int_equal(frame_put(&f, 1, "a\0b", 3, NULL), 0);
	assert_int_equal(frame_get_str(&f, 1, text, sizeof(text)), -1);
	frame_free(&f);
}

static void frame_limits(void **state)
{
	struct frame f, g;
	char *big = calloc(1, FRAME_MAX);

	(void)state;
	assert_non_null(big);
	assert_int_equal(frame_begin(&f, 1, NULL), 0);
	assert_int_equal(frame_put(&f, 1, big, FRAME_MAX - 6, NULL), ERR_INPUT);
	assert_int_equal(frame_put(&f, 1, big, SIZE_MAX, NULL), ERR_INPUT);
	assert_int_equal(frame_put(&f, 1, big, FRAME_MAX - 7, NULL), 0);
	assert_int_equal(frame_put(&f, 1, big, 0, NULL), ERR_INPUT);
	assert_int_equal(f.bytes->len, FRAME_MAX);
	assert_int_equal(frame_parse(&g, f.bytes->data, f.bytes->len, NULL), 0);
	frame_free(&g);
	assert_int_equal(frame_parse(&g, f.bytes->data, FRAME_MAX + 1, NULL), ERR_INPUT);
	frame_free(&f);
	free(big);
}

static void frame_refuses(void **state)
{
	static const char *const bad[] = {
		"",			/* nothing */
		"01",			/* no type */
		"0005", "0205",		/* versions */
		"010500",		/* tag alone */
		"01050000000000",	/* tag 0 */
		"01050200000000" "0100000000",	/* falling tags */
		"01050100000001",	/* field beyond the end */
		"010501ffffffff",	/* length that would wrap */
		"010501fffffffb" "00",
		"01050100000000" "00",	/* trailing byte */
	};
	uint8_t raw[64];
	struct frame f;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		const size_t n = unit_hex(raw, sizeof(raw), bad[i]);
		uint8_t *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, raw, n);
		assert_int_equal(frame_parse(&f, exact, n, NULL), ERR_INPUT);
		assert_null(f.bytes);
		free(exact);
	}
}

/* Cut at each length: good only where a field ends. */
static void frame_cut(void **state)
{
	struct frame f, g;
	size_t cut;
	int good = 0;

	(void)state;
	sample(&f);
	for (cut = 0; cut < f.bytes->len; cut++) {
		const int r = frame_parse(&g, f.bytes->data, cut, NULL);

		assert_int_equal(r, cut == 2 || cut == 15 || cut == 23 || cut == 28 ? 0 : ERR_INPUT);
		good += r == 0;
		frame_free(&g);
	}
	assert_int_equal(good, 4);
	frame_free(&f);
}

static void frame_travels(void **state)
{
	struct frame f, g;
	uint8_t head[4];
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	sample(&f);
	assert_int_equal(frame_send(sv[0], &f, 1000, NULL), 0);
	assert_int_equal(frame_send(sv[0], &f, -1, NULL), 0);
	assert_int_equal(frame_recv(&g, sv[1], 1000, NULL), 0);
	assert_int_equal(g.type, 5);
	assert_int_equal(g.bytes->len, f.bytes->len);
	assert_memory_equal(g.bytes->data, f.bytes->data, f.bytes->len);
	frame_free(&g);
	assert_int_equal(recv(sv[1], head, 4, 0), 4);
	assert_memory_equal(head, "\0\0\0\x25", 4);
	close(sv[0]);
	close(sv[1]);
	frame_free(&f);
}

/* The receiver's answer to these bytes, then the end of the stream. */
static int receive(const void *bytes, size_t len)
{
	struct frame f;
	int sv[2], r;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(send(sv[0], bytes, len, 0), (ssize_t)len);
	close(sv[0]);
	r = frame_recv(&f, sv[1], 1000, NULL);
	if (r != 0)
		assert_null(f.bytes);
	frame_free(&f);
	close(sv[1]);
	return r;
}

static void frame_stream_ends(void **state)
{
	static const uint8_t whole[] = { 0, 0, 0, 7, 1, 5, 1, 0, 0, 0, 0 };
	size_t cut;

	(void)state;
	assert_int_equal(receive(whole, sizeof(whole)), 0);
	assert_int_equal(receive(whole, 0), ERR_MISSING);
	for (cut = 1; cut < sizeof(whole); cut++)
		assert_int_equal(receive(whole, cut), ERR_INPUT);
	assert_int_equal(receive("\0\0\0\1\1", 5), ERR_INPUT);
	assert_int_equal(receive("\0\1\0\1\1\1", 6), ERR_INPUT);
	assert_int_equal(receive("\xff\xff\xff\xff\1\1", 6), ERR_INPUT);
}

static void frame_times_out(void **state)
{
	char *big = calloc(1, 60000);
	struct frame f, g;
	int64_t before;
	int sv[2], i, r = 0;

	(void)state;
	assert_non_null(big);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	before = clock_monotonic();
	assert_int_equal(frame_recv(&g, sv[1], 40, NULL), ERR_TIMEOUT);
	assert_true(clock_monotonic() - before >= 40);
	assert_int_equal(frame_begin(&f, 1, NULL), 0);
	assert_int_equal(frame_put(&f, 1, big, 60000, NULL), 0);
	for (i = 0; i < 100 && r == 0; i++)
		r = frame_send(sv[0], &f, 20, NULL);
	assert_int_equal(r, ERR_TIMEOUT);
	close(sv[1]);
	assert_int_equal(frame_send(sv[0], &f, 20, NULL), ERR_IO);
	close(sv[0]);
	frame_free(&f);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_fields),
		cmocka_unit_test(frame_text_without_nul),
		cmocka_unit_test(frame_limits),
		cmocka_unit_test(frame_refuses),
		cmocka_unit_test(frame_cut),
		cmocka_unit_test(frame_travels),
		cmocka_unit_test(frame_stream_ends),
		cmocka_unit_test(frame_times_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
