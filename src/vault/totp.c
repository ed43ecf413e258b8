/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/totp.h"

#include "crypto/crypto.h"

const char *totp_algorithm_name(enum totp_algorithm a)
{
	switch (a) {
	case TOTP_SHA1:
		return "SHA1";
	case TOTP_SHA256:
		return "SHA256";
	case TOTP_SHA512:
		return "SHA512";
	}
	return NULL;
}

int totp_check(const struct totp *t, struct err *e)
{
	if (totp_algorithm_name(t->algorithm) == NULL)
		return err_set(e, ERR_INPUT, "The TOTP algorithm is none of SHA1, SHA256, SHA512.");
	if (t->digits != 6 && t->digits != 8)
		return err_set(e, ERR_INPUT, "A TOTP code has 6 or 8 digits, not %u.", t->digits);
	if (t->period < TOTP_PERIOD_MIN || t->period > TOTP_PERIOD_MAX)
		return err_set(e, ERR_INPUT, "A TOTP period has %d to %d seconds, not %u.",
		    TOTP_PERIOD_MIN, TOTP_PERIOD_MAX, t->period);
	if (t->key == NULL || t->key->len < TOTP_KEY_MIN || t->key->len > TOTP_KEY_MAX)
		return err_set(e, ERR_INPUT, "A TOTP seed has %d to %d bytes, not %zu.",
		    TOTP_KEY_MIN, TOTP_KEY_MAX, t->key != NULL ? t->key->len : 0);
	return 0;
}

/* The HOTP value of a counter (RFC 4226 section 5.3) as digits. */
static int totp_hotp(char *out, const struct totp *t, uint64_t counter, struct err *e)
{
	uint8_t text[8], mac[64];
	size_t maclen = 0;
	uint32_t v;
	unsigned i;
	int r;

	for (i = 0; i < 8; i++)
		text[i] = (uint8_t)(counter >> (56 - 8 * i));
	r = hmac_digest(mac, &maclen, totp_algorithm_name(t->algorithm), t->key->data, t->key->len, text,
	    sizeof(text), e);
	if (r == 0) {
		/* Dynamic truncation, section 5.4: the last byte says where. */
		const uint8_t *p = mac + (mac[maclen - 1] & 15);

		v = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
		for (i = t->digits; i-- > 0; v /= 10)
			out[i] = (char)('0' + v % 10);
	}
	secret_zero(mac, sizeof(mac));
	return r;
}

int totp_code(struct secret **code, const struct totp *t, int64_t now, int ahead, struct err *e)
{
	struct secret *s = NULL;
	int64_t step;
	int r;

	*code = NULL;
	r = totp_check(t, e);
	if (r != 0)
		return r;
	/* RFC 6238 section 4.2 with T0 = 0. */
	step = now / 1000 / (int64_t)t->period + ahead;
	if (now < 0 || step < 0)
		return err_set(e, ERR_INPUT, "There are no TOTP codes before 1970.");
	r = secret_new(&s, t->digits, e);
	if (r == 0)
		r = totp_hotp((char *)s->data, t, (uint64_t)step, e);
	if (r == 0) {
		s->len = t->digits;
		*code = s;
		s = NULL;
	}
	secret_free(&s);
	return r;
}

int totp_left(const struct totp *t, int64_t now)
{
	const int64_t ms = (int64_t)t->period * 1000;

	return (int)((ms - now % ms + 999) / 1000);
}

/* The digits of what was typed; ERR_INPUT when there is anything else. */
static int totp_digits(struct secret **out, const struct totp *t, const struct secret *typed,
    struct err *e)
{
	struct secret *s = NULL;
	size_t i;
	int r = secret_new(&s, t->digits, e);

	*out = NULL;
	for (i = 0; r == 0 && i < typed->len; i++) {
		if (typed->data[i] == ' ')
			continue;
		if (typed->data[i] < '0' || typed->data[i] > '9' || s->len == s->cap)
			r = ERR_INPUT;
		else
			s->data[s->len++] = typed->data[i];
	}
	if (r == 0 && s->len != t->digits)
		r = ERR_INPUT;
	if (r == ERR_INPUT)
		(void)err_set(e, ERR_INPUT, "A code has %u digits and nothing else.", t->digits);
	if (r == 0) {
		*out = s;
		s = NULL;
	}
	secret_free(&s);
	return r;
}

int totp_find(const struct totp *t, int64_t now, const struct secret *typed, int skew, int *found,
    int *step, struct err *e)
{
	struct secret *want = NULL;
	int i, r;

	*found = 0;
	*step = 0;
	r = totp_check(t, e);
	if (r == 0 && (skew < 0 || skew > 20))
		r = err_set(e, ERR_INTERNAL, "A search over %d steps is too wide.", skew);
	if (r == 0)
		r = totp_digits(&want, t, typed, e);
	/* From now outwards, so that the nearest of equal codes is told. */
	for (i = 0; r == 0 && !*found && i <= 2 * skew; i++) {
		const int at = i % 2 != 0 ? (i + 1) / 2 : -(i / 2);
		struct secret *code = NULL;

		if (now / 1000 / (int64_t)t->period + at < 0)
			continue;
		r = totp_code(&code, t, now, at, e);
		if (r == 0 && secret_equal(code->data, want->data, code->len)) {
			*found = 1;
			*step = at;
		}
		secret_free(&code);
	}
	secret_free(&want);
	return r;
}

void totp_clear(struct totp *t)
{
	secret_free(&t->key);
}
