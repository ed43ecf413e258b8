/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_STATUS_METRICS_H
#define TWOKEY_CLI_STATUS_METRICS_H

#include "cli/config.h"
#include "notify/outbox.h"
#include "rotate/rotate.h"

/* Appends a report in Prometheus's text format, for a node exporter's folder; o: how channels
 * fare, or NULL. */
void status_metrics(struct buf *out, const struct rotate_report *p, const struct config *c,
    const struct outbox *o);

#endif
