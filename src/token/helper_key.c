/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define TOUCH_STEP_MS 200
#define TRIES_LEAST_MS 200
#define DRAIN_MS 500		/* for the answer to our own cancel */

void key_library_init(void)
{
	/* A U2F-only key could neither verify a user nor keep a secret. */
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
}

static int info_option(const fido_cbor_info_t *ci, const char *name)
{
	char **names = fido_cbor_info_options_name_ptr(ci);
	const bool *values = fido_cbor_info_options_value_ptr(ci);
	const size_t n = fido_cbor_info_options_len(ci);
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return values[i] ? 1 : 0;
	return -1;
}

static int info_extension(const fido_cbor_info_t *ci, const char *name)
{
	char **names = fido_cbor_info_extensions_ptr(ci);
	const size_t n = fido_cbor_info_extensions_len(ci);
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

static uint32_t info_u32(uint64_t v, uint32_t otherwise)
{
	return v == 0 ? otherwise : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

static void info_fill(struct key *k, const fido_cbor_info_t *ci)
{
	struct token_info *info = &k->info;
	const size_t n = fido_cbor_info_algorithm_count(ci);
	/* Makers that leave firmwareVersion out tell it in CTAPHID_INIT. */
	const uint32_t by_init = (uint32_t)fido_dev_major(k->dev) << 16 |
	    (uint32_t)fido_dev_minor(k->dev) << 8 | fido_dev_build(k->dev);
	size_t i;

	memset(info, 0, sizeof(*info));
	if (fido_cbor_info_aaguid_len(ci) == sizeof(info->aaguid))
		memcpy(info->aaguid, fido_cbor_info_aaguid_ptr(ci), sizeof(info->aaguid));
	info->firmware = info_u32(fido_cbor_info_fwversion(ci), by_init);
	info->fido2 = 1;
	info->hmac_secret = info_extension(ci, "hmac-secret");
	info->cred_protect = info_extension(ci, "credProtect");
	info->pin_set = info_option(ci, "clientPin");
	info->pin_tries = -1;
	info->uv = info_option(ci, "uv");
	info->always_uv = info_option(ci, "alwaysUv") == 1;
	info->max_list = info_u32(fido_cbor_info_maxcredcntlst(ci), 0);
	info->max_id = info_u32(fido_cbor_info_maxcredidlen(ci), 0);
	info->max_msg = info_u32(fido_cbor_info_maxmsgsiz(ci), 1024);
	info->eddsa = n == 0 ? -1 : 0;
	for (i = 0; i < n; i++)
		if (fido_cbor_info_algorithm_cose(ci, i) == COSE_EDDSA)
			info->eddsa = 1;
}

void key_read_tries(struct key *k, int limit_ms)
{
	int tries = -1;

	(void)fido_dev_set_timeout(k->dev, limit_ms);
	if (k->info.pin_set == 1 && fido_dev_get_retry_count(k->dev, &tries) == FIDO_OK &&
	    tries >= 0 && tries <= 255)
		k->info.pin_tries = tries;
	else
		k->info.pin_tries = -1;
}

struct key *key_new(void)
{
	struct key *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->dev = fido_dev_new();
	if (k->dev == NULL || fido_dev_set_io_functions(k->dev, &device_io) != FIDO_OK) {
		fido_dev_free(&k->dev);
		free(k);
		return NULL;
	}
	return k;
}

int key_open(struct key *k, int limit_ms)
{
	const int64_t until = clock_monotonic() + limit_ms;
	fido_cbor_info_t *ci = fido_cbor_info_new();
	int r = FIDO_ERR_INTERNAL;

	if (ci == NULL)
		return r;
	(void)fido_dev_set_timeout(k->dev, limit_ms);
	/* No path: device_io knows the one device there is. */
	r = fido_dev_open(k->dev, "");
	if (r == FIDO_OK)
		r = fido_dev_is_fido2(k->dev) ? fido_dev_get_cbor_info(k->dev, ci) :
		    WHY_NOT_FIDO2;
	if (r == FIDO_OK) {
		info_fill(k, ci);
		limit_ms = (int)(until - clock_monotonic());
		key_read_tries(k, limit_ms > TRIES_LEAST_MS ? limit_ms : TRIES_LEAST_MS);
	}
	fido_cbor_info_free(&ci);
	return r;
}

const struct token_info *key_info(const struct key *k)
{
	return &k->info;
}

void key_cancel(struct key *k)
{
	(void)fido_dev_cancel(k->dev);
}

/* libfido2 says RX when its limit is over, and leaves the key blinking. */
int key_after(struct key *k, int r, int64_t began, int limit_ms)
{
	if (r == FIDO_ERR_RX && clock_monotonic() - began >= limit_ms)
		key_cancel(k);
	return r;
}

int key_copy(uint8_t *out, size_t cap, size_t *outlen, const unsigned char *p, size_t len)
{
	*outlen = 0;
	if (p == NULL || len == 0)
		return 0;
	if (len > cap)
		return -1;
	memcpy(out, p, len);
	*outlen = len;
	return 0;
}

int key_touch(struct key *k, int limit_ms)
{
	const int64_t until = clock_monotonic() + limit_ms + BACKSTOP_MS;
	int touched = 0, early = 0, r;

	(void)fido_dev_set_timeout(k->dev, limit_ms);
	r = fido_dev_get_touch_begin(k->dev);
	while (r == FIDO_OK && !touched) {
		const int64_t step = clock_monotonic();

		if (step >= until) {
			key_cancel(k);
			(void)fido_dev_get_touch_status(k->dev, &touched, DRAIN_MS);
			r = touched ? FIDO_OK : FIDO_ERR_ACTION_TIMEOUT;
			break;
		}
		r = fido_dev_get_touch_status(k->dev, &touched, TOUCH_STEP_MS);
		/* A failed read passes for "not yet", only faster. */
		early = clock_monotonic() - step < TOUCH_STEP_MS / 2 ? early + 1 : 0;
		if (r == FIDO_OK && !touched && early >= 8)
			r = FIDO_ERR_RX;
	}
	return r;
}

int key_list(struct token_device *list, size_t cap, size_t *n)
{
	fido_dev_info_t *all = fido_dev_info_new(cap);
	size_t found = 0, i;
	int r = WHY_LIST;

	*n = 0;
	if (all == NULL || fido_dev_info_manifest(all, cap, &found) != FIDO_OK)
		goto out;
	for (i = 0; i < found; i++) {
		const fido_dev_info_t *di = fido_dev_info_ptr(all, i);
		const char *path = fido_dev_info_path(di);
		const char *product = fido_dev_info_product_string(di);
		const char *vendor = fido_dev_info_manufacturer_string(di);
		struct token_device *d = &list[*n];

		/* No node, as of a reader that libfido2 names "nfc:...": not for us. */
		if (path == NULL || path[0] != '/' || strlen(path) >= sizeof(d->path))
			continue;
		memcpy(d->path, path, strlen(path) + 1);
		(void)strncpy(d->product, product == NULL ? "" : product, sizeof(d->product) - 1);
		(void)strncpy(d->vendor, vendor == NULL ? "" : vendor, sizeof(d->vendor) - 1);
		(*n)++;
	}
	r = FIDO_OK;
out:
	fido_dev_info_free(&all, cap);
	return r;
}
