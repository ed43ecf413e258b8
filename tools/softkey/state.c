/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "state.h"

enum { VERSION = 1 };
enum { K_VERSION, K_MASTER, K_PIN, K_RETRIES, K_UV_RETRIES, K_BLOCK, K_FINGER, K_COUNTER, K_RESIDENT, K_COUNTERS, K_N };
enum { R_ID, R_RP, R_USER, R_NAME, R_DISPLAY, R_N };

static void
pair_int(struct cbw *w, int key, int64_t v)
{
	cbw_int(w, key);
	cbw_int(w, v);
}

static void
pair_bytes(struct cbw *w, int key, const void *p, size_t n)
{
	cbw_int(w, key);
	cbw_bytes(w, p, n);
}

static void
pair_text(struct cbw *w, int key, const char *s)
{
	cbw_int(w, key);
	cbw_text(w, s);
}

bool
state_encode(const struct key_state *s, uint32_t counter, uint8_t *p, size_t *n)
{
	struct cbw w = { p, 0, STATE_MAX, false };

	cbw_map(&w, K_N);
	pair_int(&w, K_VERSION, VERSION);
	pair_bytes(&w, K_MASTER, s->master, sizeof s->master);
	pair_bytes(&w, K_PIN, s->pin_hash, s->pin_set ? sizeof s->pin_hash : 0);
	pair_int(&w, K_RETRIES, s->pin_retries);
	pair_int(&w, K_UV_RETRIES, s->uv_retries);
	pair_int(&w, K_BLOCK, s->block_replugs);
	cbw_int(&w, K_FINGER);
	cbw_bool(&w, s->finger);
	pair_int(&w, K_COUNTER, counter);
	cbw_int(&w, K_RESIDENT);
	cbw_array(&w, s->rk_n);
	for (size_t i = 0; i < s->rk_n; i++) {
		const struct resident *r = &s->rk[i];

		cbw_map(&w, R_N);
		pair_bytes(&w, R_ID, r->id, r->id_len);
		pair_text(&w, R_RP, r->rp_id);
		pair_bytes(&w, R_USER, r->user_id, r->user_id_len);
		pair_text(&w, R_NAME, r->name);
		pair_text(&w, R_DISPLAY, r->display);
	}
	cbw_int(&w, K_COUNTERS);
	cbw_array(&w, s->counters_n);
	for (size_t i = 0; i < s->counters_n; i++) {
		cbw_array(&w, 2);
		cbw_bytes(&w, s->counters[i].tag, sizeof s->counters[i].tag);
		cbw_int(&w, s->counters[i].n);
	}
	*n = w.n;
	return !w.bad;
}

static bool
get_bytes(struct span item, void *out, size_t max, size_t *n)
{
	struct span v;

	if (!cbr_bytes(item, &v) || v.n > max)
		return false;
	memcpy(out, v.p, v.n);
	*n = v.n;
	return true;
}

static bool
get_text(struct span item, char *out, size_t size)
{
	struct span v;

	if (!cbr_text(item, &v) || v.n >= size)
		return false;
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
	return true;
}

static bool
get_unsigned(struct span item, uint32_t max, uint32_t *out)
{
	uint64_t v;

	if (!cbr_uint(item, &v) || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool
residents_decode(struct key_state *s, struct span list)
{
	struct span rest = cbr_inside(list);

	if (!cbr_is_array(list) || cbr_count(list) > RK_MAX)
		return false;
	for (s->rk_n = 0; s->rk_n < cbr_count(list); s->rk_n++) {
		struct span m = cbr_next(&rest);
		struct resident *r = &s->rk[s->rk_n];

		if (!get_bytes(cbr_at(m, R_ID), r->id, sizeof r->id, &r->id_len) ||
		    !get_text(cbr_at(m, R_RP), r->rp_id, sizeof r->rp_id) ||
		    !get_bytes(cbr_at(m, R_USER), r->user_id, sizeof r->user_id, &r->user_id_len) ||
		    !get_text(cbr_at(m, R_NAME), r->name, sizeof r->name) ||
		    !get_text(cbr_at(m, R_DISPLAY), r->display, sizeof r->display))
			return false;
	}
	return true;
}

static bool
counters_decode(struct key_state *s, struct span list)
{
	struct span rest = cbr_inside(list);

	if (!cbr_is_array(list) || cbr_count(list) > CRED_COUNTERS_MAX)
		return false;
	for (s->counters_n = 0; s->counters_n < cbr_count(list); s->counters_n++) {
		struct span pair = cbr_next(&rest), in = cbr_inside(pair);
		struct span tag = cbr_next(&in), n = cbr_next(&in);
		size_t len;

		if (cbr_count(pair) != 2 || !get_bytes(tag, s->counters[s->counters_n].tag, 8, &len) || len != 8 ||
		    !get_unsigned(n, UINT32_MAX, &s->counters[s->counters_n].n))
			return false;
	}
	return true;
}

bool
state_decode(struct key_state *s, struct span file)
{
	uint32_t version;
	size_t n;

	memset(s, 0, sizeof *s);
	if (!cbr_valid(file) || !get_unsigned(cbr_at(file, K_VERSION), VERSION, &version) || version != VERSION ||
	    !get_bytes(cbr_at(file, K_MASTER), s->master, sizeof s->master, &n) || n != sizeof s->master ||
	    !get_bytes(cbr_at(file, K_PIN), s->pin_hash, sizeof s->pin_hash, &n) ||
	    !get_unsigned(cbr_at(file, K_RETRIES), PIN_RETRIES, &s->pin_retries) ||
	    !get_unsigned(cbr_at(file, K_UV_RETRIES), UV_RETRIES, &s->uv_retries) ||
	    !get_unsigned(cbr_at(file, K_BLOCK), 9, &s->block_replugs) ||
	    !cbr_bool(cbr_at(file, K_FINGER), &s->finger) ||
	    !get_unsigned(cbr_at(file, K_COUNTER), UINT32_MAX, &s->counter) ||
	    !residents_decode(s, cbr_at(file, K_RESIDENT)) || !counters_decode(s, cbr_at(file, K_COUNTERS)))
		return false;
	s->pin_set = n == sizeof s->pin_hash;
	return true;
}
