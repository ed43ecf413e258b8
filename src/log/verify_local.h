/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_VERIFY_LOCAL_H
#define TWOKEY_LOG_VERIFY_LOCAL_H

#include "base/buf.h"
#include "base/view.h"
#include "log/checkpoint.h"
#include "log/log.h"
#include "log/verify.h"
#include "vault/policy.h"
#include "vault/statement.h"

/*
 * Shared by the files of verification only.  It goes: policies (one after the
 * other), then each log in rounds - lines are analysed in parallel, then
 * judged in order - then heads, releases and documents.
 */

/* A token's key, once however many policies name it. */
struct vkey {
	enum token_alg alg;
	uint8_t key[ES256_KEY_LEN];
	size_t len;
};
struct vtoken {
	const char *holder, *label;	/* of the policy */
	size_t key;			/* index into keys */
};
struct vpolicy {
	struct policy *p;
	uint8_t hash[HASH_LEN];
	struct buf doc;
	struct vtoken *tokens;
	size_t ntokens;
};

enum ventry {
	V_UNKNOWN, V_STARTED, V_RECOVERED, V_POLICY, V_SEALED, V_SHARES, V_REQUESTED, V_APPROVED,
	V_REFUSED, V_DENIED, V_RELEASED, V_DRILL, V_CONFIRMED, V_GRANTED, V_ATTEMPTS, V_OPENED,
	V_CLOSED, V_ACTIVITY, V_RECORDS, V_UNUSED, V_UNWITNESSED, V_REMINDED
};
/* Whose word a rotation.confirmed is. */
enum vby {
	BY_CLOUDTRAIL, BY_HOLDERS, BY_SHADOW
};
enum vsig {
	SIG_HOLDS = 1,
	SIG_FALSE,		/* it does not hold: why */
	SIG_STRANGER		/* holder or token is not in the policy in force */
};

/* What one thread works with. */
struct vthread {
	struct view view;
	struct hasher *hasher;
	struct es256_verifier **verifiers;	/* one a key, made when needed */
	struct policy **policies;		/* its own: reading json writes */
	size_t npolicies;
	int failed;				/* an err_code that is no finding */
};

/* A line, analysed. */
struct ventry_info {
	const char *line;
	size_t len;
	int64_t seq, named_seq, time;
	uint8_t leaf[HASH_LEN];
	enum ventry type;
	const char *why;	/* NULL: the line is sound */
	const char *host_why;	/* NULL: it names its own host */
	size_t policy;		/* serial in force, 0: unknown */
	uint8_t statement[HASH_LEN];
	int has_statement;	/* sealed: `attended` */
	/* by type */
	enum vsig sig;		/* approved */
	const char *sig_why;
	char name[NAME_MAX_LEN + 1];	/* holder (approved, drill), record, or unknown type */
	char quorum[NAME_MAX_LEN + 1];
	int64_t version, serial;
	uint8_t digest[HASH_LEN], shares[HASH_LEN];	/* or policy hash in digest */
	uint8_t said[HASH_LEN];	/* sealed: verify_said_entry */
	int seed;		/* sealed: a candidate's seed that nobody knows */
	enum statement_action action;	/* requested */
	uint8_t st_policy[HASH_LEN];
	int has_st_policy, has_log;
	int64_t made, expires, log_size;
	enum vby by;		/* confirmed */
	int vouched;		/* records */
	int64_t refers;		/* seq: opened (its login; -1: none), closed */
	uint8_t log_root[HASH_LEN];
	/* Lists, in line; requested, of a login: its subject and requester; opened:
	 * its service and user; records: ids; confirmed: also by whom. */
	uint32_t fields_at, fields_len, holders_at, holders_len;
};

/* One request and what became of it. */
struct ceremony {
	uint8_t statement[HASH_LEN];
	size_t log;			/* index of the log */
	size_t policy;			/* serial that the statement names */
	int64_t seq, expires;
	enum statement_action action;
	char record[NAME_MAX_LEN + 1];
	int64_t version, serial;
	uint8_t digest[HASH_LEN];
	const char **holders;		/* whose verified approvals came, each once */
	size_t nholders;
	int released;			/* or granted, or attended a sealing */
	char *fields;			/* what it asked for, as its line has it: `deliver`, or of
					 * confirm and attend the subject's `fields`, of a reseal its
					 * records, of a login the subject; owned */
	char *requester;		/* of a login, as its line has it; owned */
	struct ceremony *next;		/* in its bucket */
};

/* A head of a log that somebody names. */
struct claim {
	char host[NAME_MAX_LEN + 1];
	int64_t size;
	uint8_t root[HASH_LEN];
	const struct ceremony *ceremony;	/* vouches once an approval holds */
	char *what;		/* who names it; owned; NULL: the ceremony's request */
	int vouched;		/* signed by holders */
	int memory;		/* outside memory */
	int checkpoint;		/* the log's own */
	int end;		/* where a removed host's log ends */
	int good;		/* found to hold */
};

