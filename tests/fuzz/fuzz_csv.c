/* SPDX-License-Identifier: BSD-2-Clause */
/* Imports.  The first byte chooses: '[', JSON (and belongs to it); else CSV. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/import.h"

struct count {
	int n, stop;
};

static int check(void *ctx, const struct import_account *a, struct err *e)
{
	struct count *c = ctx;

	if (!text_is_name(a->name) || strlen(a->account) != 12 || strchr(a->email, '@') == NULL ||
	    (a->password == NULL && a->totp == NULL) ||
	    !text_clean(a->phone_controller, strlen(a->phone_controller)))
		abort();
	c->n++;
	return c->n == c->stop ? err_set(e, ERR_CANCELLED, "enough") : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct count c = { 0, 0 };
	struct secret *text;
	struct err e;
	int r;

	if (size == 0 || size > 65536 || secret_from(&text, data, size, NULL) != 0)
		return 0;
	err_clear(&e);
	r = import_each(text, data[0] == '[' ? IMPORT_JSON : IMPORT_CSV, "in", check, &c, &e);
	/* All or nothing, and an error always has its words. */
	if ((r == 0) != (c.n > 0) || (r != 0 && (r != ERR_INPUT || strncmp(e.text, "in", 2) != 0)))
		abort();
	if (r == 0) {
		c = (struct count){ 0, 1 };
		if (import_each(text, data[0] == '[' ? IMPORT_JSON : IMPORT_CSV, "in", check, &c,
		    NULL) != ERR_CANCELLED || c.n != 1)
			abort();
	}
	secret_free(&text);
	return 0;
}
