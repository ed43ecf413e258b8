/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/partition.h"

#include <string.h>

static const struct {
	const char *name, *region;
} partitions[] = {
	{ "aws", "us-east-1" },
	{ "aws-cn", "cn-north-1" },
	{ "aws-us-gov", "us-gov-west-1" },
};

const char *partition_region(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(partitions) / sizeof(partitions[0]); i++)
		if (strlen(partitions[i].name) == len && memcmp(name, partitions[i].name, len) == 0)
			return partitions[i].region;
	return NULL;
}
