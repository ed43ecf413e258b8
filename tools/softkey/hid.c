/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "hid.h"

#define BROADCAST 0xffffffffU
#define INIT_DATA (HID_REPORT - 7)
#define CONT_DATA (HID_REPORT - 5)
#define MESSAGE_MS 500		/* between two reports of one message */
#define UP_NEEDED 2

#define CAP_WINK 0x01
#define CAP_CBOR 0x04
#define CAP_NMSG 0x08

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
message_send(struct hid *h, int client, uint32_t cid, uint8_t cmd, const uint8_t *p, size_t n)
{
	uint8_t r[HID_REPORT] = { 0 };
	size_t at = n < INIT_DATA ? n : INIT_DATA;

	put32(r, cid);
	r[4] = cmd | 0x80;
	r[5] = (uint8_t)(n >> 8);
	r[6] = (uint8_t)n;
	if (at > 0)
		memcpy(r + 7, p, at);
	h->send(h->ctx, client, r);
	for (uint8_t seq = 0; at < n; seq++) {
		size_t part = n - at < CONT_DATA ? n - at : CONT_DATA;

		memset(r + 4, 0, sizeof r - 4);
		r[4] = seq;
		memcpy(r + 5, p + at, part);
		h->send(h->ctx, client, r);
		at += part;
	}
}

static void
error_send(struct hid *h, int client, uint32_t cid, uint8_t code)
{
	message_send(h, client, cid, HID_ERROR, &code, 1);
}

static int
channel_client(const struct hid *h, uint32_t cid)
{
	for (size_t i = 0; i < HID_CHANNELS; i++)
		if (cid != 0 && h->channel[i].cid == cid)
			return h->channel[i].client;
	return -1;
}

static uint32_t
channel_new(struct hid *h, int client)
{
	size_t i = 0;

	while (i < HID_CHANNELS && h->channel[i].cid != 0)
		i++;
	if (i == HID_CHANNELS) {
		i = h->oldest;
		h->oldest = (h->oldest + 1) % HID_CHANNELS;
	}
	do
		h->last_cid++;
	while (h->last_cid == 0 || h->last_cid == BROADCAST);
	h->channel[i].cid = h->last_cid;
	h->channel[i].client = client;
	return h->last_cid;
}

void
hid_power(struct hid *h)
{
	memset(h->channel, 0, sizeof h->channel);
	h->cid = 0;
	h->aborted = h->busy;
	if (h->last_cid == 0)
		crypt_random(&h->last_cid, sizeof h->last_cid);
}

/* CTAPHID_INIT, section 11.2.9.1.3: a new channel, or a fresh start on an old one. */
static void
init_answer(struct hid *h, int client, uint32_t cid, const uint8_t *nonce)
{
	const struct quirks *q = &h->engine->key->q;
	int firmware = q->v[Q_FIRMWARE];
	uint8_t r[17];

	if (cid == h->cid) {
		h->aborted = h->busy;
		h->cancelled = h->busy;
		if (!h->busy)
			h->cid = 0;
	}
	memcpy(r, nonce, 8);
	put32(r + 8, cid == BROADCAST ? channel_new(h, client) : cid);
	r[12] = 2;	/* version of CTAPHID */
	r[13] = (uint8_t)(firmware >> 16);
	r[14] = (uint8_t)(firmware >> 8);
	r[15] = (uint8_t)firmware;
	r[16] = (uint8_t)(CAP_WINK | (q->v[Q_FIDO2] ? CAP_CBOR : 0) | (q->v[Q_U2F] ? 0 : CAP_NMSG));
	message_send(h, client, cid, HID_INIT, r, sizeof r);
}

static void
reply_send(struct hid *h, uint8_t cmd, bool answered)
{
	static const uint8_t stray = CTAP_OK;
	struct engine *e = h->engine;
	bool stray_cancel = h->cancelled && e->key->q.v[Q_CANCEL] == CANCEL_STRAY;
	int client = channel_client(h, h->cid);

	if (!answered || h->aborted || client < 0)
		return;
	message_send(h, client, h->cid, cmd, e->buf, e->out.n);
	if (stray_cancel || (cmd == HID_CBOR && engine_faulty(e, FAULT_STRAY)))
		message_send(h, client, h->cid, cmd, &stray, 1);
}

