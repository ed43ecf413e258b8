/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/story.h"

#include <stdlib.h>
#include <string.h>

#define SOURCES_TOLD 3

/* "" for what is not there. */
static const char *word(const json *obj, const char *name)
{
	const char *s = json_str(obj, name);

	return s != NULL ? s : "";
}

static void put_names(struct buf *b, const json *array)
{
	for (size_t i = 0; i < json_len(array); i++) {
		const json *x = json_at(array, i);
		const char *as = json_is_object(x) ? json_str(x, "as") : NULL;

		buf_printf(b, "%s%s", i > 0 ? ", " : "",
		    json_is_object(x) ? json_str(x, "name") : json_text(x));
		if (as != NULL && strcmp(as, "value") != 0)
			buf_printf(b, " (%s)", as);
	}
}

/* "alice, bob and carol". */
static void put_people(struct buf *b, const json *array)
{
	const size_t n = json_len(array);

	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", json_str_at(array, i));
}

/* From where, or else on what terminal. */
static void put_place(struct buf *b, const json *where)
{
	if (word(where, "rhost")[0] != '\0')
		buf_printf(b, " from %s", word(where, "rhost"));
	else if (word(where, "tty")[0] != '\0')
		buf_printf(b, " on %s", word(where, "tty"));
}

static int is_login(const json *statement)
{
	return strcmp(word(statement, "action"), "login") == 0;
}

static void put_request(struct buf *b, const json *st)
{
	const json *subject = json_get(st, "subject"), *rq = json_get(st, "requester");
	const char *action = word(st, "action");

	buf_printf(b, "%s asks to %s", json_str(rq, "user"),
	    strcmp(action, "policy") == 0 ? "change the policy" : is_login(st) ? "log in"
	    : strcmp(action, "attend") == 0 ? "seal" : action);
	if (is_login(st)) {
		buf_printf(b, " as %s by %s", word(subject, "user"), word(subject, "service"));
		put_place(b, subject);
	}
	if (json_str(subject, "record") != NULL)
		buf_printf(b, " %s version %lld", json_str(subject, "record"),
		    (long long)json_int(subject, "version"));
	if (strcmp(action, "attend") == 0)
		buf_puts(b, ", holders attending");
	buf_printf(b, ", because \"%s\"", json_str(st, "reason"));
	if (json_str(st, "ticket") != NULL)
		buf_printf(b, ", ticket %s", json_str(st, "ticket"));
	if (json_str(st, "task") != NULL)
		buf_printf(b, ", task %s", json_str(st, "task"));
}

static void put_released(struct buf *b, const json *en)
{
	buf_printf(b, "%s version %lld: ", json_str(en, "record"), (long long)json_int(en, "version"));
	put_names(b, json_get(en, "fields"));
	buf_puts(b, " released by ");
	put_names(b, json_get(en, "holders"));
	if (json_str(en, "due") != NULL)
		buf_printf(b, "; rotate by %.16sZ", json_str(en, "due"));
}

static void put_confirmed(struct buf *b, const json *en)
{
	const char *by = word(en, "by");

	buf_printf(b, "%s version %lld: ", json_str(en, "record"), (long long)json_int(en, "version"));
	put_names(b, json_get(en, "fields"));
	if (strcmp(by, "holders") == 0 || strcmp(by, "shadow") == 0)
		buf_printf(b, " confirmed by %s", *by == 'h' ? "holders" : "the host's shadow file");
	else
		buf_printf(b, " confirmed by CloudTrail's event %s", by);
}

static void put_granted(struct buf *b, const struct story *s, const json *en)
{
	const char *hex = word(en, "statement"), *who = NULL;

	for (size_t i = 0; i < STORY_LOGINS && hex[0] != '\0'; i++)
		if (strcmp(s->logins[i].statement, hex) == 0)
			who = s->logins[i].who;
	buf_printf(b, "%s with ", who != NULL ? who : "a login granted");
	put_people(b, json_get(en, "holders"));
}

