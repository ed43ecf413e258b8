/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "cli/correlate_run.h"

#define MINUTE_MS (INT64_C(60) * 1000)
#define HOUR_MS (60 * MINUTE_MS)

/* "https://HOST/ACCOUNT/NAME" */
static int is_queue(const char *url)
{
	const char *host = strncmp(url, "https://", 8) == 0 ? url + 8 : "", *path = strchr(host, '/');

	return path != NULL && path > host && strspn(path + 1, "0123456789") == 12 && path[13] == '/' && path[14] != '\0' &&
	    strchr(path + 14, '/') == NULL;
}

int correlate_is_bucket(const char *path)
{
	return strncmp(path, "s3://", 5) == 0;
}

int correlate_asks_aws(const struct correlate_ask *a)
{
	for (size_t i = 0; i < a->n_paths; i++)
		if (correlate_is_bucket(a->paths[i]))
			return 1;
	return a->lookup || a->queue != NULL;
}

int correlate_args(struct correlate_ask *a, const char ***words, const struct cli *cli, struct err *e)
{
	int64_t minutes = verdict_rules_default.window / MINUTE_MS, hours = -1;
	size_t i;

	*a = (struct correlate_ask){ .now = clock_now(cli->clock), .since = -1,
		.lookup = args_flag(cli->args, "lookup"), .queue = args_value(cli->args, "queue"),
		.keys = args_value(cli->args, "keys"),
		.n_paths = args_operands(cli->args, "PATH"), .n_regions = args_count(cli->args, "region") };
	if (args_number(cli->args, "window", 1, 1440, &minutes, e) != 0 ||
	    args_number(cli->args, "since", 1, 90 * 24, &hours, e) != 0)
		return (int)e->code;
	a->window = minutes * MINUTE_MS;
	if (hours > 0)
		a->since = a->now - hours * HOUR_MS;
	if (a->n_paths == 0 && !a->lookup && a->queue == NULL) {
		err_set(e, ERR_USAGE, "Nothing is named that could be read.");
		err_hint(e, "Name a trail's files, s3://BUCKET/PREFIX, --lookup or --queue URL.");
		return ERR_USAGE;
	}
	if (a->queue != NULL && !is_queue(a->queue)) {
		err_set(e, ERR_USAGE, "\"%s\" is no queue: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.", a->queue);
		return ERR_USAGE;
	}
	if (a->n_regions > 0 && !a->lookup) {
		err_set(e, ERR_USAGE, "--region goes with --lookup.");
		err_hint(e, "Files, buckets and queues are read whatever region they tell of.");
		return ERR_USAGE;
	}
	*words = calloc(a->n_paths + a->n_regions + 1, sizeof(**words));
	if (*words == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	for (i = 0; i < a->n_paths; i++)
		(*words)[i] = args_operand_nth(cli->args, "PATH", i);
	for (i = 0; i < a->n_regions; i++)
		(*words)[a->n_paths + i] = args_nth(cli->args, "region", i);
	a->paths = *words;
	a->regions = *words + a->n_paths;
	if (a->since < 0 || correlate_asks_aws(a))
		return 0;
	free(*words);
	*words = NULL;
	err_set(e, ERR_USAGE, "--since goes with AWS's sources: s3://BUCKET/PREFIX or --lookup.");
	err_hint(e, "Files and folders are read whole.");
	return ERR_USAGE;
}
