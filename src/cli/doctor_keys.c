/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>

#include "token/token.h"

#define OPEN_MS 3000
#define FEW_TRIES 3

static void key_pin(struct doctor *d, const struct token_device *dev, const struct token_info *i)
{
	char mend[192];

	if (i->pin_set == 1 && i->pin_tries == 0) {
		snprintf(mend, sizeof(mend), "fido2-token -R %s", dev->path);
		doctor_add(d, "key PIN", FINDING_BAD, mend, "%s: its PIN is blocked for good. A reset "
		    "frees the key, and destroys the share that it holds.", dev->product);
	} else if (i->pin_set == 1 && i->pin_tries > 0 && i->pin_tries <= FEW_TRIES) {
		/* Asks for the PIN and changes nothing else. */
		snprintf(mend, sizeof(mend), "fido2-token -I -c %s", dev->path);
		doctor_add(d, "key PIN", FINDING_NOTE, mend, "%s: only %d PIN %s left; the right PIN "
		    "brings all of them back.", dev->product, i->pin_tries,
		    i->pin_tries == 1 ? "try is" : "tries are");
	} else if (i->pin_set == 1 || i->uv == 1) {
		doctor_add(d, "key PIN", FINDING_OK, NULL, "%s: %s.", dev->product,
		    i->uv == 1 ? "verifies its user by itself" : "a PIN is set");
	} else {
		snprintf(mend, sizeof(mend), "fido2-token -S %s", dev->path);
		doctor_add(d, "key PIN", FINDING_BAD, mend, "%s: no PIN is set, so it cannot tell "
		    "who touches it.", dev->product);
	}
}

static void key(struct doctor *d, struct token_pool *pool, const struct token_device *dev)
{
	const struct token_info *i;
	struct token *t = NULL;
	struct err why = { 0 };

	if (token_pool_open(pool, &t, dev, OPEN_MS, &why) != 0) {
		doctor_add_err(d, "key", &why);
		return;
	}
	i = token_info(t);
	if (!i->fido2 || !i->hmac_secret || !i->cred_protect) {
		doctor_add(d, "key", FINDING_BAD, "twokey enroll HOLDER", "%s: it lacks %s, which "
		    "twokey needs: enrol a key of another model.", dev->product, !i->fido2 ?
		    "FIDO2" : !i->hmac_secret ? "hmac-secret" : "credProtect");
	} else {
		doctor_add(d, "key", FINDING_OK, NULL, "%s: FIDO2 with hmac-secret and credProtect.",
		    dev->product);
		key_pin(d, dev, i);
	}
	token_close(&t);
}

void doctor_keys(struct doctor *d)
{
	struct token_device *list = calloc(TOKEN_DEVICES_MAX, sizeof(*list));
	struct token_pool *pool = NULL;
	struct err why = { 0 };
	size_t n = 0;

	if (list == NULL)
		return;
	if (token_pool_new(&pool, &why) != 0 || token_pool_list(pool, list, &n, &why) != 0)
		doctor_add_err(d, "keys", &why);
	else if (n == 0)
		doctor_add(d, "keys", FINDING_NOTE, NULL, "No security key is plugged in, so none "
		    "was looked at.");
	for (size_t i = 0; i < n; i++)
		key(d, pool, &list[i]);
	token_pool_free(&pool);
	free(list);
}
