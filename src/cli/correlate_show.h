/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_CORRELATE_SHOW_H
#define TWOKEY_CLI_CORRELATE_SHOW_H

#include "correlate/digest.h"
#include "correlate/files.h"
#include "correlate/past.h"
#include "correlate/spans.h"
#include "correlate/verdict.h"

/* What a correlation found, on stdout: for people, or as JSON. */
struct correlate_found {
	const struct verdicts *verdicts;
	const struct event *events;	/* as verdicts_make had them */
	const struct past *past;
	struct files_stats stats;
	int64_t twice;		/* records that came more than once */
	const struct digest_stats *digest;	/* NULL: none was verified */
	const struct digest_cover *cover;
	const struct spans *spans;
};
int correlate_show(const struct correlate_found *f, struct err *e);
/* The same of alarms alone, of which no entry of the log speaks yet: for the journal of a service,
 * on stderr. */
void correlate_say_alarms(const struct correlate_found *f);
int correlate_json(json **out, const struct correlate_found *f, struct err *e);

#endif
