/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/pam_walk.h"

#include <stdlib.h>
#include <string.h>

/* What libpam thinks so far: nothing; a success; a success with an expired password;
 * another code that was called ok; a refusal; a refusal that says an expired password,
 * which no later one changes, and after which programs let in whoever sets a new one. */
enum { NOTHING, GOOD, EXPIRED, ODD, REFUSED, REFUSED_EXPIRED, STATES };

struct ways {
	const struct pam_walk *w;
	const struct stack_line **line;	/* those of the type */
	size_t *at;			/* their places in the stack */
	size_t n;
	unsigned char (*come)[STATES];	/* this line can be come to in this state */
	unsigned char (*good)[STATES];	/* from here on it can end well */
};

struct step {
	size_t to;
	int state, other;	/* other: as well, or -1 */
};

static int says_yes(int code)
{
	return code == CODE_SUCCESS || code == CODE_IGNORE || code == CODE_NEW_AUTHTOK_REQD;
}

/* A list with colons, as pam_succeed_if.so reads it. */
static int is_in(const char *name, const char *list)
{
	const size_t len = strlen(name);

	for (size_t n; *list != '\0'; list += n + (list[n] == ':')) {
		n = strcspn(list, ":");
		if (n == len && memcmp(list, name, n) == 0)
			return 1;
	}
	return 0;
}

/* `service` compared with a word: 1 it is so, 0 it is not, -1 that is not known here. */
static int compare(const char *service, const char *how, const char *with)
{
	if (strcmp(how, "in") == 0 || strcmp(how, "notin") == 0)
		return is_in(service, with) == (how[0] == 'i');
	if (strcmp(how, "=") == 0 || strcmp(how, "!=") == 0)
		return (strcmp(service, with) == 0) == (how[0] == '=');
	return -1;
}

/* What pam_succeed_if.so says: 1 success, 0 none, -1 either; known where the service
 * alone settles it. */
static int succeed_if(const struct pam_walk *w, const struct stack_line *l)
{
	const char *word[3];
	int n = 0, known = 1, one = -1;

	if (w->service == NULL || !pam_stack_is(l, "pam_succeed_if.so"))
		return -1;
	for (int i = 0; i < l->argc; i++) {
		if (is_in(l->argv[i], "quiet:quiet_fail:quiet_success:audit:debug"))
			continue;
		word[n++] = l->argv[i];
		if (n < 3)
			continue;
		one = strcmp(word[0], "service") == 0 ? compare(w->service, word[1], word[2]) : -1;
		/* All must be so. */
		if (one == 0)
			return 0;
		known &= one == 1;
		n = 0;
	}
	return n == 0 && known && one == 1 ? 1 : -1;
}

static int may_return(const struct pam_walk *w, const struct stack_line *l, int code)
{
	const int said = succeed_if(w, l);

	if (l->kind == STACK_REFUSAL)
		return code == CODE_PERM_DENIED;
	if (said >= 0)
		return said == 1 ? code == CODE_SUCCESS : !says_yes(code);
	if (pam_stack_is(l, w->module) || pam_stack_is(l, "pam_deny.so"))
		return !says_yes(code);
	return code != CODE_SUCCESS || w->spared == NULL || !pam_stack_is(l, w->spared);
}

/* Behind the substack that line i stands in, or behind all. */
static size_t leave(const struct ways *v, size_t i)
{
	const int level = v->line[i]->level;

	while (++i < v->n && v->line[i]->level >= level)
		;
	return i;
}

/* Over *count lines, a substack counting as one; *count is what was too many. */
static size_t jump(const struct ways *v, size_t i, int *count)
{
	const int level = v->line[i]->level;

	while (i + 1 < v->n && v->line[i + 1]->level >= level && *count > 0) {
		do
			i++;
		while (i + 1 < v->n && v->line[i + 1]->level > level);
		--*count;
	}
	return i + 1;
}

static int agreed(int state, int code)
{
	if (state != NOTHING && state != GOOD)
		return state;
	return code == CODE_SUCCESS ? GOOD : code == CODE_NEW_AUTHTOK_REQD ? EXPIRED : ODD;
}

