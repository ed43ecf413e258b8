/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/posture_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlate/event.h"
#include "posture/ask.h"

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "Out of memory.");
}

static int add_account(void *ctx, const struct organization_account *account, struct err *e)
{
	struct posture_run *p = ctx;

	if (p->n == p->cap) {
		const size_t cap = p->cap == 0 ? 16 : 2 * p->cap;
		struct organization_account *list = reallocarray(p->list, cap, sizeof(*list));

		if (list == NULL)
			return no_memory(e);
		p->list = list;
		p->cap = cap;
	}
	p->list[p->n++] = *account;
	return 0;
}

static int add_plain(struct posture_run *p, const char *id, struct err *e)
{
	struct organization_account one = { "", "", "", "" };

	(void)snprintf(one.id, sizeof(one.id), "%s", id);
	return add_account(p, &one, e);
}

static int is_listed(const struct posture_run *p, const char *id)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].id, id) == 0)
			return 1;
	return 0;
}

/* What the organization tells of itself, as far as it does. */
static int ask_organization(struct posture_run *p, struct err *e)
{
	struct err why;
	int r;

	err_clear(&why);
	r = organization_describe(p->aws, &p->organization, &why);
	if (r != 0)
		memset(&p->organization, 0, sizeof(p->organization));
	posture_note(p->own, CALL_ORGANIZATION, r, &why);
	if (!p->org)
		return 0;
	err_clear(&why);
	r = organization_accounts(p->aws, add_account, p, &why);
	posture_note(p->own, CALL_ACCOUNTS, r, &why);
	return r == ERR_MEMORY ? err_give(e, &why) : 0;
}

static int find_accounts(struct posture_run *p, struct err *e)
{
	int r = 0;

	if (p->org || (p->account != NULL && strcmp(p->account, p->who.account) != 0))
		r = ask_organization(p, e);
	if (r != 0)
		return r;
	if (p->account != NULL)
		return add_plain(p, p->account, e);
	return is_listed(p, p->who.account) ? 0 : add_plain(p, p->who.account, e);
}

int posture_run_begin(struct posture_run *p, const struct cli *cli, struct err *e)
{
	int r;

	p->own = calloc(1, sizeof(*p->own));
	if (p->own == NULL)
		return no_memory(e);
	if ((r = open_vault(&p->v, cli, e)) != 0)
		return r;
	if ((r = posture_known_read(&p->known, p->v.session, e)) != 0)
		return r;
	cloud_here(&p->cloud, &p->v.config);
	/* What is asked for here is no region's. */
	if (p->cloud.settings.region == NULL)
		p->cloud.settings.region = EVENT_SIGN_IN_REGION;
	if ((r = aws_new(&p->aws, &p->cloud.settings, e)) != 0 ||
	    (r = aws_refuse_root(p->aws, e)) != 0 || (r = aws_caller(&p->who, p->aws, e)) != 0)
		return r;
	posture_ask_features(p->own, p->aws);
	return find_accounts(p, e);
}

void posture_run_end(struct posture_run *p)
{
	aws_free(&p->aws);
	posture_known_free(&p->known);
	close_vault(&p->v);
	free(p->list);
	free(p->own);
}

/* Root's facts and contacts through a role of the account. */
static void ask_as_role(struct posture_facts *f, const struct posture_run *p)
{
	struct aws_settings s = p->cloud.settings;
	struct aws_where where = { .root = 0 };
	struct aws_credentials c;
	struct aws *a = NULL;
	struct err e;
	int r;

	err_clear(&e);
	r = aws_assume_role(&c, p->aws, f->account, p->role, &e);
	if (r == 0) {
		where.env_key_id = c.key_id;
		where.env_key = (const char *)c.key->data;
		where.env_token = c.token != NULL ? (const char *)c.token->data : NULL;
		s.where = &where;
		r = aws_new(&a, &s, &e);
	}
	posture_note(f, CALL_ROLE, r, &e);
	if (r == 0) {
		posture_ask_root(f, a);
		posture_ask_contacts(f, a, 1);
	} else {
		posture_ask_contacts(f, p->aws, 0);
	}
	aws_free(&a);
	aws_credentials_free(&c);
}

void posture_run_facts(struct posture_facts *f, struct posture_run *p, size_t i)
{
	const struct organization_account *it = &p->list[i];

	memset(f, 0, sizeof(*f));
	f->own = strcmp(it->id, p->who.account) == 0;
	/* What was asked once is told once. */
	if (f->own || p->account != NULL)
		memcpy(f->call, p->own->call, sizeof(f->call));
	else if (p->own->call[CALL_FEATURES].how == POSTURE_READ)
		f->call[CALL_FEATURES].how = POSTURE_READ;
	f->features = p->own->features;
	f->vault = posture_known_vault(p->known);
	memcpy(f->account, it->id, sizeof(f->account));
	memcpy(f->name, it->name, sizeof(f->name));
	memcpy(f->email, it->email, sizeof(f->email));
	memcpy(f->status, it->status, sizeof(f->status));
	f->member = p->organization.management[0] != '\0' &&
	    strcmp(p->organization.management, it->id) != 0;
	if (posture_is_closed(f))
		return;
	posture_ask_keys(f, p->aws);
	if (f->own) {
		posture_ask_root(f, p->aws);
		posture_ask_contacts(f, p->aws, 1);
	} else if (p->role != NULL) {
		ask_as_role(f, p);
	} else {
		posture_ask_contacts(f, p->aws, 0);
	}
}
