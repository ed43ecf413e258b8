/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_CONFINE_H
#define TWOKEY_BASE_CONFINE_H

#include <seccomp.h>
#include <stddef.h>

/* What the helpers, twokey-token and twokey-net, shut themselves in with.  0 or -1. */

/* Whatever befalls this process later has no terminal to print to. */
int confine_mute(void);

/* A filter that kills for what no helper ever needs: other programs and processes' memory, the system's set-up, the
 * kernel's keys, listening, names of files that change.  All else passes.  NULL; ended by confine_load or seccomp_release. */
scmp_filter_ctx confine_filter(void);
/* Kills for these calls too. */
int confine_forbid(scmp_filter_ctx ctx, const int *calls, size_t n);
/* A thread may be made, a process not. */
int confine_to_threads(scmp_filter_ctx ctx);
/* Lets the filter fall when `r`, what came of its rules, is 0, and frees it in any case (NULL allowed, -1 then). */
int confine_load(scmp_filter_ctx ctx, int r);

#endif
