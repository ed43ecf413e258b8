/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/doctor.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "cli/open.h"
#include "notify/outbox.h"

#define MEMLOCK_WANTED (1024u * 1024u)
#define FREE_WANTED (64u * 1024u * 1024u)

static void memory(struct doctor *d)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_MEMLOCK, &lim) != 0 || lim.rlim_cur == RLIM_INFINITY ||
	    lim.rlim_cur >= MEMLOCK_WANTED)
		doctor_add(d, "memory", FINDING_OK, NULL, "Secrets can be locked into memory.");
	else
		doctor_add(d, "memory", FINDING_NOTE, "ulimit -l 8192", "Only %lu KiB can be locked "
		    "into memory; large imports will be refused.",
		    (unsigned long)(lim.rlim_cur / 1024));
}

static void clock_sync(struct doctor *d)
{
	struct timex t;
	int state;

	memset(&t, 0, sizeof(t));
	state = adjtimex(&t);
	if (state < 0)
		doctor_add(d, "clock", FINDING_NOTE, NULL, "The kernel does not tell whether the "
		    "clock is synchronised.");
	else if (state == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
		doctor_add(d, "clock", FINDING_NOTE, "timedatectl set-ntp true", "The clock is not "
		    "synchronised: times in the log and TOTP codes may be off.");
	else
		doctor_add(d, "clock", FINDING_OK, NULL, "The clock is synchronised.");
}

void doctor_machine(struct doctor *d)
{
	memory(d);
	clock_sync(d);
}

static int disk_is_low(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < FREE_WANTED;
}

/* What can go is for a person to say; the command lists what is largest on the
 * disk of path. */
static void add_full(struct doctor *d, const char *what, enum finding f, const char *path,
    const char *text)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "du -xam \"$(df --output=target '%s' | tail -n 1)\" | "
	    "sort -n | tail -n 20", path);
	doctor_add(d, what, f, buf_ok(&b) ? buf_str(&b) : NULL, "%s", text);
	buf_free(&b);
}

static void space(struct doctor *d, const struct open_vault *v)
{
	int64_t in_store = 0, in_state = 0;
	struct err why = { 0 };
	char text[160];

	if (disk_is_low(v->config.store)) {
		snprintf(text, sizeof(text), "The store's disk has less than %u MiB left: "
		    "remove what can go.", FREE_WANTED >> 20);
		add_full(d, "disk", FINDING_BAD, v->config.store, text);
	} else {
		doctor_add(d, "disk", FINDING_OK, NULL, "The store's disk has room.");
	}
	if (v->session->log == NULL)
		return;
	if (log_reserve_left(&in_store, &in_state, v->session->store, v->session->state, &why) != 0)
		doctor_add_err(d, "reserve", &why);
	else if (in_store < LOG_RESERVE_STORE || in_state < LOG_RESERVE_STATE) {
		/* session_index has filled it, had there been room. */
		snprintf(text, sizeof(text), "The space kept for ceremonies on a full disk is not "
		    "full (%lld of %u KiB, %lld of %u KiB): remove what can go.", (long long)(in_store / 1024),
		    LOG_RESERVE_STORE / 1024, (long long)(in_state / 1024),
		    LOG_RESERVE_STATE / 1024);
		add_full(d, "reserve", FINDING_BAD, in_store < LOG_RESERVE_STORE ? v->config.store :
		    v->config.state, text);
	} else
		doctor_add(d, "reserve", FINDING_OK, NULL, "Space is kept for ceremonies on a full "
		    "disk.");
}

/* All of each log: old lines count as much as new ones. */
static void logs(struct doctor *d, struct session *s)
{
	struct err why = { 0 };

	if (session_index(s, &why) != 0 || session_check_logs(s, &why) != 0)
		doctor_add_err(d, "logs", &why);
	else
		doctor_add(d, "logs", FINDING_OK, NULL, "Every entry of every host's log leads to the "
		    "head that was seen.");
}

/* Reminders: whether they are sent from here, and whether each channel takes them. */
static void channels(struct doctor *d, const struct open_vault *v)
{
	struct outbox o = { NULL };
	struct outbox_channel c;
	struct err why = { 0 };

	if (v->config.n_channels == 0)
		doctor_add(d, "reminders", FINDING_NOTE, "man twokey.conf", "No channel is configured: this machine tells "
		    "nobody what is due.");
	else if (outbox_read(&o, v->session->state, &why) != 0)
		doctor_add_err(d, "reminders", &why);
	else if (outbox_next(&o) < 0)
		doctor_add(d, "reminders", FINDING_BAD, "systemctl enable --now twokey-remind.timer",
		    "`twokey remind` has never run here.");
	for (size_t i = 0; o.doc != NULL && outbox_next(&o) >= 0 && i < v->config.n_channels; i++) {
		const char *name = v->config.channels[i].name;

		outbox_channel(&c, &o, name);
		if (c.fails > 0)
			doctor_add(d, "reminders", FINDING_BAD, "what it names; then twokey remind --now",
			    "The channel %s fails: %s", name, c.why);
		else
			doctor_add(d, "reminders", FINDING_OK, NULL, "The channel %s has refused nothing.", name);
	}
	for (size_t i = 0; i < v->config.n_channels; i++) {
		err_clear(&why);
		if (channel_check(&v->config.channels[i], &why) != 0) {
			err_prefix(&why, "The channel %s cannot work", v->config.channels[i].name);
			doctor_add_err(d, "reminders", &why);
		}
	}
	outbox_free(&o);
}

void doctor_vault(struct doctor *d)
{
	struct open_vault v;
	struct config config = { 0 };
	struct err why = { 0 };
	char mend[2 * HASH_LEN + 32];

	if (config_load_here(&config, d->cli->conf, &why) != 0) {
		doctor_add_err(d, "configuration", &why);
		return;
	}
	doctor_add(d, "configuration", FINDING_OK, NULL, "%s; store %s, state %s, host %s.",
	    config.file != NULL ? config.file : "defaults", config.store, config.state,
	    config.host[0] != '\0' ? config.host : "(none)");
	config_free(&config);
	if (open_vault(&v, d->cli, &why) != 0) {
		doctor_add_err(d, "vault", &why);
		return;
	}
	doctor_add(d, "vault", FINDING_OK, NULL, "Vault %s, policy %lld, %zu holders.",
	    policy_name(v.session->policy), (long long)policy_serial(v.session->policy),
	    policy_holders(v.session->policy));
	if (v.session->log != NULL)
		doctor_add(d, "host", FINDING_OK, NULL, "This machine is host %s.", v.session->host);
	else {
		snprintf(mend, sizeof(mend), "twokey host add --vault %s", v.session->vault_hex);
		doctor_add(d, "host", FINDING_NOTE, mend, "This machine is no host of the vault: it "
		    "can verify, not seal or open.");
	}
	err_clear(&why);
	logs(d, v.session);
	space(d, &v);
	if (v.session->log != NULL)
		channels(d, &v);
	close_vault(&v);
}
