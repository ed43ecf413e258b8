/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "rotate_lib.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/codec.h"
#include "crypto/crypto.h"

static json *tl_json(const char *text)
{
	struct err e = { 0 };
	json *j = NULL;

	err_clear(&e);
	if (json_parse(&j, text, strlen(text), JSON_LOOSE, "timeline", &e) != 0)
		fail_msg("%s\n%s", e.text, text);
	return j;
}

static void tl_time(char out[CLOCK_TEXT_LEN + 1], double hour)
{
	clock_format(out, TL_START + (int64_t)(hour * (double)TL_HOUR));
}

static void put_holder(struct buf *b, const char *name, int tokens, const char *key,
    const char *created)
{
	int i;

	buf_printf(b, "%s{\"name\":\"%s\",\"identity\":\"%s\",\"tokens\":[", b->len > 2 &&
	    b->data[b->len - 1] == '}' ? "," : "", name, key);
	for (i = 1; i <= tokens; i++)
		buf_printf(b, "%s{\"label\":\"t%d\",\"created\":\"%s\"}", i > 1 ? "," : "", i, created);
	buf_puts(b, "]}");
}

/* Policy `serial`; drop and rekey name a holder or nobody. */
static json *tl_policy(const struct tl *tl, int serial, double hour, const char *drop, const char *rekey)
{
	static const char *const names[] = { "alice", "bob", "carol" };
	char t[CLOCK_TEXT_LEN + 1], born[CLOCK_TEXT_LEN + 1];
	struct buf b = BUF_INIT;
	json *j;
	size_t i;

	tl_time(t, hour);
	tl_time(born, 0);
	buf_printf(&b, "{\"serial\":%d,\"created\":\"%s\",\"signatures\":[],\"hosts\":["
	    "{\"name\":\"h1\",\"end\":null},{\"name\":\"h2\",\"end\":null},"
	    "{\"name\":\"h0\",\"end\":{\"size\":1}}%s],\"rules\":{\"rotation_hours\":{\"generic\":24,"
	    "\"aws-root\":12},\"drill_days\":10},\"quorums\":{\"default\":{\"threshold\":2,\"of\":[",
	    serial, t, strcmp(tl->record, "linux-h3") != 0 || serial < 2 ? "" : serial == 2 ?
	    ",{\"name\":\"h3\",\"end\":null}" : ",{\"name\":\"h3\",\"end\":{\"size\":9}}");
	for (i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], drop) != 0)
			buf_printf(&b, "%s\"%s\"", b.data[b.len - 1] == '[' ? "" : ",", names[i]);
	buf_puts(&b, "]}},\"holders\":[");
	for (i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], drop) != 0)
			put_holder(&b, names[i], i == 0 ? 2 : 1, strcmp(names[i], rekey) == 0 ?
			    "new" : "old", born);
	buf_puts(&b, "]}");
	assert_true(buf_ok(&b));
	j = tl_json(buf_str(&b));
	buf_free(&b);
	return j;
}

static void tl_hash(char out[65], const json *policy)
{
	struct buf b = BUF_INIT;
	uint8_t h[32];

	assert_int_equal(json_canonical_without(&b, policy, "signatures", NULL), 0);
	assert_int_equal(hash_label(h, "twokey policy v1", b.data, b.len, NULL), 0);
	hex_encode(out, h, 32);
	buf_free(&b);
}

/* The fields of a step, in the shape its type has. */
static void put_fields(struct buf *b, char kind, char *words)
{
	char *save = NULL, *w, sep = '[', *mark, *due = NULL;
	char t[CLOCK_TEXT_LEN + 1] = "";

	buf_puts(b, ",\"fields\":");
	for (w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save), sep = ',') {
		mark = strpbrk(w, "+=");
		if (mark != NULL)
			*mark++ = '\0';
		due = mark != NULL ? strchr(mark, ',') : NULL;
		if (due != NULL) {
			*due++ = '\0';
			tl_time(t, strtod(due, NULL));
		}
		if (kind == 'S')
			buf_printf(b, "%c{\"name\":\"%s\",\"known_to\":[%s%s%s]}", sep, w,
			    mark != NULL ? "\"" : "", mark != NULL ? mark : "", mark != NULL ? "\"" : "");
		else if (kind == 'R')
			buf_printf(b, "%c{\"name\":\"%s\",\"as\":\"%s\"}", sep, w, mark);
		else
			buf_printf(b, "%c\"%s\"", sep, w);
	}
	buf_puts(b, "]");
	if (kind == 'R')
		buf_printf(b, *t != '\0' ? ",\"due\":\"%s\"" : ",\"due\":null%s", t);
}

