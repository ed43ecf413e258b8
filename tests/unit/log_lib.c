/* SPDX-License-Identifier: BSD-2-Clause */
#include "log_lib.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/checkpoint.h"

static void must(int r, const struct err *e)
{
	fake_must(r == 0, e->text);
}

static int64_t lib_now(void *ctx)
{
	struct lib *l = ctx;

	return l->now += 5;
}

static void lib_open(struct lib *l)
{
	struct err e = { 0 };

	l->clock = (struct clock) { lib_now, l };
	must(store_open(&l->store, l->store_path, FILE_OURS, &e), &e);
	must(state_open(&l->state, l->state_path, 1, &e), &e);
	struct log_config cfg = { .store = l->store, .state = l->state, .host = FAKE_HOST,
		.key = l->v.host_seed, .clock = &l->clock, .boot = LIB_BOOT };
	memcpy(cfg.vault, policy_vault(l->v.policy), HASH_LEN);
	must(log_open(&l->log, &cfg, &e), &e);
}

static void lib_close(struct lib *l)
{
	log_close(&l->log);
	state_close(&l->state);
	store_close(&l->store);
}

void lib_reopen(struct lib *l)
{
	lib_close(l);
	lib_open(l);
}

void lib_new(struct lib *l, const char *base)
{
	struct store_new first = { .len = 0 };
	struct err e = { 0 };

	memset(l, 0, sizeof(*l));
	fake_vault_new(&l->v, 3, 1, "2 of (alice, bob, carol)", "2 of (alice, bob)");
	(void)snprintf(l->top, sizeof(l->top), "%s/twokey-test-XXXXXX", base != NULL ? base : "/tmp");
	fake_must(mkdtemp(l->top) != NULL, "mkdtemp");
	(void)snprintf(l->store_path, sizeof(l->store_path), "%s/store", l->top);
	(void)snprintf(l->state_path, sizeof(l->state_path), "%s/state", l->top);
	l->now = FAKE_NOW;
	must(store_make(l->store_path, &e), &e);
	lib_open(l);
	must(store_doc_policy(&first.doc, 1, &e), &e);
	first.data = l->v.policy_bytes.data;
	first.len = l->v.policy_bytes.len;
	must(store_stage(l->store, FAKE_HOST, &first, 1, &e), &e);
	must(store_commit(l->store, FAKE_HOST, &first.doc, 1, &e), &e);
	(void)snprintf(l->host.name, sizeof(l->host.name), FAKE_HOST);
	memcpy(l->host.key, l->v.host_key, sizeof(l->host.key));
	memcpy(l->policies[0], policy_hash(l->v.policy), HASH_LEN);
	memcpy(l->world.vault, policy_vault(l->v.policy), HASH_LEN);
	l->world.hosts = &l->host;
	l->world.nhosts = 1;
	l->world.policies = (const uint8_t (*)[HASH_LEN])l->policies;
	l->world.npolicies = 1;
	memcpy(l->opts.policy, l->policies[0], HASH_LEN);
}

void lib_free(struct lib *l)
{
	char cmd[128];

	lib_close(l);
	fake_vault_free(&l->v);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf '%s'", l->top);
	fake_must(system(cmd) == 0, "rm");
}

json *lib_entry(const char *type, ...)
{
	json *j = json_new_object();
	const char *name;
	va_list ap;

	fake_must(json_set_str(j, "type", type) == 0, "memory");
	va_start(ap, type);
	while ((name = va_arg(ap, const char *)) != NULL)
		fake_must(json_set_str(j, name, va_arg(ap, const char *)) == 0, "memory");
	va_end(ap);
	return j;
}

static void lib_append(struct lib *l, json *j, int durable)
{
	struct log_options o = l->opts;
	struct err e = { 0 };

	o.durable_checkpoint = durable;
	must(log_append_one(l->log, j, &o, NULL, &e), &e);
	json_free(&j);
}

void lib_note(struct lib *l, const char *text)
{
	lib_append(l, lib_entry("test.note", "text", text, NULL), 0);
}

void lib_accept(struct lib *l)
{
	json *j = lib_entry("policy.accepted", NULL);

	fake_must(json_set_int(j, "serial", 1) == 0 &&
	    json_set_hex(j, "hash", l->policies[0], HASH_LEN) == 0, "memory");
	lib_append(l, j, 0);
}