static int refused(int state, int code)
{
	if (state == REFUSED || state == REFUSED_EXPIRED)
		return state;
	return code == CODE_NEW_AUTHTOK_REQD ? REFUSED_EXPIRED : REFUSED;
}

static struct step step(const struct ways *v, size_t i, int state, int code)
{
	struct step s = { i + 1, state, -1 };
	int act = v->line[i]->act[code];

	/* A place in the list, to be jumped over with what is below it. */
	if (v->line[i]->kind == STACK_SUBSTACK)
		return s;
	switch (act) {
	case ACT_IGNORE:
		break;
	case ACT_OK:
	case ACT_DONE:
		s.state = agreed(state, code);
		if (act == ACT_DONE && s.state != REFUSED && s.state != REFUSED_EXPIRED)
			s.to = leave(v, i);
		break;
	case ACT_BAD:
	case ACT_DIE:
		s.state = refused(state, code);
		if (act == ACT_DIE)
			s.to = leave(v, i);
		break;
	case ACT_RESET:
		/* To what was thought before the substack: that is not kept here. */
		s.state = NOTHING;
		s.other = v->line[i]->level > 0 ? GOOD : -1;
		break;
	default:
		s.to = jump(v, i, &act);
		if (act > 0)
			s.state = REFUSED;
		break;
	}
	return s;
}

static int passes(const struct ways *v, size_t i, const struct step *s, int before)
{
	for (size_t k = i + 1; k < s->to; k++)
		if (pam_stack_is(v->line[k], v->w->module))
			return 1;
	return before != s->state && (before == REFUSED || s->state == REFUSED_EXPIRED);
}

/* From the end to the beginning: where can it still end well? */
static void look_back(struct ways *v)
{
	v->good[v->n][GOOD] = 1;
	v->good[v->n][EXPIRED] = v->good[v->n][REFUSED_EXPIRED] = v->w->type == STACK_ACCOUNT;
	for (size_t i = v->n; i-- > 0;)
		for (int state = 0; state < STATES; state++)
			for (int code = 0; code < STACK_CODES; code++) {
				const struct step s = step(v, i, state, code);

				if (may_return(v->w, v->line[i], code) && (v->good[s.to][s.state] ||
				    (s.other >= 0 && v->good[s.to][s.other])))
					v->good[i][state] = 1;
			}
}

/* And forward: which lines lead past the module to such an end? */
static void look_forward(struct ways *v, unsigned char *led)
{
	v->come[0][NOTHING] = 1;
	for (size_t i = 0; i < v->n; i++)
		for (int state = 0; state < STATES; state++)
			for (int code = 0; code < STACK_CODES && v->come[i][state]; code++) {
				const struct step s = step(v, i, state, code);
				int good = v->good[s.to][s.state];

				if (!may_return(v->w, v->line[i], code))
					continue;
				v->come[s.to][s.state] = 1;
				if (s.other >= 0) {
					v->come[s.to][s.other] = 1;
					good |= v->good[s.to][s.other];
				}
				if (good && passes(v, i, &s, state))
					led[v->at[i]] = 1;
			}
}

int pam_walk(const struct pam_walk *w, unsigned char *led)
{
	const size_t all = w->stack->len;
	struct ways v = { .w = w, .line = calloc(all + 1, sizeof(*v.line)),
		.at = calloc(all + 1, sizeof(*v.at)), .come = calloc(all + 1, sizeof(*v.come)),
		.good = calloc(all + 1, sizeof(*v.good)) };
	int r = -1;

	memset(led, 0, all);
	if (v.line != NULL && v.at != NULL && v.come != NULL && v.good != NULL) {
		for (size_t i = 0; i < all; i++)
			if (w->stack->line[i].type == w->type) {
				v.at[v.n] = i;
				v.line[v.n++] = &w->stack->line[i];
			}
		look_back(&v);
		look_forward(&v, led);
		r = v.good[0][NOTHING];
	}
	free(v.line);
	free(v.at);
	free(v.come);
	free(v.good);
	return r;
}

int pam_walk_refuses(const struct stack_line *l)
{
	for (int code = 0; code < STACK_CODES; code++)
		if (!says_yes(code) && l->act[code] != ACT_BAD && l->act[code] != ACT_DIE)
			return 0;
	return 1;
}
