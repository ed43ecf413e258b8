/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_HID_H
#define SOFTKEY_HID_H

#include "engine.h"

#define HID_CHANNELS 64

/*
 * CTAPHID, CTAP 2.1 section 11.2: channels, messages cut into reports of 64 bytes, one transaction at
 * a time. A client is whoever has opened the device, a small number chosen by the caller; a reply goes
 * to the client that owns the channel.
 */
struct hid {
	struct engine *engine;
	void (*send)(void *ctx, int client, const uint8_t report[HID_REPORT]);
	void *ctx;
	struct {
		uint32_t cid;	/* 0: free */
		int client;
	} channel[HID_CHANNELS];
	uint32_t last_cid;
	size_t oldest;
	/* the message being received, or (busy) carried out */
	uint32_t cid;	/* 0: none */
	uint8_t cmd, seq;
	size_t len, have;
	int64_t heard_ms;
	bool busy, cancelled, aborted;
	uint8_t msg[CTAP_MAX_MSG];
};

/* Forgets all channels and messages, as a power cycle does. */
void hid_power(struct hid *h);

/* Takes one report; may carry out a request, and call send many times, before it returns. */
void hid_input(struct hid *h, int client, const uint8_t report[HID_REPORT]);

/* Gives up on a message that stopped half-way. Returns ms until it wants to be called again, or -1. */
int hid_tick(struct hid *h, int64_t now_ms);

/* The client has closed the device. */
void hid_client_gone(struct hid *h, int client);

/* Tells the client whose request is being carried out that a touch is waited for. */
void hid_keepalive(struct hid *h);

#endif
