/* SPDX-License-Identifier: BSD-2-Clause */
#include "posture/ask.h"

#include <stdio.h>
#include <string.h>

#include "aws/kms.h"
#include "aws/organizations.h"

static void note(struct posture_read *to, int r, const struct err *e)
{
	*to = (struct posture_read){ .how = r == 0 ? POSTURE_READ : POSTURE_FAILED };
	if (r == 0)
		return;
	(void)snprintf(to->why, sizeof(to->why), "%s", e->text);
	(void)snprintf(to->hint, sizeof(to->hint), "%s", e->hint);
}

void posture_note(struct posture_facts *f, enum posture_call c, int r, const struct err *e)
{
	note(&f->call[c], r, e);
}

static int find_root(void *ctx, const char *serial, const char *user, struct err *e)
{
	struct posture_facts *f = ctx;

	(void)e;
	if (iam_mfa_is_root(serial, user, f->account))
		text_escape(f->virtual_mfa, sizeof(f->virtual_mfa), serial, strlen(serial));
	return 0;
}

void posture_ask_root(struct posture_facts *f, struct aws *a)
{
	struct buf csv = BUF_INIT;
	struct err e;
	int r;

	err_clear(&e);
	r = iam_summary(a, &f->summary, &e);
	posture_note(f, CALL_SUMMARY, r, &e);
	err_clear(&e);
	r = iam_virtual_mfa(a, find_root, f, &e);
	posture_note(f, CALL_DEVICES, r, &e);
	err_clear(&e);
	r = iam_report(a, &csv, &e);
	if (r == 0)
		r = posture_row_read(&f->row, buf_str(&csv), csv.len, &e);
	posture_note(f, CALL_REPORT, r, &e);
	buf_free(&csv);
}

void posture_ask_contacts(struct posture_facts *f, struct aws *a, int own_credentials)
{
	static const char *const types[3] = { "SECURITY", "BILLING", "OPERATIONS" };
	struct account_contact c;
	struct err e;
	int r;

	for (int i = 0; i < 3; i++) {
		err_clear(&e);
		r = account_contact(a, types[i], own_credentials ? NULL : f->account, &c, &e);
		f->contact[i] = c.set;
		posture_note(f, (enum posture_call)(CALL_SECURITY + i), r, &e);
	}
}

static const struct posture_key *key_of(const struct posture_facts *f, const char *arn)
{
	for (size_t i = 0; i < f->n_keys; i++)
		if (strcmp(f->keys[i].arn, arn) == 0)
			return &f->keys[i];
	return NULL;
}

/* "arn:aws:kms:REGION:...": the region; 0 or -1. */
static int region_of(char out[AWS_REGION_MAX], const char *arn)
{
	size_t n;

	for (int i = 0; i < 3; i++)
		if ((arn = strchr(arn, ':')) == NULL || *++arn == '\0')
			return -1;
	n = strcspn(arn, ":");
	if (n == 0 || n >= AWS_REGION_MAX)
		return -1;
	memcpy(out, arn, n);
	out[n] = '\0';
	return 0;
}

static void ask_policy(struct posture_key *k, struct aws *a, const char *region)
{
	struct buf b = BUF_INIT;
	struct err e;
	int r;

	err_clear(&e);
	r = kms_policy(a, region, k->arn, &b, &e);
	if (r == 0 && !buf_ok(&b))
		r = err_set(&e, ERR_MEMORY, "No memory is left for a key's policy.");
	note(&k->policy, r, &e);
	k->denies = r == 0 && posture_key_denies(buf_str(&b), b.len);
	buf_free(&b);
}

void posture_ask_keys(struct posture_facts *f, struct aws *a)
{
	for (size_t i = 0; i < f->vault->n_records && f->n_keys < POSTURE_KEYS; i++) {
		const struct posture_record *rec = &f->vault->records[i];
		char region[AWS_REGION_MAX];
		struct posture_key *k = &f->keys[f->n_keys];
		struct kms_key is;
		struct err e;
		int r;

		if (rec->witness == NULL || strcmp(rec->account, f->account) != 0 ||
		    key_of(f, rec->witness) != NULL || region_of(region, rec->witness) != 0)
			continue;
		err_clear(&e);
		*k = (struct posture_key){ .arn = rec->witness };
		r = kms_describe(a, region, rec->witness, &is, &e);
		note(&k->call, r, &e);
		if (r == 0) {
			memcpy(k->origin, is.origin, sizeof(k->origin));
			memcpy(k->state, is.state, sizeof(k->state));
			ask_policy(k, a, region);
		}
		f->n_keys++;
	}
}

void posture_ask_features(struct posture_facts *f, struct aws *a)
{
	struct err e;
	int r;

	err_clear(&e);
	r = iam_features(a, &f->features, &e);
	posture_note(f, CALL_FEATURES, r, &e);
}
