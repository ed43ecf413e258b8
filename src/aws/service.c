/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/service.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FORM "application/x-www-form-urlencoded; charset=utf-8"
#define JSON_1_0 "application/x-amz-json-1.0"
#define JSON_1_1 "application/x-amz-json-1.1"

static const struct aws_service services[] = {
	{ "account", AWS_REST_JSON, "application/json", NULL },
	{ "cloudtrail", AWS_JSON, JSON_1_1, "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" },
	{ "events", AWS_JSON, JSON_1_1, "AWSEvents" },
	{ "iam", AWS_QUERY, FORM, "2010-05-08" },
	{ "kms", AWS_JSON, JSON_1_1, "TrentService" },
	{ "organizations", AWS_JSON, JSON_1_1, "AWSOrganizationsV20161128" },
	{ "s3", AWS_S3, NULL, NULL },
	{ "sns", AWS_QUERY, FORM, "2010-03-31" },
	{ "sqs", AWS_JSON, JSON_1_0, "AmazonSQS" },
	{ "sts", AWS_QUERY, FORM, "2011-06-15" },
};

enum { COMMERCIAL, CHINA, GOVERNMENT, PARTITIONS };

static const struct aws_partition partitions[PARTITIONS] = {
	{ "aws", "amazonaws.com", "us-east-1" },
	{ "aws-cn", "amazonaws.com.cn", "cn-north-1" },
	{ "aws-us-gov", "amazonaws.com", "us-gov-west-1" },
};

/* Once a partition: host and region of each (botocore's endpoints.json). */
static const struct {
	const char *service;
	struct { const char *host, *scope; } in[PARTITIONS];
} global[] = {
	{ "iam", { { "iam.amazonaws.com", "us-east-1" },
	    { "iam.cn-north-1.amazonaws.com.cn", "cn-north-1" },
	    { "iam.us-gov.amazonaws.com", "us-gov-west-1" } } },
	{ "account", { { "account.us-east-1.amazonaws.com", "us-east-1" },
	    { "account.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1" }, { NULL, NULL } } },
	{ "organizations", { { "organizations.us-east-1.amazonaws.com", "us-east-1" },
	    { "organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1" },
	    { "organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1" } } },
};

const struct aws_service *aws_service(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(services[i].name, name) == 0)
			return &services[i];
	return NULL;
}

const struct aws_partition *aws_partition_nth(size_t i)
{
	return i < PARTITIONS ? &partitions[i] : NULL;
}

/* "eu-west-1": words of small letters, then a number. */
static int region_ok(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz-");

	return n >= 3 && s[0] != '-' && s[n - 1] == '-' && strchr(s, '-') < s + n - 1 &&
	    s[n] != '\0' && strspn(s + n, "0123456789") == strlen(s + n) &&
	    strlen(s) < AWS_REGION_MAX;
}

int aws_partition(const struct aws_partition **out, const char *region, struct err *e)
{
	char shown[64];

	*out = &partitions[strncmp(region, "cn-", 3) == 0 ? CHINA :
	    strncmp(region, "us-gov-", 7) == 0 ? GOVERNMENT : COMMERCIAL];
	/* Partitions that this program knows nothing of. */
	if (region_ok(region) && strncmp(region, "us-iso", 6) != 0 &&
	    strncmp(region, "eu-iso", 6) != 0 && strncmp(region, "eusc-", 5) != 0)
		return 0;
	*out = NULL;
	text_escape(shown, sizeof(shown), region, strlen(region));
	(void)err_set(e, ERR_USAGE, "\"%s\" is no region that can be used.", shown);
	(void)err_hint(e, "A region of aws, aws-cn or aws-us-gov is meant, like eu-west-1.");
	return ERR_USAGE;
}

int aws_host(char host[AWS_HOST_MAX], char scope[AWS_REGION_MAX], const char *service,
    const char *region, struct err *e)
{
	const struct aws_partition *p;
	size_t i;
	int r = aws_partition(&p, region, e);

	host[0] = scope[0] = '\0';
	if (r != 0)
		return r;
	for (i = 0; i < sizeof(global) / sizeof(global[0]); i++) {
		if (strcmp(global[i].service, service) != 0)
			continue;
		if (global[i].in[p - partitions].host == NULL)
			return err_set(e, ERR_USAGE, "There is no service %s in %s.", service, p->name);
		(void)snprintf(host, AWS_HOST_MAX, "%s", global[i].in[p - partitions].host);
		(void)snprintf(scope, AWS_REGION_MAX, "%s", global[i].in[p - partitions].scope);
		return 0;
	}
	(void)snprintf(host, AWS_HOST_MAX, "%s.%s.%s", service, region, p->suffix);
	(void)snprintf(scope, AWS_REGION_MAX, "%s", region);
	return 0;
}
