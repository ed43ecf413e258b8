/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/aws_open.h"

#include <stdlib.h>
#include <string.h>

#define REGION "us-east-1"

/* What a person's environment says, where the configuration says nothing. */
static const char *or_own(const char *set, int root, const char *name)
{
	return set != NULL ? set : root ? NULL : secure_getenv(name);
}

int aws_open(struct aws_open *a, const struct config *c, const char *region, struct err *e)
{
	struct aws_settings s = { .where = &a->where, .endpoints = a->endpoints };

	memset(a, 0, sizeof(*a));
	a->where = (struct aws_where){ .root = c->root, .profile = or_own(c->aws.profile, c->root, "AWS_PROFILE"),
		.home = or_own(NULL, c->root, "HOME"),
		.credentials_file = or_own(c->aws.credentials, c->root, "AWS_SHARED_CREDENTIALS_FILE"),
		.config_file = or_own(NULL, c->root, "AWS_CONFIG_FILE"),
		.env_key_id = or_own(NULL, c->root, "AWS_ACCESS_KEY_ID"),
		.env_key = or_own(NULL, c->root, "AWS_SECRET_ACCESS_KEY"),
		.env_token = or_own(NULL, c->root, "AWS_SESSION_TOKEN") };
	/* S3's own first: the other one is for every service without. */
	if (c->aws.s3_endpoint != NULL)
		a->endpoints[s.n_endpoints++] = (struct aws_endpoint){ "s3", c->aws.s3_endpoint };
	if (c->aws.endpoint != NULL)
		a->endpoints[s.n_endpoints++] = (struct aws_endpoint){ NULL, c->aws.endpoint };
	s.region = region != NULL ? region : or_own(c->aws.region, c->root, "AWS_REGION");
	if (s.region == NULL)
		s.region = REGION;
	s.net.ca_file = or_own(c->aws.ca, c->root, "AWS_CA_BUNDLE");
	s.net.proxy = or_own(c->aws.proxy, c->root, "HTTPS_PROXY");
	s.net.no_proxy = or_own(NULL, c->root, "NO_PROXY");
	return aws_new(&a->aws, &s, e);
}

void aws_open_end(struct aws_open *a)
{
	aws_free(&a->aws);
}
