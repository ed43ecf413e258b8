/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_CREDENTIALS_H
#define TWOKEY_AWS_CREDENTIALS_H

#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * Access keys: from the environment (not as root), a shared credentials file, or a
 * program named there (credential_process).  Whatever else AWS knows - single
 * sign-on, roles, web identity, instance and container metadata - goes through
 * credential_process.
 */
#define AWS_KEY_ID_MAX 128
#define AWS_KEY_MAX 256
#define AWS_TOKEN_MAX 8192

struct aws_credentials {
	char key_id[AWS_KEY_ID_MAX + 1];
	struct secret *key;	/* secret access key */
	struct secret *token;	/* session token, NULL: none */
	int64_t expires;	/* ms; 0: not told */
	char source[256];	/* where they come from, in words, cleaned */
};

/* Where to look, so that a program and tests can say it. Borrowed; NULL where unset. */
struct aws_where {
	int root;			/* 1: the files below alone, no environment */
	const char *home;		/* for ~/.aws, and a credential_process's HOME */
	const char *profile;		/* of the configuration or AWS_PROFILE; NULL: default */
	const char *credentials_file;	/* else home/.aws/credentials; as root it must be named */
	const char *config_file;	/* else home/.aws/config; as root: none */
	/* AWS_ACCESS_KEY_ID and the like; not looked at when profile is set. */
	const char *env_key_id, *env_key, *env_token;
	int process_ms;			/* limit of a credential_process; 0: one minute */
};

/* Fills out, which the caller frees also after a failure.  ERR_CONFIG with a sentence
 * when there are none or a file is wrong; ERR_STORE when a credential_process fails. */
int aws_credentials_load(struct aws_credentials *out, const struct aws_where *w, struct err *e);
void aws_credentials_free(struct aws_credentials *c);

#endif