/* Of kind aws-root, or with linux_root of that. */
static json *sealed_entry(const char *name, const struct record_sealed *s, int linux_root)
{
	json *j = lib_entry("record.sealed", "record", name, "kind",
	    linux_root ? "linux-root" : "aws-root", "quorum", "default", NULL);
	json *fields = json_new_array(), *who = lib_entry("x", "user", "op", "host", FAKE_HOST,
	    "tty", "pts/0", "via", "", NULL);
	static const char *const names[] = { "password", "totp" };

	for (size_t i = 0; i < (linux_root ? 1 : 2); i++) {
		json *f = json_new_object(), *known = json_new_array();

		fake_must((i > 0 || linux_root || json_add_str(known, "alice") == 0) &&
		    json_set_str(f, "name", names[i]) == 0 && json_set(f, "known_to", known) == 0 &&
		    json_add(fields, f) == 0, "memory");
	}
	fake_must(json_remove(who, "type") == 0 && json_set_int(who, "uid", 1000) == 0 &&
	    json_set(j, "requester", who) == 0 && json_set(j, "fields", fields) == 0 &&
	    json_set_int(j, "version", 1) == 0 && json_set_bool(j, "candidate", 0) == 0 &&
	    json_set_null(j, "attended") == 0 &&
	    json_set_hex(j, "digest", s->digest, HASH_LEN) == 0 &&
	    json_set_hex(j, "shares", s->shares_digest, HASH_LEN) == 0, "memory");
	return j;
}

static void append_sealed(struct lib *l, const char *name, struct record_sealed *sealed,
    int linux_root)
{
	struct store_new docs[2];
	struct err e = { 0 };
	json *j;

	must(store_doc_record(&docs[0].doc, name, 1, &e), &e);
	must(store_doc_shares(&docs[1].doc, name, 1, policy_serial(l->v.policy), &e), &e);
	docs[0].data = sealed->record.data;
	docs[0].len = sealed->record.len;
	docs[1].data = sealed->shares.data;
	docs[1].len = sealed->shares.len;
	j = sealed_entry(name, sealed, linux_root);
	if (l->bend != NULL)
		l->bend(j);
	must(log_append(l->log, &j, 1, docs, 2, &l->opts, NULL, &e), &e);
	json_free(&j);
	record_sealed_free(sealed);
}

void lib_seal(struct lib *l, const char *name, uint8_t digest[HASH_LEN])
{
	struct record_sealed s;

	fake_seal(&l->v, name, &s);
	if (digest != NULL)
		memcpy(digest, s.digest, HASH_LEN);
	append_sealed(l, name, &s, 0);
}

void lib_seal_linux(struct lib *l, const char *name)
{
	struct record_sealed s;

	fake_seal_linux(&l->v, name, &s);
	append_sealed(l, name, &s, 1);
}

static struct statement *lib_statement(struct lib *l, enum statement_action action, json *subject)
{
	static const struct statement_field field = { "password", "value" };
	static uint8_t key[X25519_LEN] = { 9 };
	const struct statement_deliver deliver = { .to = FAKE_HOST, .key = key, .fields = &field,
		.n = 1 };
	char origin[CHECKPOINT_ORIGIN_MAX];
	uint8_t root[HASH_LEN];
	struct statement *st = NULL;
	struct err e = { 0 };

	checkpoint_origin(origin, l->world.vault, FAKE_HOST);
	must(log_root(root, l->log, &e), &e);
	struct statement_in in = { .vault = l->world.vault, .policy = l->opts.policy,
		.action = action, .subject = subject,
		.deliver = &deliver,
		.n_deliver = action == ACTION_UNSEAL || action == ACTION_RESEAL, .reason = "locked out", .ticket = "INC-4711",
		.user = "op", .host = FAKE_HOST, .tty = "pts/0", .via = "", .uid = 1000,
		.now = l->now, .minutes = action == ACTION_LOGIN ? 5 : 60, .log_origin = origin,
		.log_size = log_head(l->log)->tree.size, .log_root = root };
	must(statement_new(&st, &in, &e), &e);
	return st;
}

struct statement *lib_request(struct lib *l, enum statement_action action, json *subject)
{
	struct statement *st = lib_statement(l, action, subject);
	json *j = lib_entry("ceremony.requested", NULL);

	fake_must(json_set(j, "statement", json_copy(st->doc)) == 0, "memory");
	lib_append(l, j, 0);
	return st;
}

struct approval *lib_approve(struct lib *l, const struct statement *st, size_t i)
{
	char field[NAME_MAX_LEN + 16] = "password";
	struct approval_share share = { field, NULL };
	struct secret *bytes = NULL;
	struct approval *a;
	struct err e = { 0 };
	json *j, *bare;

	/* An approval of an unseal gives shares, which the log leaves out. */
	if (st->action == ACTION_RESEAL)
		(void)snprintf(field, sizeof(field), "%s/password",
		    json_str(json_at(st->records, 0), "record"));
	must(random_secret(&bytes, 32, &e), &e);
	share.share = bytes;
	a = fake_approve(&l->v, st, i, 0, &share,
	    st->action == ACTION_UNSEAL || st->action == ACTION_RESEAL);
	secret_free(&bytes);
	j = lib_entry("ceremony.approved", NULL);
	bare = approval_bare(a);
	fake_must(json_set_hex(j, "statement", st->hash, HASH_LEN) == 0 &&
	    json_set(j, "approval", bare) == 0 && json_set(j, "warnings", json_new_array()) == 0,
	    "memory");
	lib_append(l, j, 0);
	return a;
}

