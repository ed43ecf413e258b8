/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_REMIND_RUN_H
#define TWOKEY_CLI_REMIND_RUN_H

#include "ceremony/exposure.h"
#include "cli/cloud.h"
#include "cli/open.h"
#include "notify/outbox.h"
#include "notify/steps.h"

/*
 * One run of `remind`: look at the logs, write what is to be reminded of into the own log
 * (a step that any host's log has is done), take the own log's new entries up as messages,
 * send them.  The log says what is to be told, the outbox how far it was.
 */
#define REMIND_ID_LEN 64

/* What one pass over all logs found. */
struct remind_look {
	const struct session *s;
	int64_t from;		/* own entries from here on are kept */
	char (*claims)[REMIND_ID_LEN + 1];	/* steps that a log has */
	size_t n_claims, cap_claims;
	const json **own;	/* references of ours */
	size_t n_own, cap_own;
	int64_t size;		/* entries of the own log */
	struct exposure x;
	struct step *steps;
	size_t n_steps;
};

struct remind {
	struct open_vault v;
	struct outbox outbox;
	struct remind_look look;
	struct step *fresh;	/* steps that no log has yet; lends from look */
	size_t n_fresh;
	size_t written;		/* into the log */
	struct outbox_sent sent;
	int64_t now;
	int lock;
	int at_once;		/* channels whose time has not come, too */
};

/* What channels need to be reached; ends with remind_way_end also after a failure. */
struct remind_way {
	struct cloud cloud;
	struct channel_way way;
};
int remind_way_begin(struct remind_way *w, const struct config *c, struct err *e);
void remind_way_end(struct remind_way *w);

/* Opens, and looks; m ends with remind_end also after a failure. */
int remind_begin(struct remind *m, const struct cli *cli, struct err *e);
/* Writes the steps into the log, takes up, sends. */
int remind_send(struct remind *m, struct err *e);
void remind_end(struct remind *m);

/* What cannot be told by the log, since it does not hold: sent without it, once a day.  why:
 * what was found. */
int remind_alarm(const struct cli *cli, const struct err *why, struct err *e);

/* remind_look.c: the pass.  Steps are as of `now`. */
int remind_look(struct remind_look *l, struct session *s, int64_t from, int64_t now, struct err *e);
void remind_look_free(struct remind_look *l);
/* Only claims, between log_begin and log_end: lines of other hosts that no checkpoint covers
 * yet count too, so that what a killed host had begun is told by that host alone. */
int remind_claims_held(struct remind_look *l, struct session *s, struct err *e);
int remind_has(const struct remind_look *l, const char *id);
/* The log entry of a step; owned, NULL without memory. */
json *remind_entry(const struct step *st);
/* What identifies a message: the hash of these facts. */
int remind_hash(char id[REMIND_ID_LEN + 1], const json *facts, struct err *e);
/* The same of an entry: of a step, its facts alone, so that any host comes to
 * the same. */
int remind_id(char id[REMIND_ID_LEN + 1], const json *entry, const char *vault, struct err *e);

/* remind_test.c: a test message by each channel, or the one that is named; says how each fared.  ERR_STORE
 * when one failed. */
int remind_test(const struct cli *cli, const char *only, int is_json, struct err *e);

/* remind_motd.c: writes the files of channels of that kind, empty when nothing is due. */
int remind_motd(const struct remind *m, struct err *e);

/* remind_notice.c: entry i of look.own as a notice, NULL (and 0) when it is none. */
int remind_notice(json **out, const struct remind_look *l, size_t i, struct err *e);

#endif