/* A document that an entry names. */
struct vdoc {
	struct store_doc doc;
	uint8_t digest[HASH_LEN], record_digest[HASH_LEN];
	uint8_t said[HASH_LEN];	/* of a record: what its entry says of it */
	char quorum[NAME_MAX_LEN + 1];
	size_t log, policy;	/* whose entry it is, and the serial that it names */
	int64_t seq;
	int resealed;		/* the entry is a shares.sealed */
	int ignored;		/* it does not count: verify_owner.c */
	int ok;			/* result: 1 verified */
	int linux_root;		/* a record of that kind; known when ok */
	int staged;		/* it has not got its final name yet */
	enum err_code code;	/* else */
	char text[256];
	json *logs;		/* heads the record names; owned */
};

/* A release, reseal or confirmation by holders to be judged when all logs are known; with c NULL, a
 * confirmation by the host's own shadow file. */
struct vrelease {
	const struct ceremony *c;
	const char *what;	/* of its findings: static */
	char record[NAME_MAX_LEN + 1];
	int64_t version;
	uint8_t digest[HASH_LEN];
	size_t log, policy, nholders;	/* approvals at that time */
	int64_t seq;
};

/* An entry that a later one goes back to, once at most. */
struct vseq {
	int64_t seq;
	const struct ceremony *c;	/* of a login.granted; NULL: none that fits */
	int used;
};
/* In ascending order, as the log has them. */
struct vseqs {
	struct vseq *list;
	size_t n, cap;
};

/* Events of CloudTrail's that an entry names. */
struct vevent {
	uint8_t key[16];	/* of a hash of the name */
	int64_t seq;
};
struct vevents {
	struct vevent *list;
	size_t n, cap;
};

struct vlog {
	char host[NAME_MAX_LEN + 1];
	const struct policy_host *ph;	/* in the newest policy that names it */
	struct store_span span;
	int64_t lines, limit;		/* limit: lines that count */
	uint8_t (*leaves)[HASH_LEN];
	size_t cap;
	int64_t last_time;
	size_t last_policy;
	struct vseqs granted, opened;	/* login.granted, session.opened */
	struct vevents events, by_event;	/* that AWS vouches for; that confirm a rotation */
	int64_t loose, first_loose;	/* sessions without a login; seq of the first */
	int64_t covered, vouched, memory;
	uint8_t root[HASH_LEN];		/* of covered */
};

#define CEREMONY_BUCKETS 65536

struct verify {
	const struct store *s;
	const struct verify_memory *memory;
	const struct verify_options *opts;
	unsigned threads;
	struct vthread *th;	/* threads of them, and one more: */
	struct vthread *judge;	/* for what is judged in order */
	struct verify_report *report;
	size_t max_findings;
	struct vpolicy *policies;	/* verified ones, serial 1 first */
	size_t npolicies;
	struct vkey *keys;
	size_t nkeys;
	struct vlog *logs;
	size_t nlogs;
	struct ceremony **ceremonies;	/* CEREMONY_BUCKETS chains */
	struct claim *claims;
	size_t nclaims, cap_claims;
	struct vdoc *docs;
	size_t ndocs, cap_docs;
	struct vrelease *releases;
	size_t nreleases, cap_releases;
	int64_t bytes_done, bytes_total;
	uint8_t rp_hash[HASH_LEN];
};

int verify_memory_out(struct err *e);
/* Shorthand: a fault of this entry. */
#define FAULT(v, l, in, what, ...) \
	verify_find((v), VERIFY_FAULT, (l)->host, (in)->seq, (what), __VA_ARGS__)
