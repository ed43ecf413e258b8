/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/witness.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

#define SEALED_MAX 8192

int witness_make(struct record_witness *to, struct witness_made *made, const struct witness *w,
    const char *vault, const char *record, const char *key, struct err *e)
{
	struct witness_what what = { vault, record, made->id, key };
	uint8_t id[16];
	int r;

	memset(made, 0, sizeof(*made));
	r = random_bytes(id, sizeof(id), e);
	if (r == 0)
		r = random_secret(&made->bytes, RECORD_WITNESS_LEN, e);
	if (r != 0)
		return r;
	hex_encode(made->id, id, sizeof(id));
	r = w->seal(w->ctx, &what, made->bytes, &made->sealed, made->key, sizeof(made->key), e);
	*to = (struct record_witness){ .kind = RECORD_WITNESS_KMS, .key = made->key, .id = made->id,
		.sealed = made->sealed.data, .len = made->sealed.len, .bytes = made->bytes };
	return r;
}

void witness_made_free(struct witness_made *made)
{
	buf_free(&made->sealed);
	secret_free(&made->bytes);
}

int witness_ask(struct secret **bytes, const struct record *r, const char *field, const char *vault,
    const struct witness *w, struct err *e)
{
	const struct record_field *f = record_field(r, field);
	struct witness_what what = { .vault = vault, .record = r->name };
	uint8_t *sealed;
	size_t len;
	int rc;

	*bytes = NULL;
	if (f == NULL || f->witness == NULL)
		return 0;
	what.id = json_str(f->witness, "id");
	what.key = json_str(f->witness, "key");
	sealed = malloc(SEALED_MAX);
	if (sealed == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to ask a witness.");
	if (json_bytes(f->witness, "sealed", sealed, SEALED_MAX, &len) != 0)
		rc = err_set(e, ERR_INPUT, "Field %s of %s: its witness's bytes are too many.", field, r->name);
	else
		rc = w->open(w->ctx, &what, sealed, len, bytes, e);
	if (rc == 0 && (*bytes)->len != RECORD_WITNESS_LEN) {
		secret_free(bytes);
		rc = err_set(e, ERR_TAMPERED, "The witness of field %s of %s gives something else than it sealed.",
		    field, r->name);
	}
	free(sealed);
	return rc;
}