static void put_attempts(struct buf *b, const json *en)
{
	const json *sources = json_get(en, "sources");
	const size_t n = json_len(sources);
	int64_t others = json_int(en, "more") > 0 ? json_int(en, "more") : 0, all = others;

	for (size_t i = 0; i < n; i++) {
		const int64_t count = json_int(json_at(sources, i), "count");

		all += count;
		others += i < SOURCES_TOLD ? 0 : count;
	}
	buf_printf(b, "%lld attempt%s without an approval (", (long long)all, all == 1 ? "" : "s");
	for (size_t i = 0; i < n && i < SOURCES_TOLD; i++) {
		const json *one = json_at(sources, i);

		buf_printf(b, "%s%s %s", i > 0 ? ", " : "", word(one, "service"), word(one, "user"));
		put_place(b, one);
		buf_printf(b, ": %lld", (long long)json_int(one, "count"));
	}
	if (others > 0)
		buf_printf(b, "%sothers: %lld", n > 0 ? ", " : "", (long long)others);
	buf_puts(b, ")");
}

static void put_opened(struct buf *b, const json *en)
{
	buf_printf(b, "a session of %s opened (%s", word(en, "user"), word(en, "service"));
	if (word(en, "tty")[0] != '\0')
		buf_printf(b, ", %s", word(en, "tty"));
	if (word(en, "rhost")[0] != '\0')
		buf_printf(b, ", from %s", word(en, "rhost"));
	buf_puts(b, ")");
	if (json_get(en, "login") != NULL)
		buf_printf(b, " on the login of entry %lld", (long long)json_int(en, "login"));
	else
		buf_puts(b, " WITHOUT two keys");
}

static void put_closed(struct buf *b, const json *en)
{
	const long long s = (long long)json_int(en, "ms") / 1000, min = s / 60;

	buf_printf(b, "the session of entry %lld closed after ", (long long)json_int(en, "opened"));
	if (min == 0)
		buf_printf(b, "%lld s", s);
	else if (min < 60)
		buf_printf(b, "%lld min", min);
	else
		buf_printf(b, "%lld h %lld min", min / 60, min % 60);
}

static void put_entry(struct buf *b, const json *release)
{
	buf_printf(b, "entry %lld of %s's log", (long long)json_int(release, "seq"), word(release, "host"));
}

/* "root of 111122223333: explained by entry 7 of bastion1's log: sign-in from ..." */
static void put_activity(struct buf *b, const json *en)
{
	const json *release = json_get(en, "release"), *services = json_get(en, "services");
	const long long writes = (long long)json_int(en, "writes");
	const long long acts = writes + (long long)json_int(en, "reads");
	const char *verdict = word(en, "verdict"), *mfa = word(en, "mfa"), *kind = word(en, "kind");
	const int explained = strcmp(verdict, "explained") == 0;

	buf_printf(b, "root of %s: %s", word(en, "account"),
	    strcmp(verdict, "unexplained") == 0 ? "UNEXPLAINED" : verdict);
	if (explained && release != NULL) {
		buf_puts(b, " by ");
		put_entry(b, release);
	}
	buf_printf(b, ": %s at %.19sZ", strcmp(kind, "act") == 0 ? "use" : kind, word(en, "at"));
	if (word(en, "address")[0] != '\0')
		buf_printf(b, " from %s", word(en, "address"));
	if (strcmp(kind, "sign-in") == 0)
		buf_puts(b, strcmp(mfa, "yes") == 0 ? " with a second factor" : " WITHOUT a second factor");
	if (acts > 0)
		buf_printf(b, ", %lld act%s until %.19sZ, %lld of them change%s something", acts,
		    acts == 1 ? "" : "s", word(en, "to"), writes, writes == 1 ? "s" : "");
	for (size_t i = 0; i < json_len(services); i++)
		buf_printf(b, "%s%s %lld", i == 0 ? " (" : ", ", word(json_at(services, i), "source"),
		    (long long)json_int(json_at(services, i), "writes"));
	buf_puts(b, json_len(services) > 0 ? ")" : "");
	if (word(en, "why")[0] != '\0')
		buf_printf(b, "; %s", word(en, "why"));
}

/* 1 when it is an entry of a correlation. */
static int told_root(struct buf *b, const char *type, const json *en)
{
	if (strcmp(type, "root.activity") == 0) {
		put_activity(b, en);
	} else if (strcmp(type, "root.records") == 0) {
		buf_printf(b, "root of %s: %zu record%s of CloudTrail's", word(en, "account"),
		    json_len(json_get(en, "ids")), json_len(json_get(en, "ids")) == 1 ? "" : "s");
	} else if (strcmp(type, "release.unused") == 0 || strcmp(type, "release.unwitnessed") == 0) {
		const json *release = json_get(en, "release");

		buf_printf(b, "%s version %lld: %s its release, ", word(release, "record"),
		    (long long)json_int(release, "version"), strcmp(type, "release.unused") == 0 ?
		    "no sign-in followed" : "CloudTrail knows of no question to its witness for");
		put_entry(b, release);
	} else {
		return 0;
	}
	return 1;
}