/* Adds a finding; seq -1: none. */
void verify_find(struct verify *v, enum verify_level level, const char *host, int64_t seq,
    const char *what, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void verify_find_range(struct verify *v, enum verify_level level, const char *host, int64_t seq,
    int64_t last, const char *what, const char *fmt, ...) __attribute__((format(printf, 7, 8)));
/* *list of elements of `size` bytes has room for one more: 0 or ERR_MEMORY. */
int verify_grow(void *list, size_t *cap, size_t n, size_t size, struct err *e);
/* Runs fn for each of n pieces on all threads. */
void verify_parallel(struct verify *v, size_t n,
    void (*fn)(struct verify *v, struct vthread *t, void *arg, size_t i), void *arg);

/* verify_policy.c */
int verify_policies(struct verify *v, struct err *e);
/* A token of a policy (serial from 1): its key, or NULL. */
const struct vkey *verify_token(const struct verify *v, size_t serial, const char *holder,
    const char *label, size_t *key, const char **holder_out);
size_t verify_serial(const struct verify *v, const uint8_t hash[HASH_LEN]);

/* verify_entry.c: any thread */
void verify_entry(const struct verify *v, struct vthread *t, const char *host,
    struct ventry_info *in);
/* The approval in line `in`, by the tokens of policy `serial`. */
void verify_approval(const struct verify *v, struct vthread *t, struct ventry_info *in,
    size_t serial);
/* Checks shapes; the members' nodes in `m` (VERIFY_MEMBERS). 0 or -1, view->why. */
#define VERIFY_MEMBERS 28
enum ventry verify_type(const struct view *w);
int verify_shape(struct view *w, enum ventry type, uint32_t m[VERIFY_MEMBERS]);
uint32_t verify_member(enum ventry type, const uint32_t m[VERIFY_MEMBERS], const char *name);
/* verify_root.c: V_ACTIVITY, V_RECORDS, V_UNUSED, V_UNWITNESSED, whose members are there. */
int verify_root_shape(struct view *w, enum ventry type);
int verify_statement_shape(struct view *w, uint32_t st, enum statement_action *action);

/* verify_log.c */
int verify_logs(struct verify *v, struct err *e);
/* verify_judge.c: lines in order */
int verify_judge(struct verify *v, size_t log, struct ventry_info *in, struct err *e);
void ceremonies_free(struct verify *v);
/* The request of this statement in this log, judged so far; NULL: none. */
struct ceremony *ceremony_find(const struct verify *v, size_t log, const uint8_t hash[HASH_LEN]);
/* Each holder that `in` names has approved; a fault for each who has not. */
void verify_holders(struct verify *v, const struct vlog *l, const struct ventry_info *in,
    const struct ceremony *c);
/* verify_login.c: V_GRANTED, V_ATTEMPTS, V_OPENED, V_CLOSED, in order */
int verify_login(struct verify *v, size_t log, const struct ventry_info *in, struct err *e);
/* Behind the last line of a log: what is told once for all of it. */
void verify_loose(struct verify *v, const struct vlog *l);
/* verify_event.c: V_RECORDS, and V_CONFIRMED by an event; then, behind the last line of a log, faults
 * for events that no record before them is of. */
int verify_event_records(struct verify *v, size_t log, const struct ventry_info *in, struct err *e);
int verify_event_confirms(struct verify *v, size_t log, const struct ventry_info *in, struct err *e);
void verify_events(struct verify *v, struct vlog *l);
/* verify_release.c: what, of its findings, is static. */
int verify_add_release(struct verify *v, size_t log, const struct ventry_info *in,
    const struct ceremony *c, const char *what, struct err *e);
/* c: the ceremony that shares.sealed names, or NULL; in->serial is a policy's. */
int verify_reseal(struct verify *v, size_t log, const struct ventry_info *in,
    const struct ceremony *c, struct err *e);
void verify_releases(struct verify *v);
/* The first entry that sealed this version, docs being sorted, and the one behind
 * d of the same version.  NULL: none. */
const struct vdoc *verify_first_doc(const struct verify *v, const char *record, int64_t version);
const struct vdoc *verify_next_doc(const struct verify *v, const struct vdoc *d);
/* c: the ceremony that the entry names, or NULL. */
int verify_confirmed(struct verify *v, size_t log, const struct ventry_info *in,
    const struct ceremony *c, struct err *e);
/* A record.sealed: what its `attended` must be, c being the ceremony that it names, or NULL. */
void verify_attended(struct verify *v, size_t log, const struct ventry_info *in, struct ceremony *c);
/* verify_owner.c: what hosts say of another host's root password.  Drops the
 * documents of entries that do not count, and reports these; docs are sorted. */
void verify_owners(struct verify *v);
/* A rotation.confirmed: *reported is 1 when it does not count.  One that may count
 * is judged again by verify_owner_release, when all is known. */
int verify_owner_confirmed(struct verify *v, size_t log, const struct ventry_info *in,
    int *reported, struct err *e);
void verify_owner_release(struct verify *v, const struct vrelease *rel);
#define VERIFY_OWNER "owner"	/* what, of all these findings */
/* verify_heads.c: what is NULL or copied. */
int verify_claim(struct verify *v, const struct claim *c, const char *what, struct err *e);
int verify_heads(struct verify *v, struct err *e);
/* verify_said.c: what an entry, and what a record, says for those who go by the
 * log alone.  ERR_INPUT: more fields than a record has. */
struct record;
int verify_said_entry(uint8_t out[HASH_LEN], const struct view *w, uint32_t kind,
    uint32_t candidate, uint32_t list, struct err *e);
int verify_said_record(uint8_t out[HASH_LEN], const struct record *rec, struct err *e);
/* verify_docs.c */
int verify_docs(struct verify *v, struct err *e);

#endif