static json *tl_entry(const struct tl *t, const char *host, size_t policy, char kind, long version,
    int candidate, double hour, char *words)
{
	static const char *const types[] = { ['S'] = "record.sealed", ['R'] = "released",
		['C'] = "rotation.confirmed", ['F'] = "rotation.confirmed",
		['H'] = "shares.sealed", ['A'] = "ceremony.approved", ['D'] = "drill.passed" };
	char time[CLOCK_TEXT_LEN + 1], hash[65], who[32] = "", label[8] = "";
	struct buf b = BUF_INIT;
	json *j;

	tl_time(time, hour);
	tl_hash(hash, t->policies[policy - 1]);
	buf_printf(&b, "{\"type\":\"%s\",\"seq\":%zu,\"time\":\"%s\",\"host\":\"%s\",\"policy\":\"%s\"",
	    types[(unsigned char)kind], t->n_entries, time, host, hash);
	if (kind == 'A' || kind == 'D') {
		assert_int_equal(sscanf(words, "%31s %7s", who, label), 2);
		buf_printf(&b, ",%s\"holder\":\"%s\",\"token\":\"t%s\"%s", kind == 'A' ?
		    "\"approval\":{" : "", who, label, kind == 'A' ? "}" : "");
	} else {
		buf_printf(&b, ",\"record\":\"%s\",\"version\":%ld,\"digest\":\"d%ld%s\"", t->record,
		    version, version, strcmp(t->record, "r") == 0 ? "" : host);
	}
	if (kind == 'S')
		buf_printf(&b, ",\"kind\":\"generic\",\"quorum\":\"default\",\"candidate\":%s", candidate ?
		    "true" : "false");
	if (kind == 'C' || kind == 'F')
		buf_printf(&b, ",\"by\":\"%s\"", kind == 'C' ? "holders" : "shadow");
	if (kind == 'H')
		buf_printf(&b, ",\"serial\":%s", words);
	else if (kind != 'A' && kind != 'D')
		put_fields(&b, kind, words);
	buf_puts(&b, "}");
	j = tl_json(buf_str(&b));
	buf_free(&b);
	return j;
}

static void tl_step(struct tl *t, char *step)
{
	char host[3] = "h1", kind, *at = step;
	double hour;
	long version;
	size_t policy = t->n_policies;
	int candidate;

	if (at[0] == 'h') {
		host[1] = at[1];
		policy = at[2] == '~' ? (size_t)(at[3] - '0') : policy;
		at += at[2] == '~' ? 5 : 3;
	}
	kind = *at++;
	version = strtol(at, &at, 10);
	candidate = *at == 'c';
	at += candidate;
	assert_int_equal(*at, '@');
	hour = strtod(at + 1, &at);
	while (*at == ' ')
		at++;
	if (kind == 'P') {
		char drop[16] = "", rekey[16] = "";

		if (sscanf(at, "drop %15s rekey %15s", drop, rekey) == 0)
			(void)sscanf(at, "rekey %15s", rekey);
		assert_true(t->n_policies < COUNT(t->policies));
		t->policies[t->n_policies++] = tl_policy(t, (int)version, hour, drop, rekey);
		return;
	}
	assert_true(t->n_entries < COUNT(t->entries));
	t->entries[t->n_entries] = tl_entry(t, host, policy, kind, version, candidate, hour, at);
	t->n_entries++;
}

void tl_read(struct tl *t, const char *text)
{
	char *copy = strdup(text), *save = NULL, *step;

	assert_non_null(copy);
	memset(t, 0, sizeof(*t));
	step = strtok_r(copy, ";", &save);
	(void)snprintf(t->record, sizeof(t->record), "%s", step != NULL && *step == '=' ? step + 1 : "r");
	if (step != NULL && *step == '=')
		step = strtok_r(NULL, ";", &save);
	t->policies[t->n_policies++] = tl_policy(t, 1, 0, "", "");
	for (; step != NULL; step = strtok_r(NULL, ";", &save)) {
		while (*step == ' ')
			step++;
		tl_step(t, step);
	}
	free(copy);
}

void tl_free(struct tl *t)
{
	size_t i;

	for (i = 0; i < t->n_policies; i++)
		json_free(&t->policies[i]);
	for (i = 0; i < t->n_entries; i++)
		json_free(&t->entries[i]);
}

struct rotate *tl_feed(const struct tl *t, const char *first)
{
	struct rotate *r;
	size_t i;
	int pass;

	assert_int_equal(rotate_new(&r, NULL), 0);
	for (i = 0; i < t->n_policies; i++)
		assert_int_equal(rotate_policy(r, t->policies[i], NULL), 0);
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < t->n_entries; i++)
			if ((strcmp(json_str(t->entries[i], "host"), first) >= 0) == (pass == 0))
				assert_int_equal(rotate_feed(r, t->entries[i], NULL), 0);
	return r;
}

static void put_hour(struct buf *b, const char *word, int64_t t)
{
	if (t >= 0)
		buf_printf(b, " %s %g", word, (double)(t - TL_START) / (double)TL_HOUR);
}

void tl_fields(char *out, size_t cap, const struct rotate_record *r)
{
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < r->n_fields; i++) {
		const struct rotate_field *f = &r->fields[i];

		buf_printf(&b, "%s%s %s", i > 0 ? "; " : "", f->name, rotate_state_name(f->state));
		if (f->version != 0)
			buf_printf(&b, " v%lld", (long long)f->version);
		put_hour(&b, "since", f->since);
		put_hour(&b, "due", f->due);
		buf_puts(&b, f->overdue ? " overdue" : "");
		buf_puts(&b, f->identity ? " identity" : "");
		if (f->rotating != 0)
			buf_printf(&b, " rotating v%lld", (long long)f->rotating);
		put_hour(&b, "rotated", f->rotated);
		if (f->confirmed_by != NULL)
			buf_printf(&b, " by %s", f->confirmed_by);
	}
	assert_true(buf_ok(&b) && b.len < cap);
	memcpy(out, buf_str(&b), b.len + 1);
	buf_free(&b);
}

struct rotate_report *tl_judge(struct rotate *r, double hour)
{
	struct rotate_report *p;

	assert_int_equal(rotate_judge(r, TL_START + (int64_t)(hour * (double)TL_HOUR), &p, NULL), 0);
	return p;
}
