/* SPDX-License-Identifier: BSD-2-Clause */
/* What record.sealed says of a record besides its digest, for those who go by the
 * log alone: kind, candidate or not, the fields and who knows them.  The entry
 * and the document must say the same; each side makes one hash of it. */
#include <stdlib.h>
#include <string.h>

#include "log/verify_local.h"
#include "vault/record.h"

struct piece {
	const char *text;
	size_t len;
};

static int piece_order(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	const int c = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

/* The fields' order is the entry's own: sorted here. */
static int said(uint8_t out[HASH_LEN], const char *kind, size_t kind_len, int candidate,
    struct piece *fields, size_t n, struct err *e)
{
	struct buf b = BUF_INIT;
	size_t i;
	int r;

	qsort(fields, n, sizeof(*fields), piece_order);
	buf_put(&b, kind, kind_len);
	buf_put(&b, candidate ? "\0" "1" : "\0" "0", 2);
	for (i = 0; i < n; i++) {
		buf_put(&b, fields[i].text, fields[i].len);
		buf_put(&b, "\n", 1);
	}
	r = buf_ok(&b) ? hash_sha256(out, b.data, b.len, e) : err_set(e, ERR_MEMORY, "Out of memory.");
	buf_free(&b);
	return r;
}

int verify_said_entry(uint8_t out[HASH_LEN], const struct view *w, uint32_t kind,
    uint32_t candidate, uint32_t list, struct err *e)
{
	struct piece fields[RECORD_FIELDS_MAX];
	const char *text, *flag;
	size_t len, n = 0, flag_len;
	uint32_t i;

	for (i = view_first(w, list); i < w->nodes[list].next; i = w->nodes[i].next) {
		if (n == RECORD_FIELDS_MAX)
			return err_set(e, ERR_INPUT, "It names too many fields.");
		fields[n].text = view_raw(w, i, &fields[n].len);
		n++;
	}
	text = view_raw(w, kind, &len);
	flag = view_raw(w, candidate, &flag_len);
	/* Without the quotation marks. */
	return said(out, text + 1, len - 2, flag_len == 4 && memcmp(flag, "true", 4) == 0, fields, n, e);
}

/* {"known_to": [...], "name": "..."}, canonically, behind the others in b. */
static int add_field(struct buf *b, const struct record_field *f, struct err *e)
{
	json *j = json_new_object();
	int r = json_set(j, "known_to", json_copy(f->known_to)) | json_set_str(j, "name", f->name);

	r = r != 0 ? err_set(e, ERR_MEMORY, "Out of memory.") : json_canonical(b, j, e);
	json_free(&j);
	return r;
}

int verify_said_record(uint8_t out[HASH_LEN], const struct record *rec, struct err *e)
{
	struct piece fields[RECORD_FIELDS_MAX];
	size_t ends[RECORD_FIELDS_MAX], i;
	struct buf b = BUF_INIT;
	int r = 0;

	for (i = 0; i < rec->n && r == 0; i++) {
		r = add_field(&b, &rec->fields[i], e);
		ends[i] = b.len;
	}
	for (i = 0; i < rec->n && r == 0; i++) {
		const size_t at = i > 0 ? ends[i - 1] : 0;

		fields[i] = (struct piece) { (const char *)b.data + at, ends[i] - at };
	}
	if (r == 0)
		r = said(out, rec->kind, strlen(rec->kind), rec->candidate, fields, rec->n, e);
	buf_free(&b);
	return r;
}