static void
message_run(struct hid *h)
{
	int client = channel_client(h, h->cid);
	bool answered;

	switch (h->cmd) {
	case HID_PING:
		message_send(h, client, h->cid, HID_PING, h->msg, h->len);
		break;
	case HID_WINK:
		message_send(h, client, h->cid, HID_WINK, NULL, 0);
		break;
	case HID_CBOR:
	case HID_MSG:
		if (!h->engine->key->q.v[h->cmd == HID_MSG ? Q_U2F : Q_FIDO2]) {
			error_send(h, client, h->cid, CTAP1_INVALID_COMMAND);
			break;
		}
		h->busy = true;
		h->cancelled = h->aborted = false;
		answered = (h->cmd == HID_CBOR ? engine_cbor : engine_u2f)(h->engine, h->msg, h->len);
		h->busy = false;
		reply_send(h, h->cmd, answered);
		break;
	default:
		error_send(h, client, h->cid, CTAP1_INVALID_COMMAND);
	}
	h->cid = 0;
}

static void
first_report(struct hid *h, int client, uint32_t cid, const uint8_t *r)
{
	size_t len = (size_t)r[5] << 8 | r[6], n = len < INIT_DATA ? len : INIT_DATA;
	uint8_t cmd = r[4] & 0x7f;

	if (cmd == HID_CANCEL) {
		if (h->busy && cid == h->cid)
			h->cancelled = true;
	} else if (h->busy || (h->cid != 0 && h->cid != cid)) {
		error_send(h, client, cid, CTAP1_CHANNEL_BUSY);
	} else if (h->cid == cid) {
		h->cid = 0;
		error_send(h, client, cid, CTAP1_INVALID_SEQ);
	} else if (len > CTAP_MAX_MSG || ((cmd == HID_CBOR || cmd == HID_MSG) && len == 0)) {
		error_send(h, client, cid, CTAP1_INVALID_LENGTH);
	} else {
		h->cid = cid;
		h->cmd = cmd;
		h->seq = 0;
		h->len = len;
		h->have = n;
		h->heard_ms = h->engine->io->now_ms(h->engine->ctx);
		memcpy(h->msg, r + 7, n);
		if (h->have == h->len)
			message_run(h);
	}
}

static void
next_report(struct hid *h, int client, uint32_t cid, const uint8_t *r)
{
	size_t n = h->len - h->have;

	if (h->busy || cid != h->cid)
		return;	/* section 11.2.5.4: stray continuations are ignored */
	if (r[4] != h->seq) {
		h->cid = 0;
		error_send(h, client, cid, CTAP1_INVALID_SEQ);
		return;
	}
	if (n > CONT_DATA)
		n = CONT_DATA;
	memcpy(h->msg + h->have, r + 5, n);
	h->have += n;
	h->seq++;
	h->heard_ms = h->engine->io->now_ms(h->engine->ctx);
	if (h->have == h->len)
		message_run(h);
}

void
hid_input(struct hid *h, int client, const uint8_t r[HID_REPORT])
{
	uint32_t cid = get32(r);
	bool init = r[4] == (HID_INIT | 0x80);

	if (fault_mute(&h->engine->faults))
		return;
	if (init && (cid == BROADCAST || channel_client(h, cid) == client)) {
		if (r[5] != 0 || r[6] != 8)
			error_send(h, client, cid, CTAP1_INVALID_LENGTH);
		else
			init_answer(h, client, cid, r + 7);
	} else if (cid == 0 || cid == BROADCAST || channel_client(h, cid) != client) {
		if (r[4] & 0x80)
			error_send(h, client, cid, CTAP1_INVALID_CHANNEL);
	} else if (r[4] & 0x80) {
		first_report(h, client, cid, r);
	} else {
		next_report(h, client, cid, r);
	}
}

int
hid_tick(struct hid *h, int64_t now_ms)
{
	int64_t left = h->heard_ms + MESSAGE_MS - now_ms;
	uint32_t cid = h->cid;

	if (cid == 0 || h->busy)
		return -1;
	if (left > 0)
		return (int)left;
	h->cid = 0;
	error_send(h, channel_client(h, cid), cid, CTAP1_TIMEOUT);
	return -1;
}

void
hid_client_gone(struct hid *h, int client)
{
	for (size_t i = 0; i < HID_CHANNELS; i++) {
		if (h->channel[i].cid == 0 || h->channel[i].client != client)
			continue;
		if (h->channel[i].cid == h->cid) {
			h->aborted = true;
			h->cancelled |= h->engine->key->q.v[Q_ABANDONED] == ABANDONED_CANCEL;
			if (!h->busy)
				h->cid = 0;
		}
		h->channel[i].cid = 0;
	}
}

void
hid_keepalive(struct hid *h)
{
	static const uint8_t status = UP_NEEDED;
	int client = channel_client(h, h->cid);

	if (h->busy && client >= 0)
		message_send(h, client, h->cid, HID_KEEPALIVE, &status, 1);
}
