/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer harness of the whole key above its sockets. The input is a row of pieces, each led by a byte
 * that says what it is and a byte of length: a CBOR request, an APDU, a raw report, or a
 * credentialManagement request which the harness signs, so that the fuzzer gets past its lock.
 *
 *   cd tools/softkey && clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -I. \
 *       -o /tmp/fuzz_ctap ../../tests/softkey/fuzz_ctap.c $(ls *.c | grep -Ev '^(main|preload|cmd_.*)\.c$') -lcrypto
 */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "hid.h"

static enum touch
touch_now(void *ctx)
{
	(void)ctx;
	return TOUCH_OK;
}

static bool
touch_poll(void *ctx)
{
	(void)ctx;
	return true;
}

static int64_t
no_time(void *ctx)
{
	(void)ctx;
	return 1000;
}

static void
no_plug(void *ctx)
{
	(void)ctx;
}

static void
no_send(void *ctx, int client, const uint8_t report[HID_REPORT])
{
	(void)ctx, (void)client, (void)report;
}

static const struct engine_io io = { touch_now, touch_poll, no_time, no_plug };

/* A token that lets everything through: its secret is zero. */
static void
tokens_open(struct engine *e)
{
	for (int i = 0; i < 2; i++) {
		memset(e->token[i].bytes, 0, sizeof e->token[i].bytes);
		e->token[i].in_use = e->token[i].uv = true;
		e->token[i].perms = PERM_ALL;
		e->token[i].rp_bound = false;
		e->token[i].born_ms = 1000;
	}
}

static void
manage_signed(struct engine *e, const uint8_t *p, size_t n)
{
	static const uint8_t zero[32];
	uint8_t req[512] = { CTAP_CRED_MGMT }, mac[32];
	struct cbw w = { req + 1, 0, sizeof req - 1, false };

	if (n == 0)
		return;
	tokens_open(e);
	crypt_hmac(zero, sizeof zero, (struct span){ p, n }, (struct span){ NULL, 0 }, mac);
	cbw_map(&w, n > 1 ? 4 : 3);
	cbw_int(&w, 1);
	cbw_int(&w, p[0]);
	if (n > 1) {
		cbw_int(&w, 2);
		cbw_raw(&w, p + 1, n - 1);
	}
	cbw_int(&w, 3);
	cbw_int(&w, 2);
	cbw_int(&w, 4);
	cbw_bytes(&w, mac, sizeof mac);
	if (!w.bad)
		engine_cbor(e, req, 1 + w.n);
}

/* A resident credential for the requests to find. */
static void
seed_credential(struct engine *e)
{
	static const char req[] = "\x01\xa5\x01\x58\x20" "01234567890123456789012345678901" "\x02\xa1\x62id\x61r"
	    "\x03\xa2\x62id\x41u\x64name\x61n" "\x04\x81\xa2\x63" "alg\x26\x64type\x6apublic-key" "\x07\xa1\x62rk\xf5";

	engine_cbor(e, (const uint8_t *)req, sizeof req - 1);
	if (e->buf[0] != CTAP_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct key key, fresh;
	static struct engine e;
	static struct hid h;
	static bool ready;
	struct quirks q;

	if (!ready) {
		quirk_defaults(&q);
		if (!store_fresh(&fresh, &q))
			abort();
		ready = true;
	}
	key = fresh;
	engine_end(&e);
	memset(&e, 0, sizeof e);
	memset(&h, 0, sizeof h);
	e.key = &key;
	e.io = &io;
	h.engine = &e;
	h.send = no_send;
	if (!engine_power(&e))
		abort();
	hid_power(&h);
	seed_credential(&e);
	while (size >= 2) {
		size_t n = data[1] < size - 2 ? data[1] : size - 2;
		uint8_t *p = malloc(n + HID_REPORT);	/* to the byte, but for reports */

		if (p == NULL)
			abort();
		memset(p, 0, n + HID_REPORT);
		memcpy(p, data + 2, n);
		if (data[0] % 4 == 2)
			hid_input(&h, 0, p);
		p = realloc(p, n > 0 ? n : 1);
		if (p == NULL)
			abort();
		if (data[0] % 4 == 0)
			engine_cbor(&e, p, n);
		else if (data[0] % 4 == 1)
			engine_u2f(&e, p, n);
		else if (data[0] % 4 == 3)
			manage_signed(&e, p, n);
		free(p);
		data += 2 + n;
		size -= 2 + n;
	}
	return 0;
}