void lib_approved(struct lib *l, const struct statement *st, unsigned approvers)
{
	struct approval *a;

	for (size_t i = 0; i < l->v.n; i++) {
		if ((approvers >> i & 1u) == 0)
			continue;
		a = lib_approve(l, st, i);
		approval_free(&a);
	}
}

static void lib_released(struct lib *l, const struct statement *st, const char *name,
    const uint8_t digest[HASH_LEN], unsigned approvers)
{
	json *j = lib_entry("released", "record", name, NULL), *holders = json_new_array();

	for (size_t i = 0; i < l->v.n; i++)
		fake_must((approvers >> i & 1u) == 0 || json_add_str(holders, fake_name(i)) == 0,
		    "memory");
	fake_must(json_set_hex(j, "statement", st->hash, HASH_LEN) == 0 &&
	    json_set_int(j, "version", 1) == 0 && json_set_hex(j, "digest", digest, HASH_LEN) == 0 &&
	    json_set_null(j, "due") == 0 && json_set(j, "holders", holders) == 0 &&
	    json_set(j, "fields", json_copy(json_get(json_at(st->deliver, 0), "fields"))) == 0,
	    "memory");
	lib_append(l, j, 1);
}

void lib_unseal(struct lib *l, const char *name, const uint8_t digest[HASH_LEN],
    unsigned approvers, int release)
{
	struct statement *st = lib_request(l, ACTION_UNSEAL,
	    statement_subject_unseal(name, 1, digest));

	lib_approved(l, st, approvers);
	if (release)
		lib_released(l, st, name, digest, approvers);
	statement_free(&st);
}

void lib_reseal(struct lib *l, const char *name, const uint8_t digest[HASH_LEN],
    const uint8_t policy[HASH_LEN], unsigned approvers, json *entry)
{
	json *subject = statement_subject_reseal(policy);
	struct statement *st;

	fake_must(statement_subject_reseal_add(subject, name, 1, digest) == 0, "memory");
	st = lib_request(l, ACTION_RESEAL, subject);
	lib_approved(l, st, approvers);
	fake_must(json_set_hex(entry, "statement", st->hash, HASH_LEN) == 0, "memory");
	lib_append(l, entry, 0);
	statement_free(&st);
}

static void lib_path(char out[256], const struct lib *l, const char *path)
{
	(void)snprintf(out, 256, "%s/%s", l->top, path);
}

void lib_read(const struct lib *l, const char *path, struct buf *out)
{
	char full[256], chunk[4096];
	ssize_t n;
	int fd;

	lib_path(full, l, path);
	fd = open(full, O_RDONLY);
	fake_must(fd >= 0, full);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(out, chunk, (size_t)n);
	fake_must(n == 0 && buf_ok(out), "read");
	close(fd);
}

void lib_write(const struct lib *l, const char *path, const void *data, size_t len)
{
	struct err e = { 0 };
	char full[256];
	int fd;

	lib_path(full, l, path);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	fake_must(fd >= 0, full);
	must(file_write_all(fd, data, len, full, &e), &e);
	close(fd);
}

int lib_exists(const struct lib *l, const char *path)
{
	char full[256];
	struct stat st;

	lib_path(full, l, path);
	return lstat(full, &st) == 0;
}

size_t lib_count(const struct lib *l, const char *folder, const char *prefix)
{
	const struct dirent *ent;
	char full[256];
	size_t n = 0;
	DIR *d;

	lib_path(full, l, folder);
	d = opendir(full);
	fake_must(d != NULL, full);
	while ((ent = readdir(d)) != NULL)
		n += strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0 &&
		    strncmp(ent->d_name, prefix, strlen(prefix)) == 0;
	closedir(d);
	return n;
}

struct verify_report *lib_verify(const struct lib *l)
{
	struct verify_report *r = NULL;
	struct err e = { 0 };

	must(verify_store(&r, l->store, NULL, NULL, &e), &e);
	return r;
}

int lib_found(const struct verify_report *r, enum verify_level level, int64_t seq)
{
	for (size_t i = 0; i < r->nfindings; i++)
		if (r->findings[i].level == level && r->findings[i].seq <= seq &&
		    seq <= r->findings[i].last)
			return 1;
	return 0;
}

void lib_print(const struct verify_report *r)
{
	for (size_t i = 0; i < r->nfindings; i++)
		printf("# %s %s %" PRId64 "..%" PRId64 " %s: %s\n",
		    r->findings[i].level == VERIFY_FAULT ? "FAULT" : "note", r->findings[i].host,
		    r->findings[i].seq, r->findings[i].last, r->findings[i].what,
		    r->findings[i].text);
}
