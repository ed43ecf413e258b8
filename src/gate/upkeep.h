/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_UPKEEP_H
#define TWOKEY_GATE_UPKEEP_H

#include "base/err.h"
#include "ceremony/session.h"

/* What a timer does every minute, as root: attempts at logins go into the log,
 * and a root password past its deadline is replaced. */

/* Attempts alone; a failure is only told to syslog. */
void upkeep_attempts(struct session *s);

/* `twokey-gate upkeep [--conf FILE]`; become hardens the process.  An exit status. */
int upkeep_main(int argc, char **argv, int (*become)(struct err *e));

#endif
