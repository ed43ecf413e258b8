/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_STATUS_NAGIOS_H
#define TWOKEY_CLI_STATUS_NAGIOS_H

#include "base/buf.h"
#include "cli/config.h"
#include "notify/outbox.h"
#include "rotate/rotate.h"

/* A plugin's exit status, by the guidelines of the Monitoring Plugins. */
enum nagios { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

/* Alarms of CloudTrail's that the log has, of late. */
struct status_alarms {
	size_t unexplained;	/* uses of root that no release explains */
	size_t unwitnessed;	/* releases whose witness was not asked */
};

/* Appends the one line of a plugin, and returns its exit status.  o: how channels fare, or NULL. */
enum nagios status_nagios(struct buf *out, const struct rotate_report *r, const struct config *c,
    const struct outbox *o, const struct status_alarms *alarms);
/* The same when there is no report, and why: CRITICAL when the log does not hold, else UNKNOWN. */
enum nagios status_nagios_err(struct buf *out, const struct err *why);

#endif
