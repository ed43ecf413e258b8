/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/cloud.h"

#include <stdlib.h>
#include <string.h>

/* The first of those that is set and not empty. */
static const char *first_of(const char *configured, cloud_env env, const char *one,
    const char *other)
{
	const char *v = configured;

	if (v == NULL && env != NULL)
		v = env(one);
	if ((v == NULL || *v == '\0') && env != NULL && other != NULL && configured == NULL)
		v = env(other);
	return v != NULL && *v != '\0' ? v : NULL;
}

static void add_endpoint(struct cloud *c, const char *service, const char *url)
{
	if (url != NULL)
		c->endpoints[c->settings.n_endpoints++] = (struct aws_endpoint){ service, url };
}

void cloud_fill(struct cloud *c, const struct config *cfg, const char *home, cloud_env env)
{
	struct aws_where *w = &c->where;

	memset(c, 0, sizeof(*c));
	if (cfg->root)
		env = NULL;
	c->settings.where = w;
	c->settings.endpoints = c->endpoints;
	c->settings.region = first_of(cfg->aws_region, env, "AWS_REGION", "AWS_DEFAULT_REGION");
	add_endpoint(c, NULL, cfg->aws_endpoint);
	add_endpoint(c, "cloudtrail", cfg->aws_endpoint_cloudtrail);
	add_endpoint(c, "kms", cfg->aws_endpoint_kms);
	add_endpoint(c, "s3", cfg->aws_endpoint_s3);
	add_endpoint(c, "sqs", cfg->aws_endpoint_sqs);
	add_endpoint(c, "sts", cfg->aws_endpoint_sts);
	c->settings.net.ca_file = first_of(cfg->ca_bundle, env, "AWS_CA_BUNDLE", NULL);
	c->settings.net.proxy = first_of(cfg->proxy, env, "HTTPS_PROXY", "https_proxy");
	c->settings.net.no_proxy = first_of(cfg->no_proxy, env, "NO_PROXY", "no_proxy");
	w->root = cfg->root;
	w->home = home;
	w->profile = first_of(cfg->aws_profile, env, "AWS_PROFILE", NULL);
	w->credentials_file = first_of(cfg->aws_credentials, env, "AWS_SHARED_CREDENTIALS_FILE", NULL);
	w->config_file = first_of(NULL, env, "AWS_CONFIG_FILE", NULL);
	w->env_key_id = first_of(NULL, env, "AWS_ACCESS_KEY_ID", NULL);
	w->env_key = first_of(NULL, env, "AWS_SECRET_ACCESS_KEY", NULL);
	w->env_token = first_of(NULL, env, "AWS_SESSION_TOKEN", NULL);
}

static const char *real_env(const char *name)
{
	return secure_getenv(name);
}

void cloud_here(struct cloud *c, const struct config *cfg)
{
	struct config_where where;
	char hostname[256];

	config_where_here(&where, hostname);
	cloud_fill(c, cfg, where.home, real_env);
}