/* "reminded, step 3: password of prod is overdue since 2026-11-24T02:14Z" */
static void put_reminded(struct buf *b, const json *en)
{
	const char *event = word(en, "event");

	buf_printf(b, "reminded, step %lld: ", (long long)json_int(en, "step"));
	if (strcmp(event, "drill due") == 0) {
		buf_printf(b, "%s's key %s is not proven since before", word(en, "holder"), word(en, "token"));
	} else {
		put_people(b, json_get(en, "fields"));
		buf_printf(b, " of %s %s %s", word(en, "record"), json_len(json_get(en, "fields")) == 1 ? "is" :
		    "are", strcmp(event, "overdue") == 0 ? "overdue since" : "to be rotated by");
	}
	buf_printf(b, " %.16sZ", word(en, "due"));
}

/* 1 when it is an entry of logins or rotation. */
static int told_login(struct buf *b, const struct story *s, const char *type, const json *en)
{
	if (strcmp(type, "login.granted") == 0)
		put_granted(b, s, en);
	else if (strcmp(type, "login.attempts") == 0)
		put_attempts(b, en);
	else if (strcmp(type, "session.opened") == 0)
		put_opened(b, en);
	else if (strcmp(type, "session.closed") == 0)
		put_closed(b, en);
	else if (strcmp(type, "rotation.confirmed") == 0)
		put_confirmed(b, en);
	else if (strcmp(type, "reminded") == 0)
		put_reminded(b, en);
	else
		return 0;
	return 1;
}

void story_tell(struct buf *b, const struct story *s, const json *en)
{
	const json *approval = json_get(en, "approval");
	const char *type = json_str(en, "type");

	if (type == NULL)
		type = "?";
	if (told_login(b, s, type, en) || told_root(b, type, en))
		return;
	if (strcmp(type, "ceremony.requested") == 0) {
		put_request(b, json_get(en, "statement"));
	} else if (strcmp(type, "ceremony.approved") == 0) {
		buf_printf(b, "%s approves, with key %s", json_str(approval, "holder"),
		    json_str(approval, "token"));
	} else if (strcmp(type, "ceremony.denied") == 0) {
		buf_printf(b, "denied: %s", json_str(en, "text"));
	} else if (strcmp(type, "released") == 0) {
		put_released(b, en);
	} else if (strcmp(type, "record.sealed") == 0) {
		const char *via = json_str(json_get(en, "requester"), "via");

		buf_printf(b, "%s version %lld sealed by %s: ", json_str(en, "record"),
		    (long long)json_int(en, "version"),
		    via != NULL && strncmp(via, "twokey-gate", 11) == 0 ? "the host itself"
		    : json_str(json_get(en, "requester"), "user"));
		put_names(b, json_get(en, "fields"));
		buf_puts(b, json_str(en, "attended") != NULL ? ", holders attending" : "");
	} else if (strcmp(type, "policy.accepted") == 0) {
		buf_printf(b, "policy %lld accepted", (long long)json_int(en, "serial"));
	} else if (strcmp(type, "log.recovered") == 0) {
		buf_printf(b, "%lld bytes that were not this log's were cut off after a crash",
		    (long long)json_int(en, "length"));
	} else {
		buf_puts(b, type);
	}
}

void story_asked(struct story *s, const char hex[2 * HASH_LEN + 1], const json *statement)
{
	struct story_login *to = &s->logins[s->next];
	const json *subject = json_get(statement, "subject");
	struct buf b = BUF_INIT;

	if (!is_login(statement))
		return;
	buf_printf(&b, "%s logged in by %s", word(subject, "user"), word(subject, "service"));
	put_place(&b, subject);
	free(to->who);
	/* Without memory fewer words are told. */
	to->who = buf_ok(&b) ? strdup(buf_str(&b)) : NULL;
	memcpy(to->statement, hex, sizeof(to->statement));
	s->next = (s->next + 1) % STORY_LOGINS;
	buf_free(&b);
}

void story_end(struct story *s)
{
	for (size_t i = 0; i < STORY_LOGINS; i++)
		free(s->logins[i].who);
	memset(s, 0, sizeof(*s));
}
