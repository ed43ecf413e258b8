/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_VERIFY_H
#define TWOKEY_LOG_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "log/head.h"
#include "vault/state.h"
#include "vault/store.h"

/*
 * Verifies a whole store - a folder, an unpacked copy, an archive - from
 * public data: policy chain, logs, checkpoints, signatures of hosts and
 * holders, documents.  Everything that is wrong becomes a finding; the return
 * value tells only whether verification itself could be done.
 */
enum verify_level {
	VERIFY_NOTE,	/* worth knowing: unknown entry types, clock steps, void documents,
			 * how many sessions go back to no login */
	VERIFY_FAULT	/* something does not hold */
};

struct verify_finding {
	enum verify_level level;
	char host[NAME_MAX_LEN + 1];	/* whose log; "" for none */
	int64_t seq;			/* entry; -1: none */
	int64_t last;			/* it is one of seq to last; else as seq */
	char what[STORE_PATH_MAX];	/* path of the document, or what of the entry:
					 * "line", "approval of alice", ...; never "" */
	char text[512];			/* a whole sentence */
};

/* Memory from outside of the store; any may be NULL. */
struct verify_memory {
	const struct state_pin *pin;
	const char *own_host;		/* with own: whose head it is */
	const struct log_head *own;
	const struct seen *seen;
};

struct verify_options {
	unsigned threads;	/* 0: as many as the process may use */
	size_t max_findings;	/* further ones are counted only; 0: 1000 */
	/* Called from the calling thread at times (NULL allowed); non-zero stops. */
	int (*progress)(void *arg, int64_t bytes_done, int64_t bytes_total);
	void *progress_arg;
};

/* One log, as found. */
struct verify_log {
	char host[NAME_MAX_LEN + 1];
	int64_t size;			/* whole lines */
	int64_t covered;		/* by the checkpoint that verifies; -1: none */
	uint8_t root[HASH_LEN];		/* over `covered` lines */
	int64_t vouched;		/* highest size that a verified statement signed by
					 * holders names, or a policy's `logs`; 0: none */
	int64_t memory;			/* size that outside memory vouches for; 0: none */
};

struct verify_report {
	uint8_t vault[HASH_LEN];
	int64_t policies, records, shares, entries, approvals, unknown;	/* counts, verified */
	int64_t faults, notes;		/* counts of findings */
	int used_pin, used_own, used_seen;	/* which outside memory was compared */
	struct verify_log *logs;
	size_t nlogs;
	struct verify_finding *findings;	/* in order: policies, logs, documents */
	size_t nfindings;
};

/* *out is set on success; free with verify_report_free. */
int verify_store(struct verify_report **out, const struct store *s,
    const struct verify_memory *memory, const struct verify_options *opts, struct err *e);
void verify_report_free(struct verify_report **r);
/* The words on outside memory: "pin, own head, seen heads" or "none". */
void verify_memory_words(char *out, size_t cap, const struct verify_report *r);
/* The report as a JSON document for --json; owned. */
int verify_report_json(json **out, const struct verify_report *r, struct err *e);

#endif
