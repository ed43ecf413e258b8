/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_CONFIG_H
#define TWOKEY_CLI_CONFIG_H

#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"
#include "notify/channel.h"

/*
 * twokey.conf(5): JSON with // and block comments, an object with optional members,
 * all of them strings but "notify".
 *
 * Root reads /etc/twokey/twokey.conf alone.  Others read
 * ~/.config/twokey/twokey.conf (a personal vault); without one, /etc's
 * holds, but `state` and `aws_credentials` stay their own.  `--conf FILE` beats both.
 * Defaults: root /var/lib/twokey/{store,state}; others ~/.local/share/twokey
 * and ~/.local/state/twokey; host: the host name's first label.
 */
struct config {
	char *file;	/* what was read, NULL: nothing there, all defaults */
	char *store;	/* absolute path, never NULL after config_load */
	char *state;
	char host[NAME_MAX_LEN + 1];	/* "" when the machine's name is no name */
	/* twokey.conf(5); NULL: not set. */
	char *aws_region, *aws_profile, *aws_credentials;
	char *aws_endpoint, *aws_endpoint_cloudtrail, *aws_endpoint_kms, *aws_endpoint_s3,
	    *aws_endpoint_sqs, *aws_endpoint_sts;
	char *ca_bundle, *proxy, *no_proxy;
	struct channel *channels;	/* "notify"; NULL: not set */
	size_t n_channels;
	int root;	/* 1: root's machine-wide setting, 0: a person's own */
};

/* What config_load depends on, so that tests can say it.  Borrowed. */
struct config_where {
	uid_t uid;
	const char *etc;	/* "/etc/twokey/twokey.conf" */
	const char *home;	/* absolute; NULL: unknown; root: not used */
	const char *xdg_config, *xdg_data, *xdg_state;	/* NULL, or ignored when relative */
	const char *hostname;
};
/* From the process: effective uid, HOME and XDG_* (not as root), host name. */
void config_where_here(struct config_where *w, char hostname[256]);

/* Reads and fills c; conf is --conf's FILE or NULL.  ERR_CONFIG names file, line
 * and column; wrong owner or mode is ERR_CONFIG with the mending command. */
int config_load(struct config *c, const struct config_where *w, const char *conf, struct err *e);
/* config_load for this process. */
int config_load_here(struct config *c, const char *conf, struct err *e);
void config_free(struct config *c);

/* The strict parser, for bytes at hand (fuzzed).  Members absent stay NULL / "". */
int config_parse(struct config *c, const char *text, size_t len, const char *where,
    struct err *e);

#endif
