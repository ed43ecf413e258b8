/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_CLOUD_H
#define TWOKEY_CLI_CLOUD_H

#include "aws/client.h"
#include "cli/config.h"

/* What AWS's client is to be given, from the configuration and, for others than root, from
 * the environment where the configuration says nothing. */
struct cloud {
	struct aws_settings settings;
	struct aws_where where;
	struct aws_endpoint endpoints[8];
};

/* Variables as secure_getenv gives them, so that tests can say them. */
typedef const char *(*cloud_env)(const char *name);

/* Fills c in; what it points to is cfg's, home's and the environment's, and has to outlive it.
 * Root's programs look at cfg alone (env may be NULL then). home: for ~/.aws, or NULL. */
void cloud_fill(struct cloud *c, const struct config *cfg, const char *home, cloud_env env);
/* cloud_fill for this process. */
void cloud_here(struct cloud *c, const struct config *cfg);

#endif
