/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/seal_witness.h"

#include <stdlib.h>

#include "cli/witness_kms.h"

struct seal_witnesses {
	struct record_witness w[RECORD_FIELDS_MAX];
	struct witness_made made[RECORD_FIELDS_MAX];
};

const char *seal_witness_of(const struct record *version)
{
	for (size_t i = 0; i < version->n; i++)
		if (version->fields[i].witness != NULL)
			return json_str(version->fields[i].witness, "key");
	return NULL;
}

int seal_witnesses_add(struct seal_witnesses **out, struct record_plain *plain, size_t n,
    const char *name, const char *key, const struct open_vault *v, struct err *e)
{
	struct witness_kms kms;
	const struct witness *w;
	int r = 0;

	*out = NULL;
	if (key == NULL)
		return 0;
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to seal a record.");
	w = witness_kms(&kms, &v->config);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = witness_make(&(*out)->w[i], &(*out)->made[i], w, v->session->vault_hex, name, key, e);
		plain[i].witness = &(*out)->w[i];
	}
	witness_kms_end(&kms);
	return r;
}

void seal_witnesses_free(struct seal_witnesses **wp)
{
	struct seal_witnesses *w = *wp;

	*wp = NULL;
	for (size_t i = 0; w != NULL && i < RECORD_FIELDS_MAX; i++)
		witness_made_free(&w->made[i]);
	free(w);
}
