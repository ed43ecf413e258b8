/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <time.h>

#include "engine.h"

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

bool
engine_power(struct engine *e)
{
	struct key_state *s = &e->key->s;

	engine_end(e);
	memset(e->token, 0, sizeof e->token);
	memset(&e->assertion, 0, sizeof e->assertion);
	memset(&e->walk, 0, sizeof e->walk);
	e->wrong_in_row = 0;
	e->volatile_counter = 0;
	e->finger_fails = false;
	e->powered_ms = e->io->now_ms(e->ctx);
	if (s->block_replugs > 0 && e->key->q.v[Q_PIN_BLOCK_REPLUGS] > 0) {
		s->block_replugs--;
		store_save(e->key);
	}
	e->agree = EVP_EC_gen("P-256");
	return e->agree != NULL && crypt_random(e->token[0].bytes, 32) && crypt_random(e->token[1].bytes, 32);
}

void
engine_end(struct engine *e)
{
	EVP_PKEY_free(e->agree);
	e->agree = NULL;
}

bool
engine_faulty(const struct engine *e, enum fault_kind k)
{
	return e->fault >> k & 1;
}

static int
field_string(struct span item, bool required, bool text, struct span *out)
{
	*out = (struct span){ NULL, 0 };
	if (item.p == NULL)
		return required ? CTAP2_MISSING_PARAMETER : CTAP_OK;
	if (!(text ? cbr_text(item, out) : cbr_bytes(item, out)))
		return CTAP2_CBOR_UNEXPECTED_TYPE;
	return CTAP_OK;
}

int
field_bytes(struct span map, int key, bool required, struct span *out)
{
	return field_string(cbr_at(map, key), required, false, out);
}

int
field_text(struct span map, int key, bool required, struct span *out)
{
	return field_string(cbr_at(map, key), required, true, out);
}

int
field_map(struct span map, int key, bool required, struct span *out)
{
	*out = cbr_at(map, key);
	if (out->p == NULL)
		return required ? CTAP2_MISSING_PARAMETER : CTAP_OK;
	return cbr_is_map(*out) ? CTAP_OK : CTAP2_CBOR_UNEXPECTED_TYPE;
}

int
field_array(struct span map, int key, bool required, struct span *out)
{
	*out = cbr_at(map, key);
	if (out->p == NULL)
		return required ? CTAP2_MISSING_PARAMETER : CTAP_OK;
	return cbr_is_array(*out) ? CTAP_OK : CTAP2_CBOR_UNEXPECTED_TYPE;
}

int
field_uint(struct span map, int key, bool required, uint64_t *out)
{
	struct span item = cbr_at(map, key);

	*out = 0;
	if (item.p == NULL)
		return required ? CTAP2_MISSING_PARAMETER : CTAP_OK;
	return cbr_uint(item, out) ? CTAP_OK : CTAP2_CBOR_UNEXPECTED_TYPE;
}

int
engine_touch(struct engine *e)
{
	static const int codes[] = {
		[NOTOUCH_DENIED] = CTAP2_OPERATION_DENIED,
		[NOTOUCH_ACTION_TIMEOUT] = CTAP2_ACTION_TIMEOUT,
		[NOTOUCH_USER_ACTION_TIMEOUT] = CTAP2_USER_ACTION_TIMEOUT,
	};
	uint64_t t0 = now_us();
	enum touch t = e->io->touch(e->ctx);

	e->stats.touch_us += now_us() - t0;
	switch (t) {
	case TOUCH_OK:
		e->stats.touches++;
		return CTAP_OK;
	case TOUCH_CANCELLED:
		return CTAP2_KEEPALIVE_CANCEL;
	case TOUCH_GONE:
		return NO_REPLY;
	case TOUCH_REFUSED:
	case TOUCH_TIMEOUT:
		break;
	}
	return codes[e->key->q.v[Q_NO_TOUCH]];
}

bool
engine_has_finger(const struct engine *e)
{
	return e->key->q.v[Q_UV] == UV_FINGERPRINT && e->key->s.finger;
}

int
engine_finger(struct engine *e)
{
	struct key_state *s = &e->key->s;
	int r;

	if (s->uv_retries == 0)
		return CTAP2_UV_BLOCKED;
	if ((r = engine_touch(e)) != CTAP_OK)
		return r;
	if (e->finger_fails) {
		s->uv_retries--;
		store_save(e->key);
		return s->uv_retries == 0 ? CTAP2_UV_BLOCKED : CTAP2_UV_INVALID;
	}
	if (s->uv_retries != UV_RETRIES) {
		s->uv_retries = UV_RETRIES;
		store_save(e->key);
	}
	return CTAP_OK;
}

/* The counter of one credential, named by the first bytes of its id's hash. When the table is full the
 * oldest entry goes. */
static bool
counter_of_cred(struct engine *e, const struct cred *c, uint32_t *n)
{
	struct key_state *s = &e->key->s;
	uint8_t hash[32];
	size_t i;

	if (!crypt_sha256(c->id, c->id_len, hash))
		return false;
	for (i = 0; i < s->counters_n; i++)
		if (memcmp(s->counters[i].tag, hash, 8) == 0)
			break;
	if (i == CRED_COUNTERS_MAX) {
		i--;
		memmove(&s->counters[0], &s->counters[1], i * sizeof s->counters[0]);
		s->counters_n = i;
	}
	if (i == s->counters_n) {
		memcpy(s->counters[i].tag, hash, 8);
		s->counters[i].n = 0;
		s->counters_n++;
	}
	*n = ++s->counters[i].n;
	return store_save(e->key);
}

