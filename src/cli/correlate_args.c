/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "cli/correlate_run.h"

#define MINUTE_MS (INT64_C(60) * 1000)
#define HOUR_MS (60 * MINUTE_MS)

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
	return 0;
}