bool
engine_counter(struct engine *e, const struct cred *c, uint32_t *n)
{
	bool ok = true;

	switch (e->key->q.v[Q_COUNTER]) {
	case COUNTER_ZERO:
		*n = 0;
		break;
	case COUNTER_VOLATILE:
		*n = ++e->volatile_counter;
		break;
	case COUNTER_CREDENTIAL:
		ok = counter_of_cred(e, c, n);
		break;
	default:
		ok = store_count(e->key, n);
	}
	if (engine_faulty(e, FAULT_COUNTER_BACK))
		*n = *n > 2 ? *n - 2 : 0;	/* the last one was *n - 1 */
	return ok;
}

int
engine_reset(struct engine *e)
{
	int window = e->key->q.v[Q_RESET_WINDOW], r;
	struct key_state *s = &e->key->s;
	uint32_t counter = s->counter;

	if (window > 0 && e->io->now_ms(e->ctx) - e->powered_ms > window)
		return CTAP2_NOT_ALLOWED;
	if ((r = engine_touch(e)) != CTAP_OK)
		return r;
	memset(s, 0, sizeof *s);
	s->counter = counter;	/* section 6.6: need not start again, and so never repeats */
	s->pin_retries = PIN_RETRIES;
	s->uv_retries = UV_RETRIES;
	if (!crypt_random(s->master, sizeof s->master) || !store_save(e->key) || !engine_power(e))
		return CTAP1_OTHER;
	return CTAP_OK;
}

static int
command_run(struct engine *e, uint8_t command, struct span req)
{
	if (command != CTAP_GET_NEXT_ASSERTION)
		e->assertion.n = 0;
	if (command != CTAP_CRED_MGMT && command != CTAP_CRED_MGMT_PREVIEW)
		e->walk.command = 0;
	switch (command) {
	case CTAP_MAKE_CREDENTIAL:
		return engine_make(e, req);
	case CTAP_GET_ASSERTION:
		return engine_assert(e, req);
	case CTAP_GET_NEXT_ASSERTION:
		return engine_next(e);
	case CTAP_GET_INFO:
		return engine_info(e);
	case CTAP_CLIENT_PIN:
		return engine_pin(e, req);
	case CTAP_CRED_MGMT:
		return e->key->q.v[Q_CTAP] == CTAP_21 ? engine_manage(e, req) : CTAP1_INVALID_COMMAND;
	case CTAP_CRED_MGMT_PREVIEW:
		return e->key->q.v[Q_CTAP] != CTAP_20 ? engine_manage(e, req) : CTAP1_INVALID_COMMAND;
	case CTAP_RESET:
		return engine_reset(e);
	case CTAP_SELECTION:
		return e->key->q.v[Q_CTAP] == CTAP_21 ? engine_touch(e) : CTAP1_INVALID_COMMAND;
	default:
		return CTAP1_INVALID_COMMAND;
	}
}

/* Counts an operation's time without the time that a person took. */
static void
stats_add(struct engine *e, uint8_t command, uint64_t us)
{
	struct stats *s = &e->stats;

	s->all_ops++;
	s->all_us += us;
	s->make += command == CTAP_MAKE_CREDENTIAL;
	s->assert_ += command == CTAP_GET_ASSERTION;
	s->next += command == CTAP_GET_NEXT_ASSERTION;
	if (command == CTAP_MAKE_CREDENTIAL || command == CTAP_GET_ASSERTION || command == CTAP_GET_NEXT_ASSERTION) {
		s->user_ops++;
		s->user_us += us;
	}
}

static void
reply_spoil(struct engine *e)
{
	if (engine_faulty(e, FAULT_GARBAGE) && e->buf[0] == CTAP_OK) {
		memset(e->buf + 1, 0xff, 32);
		e->out.n = 33;
	}
	if (engine_faulty(e, FAULT_TRUNCATE))
		e->out.n = e->out.n > 1 ? e->out.n / 2 : 1;
}

/* What kind of operation a request is to faults; a silent one is not a person's. */
static unsigned
operation_of(uint8_t command, struct span body)
{
	struct span param;
	bool up = true;

	if (command == CTAP_GET_ASSERTION && cbr_bool(cbr_named(cbr_at(body, 5), "up"), &up) && !up)
		return OP_SILENT;
	if (command == CTAP_MAKE_CREDENTIAL && cbr_bytes(cbr_at(body, 8), &param) && param.n == 0)
		return OP_PROBE;
	return command;
}

bool
engine_cbor(struct engine *e, const uint8_t *req, size_t n)
{
	static const uint8_t empty = 0xa0;
	uint64_t t0 = now_us(), touch0 = e->stats.touch_us;
	struct span body;
	int r = CTAP1_INVALID_LENGTH;
	bool valid;

	e->out = (struct cbw){ e->buf, 1, sizeof e->buf, false };
	if (n == 0)
		goto out;
	body = n > 1 ? (struct span){ req + 1, n - 1 } : (struct span){ &empty, 1 };
	valid = cbr_valid(body) && cbr_is_map(body);
	e->fault = fault_take(&e->faults, valid ? operation_of(req[0], body) : req[0]);
	if (engine_faulty(e, FAULT_HANG))
		return false;
	r = valid ? command_run(e, req[0], body) : CTAP2_INVALID_CBOR;
	stats_add(e, req[0], now_us() - t0 - (e->stats.touch_us - touch0));
	if (engine_faulty(e, FAULT_UNPLUG)) {
		e->io->unplug(e->ctx);
		return false;
	}
	if (r == NO_REPLY)
		return false;
out:
	if (r == CTAP_OK && e->out.bad)
		r = CTAP1_OTHER;
	if (r != CTAP_OK)
		e->out.n = 1;
	e->buf[0] = (uint8_t)r;
	reply_spoil(e);
	return true;
}
